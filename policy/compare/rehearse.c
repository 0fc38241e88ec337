/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded question put to the texts of its time and to the draft, source by source. */
#include "policy/compare/rehearse_int.h"
#include "policy/compare/sight_int.h"

/* Memory of one record, given back before the next. */
enum { RECORD_MEMORY = 33554432 };

struct lg_err policy_rehearse_begin(const struct policy *draft, struct arena *arena,
                                    struct rehearsal **out_rehearsal) {
    struct rehearsal *rehearsal = arena_alloc(arena, sizeof *rehearsal);
    if (rehearsal == NULL) {
        return policy_no_memory();
    }
    *rehearsal = (struct rehearsal){.draft = draft, .arena = arena};
    *out_rehearsal = rehearsal;
    return LG_OK;
}

/* ---- one field ---- */

/* Whether a field of the record has this name in its text. */
static bool is_named(const struct policy_record_texts *texts, const struct policy_record_field *it,
                     struct span field) {
    return it->agreement < texts->count &&
           it->field < texts->policies[it->agreement]->field_names.count &&
           span_equal(texts->policies[it->agreement]->fields[it->field].id, field);
}

/* The record says of a field what its own text says again. */
static bool is_faithful(const struct scene *scene, struct span field, const struct seen *old) {
    for (size_t i = 0; i < scene->part.field_count; i++) {
        const struct policy_record_field *it = &scene->part.fields[i];
        if (!is_named(&scene->staging->texts, it, field)) {
            continue;
        }
        return it->reason == old->reason && it->treatment == old->treatment;
    }
    /* Names that no text knew are written down without their word. */
    return true;
}

/* A side as the reader may read it. */
static struct seen told_of(const struct scene *scene, struct seen seen) {
    if (seen.ruling != NULL) {
        seen.reason = policy_sight_reason(seen.ruling, scene->staging->reader);
    }
    return seen;
}

static struct lg_err count_field(struct scene *scene, struct span field) {
    const struct staging *it = scene->staging;
    struct rehearsal *rehearsal = it->rehearsal;
    const struct sight_field sight = {it->old_permit, it->new_permit, scene->source, field};
    const struct seen old = policy_seen_of(&scene->old, field);
    const struct seen new = policy_seen_of(&scene->new, field);
    const struct seen sides[] = {told_of(scene, old), told_of(scene, new)};
    enum sight seen = policy_sight_of_field(&sight, it->reader);
    if (seen == SIGHT_NOTHING) {
        scene->is_withholding = true;
        return LG_OK;
    }
    bool faithful = seen == SIGHT_TEXTS || is_faithful(scene, field, &old);
    struct policy_turns row = {.turn = policy_turn_of(&sides[0], &sides[1])};
    if (!faithful || policy_untold_field(scene, &old, &new)) {
        row.turn = POLICY_TURN_UNKNOWN;
        rehearsal->unfaithful += !faithful;
    }
    rehearsal->totals[row.turn]++;
    return row.turn == POLICY_TURN_SAME ? LG_OK : policy_tally_row(scene, field, sides, row);
}

/* Fields of either side, each once. */
static struct lg_err count_fields(struct scene *scene) {
    size_t new_count = scene->new.ruling_count;
    for (size_t i = 0; i < new_count + scene->old.ruling_count; i++) {
        bool is_old = i >= new_count;
        struct span field = is_old ? scene->old.rulings[i - new_count].term->field
                                   : scene->new.rulings[i].term->field;
        if (is_old && policy_seen_of(&scene->new, field).ruling != NULL) {
            continue;
        }
        TRY(count_field(scene, field));
    }
    return LG_OK;
}

/* ---- one source ---- */

static bool source_find(const struct permit *permit, struct span source, size_t *out_index) {
    for (size_t i = 0; i < policy_permit_source_count(permit); i++) {
        if (span_equal(policy_permit_source(permit, i), source)) {
            *out_index = i;
            return true;
        }
    }
    return false;
}

/* A permit without the source leaves the outcome without fields. */
static struct lg_err settle_side(const struct scene *scene, const struct policy_replay *replay,
                                 const struct permit *permit, struct policy_outcome *out_outcome,
                                 bool *out_whole) {
    struct staging *it = scene->staging;
    struct policy_replay_facts facts = {.is_whole = true};
    size_t index;
    *out_outcome = (struct policy_outcome){0};
    *out_whole = true;
    if (!source_find(permit, scene->source, &index)) {
        return LG_OK;
    }
    if (scene->was_asked) {
        TRY(policy_record_facts(replay, &scene->part, permit, it->arena, &facts));
    } else {
        TRY(policy_sight_of_nobody(permit, it->arena, &facts.facts));
    }
    if (it->reader == POLICY_READER_REQUESTER) {
        TRY(policy_sight_drop_subject(it->arena, &facts.facts));
    }
    *out_whole = facts.is_whole;
    return policy_settle(permit, index, &facts.facts, it->arena, out_outcome);
}

