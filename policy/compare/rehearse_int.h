/* SPDX-License-Identifier: Apache-2.0 */
/* One question of a replay on both sides, inside policy/compare only. */
#ifndef POLICY_COMPARE_REHEARSE_INT_H
#define POLICY_COMPARE_REHEARSE_INT_H

#include "policy/compare/rehearse.h"
#include "policy/decide/permit_int.h"

struct rehearsal {
    const struct policy *draft;
    struct arena *arena;
    struct policy_turns *rows;
    size_t row_count;
    uint64_t totals[POLICY_TURNS];
    uint64_t questions;
    uint64_t unfaithful;
    uint64_t withheld;
};

/* One question on both sides. */
struct staging {
    struct rehearsal *rehearsal;
    enum policy_reader reader;
    struct arena *arena;
    struct policy_record_ask ask;
    struct policy_record_texts texts;
    struct policy_replay old;
    struct policy_replay new;
    struct policy draft; /* in force when its predecessor was */
    const struct permit *old_permit;
    const struct permit *new_permit;
    bool knows_more; /* the draft has names that the record could not write down */
};

/* One source of it. */
struct scene {
    struct staging *staging;
    struct span source;
    uint64_t index; /* of its entry */
    bool was_asked; /* it has a record; else the question was refused as a whole */
    bool is_withholding;
    struct policy_record_part part;
    struct policy_outcome old;
    struct policy_outcome new;
    bool is_whole;
};

/* A field on one side. ruling NULL: the side left the field out, for no clause governs it. */
struct seen {
    const struct policy_ruling *ruling;
    enum policy_reason reason;
    enum treatment treatment; /* NONE where refused */
};

/* The field of that name in an outcome. */
struct seen policy_seen_of(const struct policy_outcome *outcome, struct span field);
/* Whether something of the field reaches the recipient. */
bool policy_seen_is_shared(const struct seen *seen);
enum policy_turn policy_turn_of(const struct seen *old, const struct seen *new);

/* A word that no text of the time knew was not written down: whether the draft, which has new words
 * of its kind, may know it. */
bool policy_untold_words(const struct staging *it);
/* Whether the record lacks what the draft's answer about this field hangs on. */
bool policy_untold_field(const struct scene *scene, const struct seen *old, const struct seen *new);

/* Counts a field in its row. sides: the record's and the draft's, as the reader may read them; row:
 * its turn. LIMIT. */
LG_MUST_USE struct lg_err policy_tally_row(const struct scene *scene, struct span field,
                                           const struct seen sides[static 2],
                                           struct policy_turns row);

#endif
