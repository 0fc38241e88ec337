/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/compare/rehearse.h"

#include <stdlib.h>
#include <string.h>

#include "policy/compare/sight_int.h"

/* Memory of one record, given back before the next. */
enum { RECORD_MEMORY = 33554432 };

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

/* ---- what the record cannot say ---- */

static bool all_known(const struct names *names, const struct policy_record_texts *texts,
                      size_t offset) {
    for (uint32_t i = 0; i < names->count; i++) {
        bool known = false;
        for (size_t j = 0; j < texts->count && !known; j++) {
            const struct names *others =
                (const struct names *)((const char *)texts->policies[j] + offset);
            known = policy_names_find(others, names->entries[i].text) != POLICY_NONE;
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

static bool is_unknown(struct policy_record_name name) {
    return name.agreement == POLICY_RECORD_UNKNOWN;
}

static bool any_unknown(const struct policy_record_name *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (is_unknown(names[i])) {
            return true;
        }
    }
    return false;
}

/* A word that no text of the time knew was not written down: a draft that has new words of its kind
 * may know it. */
static bool draft_may_know(const struct staging *it) {
    const struct policy *draft = it->rehearsal->draft;
    const struct policy_record_ask *ask = &it->ask;
    const struct policy_record_texts *texts = &it->texts;
    bool may = is_unknown(ask->recipient) &&
               !all_known(&draft->party_names, texts, offsetof(struct policy, party_names));
    may |= (is_unknown(ask->role) || is_unknown(ask->recipient)) &&
           !all_known(&draft->role_names, texts, offsetof(struct policy, role_names));
    may |= is_unknown(ask->purpose) &&
           !all_known(&draft->purpose_names, texts, offsetof(struct policy, purpose_names));
    may |= is_unknown(ask->basis) &&
           !all_known(&draft->basis_names, texts, offsetof(struct policy, basis_names));
    may |= any_unknown(ask->fields, ask->field_count) &&
           !all_known(&draft->field_names, texts, offsetof(struct policy, field_names));
    may |= any_unknown(ask->sources, ask->source_count) &&
           !all_known(&draft->party_names, texts, offsetof(struct policy, party_names));
    /* Reasons of emergencies are words of their section. */
    return may || is_unknown(ask->emergency.section) || is_unknown(ask->emergency.reason);
}

/* The role's training was asked for by no text of the time, so nobody wrote down who has it. */
static bool lacks_training(const struct scene *scene, const struct policy_ruling *new) {
    const struct policy *draft = scene->staging->rehearsal->draft;
    const struct policy_request *request = &scene->staging->new.request;
    struct policy_role role;
    if (new->refusal != POLICY_TRAINING_NOT_CURRENT ||
        !policy_role_find(draft, request->recipient, request->role, &role)) {
        return false;
    }
    for (size_t i = 0; i < scene->staging->texts.count; i++) {
        const struct policy *text = scene->staging->texts.policies[i];
        for (size_t j = 0; j < policy_role_count(text); j++) {
            if (span_equal(policy_role_at(text, j).training, role.training)) {
                return false;
            }
        }
    }
    return true;
}

/* Purposes above the one asked for, by the draft and by what a text of the time says. */
static bool same_purposes(const struct policy *one, const struct policy *two, struct span purpose) {
    uint32_t a = policy_names_find(&one->purpose_names, purpose);
    uint32_t b = policy_names_find(&two->purpose_names, purpose);
    while (a != POLICY_NONE && b != POLICY_NONE &&
           span_equal(one->purposes[a].id, two->purposes[b].id)) {
        a = one->purposes[a].parent == POLICY_NO16 ? POLICY_NONE : one->purposes[a].parent;
        b = two->purposes[b].parent == POLICY_NO16 ? POLICY_NONE : two->purposes[b].parent;
    }
    return a == POLICY_NONE && b == POLICY_NONE;
}

static bool knows_category(const struct scene *scene, struct span category) {
    for (size_t i = 0; i < scene->staging->texts.count; i++) {
        const struct policy *text = scene->staging->texts.policies[i];
        if (policy_names_find(&text->category_names, category) != POLICY_NONE) {
            return true;
        }
    }
    return false;
}

/* Whether what a consent covers was written down in words that fit the draft. */
static bool lacks_consent(const struct scene *scene, const struct policy_ruling *new) {
    const struct staging *it = scene->staging;
    bool same = false;
    if (new->term->refusal != POLICY_REASON_NONE) {
        return false;
    }
    for (size_t i = 0; i < it->texts.count; i++) {
        same |= same_purposes(&it->draft, it->texts.policies[i], it->new.request.purpose);
    }
    for (size_t i = 0; i < scene->part.consent_count; i++) {
        const struct policy_record_consent *fact = &scene->part.consents[i];
        if ((!fact->every_purpose && !same) ||
            (!fact->every_category && !knows_category(scene, new->term->category))) {
            return true;
        }
    }
    return false;
}

/* ---- one field ---- */

/* A field on one side. ruling NULL: the side left the field out, for no clause governs it. */
struct seen {
    const struct policy_ruling *ruling;
    enum policy_reason reason;
    enum treatment treatment; /* NONE where refused */
};

static struct seen seen_of(const struct policy_outcome *outcome, struct span field) {
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        if (span_equal(ruling->term->field, field)) {
            return (struct seen){ruling, ruling->refusal, ruling->treatment};
        }
    }
    return (struct seen){.reason = POLICY_NO_CLAUSE};
}

static bool is_shared(const struct seen *seen) {
    return seen->reason == POLICY_REASON_NONE && seen->treatment != TREATMENT_REDACT;
}

static enum policy_turn shared_turn(const struct seen *old, const struct seen *new) {
    static const int openness[] = {
        [TREATMENT_NONE] = 0,         [TREATMENT_REDACT] = 1,     [TREATMENT_AGGREGATE] = 2,
        [TREATMENT_PSEUDONYMISE] = 3, [TREATMENT_GENERALISE] = 4, [TREATMENT_PASS] = 5,
    };
    if (old->treatment == new->treatment) {
        return span_equal(old->ruling->term->rule, new->ruling->term->rule) ? POLICY_TURN_SAME
                                                                            : POLICY_TURN_OTHER;
    }
    return openness[new->treatment] > openness[old->treatment] ? POLICY_TURN_WEAKER
                                                               : POLICY_TURN_STRONGER;
}

static enum policy_turn turn_of(const struct seen *old, const struct seen *new) {
    bool by_rate = old->reason == POLICY_RATE_LIMIT || new->reason == POLICY_RATE_LIMIT;
    if (is_shared(old) && is_shared(new)) {
        return shared_turn(old, new);
    }
    if (is_shared(old) == is_shared(new) && old->reason == new->reason) {
        return POLICY_TURN_SAME;
    }
    if (by_rate) {
        return POLICY_TURN_RATE;
    }
    if (is_shared(old)) {
        return POLICY_TURN_REFUSED;
    }
    return is_shared(new) ? POLICY_TURN_NEW : POLICY_TURN_REASON;
}

/* Counts were taken over the windows of the time: over others they say nothing. */
static bool has_other_window(const struct scene *scene, const struct policy_term *term) {
    const struct staging *it = scene->staging;
    struct policy_limit limit = policy_permit_limit(it->new_permit, term->limit);
    for (size_t i = 0; i < it->texts.count; i++) {
        const struct policy *text = it->texts.policies[i];
        uint32_t number = policy_names_find(&text->limit_names, limit.id);
        if (number != POLICY_NONE && span_equal(text->id, limit.agreement)) {
            const struct limit *was = &text->limits[number];
            return (limit.per_person.count > 0 &&
                    limit.per_person.window_s != was->per_person.window_s) ||
                   (limit.per_agency.count > 0 &&
                    limit.per_agency.window_s != was->per_agency.window_s) ||
                   (limit.per_subject.count > 0 &&
                    limit.per_subject.window_s != was->per_subject.window_s);
        }
    }
    return true;
}

/* Whether the record lacks what the draft's answer hangs on. */
static bool cannot_tell(const struct scene *scene, const struct seen *old, const struct seen *new) {
    const struct policy_ruling *ruling = new->ruling;
    if (!scene->part.is_whole || !scene->staging->ask.is_whole || scene->staging->knows_more) {
        return true;
    }
    if (ruling == NULL) {
        return false;
    }
    if (!scene->was_asked && ruling->term->refusal == POLICY_REASON_NONE &&
        policy_sight_hangs_on_person(scene->staging->new_permit, scene->source,
                                     ruling->term->field)) {
        return true;
    }
    /* What was refused for something else was not counted: it is taken as within the limit, for to
     * call it untold would hide what a draft opens. */
    bool was_counted = is_shared(old) || old->reason == POLICY_RATE_LIMIT;
    bool hangs_on_limit = was_counted && ruling->term->limit != POLICY_LIMIT_NONE &&
                          (is_shared(new) || new->reason == POLICY_RATE_LIMIT);
    bool lacks_counts =
        hangs_on_limit && (!scene->is_whole || has_other_window(scene, ruling->term));
    return lacks_counts || lacks_training(scene, ruling) || lacks_consent(scene, ruling);
}

/* The record says of a field what its own text says again. */
static bool is_faithful(const struct scene *scene, struct span field, const struct seen *old) {
    for (size_t i = 0; i < scene->part.field_count; i++) {
        const struct policy_record_field *it = &scene->part.fields[i];
        const struct policy_record_name name = {it->agreement, it->field};
        struct span id;
        if (it->agreement >= scene->staging->texts.count || it->field == UINT16_MAX ||
            lg_failed(policy_record_text(&scene->staging->texts, POLICY_RECORD_FIELD, name,
                                         scene->staging->arena, &id)) ||
            !span_equal(id, field)) {
            continue;
        }
        return it->reason == old->reason && it->treatment == old->treatment;
    }
    /* Names that no text knew are written down without their word. */
    return true;
}

/* ---- rows ---- */

static struct span clause_of(const struct seen *seen) {
    return seen->ruling == NULL ? span_of(NULL, 0) : seen->ruling->term->clause;
}

static const char *seen_word(const struct seen *seen) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "refused",          [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "generalise", [TREATMENT_PSEUDONYMISE] = "pseudonymise",
        [TREATMENT_AGGREGATE] = "aggregate",   [TREATMENT_REDACT] = "redact",
    };
    return seen->reason != POLICY_REASON_NONE ? policy_reason_name(seen->reason)
                                              : words[seen->treatment];
}

