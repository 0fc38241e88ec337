/* SPDX-License-Identifier: Apache-2.0 */
/* The way back from the provider: the code is redeemed on a thread of the console's own pool, since
 * it waits for somebody else's server. So many at once and no more: anybody can come with a code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/console/console_int.h"
#include "gateway/vault/vault.h"

enum { MS_PER_S = 1000, ARENA_SIZE = 65536 };

/* A code under way. call NULL: the browser went away. */
struct redeem {
    struct console_worker *worker;
    struct grpc_call *call;
    _Atomic bool is_unwanted;
    struct signin_voucher voucher;
    char code[LIMIT_CONSOLE_CODE + 1];
    struct loop_job job;
    struct lg_err err;
    struct signin_person person;
};

static void redeem_free(struct redeem *redeem) {
    atomic_fetch_sub(&redeem->worker->console->redeems, 1);
    redeem->worker->redeems--;
    vault_wipe(redeem, sizeof *redeem);
    free(redeem);
}

/* What the page of the sign-in is told. */
static const char *why_of(struct lg_err err) {
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return "busy";
    }
    switch (lg_err_code(err)) {
    case SIGNIN_RETURN:
        return "expired";
    case SIGNIN_STALE:
        return "not-fresh";
    case SIGNIN_ROLE:
        return "no-role";
    default:
        return "failed";
    }
}

/* At most a line a minute: whoever likes can make a sign-in fail. */
static void note_failure(struct console_worker *worker, struct lg_err err) {
    int64_t now_ms = loop_now_ms(worker->loop);
    worker->failures++;
    if (worker->told_ms != 0 && now_ms - worker->told_ms < LIMIT_CONSOLE_TOLD_MS) {
        return;
    }
    log_line(lg_err_class(err) == LG_CLASS_PEER ? LOG_WARN : LOG_INFO, "console.sign-in.failed",
             "count=%llu code=%u", (unsigned long long)worker->failures, lg_err_code(err));
    worker->told_ms = now_ms;
    worker->failures = 0;
}

static void work(void *ctx) {
    struct redeem *redeem = ctx;
    redeem->err =
        signin_redeem(redeem->worker->console->provider, &redeem->voucher, &redeem->person);
}

/* The session before it, if this browser brought one, ends: there is one a browser. */
static struct lg_err session_begin(struct redeem *redeem,
                                   char out_token[static SIGNIN_SECRET_SIZE]) {
    struct console_worker *worker = redeem->worker;
    struct signin_sessions *sessions = worker->console->sessions;
    (void)signin_session_end(sessions, console_cookie_find(redeem->call, CONSOLE_COOKIE_SESSION));
    return signin_session_begin(sessions, &redeem->person, loop_now_ms(worker->loop), out_token);
}

static void land(struct redeem *redeem) {
    char token[SIGNIN_SECRET_SIZE];
    char cookie[CONSOLE_COOKIE_SIZE];
    char to[sizeof "/signed-in/255"];
    struct grpc_call *call = redeem->call;
    struct lg_err err = redeem->err;
    if (!lg_failed(err)) {
        err = session_begin(redeem, token);
    }
    if (lg_failed(err)) {
        note_failure(redeem->worker, err);
        console_sign_in_failed(call, why_of(err));
        return;
    }
    (void)snprintf(to, sizeof to, "/signed-in/%u", redeem->voucher.flow.page);
    console_redirect(call, &(struct console_redirect){
                               .to = span_text(to),
                               .cookie = console_cookie_session(token, cookie),
                               .cookie_more = console_cookie_end(CONSOLE_COOKIE_SIGN_IN)});
    vault_wipe(token, sizeof token);
    vault_wipe(cookie, sizeof cookie);
}

static void on_done(void *ctx) {
    struct redeem *redeem = ctx;
    if (redeem->call != NULL) {
        land(redeem);
    }
    redeem_free(redeem);
}

/* NULL where as many are under way as may be, or there is no memory. */
static struct redeem *redeem_new(struct console_worker *worker) {
    struct console *console = worker->console;
    struct redeem *redeem = NULL;
    if (atomic_fetch_add(&console->redeems, 1) < LIMIT_CONSOLE_REDEEMS) {
        redeem = calloc(1, sizeof *redeem);
    }
    if (redeem == NULL) {
        atomic_fetch_sub(&console->redeems, 1);
        return NULL;
    }
    worker->redeems++;
    redeem->worker = worker;
    return redeem;
}

static struct lg_err begin(struct console_worker *worker, struct grpc_call *call,
                           struct span query) {
    OWN(arena_free) struct arena *arena = NULL;
    struct signin_flow flow = {0};
    struct span code = {0};
    const struct signin_return back = {
        .cookie = console_cookie_find(call, CONSOLE_COOKIE_SIGN_IN),
        .query = query,
        .now_s = loop_wall_ms(worker->loop) / MS_PER_S,
    };
    TRY(arena_new(ARENA_SIZE, &arena));
    TRY(signin_flow_read(worker->console->provider, &back, arena, &flow, &code));
    struct redeem *redeem = redeem_new(worker);
    if (redeem == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_CONSOLE, CONSOLE_MEMORY);
    }
    redeem->call = call;
    memcpy(redeem->code, code.ptr, code.len);
    redeem->voucher = (struct signin_voucher){.flow = flow,
                                              .code = span_of(redeem->code, code.len),
                                              .now_s = back.now_s,
                                              .is_unwanted = &redeem->is_unwanted};
    redeem->job =
        (struct loop_job){.work = work, .on_done = on_done, .ctx = redeem, .loop = worker->loop};
    grpc_call_set_ctx(call, redeem);
    loop_pool_send(worker->console->pool, &redeem->job);
    return LG_OK;
}

void console_return(struct console_worker *worker, struct grpc_call *call,
                    const struct grpc_site_request *request) {
    struct lg_err err = begin(worker, call, request->query);
    if (lg_failed(err)) {
        console_sign_in_failed(call, why_of(err));
    }
}

void console_return_cancel(struct grpc_call *call) {
    struct redeem *redeem = grpc_call_ctx(call);
    if (redeem != NULL) {
        redeem->call = NULL;
        redeem->is_unwanted = true;
    }
    grpc_call_release(&call);
}
