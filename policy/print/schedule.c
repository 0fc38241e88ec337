/* SPDX-License-Identifier: Apache-2.0 */
/* The schedule of data items, and the record of processing: what is shared, item by item and clause
 * by clause. */
#include "policy/print/print_int.h"

/* ---- schedule ---- */

static bool names_field(const struct policy *policy, const struct datum *datum, uint32_t field) {
    return datum->kind == DATA_FIELD ? datum->index == field
                                     : datum->index == policy->fields[field].category;
}

static void put_setting(struct print *print, uint32_t section, const char *label,
                        const char *name) {
    struct span value = policy_print_setting(print, section, name);
    if (value.ptr != NULL) {
        policy_print_line(&print->out, 4, label, value);
    }
}

static void put_keep(struct print *print, const struct clause *clause) {
    if (clause->keep_days > 0) {
        policy_out_format(&print->out, "    keep: %u days\n", (unsigned)clause->keep_days);
    } else {
        policy_out_text(&print->out, "    keep: not stated\n");
    }
}

static void put_share(struct print *print, const struct clause *clause, const struct datum *datum) {
    struct span treatment = policy_print_treatment(print, datum);
    uint32_t section = policy_print_clause(print, &clause->shown);
    policy_out_format(&print->out, "  clause %.*s: %.*s\n", (int)clause->shown.id.len,
                      (const char *)clause->shown.id.ptr, (int)treatment.len,
                      (const char *)treatment.ptr);
    put_setting(print, section, "from:", "from");
    put_setting(print, section, "to:", "to");
    put_setting(print, section, "purpose:", "purpose");
    put_setting(print, section, "basis:", "basis");
    put_setting(print, section, "consent:", "consent");
    put_keep(print, clause);
}

static void put_never(struct print *print, const struct clause *clause) {
    uint32_t section = policy_print_clause(print, &clause->shown);
    policy_out_format(&print->out, "  clause %.*s: never%s\n", (int)clause->shown.id.len,
                      (const char *)clause->shown.id.ptr,
                      clause->unless_emergency ? ", unless in an emergency" : "");
    put_setting(print, section, "from:", "from");
    put_setting(print, section, "to:", "to");
    put_setting(print, section, "purpose:", "purpose");
}

/* Clauses of one kind that name the field, in file order. Gives how many. */
static uint32_t put_clauses(struct print *print, uint32_t field, enum clause_kind kind) {
    const struct policy *policy = print->policy;
    uint32_t count = 0;
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        const struct clause *clause = &policy->clauses[i];
        for (uint32_t d = 0; clause->kind == kind && d < clause->data.count; d++) {
            const struct datum *datum = &clause->data.items[d];
            if (!names_field(policy, datum, field)) {
                continue;
            }
            count++;
            if (kind == CLAUSE_SHARE) {
                put_share(print, clause, datum);
            } else {
                put_never(print, clause);
            }
        }
    }
    return count;
}

static void put_field(struct print *print, uint32_t index) {
    const struct policy *policy = print->policy;
    const struct field *field = &policy->fields[index];
    const struct category *category = &policy->categories[field->category];
    policy_out_format(&print->out, "\n%.*s (%s%s)\n", (int)field->id.len,
                      (const char *)field->id.ptr, policy_print_class(category->data_class),
                      category->is_confidential ? ", held in confidence" : "");
    if (put_clauses(print, index, CLAUSE_SHARE) == 0) {
        policy_out_text(&print->out, "  shared by no clause\n");
    }
    (void)put_clauses(print, index, CLAUSE_NEVER);
}

struct lg_err policy_print_schedule(const struct policy *policy, struct arena *arena,
                                    struct span *out_text) {
    struct policy scratch = {0};
    struct print print;
    TRY(policy_print_begin(policy, arena, &scratch, &print));
    policy_out_format(&print.out, "SCHEDULE OF DATA ITEMS\n\n%.*s, version %u\n",
                      (int)policy->id.len, (const char *)policy->id.ptr, (unsigned)policy->version);
    for (uint32_t i = 0; i < policy->field_names.count; i++) {
        put_field(&print, i);
    }
    return policy_out_done(&print.out, out_text);
}
