/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: a class and a code in one word, returned by value. A refusal is not an error. */
#ifndef GATEWAY_BASE_ERR_H
#define GATEWAY_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/attr.h"

/* Whose turn it is. The class alone picks the status that a peer sees. */
enum lg_class {
    LG_CLASS_NONE = 0,
    LG_CLASS_INPUT,    /* the peer sent nonsense */
    LG_CLASS_LIMIT,    /* a ceiling was hit */
    LG_CLASS_PEER,     /* a source or the network failed */
    LG_CLASS_STORE,    /* disk or database */
    LG_CLASS_CONFIG,   /* the operator */
    LG_CLASS_INTERNAL, /* ours */
};

/* One number a module, so that codes of two modules never meet. */
enum lg_module {
    LG_BASE = 1,
    LG_VAULT,
    LG_LOOP,
    LG_MODEL,
    LG_CONFIG,
    LG_WIRE,
    LG_STORE,
    LG_TLS,
    LG_HTTP2,
    LG_GRPC,
    LG_EDGE,
    LG_POLICY,
    LG_IDENTITY,
    LG_CONSENT,
    LG_LOCATE,
    LG_SOURCE,
    LG_MINIMISE,
    LG_AUDIT,
    LG_RELEASE,
    LG_QUERY,
    LG_SERVICE,
    LG_KEYD,
    LG_TOOLS,
    LG_REVIEW,
    LG_ACCESS,
    LG_AGREEMENT,
    LG_WITNESS,
    LG_ERASURE,
    LG_SAR,
    LG_SIGNALS,
    LG_DUTY,
    LG_INCIDENT,
    LG_SIGNIN,
    LG_CONSOLE,
};

/* word == 0: no error. Otherwise class (bits 24-31), module (bits 16-23), code (bits 0-15). */
struct lg_err {
    uint32_t word;
};

#define LG_OK ((struct lg_err){0})

/* Makes an error; code is the module's own, 1 or more. */
LG_MUST_USE static inline struct lg_err lg_err_make(enum lg_class klass, enum lg_module module,
                                                    uint16_t code) {
    return (struct lg_err){((uint32_t)klass << 24) | ((uint32_t)module << 16) | code};
}

/* True when there is an error. */
static inline bool lg_failed(struct lg_err err) {
    return err.word != 0;
}

static inline enum lg_class lg_err_class(struct lg_err err) {
    return (enum lg_class)(err.word >> 24);
}

static inline enum lg_module lg_err_module(struct lg_err err) {
    return (enum lg_module)(err.word >> 16 & 0xffU);
}

static inline uint16_t lg_err_code(struct lg_err err) {
    return (uint16_t)(err.word & 0xffffU);
}

static inline bool lg_err_same(struct lg_err a, struct lg_err b) {
    return a.word == b.word;
}

/* Drops an error on purpose; `why` is for the reader. */
static inline void lg_err_ignore(struct lg_err err, const char *why) {
    (void)err;
    (void)why;
}

/* The class as a lower-case word for log lines: a static string. */
const char *lg_class_name(enum lg_class klass);

/* Passes an error up; leaves the function. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        struct lg_err try_err_ = (call);                                                           \
        if (lg_failed(try_err_)) {                                                                 \
            return try_err_;                                                                       \
        }                                                                                          \
    } while (0)

#endif
