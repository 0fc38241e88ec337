/* SPDX-License-Identifier: Apache-2.0 */
/* Putting one question about one cell to the evaluator, inside policy/ only. Used where all
 * questions of some kind are gone through: comparing versions and proving promises. */
#ifndef POLICY_COMPARE_PROBE_INT_H
#define POLICY_COMPARE_PROBE_INT_H

#include "policy/decide/permit_int.h"

/* open_s: of each hours section, the first moment within the term, and before an overdue review
 * stops it, when it is open; any moment where there is none. any_s: noon of the first day. */
struct probe {
    const struct policy *policy;
    int64_t *open_s;
    int64_t any_s;
    int32_t
        *law_days; /* of the term, on which other statutes are in force: a new one may also take
                      away, as it comes before the one that carried the question; at least one */
    uint32_t law_day_count;
};

/* Of one policy; nothing is POLICY_NONE. */
struct probe_cell {
    uint32_t role;
    uint32_t source;
    uint32_t purpose;
    uint32_t field;
};

/* One fact that the law asks for, not at its best. */
enum probe_law {
    PROBE_BEST,
    PROBE_CAPABLE,       /* the person has capacity: nobody may decide in their best interests */
    PROBE_NO_STATEMENT,  /* of the voluntary sector, Article 6(1)(ea) */
    PROBE_OBJECTED,      /* and no compelling reason is recorded */
    PROBE_OBJECTION_MET, /* and one is */
    PROBE_OPTED_OUT,
    PROBE_OPT_OUT_OLD, /* the flag, by opt_out_days */
    PROBE_LAWS,
};

/* What is varied of a question. Everything else is at its best: case reference, second person and
 * training are there, statement, reasons of necessity and against an objection as well, nobody has
 * opted out, the person lacks capacity, the hours of the clause are open, no limit is reached. */
struct probe_facts {
    enum probe_law law;
    uint32_t opt_out_days;
    int32_t law_day; /* statutes count that are in force on it */
    struct span basis;
    const struct emergency *emergency; /* declared with every fact as it asks; NULL: none */
    enum age_class age;
    bool has_reason;
    const struct consent *consent; /* NULL: no fact */
};

/* LIMIT POLICY_MEMORY. `policy` is kept as long as the probe. */
LG_MUST_USE struct lg_err policy_probe_init(const struct policy *policy, struct arena *arena,
                                            struct probe *out_probe);

/* A question between its two halves. Holds pointers into itself: never copied. */
struct probe_question {
    struct policy_request request;
    struct span training;
    struct policy_force force;
    struct scope scope;
    struct candidate candidate;
};

/* The first half, of a cell that a share clause governs. policy_probe_shares may follow any number
 * of times, with other reasons and consents; basis, emergency and age are those of the first half.
 */
void policy_probe_decide(const struct probe *probe, const struct probe_cell *cell,
                         const struct probe_facts *facts, struct probe_question *out_question);
/* The second half: true where the field is shared and not left out. */
bool policy_probe_shares(struct probe_question *question, const struct probe_facts *facts);

/* The share clause at or beneath a cell, POLICY_NO16 where nothing could share it: none, or one
 * beneath a prohibition without `unless`. */
uint16_t policy_probe_clause(const struct policy *policy, const struct probe_cell *cell);
/* When a question under this share clause is asked at its best. */
int64_t policy_probe_moment(const struct probe *probe, uint16_t clause);
/* A declaration without a fault but those of role and purpose. */
struct policy_emergency policy_probe_declare(const struct emergency *section);

#endif
