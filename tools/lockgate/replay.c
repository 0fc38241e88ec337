/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/replay.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/config/client.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/agreement_replay.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/client.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/failure.h"
#include "tools/lockgate/options.h"
#include "tools/lockgate/rehearse.h"

enum { ARENA_BYTES = 64 << 20, CALL_MS = 30000 };

static const int64_t DAY_MS = 86400000;

struct options {
    const char *file;
    const char *config;
    const char *from;
    const char *to;
    const char *user;
    const char *role;
    const char *expected;
    struct rehearse_form form;
};

/* One command under way. */
struct work {
    struct options options;
    int64_t from_ms;
    int64_t to_ms;
    struct agreement_file draft;
    struct agreement_file expected;
    struct config_client *config;
    struct client *client;
    struct grpc_channel *gateway;
    struct arena *arena;
    struct diag diag;
    struct wire_report report;
};

/* ---- options ---- */

static bool parse(int argc, char **argv, struct options *options) {
    const struct option rows[] = {{.text = &options->file},
                                  {"--config", .text = &options->config},
                                  {"--from", .text = &options->from},
                                  {"--to", .text = &options->to},
                                  {"--user", .text = &options->user},
                                  {"--role", .text = &options->role},
                                  {"--expected", .text = &options->expected},
                                  {"--totals", .is_set = &options->form.is_totals},
                                  {"--json", .is_set = &options->form.is_json}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
    }
    bool is_whole = options->file != NULL && options->from != NULL && options->to != NULL &&
                    options->user != NULL && options->role != NULL;
    if (!is_whole) {
        (void)fprintf(stderr,
                      "With --config, a draft, --from, --to, --user and --role are needed.\n");
    }
    return is_whole;
}

static bool period_read(struct work *work) {
    int32_t from = 0;
    int32_t to = 0;
    if (!policy_day_parse(span_text(work->options.from), &from) ||
        !policy_day_parse(span_text(work->options.to), &to) || to < from) {
        (void)fprintf(stderr,
                      "--from, --to: days are written YYYY-MM-DD, the earlier one first.\n");
        return false;
    }
    work->from_ms = from * DAY_MS;
    work->to_ms = (to + 1) * DAY_MS;
    return true;
}

/* The id of a text, as its line `agreement ID` has it; whether the rest is right the gateway says,
 * which has the floor and the register. */
static struct span id_find(struct span text) {
    struct span line;
    while (text.len > 0 && span_split(&text, '\n', &line)) {
        struct span word;
        if (span_split(&line, ' ', &word) && span_equal_text(word, "agreement")) {
            return span_trim(line);
        }
    }
    return span_of(NULL, 0);
}

/* ---- the call ---- */

static struct lg_err work_open(struct work *work) {
    struct vault_report report;
    TRY(vault_init(&report));
    TRY(arena_new(ARENA_BYTES, &work->arena));
    TRY(config_client_load(work->options.config, &work->diag, &work->config));
    TRY(client_open(&work->config->tls_client, &work->diag, &work->client));
    return client_dial(work->client, &work->config->gateway, &work->diag, &work->gateway);
}

static void work_done(struct work *work) {
    client_close(&work->client);
    config_client_free(&work->config);
    arena_free(&work->arena);
    agreement_input_done(&work->draft);
    agreement_input_done(&work->expected);
}

static struct lg_err ask(struct work *work, struct wire_replay_agreement_reply *out_reply) {
    struct span text = work->draft.bytes;
    const struct wire_replay_agreement_request request = {
        .id = id_find(text),
        .from_ms = work->from_ms,
        .to_ms = work->to_ms,
        .text = text,
        .actor = {.user_id = span_text(work->options.user), .role = span_text(work->options.role)},
    };
    struct span message;
    struct span answer;
    TRY(work_open(work));
    TRY(wire_replay_agreement_request_encode(work->arena, &request, &message));
    const struct client_call call = {.channel = work->gateway,
                                     .path = "/lockgate.v1.Agreements/Replay",
                                     .message = message,
                                     .timeout_ms = CALL_MS};
    TRY(client_ask(work->client, &call, work->arena, &work->diag, &answer));
    return wire_replay_agreement_reply_decode(work->arena, answer, &work->report, out_reply);
}

