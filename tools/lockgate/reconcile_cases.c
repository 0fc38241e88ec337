/* SPDX-License-Identifier: Apache-2.0 */
/* Differences become cases, which officers take and close as any other (`lockgate review`). */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/wire/reviews.h"
#include "tools/lockgate/reconcile_run.h"

enum { CALL_MS = 10000, CALL_BYTES = 1 << 20 };

static_assert((int)WIRE_REVIEW_CHAIN == (int)RECORD_HASH_SIZE, "the chain is sent whole");

static const char open_path[] = "/lockgate.v1.Reviews/Open";

static struct lg_err case_ask(struct reconcile_run *run,
                              const struct reconcile_difference *difference,
                              struct wire_open_review_reply *out_reply) {
    struct asking *asking = &run->asking;
    struct wire_open_review_request request = {
        .actor = run->question.ground.actor,
        .cause = span_text(reconcile_kind_name(difference->kind)),
        .call_reference = difference->call,
        .has_log_index = difference->has_index,
        .log_index = difference->index,
        .agreement = difference->agreement,
    };
    struct span message;
    struct span answer;
    if (difference->damage != NULL) {
        request.record_file = difference->damage->number;
        request.record_at = difference->damage->at;
        memcpy(request.record_chain, difference->damage->chain, sizeof request.record_chain);
    }
    TRY(wire_open_review_request_encode(asking->arena, &request, &message));
    TRY(asking_call(asking,
                    (struct client_call){.channel = asking->gateway,
                                         .path = open_path,
                                         .message = message,
                                         .timeout_ms = CALL_MS},
                    &answer));
    return wire_open_review_reply_decode(asking->arena, answer, &asking->report, out_reply);
}

/* In memory of its own: there may be thousands. */
static struct lg_err case_open(struct reconcile_run *run,
                               const struct reconcile_difference *difference, bool *out_is_new) {
    struct wire_open_review_reply reply;
    struct arena *whole = run->asking.arena;
    struct arena *own = NULL;
    TRY(arena_new(CALL_BYTES, &own));
    run->asking.arena = own;
    struct lg_err err = case_ask(run, difference, &reply);
    run->asking.arena = whole;
    arena_free(&own);
    *out_is_new = !lg_failed(err) && reply.is_new;
    return err;
}

struct lg_err reconcile_cases_open(struct reconcile_run *run) {
    uint64_t opened = 0;
    uint64_t known = 0;
    struct lg_err err = LG_OK;
    for (size_t i = 0; i < run->it.difference_count && !lg_failed(err); i++) {
        bool is_new = false;
        err = case_open(run, &run->it.differences[i], &is_new);
        opened += !lg_failed(err) && is_new ? 1 : 0;
        known += !lg_failed(err) && !is_new ? 1 : 0;
    }
    (void)fprintf(run->is_json ? stderr : stdout,
                  "Cases: %" PRIu64 " opened, %" PRIu64 " were opened before.\n", opened, known);
    return err;
}
