/* SPDX-License-Identifier: Apache-2.0 */
/* Edge.Blind: what the agency's own systems would otherwise have to build. Identities come in
 * clear from a system of the same agency and leave as tokens. */
#include "gateway/wire/edge.h"

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "tools/connector/blind.h"
#include "tools/connector/serve_int.h"

/* One call; lives in its arena. */
struct blind_call {
    struct connector_server *server;
    struct grpc_call *call;
    struct arena *arena;
    struct wire_blind_request request;
    struct connector_blinding *blinding;
};

static void blind_call_end(struct blind_call *work) {
    struct arena *arena = work->arena;
    arena_free(&arena);
}

static void blind_call_refuse(struct blind_call *work, enum grpc_status status,
                              const char *message) {
    grpc_call_set_ctx(work->call, NULL);
    grpc_call_refuse(&work->call, status, message);
    blind_call_end(work);
}

static struct lg_err reference_fill(struct blind_call *work, struct span local,
                                    struct wire_blinded_person *person) {
    if (local.len == 0) {
        return LG_OK;
    }
    struct edge_sealed_reference sealed;
    TRY(edge_record_tag(work->server->agent->keys.tag, local, &person->record_tag));
    TRY(edge_reference_seal(&work->server->agent->own_public, local, &sealed));
    person->reference = arena_copy(work->arena, span_of(sealed.bytes, sizeof sealed.bytes));
    return arena_failed(work->arena);
}

static struct lg_err reply_make(struct blind_call *work, const struct connector_tokens *tokens,
                                struct span *out_bytes) {
    size_t count = work->request.person_count;
    struct wire_blinded_person *persons = arena_array(work->arena, count, sizeof *persons);
    TRY(arena_failed(work->arena));
    for (size_t i = 0; i < count; i++) {
        persons[i].tokens = tokens[i].tokens;
        persons[i].token_count = tokens[i].count;
        if (tokens[i].count == 0) {
            persons[i].code = span_text("NOTHING_TO_COMPARE");
        }
        TRY(reference_fill(work, work->request.persons[i].local_reference, &persons[i]));
    }
    struct wire_blind_reply reply = {.persons = persons, .person_count = count};
    return wire_blind_reply_encode(work->arena, &reply, out_bytes);
}

static void on_blinded(void *ctx, const struct connector_blinded *blinded) {
    struct blind_call *work = ctx;
    work->blinding = NULL;
    if (lg_failed(blinded->err)) {
        log_line(LOG_WARN, "connector.blind.failed", "code=%u status=%s", lg_err_code(blinded->err),
                 grpc_status_name(blinded->status));
        blind_call_refuse(work, blinded->status != GRPC_OK ? blinded->status : GRPC_UNAVAILABLE,
                          "The key service gave no answer that can be used");
        return;
    }
    struct span bytes;
    struct lg_err err = reply_make(work, blinded->people, &bytes);
    if (lg_failed(err)) {
        blind_call_refuse(work, grpc_status_of_error(err), NULL);
        return;
    }
    grpc_call_set_ctx(work->call, NULL);
    grpc_call_reply(&work->call, bytes);
    blind_call_end(work);
}

void connector_on_blind_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    (void)ctx;
    (void)why;
    struct blind_call *work = grpc_call_ctx(call);
    if (work != NULL) {
        if (work->blinding != NULL) {
            connector_blinding_cancel(work->blinding);
        }
        grpc_call_release(&work->call);
        blind_call_end(work);
    }
}

static struct lg_err blind_begin(struct blind_call *work, struct span message,
                                 struct wire_report *report) {
    TRY(wire_blind_request_decode(work->arena, message, report, &work->request));
    size_t count = work->request.person_count;
    struct identity *people = arena_array(work->arena, count, sizeof *people);
    TRY(arena_failed(work->arena));
    for (size_t i = 0; i < count; i++) {
        people[i] = work->request.persons[i].identity;
    }
    struct connector_blind_request request = {.people = people,
                                              .count = count,
                                              .ground = work->request.ground,
                                              .deadline_ms = grpc_call_deadline_ms(work->call),
                                              .on_blinded = on_blinded,
                                              .ctx = work};
    return connector_blind(work->server->agent, work->arena, &request, &work->blinding);
}

void connector_on_blind(void *ctx, struct grpc_call *call, struct span message) {
    struct connector_server *server = ctx;
    if (!connector_peer_is_own(server, grpc_call_peer(call))) {
        grpc_call_refuse(&call, GRPC_PERMISSION_DENIED,
                         "Blinding is for systems of this connector's own agency");
        return;
    }
    struct arena *arena = NULL;
    struct blind_call *work = NULL;
    if (!lg_failed(arena_new(LIMIT_CONNECTOR_ARENA, &arena))) {
        work = arena_alloc(arena, sizeof *work);
    }
    if (work == NULL) {
        arena_free(&arena);
        grpc_call_refuse(&call, GRPC_RESOURCE_EXHAUSTED, NULL);
        return;
    }
    *work = (struct blind_call){.server = server, .call = call, .arena = arena};
    grpc_call_set_ctx(call, work);
    struct wire_report report = {.ignored = 0};
    struct lg_err err = blind_begin(work, message, &report);
    if (lg_failed(err)) {
        bool nothing = lg_err_code(err) == CONNECTOR_NO_PERSON &&
                       lg_err_class(err) == LG_CLASS_INPUT && report.sentence[0] == '\0';
        blind_call_refuse(work, grpc_status_of_error(err),
                          nothing                      ? "No person has anything to compare"
                          : report.sentence[0] != '\0' ? report.sentence
                                                       : NULL);
    }
}
