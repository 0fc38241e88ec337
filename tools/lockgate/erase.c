/* SPDX-License-Identifier: Apache-2.0 */
/* A quarter proposed, a proposal decided on, and what stands. */
#include "tools/lockgate/erase.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/wire/erasures.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/officer.h"

static struct lg_err ask(struct officer *officer, enum wire_erasure_method method,
                         const struct wire_erasure_request *request,
                         struct wire_erasure_reply *out_reply) {
    static const char *const paths[WIRE_ERASURE_METHODS] = {
        [WIRE_ERASURE_EXPIRY] = "/lockgate.v1.Erasures/ProposeExpiry",
        [WIRE_ERASURE_DECIDE] = "/lockgate.v1.Erasures/Decide",
    };
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_erasure_request_encode(method, officer->arena, request, &message));
    TRY(officer_call(officer, paths[method], message, &answer));
    return wire_erasure_reply_decode(method, officer->arena, answer, &officer->report, out_reply);
}

int tool_erase_quarter(int argc, char **argv) {
    struct officer officer = {.config = NULL};
    struct wire_erasure_reply reply;
    if (!officer_options_read(argc, argv, &officer.options) || officer.options.name == NULL ||
        officer.options.reason == NULL) {
        return EXIT_TOOL_USAGE;
    }
    const struct wire_erasure_request request = {
        .actor = officer_actor(&officer),
        .quarter = span_text(officer.options.name),
        .reason = span_text(officer.options.reason),
    };
    struct lg_err err = ask(&officer, WIRE_ERASURE_EXPIRY, &request, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "Nothing was changed.", err);
    } else if (!officer.options.json) {
        (void)printf("Proposed as %" PRIu64 "\nAnother officer of the host decides: lockgate erase "
                     "decide %" PRIu64 "\n",
                     reply.proposal, reply.proposal);
    }
    officer_done(&officer);
    return code;
}

static bool number_read(const char *text, uint64_t *out_number) {
    char *end = NULL;
    errno = 0;
    *out_number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* --outcome: "destroy" or "refuse"; false for neither. */
static bool outcome_read(const char *outcome, bool *out_refused) {
    *out_refused = outcome != NULL && strcmp(outcome, "refuse") == 0;
    return outcome != NULL && (*out_refused || strcmp(outcome, "destroy") == 0);
}

int tool_erase_decide(int argc, char **argv) {
    struct officer officer = {.config = NULL};
    struct wire_erasure_request request = {.refused = false};
    struct wire_erasure_reply reply;
    if (!officer_options_read(argc, argv, &officer.options) || officer.options.name == NULL ||
        officer.options.reason == NULL || !number_read(officer.options.name, &request.proposal) ||
        !outcome_read(officer.options.outcome, &request.refused)) {
        return EXIT_TOOL_USAGE;
    }
    request.actor = officer_actor(&officer);
    request.reason = span_text(officer.options.reason);
    struct lg_err err = ask(&officer, WIRE_ERASURE_DECIDE, &request, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "Nothing was changed.", err);
    } else if (!officer.options.json) {
        (void)printf("%s, log entry %" PRIu64 "\n",
                     request.refused ? "Refused; nothing was destroyed"
                                     : "The keys are destroyed; all proofs stay valid",
                     reply.logged.receipt.index);
    }
    officer_done(&officer);
    return code;
}

/* ---- list ---- */

static void text_print(const char *before, struct span text) {
    if (text.len > 0) {
        (void)printf("%s%.*s", before, (int)text.len, (const char *)text.ptr);
    }
}

static void standing_print(const struct officer *officer, const struct wire_standing_erasure *it) {
    static const char *const kinds[] = {
        [WIRE_ERASURE_KIND_UNSPECIFIED] = "unknown",
        [WIRE_ERASURE_KIND_PERSON] = "erase a person",
        [WIRE_ERASURE_KIND_QUARTER] = "end quarter",
        [WIRE_ERASURE_KIND_HOLD] = "hold on a person",
    };
    (void)printf("%" PRIu64 "  %s", it->log_index, kinds[it->kind]);
    text_print(" ", it->quarter);
    if (it->since_ms > 0) {
        (void)printf("  since %s", officer_time(officer, it->since_ms));
    }
    text_print("  by ", it->by_agency);
    text_print(" ", it->by_user);
    text_print("  case ", it->case_reference);
    text_print("  ", it->reason);
    (void)printf("\n");
}

static struct lg_err list_ask(struct officer *officer, struct wire_list_erasures_reply *out_reply) {
    const struct actor actor = officer_actor(officer);
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_list_erasures_request_encode(officer->arena, &actor, &message));
    TRY(officer_call(officer, "/lockgate.v1.Erasures/List", message, &answer));
    return wire_list_erasures_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

int tool_erase_list(int argc, char **argv) {
    struct officer officer = {.config = NULL};
    struct wire_list_erasures_reply reply = {0};
    if (!officer_options_read(argc, argv, &officer.options)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = list_ask(&officer, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "Proposals and holds were not listed.", err);
    }
    for (size_t i = 0; !lg_failed(err) && !officer.options.json && i < reply.standing_count; i++) {
        standing_print(&officer, &reply.standing[i]);
    }
    officer_done(&officer);
    return code;
}
