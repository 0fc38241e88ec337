/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews: each look is a SEARCH entry first, each act a REVIEW entry before it takes effect.
 *
 * The agency that reviews a case sees it whole. An agency that was asked sees that there is a case,
 * of what kind, on which day and what became of it: who asked is what its clause tells it (README,
 * rule 13), and the id by which it knows the case is its own. */
#include "gateway/wire/reviews.h"

#include "gateway/review/review.h"
#include "gateway/service/service_int.h"
#include "gateway/signals/signals.h"
#include "gateway/store/signals.h"

struct review_work {
    struct service_commit commit;
    enum wire_review_method method;
    struct review_id asked; /* by the caller's name for it */
    struct review_act act;
    struct review_case it;
    bool is_own;
    struct store_review_list list;
};

enum { DAY_MS = 24 * 3600 * 1000 };

static const struct review_id no_review;

/* ---- Showing ---- */

static struct span state_word(enum store_review_state state) {
    static const char *const words[] = {"", "open", "taken", "escalated", "closed"};
    return span_text(words[state]);
}

static struct span capacity_word(enum capacity capacity) {
    static const char *const words[] = {"", "can consent", "cannot consent", "not known"};
    return span_text(words[capacity]);
}

/* To another agency only where its clause tells who asked: then the role stands there too. */
static struct span user_told(const struct review_opening *opening) {
    bool is_same = span_equal(opening->opener.agency, opening->reviewer);
    return is_same || opening->role.len > 0 ? opening->opener.user_id : span_of(NULL, 0);
}

static void detail_fill(const struct review_case *it, struct wire_review *out) {
    const struct review_opening *opening = &it->opening;
    out->has_detail = true;
    out->detail = (struct wire_review_detail){
        .user_id = user_told(opening),
        .role = opening->role,
        .purpose = opening->purpose,
        .case_reference = opening->case_reference,
        .cause = opening->cause,
        .rationale = opening->rationale,
        .capacity = capacity_word(opening->capacity),
        .capacity_basis = opening->capacity_basis,
        .second_user = opening->second_user,
        .sources = opening->sources,
        .notice = {opening->tell_office, opening->tell_due_ms, it->seen_ms},
        .telling = review_case_telling(it),
        .channel = it->channel,
        .reasons = it->reasons,
    };
}

static const struct query_worker *worker_of(const struct review_work *work) {
    return work->commit.call->service->worker;
}

static int64_t now_of(const struct review_work *work) {
    return clock_wall_ms(&worker_of(work)->gateway->clock);
}

/* Where a rule hit. list: numbers alone. A case was opened by a hit, whose row comes a moment after
 * it and is not kept for ever. */
static struct lg_err hits_fill(const struct review_work *work, const struct review_case *it,
                               bool is_list, struct wire_review *out) {
    struct store_signals_of of;
    if (!out->own || it->opening.kind != REVIEW_ANOMALY) {
        return LG_OK;
    }
    TRY(store_signals_of_case(worker_of(work)->reader, &it->opening.id, &of));
    size_t count = is_list ? 0 : of.shown_count;
    struct wire_review_hit *newest =
        arena_array(work->commit.call->arena, count + 1, sizeof *newest);
    TRY(arena_failed(work->commit.call->arena));
    for (size_t i = 0; i < count; i++) {
        newest[i] = (struct wire_review_hit){.log_index = of.shown[i].log_index,
                                             .at_ms = of.shown[i].at_ms};
    }
    out->rule = span_text(signals_sentence(it->opening.cause));
    out->has_hits = true;
    out->hits = (struct wire_review_hits){.count = of.count > 0 ? of.count : 1,
                                          .earlier = of.earlier,
                                          .newest = newest,
                                          .newest_count = count};
    return LG_OK;
}

static struct wire_review shown(const struct review_case *it, const struct store_review_side *side,
                                int64_t now_ms) {
    const struct review_opening *opening = &it->opening;
    struct wire_review out = {
        .review_id = side->id,
        .kind = span_text(review_kind_name(opening->kind)),
        .opened_ms = opening->opened_ms - opening->opened_ms % DAY_MS,
        .due_ms = opening->due_ms,
        .outcome = it->outcome,
        .state = state_word(it->state),
        .overdue = review_case_is_overdue(it, now_ms),
        .own = side->is_own,
        .agreement = opening->opener.agreement,
    };
    if (side->is_own) {
        out.opened_ms = opening->opened_ms;
        out.log_index = it->log_index;
        out.taken_by = it->taken_by;
        out.escalated_to = it->lapsed_to;
        out.telling_blocked = out.overdue && opening->kind == REVIEW_EMERGENCY;
    }
    return out;
}

