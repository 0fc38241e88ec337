/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of uses and acknowledgements. Whatever is taken is written back byte for byte, and no
 * body is both, nor a consent. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "gateway/consent/use.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16 };

static bool use_check(struct arena *arena, struct span body) {
    struct person_id person;
    struct consent_reliance use;
    struct span again;
    if (lg_failed(consent_use_decode(body, arena, &person, &use))) {
        return false;
    }
    ASSERT(use.item_count > 0 && use.item_count <= CONSENT_USE_ITEMS_MAX);
    ASSERT(use.kind < CONSENT_KIND_END);
    struct lg_err err = consent_use_encode(&person, &use, arena, &again);
    ASSERT(lg_failed(err) ? body.len > STORE_CONSENT_BODY_MAX : span_equal(again, body));
    return true;
}

static bool acknowledgement_check(struct arena *arena, struct span body) {
    struct consent_acknowledgement it;
    struct span again;
    if (lg_failed(consent_acknowledgement_decode(body, &it))) {
        return false;
    }
    ASSERT(!lg_failed(consent_acknowledgement_encode(&it, arena, &again)));
    ASSERT(span_equal(again, body));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    struct person_id person;
    struct consent consent;
    struct span body = span_of(data, size);
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    bool is_use = use_check(arena, body);
    bool is_acknowledgement = acknowledgement_check(arena, body);
    ASSERT(!is_use || !is_acknowledgement);
    if (is_use || is_acknowledgement) {
        ASSERT(lg_failed(consent_entry_decode(body, arena, &person, &consent)));
    }
    arena_free(&arena);
    return 0;
}
