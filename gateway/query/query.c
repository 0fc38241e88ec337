/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a question, in their order, and what runs them. */
#include "gateway/query/query.h"

#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/query/query_int.h"

static enum step step_done(struct query *query);

static const struct query_step line[] = {
    {"permit", step_permit},     {"budget", step_budget}, {"person", step_person},
    {"declared", step_declared}, {"grant", step_grant},   {"reserved", step_reserved},
    {"targets", step_targets},   {"opened", step_opened}, {"asked", step_asked},
    {"collect", step_collect},
};

static const struct query_step gate[] = {
    {"links", step_links},   {"names", step_names},     {"extract", step_extract},
    {"room", step_room},     {"receipt", step_receipt}, {"witnessed", step_witnessed},
    {"relied", step_relied}, {"reply", step_reply},     {"done", step_done},
};

enum { LINE_STEPS = sizeof line / sizeof *line, GATE_STEPS = sizeof gate / sizeof *gate };

static void query_close(struct query *query);

static void on_abandoned(void *ctx, const struct audit_outcome *outcome) {
    (void)outcome;
    struct query *query = ctx;
    query->is_committing = false;
    query_close(query);
}

/* A part whose receipt was made and whose bytes did not leave. */
static bool is_undelivered(const struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        if (query->parts[i].stage == PART_IN_GATE && query->parts[i].receipt != NULL) {
            return true;
        }
    }
    return false;
}

/* Given up before anybody was asked, for what it rests on changes: nothing was told, and the log
 * says that it was there. */
static bool is_given_up(const struct query *query) {
    return !query->is_asked && !query->is_finalled && query->end.status == GRPC_ABORTED;
}

/* A question that was asked and will not get its terminal entry by the gate gets an OUTCOME, and so
 * does a release that nobody took; one that was given up before that gets a DENIAL. */
static bool outcome_begin(struct query *query) {
    bool is_late = query->is_finalled && (query->is_lost || is_undelivered(query));
    bool is_open = query->is_asked && (!query->is_finalled || is_late);
    if (query->has_outcome || (!is_open && !is_given_up(query))) {
        return false;
    }
    query->has_outcome = true;
    struct audit_entry_fields fields;
    const struct audit_batch batch = {.entries = &fields, .count = 1};
    struct lg_err err = is_open
                            ? query_trail_outcome(query, is_late, &fields)
                            : query_trail_refusal(query, span_text("CHANGED_MEANWHILE"), &fields);
    if (lg_failed(err) || lg_failed(audit_commit(query->worker->gateway->log, &batch,
                                                 query->worker->loop, on_abandoned, query))) {
        return false; /* the next start of the log closes it as abandoned */
    }
    query->is_committing = true;
    return true;
}

static void query_free(struct query *query) {
    query_emergency_done(query);
    for (size_t i = 0; i < query->part_count; i++) {
        audit_receipt_free(&query->parts[i].receipt);
        arena_free(&query->parts[i].memory);
    }
    audit_receipt_free(&query->refusal_receipt);
    query_running_remove(query);
    agreement_set_free(&query->agreements.set);
    struct arena *arena = query->arena;
    free(query);
    arena_free(&arena);
}

/* Ends what is under way, writes the last entry, tells the owner, frees. */
static void query_close(struct query *query) {
    query_legs_stop(query);
    query_keys_cancel(&query->keys_call);
    query_plain_cancel(&query->plain);
    loop_later_stop(query->worker->loop, &query->resume);
    if (query->is_committing || query->is_working || outcome_begin(query)) {
        return; /* comes back from the event that is under way */
    }
    query->events->on_closed(query->ctx);
    query_free(query);
}

static void query_finish(struct query *query) {
    if (!query->is_ended && !query->is_cancelled) {
        query->is_ended = true;
        bool taken = query->events->on_end(query->ctx, &query->end);
        query->is_lost = query->is_lost || (!taken && query->end.status == GRPC_OK);
    }
    query->is_ended = true;
    query_close(query);
}

/* After the gate: the next parts that are ready, or the end, or waiting for more. */
static enum step step_done(struct query *query) {
    if (query_all_released(query)) {
        return query_reply_end(query);
    }
    query->is_collecting = true;
    return query_gate_take(query) ? STEP_NEXT : STEP_WAIT;
}

/* The step after this one: the line leads into the gate, the gate back to its beginning. */
static void query_advance(struct query *query) {
    bool is_line = query->table == line;
    query->step++;
    if (is_line && query->step == LINE_STEPS) {
        query->table = gate;
        query->step = 0;
    } else if (!is_line && query->step == GATE_STEPS) {
        query->step = 0;
    }
}

static void on_turn_end(void *ctx) {
    store_reader_let_go(ctx);
}

/* What all questions read of the store in one turn is of one moment, under one lock. That moment
 * is never before a question came: a turn reads from its sockets and messages first, and steps run
 * after it (query_resume). So a withdrawal that was acknowledged to anybody before a question was
 * sent is in what it reads. */
static void reader_hold(const struct query_worker *worker) {
    if (!store_reader_is_held(worker->reader)) {
        store_reader_hold(worker->reader);
        loop_last(worker->loop, on_turn_end, worker->reader);
    }
}

