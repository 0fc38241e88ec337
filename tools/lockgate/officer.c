/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/officer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/base/bytes.h"
#include "tools/lockgate/exit.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, CALL_MS = 15000 };

struct flag {
    const char *word;
    const char **place;
};

/* The place of a word's value; NULL for a word that is no flag. */
static const char **place_of(const char *word, const struct flag *flags) {
    for (size_t i = 0; flags[i].word != NULL; i++) {
        if (strcmp(word, flags[i].word) == 0) {
            return flags[i].place;
        }
    }
    return NULL;
}

/* Takes the word at *i, and its value. */
static bool word_take(int argc, char **argv, int *i, struct officer_options *options) {
    const struct flag flags[] = {
        {"--config", &options->config},
        {"--user", &options->user},
        {"--role", &options->role},
        {"--outcome", &options->outcome},
        {"--reason", &options->reason},
        {"--telling", &options->telling},
        {"--channel", &options->channel},
        {"--agency", &options->agency},
        {"--system", &options->system},
        {"--person", &options->person},
        {NULL, NULL},
    };
    const char *word = argv[*i];
    if (strcmp(word, "--all") == 0) {
        options->all = true;
        return true;
    }
    const char **place = place_of(word, flags);
    if (place != NULL) {
        (*i)++;
    } else if (word[0] != '-') {
        place = &options->name;
    }
    if (place == NULL || *i == argc || *place != NULL) {
        return false;
    }
    *place = argv[*i];
    return true;
}

bool officer_options_read(int argc, char **argv, struct officer_options *out_options) {
    struct officer_options options = {.config = NULL};
    for (int i = 0; i < argc; i++) {
        if (!word_take(argc, argv, &i, &options)) {
            return false;
        }
    }
    *out_options = options;
    return options.config != NULL && options.user != NULL && options.role != NULL;
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
    return client_ask(officer->client, &call, officer->arena, &officer->diag, out_answer);
}

/* What the gateway refused is not what could not be reached. */
static int exit_of(struct lg_err err) {
    if (lg_err_class(err) != LG_CLASS_PEER) {
        return EXIT_TOOL_FAILED;
    }
    return lg_err_code(err) == CLIENT_REFUSED ? EXIT_TOOL_REFUSED : EXIT_TOOL_UNREACHABLE;
}

int officer_failed(const struct officer *officer, const char *what, struct lg_err err) {
    const char *why = officer->diag.text;
    if (why[0] == '\0' && officer->report.sentence[0] != '\0') {
        why = officer->report.sentence;
    }
    (void)fprintf(stderr, "%s\n", what);
    if (officer->diag.line > 0) {
        (void)fprintf(stderr, "Line %" PRIu32 ": ", officer->diag.line);
    }
    (void)fprintf(stderr, "%s\nCode %s-%u\n", why, lg_class_name(lg_err_class(err)),
                  lg_err_code(err));
    return exit_of(err);
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
