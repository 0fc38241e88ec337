/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force, as all workers read it: an immutable set that is replaced whole.
 *
 * A set knows what changes by itself: it is a list of stages, each from a moment on, so that an
 * agreement becomes active at 00:00 of its first day without anybody doing anything. Who asks a
 * question holds the set that it began with until the question has ended, whatever comes into force
 * meanwhile. To hold one is a count; to find that there is no newer one is to read a number. The
 * lock is taken where there is one, once for each worker and change. */
#ifndef GATEWAY_AGREEMENT_SET_H
#define GATEWAY_AGREEMENT_SET_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/vault/vault.h"
#include "policy/register/register.h"

/* What every text here is compiled under. Both borrowed for the call; statutes NULL: this gateway
 * has no statute register, and what cites one is not in force. */
struct agreement_ground {
    struct span floor; /* empty: none */
    const struct policy_register *statutes;
};

/* A compiled text, shared by the sets that it is in. */
struct agreement_text;

/* Compiles. The caller frees it. Errors of policy_compile_law; CONFIG POLICY_TEXT_WRONG also where
 * the text needs a register and there is none. */
LG_MUST_USE struct lg_err agreement_text_new(struct span text,
                                             const struct agreement_ground *ground,
                                             struct diag *diag, struct agreement_text **out_text);
/* The register that it was compiled under is given to it, and lives as long. */
void agreement_text_give_law(struct agreement_text *text, struct policy_register *statutes);
/* What decision records name a text by: SHA-256 over agreement, floor, and the register where the
 * agreement is judged by one (law.ptr not NULL), each after its length in 4 bytes. */
void agreement_mark_make(struct span text, struct span floor, struct span law,
                         uint8_t out[static VAULT_SHA256_SIZE]);
struct agreement_text *agreement_text_hold(struct agreement_text *text);
void agreement_text_free(struct agreement_text **text);
const struct policy *agreement_text_policy(const struct agreement_text *text);
/* VAULT_SHA256_SIZE bytes by which decision records name it. */
struct span agreement_text_mark(const struct agreement_text *text);

/* What policy_decide takes; as long as the set. */
struct agreement_forces {
    const struct policy_force *force;
    size_t count;
};

/* The agreement of that id in force, or NULL: there is one of an id at most. */
const struct policy_force *agreement_forces_find(struct agreement_forces forces, struct span id);

/* One agreement of a stage. text NULL: whoever makes the set keeps the policy. */
struct agreement_stage_entry {
    struct policy_force force;
    struct agreement_text *text;
};

/* A text that is no longer in force, and whose word on data binds all the same. */
struct agreement_stage_bystander {
    struct agreement_text *text;
    bool is_superseded; /* by a version of its own that can be read */
};

struct agreement_stage {
    int64_t from_s; /* of the first one: INT64_MIN */
    const struct agreement_stage_entry *entries;
    size_t count;
    const struct agreement_stage_bystander *bystanders;
    size_t bystander_count;
};

struct agreement_set;

/* Copies the stages, ascending by from_s, at least one; lists of parties are copied, their names
 * are those of the policies or are kept by the caller. LIMIT AGREEMENT_MEMORY. */
LG_MUST_USE struct lg_err agreement_set_new(const struct agreement_stage *stages, size_t count,
                                            struct agreement_set **out_set);
struct agreement_set *agreement_set_hold(struct agreement_set *set);
void agreement_set_free(struct agreement_set **set);
/* What is in force at a moment, UTC. */
struct agreement_forces agreement_set_at(const struct agreement_set *set, int64_t at_s);
/* The first moment after at_s at which that changes; INT64_MAX: never. */
int64_t agreement_set_next(const struct agreement_set *set, int64_t at_s);

/* ---- The newest set ---- */

struct agreement_live;

/* Begins with an empty set. LIMIT AGREEMENT_MEMORY. */
LG_MUST_USE struct lg_err agreement_live_new(struct agreement_live **out_live);
void agreement_live_free(struct agreement_live **live);
/* Any thread. The set is given. Whoever reads after this returns gets this one or a newer one. */
void agreement_live_put(struct agreement_live *live, struct agreement_set *set);

/* One thread's view of it. */
struct agreement_view {
    struct agreement_live *live;
    struct agreement_set *set;
    uint64_t serial;
};

struct agreement_view agreement_view_of(struct agreement_live *live);
void agreement_view_done(struct agreement_view *view);
/* The newest set, borrowed until the next call: hold it to keep it. */
struct agreement_set *agreement_view_set(struct agreement_view *view);

#endif
