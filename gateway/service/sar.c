/* SPDX-License-Identifier: Apache-2.0 */
/* Subject access: officers open requests of their agency, and step on them. Each step is a
 * SUBJECT_ACCESS entry of the log, applied to the store before it is answered (gateway/sar/sar.h).
 *
 * Open looks the person up as every read about a person does: policy, a durable SEARCH, and only
 * then the look-up. Whether somebody was found changes neither the reply nor what is written. */
#include <string.h>

#include "gateway/base/day.h"
#include "gateway/service/sar_int.h"

const char service_sar_absent[] =
    "number: your agency has no subject access request of this number; List says which it has";
static const char full_sentence[] =
    "Your agency has as many open subject access requests as there may be: close those that are "
    "answered";
static const char ended_sentence[] =
    "Nothing was changed: this request ended meanwhile, with the erasure of whom it is about, or "
    "your agency has as many open ones as there may be; List says which stand";
static const char overtaken_sentence[] =
    "Nothing was changed: somebody else's step on this request came first; List says how it is now";
static const char marks_sentence[] =
    "line: as many lines of this request are withheld as there may be; show some again";

struct sar_work {
    struct service_search search; /* first: of Open */
    struct service_commit commit;
    struct sar_step step;
    struct person_id person; /* under whose key an act is sealed, where there is one */
    bool has_person;
    uint64_t number;
    struct store_sar *row; /* as it was last read; NULL: the agency has none of the number */
    struct sar_request request;
};

static struct sar_work *work_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct sar_work *work = arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    work->search.call = call;
    work->commit = (struct service_commit){.call = call, .ctx = work};
    return work;
}

static struct arena *arena_of(const struct sar_work *work) {
    return work->search.call->arena;
}

static struct store_reader *reader_of_work(const struct sar_work *work) {
    return work->search.call->service->worker->reader;
}

/* ---- One step, written and read back ---- */

static struct lg_err step_commit(struct sar_work *work,
                                 void (*on_committed)(struct service_commit *commit)) {
    const struct caller *caller = &work->search.call->caller;
    struct audit_entry_fields fields = {
        .kind = AUDIT_SUBJECT_ACCESS,
        .requesting_agency = caller->agency,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(SAR_REASON),
        .person = work->has_person ? &work->person : NULL,
    };
    work->step.at_ms = clock_wall_ms(&work->search.call->service->worker->gateway->clock);
    work->step.agency = caller->agency;
    work->step.system = caller->system;
    work->step.user_id = caller->user_id;
    work->step.role = caller->role;
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(sar_step_encode(&work->step, arena_of(work), &fields.sealed));
    work->commit.on_committed = on_committed;
    return service_commit_begin(&work->commit,
                                &(struct audit_batch){.entries = &fields, .count = 1});
}

/* The request as it is now; asked: of a step, whether it was done. */
static struct lg_err request_find(struct sar_work *work, uint64_t asked) {
    TRY(store_sar_find(reader_of_work(work), work->search.call->caller.agency, work->number,
                       arena_of(work), &work->row));
    return work->row == NULL ? LG_OK
                             : sar_request_read(reader_of_work(work), work->row, asked,
                                                arena_of(work), &work->request);
}

/* ---- Open ---- */

static void open_answer(struct sar_work *work, const struct wire_sar_open_reply *reply) {
    struct receipt *receipt = work->commit.receipt;
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = wire_sar_open_reply_encode(arena_of(work), reply, &bytes);
    service_search_answer(&work->search, err, bytes);
    audit_receipt_free(&receipt);
}

static void open_fail(struct sar_work *work, struct lg_err err) {
    audit_receipt_free(&work->search.receipt);
    audit_receipt_free(&work->commit.receipt);
    service_refuse_error(work->search.call, err);
}

static void open_refuse(struct sar_work *work, enum grpc_status status, const char *sentence) {
    audit_receipt_free(&work->search.receipt);
    audit_receipt_free(&work->commit.receipt);
    service_refuse(work->search.call, status, sentence);
}

static void on_opened(struct service_commit *commit) {
    struct sar_work *work = commit->ctx;
    struct receipt *looked = work->search.receipt;
    struct wire_sar_open_reply reply = {.verdict = work->search.verdict, .has_state = true};
    if (!service_commit_is_durable(commit)) {
        audit_receipt_free(&looked);
        return;
    }
    work->number = audit_receipt_index(commit->receipt);
    struct lg_err err = request_find(work, 0);
    if (!lg_failed(err) && work->row == NULL) {
        open_refuse(work, GRPC_FAILED_PRECONDITION, ended_sentence);
        return;
    }
    if (!lg_failed(err)) {
        err = service_sar_state(commit->call, &work->request, arena_of(work), &reply.state);
    }
    if (!lg_failed(err)) {
        err = service_commit_logged(commit, &reply.logged);
    }
    if (lg_failed(err)) {
        open_fail(work, err);
        return;
    }
    reply.verdict.decision = DECISION_PERMIT;
    open_answer(work, &reply);
}

