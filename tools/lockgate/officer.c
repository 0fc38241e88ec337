/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/officer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/bytes.h"
#include "tools/lockgate/failure.h"
#include "tools/lockgate/options.h"
#include "tools/lockgate/reply.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, CALL_MS = 15000 };

bool officer_options_read(int argc, char **argv, struct officer_options *out_options) {
    *out_options = (struct officer_options){.config = NULL};
    const struct option rows[] = {
        {.text = &out_options->name},
        {"--config", .text = &out_options->config},
        {"--user", .text = &out_options->user},
        {"--role", .text = &out_options->role},
        {"--outcome", .text = &out_options->outcome},
        {"--reason", .text = &out_options->reason},
        {"--telling", .text = &out_options->telling},
        {"--channel", .text = &out_options->channel},
        {"--agency", .text = &out_options->agency},
        {"--system", .text = &out_options->system},
        {"--person", .text = &out_options->person},
        {"--kind", .text = &out_options->kind},
        {"--overdue", .is_set = &out_options->overdue},
        {"--escalated", .is_set = &out_options->escalated},
        {"--all", .is_set = &out_options->all},
        {"--json", .is_set = &out_options->json},
    };
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    return options_read(argc, argv, &table, 1) && out_options->config != NULL &&
           out_options->user != NULL && out_options->role != NULL;
}

struct actor officer_actor(const struct officer *officer) {
    return (struct actor){.user_id = span_text(officer->options.user),
                          .role = span_text(officer->options.role)};
}

struct lg_err officer_open(struct officer *officer) {
    struct diag *diag = &officer->diag;
    TRY(arena_new(ARENA_BYTES, &officer->arena));
    TRY(config_client_load(officer->options.config, diag, &officer->config));
    TRY(client_open(&officer->config->tls_client, diag, &officer->client));
    return client_dial(officer->client, &officer->config->gateway, diag, &officer->gateway);
}

void officer_done(struct officer *officer) {
    client_close(&officer->client);
    config_client_free(&officer->config);
    arena_free(&officer->arena);
}

struct lg_err officer_call(struct officer *officer, const char *path, struct span message,
                           struct span *out_answer) {
    const struct client_call call = {
        .channel = officer->gateway, .path = path, .message = message, .timeout_ms = CALL_MS};
    TRY(client_ask(officer->client, &call, officer->arena, &officer->diag, out_answer));
    return officer->options.json ? reply_json_print(path, officer->arena, *out_answer) : LG_OK;
}

int officer_failed(const struct officer *officer, const char *what, struct lg_err err) {
    return failure_tell(&(struct failure){
        .what = what, .diag = &officer->diag, .sentence = officer->report.sentence, .err = err});
}

const char *officer_time(const struct officer *officer, int64_t ms) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm when;
    char *text = arena_alloc(officer->arena, 64);
    if (text == NULL || gmtime_r(&seconds, &when) == NULL ||
        strftime(text, 64, "%d %b %Y, %H:%M UTC", &when) == 0) {
        return "";
    }
    return text;
}
