/* SPDX-License-Identifier: Apache-2.0 */
/* How one cell changed.
 *
 * The questions that a cell shares are, under one declaration and one basis, those whose reason and
 * consent are in the lens's mask and that meet each of nine conditions on their own: subject, case
 * reference, second person, necessity, statement, confidentiality, objection, hours, limit. So the
 * new version shares a question that the old one did not exactly where, under some declaration and
 * basis, its mask has a bit that the old mask lacks, or a bit is in both and one of the nine lets
 * more through; and the other way round. */
#include "policy/compare/compare_int.h"

/* Settings that act through the lens, and the nine conditions beside it. */
enum {
    LENS_SETTINGS = 1 << CELL_BASIS | 1 << CELL_CONSENT | 1 << CELL_CONSENT_IS |
                    1 << CELL_RECORDER | 1 << CELL_REASON | 1 << CELL_WHEN | 1 << CELL_BAN |
                    1 << CELL_EMERGENCY,
};

/* One cell while it is compared. */
struct view {
    struct compare *compare;
    const struct cell_pair *cell;
    struct change *change;
    uint8_t moves[CELL_SETTINGS];
    bool was_seen;
    bool is_seen;
    bool has_common; /* a question that both versions share */
    uint8_t lens_move;
    uint8_t aside_move; /* by hours and limits that an emergency sets aside */
    uint8_t beside_move;
};

/* ---- where a cell stands ---- */

static struct change_side nothing(void) {
    return (struct change_side){
        .clause = POLICY_NONE, .arm = POLICY_NONE, .ban = POLICY_NONE, .standing = STANDING_NONE};
}

static void stand_behind_ban(const struct policy *policy, uint16_t entry,
                             struct change_side *side) {
    const struct ban *ban = &policy->table.bans[entry & ~(unsigned)ROW_BAN];
    if (ban->floor != POLICY_NO16 || ban->hard != POLICY_NO16) {
        bool is_floor = ban->floor != POLICY_NO16;
        side->standing = is_floor ? STANDING_FLOOR : STANDING_HARD;
        side->ban = is_floor ? ban->floor : ban->hard;
        return;
    }
    side->standing = STANDING_SOFT;
    side->ban = ban->soft;
}

static struct change_side side_of(const struct policy *policy, const struct probe_cell *cell) {
    struct change_side side = nothing();
    const struct category *category = &policy->categories[policy->fields[cell->field].category];
    bool is_own = policy->roles[cell->role].party == cell->source;
    if (is_own || !policy_bits_has(&category->holders, cell->source)) {
        return side;
    }
    uint16_t entry = policy_table_get(policy, cell->role, cell->source, cell->purpose, cell->field);
    if ((entry & ROW_BAN) != 0) {
        stand_behind_ban(policy, entry, &side);
        entry = side.standing == STANDING_SOFT ? policy->table.bans[entry & ~(unsigned)ROW_BAN].arm1
                                               : 0;
    }
    if (entry != 0) {
        side.standing = STANDING_SHARE;
        side.arm = entry - 1U;
        side.clause = policy->arms[side.arm].clause;
        side.hidden = policy_is_hidden(policy, cell->source, policy->fields[cell->field].category,
                                       &policy->clauses[side.clause]);
    }
    return side;
}

/* ---- what the lens shows ---- */

static void bit_add(uint32_t *words, uint32_t bit) {
    words[bit / 32] |= 1U << bit % 32;
}

/* Bases and declarations by which something is shared, as they come and go. */
static void note_ways(struct view *view, uint32_t declaration, uint32_t basis) {
    const struct compare *compare = view->compare;
    const struct lens *lens = &compare->lens;
    struct change *change = view->change;
    size_t place = (size_t)declaration * compare->bases.count + basis;
    uint64_t was = lens->before[place];
    uint64_t is = lens->after[place];
    if (declaration == 0) {
        bool any_was = was != 0;
        bool any_is = is != 0;
        if (any_is && !any_was) {
            bit_add(change->bases_gained, basis);
        }
        if (any_was && !any_is) {
            bit_add(change->bases_lost, basis);
        }
        change->before.emergency_only &= !any_was;
        change->after.emergency_only &= !any_is;
        return;
    }
    /* Beyond what is shared without a declaration. */
    uint32_t bit = 1U << (declaration - 1);
    uint64_t more_was = was & ~lens->before[basis];
    uint64_t more_is = is & ~lens->after[basis];
    bool opens = (lens->after[basis] & ~lens->before[basis]) != 0;
    bool closes = (lens->before[basis] & ~lens->after[basis]) != 0;
    change->emergencies_gained |= !opens && (more_is & ~was) != 0 ? bit : 0;
    change->emergencies_lost |= !closes && (more_was & ~is) != 0 ? bit : 0;
    change->emergencies_now |= more_is != 0 ? bit : 0;
}

