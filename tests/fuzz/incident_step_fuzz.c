/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an INCIDENT entry. Whatever is taken is written back byte for byte, and is a row. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "gateway/incident/incident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16 };

static void note_try(const struct incident_step *step, struct arena *arena) {
    const struct incident_notice notice = {.number = 1, .sent = *step};
    struct span text;
    if (step->kind == INCIDENT_NOTICE) {
        lg_err_ignore(incident_note_write(&notice, arena, &text), "names longer than any party's");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    struct incident_step step;
    struct store_incident_change change;
    struct span body = span_of(data, size);
    struct span again;
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    if (!lg_failed(incident_step_decode(body, &step))) {
        struct lg_err err = incident_step_encode(&step, arena, &again);
        ASSERT(lg_failed(err) ? size > STORE_INCIDENT_BODY_MAX : span_equal(again, body));
        err = incident_row_make(UINT64_MAX, body, &change);
        ASSERT(!lg_failed(err));
        for (size_t i = 0; i < incident_entry_count(&step); i++) {
            ASSERT(incident_entry_at(&step, i) <= INT64_MAX);
        }
        note_try(&step, arena);
    }
    arena_free(&arena);
    return 0;
}
