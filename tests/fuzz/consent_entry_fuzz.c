/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a CONSENT entry. Whatever is taken of the second format is written back byte for
 * byte: a consent has one form, so that what the log committed to is what the store holds. What is
 * taken of the first one states no kind, and reads the same after it was written back as the
 * second. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/consent/consent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SECOND_EXTRA: bytes of the second format where nothing of it is stated. */
enum { BUDGET = 1 << 16, SECOND_EXTRA = 4 + 2 + 5 * 2 };

static void check(struct arena *arena, struct span body) {
    struct person_id person;
    struct consent consent;
    if (lg_failed(consent_entry_decode(body, arena, &person, &consent))) {
        return;
    }
    ASSERT(consent.state >= CONSENT_GIVEN && consent.state <= CONSENT_WITHDRAWN);
    ASSERT(consent.purposes.count <= CONSENT_NAMES_MAX);
    ASSERT(consent.kind < CONSENT_KIND_END);
    ASSERT(consent.kind != CONSENT_KIND_OBJECTION || consent.state != CONSENT_GIVEN);
    ASSERT(consent.how.evidence.len <= CONSENT_REFERENCE_SIZE_MAX);
    bool is_first = body.ptr[0] == 1;
    struct span again;
    if (lg_failed(consent_entry_encode(&person, &consent, arena, &again))) {
        /* Longer than an entry's sealed part holds: read, but never written by us. */
        ASSERT(body.len + (is_first ? SECOND_EXTRA : 0) > STORE_CONSENT_BODY_MAX);
        return;
    }
    if (!is_first) {
        ASSERT(span_equal(again, body));
        return;
    }
    ASSERT(consent.kind == CONSENT_KIND_NOT_STATED);
    ASSERT(again.len == body.len + SECOND_EXTRA);
    ASSERT(span_equal(span_slice(again, 1, body.len - 1), span_slice(body, 1, body.len - 1)));
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
