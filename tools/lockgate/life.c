/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/agreement/line.h"
#include "gateway/base/clock.h"
#include "gateway/base/limits.h"
#include "gateway/config/client.h"
#include "gateway/wire/agreements.h"
#include "gateway/wire/reviews.h"
#include "policy/policy.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/agreement_sign.h"
#include "tools/lockgate/client.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/failure.h"
#include "tools/lockgate/life_options.h"
#include "tools/lockgate/life_print.h"

enum { ARENA_BYTES = 64 << 20, CALL_MS = 30000, MS_PER_S = 1000, DAY_S = 86400 };

/* One command under way. */
struct life {
    struct life_options options;
    struct config_client *config;
    struct client *client;
    struct grpc_channel *gateway;
    struct arena *arena;
    struct diag diag;
    struct wire_report report;
};

static int64_t now_s(void) {
    struct clock clock = clock_system();
    return clock_wall_ms(&clock) / MS_PER_S;
}

static void life_done(struct life *life) {
    client_close(&life->client);
    config_client_free(&life->config);
    arena_free(&life->arena);
}

static struct lg_err life_open(struct life *life) {
    struct vault_report report;
    TRY(vault_init(&report));
    TRY(arena_new(ARENA_BYTES, &life->arena));
    TRY(config_client_load(life->options.config, &life->diag, &life->config));
    TRY(client_open(&life->config->tls_client, &life->diag, &life->client));
    return client_dial(life->client, &life->config->gateway, &life->diag, &life->gateway);
}

/* ---- Ends ---- */

static int failed(const struct life *life, const char *what, struct lg_err err) {
    return failure_tell(&(struct failure){
        .what = what,
        .diag = &life->diag,
        .sentence = life->report.sentence,
        .if_refused = "`lockgate agreement show` says where it stands and who is a party.",
        .err = err});
}

static int usage(const char *sentence) {
    (void)fprintf(stderr, "%s\n", sentence);
    return EXIT_TOOL_USAGE;
}

/* ---- Calls ---- */

static struct lg_err call_of(struct life *life, const char *path, struct span message,
                             struct span *out_answer) {
    const struct client_call asked = {
        .channel = life->gateway, .path = path, .message = message, .timeout_ms = CALL_MS};
    return client_ask(life->client, &asked, life->arena, &life->diag, out_answer);
}

static struct lg_err call(struct life *life, const char *method, struct span message,
                          struct span *out_answer) {
    char path[64];
    (void)snprintf(path, sizeof path, "/lockgate.v1.Agreements/%s", method);
    return call_of(life, path, message, out_answer);
}

static struct lg_err get(struct life *life, struct wire_get_agreement_reply *out_reply) {
    const struct wire_get_agreement_request request = {.id = span_text(life->options.name),
                                                       .version = life->options.version};
    struct span bytes;
    struct span answer;
    TRY(wire_get_agreement_request_encode(life->arena, &request, &bytes));
    TRY(call(life, "Get", bytes, &answer));
    return wire_get_agreement_reply_decode(life->arena, answer, &life->report, out_reply);
}

static struct lg_err list(struct life *life, struct wire_list_agreements_reply *out_reply) {
    struct span answer;
    TRY(call(life, "List", span_of(NULL, 0), &answer));
    return wire_list_agreements_reply_decode(life->arena, answer, &life->report, out_reply);
}

static struct actor actor_of(const struct life *life) {
    return (struct actor){.user_id = span_text(life->options.user),
                          .role = span_text(life->options.role)};
}

/* ---- Reading ---- */

static int run_list(struct life *life) {
    struct wire_list_agreements_reply reply;
    struct lg_err err = list(life, &reply);
    if (lg_failed(err)) {
        return failed(life, "There is no list.", err);
    }
    life_heading_print(life->options.json);
    for (size_t i = 0; i < reply.agreement_count; i++) {
        life_info_print(&reply.agreements[i], life->options.json);
    }
    return EXIT_TOOL_DONE;
}

/* Cases of the officer's agency that were not closed by their day. */
static struct lg_err cases_due(struct life *life) {
    struct wire_list_reviews_request request = {.actor = actor_of(life), .open_only = true};
    struct wire_list_reviews_reply reply;
    struct span bytes;
    struct span answer;
    do {
        TRY(wire_list_reviews_request_encode(life->arena, &request, &bytes));
        TRY(call_of(life, "/lockgate.v1.Reviews/List", bytes, &answer));
        TRY(wire_list_reviews_reply_decode(life->arena, answer, &life->report, &reply));
        for (size_t i = 0; i < reply.review_count; i++) {
            life_case_print(&reply.reviews[i], life->options.json);
            request.after_review_id = reply.reviews[i].review_id;
        }
    } while (reply.review_count == LIMIT_STORE_REVIEW_LIST);
    return LG_OK;
}

