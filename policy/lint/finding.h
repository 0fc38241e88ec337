/* SPDX-License-Identifier: Apache-2.0 */
/* What a check found in an agreement: rule, place, and a sentence that an information governance
 * officer understands. E rules stop the evaluation; W rules want an answer before anybody signs. */
#ifndef POLICY_LINT_FINDING_H
#define POLICY_LINT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

/* line and column count from 1, in characters and not in bytes; both 0 where no single place is at
 * fault. sentence says what and, where one comes near, the word that was probably meant. */
struct policy_finding {
    char code[4];  /* "E01", with its NUL */
    bool in_floor; /* the place is in the floor and not in the agreement */
    uint32_t line;
    uint32_t column;
    struct span sentence;
};

/* At most LIMIT_POLICY_FINDINGS; is_cut says that there were more, or that the text was read no
 * further. Lives in its arena. */
struct policy_findings {
    struct arena *arena;
    struct policy_finding *items;
    uint32_t count;
    bool is_cut;
};

LG_MUST_USE struct lg_err policy_findings_init(struct policy_findings *findings,
                                               struct arena *arena);
bool policy_findings_are_full(const struct policy_findings *findings);
/* Copies the finding and its sentence. There is room. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_findings_add(struct policy_findings *findings,
                                              const struct policy_finding *finding);
/* By place: the agreement before its floor, then line, column and code. */
void policy_findings_sort(struct policy_findings *findings);

/* What a rule is about, for lists, manuals and the lines under a finding. Static strings. */
struct policy_rule_text {
    const char *code;
    const char *title;
    const char *why;
    const char *what_to_do; /* W rules: what the lead answers where the text stays as it is */
};
/* The rule with this code, or NULL. */
const struct policy_rule_text *policy_rule_text_find(const char *code);
/* All of them in order; the last has code NULL. */
const struct policy_rule_text *policy_rule_texts(void);

/* ---- inside policy/ ---------------------------------------------------------------------------
 */

/* Where faults of one text go: the first into diag, all of them into findings where that is set. */
struct policy_faults {
    struct diag *diag;
    struct policy_findings *findings; /* NULL: the first fault ends the reading */
    bool is_floor;
};
struct policy_spot {
    const char *code;
    uint32_t line;
    uint32_t column;
};

/* Gives CONFIG POLICY_TEXT_WRONG, or LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_faults_put(const struct policy_faults *faults,
                                            struct policy_spot spot, const char *sentence);
/* LG_OK for a fault that was put where others are wanted too, so that the reader goes on with what
 * does not depend on it; any other error as it is. */
LG_MUST_USE struct lg_err policy_faults_past(const struct policy_faults *faults, struct lg_err err);

#endif
