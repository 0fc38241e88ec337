/* SPDX-License-Identifier: Apache-2.0 */
/* Reading sections into the compiled form, inside policy/ only. */
#ifndef POLICY_LOAD_LOAD_H
#define POLICY_LOAD_LOAD_H

#include "policy/policy_int.h"
#include "policy/text/doc.h"
#include "policy/text/words.h"

enum section_kind {
    SECTION_ISA,
    SECTION_AGREEMENT,
    SECTION_PARTY,
    SECTION_ROLE,
    SECTION_PURPOSE,
    SECTION_BASIS,
    SECTION_CATEGORY,
    SECTION_GENERALISE,
    SECTION_HOURS,
    SECTION_LIMIT,
    SECTION_DEFAULTS,
    SECTION_SHARE,
    SECTION_NEVER,
    SECTION_ENROL,
    SECTION_EMERGENCY,
    SECTION_PROMISE,
    SECTION_END,
    SECTION_KINDS,
};

/* Settings of each kind, in the order of the tables in sections.c. */
enum {
    AGREEMENT_TITLE,
    AGREEMENT_VERSION,
    AGREEMENT_REPLACES,
    AGREEMENT_IN_FORCE,
    AGREEMENT_REVIEW_DUE,
    AGREEMENT_REVIEW_GRACE,
    AGREEMENT_TIME_ZONE,
    AGREEMENT_LEAD,
    AGREEMENT_SIGNATURES,
    AGREEMENT_ASSESSMENT,
    AGREEMENT_CONTACT,
    AGREEMENT_NOTICE,
    AGREEMENT_LAW
};
enum {
    PARTY_NAME,
    PARTY_LEGAL_ENTITY,
    PARTY_PUBLIC,
    PARTY_COMPETENT,
    PARTY_JOINT,
    PARTY_SIGNS_AS,
    PARTY_KEY,
    PARTY_EXISTENCE,
    PARTY_LOOK_UP,
    PARTY_BODY
};
enum { ROLE_TRAINING, ROLE_HOLDERS };
enum {
    PURPOSE_TITLE,
    PURPOSE_WITHIN,
    PURPOSE_DPV,
    PURPOSE_FUNCTION,
    PURPOSE_DIRECT_CARE,
    PURPOSE_SECONDARY_USE
};
enum {
    BASIS_TITLE,
    BASIS_KIND,
    BASIS_ARTICLE_6,
    BASIS_ARTICLE_9,
    BASIS_ARTICLE_10,
    BASIS_COVERS,
    BASIS_REASON,
    BASIS_GATEWAY,
    BASIS_FUNCTION
};
enum {
    CATEGORY_TITLE,
    CATEGORY_CLASS,
    CATEGORY_HELD_BY,
    CATEGORY_FIELDS,
    CATEGORY_CONFIDENTIAL,
    CATEGORY_EXISTENCE,
    CATEGORY_PATIENT,
    CATEGORY_OPT_OUT,
    CATEGORY_RECEIVED_UNDER
};
enum { GENERALISE_TO };
enum { HOURS_OPEN, HOURS_CLOSED_ON };
enum { LIMIT_PER_PERSON, LIMIT_PER_AGENCY, LIMIT_PER_SUBJECT };
enum { DEFAULTS_HOURS, DEFAULTS_LIMIT, DEFAULTS_KEEP, DEFAULTS_ONWARD };
enum {
    SHARE_TITLE,
    SHARE_FROM,
    SHARE_TO,
    SHARE_PURPOSE,
    SHARE_BASIS,
    SHARE_RECEIVES_UNDER,
    SHARE_CONSENT,
    SHARE_CONSENT_IS,
    SHARE_REQUIRES,
    SHARE_ABOUT,
    SHARE_WHEN,
    SHARE_PASS,
    SHARE_GENERALISE,
    SHARE_PSEUDONYMISE,
    SHARE_AGGREGATE,
    SHARE_REDACT,
    SHARE_SMALLEST_GROUP,
    SHARE_HOURS,
    SHARE_LIMIT,
    SHARE_KEEP,
    SHARE_ONWARD,
    SHARE_DATA_FROM,
    SHARE_EXISTENCE,
    SHARE_TELLS_SOURCE,
    SHARE_RECORDED_BY,
    SHARE_CONSENT_SHOWN,
    SHARE_OBJECTION,
    SHARE_CONFIDENTIALITY
};
enum { NEVER_TITLE, NEVER_FROM, NEVER_TO, NEVER_PURPOSE, NEVER_DATA, NEVER_UNLESS };
enum {
    ENROL_TITLE,
    ENROL_FROM,
    ENROL_PEOPLE,
    ENROL_CLASSES,
    ENROL_BASIS,
    ENROL_KEEP,
    ENROL_ON_LEAVING
};
enum {
    EMERGENCY_DECLARED_BY,
    EMERGENCY_REFUSAL_BY,
    EMERGENCY_PURPOSE,
    EMERGENCY_BASIS,
    EMERGENCY_BASIS_FOR_REFUSAL,
    EMERGENCY_REASONS,
    EMERGENCY_RATIONALE,
    EMERGENCY_LASTS,
    EMERGENCY_SETS_ASIDE,
    EMERGENCY_TELL,
    EMERGENCY_CHECK,
    EMERGENCY_AT_MOST,
    EMERGENCY_REQUIRES,
    EMERGENCY_OVERDUE
};
enum { PROMISE_WHO, PROMISE_SEES, PROMISE_FROM, PROMISE_FOR, PROMISE_WITHOUT, PROMISE_UNLESS };
enum { END_ON_LEAVING, END_ON_EXPIRY };