static int run_due(struct life *life) {
    struct wire_list_agreements_reply reply;
    struct lg_err err = list(life, &reply);
    if (lg_failed(err)) {
        return failed(life, "There is no list.", err);
    }
    for (size_t i = 0; i < reply.agreement_count; i++) {
        life_due_print(&reply.agreements[i], (int32_t)(now_s() / DAY_S), life->options.json);
    }
    if (life->options.user != NULL && life->options.role != NULL) {
        err = cases_due(life);
    }
    return lg_failed(err) ? failed(life, "The cases were not listed.", err) : EXIT_TOOL_DONE;
}

static int run_show(struct life *life) {
    struct wire_get_agreement_reply reply;
    struct lg_err err = get(life, &reply);
    if (lg_failed(err)) {
        return failed(life, "It was not shown.", err);
    }
    life_whole_print(&reply.agreement, life->options.json);
    if (!life->options.json) {
        (void)printf("\n%.*s\n%.*s", (int)reply.text.len,
                     reply.text.len == 0 ? "" : (const char *)reply.text.ptr,
                     (int)reply.signatures.len,
                     reply.signatures.len == 0 ? "" : (const char *)reply.signatures.ptr);
    }
    return EXIT_TOOL_DONE;
}

/* ---- Proposing ---- */

static void findings_print(const struct wire_propose_agreement_reply *reply, const char *name) {
    for (size_t i = 0; i < reply->finding_count; i++) {
        const struct wire_finding *it = &reply->findings[i];
        (void)fprintf(stderr, "%s:%" PRIu32 ": %.*s %.*s\n", name, it->line, (int)it->code.len,
                      (const char *)it->code.ptr, (int)it->sentence.len,
                      (const char *)it->sentence.ptr);
    }
}

static struct lg_err propose(struct life *life,
                             const struct wire_propose_agreement_request *request,
                             struct wire_propose_agreement_reply *out_reply) {
    struct span bytes;
    struct span answer;
    TRY(wire_propose_agreement_request_encode(life->arena, request, &bytes));
    TRY(call(life, "Propose", bytes, &answer));
    return wire_propose_agreement_reply_decode(life->arena, answer, &life->report, out_reply);
}

static int proposed(struct life *life, const struct wire_propose_agreement_request *request) {
    struct wire_propose_agreement_reply reply;
    struct lg_err err = propose(life, request, &reply);
    if (lg_failed(err)) {
        return failed(life, "It was not proposed.", err);
    }
    findings_print(&reply, life->options.name);
    if (reply.agreement.version == 0) {
        (void)fprintf(stderr, "It was not proposed: correct the lines above.\n");
        return EXIT_TOOL_FAILED;
    }
    life_whole_print(&reply.agreement, life->options.json);
    return EXIT_TOOL_DONE;
}

/* A file that need not be named. */
static bool optional_read(const char *name, size_t size_max, struct agreement_file *out_file) {
    return name == NULL || agreement_input_read(name, size_max, out_file);
}

static int run_propose(struct life *life) {
    const struct life_options *options = &life->options;
    struct agreement_file text = {0};
    struct agreement_file report = {0};
    struct agreement_file cases = {0};
    int code = EXIT_TOOL_FAILED;
    if (agreement_input_read(options->name, LIMIT_AGREEMENT_TEXT_SIZE, &text) &&
        optional_read(options->report, LIMIT_AGREEMENT_ATTACHED_SIZE, &report) &&
        optional_read(options->cases, LIMIT_AGREEMENT_CASES_SIZE, &cases)) {
        const struct wire_propose_agreement_request request = {.text = text.bytes,
                                                               .report = report.bytes,
                                                               .cases = cases.bytes,
                                                               .actor = actor_of(life)};
        code = proposed(life, &request);
    }
    agreement_input_done(&text);
    agreement_input_done(&report);
    agreement_input_done(&cases);
    return code;
}

/* ---- Acts on a version ---- */

/* What a verb is: its name, its act, its message, and what it is called when it did not happen. */
struct verb {
    const char *method;
    enum agreement_act act;
    enum wire_agreement_act message;
    const char *not_done;
};

static struct lg_err wrong(struct life *life, const char *sentence) {
    diag_set(&life->diag, 0, "%s", sentence);
    return lg_err_make(LG_CLASS_INPUT, LG_TOOLS, 1);
}

