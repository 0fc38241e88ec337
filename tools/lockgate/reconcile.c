/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for the leaves of one's own side, each with its proof, and compares. The look is logged by
 * the gateway before it answers, as every search is. */
#include "tools/lockgate/reconcile.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/day.h"
#include "gateway/base/num.h"
#include "gateway/store/entries.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reconcile_int.h"
#include "tools/lockgate/reconcile_run.h"
#include "tools/lockgate/search_int.h"

enum { ARENA_BYTES = 256 << 20, PAGE_BYTES = 64 << 20, CALL_MS = 60000 };

static const int64_t DAY_MS = 86400000;
static const char search_path[] = "/lockgate.v1.Audit/Search";

/* ---- words ----------------------------------------------------------------------------------- */

/* Where no end was named there is none: a leaf that says it is of next year is compared too. */
static bool days_read(struct reconcile_run *run) {
    int32_t day = 0;
    run->it.to_ms = INT64_MAX;
    if (run->since != NULL) {
        if (!day_read(span_text(run->since), &day)) {
            return false;
        }
        run->it.from_ms = day * DAY_MS;
    }
    if (run->until != NULL) {
        if (!day_read(span_text(run->until), &day)) {
            return false;
        }
        run->it.to_ms = (day + INT64_C(1)) * DAY_MS;
    }
    return run->since == NULL || run->until == NULL || run->it.from_ms < run->it.to_ms;
}

static bool run_options_read(int argc, char **argv, struct reconcile_run *run) {
    struct option asked[QUESTION_OPTIONS];
    const struct option own[] = {
        {"--config", .text = &run->config},
        {"--record", .text = &run->record},
        {"--receipts", .text = &run->receipts},
        {"--key", .text = &run->key},
        {"--since", .text = &run->since},
        {"--until", .text = &run->until},
        {"--open-cases", .is_set = &run->opens_cases},
        {"--json", .is_set = &run->is_json},
    };
    question_table(&run->question, asked);
    const struct option_table tables[] = {{asked, sizeof asked / sizeof asked[0]},
                                          {own, sizeof own / sizeof own[0]}};
    return options_read(argc, argv, tables, 2) && run->config != NULL && run->key != NULL &&
           (run->record != NULL || run->receipts != NULL) && question_is_whole(&run->question) &&
           days_read(run);
}

/* ---- leaves of the log ----------------------------------------------------------------------- */

/* One page, in memory of its own; `request` then asks for the next one. */
static struct lg_err page_take(struct reconcile_run *run, struct wire_audit_search_request *request,
                               uint8_t cursor[static WIRE_SEARCH_CURSOR_SIZE], bool *out_more) {
    struct asking *asking = &run->asking;
    struct wire_audit_search_reply reply;
    struct span message;
    struct span answer;
    *out_more = false;
    TRY(wire_audit_search_request_encode(asking->arena, request, &message));
    TRY(asking_call(asking,
                    (struct client_call){.channel = asking->gateway,
                                         .path = search_path,
                                         .message = message,
                                         .timeout_ms = CALL_MS},
                    &answer));
    TRY(wire_audit_search_reply_decode(asking->arena, answer, &asking->report, &reply));
    run->is_refused = reply.verdict.decision == DECISION_REFUSE;
    if (run->is_refused) {
        person_verdict_print(&reply.verdict);
        return LG_OK;
    }
    for (size_t i = 0; i < reply.entry_count; i++) {
        TRY(reconcile_leaf_add(&run->it, &reply.entries[i], reply.checkpoint, &run->vkey,
                               asking->arena));
    }
    *out_more = reply.cursor.len == WIRE_SEARCH_CURSOR_SIZE;
    if (*out_more) {
        memcpy(cursor, reply.cursor.ptr, WIRE_SEARCH_CURSOR_SIZE);
    }
    request->cursor = span_of(cursor, WIRE_SEARCH_CURSOR_SIZE);
    return LG_OK;
}

static struct lg_err pages_failed(struct reconcile *it) {
    diag_set(&it->diag, 0,
             "the gateway's answer has no end; compare a shorter stretch: --since, --until");
    return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, RECONCILE_LIMIT);
}

