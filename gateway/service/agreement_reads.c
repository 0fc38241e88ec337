/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of the service Agreements: check a text, list, get. For every system of the partnership,
 * but for signature lines (service_agreement_shows_lines). */
#include "gateway/service/agreements.h"

/* One read under way, in the call's arena. */
struct agreement_read {
    struct service_call *call;
    struct span text; /* Check */
    struct span id;   /* Get */
    uint32_t version;
    struct span bytes; /* the answer */
    struct lg_err err;
    struct loop_job job;
};

static struct agreement_read *read_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct agreement_read *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    begun->call = call;
    return begun;
}

static void on_read(void *ctx) {
    struct agreement_read *begun = ctx;
    bool is_unknown =
        lg_err_module(begun->err) == LG_AGREEMENT && lg_err_code(begun->err) == AGREEMENT_UNKNOWN;
    if (is_unknown) {
        service_refuse(begun->call, GRPC_NOT_FOUND,
                       "id, version: there is no such version of such an agreement; ask List");
    } else {
        service_answer(begun->call, begun->err, begun->bytes);
    }
}

static void read_send(struct agreement_read *begun, struct lg_err decoded,
                      const struct wire_report *report, void (*work)(void *)) {
    if (!service_decoded(begun->call, decoded, report) ||
        !service_authenticate_system(begun->call)) {
        return;
    }
    const struct query_worker *worker = begun->call->service->worker;
    begun->job =
        (struct loop_job){.work = work, .on_done = on_read, .ctx = begun, .loop = worker->loop};
    loop_pool_send(worker->gateway->bulk, &begun->job);
}

/* ---- Check ---- */

static struct lg_err text_check(struct agreement_read *begun) {
    struct arena *arena = begun->call->arena;
    OWN(policy_free) struct policy *policy = NULL;
    struct wire_check_agreement_reply reply = {.accepted = false};
    struct policy_findings findings;
    TRY(policy_findings_init(&findings, arena));
    struct lg_err err = policy_check(begun->text, span_of(NULL, 0), &findings, &policy);
    if (lg_failed(err) && lg_err_class(err) != LG_CLASS_CONFIG) {
        return err;
    }
    reply.accepted = !lg_failed(err);
    if (reply.accepted) {
        TRY(policy_lint(policy, &findings));
    }
    reply.finding_count = findings.count;
    TRY(service_agreement_findings(&findings, arena, &reply.findings));
    return wire_check_agreement_reply_encode(arena, &reply, &begun->bytes);
}

static void check_work(void *ctx) {
    struct agreement_read *begun = ctx;
    begun->err = text_check(begun);
}

void service_agreement_check(void *ctx, struct grpc_call *grpc, struct span message) {
    struct agreement_read *begun = read_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    struct wire_check_agreement_request request = {.text = {0}};
    struct wire_report report;
    struct lg_err err =
        wire_check_agreement_request_decode(begun->call->arena, message, &report, &request);
    begun->text = request.text;
    read_send(begun, err, &report, check_work);
}

/* ---- List ---- */

static struct lg_err list_read(struct agreement_read *begun) {
    struct arena *arena = begun->call->arena;
    struct agreement_book *book = begun->call->service->worker->gateway->book;
    struct wire_list_agreements_reply reply = {.agreement_count = 0};
    struct agreement_info *infos = NULL;
    TRY(agreement_book_list(book, arena, &infos, &reply.agreement_count));
    struct wire_agreement_info *list = arena_array(arena, reply.agreement_count, sizeof *list);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < reply.agreement_count; i++) {
        TRY(service_agreement_info(&infos[i], arena, &list[i]));
    }
    reply.agreements = list;
    return wire_list_agreements_reply_encode(arena, &reply, &begun->bytes);
}

static void list_work(void *ctx) {
    struct agreement_read *begun = ctx;
    begun->err = list_read(begun);
}

void service_agreement_list(void *ctx, struct grpc_call *grpc, struct span message) {
    struct agreement_read *begun = read_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    struct wire_report report;
    struct lg_err err = wire_empty_decode(message, &report);
    read_send(begun, err, &report, list_work);
}

/* ---- Get ---- */

static struct lg_err version_read(struct agreement_read *begun) {
    struct arena *arena = begun->call->arena;
    struct agreement_book *book = begun->call->service->worker->gateway->book;
    struct wire_get_agreement_reply reply = {.text = {0}};
    struct agreement_info info;
    TRY(agreement_book_find(book, begun->id, begun->version, arena, &info));
    TRY(service_agreement_info(&info, arena, &reply.agreement));
    struct agreement_which which = {.id = info.id, .version = info.version};
    struct span *const places[] = {
        [AGREEMENT_FILE_TEXT] = &reply.text,
        [AGREEMENT_FILE_LINES] = &reply.signatures,
        [AGREEMENT_FILE_REPORT] = &reply.report,
        [AGREEMENT_FILE_CASES] = &reply.cases,
    };
    bool shows_lines = service_agreement_shows_lines(&info, &begun->call->caller);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        which.file = (enum agreement_file)i;
        if (which.file == AGREEMENT_FILE_LINES && !shows_lines) {
            continue;
        }
        TRY(agreement_book_read(book, &which, arena, places[i]));
    }
    return wire_get_agreement_reply_encode(arena, &reply, &begun->bytes);
}

static void get_work(void *ctx) {
    struct agreement_read *begun = ctx;
    begun->err = version_read(begun);
}

void service_agreement_get(void *ctx, struct grpc_call *grpc, struct span message) {
    struct agreement_read *begun = read_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    struct wire_get_agreement_request request = {.version = 0};
    struct wire_report report;
    struct lg_err err =
        wire_get_agreement_request_decode(begun->call->arena, message, &report, &request);
    begun->id = request.id;
    begun->version = request.version;
    read_send(begun, err, &report, get_work);
}
