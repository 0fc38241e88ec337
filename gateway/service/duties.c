/* SPDX-License-Identifier: Apache-2.0 */
/* Duties: which there are, and how they stand. The look is a SEARCH entry first. Rows come from the
 * index, whose file is read off the worker; what was done about them are point reads of the store.
 * An agency sees its own, and of others those that were escalated to it: whose, under which
 * agreement and since when, but not from whom and how much. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/day.h"
#include "gateway/service/duties_int.h"

/* As many rows as a page looks at with their names and acts, and the page. */
enum { LIST_ARENA = 48 << 20, ROW_CURSOR_SIZE = 4 + STORE_TAG_SIZE, INDEX_CURSOR_SIZE = 8 };

static const int64_t DAY_MS = 86400000;

struct duty_list {
    struct service_commit commit;
    struct wire_list_duties_request request;
    struct store_duty_look look;
    uint64_t before; /* of the other two lists */
    struct store_reader *reader;
    struct arena *arena;
    struct loop_job job;
    struct lg_err err;
    struct index_duties rows;
    struct wire_duty *shown; /* a page, in the arena */
    size_t count;
    struct wire_list_duties_reply reply;
};

static const struct query_worker *worker_of(const struct duty_list *list) {
    return list->commit.call->service->worker;
}

static int64_t now_of(const struct duty_list *list) {
    return clock_wall_ms(&worker_of(list)->gateway->clock);
}

/* ---- Showing ---- */

static struct span rule_word(const struct store_duty *duty, struct arena *arena) {
    static const char *const onwards[] = {[POLICY_ONWARD_TO] = "onward=to",
                                          [POLICY_ONWARD_ASK] = "onward=ask",
                                          [POLICY_ONWARD_NO] = "onward=no"};
    switch (duty->kind) {
    case STORE_DUTY_KEEP:
        return arena_format(arena, "keep=%ud", (unsigned)duty->rule);
    case STORE_DUTY_ONWARD:
        return duty->rule <= POLICY_ONWARD_NO ? span_text(onwards[duty->rule]) : span_of(NULL, 0);
    case STORE_DUTY_TELL:
        break;
    }
    return span_text("tell");
}

static void own_fill(const struct duty_standing *standing, struct wire_duty *out) {
    const struct duty_act *done = &standing->last_done;
    out->source = standing->duty.source;
    out->count = standing->duty.count;
    out->blocked = standing->is_blocked;
    out->taken_by = standing->last_taken.user_id;
    if (duty_is_over(standing)) {
        out->attested_by = done->user_id;
        out->attested_ms = done->at_ms;
        out->outcome = done->outcome;
        out->reason = done->reason;
    }
}

struct lg_err service_duty_show(const struct duty_standing *standing, bool is_foreign,
                                struct arena *arena, struct wire_duty *out_duty) {
    const struct store_duty *duty = &standing->duty;
    *out_duty = (struct wire_duty){
        .kind = (enum wire_duty_kind)duty->kind,
        .state = (enum wire_duty_state)standing->state,
        .agency = duty->agency,
        .agreement = duty->agreement,
        .agreement_version = duty->agreement_version,
        .rule = rule_word(duty, arena),
        .received_ms = duty->day * DAY_MS,
        .due_ms = (duty->due_day + (int64_t)1) * DAY_MS,
        .escalated_to = standing->escalated.next,
    };
    memcpy(out_duty->duty_id.bytes, duty->id.bytes, sizeof out_duty->duty_id.bytes);
    if (!is_foreign) {
        own_fill(standing, out_duty);
    } else if (duty_is_over(standing)) { /* whether somebody is not to be told is not theirs */
        out_duty->state = WIRE_DUTY_STATE_DONE;
    }
    return arena_failed(arena);
}

struct lg_err service_duty_standing(struct store_reader *reader, const struct store_duty *duty,
                                    int64_t now_ms, struct arena *arena,
                                    struct duty_standing *out_standing) {
    struct store_duty_state acts;
    TRY(store_duty_state_read(reader, &duty->id, arena, &acts));
    return duty_standing_make(duty, &acts, now_ms, out_standing);
}

struct lg_err service_telling_standing(struct store_reader *reader,
                                       const struct store_review *review, int64_t now_ms,
                                       struct arena *arena, struct duty_standing *out_standing) {
    struct store_tag id;
    struct store_duty_state acts;
    struct review_case *it = arena_alloc(arena, sizeof *it);
    TRY(arena_failed(arena));
    memcpy(id.bytes, review->id.bytes, sizeof id.bytes);
    TRY(review_case_read(reader, review, arena, it));
    TRY(store_duty_state_read(reader, &id, arena, &acts));
    return duty_standing_of_case(it, &acts, now_ms, out_standing);
}

/* ---- One page ---- */

static bool is_wanted(const struct duty_list *list, const struct duty_standing *standing) {
    if (list->request.overdue_only) {
        return !duty_is_over(standing) && duty_is_past(&standing->duty, now_of(list));
    }
    return !list->request.open_only || !duty_is_over(standing);
}