static struct lg_err play_source(struct scene *scene) {
    struct staging *it = scene->staging;
    bool unused;
    if (!policy_sight_of_source(it->old_permit, scene->source, it->reader)) {
        it->rehearsal->withheld++;
        return LG_OK;
    }
    TRY(settle_side(scene, &it->old, it->old_permit, &scene->old, &unused));
    TRY(settle_side(scene, &it->new, it->new_permit, &scene->new, &scene->is_whole));
    TRY(count_fields(scene));
    it->rehearsal->withheld += scene->is_withholding;
    return LG_OK;
}

static struct lg_err play_part(struct staging *it, const struct policy_rehearse_record *record,
                               size_t part) {
    struct scene scene = {.staging = it, .was_asked = true, .index = record->ask_index};
    if (record->part_indices != NULL) {
        scene.index = record->part_indices[part];
    }
    TRY(policy_record_part_read(record->parts[part], it->ask.agreement_count, it->arena,
                                &scene.part));
    TRY(policy_record_text(&it->texts, POLICY_RECORD_PARTY, scene.part.source, it->arena,
                           &scene.source));
    return play_source(&scene);
}

/* The agreements refused it before any source was asked. */
static struct lg_err play_refused(struct staging *it, const struct policy_rehearse_record *record) {
    for (size_t i = 0; i < policy_permit_source_count(it->new_permit); i++) {
        struct scene scene = {
            .staging = it,
            .source = policy_permit_source(it->new_permit, i),
            .index = record->ask_index,
            .part = {.is_whole = true},
        };
        TRY(play_source(&scene));
    }
    return LG_OK;
}

/* ---- one question ---- */

/* What the draft supersedes binds on by its word on how data was received. */
static struct lg_err put_bystanders(struct staging *it, struct policy_force *force, size_t place) {
    size_t count = it->new.bystander_count;
    struct policy_bystander *list = arena_array(it->arena, count + 1, sizeof *list);
    const struct policy_force *old = place < it->old.force_count ? &it->old.force[place] : NULL;
    if (list == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = it->new.bystanders[i];
        list[i].is_superseded |= span_equal(list[i].policy->id, it->draft.id);
    }
    if (old != NULL && !old->is_unsigned && policy_binds(old->policy, true)) {
        list[count++] = (struct policy_bystander){.policy = old->policy, .is_superseded = true};
    }
    for (size_t i = 0; i < it->new.force_count; i++) {
        force[i].bystanders = list;
        force[i].bystander_count = count;
    }
    return LG_OK;
}

/* The draft in force in the place, and for the time, of the agreement of its id. */
static struct lg_err put_draft(struct staging *it) {
    size_t count = it->new.force_count;
    size_t place = 0;
    while (place < count && !span_equal(it->old.force[place].policy->id, it->draft.id)) {
        place++;
    }
    struct policy_force *force = arena_array(it->arena, count + 1, sizeof *force);
    if (force == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        force[i] = it->new.force[i];
    }
    if (place < count) {
        it->draft.days = it->old.force[place].policy->days;
    } else {
        /* It stands beside the others from the day on which it was asked. */
        int32_t day = policy_local_time(it->draft.zone, it->ask.at_s).day;
        it->draft.days =
            (struct policy_term_days){.first_day = day, .last_day = day, .review_day = day};
    }
    force[place].policy = &it->draft;
    it->new.force = force;
    it->new.force_count = place < count ? count : count + 1;
    return put_bystanders(it, force, place);
}

static struct lg_err stage(struct staging *it, const struct policy_rehearse_record *record) {
    TRY(policy_record_ask_read(record->ask, it->arena, &it->ask));
    it->texts = record->texts;
    TRY(policy_record_request(&it->ask, &it->texts, it->arena, &it->old));
    TRY(policy_record_request(&it->ask, &it->texts, it->arena, &it->new));
    it->draft = *it->rehearsal->draft;
    TRY(put_draft(it));
    it->knows_more = policy_untold_words(it);
    TRY(policy_decide(it->old.force, it->old.force_count, &it->old.request, it->arena,
                      &it->old_permit));
    return policy_decide(it->new.force, it->new.force_count, &it->new.request, it->arena,
                         &it->new_permit);
}

struct lg_err policy_rehearse_record(struct rehearsal *rehearsal,
                                     const struct policy_rehearse_record *record) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(RECORD_MEMORY, &arena));
    struct staging *it = arena_alloc(arena, sizeof *it);
    if (it == NULL) {
        return policy_no_memory();
    }
    *it = (struct staging){.rehearsal = rehearsal, .reader = record->reader, .arena = arena};
    TRY(stage(it, record));
    for (size_t i = 0; i < record->part_count; i++) {
        TRY(play_part(it, record, i));
    }
    if (record->part_count == 0 && !policy_permit_is_open(it->old_permit)) {
        TRY(play_refused(it, record));
    }
    rehearsal->questions++;
    return LG_OK;
}
