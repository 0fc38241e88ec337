/* SPDX-License-Identifier: Apache-2.0 */
/* One provision of a register. */
#include "policy/register/register_int.h"
#include "policy/text/words.h"

static const char *const kind_names[] = {"duty",      "power",      "basis", "condition",
                                         "exemption", "no gateway", NULL};
static const char *const yes_no[] = {"no", "yes", NULL};

const char *policy_register_kind_name(enum policy_register_kind kind) {
    return kind_names[kind - POLICY_REGISTER_DUTY];
}

static struct lg_err read_texts(struct register_reader *reader, const struct register_value *values,
                                struct policy_register_entry *shown) {
    TRY(policy_register_text_of(reader, values[ENTRY_TITLE], &shown->title));
    TRY(policy_register_text_of(reader, values[ENTRY_STATUTE], &shown->statute));
    TRY(policy_register_text_of(reader, values[ENTRY_SECTION], &shown->section));
    TRY(policy_register_text_of(reader, values[ENTRY_SOURCE], &shown->source));
    TRY(policy_register_text_of(reader, values[ENTRY_NOTE], &shown->note));
    return policy_register_text_of(reader, values[ENTRY_CHECKED_BY], &shown->checked_by);
}

static struct lg_err read_check(struct register_reader *reader, const struct register_value *values,
                                struct policy_register_entry *shown) {
    struct register_value by = values[ENTRY_CHECKED_BY];
    struct register_value on = values[ENTRY_CHECKED_ON];
    if ((by.text.ptr == NULL) != (on.text.ptr == NULL)) {
        return policy_register_stop(reader, by.text.ptr == NULL ? on : by,
                                    "`checked by` and `checked on` need each other");
    }
    TRY(policy_register_date(reader, on, &shown->checked_day));
    if (by.text.ptr != NULL && shown->checked_day > reader->out->day) {
        return policy_register_stop(reader, on, "the entry was checked after the edition's date");
    }
    return LG_OK;
}

static struct lg_err read_flags(struct register_reader *reader, const struct register_value *values,
                                struct register_entry *entry) {
    static const char *const confidence[] = {"kept", "lifted", NULL};
    static const char *const objection[] = {"noted", "refers", NULL};
    TRY(policy_register_flag(reader, values[ENTRY_NEEDS_AGREEMENT], yes_no,
                             &entry->needs_agreement));
    TRY(policy_register_flag(reader, values[ENTRY_CONFIDENCE], confidence,
                             &entry->lifts_confidence));
    TRY(policy_register_flag(reader, values[ENTRY_OBJECTION], objection, &entry->objection_refers));
    TRY(policy_register_flag(reader, values[ENTRY_HOLDER], yes_no, &entry->holder_may_withhold));
    TRY(policy_register_flag(reader, values[ENTRY_AGGREGATES], yes_no, &entry->aggregates_only));
    return policy_register_flag(reader, values[ENTRY_GENERAL], yes_no, &entry->is_general);
}

static struct lg_err read_commencement(struct register_reader *reader, struct register_value value,
                                       struct policy_register_entry *shown) {
    shown->is_commenced = !span_equal_text(value.text, "not yet");
    return shown->is_commenced ? policy_register_date(reader, value, &shown->in_force_day) : LG_OK;
}

/* What only a duty or a power has. */
static struct lg_err read_scope(struct register_reader *reader, const struct register_value *values,
                                struct register_entry *entry) {
    TRY(policy_register_bodies(reader, values[ENTRY_FROM], &entry->from));
    TRY(policy_register_bodies(reader, values[ENTRY_TO], &entry->to));
    TRY(policy_register_functions(reader, values[ENTRY_FUNCTIONS], &entry->functions));
    TRY(policy_register_bodies(reader, values[ENTRY_EXCEPT_FROM], &entry->except_from));
    TRY(policy_register_data(reader, values[ENTRY_EXCEPT_DATA], &entry->except_data));
    TRY(policy_register_functions(reader, values[ENTRY_USE_ONLY_FOR], &entry->use_only_for));
    TRY(read_flags(reader, values, entry));
    return read_commencement(reader, values[ENTRY_IN_FORCE], &entry->shown);
}

static struct lg_err check_scope(struct register_reader *reader, const struct doc_section *section,
                                 const struct register_value *values, bool is_gateway) {
    static const int needed[] = {ENTRY_FROM, ENTRY_TO, ENTRY_FUNCTIONS, ENTRY_IN_FORCE};
    static const char *const names[] = {"from", "to", "functions", "in force from"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (is_gateway && values[needed[i]].text.ptr == NULL) {
            struct register_value at = {section->head, section->line};
            return policy_register_stop(reader, at, "a duty or power needs `%s`", names[i]);
        }
    }
    for (int i = ENTRY_FROM; i <= ENTRY_IN_FORCE; i++) {
        if (!is_gateway && values[i].text.ptr != NULL) {
            return policy_register_stop(reader, values[i],
                                        "only a duty or a power has this setting");
        }
    }
    return LG_OK;
}

struct lg_err policy_register_entry_read(struct register_reader *reader,
                                         const struct doc_section *section,
                                         const struct register_value *values,
                                         struct register_entry *entry) {
    uint32_t kind = 0;
    entry->shown.id = section->head;
    entry->shown.line = section->line;
    TRY(read_texts(reader, values, &entry->shown));
    TRY(policy_register_choice(reader, values[ENTRY_KIND], kind_names, &kind));
    entry->shown.kind = (enum policy_register_kind)(kind + POLICY_REGISTER_DUTY);
    TRY(read_check(reader, values, &entry->shown));
    TRY(check_scope(reader, section, values, register_is_gateway(entry)));
    return register_is_gateway(entry) ? read_scope(reader, values, entry) : LG_OK;
}
