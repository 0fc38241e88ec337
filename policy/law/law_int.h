/* SPDX-License-Identifier: Apache-2.0 */
/* What the law has to do with the parts of an agreement, compiled; inside policy/ only. Words of
 * the register are bits of its bodies and functions. All of it is zero where the text says nothing,
 * and what needs a register is zero without one. */
#ifndef POLICY_LAW_LAW_INT_H
#define POLICY_LAW_LAW_INT_H

#include "policy/register/register_int.h"

enum law_flag { LAW_UNSET, LAW_NO, LAW_YES };

struct party_law {
    uint64_t bodies;
    bool is_care; /* health or social care */
};

/* Each as the nearest purpose that says something has it. */
struct purpose_law {
    uint64_t functions;
    enum law_flag direct_care;
    enum law_flag secondary_use;
};

struct basis_law {
    struct span article6;
    struct span article9;
    struct span article10;
    uint64_t functions; /* for purposes that name none */
    uint8_t entries[LIMIT_REGISTER_CITED];
    uint8_t entry_count;
};

/* entry numbers are places in the register, POLICY_NO16 where there is none. */
struct category_law {
    bool is_patient;
    bool says_patient; /* `patient information` is stated, yes or no */
    bool has_opt_out;  /* at most opt_out_days old */
    bool is_exempt;    /* opt-out: none */
    uint32_t opt_out_days;
    uint16_t received_under;
    uint8_t kinds; /* bit 1 << enum register_data */
};

struct clause_law {
    uint32_t routes;      /* bit 1 << enum policy_confidence */
    struct span approval; /* with section 251 */
    bool objection_refers;
    bool requires_statement;
    bool requires_necessity;
    uint64_t receives; /* bases of the recipient; 0: the same as the source's */
};

#endif