/* A day more at both ends: a leaf has its day only, and clocks differ. */
static struct lg_err leaves_fetch(struct reconcile_run *run) {
    struct reconcile *it = &run->it;
    uint8_t cursor[WIRE_SEARCH_CURSOR_SIZE];
    bool more = true;
    struct wire_audit_search_request request = {
        .ground = run->question.ground,
        .from_ms = it->from_ms > 2 * DAY_MS ? it->from_ms - 2 * DAY_MS : 0,
        .to_ms = run->until == NULL ? 0 : it->to_ms + DAY_MS,
        .side = it->has_record ? STORE_SIDE_SOURCE : STORE_SIDE_REQUESTER,
        .most = LIMIT_INDEX_PAGE,
    };
    struct arena *whole = run->asking.arena;
    struct lg_err err = LG_OK;
    for (size_t pages = 0; more && !lg_failed(err); pages++) {
        struct arena *page = NULL;
        err = pages < RECONCILE_PAGES_MAX ? arena_new(PAGE_BYTES, &page) : pages_failed(it);
        if (!lg_failed(err)) {
            run->asking.arena = page;
            err = page_take(run, &request, cursor, &more);
            run->asking.arena = whole;
        }
        arena_free(&page);
    }
    return err;
}

/* ---- the run --------------------------------------------------------------------------------- */

/* Where no day was named: from the first day on of which the record, or what was kept, is whole. A
 * record whose first files are gone begins in the middle of a day. */
static void range_settle(struct reconcile_run *run) {
    struct reconcile *it = &run->it;
    int64_t first = INT64_MAX;
    struct clock clock = clock_system();
    int64_t now_ms = clock_wall_ms(&clock);
    it->settled_ms = now_ms - RECONCILE_SETTLE_MS;
    if (run->since != NULL) {
        return;
    }
    for (size_t i = 0; i < it->left_count; i++) {
        first = it->left[i].time_ms < first ? it->left[i].time_ms : first;
    }
    for (size_t i = 0; i < it->kept_count && !it->has_record; i++) {
        bool counts = it->kept[i].is_proven && it->kept[i].time_ms < first;
        first = counts ? it->kept[i].time_ms : first;
    }
    if (first != INT64_MAX) {
        it->from_ms = (first / DAY_MS + (it->record.first > 1 ? 1 : 0)) * DAY_MS;
    }
}

static struct lg_err run_read(struct reconcile_run *run) {
    struct reconcile *it = &run->it;
    TRY(arena_new(ARENA_BYTES, &it->arena));
    TRY(search_key_read(run->key, it->arena, &it->diag, &run->vkey));
    if (run->record != NULL) {
        TRY(reconcile_record_read(it, run->record));
    }
    if (run->receipts != NULL) {
        TRY(reconcile_kept_read(it, run->receipts, &run->vkey));
    }
    range_settle(run);
    return LG_OK;
}

static struct lg_err run_work(struct reconcile_run *run) {
    struct lg_err err = run_read(run);
    if (lg_failed(err)) {
        run->asking.diag = run->it.diag;
        return err;
    }
    run->asking.config_path = run->config;
    TRY(asking_open_gateway(&run->asking));
    run->it.agency = client_agency(run->asking.client);
    err = leaves_fetch(run);
    if (lg_failed(err) && run->it.diag.text[0] != '\0') {
        run->asking.diag = run->it.diag;
    }
    TRY(err);
    return run->is_refused ? LG_OK : reconcile_compare(&run->it);
}

static int run_failed(const struct reconcile_run *run, struct lg_err err) {
    if (lg_err_module(err) == LG_AUDIT) {
        (void)fputs("NOT VERIFIED: a receipt that the gateway sent.\nNothing was compared.\nKeep "
                    "the record, and ask the log's operator why.\n",
                    stderr);
        return EXIT_TOOL_NOT_VERIFIED;
    }
    return asking_failed(&run->asking, "Nothing was compared.", err);
}

static int run_end(struct reconcile_run *run, struct lg_err err) {
    if (lg_failed(err)) {
        return run_failed(run, err);
    }
    if (run->is_refused) {
        return EXIT_TOOL_REFUSED;
    }
    if (run->is_json) {
        reconcile_print_json(&run->it);
    } else {
        reconcile_print(&run->it);
    }
    if (run->opens_cases) {
        err = reconcile_cases_open(run);
    }
    if (lg_failed(err)) {
        return asking_failed(&run->asking, "Not every difference has its case.", err);
    }
    return run->it.difference_count == 0 ? EXIT_TOOL_DONE : EXIT_TOOL_NOT_VERIFIED;
}

int tool_audit_reconcile(int argc, char **argv) {
    struct reconcile_run run = {.config = NULL};
    if (!run_options_read(argc, argv, &run)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = run_work(&run);
    int code = run_end(&run, err);
    asking_done(&run.asking);
    arena_free(&run.it.arena);
    return code;
}