/* The nine conditions under one declaration: a valid one sets hours and limits aside. */
static uint8_t beside(struct view *view, uint32_t declaration) {
    const struct compare *compare = view->compare;
    const struct clause *before = &compare->before->clauses[view->change->before.clause];
    const struct clause *after = &compare->after->clauses[view->change->after.clause];
    uint16_t hours[2] = {before->hours, after->hours};
    uint16_t limits[2] = {before->limit, after->limit};
    if (declaration > 0) {
        const struct pair *pair = &compare->emergencies.items[declaration - 1];
        const struct emergency *was = NULL;
        const struct emergency *is = NULL;
        if (policy_lens_holds(compare->before, pair->before, &view->cell->before)) {
            was = &compare->before->emergencies[pair->before];
        }
        if (policy_lens_holds(compare->after, pair->after, &view->cell->after)) {
            is = &compare->after->emergencies[pair->after];
        }
        hours[0] = was != NULL && was->sets_aside_hours ? POLICY_NO16 : hours[0];
        hours[1] = is != NULL && is->sets_aside_hours ? POLICY_NO16 : hours[1];
        limits[0] = was != NULL && was->sets_aside_limit ? POLICY_NO16 : limits[0];
        limits[1] = is != NULL && is->sets_aside_limit ? POLICY_NO16 : limits[1];
    }
    return view->moves[CELL_ABOUT] | view->moves[CELL_CASE] | view->moves[CELL_SECOND] |
           view->moves[CELL_NECESSITY] | view->moves[CELL_STATEMENT] |
           view->moves[CELL_CONFIDENTIALITY] | view->moves[CELL_OBJECTION] |
           policy_compare_hours(compare, hours[0], hours[1]) |
           policy_compare_limits(compare, limits[0], limits[1]);
}

/* Hours and limits move under a declaration otherwise than without one: by what it sets aside. */
static void note_set_aside(struct view *view, uint32_t declaration, uint8_t move) {
    uint8_t own = (uint8_t)(move & ~beside(view, 0));
    if (declaration > 0) {
        uint32_t bit = 1U << (declaration - 1);
        view->aside_move |= own;
        view->change->emergencies_gained |= (own & MOVE_WEAKER) != 0 ? bit : 0;
        view->change->emergencies_lost |= (own & MOVE_STRONGER) != 0 ? bit : 0;
    }
}

static void look(struct view *view) {
    const struct compare *compare = view->compare;
    view->change->before.emergency_only = 1;
    view->change->after.emergency_only = 1;
    for (uint32_t i = 0; i <= compare->emergencies.count; i++) {
        bool common = false;
        for (uint32_t j = 0; j < compare->bases.count; j++) {
            size_t place = (size_t)i * compare->bases.count + j;
            uint64_t was = compare->lens.before[place];
            uint64_t is = compare->lens.after[place];
            view->was_seen |= was != 0;
            view->is_seen |= is != 0;
            common |= (was & is) != 0;
            view->lens_move |= (uint8_t)((is & ~was) != 0 ? MOVE_WEAKER : 0);
            view->lens_move |= (uint8_t)((was & ~is) != 0 ? MOVE_STRONGER : 0);
            if (is != 0) {
                bit_add(view->change->bases_now, j);
            }
            note_ways(view, i, j);
        }
        view->has_common |= common;
        if (common) {
            uint8_t move = beside(view, i);
            view->beside_move |= move;
            note_set_aside(view, i, move);
        }
    }
}

/* ---- the verdict ---- */