static struct span office_of(const struct life *life, const struct wire_agreement_info *info) {
    struct span office = span_text(life->options.office);
    for (size_t i = 0; office.len == 0 && i < info->party_count; i++) {
        if (span_equal_text(info->parties[i].party, life->options.party)) {
            office = info->parties[i].office;
        }
    }
    return office;
}

static struct lg_err line_make(struct life *life, const struct verb *verb,
                               const struct wire_agreement_info *info,
                               struct agreement_line *out_line) {
    struct agreement_line line = {
        .act = verb->act,
        .agreement = info->id,
        .version = info->version,
        .has_report = info->report_sha256.len == sizeof line.report,
        .party = span_text(life->options.party),
        .office = office_of(life, info),
        .day = AGREEMENT_NO_DAY,
        .reason = agreement_act_has_reason(verb->act) ? span_text(life->options.reason)
                                                      : span_of(NULL, 0),
    };
    if (info->sha256.len != sizeof line.text) {
        return wrong(life, "the gateway does not tell the hash of the text");
    }
    memcpy(line.text, info->sha256.ptr, sizeof line.text);
    if (line.has_report) {
        memcpy(line.report, info->report_sha256.ptr, sizeof line.report);
    }
    if (agreement_act_has_day(verb->act) &&
        !policy_day_parse(span_text(life->options.day), &line.day)) {
        return wrong(life, "--day: a day is written YYYY-MM-DD");
    }
    *out_line = line;
    return LG_OK;
}

/* Each line of a party is newer than its last one, to the second: two acts at once still are. */
static int64_t time_for(const struct life *life, const struct wire_get_agreement_reply *got) {
    int64_t time_s = now_s();
    struct span rest = got->signatures;
    struct span part;
    while (span_split(&rest, '\n', &part)) {
        struct agreement_line line;
        if (!lg_failed(agreement_line_read(part, &line)) && line.time_s >= time_s &&
            span_equal_text(line.party, life->options.party)) {
            time_s = line.time_s + 1;
        }
    }
    return time_s;
}

/* The text that is signed is the one that the gateway shows: its hash is made here. */
static struct lg_err text_check(struct life *life, const struct wire_get_agreement_reply *got) {
    uint8_t hash[VAULT_SHA256_SIZE];
    agreement_text_hash(got->text, hash);
    return span_equal(got->agreement.sha256, span_of(hash, sizeof hash))
               ? LG_OK
               : wrong(life, "the text that the gateway gives is not the one whose hash it tells");
}

static struct lg_err request_sign(struct life *life, const struct verb *verb,
                                  struct wire_agreement_act_request *request) {
    struct wire_get_agreement_reply got;
    struct agreement_line line;
    OWN(vault_key_free) struct vault_key *key = NULL;
    const struct vault_file file = {.path = life->options.key};
    TRY(vault_key_load(&file, VAULT_KIND_SIGN, &life->diag, &key));
    TRY(get(life, &got));
    TRY(text_check(life, &got));
    TRY(line_make(life, verb, &got.agreement, &line));
    line.time_s = time_for(life, &got);
    if (lg_failed(agreement_line_sign(&line, key))) {
        return wrong(life, "--office: 1 to 128 bytes of plain text; --reason: 1 to 500; --party");
    }
    request->version = line.version;
    request->reason = line.reason;
    request->office = line.office;
    request->signed_s = line.time_s;
    request->day =
        agreement_act_has_day(verb->act) ? span_text(life->options.day) : span_of(NULL, 0);
    request->signature =
        arena_copy(life->arena, span_of(line.signature.bytes, sizeof line.signature.bytes));
    return arena_failed(life->arena);
}

static struct lg_err act_do(struct life *life, const struct verb *verb,
                            struct wire_agreement_act_reply *out_reply) {
    struct wire_agreement_act_request request = {.id = span_text(life->options.name),
                                                 .version = life->options.version,
                                                 .actor = actor_of(life)};
    struct span bytes;
    struct span answer;
    if (agreement_act_has_line(verb->act)) {
        TRY(request_sign(life, verb, &request));
    }
    TRY(wire_agreement_act_request_encode(verb->message, life->arena, &request, &bytes));
    TRY(call(life, verb->method, bytes, &answer));
    return wire_agreement_act_reply_decode(verb->message, life->arena, answer, &life->report,
                                           out_reply);
}

static int run_act(struct life *life, const struct verb *verb) {
    struct wire_agreement_act_reply reply;
    struct lg_err err = act_do(life, verb, &reply);
    if (lg_failed(err)) {
        return failed(life, verb->not_done, err);
    }
    life_whole_print(&reply.agreement, life->options.json);
    return EXIT_TOOL_DONE;
}

