/* SPDX-License-Identifier: Apache-2.0 */
/* The log for those who may read it. Checkpoints and proofs of position hold nothing about anybody;
 * an entry is shown to officers of the two agencies it is about, and the look is logged first. */
#include "gateway/wire/audit.h"

#include "gateway/service/service_int.h"

struct entry_call {
    struct service_search search;
    uint64_t index;
    uint64_t held_size;
};

static const char range_sentence[] =
    "index, size: outside the log; ask Checkpoint for its size, and give the smaller size first. "
    "held_size: of a tree that holds the entry";

static void refuse(struct service_call *call, struct lg_err err) {
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        service_refuse(call, GRPC_OUT_OF_RANGE, range_sentence);
    } else {
        service_refuse_error(call, err);
    }
}

/* ---- Get ---- */

/* The leaf of a source need not name who asked: then the log knows. */
static struct lg_err own_side_find(const struct service_search *search, struct span leaf,
                                   bool *out_is) {
    struct audit_entry entry;
    struct span agency = search->call->caller.agency;
    TRY(audit_entry_decode(leaf, &entry));
    *out_is = span_equal(entry.source_agency, agency);
    return *out_is ? LG_OK
                   : audit_entry_is_asked_by(search->call->service->worker->gateway->log, &entry,
                                             agency, out_is);
}

static struct verdict not_yours(const struct service_search *search) {
    struct verdict verdict = search->verdict;
    verdict.decision = DECISION_REFUSE;
    verdict.code = span_text("NOT_YOUR_ENTRY");
    verdict.sentence = span_text("This entry is not about a question of your agency or to it.");
    return verdict;
}

static struct lg_err path_list(const struct audit_path *path, struct arena *arena,
                               struct span_list *out_list) {
    struct span *items = arena_array(arena, path->count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < path->count; i++) {
        items[i] = arena_copy(arena, span_of(path->hashes[i].bytes, AUDIT_HASH_SIZE));
    }
    TRY(arena_failed(arena));
    *out_list = (struct span_list){.items = items, .count = path->count};
    return LG_OK;
}

/* The receipt under the best checkpoint that covers the entry and what the caller holds, and what
 * leads from there to here. What is out of range is told before whose entry it is: the size of the
 * log is known to everybody. */
static struct lg_err receipt_read(const struct entry_call *asked, struct arena *arena,
                                  struct wire_audit_get_reply *reply) {
    struct audit_log *log = asked->search.call->service->worker->gateway->log;
    uint64_t held = asked->held_size;
    struct audit_receipts_under under;
    struct audit_path path;
    if (held > 0 && (held <= asked->index || held > audit_size(log))) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
    }
    TRY(audit_receipts_checkpoint(log, held > 0 ? held - 1 : asked->index, arena, &under));
    TRY(audit_receipt_under(log, asked->index, &under, arena, &reply->logged.receipt));
    reply->logged.checkpoint = under.checkpoint;
    reply->held_size = held;
    if (held == 0) {
        return LG_OK;
    }
    TRY(audit_consistency(log, held, under.size, &path));
    return path_list(&path, arena, &reply->consistency);
}

static void on_get_logged(struct service_search *search) {
    struct arena *arena = search->call->arena;
    struct wire_audit_get_reply reply = {.verdict = search->verdict};
    struct lg_err err = LG_OK;
    bool shown = false;
    if (!search->is_refused) {
        err = receipt_read((struct entry_call *)search, arena, &reply);
        if (!lg_failed(err)) {
            err = own_side_find(search, reply.logged.receipt.leaf, &shown);
        }
        reply.logged.has_receipt = shown;
        reply.verdict.decision = DECISION_PERMIT;
    }
    if (lg_failed(err)) {
        audit_receipt_free(&search->receipt);
        refuse(search->call, err);
        return;
    }
    if (!shown) {
        reply.verdict = search->is_refused ? search->verdict : not_yours(search);
        reply.logged = (struct wire_logged){0};
        reply.held_size = 0;
        reply.consistency = (struct span_list){0};
        err = service_search_logged(search, &reply.logged);
    }
    struct span bytes = span_of(NULL, 0);
    if (!lg_failed(err)) {
        err = wire_audit_get_reply_encode(arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
}

void service_audit_get(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_audit_get_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_audit_get_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_authenticate(call, &request.ground.actor)) {
        return;
    }
    if (call->caller.kind != SYSTEM_OFFICER) {
        service_refuse(call, GRPC_PERMISSION_DENIED,
                       "Entries of the log are for officers: use a certificate of kind officer");
        return;
    }
    struct entry_call *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    begun->index = request.index;
    begun->held_size = request.held_size;
    begun->search = (struct service_search){
        .call = call, .question = {.ground = request.ground}, .on_located = on_get_logged};
    vault_random(begun->search.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    service_search_begin(&begun->search);
}

/* ---- Prove, Checkpoint, Consistency ---- */

void service_audit_prove(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_prove_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_prove_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) || !service_authenticate_system(call)) {
        return;
    }
    struct audit_inclusion proof;
    err = audit_prove(call->service->worker->gateway->log, request.index, request.size, &proof);
    if (lg_failed(err)) {
        refuse(call, err);
        return;
    }
    struct wire_prove_reply reply = {
        .index = proof.index,
        .size = proof.size,
        .leaf_hash = span_of(proof.leaf_hash.bytes, AUDIT_HASH_SIZE),
        .root = span_of(proof.root.bytes, AUDIT_HASH_SIZE),
    };
    struct span bytes = span_of(NULL, 0);
    err = path_list(&proof.path, call->arena, &reply.path);
    if (!lg_failed(err)) {
        err = wire_prove_reply_encode(call->arena, &reply, &bytes);
    }
    service_answer(call, err, bytes);
}

void service_audit_checkpoint(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_report report;
    struct lg_err err = wire_empty_decode(message, &report);
    if (!service_decoded(call, err, &report) || !service_authenticate_system(call)) {
        return;
    }
    char note[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    audit_checkpoint_read(call->service->worker->gateway->log, note, &len);
    const struct span text = span_of(note, len);
    struct span bytes = span_of(NULL, 0);
    err = wire_checkpoint_reply_encode(call->arena, &text, &bytes);
    service_answer(call, err, bytes);
}

void service_audit_consistency(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_consistency_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_consistency_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) || !service_authenticate_system(call)) {
        return;
    }
    struct audit_log *log = call->service->worker->gateway->log;
    uint64_t to_size = request.to_size == 0 ? audit_size(log) : request.to_size;
    struct audit_path path;
    err = audit_consistency(log, request.from_size, to_size, &path);
    if (lg_failed(err)) {
        refuse(call, err);
        return;
    }
    struct wire_consistency_reply reply = {.from_size = request.from_size, .to_size = to_size};
    struct span bytes = span_of(NULL, 0);
    err = path_list(&path, call->arena, &reply.path);
    if (!lg_failed(err)) {
        err = wire_consistency_reply_encode(call->arena, &reply, &bytes);
    }
    service_answer(call, err, bytes);
}