/* Moves of an answer to a question that both versions share. */
static uint8_t answer_move(const struct view *view) {
    uint8_t move = 0;
    for (int i = CELL_TREATMENT; i < CELL_SETTINGS; i++) {
        move |= view->moves[i];
    }
    return view->has_common ? move : 0;
}

/* Where the clause itself asks otherwise for statement, confidence or objection, that says it. */
static void name_law(struct view *view) {
    static const uint32_t said =
        1U << CELL_STATEMENT | 1U << CELL_CONFIDENTIALITY | 1U << CELL_OBJECTION;
    struct change *change = view->change;
    uint8_t moves = view->compare->lens.law_moves;
    bool is_weaker = (moves & MOVE_WEAKER) != 0 && (change->weaker & said) == 0;
    bool is_stronger = (moves & MOVE_STRONGER) != 0 && (change->stronger & said) == 0;
    change->weaker |= is_weaker ? 1U << CELL_LAW : 0;
    change->stronger |= is_stronger ? 1U << CELL_LAW : 0;
}

/* Which settings the sentence speaks of. Those behind the lens count only as far as it moved. */
static void name_settings(struct view *view) {
    struct change *change = view->change;
    uint32_t lens_weaker = 0;
    uint32_t lens_stronger = 0;
    for (uint32_t i = 0; i < CELL_SETTINGS; i++) {
        change->weaker |= (view->moves[i] & MOVE_WEAKER) != 0 ? 1U << i : 0;
        change->stronger |= (view->moves[i] & MOVE_STRONGER) != 0 ? 1U << i : 0;
    }
    name_law(view);
    if (change->emergencies_gained != 0) {
        change->weaker |= 1U << CELL_EMERGENCY;
    }
    if (change->emergencies_lost != 0) {
        change->stronger |= 1U << CELL_EMERGENCY;
    }
    for (uint32_t i = 0; i < 4; i++) {
        change->weaker |= change->bases_gained[i] != 0 ? 1U << CELL_BASIS : 0;
        change->stronger |= change->bases_lost[i] != 0 ? 1U << CELL_BASIS : 0;
    }
    lens_weaker = (view->lens_move & MOVE_WEAKER) != 0 ? LENS_SETTINGS : 0;
    lens_stronger = (view->lens_move & MOVE_STRONGER) != 0 ? LENS_SETTINGS : 0;
    change->weaker &= ~(uint32_t)LENS_SETTINGS | lens_weaker;
    change->stronger &= ~(uint32_t)LENS_SETTINGS | lens_stronger;
    /* A basis, class or role that works otherwise moves what consent it takes, by no setting of the
     * clause. */
    if (lens_weaker != 0 && (change->weaker & LENS_SETTINGS) == 0) {
        change->weaker |= 1U << CELL_CONSENT;
    }
    if (lens_stronger != 0 && (change->stronger & LENS_SETTINGS) == 0) {
        change->stronger |= 1U << CELL_CONSENT;
    }
    change->weaker |= (view->aside_move & MOVE_WEAKER) != 0 ? 1U << CELL_EMERGENCY : 0;
    change->stronger |= (view->aside_move & MOVE_STRONGER) != 0 ? 1U << CELL_EMERGENCY : 0;
}

/* What the sentence does not speak of would only keep cells apart. */
static void forget_side(struct change_side *side, uint32_t moved) {
    if ((moved & (1U << CELL_TREATMENT | 1U << CELL_GROUP)) == 0) {
        side->arm = POLICY_NONE;
    }
    if ((moved & 1U << CELL_BAN) == 0) {
        side->ban = POLICY_NONE;
    }
    if ((moved & 1U << CELL_EXISTENCE) == 0) {
        side->hidden = 0;
    }
    side->emergency_only = 0;
}

static void forget_unsaid(struct change *change) {
    uint32_t moved = change->weaker | change->stronger;
    forget_side(&change->before, moved);
    forget_side(&change->after, moved);
    change->emergencies_now = 0;
    for (uint32_t i = 0; i < 4; i++) {
        change->bases_now[i] = 0;
    }
}