/* Most settings that one kind of section has. */
enum { SETTINGS_MAX = 32 };

/* ptr NULL: the setting is absent. */
struct value {
    struct span text;
    uint32_t line;
};

struct load {
    struct policy *policy;
    struct diag *diag;
    struct policy_findings *findings; /* NULL: the first fault ends the load */
    struct doc doc;
    bool is_floor;
    enum section_kind *kinds; /* of each section */
    /* What clauses fall back to; POLICY_NO16 and zero where the defaults are silent. */
    uint16_t default_hours;
    uint16_t default_limit;
    uint32_t default_keep_days;
    struct onward default_onward;
    /* Work of table and proofs so far, held against LIMIT_POLICY_STEPS: a small text of wildcards
     * must not cost minutes. */
    uint64_t steps;
};

/* Counts work; stops the load where there is too much. */
LG_MUST_USE struct lg_err policy_load_steps(struct load *load, uint64_t steps);

/* Fills the diag, adds a finding where several are wanted, and gives CONFIG POLICY_TEXT_WRONG.
 * The place is that of the first character of where.text if it lies in the text, else where.line.
 */
LG_MUST_USE struct lg_err policy_load_fault(struct load *load, const char *code, struct value where,
                                            const char *format, ...) LG_PRINTF(4, 5);
/* E01 of a line as a whole; 0: of the text as a whole. */
LG_MUST_USE struct lg_err policy_load_stop(struct load *load, uint32_t line, const char *format,
                                           ...) LG_PRINTF(3, 4);
static inline struct value policy_at_datum(const struct datum *datum) {
    return (struct value){{.ptr = datum->at}, datum->line};
}
static inline struct value policy_on_line(uint32_t line) {
    return (struct value){.line = line};
}
/* Where several findings are wanted: LG_OK for a fault that was noted, so that the load goes on
 * with what does not depend on what failed. Else err as it is. */
LG_MUST_USE struct lg_err policy_load_past(const struct load *load, struct lg_err err);
/* CONFIG where anything was found so far: what comes next needs a sound text. */
LG_MUST_USE struct lg_err policy_load_barrier(const struct load *load);
/* "`WORD` is not WHAT; did you mean `NEAREST`?" with the nearest of `names`. */
LG_MUST_USE struct lg_err policy_load_unknown(struct load *load, struct value word,
                                              const char *what, const struct names *names);
/* The same with the nearest of a NULL-terminated list. */
LG_MUST_USE struct lg_err policy_load_unknown_of(struct load *load, struct value word,
                                                 const char *what, const char *const *list);

/* Finds the kind of every section; unknown and repeated ones stop the load. */
LG_MUST_USE struct lg_err policy_sections_classify(struct load *load);
/* The settings of a kind of section in the order of the language; NULL behind the last. */
const char *policy_setting_name(enum section_kind kind, size_t index);
/* Unknown, repeated, empty and missing settings of all sections: as many findings as there are,
 * before any value is looked at. */
LG_MUST_USE struct lg_err policy_sections_check(struct load *load);
/* How many sections are of this kind. */
uint32_t policy_sections_count(const struct load *load, enum section_kind kind);
/* The settings of section `index` by their number. The sections were checked. */
void policy_section_values(const struct load *load, uint32_t index,
                           struct value out_values[static SETTINGS_MAX]);

/* Values. An absent optional value leaves *out as it is. */
LG_MUST_USE struct lg_err policy_value_choice(struct load *load, struct value value,
                                              const char *const *choices, uint32_t *out_index);
LG_MUST_USE struct lg_err policy_value_flag(struct load *load, struct value value, bool *out_flag);
LG_MUST_USE struct lg_err policy_value_number(struct load *load, struct value value, uint32_t max,
                                              uint32_t *out_number);
