/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of reliance share: a store behind a log, uses and what persons said. */
#ifndef TESTS_UNIT_CONSENT_USE_FIXTURE_H
#define TESTS_UNIT_CONSENT_USE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent/use.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct person_id amy = {{1}};
static const struct person_id ben = {{2}};

struct world {
    struct store_support s;
    uint64_t size; /* of the log */
};

static inline int set_up(void **state) {
    static struct world world;
    store_support_init(&world.s);
    world.size = 1; /* the log's first entry is its own */
    *state = &world;
    return 0;
}

static inline int tear_down(void **state) {
    struct world *w = *state;
    store_support_done(&w->s);
    return 0;
}

static inline bool fails_with(struct lg_err err, enum lg_class klass, enum consent_code code) {
    return lg_err_same(err, lg_err_make(klass, LG_CONSENT, (uint16_t)code));
}

static inline uint64_t apply(struct world *w, struct span body) {
    const struct consent_logged logged = {.log_index = w->size, .body = body};
    w->size++;
    assert_false(lg_failed(consent_apply(w->s.store, &logged, 1, w->size)));
    return logged.log_index;
}

/* ---- A use and its parts ------------------------------------------------------------------------
 */

static const struct span wider_names[] = {
    {(const uint8_t *)"early-help", 10},
    {(const uint8_t *)"help", 4},
};

static inline struct consent_reliance use_of(const struct consent_use_item *items, size_t count) {
    return (struct consent_reliance){
        .consent = {{7}},
        .kind = CONSENT_KIND_BASIS,
        .released_ms = 1795435200000,
        .recipient = span_text("charity"),
        .agreement = span_text("otr"),
        .agreement_version = 3,
        .purpose = span_text("early-help"),
        .wider = {wider_names, 2},
        .items = items,
        .item_count = count,
    };
}

static const struct consent_use_item tenancy = {
    .source = {(const uint8_t *)"housing", 7},
    .category = {(const uint8_t *)"tenancy", 7},
    .released_index = 1,
};

static inline uint64_t used(struct world *w, const struct person_id *person,
                            const struct consent_reliance *use) {
    struct span body;
    assert_false(lg_failed(consent_use_encode(person, use, w->s.arena, &body)));
    return apply(w, body);
}

static inline uint64_t said(struct world *w, const struct person_id *person,
                            struct consent consent) {
    struct span body;
    consent.recorded_by = span_text("police");
    vault_random(consent.id.bytes, sizeof consent.id.bytes);
    assert_false(lg_failed(consent_entry_encode(person, &consent, w->s.arena, &body)));
    return apply(w, body);
}

#endif
