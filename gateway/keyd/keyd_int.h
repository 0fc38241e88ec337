/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the key service: its counters and its scalars. Both have one owner, struct keyd, whose
 * mutex every call is made under. */
#ifndef GATEWAY_KEYD_KEYD_INT_H
#define GATEWAY_KEYD_KEYD_INT_H

#include "gateway/keyd/keyd.h"

enum { KEYD_AGENCY_SIZE_MAX = 64, KEYD_AGREEMENT_SIZE_MAX = 128 };

LG_MUST_USE static inline struct lg_err keyd_fail(enum lg_class klass, enum keyd_code code) {
    return lg_err_make(klass, LG_KEYD, (uint16_t)code);
}

/* ---- budget.c: evaluations of each agency and day */

struct keyd_counters;

/* Copies the budgets. INPUT KEYD_NAME, LIMIT KEYD_MEMORY, KEYD_AGENCIES. */
LG_MUST_USE struct lg_err keyd_counters_new(const struct keyd_settings *settings,
                                            struct keyd_counters **out_counters);
void keyd_counters_free(struct keyd_counters **counters);

struct keyd_charge {
    struct span agency;
    bool plain;
    int64_t day; /* since 1970 */
    uint64_t amount;
};
/* Takes the amount off the day's budget, or nothing. LIMIT KEYD_BUDGET, KEYD_AGENCIES. */
LG_MUST_USE struct lg_err keyd_counters_charge(struct keyd_counters *counters,
                                               const struct keyd_charge *charge);

/* ---- scalars.c: pseudonym scalars, wrapped, in one file */

struct keyd_scalars;

/* The file at `path` under keys derived from root. With `fresh` a new empty file is written, else a
 * missing one is an error: a lost file would silently change every pseudonym. */
struct keyd_scalars_place {
    const char *path;
    struct vault_key *root;
    bool fresh;
};
LG_MUST_USE struct lg_err keyd_scalars_open(const struct keyd_scalars_place *place,
                                            struct diag *diag, struct keyd_scalars **out_scalars);
void keyd_scalars_close(struct keyd_scalars **scalars);

/* The scope's scalar; the caller frees it. INPUT KEYD_UNKNOWN, LIMIT KEYD_MEMORY, CONFIG
 * KEYD_STATE. */
LG_MUST_USE struct lg_err keyd_scalars_find(struct keyd_scalars *scalars,
                                            const struct keyd_scope *scope,
                                            struct vault_key **out_scalar);
/* The same, drawn and made durable where there is none. LIMIT KEYD_SCALARS, STORE KEYD_WRITE. */
LG_MUST_USE struct lg_err keyd_scalars_obtain(struct keyd_scalars *scalars,
                                              const struct keyd_scope *scope,
                                              struct vault_key **out_scalar);
/* Takes it out, durably. INPUT KEYD_UNKNOWN, STORE KEYD_WRITE. */
LG_MUST_USE struct lg_err keyd_scalars_shred(struct keyd_scalars *scalars,
                                             const struct keyd_scope *scope);

#endif
