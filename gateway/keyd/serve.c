/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to answers. A call is answered in its callback: at most five batches of 256 elements, about
 * 40 ms each on one core, which is why there is a worker for each core. */
#include "gateway/keyd/serve.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/keyd/keyd_int.h"

enum { METHOD_COUNT = 4 };

struct method {
    const char *path;
    keyd_answer_fn answer;
};

static const struct method METHODS[METHOD_COUNT] = {
    {"/lockgate.v1.Keys/Evaluate", keyd_answer_evaluate},
    {"/lockgate.v1.Keys/Pseudonymise", keyd_answer_pseudonymise},
    {"/lockgate.v1.Keys/Translate", keyd_answer_translate},
    {"/lockgate.v1.Keys/PublicKeys", keyd_answer_public_keys},
};

/* The context of one row of the server's table. */
struct row {
    const struct keyd_answers *answers;
    keyd_answer_fn answer;
};

struct keyd_worker {
    struct keyd_serve shared;
    struct loop *loop;
    struct http2_host *host;
    struct grpc_server *server;
    struct row rows[METHOD_COUNT];
    struct grpc_method methods[METHOD_COUNT];
    struct loop_message recheck;
    _Atomic bool recheck_posted;
};

static void refuse(struct grpc_call *call, struct lg_err err, const char *sentence) {
    enum lg_class klass = lg_err_class(err);
    if (klass != LG_CLASS_INPUT && klass != LG_CLASS_LIMIT) {
        log_line(LOG_ERROR, "keyd.answer.failed", "class=%s code=%u", lg_class_name(klass),
                 (unsigned)lg_err_code(err));
    }
    grpc_call_refuse(&call, grpc_status_of_error(err), sentence);
}

static void handle_request(void *ctx, struct grpc_call *call, struct span message) {
    const struct row *row = ctx;
    OWN(arena_free) struct arena *arena = NULL;
    struct lg_err err = arena_new(LIMIT_KEYD_CALL_ARENA, &arena);
    if (lg_failed(err)) {
        refuse(call, err, "The key service is at a limit; try again.");
        return;
    }
    struct keyd_question question = {.arena = arena, .message = message, .sentence = ""};
    struct span reply;
    err = row->answer(row->answers, &question, &reply);
    if (lg_failed(err)) {
        refuse(call, err, question.sentence);
        return;
    }
    grpc_call_reply(&call, reply);
}

static bool peer_may_call(void *ctx, const struct tls_peer *peer) {
    const struct keyd_worker *worker = ctx;
    return config_keyd_has_caller(worker->shared.config, peer->uri);
}

static void methods_fill(struct keyd_worker *worker) {
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        worker->rows[i] =
            (struct row){.answers = &worker->shared.answers, .answer = METHODS[i].answer};
        worker->methods[i] = (struct grpc_method){
            .path = METHODS[i].path,
            .kind = GRPC_UNARY,
            .ctx = &worker->rows[i],
            .on_request = handle_request,
        };
    }
}

struct lg_err keyd_worker_new(const struct keyd_serve *serve, struct keyd_worker **out_worker) {
    OWN(keyd_worker_free) struct keyd_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    worker->shared = *serve;
    methods_fill(worker);
    TRY(loop_new(serve->clock, &worker->loop));
    TRY(http2_host_new(worker->loop, &worker->host));
    struct grpc_serve table = {
        .host = worker->host,
        .tls = serve->tls,
        .address = serve->address,
        .is_shared = true,
        .methods = worker->methods,
        .method_count = METHOD_COUNT,
        .is_named = true,
        .on_peer = peer_may_call,
        .ctx = worker,
    };
    TRY(grpc_server_new(&table, &worker->server));
    grpc_server_set_serving(worker->server, "", true);
    *out_worker = TAKE(worker);
    return LG_OK;
}

void keyd_worker_free(struct keyd_worker **worker) {
    if (*worker == NULL) {
        return;
    }
    grpc_server_free(&(*worker)->server);
    http2_host_free(&(*worker)->host);
    loop_free(&(*worker)->loop);
    free(*worker);
    *worker = NULL;
}

struct loop *keyd_worker_loop(struct keyd_worker *worker) {
    return worker->loop;
}

uint16_t keyd_worker_port(const struct keyd_worker *worker) {
    return grpc_server_port(worker->server);
}

static void recheck_now(void *ctx) {
    struct keyd_worker *worker = ctx;
    worker->recheck_posted = false;
    grpc_server_recheck(worker->server);
}

void keyd_worker_recheck(struct keyd_worker *worker) {
    bool unposted = false;
    if (atomic_compare_exchange_strong(&worker->recheck_posted, &unposted, true)) {
        loop_post(worker->loop, &worker->recheck, recheck_now, worker);
    }
}