/* ---- Beginning ---- */

static struct review_work *work_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct review_work *work = arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    work->commit = (struct service_commit){.call = call, .ctx = work};
    return work;
}

static void look_begin(struct review_work *work,
                       void (*on_committed)(struct service_commit *commit)) {
    work->commit.on_committed = on_committed;
    struct lg_err err = service_officer_look(&work->commit, "REVIEWS");
    if (lg_failed(err)) {
        service_refuse_error(work->commit.call, err);
    }
}

/* ---- List ---- */

static struct lg_err list_make(struct review_work *work, struct wire_list_reviews_reply *reply) {
    struct arena *arena = work->commit.call->arena;
    struct store_review_side *sides = NULL;
    size_t count = 0;
    TRY(store_reviews_list(worker_of(work)->reader, &work->list, arena, &sides, &count));
    struct wire_review *reviews = arena_array(arena, count, sizeof *reviews);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        struct review_case it;
        TRY(review_case_read(worker_of(work)->reader, &sides[i].review, arena, &it));
        reviews[i] = shown(&it, &sides[i], now_of(work));
        TRY(hits_fill(work, &it, true, &reviews[i]));
    }
    reply->reviews = reviews;
    reply->review_count = count;
    return service_commit_logged(&work->commit, &reply->logged);
}