static struct span sample_of(const struct scene *scene, struct span field, const struct seen *old,
                             const struct seen *new) {
    return arena_format(scene->staging->rehearsal->arena, "`%.*s` from %.*s: %s, was %s",
                        (int)field.len, (const char *)field.ptr, (int)scene->source.len,
                        (const char *)scene->source.ptr, seen_word(new), seen_word(old));
}

static struct policy_turns *row_find(struct rehearsal *rehearsal, const struct policy_turns *key) {
    for (size_t i = 0; i < rehearsal->row_count; i++) {
        struct policy_turns *row = &rehearsal->rows[i];
        if (row->turn == key->turn && span_equal(row->clause, key->clause) &&
            span_equal(row->role, key->role) && span_equal(row->purpose, key->purpose)) {
            return row;
        }
    }
    return NULL;
}

/* A new row: what it names is copied, for the record goes. */
static struct lg_err row_add(struct rehearsal *rehearsal, struct policy_turns row) {
    if (rehearsal->row_count == LIMIT_POLICY_CHANGES) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE);
    }
    rehearsal->rows = arena_more(rehearsal->arena, rehearsal->rows, rehearsal->row_count,
                                 sizeof *rehearsal->rows);
    row.clause = arena_copy(rehearsal->arena, row.clause);
    row.role = arena_copy(rehearsal->arena, row.role);
    row.purpose = arena_copy(rehearsal->arena, row.purpose);
    if (lg_failed(arena_failed(rehearsal->arena))) {
        return policy_no_memory();
    }
    rehearsal->rows[rehearsal->row_count++] = row;
    return LG_OK;
}

