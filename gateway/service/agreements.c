/* SPDX-License-Identifier: Apache-2.0 */
/* The life of agreements, for officers. An act is checked and its files are written on the pool,
 * then its entry is committed, and only then is it answered: by then it is in force for every
 * worker. */
#include "gateway/service/agreements.h"

#include "gateway/base/limits_policy.h"
#include "policy/format/format.h"

enum { SIGNATURE_SIZE = 64 };

/* One call under way, in the call's arena. */
struct agreement_call {
    struct service_call *call;
    struct agreement_wish wish;
    enum wire_agreement_act reply; /* of acts on a version */
    struct agreement_line line;    /* of the request, where the act has one */
    uint8_t line_bytes[AGREEMENT_LINE_SIZE_MAX];
    struct agreement_ready ready;
    struct policy_findings findings; /* of a proposal */
    struct lg_err err;
    struct diag diag;
    struct agreement_info info;
    struct loop_job job;
    struct service_commit commit;
    struct receipt *receipt;
};

static struct agreement_book *book_of(const struct agreement_call *begun) {
    return begun->call->service->worker->gateway->book;
}

static void job_send(struct agreement_call *begun, void (*work)(void *), void (*on_done)(void *)) {
    const struct query_worker *worker = begun->call->service->worker;
    begun->job =
        (struct loop_job){.work = work, .on_done = on_done, .ctx = begun, .loop = worker->loop};
    loop_pool_send(worker->gateway->pool, &begun->job);
}

/* ---- Refusing ---- */

static enum grpc_status status_of(struct lg_err err) {
    switch ((enum agreement_code)lg_err_code(err)) {
    case AGREEMENT_UNKNOWN:
        return GRPC_NOT_FOUND;
    case AGREEMENT_STATE:
        return GRPC_FAILED_PRECONDITION;
    case AGREEMENT_NOT_YOURS:
        return GRPC_PERMISSION_DENIED;
    case AGREEMENT_BUSY:
        return GRPC_ABORTED;
    default:
        return GRPC_INVALID_ARGUMENT;
    }
}

static void refuse(struct agreement_call *begun, struct lg_err err) {
    bool has_words = lg_err_module(err) == LG_AGREEMENT && begun->diag.text[0] != '\0';
    if (!has_words) {
        service_refuse_error(begun->call, err);
        return;
    }
    struct span message = begun->diag.line > 0
                              ? arena_format(begun->call->arena, "line %u: %s",
                                             (unsigned)begun->diag.line, begun->diag.text)
                              : span_text(begun->diag.text);
    service_refuse(begun->call, status_of(err),
                   message.ptr == NULL ? "The act was refused" : (const char *)message.ptr);
}

/* ---- Beginning ---- */

static struct agreement_call *agreement_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct agreement_call *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    begun->call = call;
    return begun;
}

/* An officer, neither they nor their system stopped; for acts by which sharing begins or goes on,
 * their agency neither. */
static bool is_officer(struct agreement_call *begun, const struct actor *actor) {
    if (!service_officer_authenticate(begun->call, actor) ||
        (agreement_act_starts(begun->wish.act) && service_is_stopped(begun->call))) {
        return false;
    }
    const struct caller *caller = &begun->call->caller;
    begun->wish.agency = caller->agency;
    begun->wish.system = caller->system;
    begun->wish.user_id = caller->user_id;
    begun->wish.role = caller->role;
    begun->wish.display_name = caller->display_name;
    return true;
}

/* ---- Answering ---- */

static void info_work(void *ctx) {
    struct agreement_call *begun = ctx;
    agreement_book_release(book_of(begun), &begun->ready);
    begun->err = agreement_book_find(book_of(begun), span_text(begun->ready.agreement),
                                     begun->ready.version, begun->call->arena, &begun->info);
}

static struct lg_err logged_fill(struct agreement_call *begun, struct wire_logged *out_logged) {
    if (begun->receipt == NULL) {
        return LG_OK;
    }
    out_logged->has_receipt = true;
    out_logged->checkpoint = audit_receipt_checkpoint(begun->receipt);
    return audit_receipt_form(begun->receipt, span_of(NULL, 0), begun->call->arena,
                              &out_logged->receipt);
}

static struct lg_err propose_encode(struct agreement_call *begun, struct span *out_bytes) {
    struct arena *arena = begun->call->arena;
    struct wire_propose_agreement_reply reply = {.finding_count = begun->findings.count};
    TRY(service_agreement_findings(&begun->findings, arena, &reply.findings));
    if (begun->ready.version != 0) {
        TRY(service_agreement_info(&begun->info, arena, &reply.agreement));
        TRY(logged_fill(begun, &reply.logged));
    }
    return wire_propose_agreement_reply_encode(arena, &reply, out_bytes);
}