static void on_list_logged(struct service_commit *commit) {
    struct review_work *work = commit->ctx;
    struct wire_list_reviews_reply reply = {0};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = list_make(work, &reply);
    if (!lg_failed(err)) {
        err = wire_list_reviews_reply_encode(commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

/* Where the page before ended. */
static struct lg_err page_find(struct review_work *work, const struct review_id *after) {
    struct store_review_side side;
    work->list.before_index = UINT64_MAX;
    if (memcmp(after, &no_review, sizeof no_review) == 0) {
        return LG_OK;
    }
    TRY(store_review_side_find(worker_of(work)->reader, work->list.agency, after,
                               work->commit.call->arena, &side));
    work->list.before_index = side.is_found ? side.review.log_index : 0;
    return LG_OK;
}

void service_review_list(void *ctx, struct grpc_call *grpc, struct span message) {
    struct review_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->commit.call;
    struct wire_list_reviews_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_list_reviews_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.actor)) {
        return;
    }
    const struct review_opener self = {.agency = call->caller.agency,
                                       .user_id = call->caller.user_id};
    work->list = (struct store_review_list){.agency = call->caller.agency,
                                            .is_unclosed = request.open_only,
                                            .kept_kind = REVIEW_ANOMALY};
    err = review_opener_tag(worker_of(work)->gateway->store, &self, &work->list.kept_opener);
    if (!lg_failed(err)) {
        err = page_find(work, &request.after_review_id);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return;
    }
    look_begin(work, on_list_logged);
}

/* ---- One case ---- */

/* Nobody learns that a rule of misuse hit what they did: to them there is no such case, here and in
 * the list. The case of what a day had no room for is about all whose doing that was. */
static struct lg_err kept_find(const struct review_work *work, const struct review_case *it,
                               bool *out_is) {
    const struct caller *caller = &work->commit.call->caller;
    const struct review_opener *opener = &it->opening.opener;
    const struct review_opener self = {.agency = caller->agency, .user_id = caller->user_id};
    struct store_tag tag;
    bool is_anomaly = it->opening.kind == REVIEW_ANOMALY;
    *out_is = is_anomaly && span_equal(caller->agency, opener->agency) &&
              span_equal_folded(caller->user_id, opener->user_id);
    if (*out_is || !is_anomaly) {
        return LG_OK;
    }
    *out_is = true;
    TRY(review_opener_tag(worker_of(work)->gateway->store, &self, &tag));
    return store_signal_has(worker_of(work)->reader, &it->opening.id, &tag, out_is);
}

/* Reads the caller's side of the case; false after it refused. */
static bool case_find(struct review_work *work, struct store_review_side *side) {
    struct service_call *call = work->commit.call;
    struct store_reader *reader = worker_of(work)->reader;
    bool is_kept = false;
    struct lg_err err =
        store_review_side_find(reader, call->caller.agency, &work->asked, call->arena, side);
    if (!lg_failed(err) && side->is_found) {
        err = review_case_read(reader, &side->review, call->arena, &work->it);
        if (!lg_failed(err)) {
            err = kept_find(work, &work->it, &is_kept);
        }
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return false;
    }
    if (!side->is_found || is_kept) {
        service_refuse(call, GRPC_NOT_FOUND,
                       "review_id: your agency has no case of that id; ask List for those it has");
        return false;
    }
    work->is_own = side->is_own;
    return true;
}

static void case_answer(struct review_work *work, const struct store_review_side *side) {
    struct service_commit *commit = &work->commit;
    struct wire_review_reply reply = {.review = shown(&work->it, side, now_of(work))};
    struct span bytes = span_of(NULL, 0);
    if (side->is_own) {
        detail_fill(&work->it, &reply.review);
    }
    struct lg_err err = hits_fill(work, &work->it, false, &reply.review);
    if (!lg_failed(err)) {
        err = service_commit_logged(commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_review_reply_encode(work->method, commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

static void on_get_logged(struct service_commit *commit) {
    struct review_work *work = commit->ctx;
    struct store_review_side side;
    struct receipt *receipt = commit->receipt;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    if (case_find(work, &side)) {
        case_answer(work, &side);
    } else {
        audit_receipt_free(&receipt);
    }
}

/* Decodes a request about one case; NULL after it refused. */
static struct review_work *case_begin(void *ctx, struct grpc_call *grpc, struct span message,
                                      enum wire_review_method method) {
    struct review_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return NULL;
    }
    struct service_call *call = work->commit.call;
    struct wire_review_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_review_request_decode(method, call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.actor)) {
        return NULL;
    }
    work->method = method;
    work->asked = request.review_id;
    work->act = (struct review_act){
        .at_ms = now_of(work),
        .agency = call->caller.agency,
        .user_id = call->caller.user_id,
        .role = call->caller.role,
        .telling = request.telling,
        .channel = request.channel,
        .reasons = request.reasons,
        .outcome = request.outcome,
    };
    return work;
}

void service_review_get(void *ctx, struct grpc_call *grpc, struct span message) {
    struct review_work *work = case_begin(ctx, grpc, message, WIRE_REVIEW_GET);
    if (work != NULL) {
        look_begin(work, on_get_logged);
    }
}

/* ---- Acts ---- */

static const char *fault_sentence(enum review_fault fault) {
    static const char *const sentences[] = {
        [REVIEW_FAULT_NONE] = NULL,
        [REVIEW_FAULT_OWN] = "This case is about something you did or confirmed: another officer "
                             "of your agency has to review it, and to tell the person",
        [REVIEW_FAULT_CLOSED] = "The case is closed",
        [REVIEW_FAULT_NOT_TAKEN] = "Take the case first",
        [REVIEW_FAULT_TAKEN] = "You have taken this case already",
        [REVIEW_FAULT_OUTCOME] = "outcome, reasons: justified, not-justified or escalated, with a "
                                 "sentence",
        [REVIEW_FAULT_TELLING] = "telling: of an emergency tell, tell-later, do-not-tell-crime, "
                                 "do-not-tell-harm or not-needed; of other kinds nothing",
        [REVIEW_FAULT_BLOCKED] = "The person may not be told: the review is not closed, or found "
                                 "that telling is not safe",
        [REVIEW_FAULT_TOLD] = "The person was told already",
        [REVIEW_FAULT_CHANNEL] = "channel: in-person, telephone-agreed, letter-agreed or "
                                 "representative",
        [REVIEW_FAULT_ESCALATED] = "You escalated this case: another officer, who never did, has "
                                   "to take it; past its day the agreement's lead sees it too",
        [REVIEW_FAULT_FULL] = "This case was handed on as often as a case may be: whoever has it "
                              "closes it",
    };
    return sentences[fault];
}

static enum grpc_status fault_status(enum review_fault fault) {
    switch (fault) {
    case REVIEW_FAULT_OWN:
    case REVIEW_FAULT_ESCALATED:
        return GRPC_PERMISSION_DENIED;
    case REVIEW_FAULT_OUTCOME:
    case REVIEW_FAULT_TELLING:
    case REVIEW_FAULT_CHANNEL:
        return GRPC_INVALID_ARGUMENT;
    default:
        return GRPC_FAILED_PRECONDITION;
    }
}

static const char *act_code(enum review_act_kind kind) {
    static const char *const codes[REVIEW_ACT_END] = {
        [REVIEW_TAKE] = "REVIEW_TAKEN",         [REVIEW_CLOSE] = "REVIEW_CLOSED",
        [REVIEW_ESCALATE] = "REVIEW_ESCALATED", [REVIEW_TELL] = "PERSON_TOLD",
        [REVIEW_LAPSE] = "REVIEW_OVERDUE",
    };
    return codes[kind];
}

/* It is in the log, and another act that was checked at the same moment came before it. */
static void act_lost(struct review_work *work) {
    enum review_fault fault = review_act_check(&work->it, &work->act);
    bool is_told = fault != REVIEW_FAULT_NONE;
    service_refuse(work->commit.call, is_told ? fault_status(fault) : GRPC_ABORTED,
                   is_told ? fault_sentence(fault)
                           : "Another officer was quicker: look at the case, and try again");
}

static void on_act_logged(struct service_commit *commit) {
    struct review_work *work = commit->ctx;
    struct receipt *receipt = commit->receipt;
    struct store_review_side side;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    if (!case_find(work, &side)) {
        audit_receipt_free(&receipt);
    } else if (review_act_counted(&work->it, &work->act)) {
        case_answer(work, &side);
    } else {
        act_lost(work);
        audit_receipt_free(&receipt);
    }
}

static struct lg_err act_commit(struct review_work *work) {
    struct service_call *call = work->commit.call;
    struct audit_entry_fields fields = {
        .kind = AUDIT_REVIEW,
        .requesting_agency = review_leaf_agency(work->it.opening.kind, call->caller.agency),
        .agreement =
            query_known_agreement(call->agreements.forces, work->it.opening.opener.agreement),
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(act_code(work->act.kind)),
        .person = work->it.opening.has_person ? &work->it.opening.person : NULL,
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(review_act_encode(&work->act, call->arena, &fields.sealed));
    work->commit.on_committed = on_act_logged;
    return service_commit_begin(&work->commit,
                                &(struct audit_batch){.entries = &fields, .count = 1});
}

static void act_run(struct review_work *work, enum review_act_kind kind) {
    struct service_call *call = work->commit.call;
    struct store_review_side side;
    work->act.kind = kind;
    if (!case_find(work, &side)) {
        return;
    }
    if (!side.is_own) {
        service_refuse(call, GRPC_PERMISSION_DENIED,
                       "Another agency reviews this case; yours sees what becomes of it");
        return;
    }
    work->act.id = work->it.opening.id;
    enum review_fault fault = review_act_check(&work->it, &work->act);
    if (fault != REVIEW_FAULT_NONE) {
        service_refuse(call, fault_status(fault), fault_sentence(fault));
        return;
    }
    struct lg_err err = act_commit(work);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}

void service_review_take(void *ctx, struct grpc_call *grpc, struct span message) {
    struct review_work *work = case_begin(ctx, grpc, message, WIRE_REVIEW_TAKE);
    if (work != NULL) {
        act_run(work, REVIEW_TAKE);
    }
}

void service_review_close(void *ctx, struct grpc_call *grpc, struct span message) {
    struct review_work *work = case_begin(ctx, grpc, message, WIRE_REVIEW_CLOSE);
    if (work != NULL) {
        bool up = span_equal_text(work->act.outcome, "escalated");
        act_run(work, up ? REVIEW_ESCALATE : REVIEW_CLOSE);
    }
}

void service_review_tell(void *ctx, struct grpc_call *grpc, struct span message) {
    struct review_work *work = case_begin(ctx, grpc, message, WIRE_REVIEW_TELL);
    if (work != NULL) {
        act_run(work, REVIEW_TELL);
    }
}
