/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses: share, never and enrol. */
#include "policy/load/load.h"

enum { GROUP_MIN = 5, GROUP_MAX = 1000000 };

/* Gives every datum that was just read the next arm, one for fields and one for categories. */
struct treat {
    enum treatment treatment;
    uint16_t rule;
};

static bool same_arm(const struct arm *arm, const struct treat *treat, bool is_category) {
    return arm->treatment == treat->treatment && arm->rule == treat->rule &&
           arm->is_category == is_category;
}

/* The arm of this clause (the newest) with this treatment; made where there is none yet. */
static struct lg_err arm_of(struct load *load, uint32_t first_arm, struct treat treat,
                            struct datum *datum) {
    struct policy *policy = load->policy;
    bool is_category = datum->kind == DATA_CATEGORY;
    for (uint32_t i = first_arm; i < policy->arm_count; i++) {
        if (same_arm(&policy->arms[i], &treat, is_category)) {
            datum->arm = (uint16_t)i;
            return LG_OK;
        }
    }
    if (policy->arm_count == LIMIT_POLICY_ARMS) {
        return policy_load_fault(load, "E00", policy_at_datum(datum),
                                 "more than %d clauses and treatments", LIMIT_POLICY_ARMS);
    }
    datum->arm = (uint16_t)policy->arm_count;
    policy->arms[policy->arm_count++] = (struct arm){
        .clause = (uint16_t)policy->clause_count,
        .rule = treat.rule,
        .treatment = (uint8_t)treat.treatment,
        .is_category = is_category,
    };
    return LG_OK;
}

/* A clause that treats one field in two ways says nothing. */
static struct lg_err add_datum(struct load *load, struct data *data, struct datum datum,
                               struct value item) {
    TRY(policy_load_steps(load, data->count));
    for (uint32_t i = 0; i < data->count; i++) {
        if (data->items[i].kind == datum.kind && data->items[i].index == datum.index) {
            return policy_load_fault(load, "E01", item, "`%.*s` is treated twice in this clause",
                                     (int)item.text.len, (const char *)item.text.ptr);
        }
    }
    data->items[data->count++] = datum;
    return LG_OK;
}

/* "FIELD by RULE" where the treatment is generalise, else "FIELD". */
static struct lg_err read_datum(struct load *load, struct value item, struct treat *treat,
                                struct datum *out_datum) {
    struct words words = policy_words_of(item.text, item.line);
    struct value word = {.line = item.line};
    struct value rule = {.line = item.line};
    bool good = policy_words_next(&words, &word.text);
    if (treat->treatment == TREATMENT_GENERALISE) {
        uint32_t index = 0;
        good = good && policy_words_take(&words, "by") && policy_words_next(&words, &rule.text);
        if (!good || !policy_words_end(&words)) {
            return policy_load_fault(load, "E01", item, "generalise is written `FIELD by RULE`");
        }
        TRY(policy_value_name(load, rule, &load->policy->rule_names,
                              "a generalise section of this agreement", &index));
        treat->rule = (uint16_t)index;
    }
    if (!good || !policy_words_end(&words)) {
        return policy_load_fault(load, "E01", item, "a list of fields has commas between them");
    }
    return policy_datum_find(load, word, out_datum);
}

static struct lg_err read_item(struct load *load, uint32_t first_arm, struct treat *treat,
                               struct value item, struct clause *clause) {
    struct datum datum;
    TRY(read_datum(load, item, treat, &datum));
    TRY(arm_of(load, first_arm, *treat, &datum));
    return add_datum(load, &clause->data, datum, item);
}

static struct lg_err read_treatment(struct load *load, struct value value, enum treatment treatment,
                                    struct clause *clause) {
    uint32_t first_arm = load->policy->arm_count;
    while (first_arm > 0 &&
           load->policy->arms[first_arm - 1].clause == load->policy->clause_count) {
        first_arm--;
    }
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    while (policy_words_item(&words, &item.text)) {
        struct treat treat = {.treatment = treatment, .rule = POLICY_NO16};
        item.line = words.line;
        TRY(policy_load_past(load, read_item(load, first_arm, &treat, item, clause)));
    }
    return LG_OK;
}

