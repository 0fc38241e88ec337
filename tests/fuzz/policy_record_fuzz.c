/* SPDX-License-Identifier: Apache-2.0 */
/* Decision records: the first byte says which of the two follows and how many agreements its
 * question has. Whatever is taken is written back byte for byte, and its lists are within their
 * limits. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "policy/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 18, ROOM = 1 << 16, IS_PART = 0x80 };

static void must_be_written_back(struct span bytes, const struct policy_record_ask *ask,
                                 const struct policy_record_part *part) {
    static uint8_t buf[ROOM];
    struct writer w = writer_of(buf, sizeof buf);
    struct span again;
    if (ask != NULL) {
        policy_record_ask_write(ask, &w);
    } else {
        policy_record_part_write(part, &w);
    }
    ASSERT(!lg_failed(writer_end(&w, &again)));
    ASSERT(span_equal(again, bytes));
}

static void check_ask(struct arena *arena, struct span bytes) {
    struct policy_record_ask ask;
    if (lg_failed(policy_record_ask_read(bytes, arena, &ask))) {
        return;
    }
    ASSERT(ask.agreement_count <= LIMIT_POLICY_AGREEMENTS);
    ASSERT(ask.training_count <= POLICY_RECORD_TRAININGS_MAX);
    ASSERT(ask.standing_count <= POLICY_RECORD_STANDINGS_MAX);
    ASSERT(ask.bystander_count <= POLICY_RECORD_BYSTANDERS_MAX);
    ASSERT(ask.emergency.is_declared || !ask.emergency.has_age);
    ASSERT(bytes.len <=
           policy_record_ask_size_max(ask.agreement_count, ask.source_count, ask.field_count));
    must_be_written_back(bytes, &ask, NULL);
}

static void check_part(struct arena *arena, size_t agreement_count, struct span bytes) {
    struct policy_record_part part;
    if (lg_failed(policy_record_part_read(bytes, agreement_count, arena, &part))) {
        return;
    }
    ASSERT(part.field_count <= part.field_total);
    ASSERT(part.consent_count <= part.consent_room);
    ASSERT(part.reason < POLICY_REASON_END);
    for (size_t i = 0; i < part.field_count; i++) {
        ASSERT(part.fields[i].reason < POLICY_REASON_END);
        ASSERT(part.fields[i].treatment <= TREATMENT_REDACT);
    }
    must_be_written_back(bytes, NULL, &part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    if (size == 0 || lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    struct span bytes = span_of(data + 1, size - 1);
    if ((data[0] & IS_PART) != 0) {
        check_part(arena, data[0] & 0x0fU, bytes);
    } else {
        check_ask(arena, bytes);
    }
    arena_free(&arena);
    return 0;
}