/* "90 days", "2 weeks": in days. */
LG_MUST_USE struct lg_err policy_value_days(struct load *load, struct value value,
                                            uint32_t *out_days);
/* Never absent. */
LG_MUST_USE struct lg_err policy_value_day(struct load *load, struct value value, int32_t *out_day);
/* "30 in 1 hour". */
LG_MUST_USE struct lg_err policy_value_rate(struct load *load, struct value value,
                                            struct policy_rate *out_rate);
/* N and a unit from minutes to weeks, in seconds; false where it is not written so. */
bool policy_words_window(struct words *words, uint32_t *out_s);
LG_MUST_USE struct lg_err policy_value_existence(struct load *load, struct value value,
                                                 enum policy_existence *out_existence);
/* Free text on one line. */
LG_MUST_USE struct lg_err policy_value_text(struct load *load, struct value value,
                                            struct span *out_text);
/* One known name. */
LG_MUST_USE struct lg_err policy_value_name(struct load *load, struct value value,
                                            const struct names *names, const char *what,
                                            uint32_t *out_index);

/* Lists. Every one refuses empty and repeated items. */
struct list_of {
    const struct names *names;
    const char *what; /* "a purpose of this agreement" */
};
LG_MUST_USE struct lg_err policy_list_bits(struct load *load, struct value value,
                                           struct list_of known, struct bits *out_bits);
/* The same with `any`, which sets *out_any and every bit. */
LG_MUST_USE struct lg_err policy_list_parties(struct load *load, struct value value, bool *out_any,
                                              struct bits *out_bits);
LG_MUST_USE struct lg_err policy_list_targets(struct load *load, struct value value,
                                              struct targets *out_targets);
LG_MUST_USE struct lg_err policy_list_roles(struct load *load, struct value value,
                                            struct bits *out_roles);
/* What prohibitions and promises are about: fields, CATEGORY.*, or `any`. */
LG_MUST_USE struct lg_err policy_list_data(struct load *load, struct value value,
                                           struct data *out_data);
/* One field or CATEGORY.*. */
LG_MUST_USE struct lg_err policy_datum_find(struct load *load, struct value word,
                                            struct datum *out_datum);
/* Free names (reasons, populations). */
LG_MUST_USE struct lg_err policy_list_names(struct load *load, struct value value,
                                            struct span_list *out_list);
uint32_t policy_list_count(struct value value);

/* Readers of whole kinds. */
LG_MUST_USE struct lg_err policy_load_agreement(struct load *load);
LG_MUST_USE struct lg_err policy_load_names(struct load *load);
LG_MUST_USE struct lg_err policy_load_hours(struct load *load);
LG_MUST_USE struct lg_err policy_load_defaults(struct load *load);
/* Clauses from section order, appended at policy->clause_count. */
LG_MUST_USE struct lg_err policy_load_clauses(struct load *load);
LG_MUST_USE struct lg_err policy_load_share(struct load *load, const struct value *values,
                                            struct clause *clause);
/* `requires` and `overdue reviews` of an emergency. */
LG_MUST_USE struct lg_err policy_load_allowance(struct load *load, const struct value *values,
                                                struct emergency *emergency);
/* What ties the agreement to the law. `law` NULL: none at hand. First of all readers. */
LG_MUST_USE struct lg_err policy_load_law(struct load *load, const struct policy_register *law);
LG_MUST_USE struct lg_err policy_load_party_law(struct load *load, const struct value *values,
                                                struct party_law *out);
LG_MUST_USE struct lg_err policy_load_purpose_law(struct load *load, const struct value *values,
                                                  struct purpose_law *out);
LG_MUST_USE struct lg_err policy_load_basis_law(struct load *load, const struct value *values,
                                                struct basis_law *out);
/* Once the class of the category is known. */
LG_MUST_USE struct lg_err policy_load_category_law(struct load *load, const struct value *values,
                                                   struct category *category);
LG_MUST_USE struct lg_err policy_load_clause_law(struct load *load, const struct value *values,
                                                 struct clause_law *out);
/* Gives purposes what those above them say; their parents must be known, and in no ring. */
void policy_law_inherit(struct policy *policy);
LG_MUST_USE struct lg_err policy_load_emergencies(struct load *load);
LG_MUST_USE struct lg_err policy_load_promises(struct load *load);
LG_MUST_USE struct lg_err policy_load_onward(struct load *load, struct value value,
                                             struct onward *out_onward);
/* The E-rules of the design that need the whole agreement. */
LG_MUST_USE struct lg_err policy_check_all(struct load *load);
/* Rows. */
LG_MUST_USE struct lg_err policy_table_build(struct load *load);
/* E11. */
LG_MUST_USE struct lg_err policy_promises_check(struct load *load);

#endif
