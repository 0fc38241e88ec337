/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/agreement/set.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/agreement/line.h"
#include "gateway/base/arena.h"
#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"

/* Lists of parties of every agreement in every stage. */
enum { SET_BUDGET = 16777216 };

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_AGREEMENT, AGREEMENT_MEMORY);
}

/* ---- Texts ---- */

struct agreement_text {
    atomic_size_t holders;
    struct policy *policy;
    struct policy_register *statutes; /* its own; NULL: it is the gateway's, or there is none */
    uint8_t hash[VAULT_SHA256_SIZE];  /* of text, floor and register */
};

void agreement_mark_make(struct span text, struct span floor, struct span law,
                         uint8_t out[static VAULT_SHA256_SIZE]) {
    const struct span texts[] = {text, floor, law};
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    for (size_t i = 0; i < (law.ptr == NULL ? 2U : 3U); i++) {
        uint8_t len[4];
        struct writer w = writer_of(len, sizeof len);
        writer_u32(&w, (uint32_t)texts[i].len);
        vault_sha256_add(&hash, span_of(len, sizeof len));
        vault_sha256_add(&hash, texts[i]);
    }
    vault_sha256_end(&hash, out);
}

/* Without the register the power would not be asked at all. */
static struct lg_err law_check(const struct agreement_text *text,
                               const struct agreement_ground *ground, struct diag *diag) {
    if (ground->statutes != NULL || !policy_needs_law(text->policy)) {
        return LG_OK;
    }
    diag_set(diag, 0,
             "the agreement cites law, and this gateway has no statute register; name one in the "
             "configuration as register");
    return lg_err_make(LG_CLASS_CONFIG, LG_POLICY, POLICY_TEXT_WRONG);
}

struct lg_err agreement_text_new(struct span text, const struct agreement_ground *ground,
                                 struct diag *diag, struct agreement_text **out_text) {
    struct agreement_text *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return no_memory();
    }
    atomic_init(&it->holders, 1);
    struct lg_err err =
        policy_compile_law(text, ground->floor, ground->statutes, diag, &it->policy);
    if (!lg_failed(err)) {
        err = law_check(it, ground, diag);
    }
    if (lg_failed(err)) {
        policy_free(&it->policy);
        free(it);
        return err;
    }
    const struct policy_register *law = policy_law(it->policy);
    agreement_mark_make(policy_text(it->policy), ground->floor,
                        law == NULL ? span_of(NULL, 0) : policy_register_text(law), it->hash);
    *out_text = it;
    return LG_OK;
}

void agreement_text_give_law(struct agreement_text *text, struct policy_register *statutes) {
    ASSERT(text->statutes == NULL);
    text->statutes = statutes;
}

struct agreement_text *agreement_text_hold(struct agreement_text *text) {
    (void)atomic_fetch_add(&text->holders, 1);
    return text;
}

void agreement_text_free(struct agreement_text **text) {
    struct agreement_text *it = *text;
    *text = NULL;
    if (it != NULL && atomic_fetch_sub(&it->holders, 1) == 1) {
        policy_free(&it->policy);
        policy_register_free(&it->statutes);
        free(it);
    }
}

const struct policy *agreement_text_policy(const struct agreement_text *text) {
    return text->policy;
}

struct span agreement_text_mark(const struct agreement_text *text) {
    return span_of(text->hash, sizeof text->hash);
}

/* ---- Sets ---- */

struct stage {
    int64_t from_s;
    struct policy_force *force;
    struct agreement_text **texts;
    size_t count;
    struct policy_bystander *bystanders;
    struct agreement_text **bystander_texts;
    size_t bystander_count;
};

struct agreement_set {
    atomic_size_t holders;
    struct arena *arena;
    struct stage *stages;
    size_t count;
};

static bool list_copy(struct arena *arena, struct span_list *list) {
    struct span *items = arena_array(arena, list->count, sizeof *items);
    for (size_t i = 0; items != NULL && i < list->count; i++) {
        items[i] = list->items[i];
    }
    list->items = items;
    return items != NULL;
}

static bool bystanders_copy(struct arena *arena, const struct agreement_stage *from,
                            struct stage *to) {
    to->bystanders = arena_array(arena, from->bystander_count, sizeof *to->bystanders);
    to->bystander_texts = arena_array(arena, from->bystander_count, sizeof *to->bystander_texts);
    if (to->bystanders == NULL || to->bystander_texts == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->bystander_count; i++) {
        const struct agreement_stage_bystander *it = &from->bystanders[i];
        to->bystander_texts[i] = agreement_text_hold(it->text);
        to->bystanders[i] = (struct policy_bystander){.policy = it->text->policy,
                                                      .is_superseded = it->is_superseded};
        memcpy(to->bystanders[i].hash, it->text->hash, sizeof to->bystanders[i].hash);
    }
    to->bystander_count = from->bystander_count;
    return true;
}

