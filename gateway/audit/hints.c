/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of the newest LIMIT_AUDIT_HINTS entries, filled by the sequencer before it publishes them.
 * Without a lock: who reads must never make the sequencer wait. A reader takes a place's words, and
 * then asks whether the sequencer may have come round to it meanwhile. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/audit/hints.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/base/assert.h"
#include "gateway/base/limits_index.h"

enum { WORDS = MODEL_PERSON_ID_SIZE / sizeof(uint64_t) };

/* The person's id, which is drawn at random; zeros: about nobody. */
struct place {
    _Atomic uint64_t words[WORDS];
};

static const struct person_id nobody = {{0}};

static bool is_nobody(const void *id) {
    return memcmp(id, nobody.bytes, sizeof nobody.bytes) == 0;
}

struct audit_hints {
    uint64_t first;       /* of this process */
    _Atomic uint64_t end; /* up to it the places are written */
    struct place ring[LIMIT_AUDIT_HINTS];
};

struct lg_err audit_hints_new(uint64_t size, struct audit_hints **out_hints) {
    struct audit_hints *hints = calloc(1, sizeof *hints); /* pages come as they are written */
    if (hints == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    hints->first = size;
    atomic_init(&hints->end, size);
    *out_hints = hints;
    return LG_OK;
}

void audit_hints_free(struct audit_hints **hints) {
    if (*hints != NULL) {
        uint64_t used = atomic_load(&(*hints)->end) - (*hints)->first;
        uint64_t count = used < LIMIT_AUDIT_HINTS ? used : LIMIT_AUDIT_HINTS;
        uint64_t from = used < LIMIT_AUDIT_HINTS ? (*hints)->first % LIMIT_AUDIT_HINTS : 0;
        for (uint64_t i = 0; i < count; i++) { /* the rest was never written */
            struct place *place = &(*hints)->ring[(from + i) % LIMIT_AUDIT_HINTS];
            vault_wipe(place, sizeof *place);
        }
        free(*hints);
        *hints = NULL;
    }
}

void audit_hints_add(struct audit_hints *hints, struct receipt *const *receipts, size_t count) {
    uint64_t end = atomic_load_explicit(&hints->end, memory_order_relaxed);
    ASSERT(count <= LIMIT_AUDIT_FRAME_ENTRIES);
    for (size_t i = 0; i < count; i++) {
        const struct receipt *receipt = receipts[i];
        struct place *place = &hints->ring[(end + i) % LIMIT_AUDIT_HINTS];
        uint64_t words[WORDS];
        ASSERT(receipt->index == end + i);
        ASSERT(!receipt->has_person || !is_nobody(receipt->person.bytes));
        memcpy(words, receipt->has_person ? receipt->person.bytes : nobody.bytes, sizeof words);
        for (size_t j = 0; j < WORDS; j++) {
            atomic_store_explicit(&place->words[j], words[j], memory_order_release);
        }
    }
    atomic_store_explicit(&hints->end, end + count, memory_order_release);
}

/* Written, and not about to be written over: one frame is under way at a time. */
static bool is_kept(struct audit_hints *hints, uint64_t index) {
    uint64_t end = atomic_load_explicit(&hints->end, memory_order_acquire);
    return index < end && end - index <= LIMIT_AUDIT_HINTS - LIMIT_AUDIT_FRAME_ENTRIES;
}

void audit_hint_find(struct audit_log *log, uint64_t index, struct audit_hint *out_hint) {
    struct audit_hints *hints = log->hints;
    struct place *place = &hints->ring[index % LIMIT_AUDIT_HINTS];
    uint64_t words[WORDS];
    *out_hint = (struct audit_hint){.is_known = false};
    if (index < hints->first || !is_kept(hints, index)) {
        return;
    }
    for (size_t j = 0; j < WORDS; j++) {
        words[j] = atomic_load_explicit(&place->words[j], memory_order_acquire);
    }
    if (is_kept(hints, index)) {
        *out_hint = (struct audit_hint){.is_known = true, .has_person = !is_nobody(words)};
        memcpy(out_hint->person.bytes, words, sizeof words);
    }
}