static bool judge_seen(struct view *view) {
    struct change *change = view->change;
    uint8_t move =
        view->lens_move | view->beside_move | view->compare->lens.law_moves | answer_move(view);
    change->is_cell = true;
    if (move == 0) {
        return false;
    }
    change->class = move == MOVE_WEAKER     ? POLICY_CHANGE_WEAKER
                    : move == MOVE_STRONGER ? POLICY_CHANGE_STRONGER
                                            : POLICY_CHANGE_CHANGED;
    name_settings(view);
    forget_unsaid(change);
    return true;
}

/* Nothing was or is shared: a prohibition that came or went is told all the same. */
static bool judge_unseen(struct view *view) {
    struct change *change = view->change;
    uint32_t was = change->before.standing == STANDING_SHARE
                       ? (change->before.ban == POLICY_NONE ? STANDING_NONE : STANDING_SOFT)
                       : change->before.standing;
    uint32_t is = change->after.standing == STANDING_SHARE
                      ? (change->after.ban == POLICY_NONE ? STANDING_NONE : STANDING_SOFT)
                      : change->after.standing;
    struct change only = {
        .class = is > was ? POLICY_CHANGE_STRONGER : POLICY_CHANGE_WEAKER,
        .data_class = change->data_class,
        .before = nothing(),
        .after = nothing(),
    };
    only.before.standing = was;
    only.before.ban = was == STANDING_NONE ? POLICY_NONE : change->before.ban;
    only.after.standing = is;
    only.after.ban = is == STANDING_NONE ? POLICY_NONE : change->after.ban;
    *change = only;
    return was != is;
}

/* Only what a sentence about it needs, so that cells merge. */
static bool judge_one_sided(struct view *view) {
    struct change *change = view->change;
    bool is_new = view->is_seen;
    change->is_cell = true;
    change->class = is_new ? POLICY_CHANGE_NEW : POLICY_CHANGE_GONE;
    change->emergencies_gained = 0;
    change->emergencies_lost = 0;
    for (uint32_t i = 0; i < 4; i++) {
        change->bases_gained[i] = 0;
        change->bases_lost[i] = 0;
    }
    change->before.hidden = 0;
    change->after.hidden = 0;
    if (!is_new) {
        change->before.arm = POLICY_NONE;
        change->after.arm = POLICY_NONE;
        change->before.emergency_only = 0;
        change->after.emergency_only = 0;
    } else {
        change->before = nothing();
    }
    return true;
}

static bool both_share(const struct change *change) {
    return change->before.standing == STANDING_SHARE && change->after.standing == STANDING_SHARE;
}

/* Where clauses are alike in all settings and so is all that they refer to, there is nothing to
 * ask. */
static bool is_untouched(const struct view *view) {
    const struct change *change = view->change;
    if (!view->compare->alike || change->before.standing != change->after.standing ||
        (change->before.ban == POLICY_NONE) != (change->after.ban == POLICY_NONE)) {
        return false;
    }
    for (int i = 0; both_share(change) && i < CELL_SETTINGS; i++) {
        if (view->moves[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum policy_class class_of(const struct policy *policy, uint32_t field) {
    return policy->categories[policy->fields[field].category].data_class;
}

bool policy_compare_cell(struct compare *compare, const struct cell_pair *cell,
                         struct change *out_change) {
    *out_change = (struct change){.before = nothing(), .after = nothing()};
    struct view view = {.compare = compare, .cell = cell, .change = out_change};
    if (cell->is_before) {
        out_change->before = side_of(compare->before, &cell->before);
        out_change->data_class = class_of(compare->before, cell->before.field);
    }
    if (cell->is_after) {
        out_change->after = side_of(compare->after, &cell->after);
        out_change->data_class = class_of(compare->after, cell->after.field);
    }
    if (both_share(out_change)) {
        policy_compare_settings(compare, out_change, view.moves);
    }
    if (is_untouched(&view)) {
        return false;
    }
    struct cell_pair asked = *cell;
    asked.is_before &= out_change->before.standing == STANDING_SHARE;
    asked.is_after &= out_change->after.standing == STANDING_SHARE;
    policy_lens_fill(compare, &asked);
    look(&view);
    if (view.was_seen && view.is_seen) {
        return judge_seen(&view);
    }
    return view.was_seen || view.is_seen ? judge_one_sided(&view) : judge_unseen(&view);
}
