/* SPDX-License-Identifier: Apache-2.0 */
/* One worker of the key service: a loop, a host, a server of lockgate.v1.Keys. */
#ifndef GATEWAY_KEYD_SERVE_H
#define GATEWAY_KEYD_SERVE_H

#include "gateway/base/attr.h"
#include "gateway/base/clock.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"
#include "gateway/grpc/grpc.h"
#include "gateway/http2/http2.h"
#include "gateway/keyd/answer.h"
#include "gateway/keyd/keyd.h"
#include "gateway/loop/loop.h"

struct keyd_worker;

/* What workers share; all kept until the last worker is gone. */
struct keyd_serve {
    struct keyd_answers answers;
    const struct config_keyd *config; /* its callers alone may connect */
    struct tls_context *tls;
    struct http2_address address;
    struct clock clock;
};

/* Listens at once and is healthy. Errors of loop, http2 and grpc; LIMIT KEYD_MEMORY. */
LG_MUST_USE struct lg_err keyd_worker_new(const struct keyd_serve *serve,
                                          struct keyd_worker **out_worker);
void keyd_worker_free(struct keyd_worker **worker);
struct loop *keyd_worker_loop(struct keyd_worker *worker);
uint16_t keyd_worker_port(const struct keyd_worker *worker);
/* From any thread: connections under a certificate that is no longer good drain. */
void keyd_worker_recheck(struct keyd_worker *worker);

#endif
