/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/config/client.h"
#include "gateway/wire/disclosures.h"
#include "policy/policy.h"
#include "tools/lockgate/client.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/explain_int.h"
#include "tools/lockgate/failure.h"
#include "tools/lockgate/json.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reply.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, CALL_MS = 30000 };

/* One command under way. */
struct work {
    struct explain_options options;
    struct config_client *config;
    struct client *client;
    struct grpc_channel *gateway;
    struct arena *arena;
    struct diag diag;
    struct wire_report report;
};

static void work_done(struct work *work) {
    client_close(&work->client);
    config_client_free(&work->config);
    arena_free(&work->arena);
}

static struct lg_err work_open(struct work *work) {
    TRY(arena_new(ARENA_BYTES, &work->arena));
    TRY(config_client_load(work->options.config, &work->diag, &work->config));
    TRY(client_open(&work->config->tls_client, &work->diag, &work->client));
    return client_dial(work->client, &work->config->gateway, &work->diag, &work->gateway);
}

static struct lg_err call(struct work *work, const char *path, struct span message,
                          struct span *out_answer) {
    const struct client_call call = {
        .channel = work->gateway, .path = path, .message = message, .timeout_ms = CALL_MS};
    return client_ask(work->client, &call, work->arena, &work->diag, out_answer);
}

static int failed(const struct work *work, const char *what, struct lg_err err) {
    return failure_tell(&(struct failure){
        .what = what, .diag = &work->diag, .sentence = work->report.sentence, .err = err});
}

/* ---- explain ---- */

static const char explain_path[] = "/lockgate.v1.Audit/Explain";

/* An index, or the 32 hex digits of a request id. */
static bool id_read(const char *text, struct wire_explain_request *request,
                    uint8_t id[static MODEL_REQUEST_ID_SIZE]) {
    char *end = NULL;
    if (strlen(text) == (size_t)MODEL_REQUEST_ID_SIZE * 2 &&
        !lg_failed(bytes_from_hex(span_text(text), id, MODEL_REQUEST_ID_SIZE))) {
        request->request_id = span_of(id, MODEL_REQUEST_ID_SIZE);
        return true;
    }
    request->index = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

static struct lg_err explain_call(struct work *work, const struct wire_explain_request *request,
                                  struct wire_explain_reply *out_reply) {
    struct span message;
    struct span answer;
    TRY(work_open(work));
    TRY(wire_explain_request_encode(work->arena, request, &message));
    TRY(call(work, explain_path, message, &answer));
    TRY(wire_explain_reply_decode(work->arena, answer, &work->report, out_reply));
    return work->options.is_json ? reply_json_print(explain_path, work->arena, answer) : LG_OK;
}

static int explained(const struct work *work, const struct wire_explain_reply *reply) {
    if (reply->verdict.decision == DECISION_REFUSE) {
        if (!work->options.is_json) {
            person_verdict_print(&reply->verdict);
        }
        return EXIT_TOOL_REFUSED;
    }
    if (work->options.is_case_line) {
        return explain_case_print(reply) ? EXIT_TOOL_DONE : EXIT_TOOL_FAILED;
    }
    if (!work->options.is_json) {
        explain_reply_print(reply);
    }
    return EXIT_TOOL_DONE;
}

static int explain_entry(const char *id, int argc, char **argv) {
    struct work work = {.config = NULL};
    struct wire_explain_request request = {.index = 0};
    struct wire_explain_reply reply = {.index = 0};
    uint8_t bytes[MODEL_REQUEST_ID_SIZE];
    if (!id_read(id, &request, bytes) || !explain_options_read(argc, argv, &work.options)) {
        return EXIT_TOOL_USAGE;
    }
    request.ground = work.options.question.ground;
    struct lg_err err = explain_call(&work, &request, &reply);
    int code =
        lg_failed(err) ? failed(&work, "There is no explanation.", err) : explained(&work, &reply);
    work_done(&work);
    return code;
}

static int reason_print(enum policy_reason reason, bool is_json) {
    struct span name = span_text(policy_reason_name(reason));
    struct span sentence = span_text(policy_reason_sentence(reason));
    if (!is_json) {
        (void)printf("%s  %s\n", policy_reason_name(reason), policy_reason_sentence(reason));
        return EXIT_TOOL_DONE;
    }
    (void)fputs("{\"code\":", stdout);
    json_text(stdout, name);
    (void)fputs(",\"sentence\":", stdout);
    json_text(stdout, sentence);
    (void)fputs("}\n", stdout);
    return EXIT_TOOL_DONE;
}

int tool_explain(int argc, char **argv) {
    enum policy_reason reason = policy_reason_find(span_text(argc > 0 ? argv[0] : ""));
    bool is_json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if ((argc == 1 || is_json) && reason != POLICY_REASON_END) {
        return reason_print(reason, is_json);
    }
    return argc < 1 ? EXIT_TOOL_USAGE : explain_entry(argv[0], argc - 1, argv + 1);
}

/* ---- can ask ---- */

static const char can_ask_path[] = "/lockgate.v1.Disclosures/CanAsk";

static void can_ask_print(const struct wire_can_ask_reply *reply) {
    person_verdict_print(&reply->verdict);
    for (size_t i = 0; i < reply->source_count; i++) {
        const struct wire_source_permit *source = &reply->sources[i];
        (void)printf("%.*s\n", (int)source->source.len, (const char *)source->source.ptr);
        for (size_t j = 0; j < source->item_count; j++) {
            const struct wire_permitted_item *item = &source->items[j];
            (void)printf("  %.*s  %.*s under clause %.*s, consent %.*s\n", (int)item->item.len,
                         (const char *)item->item.ptr, (int)item->treatment.len,
                         (const char *)item->treatment.ptr, (int)item->clause.len,
                         (const char *)item->clause.ptr, (int)item->consent.len,
                         (const char *)item->consent.ptr);
        }
        for (size_t j = 0; j < source->missing_count; j++) {
            explain_item_print(&source->missing[j]);
        }
    }
}

static struct lg_err can_ask(struct work *work, struct wire_can_ask_reply *out_reply) {
    struct span message;
    struct span answer;
    TRY(work_open(work));
    TRY(wire_can_ask_request_encode(work->arena, &work->options.question, &message));
    TRY(call(work, can_ask_path, message, &answer));
    TRY(wire_can_ask_reply_decode(work->arena, answer, &work->report, out_reply));
    if (work->options.is_json) {
        return reply_json_print(can_ask_path, work->arena, answer);
    }
    can_ask_print(out_reply);
    return LG_OK;
}

int tool_can_ask(int argc, char **argv) {
    static const int codes[] = {
        [DECISION_PERMIT] = EXIT_TOOL_DONE,
        [DECISION_PARTIAL] = EXIT_TOOL_PARTIAL,
        [DECISION_REFUSE] = EXIT_TOOL_REFUSED,
    };
    struct work work = {.config = NULL};
    struct wire_can_ask_reply reply = {.source_count = 0};
    if (!explain_options_read(argc, argv, &work.options)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = can_ask(&work, &reply);
    int code =
        lg_failed(err) ? failed(&work, "It was not answered.", err) : codes[reply.verdict.decision];
    work_done(&work);
    return code;
}
