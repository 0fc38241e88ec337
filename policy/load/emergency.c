/* SPDX-License-Identifier: Apache-2.0 */
/* Emergencies and promises. */
#include "policy/load/load.h"

enum { RATIONALE_MAX = 10000, CHECK_MAX_DAYS = 60, MINUTE_S = 60 };

/* "at least 40 characters". */
static struct lg_err load_rationale(struct load *load, struct value value, uint32_t *out_chars) {
    struct words words = policy_words_of(value.text, value.line);
    if (!policy_words_take(&words, "at") || !policy_words_take(&words, "least") ||
        !policy_words_number(&words, RATIONALE_MAX, out_chars) || *out_chars == 0 ||
        !policy_words_take(&words, "characters") || !policy_words_end(&words)) {
        return policy_load_fault(load, "E01", value,
                                 "the rationale is written `at least 40 characters`");
    }
    return LG_OK;
}

/* "4 hours". */
static struct lg_err load_lasts(struct load *load, struct value value, uint32_t *out_min) {
    struct words words = policy_words_of(value.text, value.line);
    uint32_t seconds;
    if (!policy_words_window(&words, &seconds) || !policy_words_end(&words)) {
        return policy_load_fault(load, "E01", value, "a time is needed here, such as `4 hours`");
    }
    *out_min = seconds / MINUTE_S;
    return LG_OK;
}

/* "data-protection-lead within 1 hour" and "within 3 working days". */
static struct lg_err load_tell(struct load *load, const struct value *values,
                               struct emergency *emergency) {
    struct value tell = values[EMERGENCY_TELL];
    struct value check = values[EMERGENCY_CHECK];
    struct words words = policy_words_of(tell.text, tell.line);
    uint32_t seconds;
    policy_words_next(&words, &emergency->tell);
    if (!policy_words_is_name(emergency->tell) || !policy_words_take(&words, "within") ||
        !policy_words_window(&words, &seconds) || !policy_words_end(&words)) {
        return policy_load_fault(load, "E01", tell,
                                 "who is told is written `data-protection-lead within 1 hour`");
    }
    emergency->tell_min = seconds / MINUTE_S;
    words = policy_words_of(check.text, check.line);
    bool good = policy_words_take(&words, "within") &&
                policy_words_number(&words, CHECK_MAX_DAYS, &emergency->check_days) &&
                emergency->check_days > 0 && policy_words_take(&words, "working") &&
                (policy_words_take(&words, "days") || policy_words_take(&words, "day")) &&
                policy_words_end(&words);
    return good ? LG_OK
                : policy_load_fault(load, "E01", check,
                                    "the check is written `within 3 working days`");
}

/* "5 per person in 1 day". */
static struct lg_err load_at_most(struct load *load, struct value value,
                                  struct policy_rate *out_rate) {
    struct words words = policy_words_of(value.text, value.line);
    if (!policy_words_number(&words, 1000, &out_rate->count) || out_rate->count == 0 ||
        !policy_words_take(&words, "per") || !policy_words_take(&words, "person") ||
        !policy_words_take(&words, "in") || !policy_words_window(&words, &out_rate->window_s) ||
        !policy_words_end(&words)) {
        return policy_load_fault(load, "E01", value,
                                 "the most that are allowed is written `5 per person in 1 day`");
    }
    return LG_OK;
}

static struct lg_err load_sets_aside(struct load *load, struct value value,
                                     struct emergency *emergency) {
    static const char *const choices[] = {"missing consent", "hours", "limit", "review", NULL};
    bool *const flags[] = {&emergency->sets_aside_consent, &emergency->sets_aside_hours,
                           &emergency->sets_aside_limit, &emergency->sets_aside_review};
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    while (policy_words_item(&words, &item.text)) {
        uint32_t index = 0;
        item.line = words.line;
        TRY(policy_value_choice(load, item, choices, &index));
        if (*flags[index]) {
            return policy_load_fault(load, "E01", item, "`%s` is listed twice", choices[index]);
        }
        *flags[index] = true;
    }
    return LG_OK;
}