/* ---- Commands ---- */

static int opened(struct life *life, int (*run)(struct life *)) {
    struct lg_err err = life_open(life);
    int code = lg_failed(err) ? failed(life, "The gateway was not asked.", err) : run(life);
    life_done(life);
    return code;
}

static int command(int argc, char **argv, bool wants_name, int (*run)(struct life *)) {
    struct life life = {.config = NULL};
    if (!life_options_read(argc, argv, &life.options)) {
        return EXIT_TOOL_USAGE;
    }
    if (life.options.config == NULL || (life.options.name != NULL) != wants_name) {
        return usage(wants_name ? "Name the agreement and --config FILE."
                                : "Name --config FILE alone.");
    }
    return opened(&life, run);
}

static bool is_whole(const struct life_options *options, enum agreement_act act) {
    bool has_line = agreement_act_has_line(act);
    return options->config != NULL && options->name != NULL && options->user != NULL &&
           options->role != NULL &&
           (!has_line || (options->party != NULL && options->key != NULL)) &&
           (!agreement_act_has_day(act) || options->day != NULL) &&
           (!agreement_act_has_reason(act) || options->reason != NULL) &&
           (act != AGREEMENT_ACTIVATE || options->version != 0);
}

static int act_command(int argc, char **argv, const struct verb *verb) {
    struct life life = {.config = NULL};
    if (!life_options_read(argc, argv, &life.options)) {
        return EXIT_TOOL_USAGE;
    }
    if (!is_whole(&life.options, verb->act)) {
        return usage("Something that this act needs is not named.");
    }
    struct lg_err err = life_open(&life);
    int code = lg_failed(err) ? failed(&life, verb->not_done, err) : run_act(&life, verb);
    life_done(&life);
    return code;
}

int tool_agreement_list(int argc, char **argv) {
    return command(argc, argv, false, run_list);
}

int tool_agreement_due(int argc, char **argv) {
    return command(argc, argv, false, run_due);
}

int tool_agreement_show_at(int argc, char **argv) {
    return command(argc, argv, true, run_show);
}

int tool_agreement_propose(int argc, char **argv) {
    struct life_options options;
    if (!life_options_read(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    return options.user == NULL || options.role == NULL
               ? usage("Name who proposes: --user ID --role ID")
               : command(argc, argv, true, run_propose);
}

int tool_agreement_sign(int argc, char **argv) {
    static const struct verb verb = {"Sign", AGREEMENT_SIGN, WIRE_AGREEMENT_SIGN,
                                     "It was not signed."};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0) {
            return act_command(argc, argv, &verb);
        }
    }
    return tool_agreement_sign_file(argc, argv);
}

int tool_agreement_refuse(int argc, char **argv) {
    static const struct verb verb = {"Refuse", AGREEMENT_REFUSE, WIRE_AGREEMENT_REFUSE,
                                     "It was not refused."};
    return act_command(argc, argv, &verb);
}

int tool_agreement_activate(int argc, char **argv) {
    static const struct verb verb = {"Activate", AGREEMENT_ACTIVATE, WIRE_AGREEMENT_ACTIVATE,
                                     "It was not activated."};
    return act_command(argc, argv, &verb);
}

int tool_agreement_suspend(int argc, char **argv) {
    static const struct verb verb = {"Suspend", AGREEMENT_SUSPEND, WIRE_AGREEMENT_SUSPEND,
                                     "It was not suspended."};
    return act_command(argc, argv, &verb);
}

int tool_agreement_resume(int argc, char **argv) {
    static const struct verb verb = {"Resume", AGREEMENT_RESUME, WIRE_AGREEMENT_RESUME,
                                     "It was not resumed."};
    return act_command(argc, argv, &verb);
}

int tool_agreement_withdraw(int argc, char **argv) {
    static const struct verb verb = {"Withdraw", AGREEMENT_WITHDRAW, WIRE_AGREEMENT_WITHDRAW,
                                     "No notice was given."};
    return act_command(argc, argv, &verb);
}

int tool_agreement_review(int argc, char **argv) {
    static const struct verb verb = {"Review", AGREEMENT_REVIEW, WIRE_AGREEMENT_REVIEW,
                                     "The review was not recorded."};
    return act_command(argc, argv, &verb);
}

int tool_agreement_end(int argc, char **argv) {
    static const struct verb verb = {"End", AGREEMENT_END, WIRE_AGREEMENT_END, "It was not ended."};
    return act_command(argc, argv, &verb);
}