static bool stage_copy(struct arena *arena, const struct agreement_stage *from, struct stage *to) {
    bool has_bystanders = bystanders_copy(arena, from, to);
    to->from_s = from->from_s;
    to->force = arena_array(arena, from->count, sizeof *to->force);
    to->texts = arena_array(arena, from->count, sizeof *to->texts);
    bool copied = has_bystanders && to->force != NULL && to->texts != NULL;
    for (size_t i = 0; copied && i < from->count; i++) {
        struct policy_force *force = &to->force[i];
        *force = from->entries[i].force;
        force->bystanders = to->bystanders;
        force->bystander_count = to->bystander_count;
        copied = list_copy(arena, &force->suspended) &&
                 list_copy(arena, &force->unsigned_parties) && list_copy(arena, &force->withdrawn);
        if (copied) {
            struct agreement_text *text = from->entries[i].text;
            to->texts[i] = text == NULL ? NULL : agreement_text_hold(text);
            if (text != NULL) {
                memcpy(force->hash, text->hash, sizeof force->hash);
            }
            to->count++;
        }
    }
    return copied;
}

static void set_destroy(struct agreement_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        for (size_t j = 0; j < set->stages[i].count; j++) {
            agreement_text_free(&set->stages[i].texts[j]);
        }
        for (size_t j = 0; j < set->stages[i].bystander_count; j++) {
            agreement_text_free(&set->stages[i].bystander_texts[j]);
        }
    }
    arena_free(&set->arena);
    free(set);
}

static bool stages_copy(struct agreement_set *set, const struct agreement_stage *stages,
                        size_t count) {
    if (lg_failed(arena_new(SET_BUDGET, &set->arena))) {
        return false;
    }
    set->stages = arena_array(set->arena, count, sizeof *set->stages);
    bool copied = set->stages != NULL;
    for (size_t i = 0; copied && i < count; i++) {
        ASSERT(i == 0 || stages[i].from_s > stages[i - 1].from_s);
        set->count++;
        copied = stage_copy(set->arena, &stages[i], &set->stages[i]);
    }
    return copied;
}

struct lg_err agreement_set_new(const struct agreement_stage *stages, size_t count,
                                struct agreement_set **out_set) {
    ASSERT(count > 0);
    ASSERT(stages[0].from_s == INT64_MIN);
    struct agreement_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        return no_memory();
    }
    atomic_init(&set->holders, 1);
    if (!stages_copy(set, stages, count)) {
        set_destroy(set);
        return no_memory();
    }
    *out_set = set;
    return LG_OK;
}

struct agreement_set *agreement_set_hold(struct agreement_set *set) {
    (void)atomic_fetch_add(&set->holders, 1);
    return set;
}

void agreement_set_free(struct agreement_set **set) {
    struct agreement_set *it = *set;
    *set = NULL;
    if (it != NULL && atomic_fetch_sub(&it->holders, 1) == 1) {
        set_destroy(it);
    }
}

struct agreement_forces agreement_set_at(const struct agreement_set *set, int64_t at_s) {
    size_t at = 0;
    while (at + 1 < set->count && set->stages[at + 1].from_s <= at_s) {
        at++;
    }
    return (struct agreement_forces){set->stages[at].force, set->stages[at].count};
}

const struct policy_force *agreement_forces_find(struct agreement_forces forces, struct span id) {
    for (size_t i = 0; i < forces.count; i++) {
        if (span_equal(policy_id(forces.force[i].policy), id)) {
            return &forces.force[i];
        }
    }
    return NULL;
}

int64_t agreement_set_next(const struct agreement_set *set, int64_t at_s) {
    for (size_t i = 1; i < set->count; i++) {
        if (set->stages[i].from_s > at_s) {
            return set->stages[i].from_s;
        }
    }
    return INT64_MAX;
}

/* ---- The newest set ---- */

struct agreement_live {
    _Atomic uint64_t serial;
    pthread_mutex_t mutex; /* of set */
    struct agreement_set *set;
};

struct lg_err agreement_live_new(struct agreement_live **out_live) {
    static const struct agreement_stage nothing = {.from_s = INT64_MIN};
    struct agreement_live *live = calloc(1, sizeof *live);
    if (live == NULL) {
        return no_memory();
    }
    struct lg_err err = agreement_set_new(&nothing, 1, &live->set);
    if (lg_failed(err)) {
        free(live);
        return err;
    }
    atomic_init(&live->serial, 1);
    int failed = pthread_mutex_init(&live->mutex, NULL);
    ASSERT(failed == 0);
    *out_live = live;
    return LG_OK;
}

void agreement_live_free(struct agreement_live **live) {
    if (*live != NULL) {
        agreement_set_free(&(*live)->set);
        (void)pthread_mutex_destroy(&(*live)->mutex);
        free(*live);
        *live = NULL;
    }
}

void agreement_live_put(struct agreement_live *live, struct agreement_set *set) {
    (void)pthread_mutex_lock(&live->mutex);
    struct agreement_set *old = live->set;
    live->set = set;
    (void)atomic_fetch_add(&live->serial, 1);
    (void)pthread_mutex_unlock(&live->mutex);
    agreement_set_free(&old);
}

struct agreement_view agreement_view_of(struct agreement_live *live) {
    return (struct agreement_view){.live = live};
}

void agreement_view_done(struct agreement_view *view) {
    agreement_set_free(&view->set);
    *view = (struct agreement_view){0};
}

struct agreement_set *agreement_view_set(struct agreement_view *view) {
    if (atomic_load(&view->live->serial) != view->serial) {
        (void)pthread_mutex_lock(&view->live->mutex);
        struct agreement_set *newest = agreement_set_hold(view->live->set);
        view->serial = atomic_load(&view->live->serial);
        (void)pthread_mutex_unlock(&view->live->mutex);
        agreement_set_free(&view->set);
        view->set = newest;
    }
    return view->set;
}
