/* SPDX-License-Identifier: Apache-2.0 */
/* Names to numbers and back. */
#include "gateway/base/assert.h"
#include "policy/record/record_int.h"

static uint32_t find_training(const struct policy *policy, struct span text) {
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        if (span_equal(policy->roles[i].shown.training, text)) {
            return i;
        }
    }
    return POLICY_NONE;
}

static uint32_t find_emergency_reason(const struct policy *policy, struct span text) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < policy->emergency_names.count; i++) {
        const struct span_list *reasons = &policy->emergencies[i].reasons;
        for (size_t j = 0; j < reasons->count; j++, number++) {
            if (span_equal(reasons->items[j], text)) {
                return number;
            }
        }
    }
    return POLICY_NONE;
}

static uint32_t find_in(const struct policy *policy, enum policy_record_kind kind,
                        struct span text) {
    ASSERT(kind != POLICY_RECORD_ROLE);  /* by its party: ask.c, role_of */
    ASSERT(kind != POLICY_RECORD_LIMIT); /* by its number: part.c */
    switch (kind) {
    case POLICY_RECORD_AGREEMENT: /* a question that names one falls under no other */
        ASSERT(span_equal(policy->id, text));
        return 0;
    case POLICY_RECORD_PARTY:
        return policy_names_find(&policy->party_names, text);
    case POLICY_RECORD_PURPOSE:
        return policy_names_find(&policy->purpose_names, text);
    case POLICY_RECORD_BASIS:
        return policy_names_find(&policy->basis_names, text);
    case POLICY_RECORD_CATEGORY:
        return policy_names_find(&policy->category_names, text);
    case POLICY_RECORD_FIELD:
        return policy_names_find(&policy->field_names, text);
    case POLICY_RECORD_EMERGENCY:
        return policy_names_find(&policy->emergency_names, text);
    case POLICY_RECORD_TRAINING:
        return find_training(policy, text);
    case POLICY_RECORD_EMERGENCY_REASON:
    default:
        return find_emergency_reason(policy, text);
    }
}

size_t policy_record_agreement_count(const struct permit *permit) {
    return permit->scopes[0].policy == NULL ? 0 : permit->scope_count;
}

struct policy_record_name policy_record_name_find(const struct permit *permit,
                                                  enum policy_record_kind kind, struct span text) {
    if (text.len == 0) {
        return (struct policy_record_name){.agreement = POLICY_RECORD_NOT_GIVEN};
    }
    for (size_t i = 0; i < policy_record_agreement_count(permit); i++) {
        uint32_t number = find_in(permit->scopes[i].policy, kind, text);
        if (number < UINT16_MAX) {
            return (struct policy_record_name){(uint8_t)i, (uint16_t)number};
        }
    }
    return (struct policy_record_name){.agreement = POLICY_RECORD_UNKNOWN};
}

/* ---- back ---- */

static struct lg_err wrong_text(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_RECORD_TEXT);
}

static bool emergency_reason_at(const struct policy *policy, uint32_t number,
                                struct span *out_text) {
    for (uint32_t i = 0; i < policy->emergency_names.count; i++) {
        const struct span_list *reasons = &policy->emergencies[i].reasons;
        if (number < reasons->count) {
            *out_text = reasons->items[number];
            return true;
        }
        number -= (uint32_t)reasons->count;
    }
    return false;
}

/* Of every kind but reasons of emergencies, which are counted over all sections. */
static uint32_t count_of(const struct policy *policy, enum policy_record_kind kind) {
    switch (kind) {
    case POLICY_RECORD_AGREEMENT:
        return 1;
    case POLICY_RECORD_PARTY:
        return policy->party_names.count;
    case POLICY_RECORD_ROLE:
    case POLICY_RECORD_TRAINING:
        return policy->role_names.count;
    case POLICY_RECORD_PURPOSE:
        return policy->purpose_names.count;
    case POLICY_RECORD_BASIS:
        return policy->basis_names.count;
    case POLICY_RECORD_CATEGORY:
        return policy->category_names.count;
    case POLICY_RECORD_FIELD:
        return policy->field_names.count;
    case POLICY_RECORD_LIMIT:
        return policy->limit_names.count;
    case POLICY_RECORD_EMERGENCY:
    default:
        return policy->emergency_names.count;
    }
}

static struct span text_at(const struct policy *policy, enum policy_record_kind kind,
                           uint32_t number) {
    switch (kind) {
    case POLICY_RECORD_AGREEMENT:
        return policy->id;
    case POLICY_RECORD_PARTY:
        return policy->parties[number].shown.id;
    case POLICY_RECORD_ROLE:
        return policy->roles[number].shown.id;
    case POLICY_RECORD_TRAINING:
        return policy->roles[number].shown.training;
    case POLICY_RECORD_PURPOSE:
        return policy->purposes[number].id;
    case POLICY_RECORD_BASIS:
        return policy->bases[number].id;
    case POLICY_RECORD_CATEGORY:
        return policy->categories[number].id;
    case POLICY_RECORD_FIELD:
        return policy->fields[number].id;
    case POLICY_RECORD_LIMIT:
        return policy->limits[number].id;
    case POLICY_RECORD_EMERGENCY:
    default:
        return policy->emergencies[number].id;
    }
}

struct lg_err policy_record_text(const struct policy_record_texts *texts,
                                 enum policy_record_kind kind, struct policy_record_name name,
                                 struct arena *arena, struct span *out_text) {
    if (name.agreement == POLICY_RECORD_NOT_GIVEN) {
        *out_text = span_of(NULL, 0);
        return LG_OK;
    }
    if (name.agreement == POLICY_RECORD_UNKNOWN) {
        *out_text = arena_format(arena, "?%u", (unsigned)name.number);
        return out_text->ptr == NULL ? policy_no_memory() : LG_OK;
    }
    if (name.agreement >= texts->count) {
        return wrong_text();
    }
    const struct policy *policy = texts->policies[name.agreement];
    if (kind == POLICY_RECORD_EMERGENCY_REASON) {
        return emergency_reason_at(policy, name.number, out_text) ? LG_OK : wrong_text();
    }
    if (name.number >= count_of(policy, kind)) {
        return wrong_text();
    }
    *out_text = text_at(policy, kind, name.number);
    return LG_OK;
}