static void cover_within(const struct policy *policy, struct bits *purposes) {
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        for (uint32_t at = i; at != POLICY_NO16; at = policy->purposes[at].parent) {
            if (policy_bits_has(purposes, at)) {
                policy_bits_add(purposes, i);
            }
        }
    }
}

/* Who may set a refusal aside must be able to declare in the first place. */
static struct lg_err check_refusal(struct load *load, const struct value *values,
                                   const struct emergency *emergency) {
    const struct policy *policy = load->policy;
    struct value value = values[EMERGENCY_REFUSAL_BY];
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    if (!emergency->sets_aside_consent) {
        return policy_load_fault(load, "E13", value,
                                 "a refusal can be set aside only where `missing consent` can");
    }
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        if (policy_bits_has(&emergency->refusal_by, i) &&
            !policy_bits_has(&emergency->declared_by, i)) {
            const struct policy_role *role = &policy->roles[i].shown;
            return policy_load_fault(load, "E13", value,
                                     "`%.*s/%.*s` may set a refusal aside but not declare",
                                     (int)role->party.len, (const char *)role->party.ptr,
                                     (int)role->id.len, (const char *)role->id.ptr);
        }
    }
    return LG_OK;
}

static struct lg_err load_who(struct load *load, const struct value *values,
                              struct emergency *emergency) {
    struct policy *policy = load->policy;
    struct list_of purposes = {&policy->purpose_names, "a purpose of this agreement"};
    TRY(policy_list_roles(load, values[EMERGENCY_DECLARED_BY], &emergency->declared_by));
    TRY(policy_list_roles(load, values[EMERGENCY_REFUSAL_BY], &emergency->refusal_by));
    TRY(policy_list_bits(load, values[EMERGENCY_PURPOSE], purposes, &emergency->purposes));
    cover_within(policy, &emergency->purposes);
    return check_refusal(load, values, emergency);
}

static struct lg_err load_emergency(struct load *load, const struct value *values,
                                    struct emergency *emergency) {
    const struct names *bases = &load->policy->basis_names;
    uint32_t basis = 0;
    uint32_t second = POLICY_NO16;
    TRY(policy_load_past(load, load_sets_aside(load, values[EMERGENCY_SETS_ASIDE], emergency)));
    TRY(policy_load_past(load, load_who(load, values, emergency)));
    TRY(policy_load_past(load, policy_value_name(load, values[EMERGENCY_BASIS], bases,
                                                 "a basis of this agreement", &basis)));
    TRY(policy_load_past(load, policy_value_name(load, values[EMERGENCY_BASIS_FOR_REFUSAL], bases,
                                                 "a basis of this agreement", &second)));
    emergency->basis = (uint16_t)basis;
    emergency->basis_for_refusal = (uint16_t)second;
    TRY(policy_load_past(load,
                         policy_list_names(load, values[EMERGENCY_REASONS], &emergency->reasons)));
    TRY(policy_load_past(
        load, load_rationale(load, values[EMERGENCY_RATIONALE], &emergency->rationale_min)));
    TRY(policy_load_past(load, load_lasts(load, values[EMERGENCY_LASTS], &emergency->lasts_min)));
    TRY(policy_load_past(load, load_tell(load, values, emergency)));
    TRY(load_at_most(load, values[EMERGENCY_AT_MOST], &emergency->at_most));
    return policy_load_allowance(load, values, emergency);
}

struct lg_err policy_load_emergencies(struct load *load) {
    struct policy *policy = load->policy;
    uint32_t next = 0;
    policy->emergencies =
        arena_array(policy->arena, policy->emergency_names.count, sizeof *policy->emergencies);
    if (policy->emergencies == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        struct value values[SETTINGS_MAX];
        if (load->kinds[i] != SECTION_EMERGENCY) {
            continue;
        }
        policy_section_values(load, i, values);
        policy->emergencies[next].id = load->doc.sections[i].head;
        policy->emergencies[next].line = load->doc.sections[i].line;
        TRY(policy_load_past(load, load_emergency(load, values, &policy->emergencies[next])));
        next++;
    }
    return LG_OK;
}