/* A side as the reader may read it. */
static struct seen told_of(const struct scene *scene, struct seen seen) {
    if (seen.ruling != NULL) {
        seen.reason = policy_sight_reason(seen.ruling, scene->staging->reader);
    }
    return seen;
}

static struct lg_err row_count(const struct scene *scene, struct span field,
                               const struct seen sides[static 2], struct policy_turns row) {
    struct rehearsal *rehearsal = scene->staging->rehearsal;
    const struct policy_request *request = &scene->staging->new.request;
    const struct seen *old = &sides[0];
    const struct seen *new = &sides[1];
    row.purpose = request->purpose;
    row.clause = clause_of(new).len > 0 ? clause_of(new) : clause_of(old);
    row.role = arena_format(scene->staging->arena, "%.*s/%.*s", (int)request->recipient.len,
                            (const char *)request->recipient.ptr, (int)request->role.len,
                            (const char *)request->role.ptr);
    struct policy_turns *known = row_find(rehearsal, &row);
    if (known != NULL) {
        known->count++;
        return LG_OK;
    }
    row.count = 1;
    row.sample = sample_of(scene, field, old, new);
    row.sample_index = scene->index;
    return row_add(rehearsal, row);
}

static struct lg_err count_field(struct scene *scene, struct span field) {
    const struct staging *it = scene->staging;
    struct rehearsal *rehearsal = it->rehearsal;
    const struct sight_field sight = {it->old_permit, it->new_permit, scene->source, field};
    const struct seen old = seen_of(&scene->old, field);
    const struct seen new = seen_of(&scene->new, field);
    const struct seen sides[] = {told_of(scene, old), told_of(scene, new)};
    enum sight seen = policy_sight_of_field(&sight, it->reader);
    if (seen == SIGHT_NOTHING) {
        scene->is_withholding = true;
        return LG_OK;
    }
    bool faithful = seen == SIGHT_TEXTS || is_faithful(scene, field, &old);
    struct policy_turns row = {.turn = turn_of(&sides[0], &sides[1])};
    if (!faithful || cannot_tell(scene, &old, &new)) {
        row.turn = POLICY_TURN_UNKNOWN;
        rehearsal->unfaithful += !faithful;
    }
    rehearsal->totals[row.turn]++;
    return row.turn == POLICY_TURN_SAME ? LG_OK : row_count(scene, field, sides, row);
}

