/* SPDX-License-Identifier: Apache-2.0 */
/* Which request ids were seen: in flight a repeat joins, afterwards it gets verdict and receipts,
 * never records; another body under the same id is refused. One table a process, shared by all
 * workers; held in memory, so that a restart forgets it. */
#ifndef GATEWAY_QUERY_REGISTER_H
#define GATEWAY_QUERY_REGISTER_H

#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/loop/loop.h"

enum { QUERY_KEY_SIZE = 16, QUERY_DIGEST_SIZE = 32 };

struct query_register;

LG_MUST_USE struct lg_err query_register_new(struct query_register **out_register);
/* No entry may have a joiner left. */
void query_register_free(struct query_register **reg);

/* Waits for the first request of its kind; embedded in the joiner. `on_reply` comes once, on the
 * joiner's loop, after the first one ended; `reply` is then the bytes it got (empty where it ended
 * without an answer) and are freed by query_joiner_done. */
struct query_joiner {
    struct loop *loop;
    void (*on_reply)(void *ctx, struct span reply);
    void *ctx;
    struct span reply;
    struct loop_message message;
    struct query_joiner *next;
};
void query_joiner_done(struct query_joiner *joiner);

enum query_seen {
    QUERY_NEW,      /* go on; end with query_register_end */
    QUERY_JOINED,   /* the joiner waits */
    QUERY_REPEATED, /* over: *out_reply is verdict and receipts, copied to the heap */
    QUERY_CONFLICT, /* the same id with another body */
    QUERY_FULL,     /* too many requests in flight or joined */
};

/* key: of certificate, acting user and request id. digest: of the whole request. */
struct query_mark {
    uint8_t key[QUERY_KEY_SIZE];
    uint8_t digest[QUERY_DIGEST_SIZE];
};

enum query_seen query_register_begin(struct query_register *reg, const struct query_mark *mark,
                                     int64_t now_ms, struct query_joiner *joiner,
                                     struct span *out_reply);
/* full: what joiners get; kept: what later repeats get; empty: the id is free again. Both copied.
 */
void query_register_end(struct query_register *reg, const struct query_mark *mark, struct span full,
                        struct span kept);
/* Takes a joiner that no longer wants its reply out; false when the reply is already on its way. */
bool query_register_leave(struct query_register *reg, const struct query_mark *mark,
                          struct query_joiner *joiner);

#endif