/* Whom it is about: somebody whom this officer's agency may know of, or an id that nobody has. */
static void person_take(struct sar_work *work) {
    const struct located *located = &work->search.located;
    work->has_person = located->is_known && located->is_enough;
    vault_random(work->person.bytes, sizeof work->person.bytes);
    if (work->has_person) {
        work->person = located->person;
    }
    work->step.person = work->person;
    work->step.has_person = work->has_person;
}

static void on_located(struct service_search *search) {
    struct sar_work *work = (struct sar_work *)search;
    size_t open = 0;
    if (search->is_refused) {
        struct wire_sar_open_reply reply = {.verdict = search->verdict};
        struct lg_err err = service_search_logged(search, &reply.logged);
        if (lg_failed(err)) {
            open_fail(work, err);
        } else {
            open_answer(work, &reply);
        }
        return;
    }
    struct lg_err err =
        store_sar_open_count(reader_of_work(work), search->call->caller.agency, &open);
    if (!lg_failed(err) && open >= LIMIT_SAR_OPEN) {
        open_refuse(work, GRPC_FAILED_PRECONDITION, full_sentence);
        return;
    }
    person_take(work);
    if (!lg_failed(err)) {
        err = step_commit(work, on_opened);
    }
    if (lg_failed(err)) {
        open_fail(work, err);
    }
}

static const char *open_fault(const struct sar_work *work,
                              const struct wire_sar_open_request *request, int32_t *out_day) {
    int32_t today = service_sar_today(work->search.call);
    if (!day_read(request->received_day, out_day) || *out_day > today ||
        *out_day < today - LIMIT_SAR_RECEIVED_DAYS) {
        return "received_day: YYYY-MM-DD, the day on which the request came: not after today, and "
               "not more than a year ago";
    }
    return service_person_is_usable(work->search.call, &request->person, &request->ground)
               ? NULL
               : service_person_sentence;
}

void service_sar_open(void *ctx, struct grpc_call *grpc, struct span message) {
    struct sar_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->search.call;
    struct wire_sar_open_request request = {.received_day = {.len = 0}};
    struct wire_report report;
    int32_t day = 0;
    struct lg_err err = wire_sar_open_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.ground.actor)) {
        return;
    }
    const char *fault = open_fault(work, &request, &day);
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    work->step = (struct sar_step){
        .kind = SAR_OPEN,
        .day = day,
        .is_represented = request.representative_evidence.len > 0,
        .evidence = request.representative_evidence,
        .case_reference = request.ground.case_reference,
    };
    work->search.question =
        (struct question){.id = request.id, .person = request.person, .ground = request.ground};
    work->search.wants_person = true;
    work->search.counts = true;
    work->search.what = SAR_REASON;
    work->search.on_located = on_located;
    service_search_begin(&work->search);
}

/* ---- Act ---- */

