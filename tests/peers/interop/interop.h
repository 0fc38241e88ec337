/* SPDX-License-Identifier: Apache-2.0 */
/* What the cases of interop_cases.c are written with: one call of ours and how it went. */
#ifndef TESTS_PEERS_INTEROP_INTEROP_H
#define TESTS_PEERS_INTEROP_INTEROP_H

#include "gateway/grpc/grpc.h"

enum { INTEROP_ANSWERS_MAX = 8, INTEROP_TEXT_MAX = 256, INTEROP_MESSAGE_MAX = 524288 };

/* The connection that all cases share. */
struct interop {
    struct loop *loop;
    struct http2_host *host;
    struct tls_context *tls;
    struct grpc_channel *channel;
};

/* One call. Its answers are kept until the next one of the same struct. */
struct interop_call {
    struct interop *interop;
    struct grpc_leg *leg; /* NULL once it has ended */
    bool cancels;         /* at its first answer */
    bool is_done;         /* by a status, ours or the server's */
    size_t answers;
    size_t sizes[INTEROP_ANSWERS_MAX]; /* of the answers' payloads */
    bool is_readable;                  /* every answer could be decoded */
    int32_t aggregated;                /* of a StreamingInputCallResponse */
    enum grpc_status status;
    char message[INTEROP_TEXT_MAX];
    char initial[INTEROP_TEXT_MAX];  /* x-grpc-test-echo-initial */
    char trailing[INTEROP_TEXT_MAX]; /* x-grpc-test-echo-trailing-bin */
};

/* What a call is begun with. */
struct interop_ask {
    const char *method; /* "/grpc.testing.TestService/EmptyCall" */
    enum grpc_kind kind;
    struct span message;
    int64_t in_ms; /* 0: long enough */
    bool echoes;   /* with the two keys that the server echoes */
};

/* False when it could not begin. */
bool interop_begin(struct interop *interop, const struct interop_ask *ask,
                   struct interop_call *out_call);
/* Turns the loop until there are `answers` or the call has ended; false when neither came in time.
 */
bool interop_await(struct interop_call *call, size_t answers);
/* Until it has ended. */
bool interop_finish(struct interop_call *call);

/* The 14 cases, by the names of the gRPC project's descriptions. Each gives NULL or what was wrong.
 */
struct interop_case {
    const char *name;
    const char *(*run)(struct interop *interop);
};
extern const struct interop_case INTEROP_CASES[];
extern const size_t INTEROP_CASE_COUNT;

#endif