static struct lg_err page_add(struct duty_list *list, const struct duty_standing *standing) {
    if (!is_wanted(list, standing)) {
        return LG_OK;
    }
    return service_duty_show(standing, list->request.escalated, list->arena,
                             &list->shown[list->count++]);
}

static struct lg_err cursor_set(struct duty_list *list, struct span bytes) {
    list->reply.cursor = arena_copy(list->arena, bytes);
    return arena_failed(list->arena);
}

static struct lg_err row_cursor(struct duty_list *list, const struct store_duty *last) {
    uint8_t bytes[ROW_CURSOR_SIZE];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_u32(&w, (uint32_t)last->due_day);
    writer_bytes(&w, span_of(last->id.bytes, sizeof last->id.bytes));
    return cursor_set(list, span_of(bytes, sizeof bytes));
}

static struct lg_err index_cursor(struct duty_list *list, uint64_t last) {
    uint8_t bytes[INDEX_CURSOR_SIZE];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_u64(&w, last);
    return cursor_set(list, span_of(bytes, sizeof bytes));
}

/* One look of rows; *out_last: of those that were seen, borrowed. Those that are over are noted, so
 * that the next look for what is open passes them by. */
static struct lg_err rows_show(struct duty_list *list, const struct store_duty **out_last) {
    const struct store_duties *rows = &list->rows.duties;
    struct store_duty *over = arena_array(list->arena, rows->count + 1, sizeof *over);
    size_t over_count = 0;
    TRY(arena_failed(list->arena));
    for (size_t i = 0; i < rows->count && list->count < LIMIT_DUTY_PAGE; i++) {
        struct duty_standing standing;
        TRY(service_duty_standing(list->reader, &rows->items[i], now_of(list), list->arena,
                                  &standing));
        TRY(page_add(list, &standing));
        if (duty_is_over(&standing)) {
            over[over_count++] = rows->items[i];
        }
        *out_last = &rows->items[i];
    }
    lg_err_ignore(index_duties_over(worker_of(list)->gateway->index, over, over_count),
                  "the next look meets them again");
    return LG_OK;
}

/* Those that are over and not noted yet come first, as they were due first: they are passed here,
 * not by a page of the reader for each. */
static struct lg_err rows_page(struct duty_list *list) {
    struct index_log *index = worker_of(list)->gateway->index;
    const struct store_duty *last = NULL;
    const struct store_duty *end = NULL;
    for (size_t looked = 0; looked < LIMIT_DUTY_LOOK_ALL && list->count < LIMIT_DUTY_PAGE;) {
        TRY(index_duties_list(index, &list->look, list->arena, &list->rows));
        TRY(rows_show(list, &last));
        size_t count = list->rows.duties.count;
        end = count > 0 ? &list->rows.duties.items[count - 1] : NULL;
        looked += count;
        if (count < list->look.most || last != end) {
            break;
        }
        list->look.after_day = last->due_day;
        list->look.after_id = last->id;
    }
    bool is_last = last == end && list->rows.duties.count < list->look.most;
    return is_last || last == NULL ? LG_OK : row_cursor(list, last);
}

/* Emergencies whose review is this agency's own: not those that lapsed to it. */
static struct lg_err telling_show(struct duty_list *list, const struct store_review_side *side) {
    struct duty_standing standing;
    if (!side->is_own || side->review.kind != REVIEW_EMERGENCY) {
        return LG_OK;
    }
    TRY(service_telling_standing(list->reader, &side->review, now_of(list), list->arena,
                                 &standing));
    bool is_own = span_equal(standing.duty.agency, list->commit.call->caller.agency);
    return is_own ? page_add(list, &standing) : LG_OK;
}

static struct lg_err tellings_show(struct duty_list *list) {
    const struct store_review_list which = {.agency = list->commit.call->caller.agency,
                                            .before_index = list->before};
    struct store_review_side *sides = NULL;
    size_t count = 0;
    size_t seen = 0;
    TRY(store_reviews_list(list->reader, &which, list->arena, &sides, &count));
    while (seen < count && list->count < LIMIT_DUTY_PAGE) {
        TRY(telling_show(list, &sides[seen]));
        seen++;
    }
    bool is_more = seen < count || count == STORE_REVIEW_LIST_MAX;
    return is_more && seen > 0 ? index_cursor(list, sides[seen - 1].review.log_index) : LG_OK;
}

/* As it was when it escalated, and how it stands since. */
static struct lg_err escalated_show(struct duty_list *list, const struct store_duty_state *state) {
    struct store_reader *reader = list->reader;
    struct duty_standing standing;
    struct duty_act act;
    if (lg_failed(duty_act_decode(state->escalated, &act))) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    if (act.duty.kind == STORE_DUTY_TELL) {
        struct store_review review;
        struct review_id id;
        bool found = false;
        memcpy(id.bytes, state->duty.bytes, sizeof id.bytes);
        TRY(store_review_find(reader, &id, list->arena, &found, &review));
        if (!found) {
            return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
        }
        TRY(service_telling_standing(reader, &review, now_of(list), list->arena, &standing));
    } else {
        TRY(duty_standing_make(&act.duty, state, now_of(list), &standing));
    }
    return page_add(list, &standing);
}

