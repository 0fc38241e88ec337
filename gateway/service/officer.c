/* SPDX-License-Identifier: Apache-2.0 */
/* What officers do: their calls begin alike, a look is logged before anything is looked up, and an
 * act is an entry before it takes effect. */
#include "gateway/access/access.h"
#include "gateway/base/bytes.h"
#include "gateway/service/service_int.h"

/* Officers of a stopped agency still see to its reviews and stops; a stopped person does nothing,
 * nor does anybody through a stopped system. */
static bool person_may_act(struct service_call *call) {
    bool stopped = false;
    struct lg_err err =
        access_officer_check(call->service->worker->reader, &call->caller, &stopped);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return false;
    }
    if (stopped) {
        service_refuse(call, GRPC_PERMISSION_DENIED, query_stopped_sentence);
    }
    return !stopped;
}

bool service_officer_authenticate(struct service_call *call, const struct actor *actor) {
    if (!service_authenticate(call, actor)) {
        return false;
    }
    if (call->caller.kind != SYSTEM_OFFICER) {
        service_refuse(call, GRPC_PERMISSION_DENIED,
                       "This is for officers: use a certificate of kind officer");
        return false;
    }
    return person_may_act(call);
}

/* Sealed part of a look: version 1, then system, user, role, display name; as in a search. */
static struct lg_err look_sealed(const struct service_call *call, struct span *out_sealed) {
    enum { SEALED_SIZE = 1024 };
    const struct caller *caller = &call->caller;
    uint8_t *buf = arena_alloc(call->arena, SEALED_SIZE);
    TRY(arena_failed(call->arena));
    struct writer w = writer_of(buf, SEALED_SIZE);
    writer_u8(&w, 1);
    writer_part(&w, caller->system);
    writer_part(&w, caller->user_id);
    writer_part(&w, caller->role);
    writer_part(&w, caller->display_name);
    writer_part(&w, span_of(NULL, 0));
    return writer_end(&w, out_sealed);
}

struct lg_err service_officer_look(struct service_commit *commit, const char *what) {
    struct audit_entry_fields fields = {
        .kind = AUDIT_SEARCH,
        .requesting_agency = commit->call->caller.agency,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(what),
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(look_sealed(commit->call, &fields.sealed));
    return service_commit_begin(commit, &(struct audit_batch){.entries = &fields, .count = 1});
}

struct lg_err service_commit_logged(struct service_commit *commit, struct wire_logged *out_logged) {
    out_logged->has_receipt = true;
    out_logged->checkpoint = audit_receipt_checkpoint(commit->receipt);
    return audit_receipt_form(commit->receipt, span_of(NULL, 0), commit->call->arena,
                              &out_logged->receipt);
}

bool service_commit_is_durable(struct service_commit *commit) {
    if (commit->receipt != NULL) {
        return true;
    }
    service_refuse(commit->call, GRPC_UNAVAILABLE,
                   "The log takes no entries now; nothing was changed: try again");
    return false;
}

void service_commit_answer(struct service_commit *commit, struct lg_err encoded,
                           struct span bytes) {
    struct receipt *receipt = commit->receipt;
    service_answer(commit->call, encoded, bytes);
    audit_receipt_free(&receipt);
}