/* Fields of either side, each once. */
static struct lg_err count_fields(struct scene *scene) {
    for (size_t i = 0; i < scene->new.ruling_count; i++) {
        TRY(count_field(scene, scene->new.rulings[i].term->field));
    }
    for (size_t i = 0; i < scene->old.ruling_count; i++) {
        struct span field = scene->old.rulings[i].term->field;
        if (seen_of(&scene->new, field).ruling == NULL) {
            TRY(count_field(scene, field));
        }
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
    return LG_OK;
}

static struct lg_err stage(struct staging *it, const struct policy_rehearse_record *record) {
    TRY(policy_record_ask_read(record->ask, it->arena, &it->ask));
    it->texts = record->texts;
    TRY(policy_record_request(&it->ask, &it->texts, it->arena, &it->old));
    TRY(policy_record_request(&it->ask, &it->texts, it->arena, &it->new));
    it->draft = *it->rehearsal->draft;
    TRY(put_draft(it));
    it->knows_more = draft_may_know(it);
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

/* ---- the report ---- */

static int compare_rows(const void *left, const void *right) {
    const struct policy_turns *a = left;
    const struct policy_turns *b = right;
    int order = (a->turn > b->turn) - (a->turn < b->turn);
    order = order != 0 ? order : span_compare(a->clause, b->clause);
    order = order != 0 ? order : span_compare(a->role, b->role);
    return order != 0 ? order : span_compare(a->purpose, b->purpose);
}

struct lg_err policy_rehearse_report(struct rehearsal *rehearsal,
                                     struct policy_rehearsal *out_report) {
    struct policy_turns *rows = arena_array(rehearsal->arena, rehearsal->row_count, sizeof *rows);
    if (rows == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < rehearsal->row_count; i++) {
        rows[i] = rehearsal->rows[i];
    }
    if (rehearsal->row_count > 1) {
        qsort(rows, rehearsal->row_count, sizeof *rows, compare_rows);
    }
    *out_report = (struct policy_rehearsal){
        .rows = rows,
        .row_count = rehearsal->row_count,
        .questions = rehearsal->questions,
        .unfaithful = rehearsal->unfaithful,
        .withheld = rehearsal->withheld,
    };
    memcpy(out_report->totals, rehearsal->totals, sizeof out_report->totals);
    return LG_OK;
}
