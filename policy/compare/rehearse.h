/* SPDX-License-Identifier: Apache-2.0 */
/* A draft rehearsed on what was asked: decision records of a period are put to it, by the evaluator
 * that decides and nothing else (design, 15.1). Pure; the caller reads the records.
 *
 * A draft takes the place of the agreement with its id, for as long as that one was in force; where
 * the question knew none of that id, it stands beside the others. Consents and counts are those
 * that were recorded. Every field of every source is compared by itself, what was recorded against
 * what the draft says. Nothing is guessed: where a record lacks a fact that the answer hangs on,
 * the field is counted as one that cannot be told. But a question that was refused before limits
 * were counted is taken as within them: what a draft opens is not to be hidden by that. For the
 * same reason a question that was refused as a whole, so that no source has a record, is put to
 * every source of the draft; what then hangs on the person cannot be told.
 *
 * Its limit: it sees only what people asked, and people stop asking for what is refused. */
#ifndef POLICY_COMPARE_REHEARSE_H
#define POLICY_COMPARE_REHEARSE_H

#include "policy/explain/explain.h"
#include "policy/record/record.h"

/* What became of a field, in order of severity. */
enum policy_turn {
    POLICY_TURN_NEW,      /* refused or left out before, shared now */
    POLICY_TURN_WEAKER,   /* shared more openly */
    POLICY_TURN_OTHER,    /* shared as another generalisation, which cannot be ranked */
    POLICY_TURN_STRONGER, /* shared less openly */
    POLICY_TURN_REFUSED,  /* shared before, refused or left out now */
    POLICY_TURN_REASON,   /* refused before and now, for another reason */
    POLICY_TURN_RATE,     /* differs by a rate limit alone, where the order of questions matters */
    POLICY_TURN_UNKNOWN,  /* cannot be told */
    POLICY_TURN_SAME,
    POLICY_TURNS,
};

/* "newly visible" and so on: a static string. */
const char *policy_turn_name(enum policy_turn turn);

/* Fields that took the same turn. Spans live as long as the arena of the rehearsal. */
struct policy_turns {
    enum policy_turn turn;
    struct span clause; /* of the draft; where it has none, of the record */
    struct span role;   /* "party/role" */
    struct span purpose;
    uint64_t count;
    struct span sample;    /* the first, in words */
    uint64_t sample_index; /* its entry in the log, where the records name theirs */
};

struct policy_rehearsal {
    const struct policy_turns *rows; /* by turn, clause, role, purpose; none of SAME */
    size_t row_count;
    uint64_t totals[POLICY_TURNS]; /* fields */
    uint64_t questions;
    uint64_t unfaithful; /* fields whose record the old text does not repeat: among UNKNOWN */
    uint64_t withheld;   /* answers of which something may not be told to their reader; what that is
                          * stands in no other number */
};

/* What no replay sees: a sentence that goes with every one. */
extern const char policy_rehearse_limit[];

struct rehearsal;

/* draft is kept as long as the rehearsal, arena too. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_rehearse_begin(const struct policy *draft, struct arena *arena,
                                                struct rehearsal **out_rehearsal);

/* One question with what was decided of its sources. texts: policies by the order of its
 * agreements. */
struct policy_rehearse_record {
    struct span ask;
    const struct span *parts;
    size_t part_count;
    struct policy_record_texts texts;
    enum policy_reader reader;    /* 0: somebody who may see everything */
    uint64_t ask_index;           /* in the log; 0 where it is not known */
    const uint64_t *part_indices; /* likewise; NULL where they are not known */
};

/* INPUT for bytes that are no record, or a record of other texts: fields before them are counted.
 * LIMIT POLICY_MEMORY, POLICY_TOO_LARGE above LIMIT_POLICY_CHANGES rows. Works in an arena of its
 * own, given back at the end. */
LG_MUST_USE struct lg_err policy_rehearse_record(struct rehearsal *rehearsal,
                                                 const struct policy_rehearse_record *record);

/* What was found so far. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_rehearse_report(struct rehearsal *rehearsal,
                                                 struct policy_rehearsal *out_report);

#endif