static int failed(const struct work *work, struct lg_err err) {
    return failure_tell(&(struct failure){.what = "The draft was not replayed.",
                                          .diag = &work->diag,
                                          .sentence = work->report.sentence,
                                          .err = err});
}

/* ---- the report ---- */

static struct policy_turns turns_of(const struct wire_replay_row *row) {
    bool is_known =
        row->turn > WIRE_REPLAY_TURN_UNSPECIFIED && (int)row->turn <= (int)POLICY_TURN_SAME;
    return (struct policy_turns){
        .turn = is_known ? (enum policy_turn)((int)row->turn - 1) : POLICY_TURN_UNKNOWN,
        .clause = row->clause,
        .role = row->role,
        .purpose = row->purpose,
        .count = row->fields,
        .sample = row->sample,
        .sample_index = row->sample_index,
    };
}

static struct lg_err report_make(const struct wire_replay_agreement_reply *reply,
                                 struct arena *arena, struct policy_rehearsal *out_report) {
    struct policy_turns *rows = arena_array(arena, reply->row_count, sizeof *rows);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < reply->row_count; i++) {
        rows[i] = turns_of(&reply->rows[i]);
    }
    *out_report = (struct policy_rehearsal){
        .rows = rows,
        .row_count = reply->row_count,
        .totals = {[POLICY_TURN_NEW] = reply->newly_visible,
                   [POLICY_TURN_WEAKER] = reply->weaker,
                   [POLICY_TURN_OTHER] = reply->other,
                   [POLICY_TURN_STRONGER] = reply->stronger,
                   [POLICY_TURN_REFUSED] = reply->newly_refused,
                   [POLICY_TURN_REASON] = reply->reason_changed,
                   [POLICY_TURN_RATE] = reply->rate_only,
                   [POLICY_TURN_UNKNOWN] = reply->cannot_tell,
                   [POLICY_TURN_SAME] = reply->same},
        .questions = reply->questions,
        .withheld = reply->left_out.withheld,
    };
    return LG_OK;
}

static int replay(struct work *work) {
    struct wire_replay_agreement_reply reply;
    struct policy_rehearsal report;
    struct lg_err err = ask(work, &reply);
    if (!lg_failed(err)) {
        err = report_make(&reply, work->arena, &report);
    }
    if (lg_failed(err)) {
        return failed(work, err);
    }
    uint64_t lost = reply.left_out.erased + reply.left_out.without_text;
    if (lost > 0) {
        (void)fprintf(stderr,
                      "%llu answers could not be replayed: their record was erased, or its "
                      "text is not at the gateway.\n",
                      (unsigned long long)lost);
    }
    return rehearse_tell(&report, work->expected.bytes, work->options.form);
}

static int replay_asked(int argc, char **argv) {
    struct work work = {.from_ms = 0};
    const struct options *options = &work.options;
    if (!parse(argc, argv, &work.options) || !period_read(&work)) {
        return EXIT_TOOL_USAGE;
    }
    int code = EXIT_TOOL_FAILED;
    if (agreement_input_read(options->file, LIMIT_AGREEMENT_TEXT_SIZE, &work.draft) &&
        (options->expected == NULL ||
         agreement_input_read(options->expected, REHEARSE_EXPECTED_SIZE_MAX, &work.expected))) {
        code = replay(&work);
    }
    work_done(&work);
    return code;
}

int tool_agreement_replay(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0) {
            return replay_asked(argc, argv);
        }
    }
    return tool_agreement_rehearse(argc, argv);
}
