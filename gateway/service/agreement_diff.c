/* SPDX-License-Identifier: Apache-2.0 */
/* Agreements.Diff: what one version of an agreement changes against another, on the pool. Both are
 * compiled with the floor of this gateway. */
#include "gateway/wire/agreement_diff.h"

#include "gateway/base/limits_policy.h"
#include "gateway/service/agreements.h"
#include "policy/compare/compare.h"

/* One comparison under way, in the call's arena. */
struct agreement_diff {
    struct service_call *call;
    struct span id;
    uint32_t old_version;
    uint32_t new_version;
    struct span bytes; /* the answer */
    struct lg_err err;
    struct loop_job job;
};

static void fill_line(const struct policy_change *change, struct wire_agreement_change *out) {
    static const char *const classes[] = {"", "ordinary", "special", "criminal"};
    *out = (struct wire_agreement_change){
        .change = (enum wire_agreement_change_class)change->class,
        .of_cells = change->is_cell,
        .data_class = span_text(classes[change->data_class]),
        .roles = change->roles,
        .sources = change->sources,
        .purposes = change->purposes,
        .fields = change->fields,
        .clause_before = change->clause_before,
        .clause_after = change->clause_after,
        .sentence = change->sentence,
    };
}

static struct lg_err encode(struct agreement_diff *begun, const struct policy_diff *diff,
                            struct arena *arena) {
    struct wire_agreement_change *lines = arena_array(arena, diff->count, sizeof *lines);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < diff->count; i++) {
        fill_line(&diff->changes[i], &lines[i]);
    }
    const struct wire_diff_agreements_reply reply = {
        .lines = lines,
        .line_count = diff->count,
        .cells = diff->cells,
        .cells_changed = diff->cells_changed,
        .opens = policy_diff_opens(diff),
    };
    return wire_diff_agreements_reply_encode(begun->call->arena, &reply, &begun->bytes);
}

static struct lg_err compare(struct agreement_diff *begun) {
    struct agreement_book *book = begun->call->service->worker->gateway->book;
    OWN(agreement_text_free) struct agreement_text *before = NULL;
    OWN(agreement_text_free) struct agreement_text *after = NULL;
    OWN(arena_free) struct arena *arena = NULL;
    struct agreement_info info;
    struct policy_diff diff;
    TRY(arena_new(LIMIT_POLICY_MEMORY, &arena));
    TRY(agreement_book_find(book, begun->id, begun->old_version, arena, &info));
    TRY(agreement_book_text(book, begun->id, info.version, &before));
    TRY(agreement_book_text(book, begun->id, begun->new_version, &after));
    TRY(policy_diff_make(agreement_text_policy(before), agreement_text_policy(after), arena,
                         &diff));
    return encode(begun, &diff, arena);
}

static void diff_work(void *ctx) {
    struct agreement_diff *begun = ctx;
    begun->err = compare(begun);
}

static void on_diff(void *ctx) {
    struct agreement_diff *begun = ctx;
    bool is_unknown =
        lg_err_module(begun->err) == LG_AGREEMENT && lg_err_code(begun->err) == AGREEMENT_UNKNOWN;
    if (is_unknown) {
        service_refuse(begun->call, GRPC_NOT_FOUND,
                       "id, versions: there is no such version that can be evaluated; ask List");
    } else {
        service_answer(begun->call, begun->err, begun->bytes);
    }
}

void service_agreement_diff(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct agreement_diff *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_diff_agreements_request request = {.old_version = 0};
    struct wire_report report;
    struct lg_err err =
        wire_diff_agreements_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) || !service_authenticate_system(call)) {
        return;
    }
    const struct query_worker *worker = call->service->worker;
    *begun = (struct agreement_diff){
        .call = call,
        .id = request.id,
        .old_version = request.old_version,
        .new_version = request.new_version,
        .job = {.work = diff_work, .on_done = on_diff, .ctx = begun, .loop = worker->loop},
    };
    loop_pool_send(worker->gateway->bulk, &begun->job);
}
