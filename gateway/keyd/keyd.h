/* SPDX-License-Identifier: Apache-2.0 */
/* The key service without its network: token keys and pseudonym scalars (subjects.md 5.2 to 5.4).
 * It sees blinded elements, who asked, for which class, agreement and epoch; never an identifier, a
 * token, a person or a result.
 *
 * State folder: `root.key` (32 bytes sealed under the passphrase), `scalars` (pseudonym scalars,
 * wrapped; format in scalars.c). Token keys are derived from root; pseudonym scalars are random, so
 * that deleting one shreds that agreement's pseudonyms for good.
 *
 * Thread-safe: callers may work on one struct keyd at once. */
#ifndef GATEWAY_KEYD_KEYD_H
#define GATEWAY_KEYD_KEYD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/attr.h"
#include "gateway/base/clock.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/vault/vault.h"

enum keyd_code {
    KEYD_BATCH = 1, /* INPUT: no element, more than VAULT_BATCH_MAX, or one that is none */
    KEYD_CLASS,     /* INPUT: no such token class */
    KEYD_EPOCH,     /* INPUT: this epoch is not in use */
    KEYD_NAME,      /* INPUT: agency, agreement or recipient empty or too long */
    KEYD_BUDGET,    /* LIMIT: the agency's evaluations of today are used up */
    KEYD_AGENCIES,  /* LIMIT: more agencies than counters */
    KEYD_SCALARS,   /* LIMIT: more pseudonym scalars than the file may hold */
    KEYD_UNKNOWN,   /* INPUT: translation from or to a scalar that was never made */
    KEYD_STATE,     /* CONFIG: the state folder or a file in it is not ours or not whole */
    KEYD_WRITE,     /* STORE: a scalar could not be made durable; it was not used */
    KEYD_MEMORY,    /* LIMIT: no memory */
};

/* A party whose budget is not the common one. */
struct keyd_budget {
    struct span agency;
    uint64_t evaluations_per_day;
};

struct keyd_settings {
    const char *folder; /* created with mode 0700 where missing */
    const char
        *passphrase_path; /* as struct vault_file; NULL keeps root in the clear: development */
    uint32_t epoch_first; /* token epochs in use, both included; two at most, from 1 */
    uint32_t epoch_last;
    uint64_t evaluations_per_day;       /* ceiling of an agency without a budget of its own */
    uint64_t plain_evaluations_per_day; /* of look-ups in clear, counted apart, for every agency */
    const struct keyd_budget *budgets;  /* copied */
    size_t budget_count;
    struct clock clock; /* days of the budget are UTC days of wall_ms */
};

struct keyd;

/* Opens or creates the state. CONFIG KEYD_STATE or the vault's errors of key files (diag says what
 * to do), STORE KEYD_WRITE, LIMIT KEYD_MEMORY. The caller closes it. */
LG_MUST_USE struct lg_err keyd_open(const struct keyd_settings *settings, struct diag *diag,
                                    struct keyd **out_keyd);
/* Wipes every key; accepts NULL and sets the pointer to NULL. */
void keyd_close(struct keyd **keyd);

/* 1 to VAULT_BATCH_MAX blinded elements. */
struct keyd_points {
    const struct vault_point *points;
    size_t count;
};

struct keyd_evaluation {
    struct span agency; /* 1 to 64 bytes */
    bool plain;         /* identifiers were sent in clear to the gateway */
    enum token_class token_class;
    uint32_t epoch; /* 0: the newest */
    struct keyd_points blinded;
};

/* Multiplies by the token key of class and epoch, with one proof for all. The agency pays count
 * evaluations before the work. INPUT KEYD_BATCH, KEYD_CLASS, KEYD_EPOCH, KEYD_NAME; LIMIT
 * KEYD_BUDGET, KEYD_AGENCIES. out_points holds count. */
LG_MUST_USE struct lg_err keyd_evaluate(struct keyd *keyd, const struct keyd_evaluation *evaluation,
                                        struct vault_point *out_points,
                                        struct vault_proof *out_proof);

/* Names a pseudonym scalar s[A, r, e]: agreement (1 to 128 bytes), recipient (1 to 64), epoch. */
struct keyd_scope {
    struct span agreement;
    struct span recipient;
    uint32_t epoch;
};

/* Multiplies by the scope's scalar, which is drawn and durable before its first use. INPUT
 * KEYD_BATCH, KEYD_NAME; LIMIT KEYD_SCALARS, KEYD_MEMORY; STORE KEYD_WRITE. */
LG_MUST_USE struct lg_err keyd_pseudonymise(struct keyd *keyd, const struct keyd_scope *scope,
                                            struct keyd_points blinded,
                                            struct vault_point *out_points);
/* Takes the scope's scalar off again: the way back from a recipient's pseudonym to the person
 * point, blinded by the index. INPUT KEYD_BATCH, KEYD_NAME, KEYD_UNKNOWN. */
LG_MUST_USE struct lg_err keyd_resolve(struct keyd *keyd, const struct keyd_scope *scope,
                                       struct keyd_points blinded, struct vault_point *out_points);
struct keyd_translation {
    struct keyd_scope from;
    struct keyd_scope to;
    struct keyd_points blinded;
};

/* Multiplies by s[to] / s[from]. Who may translate what is the caller's decision. Makes s[to] where
 * needed; errors of both functions above. */
LG_MUST_USE struct lg_err keyd_translate(struct keyd *keyd,
                                         const struct keyd_translation *translation,
                                         struct vault_point *out_points);
/* Destroys a scope's scalar for good, durably. INPUT KEYD_NAME, KEYD_UNKNOWN; STORE KEYD_WRITE. */
LG_MUST_USE struct lg_err keyd_shred(struct keyd *keyd, const struct keyd_scope *scope);

/* The token epochs in use, both included. */
uint32_t keyd_epoch_first(const struct keyd *keyd);
uint32_t keyd_epoch_last(const struct keyd *keyd);
/* The public key that edges pin. INPUT KEYD_CLASS, KEYD_EPOCH. */
LG_MUST_USE struct lg_err keyd_public_key(const struct keyd *keyd, enum token_class token_class,
                                          uint32_t epoch, struct vault_point *out_public);

#endif