static struct lg_err load_treatments(struct load *load, const struct value *values,
                                     struct clause *clause) {
    static const struct {
        int setting;
        enum treatment treatment;
    } all[] = {
        {SHARE_PASS, TREATMENT_PASS},
        {SHARE_GENERALISE, TREATMENT_GENERALISE},
        {SHARE_PSEUDONYMISE, TREATMENT_PSEUDONYMISE},
        {SHARE_AGGREGATE, TREATMENT_AGGREGATE},
        {SHARE_REDACT, TREATMENT_REDACT},
    };
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        count += policy_list_count(values[all[i].setting]);
    }
    if (count == 0) {
        return policy_load_stop(load, clause->shown.line,
                                "the clause names no field to pass, generalise, pseudonymise, "
                                "aggregate or redact");
    }
    clause->data.items = arena_array(load->policy->arena, count, sizeof *clause->data.items);
    if (clause->data.items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        TRY(read_treatment(load, values[all[i].setting], all[i].treatment, clause));
    }
    return LG_OK;
}

/* E09. */
static struct lg_err load_group(struct load *load, const struct value *values,
                                struct clause *clause) {
    struct value value = values[SHARE_SMALLEST_GROUP];
    bool aggregates = values[SHARE_AGGREGATE].text.ptr != NULL;
    if (aggregates != (value.text.ptr != NULL)) {
        return policy_load_fault(load, "E09", aggregates ? values[SHARE_AGGREGATE] : value,
                                 "`aggregate` and `smallest group` need each other");
    }
    TRY(policy_value_number(load, value, GROUP_MAX, &clause->group_min));
    if (aggregates && clause->group_min < GROUP_MIN) {
        return policy_load_fault(load, "E09", value, "the smallest group is at least %d",
                                 GROUP_MIN);
    }
    return LG_OK;
}

static struct lg_err load_bases(struct load *load, struct value value, uint64_t *out_bases) {
    struct list_of known = {&load->policy->basis_names, "a basis of this agreement"};
    struct bits bits;
    TRY(policy_list_bits(load, value, known, &bits));
    /* None where nothing is listed and no basis defined: a check goes on after faults. */
    *out_bases = bits.size == 0 ? 0 : bits.words[0];
    return LG_OK;
}

static struct lg_err load_consent(struct load *load, const struct value *values,
                                  struct clause *clause) {
    static const char *const rules[] = {"not needed", "required", "required unless emergency",
                                        NULL};
    static const char *const meanings[] = {"lawful basis", "confidentiality", "service", NULL};
    static const char *const recorders[] = {"source", "either", "not the asker alone", NULL};
    uint32_t rule = 0;
    uint32_t meaning = UINT32_MAX;
    uint32_t recorder = UINT32_MAX;
    TRY(policy_value_choice(load, values[SHARE_CONSENT], rules, &rule));
    TRY(policy_value_choice(load, values[SHARE_CONSENT_IS], meanings, &meaning));
    TRY(policy_value_choice(load, values[SHARE_RECORDED_BY], recorders, &recorder));
    TRY(policy_value_flag(load, values[SHARE_CONSENT_SHOWN], &clause->consent_shown));
    clause->consent = (enum policy_consent_rule)(rule + POLICY_CONSENT_NOT_NEEDED);
    clause->consent_is =
        meaning == UINT32_MAX ? CONSENT_IS_UNSET : (enum consent_meaning)(meaning + 1);
    clause->recorder = recorder == UINT32_MAX
                           ? POLICY_RECORDER_ANY
                           : (enum policy_recorder)(recorder + POLICY_RECORDER_SOURCE);
    return LG_OK;
}

