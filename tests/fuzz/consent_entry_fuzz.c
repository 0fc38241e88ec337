/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a CONSENT entry. Whatever is taken is written back byte for byte: a consent has one
 * form, so that what the log committed to is what the store holds. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/consent/consent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16 };

static void check(struct arena *arena, struct span body) {
    struct person_id person;
    struct consent consent;
    if (lg_failed(consent_entry_decode(body, arena, &person, &consent))) {
        return;
    }
    ASSERT(consent.state >= CONSENT_GIVEN && consent.state <= CONSENT_WITHDRAWN);
    ASSERT(consent.purposes.count <= CONSENT_NAMES_MAX);
    struct span again;
    struct lg_err err = consent_entry_encode(&person, &consent, arena, &again);
    /* Longer than an entry's sealed part holds: read, but never written by us. */
    ASSERT(lg_failed(err) ? body.len > STORE_CONSENT_BODY_MAX : span_equal(again, body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    check(arena, span_of(data, size));
    arena_free(&arena);
    return 0;
}