static struct lg_err act_encode(struct agreement_call *begun, struct span *out_bytes) {
    struct arena *arena = begun->call->arena;
    struct wire_agreement_act_reply reply = {.logged = {.has_receipt = false}};
    TRY(service_agreement_info(&begun->info, arena, &reply.agreement));
    TRY(logged_fill(begun, &reply.logged));
    return wire_agreement_act_reply_encode(begun->reply, arena, &reply, out_bytes);
}

static void act_answer(struct agreement_call *begun) {
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = begun->wish.act == AGREEMENT_PROPOSE ? propose_encode(begun, &bytes)
                                                             : act_encode(begun, &bytes);
    struct receipt *receipt = begun->receipt;
    service_answer(begun->call, err, bytes);
    audit_receipt_free(&receipt);
}

static void on_info(void *ctx) {
    struct agreement_call *begun = ctx;
    if (lg_failed(begun->err)) {
        audit_receipt_free(&begun->receipt);
        refuse(begun, begun->err);
    } else {
        act_answer(begun);
    }
}

/* ---- Committing ---- */

static void unlogged_work(void *ctx) {
    struct agreement_call *begun = ctx;
    agreement_book_release(book_of(begun), &begun->ready);
}

static void on_unlogged(void *ctx) {
    struct agreement_call *begun = ctx;
    service_refuse(begun->call, GRPC_UNAVAILABLE,
                   "The log takes no entries now; nothing was changed: try again");
}

static void on_committed(struct service_commit *commit) {
    struct agreement_call *begun = commit->ctx;
    begun->receipt = commit->receipt;
    if (begun->receipt == NULL) {
        job_send(begun, unlogged_work, on_unlogged);
    } else {
        job_send(begun, info_work, on_info);
    }
}

static struct lg_err commit_begin(struct agreement_call *begun) {
    const struct query_gateway *gateway = begun->call->service->worker->gateway;
    bool stops = agreement_act_stops(begun->wish.act);
    struct span agreement = span_text(begun->ready.agreement);
    struct store_tag tag;
    struct audit_scope scope;
    TRY(consent_scope_agreement(gateway->store, agreement, &tag));
    memcpy(scope.bytes, tag.bytes, sizeof scope.bytes);
    struct audit_entry_fields fields = {
        .kind = stops ? AUDIT_STOP : AUDIT_AGREEMENT,
        .requesting_agency = begun->wish.agency,
        .agreement = agreement,
        .agreement_version = begun->ready.version,
        .reason = span_text(agreement_entry_code(begun->wish.act)),
        .sealed = begun->ready.written,
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    const struct audit_batch batch = {
        .entries = &fields, .count = 1, .changed = &scope, .changed_count = stops ? 1 : 0};
    begun->commit =
        (struct service_commit){.call = begun->call, .on_committed = on_committed, .ctx = begun};
    return service_commit_begin(&begun->commit, &batch);
}

static void on_prepared(void *ctx) {
    struct agreement_call *begun = ctx;
    if (lg_failed(begun->err)) {
        refuse(begun, begun->err);
    } else if (begun->ready.is_done) {
        job_send(begun, info_work, on_info);
    } else if (begun->ready.version == 0) { /* a text with faults: they are the answer */
        act_answer(begun);
    } else if (lg_failed(commit_begin(begun))) {
        job_send(begun, unlogged_work, on_unlogged);
    }
}

/* ---- Acts on a version ---- */

static struct lg_err line_make(struct agreement_call *begun) {
    struct span written = span_of(NULL, 0);
    TRY(agreement_book_line(book_of(begun), &begun->diag, &begun->line));
    struct lg_err err = agreement_line_write(&begun->line, begun->line_bytes, &written);
    if (lg_failed(err)) {
        diag_set(&begun->diag, 0,
                 "office: 1 to 128 bytes of plain text; reason: 1 to 500; day: YYYY-MM-DD");
        return err;
    }
    begun->wish.line = written;
    return LG_OK;
}

static void act_work(void *ctx) {
    struct agreement_call *begun = ctx;
    begun->err = agreement_act_has_line(begun->wish.act) ? line_make(begun) : LG_OK;
    if (!lg_failed(begun->err)) {
        begun->err =
            agreement_book_prepare(book_of(begun), &begun->wish, &begun->diag, &begun->ready);
    }
}

static bool line_take(struct agreement_call *begun,
                      const struct wire_agreement_act_request *request) {
    begun->line = (struct agreement_line){
        .act = begun->wish.act,
        .agreement = request->id,
        .version = request->version,
        .party = begun->wish.agency,
        .office = request->office,
        .time_s = request->signed_s,
        .day = AGREEMENT_NO_DAY,
        .reason = request->reason,
    };
    if (!agreement_act_has_line(begun->wish.act)) {
        return true;
    }
    memcpy(begun->line.signature.bytes, request->signature.ptr, SIGNATURE_SIZE);
    bool has_day = agreement_act_has_day(begun->wish.act);
    if (has_day && !policy_day_parse(request->day, &begun->line.day)) {
        service_refuse(begun->call, GRPC_INVALID_ARGUMENT, "day: a day is written YYYY-MM-DD");
        return false;
    }
    return true;
}

struct act_method {
    enum agreement_act act;
    enum wire_agreement_act message;
};

static void act_begin(void *ctx, struct grpc_call *grpc, struct span message,
                      struct act_method method) {
    struct agreement_call *begun = agreement_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    struct wire_agreement_act_request request = {.version = 0};
    struct wire_report report;
    struct lg_err err = wire_agreement_act_request_decode(method.message, begun->call->arena,
                                                          message, &report, &request);
    begun->reply = method.message;
    begun->wish.act = method.act;
    if (!service_decoded(begun->call, err, &report) || !is_officer(begun, &request.actor)) {
        return;
    }
    begun->wish.agreement = request.id;
    begun->wish.version = request.version;
    if (line_take(begun, &request)) {
        job_send(begun, act_work, on_prepared);
    }
}

void service_agreement_sign(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_SIGN, WIRE_AGREEMENT_SIGN});
}

