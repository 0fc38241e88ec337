/* SPDX-License-Identifier: Apache-2.0 */
/* What a new version of an agreement changes for the people whom it is about (design, 15.2). Pure.
 *
 * Not a comparison of texts: for every cell - role, source, purpose, field, by name, over both
 * versions - the questions that each version shares are compared. Cells that changed in the same
 * way become one line. Clauses that were only numbered anew, moved or renamed give no line. What
 * lies outside the cells (dates, parties, the emergency section, promises, enrolment) follows; a
 * setting that changes nothing that is shared is a line too, of class POLICY_CHANGE_TEXT.
 *
 * Which bases carry a cell, what consent it takes and what an emergency sets aside are not worked
 * out here a second time: the evaluator is asked, in both versions, for every basis, declaration,
 * reason and state of consent. Subjects, case reference, second person, hours and limits are each
 * compared by themselves, for a question is shared only where all of them hold. */
#ifndef POLICY_COMPARE_COMPARE_H
#define POLICY_COMPARE_COMPARE_H

#include "policy/policy.h"

/* In order of severity. Of a cell:
 *   NEW       no question was shared, some are now
 *   WEAKER    more questions are shared, or the same more openly
 *   CHANGED   both: some more, some less, or in a way that cannot be ranked
 *   STRONGER  fewer questions are shared, or the same less openly
 *   GONE      some questions were shared, none is now
 * Outside the cells the same words say which way a setting moved; CHANGED there also stands for
 * what has no direction. */
enum policy_change_class {
    POLICY_CHANGE_NEW = 1,
    POLICY_CHANGE_WEAKER,
    POLICY_CHANGE_CHANGED,
    POLICY_CHANGE_STRONGER,
    POLICY_CHANGE_GONE,
    POLICY_CHANGE_TEXT,
};

/* "newly visible", "weaker" and so on: a static string. */
const char *policy_change_name(enum policy_change_class class);

/* One line. Of a cell line: roles x sources x purposes x fields is exactly the set of cells that
 * changed so. Clauses are empty where there is none on that side. Spans live as long as the arena
 * and both policies. */
struct policy_change {
    enum policy_change_class class;
    bool is_cell;
    enum policy_class data_class; /* of a cell: as the new version has it, or the old where gone */
    struct span_list roles;       /* "party/role" */
    struct span_list sources;
    struct span_list purposes;
    struct span_list fields;
    struct span clause_before;
    struct span clause_after;
    struct span sentence;
};

struct policy_diff {
    const struct policy_change *changes; /* special and criminal first, then by class */
    size_t count;
    size_t counts[POLICY_CHANGE_TEXT + 1]; /* lines of each class */
    uint64_t cells;                        /* that were compared */
    uint64_t cells_changed;
};

/* Compares two compiled agreements. LIMIT POLICY_MEMORY where the arena is used up,
 * POLICY_TOO_LARGE where the cells changed in more than LIMIT_POLICY_CHANGES ways. */
LG_MUST_USE struct lg_err policy_diff_make(const struct policy *before, const struct policy *after,
                                           struct arena *arena, struct policy_diff *out_diff);

/* True where the new version shares something that the old one did not, or may: a line of class
 * NEW, WEAKER or CHANGED of a cell, or NEW or WEAKER outside. */
bool policy_diff_opens(const struct policy_diff *diff);

#endif