static struct lg_err load_promise_head(struct load *load, const struct doc_section *section,
                                       struct promise *promise) {
    static const char *const kinds[] = {"never", "always", NULL};
    struct words words = policy_words_of(section->head, section->line);
    struct value kind = {.line = section->line};
    uint32_t index = 0;
    if (!policy_words_next(&words, &promise->id) || !policy_words_is_clause_id(promise->id) ||
        !policy_words_next(&words, &kind.text) || !policy_words_end(&words)) {
        return policy_load_stop(load, section->line,
                                "a promise is written `promise ID never` or `always`");
    }
    TRY(policy_value_choice(load, kind, kinds, &index));
    promise->kind = index == 0 ? PROMISE_NEVER : PROMISE_ALWAYS;
    promise->line = section->line;
    return LG_OK;
}

static struct lg_err load_promise(struct load *load, const struct value *values,
                                  struct promise *promise) {
    static const char *const withouts[] = {"consent", NULL};
    static const char *const unlesses[] = {"emergency", NULL};
    struct list_of purposes = {&load->policy->purpose_names, "a purpose of this agreement"};
    struct value from = values[PROMISE_FROM];
    uint32_t without = UINT32_MAX;
    uint32_t unless = UINT32_MAX;
    if (from.text.ptr == NULL) {
        from = (struct value){span_text("any"), promise->line};
    }
    TRY(policy_list_targets(load, values[PROMISE_WHO], &promise->who));
    TRY(policy_list_data(load, values[PROMISE_SEES], &promise->sees));
    TRY(policy_list_parties(load, from, &promise->from_any, &promise->from));
    promise->any_purpose = values[PROMISE_FOR].text.ptr == NULL;
    TRY(policy_list_bits(load, values[PROMISE_FOR], purposes, &promise->purposes));
    cover_within(load->policy, &promise->purposes);
    TRY(policy_value_choice(load, values[PROMISE_WITHOUT], withouts, &without));
    TRY(policy_value_choice(load, values[PROMISE_UNLESS], unlesses, &unless));
    promise->without_consent = without == 0;
    promise->unless_emergency = unless == 0;
    if (promise->kind == PROMISE_ALWAYS && (without == 0 || unless == 0)) {
        return policy_load_stop(load, promise->line,
                                "`without` and `unless` belong to `never` promises");
    }
    return LG_OK;
}

struct lg_err policy_load_promises(struct load *load) {
    struct policy *policy = load->policy;
    uint32_t count = policy_sections_count(load, SECTION_PROMISE);
    if (count > LIMIT_POLICY_PROMISES) {
        return policy_load_fault(load, "E00", policy_on_line(0), "more than %d promises",
                                 LIMIT_POLICY_PROMISES);
    }
    policy->promises = arena_array(policy->arena, count, sizeof *policy->promises);
    if (policy->promises == NULL) {
        return policy_no_memory();
    }
    struct names names;
    TRY(policy_names_init(&names, count, policy->arena));
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        struct value values[SETTINGS_MAX];
        if (load->kinds[i] != SECTION_PROMISE) {
            continue;
        }
        struct promise *promise = &policy->promises[policy->promise_count++];
        policy_section_values(load, i, values);
        TRY(policy_load_past(load, load_promise_head(load, &load->doc.sections[i], promise)));
        TRY(policy_load_past(load, load_promise(load, values, promise)));
        policy_names_add(&names, promise->id, promise->line);
    }
    const struct names_entry *twice = policy_names_seal(&names);
    if (twice != NULL) {
        return policy_load_fault(load, "E01", (struct value){twice->text, twice->line},
                                 "promise `%.*s` is defined twice", (int)twice->text.len,
                                 (const char *)twice->text.ptr);
    }
    return LG_OK;
}