void service_agreement_activate(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_ACTIVATE, WIRE_AGREEMENT_ACTIVATE});
}

void service_agreement_suspend(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_SUSPEND, WIRE_AGREEMENT_SUSPEND});
}

void service_agreement_resume(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_RESUME, WIRE_AGREEMENT_RESUME});
}

void service_agreement_refuse(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_REFUSE, WIRE_AGREEMENT_REFUSE});
}

void service_agreement_withdraw(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_WITHDRAW, WIRE_AGREEMENT_WITHDRAW});
}

void service_agreement_review(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_REVIEW, WIRE_AGREEMENT_REVIEW});
}

void service_agreement_end(void *ctx, struct grpc_call *grpc, struct span message) {
    act_begin(ctx, grpc, message, (struct act_method){AGREEMENT_END, WIRE_AGREEMENT_END});
}

/* ---- Propose ---- */

/* The first line in which two texts differ. */
static uint32_t line_of_difference(struct span a, struct span b) {
    uint32_t line = 1;
    for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++) {
        line += a.ptr[i] == '\n';
    }
    return line;
}

/* Parties sign bytes, and two who mean the same are to sign the same ones: those that the formatter
 * writes. What was sent is not changed for it: it has been read as it is. */
static struct lg_err form_check(struct agreement_call *begun, bool *out_sound) {
    OWN(arena_free) struct arena *arena = NULL;
    struct diag diag = {0};
    struct span formed;
    TRY(arena_new(LIMIT_POLICY_MEMORY, &arena));
    struct lg_err err = policy_format(begun->wish.text, arena, &diag, &formed);
    bool is_wrong = lg_err_class(err) == LG_CLASS_CONFIG;
    if (lg_failed(err) && !is_wrong) {
        return err;
    }
    *out_sound = !is_wrong && span_equal(formed, begun->wish.text);
    if (*out_sound) {
        return LG_OK;
    }
    const struct policy_finding finding = {
        .code = "E00",
        .line = is_wrong ? diag.line : line_of_difference(begun->wish.text, formed),
        .column = 1,
        .sentence = is_wrong ? span_text(diag.text)
                             : span_text("this is not in the one form that is signed: run "
                                         "`lockgate agreement format FILE.isa --write` and propose "
                                         "what it writes"),
    };
    return policy_findings_add(&begun->findings, &finding);
}

/* Faults are the answer and no error; doubts come with the proposal. */
static struct lg_err text_check(struct agreement_call *begun, bool *out_sound) {
    OWN(policy_free) struct policy *policy = NULL;
    *out_sound = false;
    TRY(policy_findings_init(&begun->findings, begun->call->arena));
    struct lg_err err = policy_check(begun->wish.text, span_of(NULL, 0), &begun->findings, &policy);
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        return LG_OK;
    }
    TRY(err);
    TRY(form_check(begun, out_sound));
    return *out_sound ? policy_lint(policy, &begun->findings) : LG_OK;
}

static void propose_work(void *ctx) {
    struct agreement_call *begun = ctx;
    bool is_sound = false;
    begun->err = text_check(begun, &is_sound);
    if (!lg_failed(begun->err) && is_sound) {
        begun->err =
            agreement_book_prepare(book_of(begun), &begun->wish, &begun->diag, &begun->ready);
    }
}

void service_agreement_propose(void *ctx, struct grpc_call *grpc, struct span message) {
    struct agreement_call *begun = agreement_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    struct wire_propose_agreement_request request = {.text = {0}};
    struct wire_report report;
    struct lg_err err =
        wire_propose_agreement_request_decode(begun->call->arena, message, &report, &request);
    begun->wish.act = AGREEMENT_PROPOSE;
    if (!service_decoded(begun->call, err, &report) || !is_officer(begun, &request.actor)) {
        return;
    }
    begun->wish.text = request.text;
    begun->wish.report = request.report;
    begun->wish.cases = request.cases;
    job_send(begun, propose_work, on_prepared);
}