static struct lg_err load_requires(struct load *load, struct value value, struct clause *clause) {
    static const char *const choices[] = {
        "case reference", "reason for no consent", "second person", "necessity", "statement", NULL};
    bool *const flags[] = {&clause->requires_case, &clause->requires_reason,
                           &clause->requires_second, &clause->law.requires_necessity,
                           &clause->law.requires_statement};
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

static struct lg_err load_conditions(struct load *load, const struct value *values,
                                     struct clause *clause) {
    static const char *const subjects[] = {"anyone", "children", "adults", NULL};
    static const char *const whens[] = {"emergency", NULL};
    static const char *const tells[] = {"permit", "agency and purpose", "person asking too", NULL};
    uint32_t subject = 0;
    uint32_t when = UINT32_MAX;
    uint32_t tell = 0;
    TRY(load_requires(load, values[SHARE_REQUIRES], clause));
    TRY(policy_value_choice(load, values[SHARE_ABOUT], subjects, &subject));
    TRY(policy_value_choice(load, values[SHARE_WHEN], whens, &when));
    TRY(policy_value_choice(load, values[SHARE_TELLS_SOURCE], tells, &tell));
    TRY(policy_value_existence(load, values[SHARE_EXISTENCE], &clause->existence));
    clause->about = (enum subject_kind)subject;
    clause->when_emergency = when == 0;
    clause->tells = (enum policy_tells)(tell + POLICY_TELLS_PERMIT);
    return LG_OK;
}

/* A date, or "last 24 weeks". */
static struct lg_err load_data_from(struct load *load, struct value value, struct clause *clause) {
    struct words words = policy_words_of(value.text, value.line);
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    if (policy_words_take(&words, "last")) {
        struct value days = {policy_words_rest(&words), value.line};
        uint32_t count = 0;
        TRY(policy_value_days(load, days, &count));
        clause->data_from = DATA_FROM_LAST;
        clause->data_from_value = (int32_t)count;
        return LG_OK;
    }
    clause->data_from = DATA_FROM_DAY;
    return policy_value_day(load, value, &clause->data_from_value);
}

static struct lg_err load_overrides(struct load *load, const struct value *values,
                                    struct clause *clause) {
    struct policy *policy = load->policy;
    uint32_t hours = load->default_hours;
    uint32_t limit = load->default_limit;
    clause->keep_days = load->default_keep_days;
    clause->onward = load->default_onward;
    TRY(policy_value_name(load, values[SHARE_HOURS], &policy->hours_names,
                          "hours of this agreement", &hours));
    TRY(policy_value_name(load, values[SHARE_LIMIT], &policy->limit_names,
                          "a limit of this agreement", &limit));
    TRY(policy_value_days(load, values[SHARE_KEEP], &clause->keep_days));
    TRY(policy_load_onward(load, values[SHARE_ONWARD], &clause->onward));
    clause->hours = (uint16_t)hours;
    clause->limit = (uint16_t)limit;
    return load_data_from(load, values[SHARE_DATA_FROM], clause);
}

struct lg_err policy_load_share(struct load *load, const struct value *values,
                                struct clause *clause) {
    struct list_of purposes = {&load->policy->purpose_names, "a purpose of this agreement"};
    TRY(policy_load_past(
        load, policy_list_parties(load, values[SHARE_FROM], &clause->from_any, &clause->from)));
    TRY(policy_load_past(load, policy_list_targets(load, values[SHARE_TO], &clause->to)));
    TRY(policy_load_past(
        load, policy_list_bits(load, values[SHARE_PURPOSE], purposes, &clause->purposes)));
    TRY(policy_load_past(load, load_bases(load, values[SHARE_BASIS], &clause->bases)));
    TRY(policy_load_past(load,
                         load_bases(load, values[SHARE_RECEIVES_UNDER], &clause->law.receives)));
    TRY(policy_value_text(load, values[SHARE_RECEIVES_UNDER], &clause->receives_under));
    TRY(policy_load_past(load, load_consent(load, values, clause)));
    TRY(load_conditions(load, values, clause));
    TRY(policy_load_past(load, policy_load_clause_law(load, values, &clause->law)));
    TRY(policy_load_past(load, load_treatments(load, values, clause)));
    TRY(policy_load_past(load, load_group(load, values, clause)));
    return load_overrides(load, values, clause);
}

static struct lg_err load_never(struct load *load, const struct value *values,
                                struct clause *clause) {
    static const char *const unlesses[] = {"emergency", NULL};
    struct list_of purposes = {&load->policy->purpose_names, "a purpose of this agreement"};
    struct value from = values[NEVER_FROM];
    uint32_t unless = UINT32_MAX;
    if (from.text.ptr == NULL) {
        from = (struct value){span_text("any"), clause->shown.line};
    }
    TRY(policy_load_past(load, policy_list_parties(load, from, &clause->from_any, &clause->from)));
    TRY(policy_load_past(load, policy_list_targets(load, values[NEVER_TO], &clause->to)));
    clause->any_purpose = values[NEVER_PURPOSE].text.ptr == NULL;
    TRY(policy_load_past(
        load, policy_list_bits(load, values[NEVER_PURPOSE], purposes, &clause->purposes)));
    TRY(policy_load_past(load, policy_list_data(load, values[NEVER_DATA], &clause->data)));
    TRY(policy_value_choice(load, values[NEVER_UNLESS], unlesses, &unless));
    clause->unless_emergency = unless == 0;
    if (load->is_floor && clause->unless_emergency) {
        return policy_load_fault(load, "E01", values[NEVER_UNLESS],
                                 "a prohibition of the floor has no `unless`");
    }
    return LG_OK;
}

/* Letters of the token classes that the index holds. */
static struct lg_err load_classes(struct load *load, struct value value, uint32_t *out_classes) {
    static const char *const letters[] = {"N", "A", "C", "D", "E", NULL};
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    while (policy_words_item(&words, &item.text)) {
        uint32_t index = 0;
        item.line = words.line;
        TRY(policy_value_choice(load, item, letters, &index));
        if ((*out_classes >> (index + TOKEN_N) & 1U) != 0) {
            return policy_load_fault(load, "E01", item, "`%s` is listed twice", letters[index]);
        }
        *out_classes |= 1U << (index + TOKEN_N);
    }
    return LG_OK;
}

static struct lg_err load_enrol(struct load *load, const struct value *values,
                                struct clause *clause) {
    static const char *const leavings[] = {"delete", "return", NULL};
    uint32_t leaving = 0;
    TRY(policy_list_parties(load, values[ENROL_FROM], &clause->from_any, &clause->from));
    clause->people_all = policy_words_are(values[ENROL_PEOPLE].text, "all");
    TRY(policy_list_names(load, values[ENROL_PEOPLE], &clause->people));
    for (size_t i = 0; i < clause->people.count && !clause->people_all; i++) {
        if (span_equal_text(clause->people.items[i], "all")) {
            return policy_load_fault(load, "E01", values[ENROL_PEOPLE],
                                     "`all` stands alone, or name the populations");
        }
    }
    TRY(load_classes(load, values[ENROL_CLASSES], &clause->classes));
    TRY(load_bases(load, values[ENROL_BASIS], &clause->bases));
    TRY(policy_value_days(load, values[ENROL_KEEP], &clause->keep_days));
    TRY(policy_value_choice(load, values[ENROL_ON_LEAVING], leavings, &leaving));
    clause->return_on_leaving = leaving == 1;
    return LG_OK;
}

static struct lg_err load_clause(struct load *load, uint32_t section_index, struct clause *clause) {
    const struct doc_section *section = &load->doc.sections[section_index];
    enum section_kind kind = load->kinds[section_index];
    struct value values[SETTINGS_MAX];
    policy_section_values(load, section_index, values);
    struct words words = policy_words_of(section->head, section->line);
    policy_words_next(&words, &clause->shown.id);
    if (!policy_words_is_clause_id(clause->shown.id)) {
        return policy_load_stop(load, section->line,
                                "a clause is numbered with letters, digits, dots and hyphens");
    }
    clause->shown.line = section->line;
    clause->shown.is_floor = load->is_floor;
    clause->shown.is_never = kind == SECTION_NEVER;
    clause->shown.is_enrol = kind == SECTION_ENROL;
    clause->hours = POLICY_NO16;
    clause->limit = POLICY_NO16;
    /* The title is the first setting of all three kinds. */
    TRY(policy_value_text(load, values[SHARE_TITLE], &clause->shown.title));
    if (kind == SECTION_NEVER) {
        clause->kind = CLAUSE_NEVER;
        return load_never(load, values, clause);
    }
    if (kind == SECTION_ENROL) {
        clause->kind = CLAUSE_ENROL;
        return load_enrol(load, values, clause);
    }
    clause->kind = CLAUSE_SHARE;
    return policy_load_share(load, values, clause);
}

static bool is_clause(enum section_kind kind) {
    return kind == SECTION_SHARE || kind == SECTION_NEVER || kind == SECTION_ENROL;
}

struct lg_err policy_load_clauses(struct load *load) {
    struct policy *policy = load->policy;
    struct names names;
    TRY(policy_names_init(&names, load->doc.section_count, policy->arena));
    for (uint32_t i = 0; i < load->doc.section_count; i++) {
        if (!is_clause(load->kinds[i])) {
            continue;
        }
        struct clause *clause = &policy->clauses[policy->clause_count];
        TRY(policy_load_past(load, load_clause(load, i, clause)));
        policy_names_add(&names, clause->shown.id, clause->shown.line);
        policy->clause_count++;
    }
    const struct names_entry *twice = policy_names_seal(&names);
    if (twice != NULL) {
        return policy_load_fault(load, "E01", (struct value){twice->text, twice->line},
                                 "clause `%.*s` is defined twice", (int)twice->text.len,
                                 (const char *)twice->text.ptr);
    }
    if (!load->is_floor) {
        policy->clause_names = names;
    }
    return LG_OK;
}
