/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled register, inside policy/ only: sets of bodies and functions are bits of one word, so
 * that an entry is judged without a loop. */
#ifndef POLICY_REGISTER_REGISTER_INT_H
#define POLICY_REGISTER_REGISTER_INT_H

#include "gateway/base/limits_register.h"
#include "policy/register/register.h"
#include "policy/text/doc.h"
#include "policy/text/names.h"

/* Kinds of data that an entry may leave out; bit 1 << kind. */
enum register_data { REGISTER_DATA_PATIENT, REGISTER_DATA_SPECIAL, REGISTER_DATA_CRIMINAL };

/* `any` is every bit, those of no body included. */
#define REGISTER_ANY UINT64_MAX

struct register_entry {
    struct policy_register_entry shown;
    uint64_t from;
    uint64_t to;
    uint64_t functions;
    uint64_t except_from;
    uint64_t use_only_for; /* 0: no lock */
    uint8_t except_data;
    bool needs_agreement;
    bool lifts_confidence;
    bool objection_refers;
    bool holder_may_withhold;
    bool aggregates_only;
    bool is_general;
};

struct policy_register {
    struct arena *arena; /* NULL in the copy that an agreement owns */
    struct span text;
    struct span edition;
    struct span title;
    int32_t day;
    struct names body_names;
    uint64_t care_bodies; /* health or social care */
    struct names function_names;
    struct names entry_names;
    struct register_entry *entries;
};

static inline bool register_is_gateway(const struct register_entry *entry) {
    return entry->shown.kind == POLICY_REGISTER_DUTY || entry->shown.kind == POLICY_REGISTER_POWER;
}

static inline bool register_is_checked(const struct register_entry *entry) {
    return entry->shown.checked_by.len > 0;
}

/* Reads into an arena; *out_register is zeroed but for the arena. CONFIG, LIMIT as
 * policy_register_compile. */
LG_MUST_USE struct lg_err policy_register_read(struct span text, struct arena *arena,
                                               struct diag *diag,
                                               struct policy_register *out_register);

/* ---- the reader's two halves ---- */

struct register_value {
    struct span text; /* ptr NULL: absent */
    uint32_t line;
};

enum { REGISTER_SETTINGS_MAX = 24 };

struct register_reader {
    struct policy_register *out;
    struct arena *arena;
    struct diag *diag;
    struct doc doc;
    uint32_t *kinds; /* of each section, once they are known */
};

/* Settings of an entry, in the order of the table in read.c. */
enum {
    ENTRY_TITLE,
    ENTRY_STATUTE,
    ENTRY_SECTION,
    ENTRY_KIND,
    ENTRY_FROM,
    ENTRY_TO,
    ENTRY_FUNCTIONS,
    ENTRY_EXCEPT_FROM,
    ENTRY_EXCEPT_DATA,
    ENTRY_USE_ONLY_FOR,
    ENTRY_NEEDS_AGREEMENT,
    ENTRY_CONFIDENCE,
    ENTRY_OBJECTION,
    ENTRY_HOLDER,
    ENTRY_AGGREGATES,
    ENTRY_GENERAL,
    ENTRY_IN_FORCE,
    ENTRY_CHECKED_BY,
    ENTRY_CHECKED_ON,
    ENTRY_SOURCE,
    ENTRY_NOTE,
};

/* Fills the diag at the place of a word and gives CONFIG POLICY_TEXT_WRONG. */
LG_MUST_USE struct lg_err policy_register_stop(struct register_reader *reader,
                                               struct register_value where, const char *format, ...)
    LG_PRINTF(3, 4);
/* Values; an absent one leaves *out as it is. */
LG_MUST_USE struct lg_err policy_register_text_of(struct register_reader *reader,
                                                  struct register_value value,
                                                  struct span *out_text);
LG_MUST_USE struct lg_err policy_register_choice(struct register_reader *reader,
                                                 struct register_value value,
                                                 const char *const *choices, uint32_t *out_index);
LG_MUST_USE struct lg_err policy_register_flag(struct register_reader *reader,
                                               struct register_value value,
                                               const char *const *words, bool *out_flag);
LG_MUST_USE struct lg_err policy_register_date(struct register_reader *reader,
                                               struct register_value value, int32_t *out_day);
/* A list of names as bits; `any` where what->names is that of bodies. */
LG_MUST_USE struct lg_err policy_register_bodies(struct register_reader *reader,
                                                 struct register_value value, uint64_t *out_bits);
LG_MUST_USE struct lg_err policy_register_functions(struct register_reader *reader,
                                                    struct register_value value,
                                                    uint64_t *out_bits);
LG_MUST_USE struct lg_err policy_register_data(struct register_reader *reader,
                                               struct register_value value, uint8_t *out_kinds);
LG_MUST_USE struct lg_err policy_register_entry_read(struct register_reader *reader,
                                                     const struct doc_section *section,
                                                     const struct register_value *values,
                                                     struct register_entry *entry);

#endif