/* Steps until one waits or stops. */
static enum step steps_run(struct query *query) {
    enum step result = STEP_NEXT;
    reader_hold(query->worker);
    while (result == STEP_NEXT) {
        result = query->table[query->step].run(query);
        if (result == STEP_NEXT) {
            query_advance(query);
        }
    }
    return result;
}

static void rest(const struct query *query, bool rests) {
    if (query->events->on_rest != NULL) {
        query->events->on_rest(query->ctx, rests);
    }
}

/* What waits neither for the log nor for the pool waits for somebody outside, or for a slot. */
static void on_resume(void *ctx) {
    struct query *query = ctx;
    rest(query, false);
    if (query->is_cancelled || query->is_ended) {
        query_close(query);
        return;
    }
    if (query->is_stopped) {
        query->end = query_agreements_end();
        query_finish(query);
        return;
    }
    if (steps_run(query) == STEP_STOP) {
        query_finish(query);
        return;
    }
    rest(query, !query->is_committing && !query->is_working);
}

void query_resume(struct query *query) {
    loop_later_start(query->worker->loop, &query->resume, on_resume, query);
}

void query_proceed(struct query *query) {
    query_advance(query);
    query_resume(query);
}

void query_targets_again(struct query *query) {
    while (line[query->step].run != step_targets) {
        ASSERT(query->table == line && query->step > 0);
        query->step--;
    }
    query_resume(query);
}

void query_gate_again(struct query *query) {
    query->table = gate;
    query->step = 0;
    query_resume(query);
}

struct known_error {
    struct lg_err err;
    const char *message;
};

/* Errors that the caller can do something about, in words. */
static const char *known_message(struct lg_err err) {
    const struct known_error known[] = {
        {lg_err_make(LG_CLASS_INPUT, LG_LOCATE, LOCATE_HANDLE),
         "person.handle: not a handle of this caller, purpose and agreement; call Find with the "
         "same ground"},
        {lg_err_make(LG_CLASS_INPUT, LG_LOCATE, LOCATE_HANDLE_OLD),
         "person.handle: its ten minutes are over; call Find again"},
        {lg_err_make(LG_CLASS_INPUT, LG_LOCATE, LOCATE_PSEUDONYM),
         "person.pseudonym: not a pseudonym of this recipient under this agreement"},
        {lg_err_make(LG_CLASS_INPUT, LG_LOCATE, LOCATE_TOKEN),
         "person.tokens: a token is not sealed to this index, or not of the class and epoch that "
         "it "
         "states"},
        {lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_TRAIL), query_trail_sentence},
        {lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES),
         "sources: more than one question may have; name fewer"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (lg_err_same(err, known[i].err)) {
            return known[i].message;
        }
    }
    return NULL;
}

static const char *class_message(enum lg_class klass) {
    switch (klass) {
    case LG_CLASS_INPUT:
        return "The request does not fit the contract";
    case LG_CLASS_LIMIT:
        return "The gateway is short of room: try again, or ask for less";
    case LG_CLASS_PEER:
    case LG_CLASS_STORE:
        return "A part of the gateway that this needs is not available: try again";
    case LG_CLASS_NONE:
    case LG_CLASS_CONFIG:
    case LG_CLASS_INTERNAL:
        break;
    }
    return "The gateway could not carry this out";
}

/* What is nobody's fault outside is told to the operator: class, module and code. */
static void error_log(struct lg_err err) {
    enum lg_class klass = lg_err_class(err);
    if (klass != LG_CLASS_INPUT && klass != LG_CLASS_NONE) {
        log_line(klass == LG_CLASS_INTERNAL ? LOG_ERROR : LOG_WARN, "query.failed",
                 "class=%s module=%u code=%u", lg_class_name(klass), lg_err_module(err),
                 lg_err_code(err));
    }
}

struct query_end query_end_of_error(struct lg_err err) {
    error_log(err);
    const char *message = known_message(err);
    return (struct query_end){
        .status = grpc_status_of_error(err),
        .message = message != NULL ? message : class_message(lg_err_class(err)),
    };
}

struct span query_known_agreement(struct agreement_forces forces, struct span agreement) {
    return agreement_forces_find(forces, agreement) != NULL ? agreement : span_of(NULL, 0);
}

enum step query_fail(struct query *query, struct lg_err err) {
    query->end = query_end_of_error(err);
    return STEP_STOP;
}

enum step query_fail_status(struct query *query, enum grpc_status status, const char *message) {
    query->end = (struct query_end){.status = status, .message = message};
    return STEP_STOP;
}

struct lg_err query_begin(const struct query_start *start, struct query **out_query) {
    struct query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES);
    }
    const struct clock *clock = loop_clock(start->worker->loop);
    *query = (struct query){
        .worker = start->worker,
        .kind = start->kind,
        .arena = start->arena,
        .caller = start->caller,
        .question = start->question,
        .deadline_ms = start->deadline_ms,
        .begun_wall_ms = clock_wall_ms(clock),
        .begun_mono_ms = loop_now_ms(start->worker->loop),
        .events = start->events,
        .ctx = start->ctx,
        .is_text = start->is_text,
        .table = line,
    };
    query_running_add(query);
    query_resume(query);
    *out_query = query;
    return LG_OK;
}

void query_cancel(struct query *query) {
    if (query->is_cancelled) {
        return;
    }
    query->is_cancelled = true;
    query_legs_stop(query);
    query_resume(query);
}