static struct lg_err escalated_all_show(struct duty_list *list) {
    struct store_duty_states states;
    TRY(store_duty_states_next(list->reader, list->commit.call->caller.agency, list->before,
                               list->arena, &states));
    for (size_t i = 0; i < states.count; i++) {
        TRY(escalated_show(list, &states.items[i]));
    }
    return states.count == LIMIT_DUTY_PAGE
               ? index_cursor(list, states.items[states.count - 1].escalated_index)
               : LG_OK;
}

static void list_answer(struct duty_list *list) {
    struct wire_list_duties_reply *reply = &list->reply;
    struct span bytes = span_of(NULL, 0);
    struct arena *arena = list->arena;
    struct lg_err err = list->err;
    reply->duties = list->shown;
    reply->duty_count = list->count;
    reply->covered_size = list->rows.covered;
    if (!lg_failed(err)) {
        err = service_commit_logged(&list->commit, &reply->logged);
    }
    if (!lg_failed(err)) {
        err = wire_list_duties_reply_encode(arena, reply, &bytes);
    }
    service_commit_answer(&list->commit, err, bytes);
    arena_free(&arena);
}

/* ---- The call ---- */

/* On the pool, with a reader of its own: a worker's is the worker's. */
static void rows_work(void *ctx) {
    struct duty_list *list = ctx;
    list->err = store_reader_open(worker_of(list)->gateway->store, &list->reader);
    if (!lg_failed(list->err)) {
        list->err = rows_page(list);
    }
    store_reader_free(&list->reader);
}

static void on_rows(void *ctx) {
    list_answer(ctx);
}

static void list_begin(struct duty_list *list) {
    list->reader = worker_of(list)->reader;
    list->err = arena_new(LIST_ARENA, &list->arena);
    if (!lg_failed(list->err)) {
        list->shown = arena_array(list->arena, LIMIT_DUTY_PAGE, sizeof *list->shown);
        list->err = arena_failed(list->arena);
    }
}

static bool is_of_rows(const struct duty_list *list) {
    return !list->request.escalated && list->request.kind != WIRE_DUTY_KIND_TELL;
}

static void on_list_logged(struct service_commit *commit) {
    struct duty_list *list = commit->ctx;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    list_begin(list);
    if (!lg_failed(list->err) && is_of_rows(list)) {
        list->job = (struct loop_job){
            .work = rows_work, .on_done = on_rows, .ctx = list, .loop = worker_of(list)->loop};
        loop_pool_send(worker_of(list)->gateway->bulk, &list->job);
        return;
    }
    if (!lg_failed(list->err)) {
        list->err = list->request.escalated ? escalated_all_show(list) : tellings_show(list);
    }
    list_answer(list);
}

/* False for a cursor of another list. */
static bool look_make(struct duty_list *list) {
    const struct wire_list_duties_request *request = &list->request;
    bool narrows = request->open_only || request->overdue_only;
    struct reader r = reader_of(request->cursor);
    list->before = UINT64_MAX;
    list->look = (struct store_duty_look){
        .agency = list->commit.call->caller.agency,
        .kind = (unsigned)request->kind,
        .is_open = narrows,
        .due_before = request->overdue_only ? day_of_ms(now_of(list)) : INT32_MAX,
        .after_day = INT32_MIN,
        .most = narrows ? LIMIT_DUTY_LOOK : LIMIT_DUTY_PAGE,
    };
    if (request->cursor.len == 0) {
        return true;
    }
    if (is_of_rows(list)) {
        list->look.after_day = (int32_t)reader_u32(&r);
        reader_copy(&r, list->look.after_id.bytes, sizeof list->look.after_id.bytes);
    } else {
        list->before = reader_u64(&r);
    }
    return !lg_failed(reader_end(&r));
}

bool service_duties_have_index(struct service_call *call) {
    if (call->service->worker->gateway->index != NULL) {
        return true;
    }
    service_refuse(call, GRPC_UNAVAILABLE,
                   "the index of the log could not be opened when the gateway was started: duties "
                   "are not listed until it is started again");
    return false;
}

static const char *request_fault(struct duty_list *list) {
    if (list->request.escalated && list->request.kind != WIRE_DUTY_KIND_UNSPECIFIED) {
        return "escalated, kind: what was escalated is one list of all kinds; leave kind out";
    }
    return look_make(list) ? NULL : "cursor: of the reply before this page, with the same request";
}

void service_duty_list(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct duty_list *list = arena_alloc(call->arena, sizeof *list);
    if (list == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_report report;
    struct lg_err err =
        wire_list_duties_request_decode(call->arena, message, &report, &list->request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &list->request.actor)) {
        return;
    }
    list->commit =
        (struct service_commit){.call = call, .on_committed = on_list_logged, .ctx = list};
    const char *fault = request_fault(list);
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    if (is_of_rows(list) && !service_duties_have_index(call)) {
        return;
    }
    err = service_officer_look(&list->commit, "DUTIES");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
