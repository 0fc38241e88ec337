/* SPDX-License-Identifier: Apache-2.0 */
/* Who calls, from the cookie; and the service Session, by which a page learns it. */
#include "gateway/wire/session.h"

#include "gateway/base/clock.h"
#include "gateway/console/console_int.h"
#include "gateway/vault/vault.h"

enum { ARENA_SIZE = 16384, MS_PER_S = 1000 };

/* ---- who ---- */

/* In place of a certificate's: what a person did is bound to them, whatever session they did it in.
 */
static void fingerprint_make(struct identity_session *identity) {
    struct vault_sha256 hash;
    const struct span parts[] = {span_text("lockgate console"), identity->agency, identity->system,
                                 identity->actor.user_id};
    vault_sha256_begin(&hash);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const uint8_t len[2] = {(uint8_t)(parts[i].len >> 8), (uint8_t)parts[i].len};
        vault_sha256_add(&hash, span_of(len, sizeof len));
        vault_sha256_add(&hash, parts[i]);
    }
    vault_sha256_end(&hash, identity->fingerprint);
}

static uint64_t since_ms(const struct console_worker *worker, int64_t asked_s) {
    int64_t now_ms = loop_wall_ms(worker->loop);
    int64_t asked_ms = asked_s * MS_PER_S;
    return asked_ms < now_ms ? (uint64_t)(now_ms - asked_ms) : 0;
}

bool console_visitor_find(struct console_worker *worker, const struct grpc_call *call,
                          bool is_used) {
    struct console *console = worker->console;
    struct console_visitor *visitor = &worker->visitor;
    struct span token = console_cookie_find(call, CONSOLE_COOKIE_SESSION);
    if (token.ptr == NULL ||
        !signin_session_find(console->sessions, token, loop_now_ms(worker->loop), is_used,
                             &visitor->session)) {
        return false;
    }
    const struct signin_person *person = &visitor->session.person;
    visitor->identity = (struct identity_session){
        .agency = span_text(console->party->id),
        .system = span_text(console->system->name),
        .actor = {.user_id = span_text(person->user_id),
                  .role = span_text(person->role),
                  .display_name = span_text(person->display_name)},
        .is_officer = person->is_officer,
        .is_fresh =
            since_ms(worker, person->asked_s) <= (uint64_t)console->config->fresh_s * MS_PER_S,
    };
    fingerprint_make(&visitor->identity);
    return true;
}

/* ---- the service ---- */

static struct wire_session_state state_of(const struct console_worker *worker) {
    const struct console *console = worker->console;
    const struct signin_session *session = &worker->visitor.session;
    const struct identity_session *identity = &worker->visitor.identity;
    return (struct wire_session_state){
        .display_name = identity->actor.display_name,
        .user_id = identity->actor.user_id,
        .role = identity->actor.role,
        .agency = identity->agency,
        .agency_name = span_text(console->party->name),
        .partnership_name = span_text(console->registry->name),
        .is_officer = identity->is_officer,
        .idle_left_ms = (uint64_t)session->idle_left_ms,
        .left_ms = (uint64_t)session->left_ms,
        .asked_ms = since_ms(worker, session->person.asked_s),
        .one_operator = console->has_one_operator,
        .is_synthetic = console->config->is_synthetic,
    };
}

/* Requests without fields are without bytes. */
static bool is_empty(struct grpc_call *call, struct span message) {
    if (message.len == 0) {
        return true;
    }
    grpc_call_refuse(&call, GRPC_INVALID_ARGUMENT, "this request has no fields");
    return false;
}

static void tell(struct console_worker *worker, struct grpc_call *call,
                 enum wire_session_method method) {
    const struct wire_session_state state = state_of(worker);
    OWN(arena_free) struct arena *arena = NULL;
    struct span bytes = {0};
    struct lg_err err = arena_new(ARENA_SIZE, &arena);
    if (!lg_failed(err)) {
        err = wire_session_reply_encode(method, arena, &state, &bytes);
    }
    if (lg_failed(err)) {
        grpc_call_refuse(&call, grpc_status_of_error(err), "The gateway is short of memory");
        return;
    }
    grpc_call_reply(&call, bytes);
}

static enum grpc_status check_ours(void *ctx, const struct grpc_call *call, bool is_begun,
                                   const char **out_message) {
    (void)is_begun;
    return console_call_check(ctx, call, CONSOLE_CHECK_OURS, out_message);
}

static enum grpc_status check_signed_in(void *ctx, const struct grpc_call *call, bool is_begun,
                                        const char **out_message) {
    (void)is_begun;
    return console_call_check(ctx, call, CONSOLE_CHECK_SIGNED_IN, out_message);
}

static enum grpc_status check_used(void *ctx, const struct grpc_call *call, bool is_begun,
                                   const char **out_message) {
    return console_call_check(ctx, call, is_begun ? CONSOLE_CHECK_SIGNED_IN : CONSOLE_CHECK_USED,
                              out_message);
}

/* It may have waited for its turn since it was checked. */
static void tell_state(struct console_worker *worker, struct grpc_call *call,
                       enum wire_session_method method) {
    if (console_visitor_find(worker, call, false)) {
        tell(worker, call, method);
    } else {
        grpc_call_refuse(&call, GRPC_UNAUTHENTICATED, "Nobody is signed in: sign in again");
    }
}

static void on_current(void *ctx, struct grpc_call *call, struct span message) {
    if (is_empty(call, message)) {
        tell_state(ctx, call, WIRE_SESSION_CURRENT);
    }
}

static void on_extend(void *ctx, struct grpc_call *call, struct span message) {
    if (is_empty(call, message)) {
        tell_state(ctx, call, WIRE_SESSION_EXTEND);
    }
}

static void on_end(void *ctx, struct grpc_call *call, struct span message) {
    struct console_worker *worker = ctx;
    if (!is_empty(call, message)) {
        return;
    }
    struct span token = console_cookie_find(call, CONSOLE_COOKIE_SESSION);
    (void)signin_session_end(worker->console->sessions, token);
    lg_err_ignore(
        grpc_call_add_header(call, "set-cookie", console_cookie_end(CONSOLE_COOKIE_SESSION)),
        "the session has ended all the same");
    lg_err_ignore(grpc_call_add_header(call, "clear-site-data", span_text(CONSOLE_CLEAR)),
                  "the session has ended all the same");
    grpc_call_reply(&call, (struct span){0});
}

void console_session_rows(struct console_worker *worker) {
    const struct grpc_method rows[] = {
        {.path = "/lockgate.v1.Session/Current",
         .check = check_signed_in,
         .on_request = on_current},
        {.path = "/lockgate.v1.Session/Extend", .check = check_used, .on_request = on_extend},
        {.path = "/lockgate.v1.Session/End", .check = check_ours, .on_request = on_end},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct grpc_method *method = &worker->methods[worker->method_count++];
        *method = rows[i];
        method->kind = GRPC_UNARY;
        method->ctx = worker;
    }
}
