/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the lint share. */
#ifndef POLICY_LINT_LINT_INT_H
#define POLICY_LINT_LINT_INT_H

#include "policy/lint/lint.h"
#include "policy/policy_int.h"
#include "policy/text/doc.h"

/* A compiled agreement while it is looked through. doc is its text again, for places. */
struct lint {
    const struct policy *policy;
    struct policy_findings *findings;
    struct arena *arena;
    struct doc doc;
};

static inline int lint_len(struct span text) {
    return (int)text.len;
}

static inline const char *lint_str(struct span text) {
    return (const char *)text.ptr;
}

/* A setting that the section has. */
const struct doc_setting *policy_lint_setting(const struct lint *lint,
                                              const struct doc_section *section, const char *name);
/* The value of a setting of the section on `line`, which has it, or the section itself where
 * setting is NULL. */
struct lint_place {
    uint32_t line;
    const char *setting;
};

/* Whether there is no room for another finding, which is then noted. To find the place of one costs
 * a walk over the text: not for findings that nobody keeps. */
bool policy_lint_is_full(struct lint *lint);
/* Adds a finding. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_lint_say(struct lint *lint, const char *code,
                                          struct lint_place place, const char *format, ...)
    LG_PRINTF(4, 5);
/* The same at a word of doc->text. */
LG_MUST_USE struct lg_err policy_lint_say_at(struct lint *lint, const char *code, struct span word,
                                             const char *format, ...) LG_PRINTF(4, 5);
/* The same in the section that defines a name: "party", "housing". */
LG_MUST_USE struct lg_err policy_lint_say_name(struct lint *lint, const char *kind,
                                               struct span name, const char *code,
                                               const char *sentence);

static inline bool lint_is_share(const struct clause *clause) {
    return clause->kind == CLAUSE_SHARE;
}
static inline bool lint_has_basis(const struct clause *clause, uint32_t basis) {
    return (clause->bases >> basis & 1U) != 0;
}
/* How a share clause treats what one of its items names. */
static inline enum treatment lint_treatment(const struct policy *policy,
                                            const struct datum *datum) {
    return (enum treatment)policy->arms[datum->arm].treatment;
}
uint32_t policy_lint_category(const struct policy *policy, const struct datum *datum);
/* An item as the agreement writes it: "health.status" or "health.*". */
struct span policy_lint_datum_text(struct lint *lint, const struct datum *datum);

/* Rules by what they look at. */
LG_MUST_USE struct lg_err policy_lint_effects(struct lint *lint);     /* W01 */
LG_MUST_USE struct lg_err policy_lint_unused(struct lint *lint);      /* W02, W10 */
LG_MUST_USE struct lg_err policy_lint_clauses(struct lint *lint);     /* W03, W04, W05, W13 */
LG_MUST_USE struct lg_err policy_lint_identity(struct lint *lint);    /* W06, W07, W11 */
LG_MUST_USE struct lg_err policy_lint_emergencies(struct lint *lint); /* W08, W12, W14 */
LG_MUST_USE struct lg_err policy_lint_statutes(struct lint *lint);    /* W09, W15, W16 */

#endif