static void act_end(struct sar_work *work, struct lg_err err) {
    struct wire_sar_act_reply reply = {.has_state = true};
    struct span bytes = span_of(NULL, 0);
    if (!lg_failed(err)) {
        err = service_sar_state(work->commit.call, &work->request, arena_of(work), &reply.state);
    }
    if (!lg_failed(err)) {
        err = service_commit_logged(&work->commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_sar_act_reply_encode(arena_of(work), &reply, &bytes);
    }
    service_commit_answer(&work->commit, err, bytes);
}

/* Whether a mark is as this step left it. */
static struct lg_err mark_counted(const struct sar_work *work, uint64_t index, bool *out_counted) {
    uint64_t mark = 0;
    TRY(store_sar_mark_find(reader_of_work(work), work->number, work->step.line, &mark));
    *out_counted = work->step.kind == SAR_WITHHOLD ? mark >= index : mark == 0 || mark > index;
    return LG_OK;
}

static void on_acted(struct service_commit *commit) {
    struct sar_work *work = commit->ctx;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    uint64_t index = audit_receipt_index(commit->receipt);
    struct lg_err err = request_find(work, index);
    bool counted = work->request.is_asked_done;
    bool is_mark = work->step.kind == SAR_WITHHOLD || work->step.kind == SAR_REVEAL;
    if (!lg_failed(err) && work->row != NULL && is_mark) {
        err = mark_counted(work, index, &counted);
    }
    if (!lg_failed(err) && (work->row == NULL || !counted)) {
        audit_receipt_free(&commit->receipt);
        service_refuse(commit->call, GRPC_FAILED_PRECONDITION,
                       work->row != NULL ? overtaken_sentence : ended_sentence);
        return;
    }
    act_end(work, err);
}

static const char *exemption_fault(const struct wire_sar_act_request *request,
                                   struct sar_step *step) {
    if (request->step != WIRE_SAR_WITHHOLD) {
        return request->exemption.len == 0 ? NULL : "exemption: only where a line is withheld";
    }
    return sar_exemption_find(request->exemption, &step->exemption) != NULL
               ? NULL
               : "exemption: crime, legal-proceedings, protection-of-the-public, rights-of-others, "
                 "legal-privilege, negotiations, health-harm, social-work-harm, education-harm, "
                 "child-abuse, adoption or law-enforcement";
}

/* What an export was of; the log had so many entries. */
static const char *answer_make(const struct sar_work *work,
                               const struct wire_sar_act_request *request, struct sar_step *step) {
    const struct wire_sar_answer *answer = &request->answer;
    struct audit_log *log = work->search.call->service->worker->gateway->log;
    if (request->has_answer != (request->step == WIRE_SAR_EXPORT)) {
        return "answer: what was made for the person, and only of an export";
    }
    if (!request->has_answer) {
        return request->reason.len == 0 ? "reason: a sentence" : NULL;
    }
    if (answer->covered_size == 0 || answer->covered_size > audit_size(log) ||
        answer->line_count > answer->covered_size) {
        return "answer: covered_size as Collect gave it, and no more lines than that";
    }
    step->answer = (struct sar_answer){.form = (enum sar_answer_form)answer->form,
                                       .to = (enum sar_recipient)answer->to,
                                       .covered = answer->covered_size,
                                       .line_count = answer->line_count};
    memcpy(step->answer.lines, answer->lines_digest.ptr, sizeof step->answer.lines);
    memcpy(step->answer.document, answer->document_digest.ptr, sizeof step->answer.document);
    return NULL;
}

/* What does not go together in the request; NULL where it does. */
static const char *step_make(const struct wire_sar_act_request *request, struct sar_step *step) {
    enum wire_sar_step kind = request->step;
    bool is_mark = kind == WIRE_SAR_WITHHOLD || kind == WIRE_SAR_REVEAL;
    bool has_day = kind == WIRE_SAR_PAUSE || kind == WIRE_SAR_RESUME;
    *step = (struct sar_step){
        .kind = (enum sar_step_kind)kind,
        .number = request->number,
        .months = (uint8_t)request->months,
        .pause = (enum sar_pause)request->pause,
        .outcome = (enum sar_outcome)request->outcome,
        .line = request->line,
        .reason = request->reason,
    };
    if (kind == WIRE_SAR_EXTEND ? request->months < 1 || request->months > SAR_EXTRA_MONTHS_MAX
                                : request->months != 0) {
        return "months: 1 or 2, and only to extend";
    }
    if ((kind == WIRE_SAR_PAUSE) != (request->pause != WIRE_SAR_PAUSE_UNSPECIFIED)) {
        return "pause: what the person was asked, and only to pause";
    }
    if ((kind == WIRE_SAR_CLOSE) != (request->outcome != WIRE_SAR_OUTCOME_UNSPECIFIED)) {
        return "outcome: how the request ended, and only to close it";
    }
    if (has_day ? !day_read(request->day, &step->day) : request->day.len > 0) {
        return "day: YYYY-MM-DD, and only to pause and to resume";
    }
    if (!is_mark && request->line != 0) {
        return "line: only to withhold it, or to show it again";
    }
    return exemption_fault(request, step);
}

/* Why the step may not be done to the request as it is. */
static struct lg_err state_fault(const struct sar_work *work, const char **out_fault) {
    uint64_t mark = 0;
    size_t marks = 0;
    const struct sar_step *step = &work->step;
    *out_fault = sar_step_fault(&work->request, step);
    if (*out_fault != NULL || (step->kind != SAR_WITHHOLD && step->kind != SAR_REVEAL)) {
        return LG_OK;
    }
    TRY(store_sar_mark_find(reader_of_work(work), work->number, step->line, &mark));
    TRY(store_sar_mark_count(reader_of_work(work), work->number, &marks));
    if (step->kind == SAR_REVEAL && mark == 0) {
        *out_fault = "line: it is not withheld";
    } else if (step->kind == SAR_WITHHOLD && mark == 0 && marks >= LIMIT_SAR_MARKS) {
        *out_fault = marks_sentence;
    }
    return LG_OK;
}

static void act(struct sar_work *work) {
    struct service_call *call = work->search.call;
    const char *fault = NULL;
    work->step.at_ms = clock_wall_ms(&call->service->worker->gateway->clock);
    struct lg_err err = request_find(work, 0);
    if (!lg_failed(err) && work->row == NULL) {
        service_refuse(call, GRPC_NOT_FOUND, service_sar_absent);
        return;
    }
    if (!lg_failed(err)) {
        err = state_fault(work, &fault);
    }
    if (!lg_failed(err) && fault != NULL) {
        service_refuse(call, GRPC_FAILED_PRECONDITION, fault);
        return;
    }
    if (!lg_failed(err)) {
        work->person = work->row->person; /* as merges have it by now */
        work->has_person = work->request.opened.has_person;
        err = step_commit(work, on_acted);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}

void service_sar_act(void *ctx, struct grpc_call *grpc, struct span message) {
    struct sar_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->search.call;
    struct wire_sar_act_request request = {.number = 0};
    struct wire_report report;
    struct lg_err err = wire_sar_act_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.actor)) {
        return;
    }
    const char *fault = step_make(&request, &work->step);
    if (fault == NULL) {
        fault = answer_make(work, &request, &work->step);
    }
    if (fault == NULL && request.line >= audit_size(call->service->worker->gateway->log)) {
        fault = "line: the index of an entry, as Collect gives it";
    }
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    work->number = request.number;
    act(work);
}
