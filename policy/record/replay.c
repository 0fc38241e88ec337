/* SPDX-License-Identifier: Apache-2.0 */
/* A record as request and facts again. */
#include <string.h>

#include "gateway/base/assert.h"
#include "policy/record/record_int.h"

/* ---- the question ---- */

/* Names of one kind. */
struct name_list {
    enum policy_record_kind kind;
    const struct policy_record_name *names;
    size_t count;
};

static struct lg_err texts_of(const struct policy_record_texts *texts, struct name_list list,
                              struct arena *arena, struct span_list *out_list) {
    struct span *items = arena_array(arena, list.count, sizeof *items);
    if (items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < list.count; i++) {
        TRY(policy_record_text(texts, list.kind, list.names[i], arena, &items[i]));
    }
    *out_list = (struct span_list){.items = items, .count = list.count};
    return LG_OK;
}

/* The parties of one agreement of which this became. */
static struct lg_err parties_of(const struct policy_record_ask *ask,
                                const struct policy_record_texts *texts,
                                const struct policy_record_standing *which, struct arena *arena,
                                struct span_list *out_list) {
    struct span *items = arena_array(arena, ask->standing_count, sizeof *items);
    size_t count = 0;
    if (items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < ask->standing_count; i++) {
        const struct policy_record_standing *it = &ask->standings[i];
        if (it->party.agreement == which->party.agreement && it->state == which->state) {
            TRY(policy_record_text(texts, POLICY_RECORD_PARTY, it->party, arena, &items[count]));
            count++;
        }
    }
    *out_list = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

bool policy_record_is_complete(const struct policy_record_ask *ask,
                               const struct policy_record_part *part) {
    /* A list that was cut is full. */
    bool may_be_cut = ask->bystander_count == POLICY_RECORD_BYSTANDERS_MAX ||
                      ask->standing_count == POLICY_RECORD_STANDINGS_MAX ||
                      ask->training_count == POLICY_RECORD_TRAININGS_MAX;
    return (ask->is_whole || !may_be_cut) && (part == NULL || part->is_whole);
}

size_t policy_record_ask_text_count(const struct policy_record_ask *ask) {
    return ask->agreement_count + ask->bystander_count;
}

const struct policy_record_hash *policy_record_ask_hash(const struct policy_record_ask *ask,
                                                        size_t text) {
    ASSERT(text < policy_record_ask_text_count(ask));
    return text < ask->agreement_count ? &ask->agreements[text].hash
                                       : &ask->bystanders[text - ask->agreement_count].hash;
}

struct policy_record_texts policy_record_texts_of(const struct policy_record_ask *ask,
                                                  const struct policy *const *policies) {
    return (struct policy_record_texts){policies, ask->agreement_count, ask->bystander_count};
}

static struct lg_err make_bystanders(const struct policy_record_ask *ask,
                                     const struct policy_record_texts *texts, struct arena *arena,
                                     struct policy_replay *replay) {
    struct policy_bystander *bystanders =
        arena_array(arena, ask->bystander_count, sizeof *bystanders);
    if (bystanders == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < ask->bystander_count; i++) {
        bystanders[i] = (struct policy_bystander){
            .policy = texts->policies[texts->count + i],
            .is_superseded = ask->bystanders[i].is_superseded,
        };
        memcpy(bystanders[i].hash, ask->bystanders[i].hash.bytes, sizeof bystanders[i].hash);
    }
    for (size_t i = 0; i < replay->force_count; i++) {
        replay->force[i].bystanders = bystanders;
        replay->force[i].bystander_count = ask->bystander_count;
    }
    replay->bystanders = bystanders;
    replay->bystander_count = ask->bystander_count;
    return LG_OK;
}

static struct lg_err make_force(const struct policy_record_ask *ask,
                                const struct policy_record_texts *texts, struct arena *arena,
                                struct policy_replay *replay) {
    replay->force_count = ask->agreement_count;
    replay->force = arena_array(arena, ask->agreement_count, sizeof *replay->force);
    if (replay->force == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < ask->agreement_count; i++) {
        struct policy_force *force = &replay->force[i];
        struct policy_record_standing which = {.party = {(uint8_t)i, 0}};
        *force = (struct policy_force){
            .policy = texts->policies[i],
            .is_suspended = ask->agreements[i].is_suspended,
            .is_unsigned = ask->agreements[i].is_unsigned,
        };
        which.state = POLICY_RECORD_SUSPENDED;
        TRY(parties_of(ask, texts, &which, arena, &force->suspended));
        which.state = POLICY_RECORD_NOT_SIGNED;
        TRY(parties_of(ask, texts, &which, arena, &force->unsigned_parties));
        which.state = POLICY_RECORD_WITHDRAWN;
        TRY(parties_of(ask, texts, &which, arena, &force->withdrawn));
    }
    return LG_OK;
}

static struct span no_consent_word(enum policy_record_no_consent reason) {
    static const char *const words[] = {
        [POLICY_RECORD_NO_REASON] = "",
        [POLICY_RECORD_CANNOT_GIVE] = "cannot-give",
        [POLICY_RECORD_CANNOT_OBTAIN] = "cannot-reasonably-obtain",
        [POLICY_RECORD_WOULD_PREJUDICE] = "would-prejudice",
        [POLICY_RECORD_OTHER_REASON] = "?0",
    };
    return span_text(words[reason]);
}

static struct lg_err make_emergency(const struct policy_record_ask *ask,
                                    const struct policy_record_texts *texts, struct arena *arena,
                                    struct policy_emergency *out) {
    const struct policy_record_emergency *it = &ask->emergency;
    *out = (struct policy_emergency){
        .is_declared = it->is_declared,
        .rationale_chars = it->rationale_chars,
        .has_age = it->has_age,
        .age_min = it->age_min,
        .count = it->count,
        .overdue = it->overdue,
        .capacity = it->capacity,
    };
    TRY(policy_record_text(texts, POLICY_RECORD_EMERGENCY, it->section, arena, &out->id));
    return policy_record_text(texts, POLICY_RECORD_EMERGENCY_REASON, it->reason, arena,
                              &out->reason);
}

static struct lg_err make_names(const struct policy_record_ask *ask,
                                const struct policy_record_texts *texts, struct arena *arena,
                                struct policy_request *request) {
    TRY(policy_record_text(texts, POLICY_RECORD_AGREEMENT, ask->agreement, arena,
                           &request->agreement));
    TRY(policy_record_text(texts, POLICY_RECORD_PARTY, ask->recipient, arena, &request->recipient));
    TRY(policy_record_text(texts, POLICY_RECORD_ROLE, ask->role, arena, &request->role));
    TRY(policy_record_text(texts, POLICY_RECORD_PURPOSE, ask->purpose, arena, &request->purpose));
    TRY(policy_record_text(texts, POLICY_RECORD_BASIS, ask->basis, arena, &request->basis));
    const struct name_list trainings = {POLICY_RECORD_TRAINING, ask->trainings,
                                        ask->training_count};
    const struct name_list sources = {POLICY_RECORD_PARTY, ask->sources, ask->source_count};
    const struct name_list fields = {POLICY_RECORD_FIELD, ask->fields, ask->field_count};
    TRY(texts_of(texts, trainings, arena, &request->trainings));
    TRY(texts_of(texts, sources, arena, &request->sources));
    return texts_of(texts, fields, arena, &request->fields);
}

struct lg_err policy_record_request(const struct policy_record_ask *ask,
                                    const struct policy_record_texts *texts, struct arena *arena,
                                    struct policy_replay *out_replay) {
    struct policy_replay replay = {
        .ask = ask,
        .texts = texts,
        .request = {.at_s = ask->at_s,
                    .age_class = ask->age_class,
                    .has_case_reference = ask->has_case_reference,
                    .has_second_person = ask->has_second_person,
                    .no_consent_reason = no_consent_word(ask->no_consent),
                    .has_statement = ask->has_statement,
                    .necessity = ask->reasons_given,
                    .has_compelling_reason = ask->has_compelling_reason,
                    .capacity = ask->capacity},
    };
    if (texts->count != ask->agreement_count || texts->bystander_count != ask->bystander_count) {
        return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_RECORD_TEXT);
    }
    TRY(make_force(ask, texts, arena, &replay));
    TRY(make_bystanders(ask, texts, arena, &replay));
    TRY(make_names(ask, texts, arena, &replay.request));
    TRY(make_emergency(ask, texts, arena, &replay.request.emergency));
    *out_replay = replay;
    return LG_OK;
}

/* ---- consents ---- */

/* A part while its facts are made. */
struct restoring {
    const struct policy_record_ask *ask;
    const struct policy_record_part *part;
    const struct policy_record_texts *texts;
    struct arena *arena;
    struct span recipient;
    struct span purpose;
    struct span source;
};

/* Bit i: by agreement i this purpose covers the one asked for. */
static uint16_t cover_of(const struct restoring *r, struct span wider) {
    uint16_t mask = 0;
    for (size_t i = 0; i < r->texts->count; i++) {
        if (policy_purpose_covers(r->texts->policies[i], wider, r->purpose)) {
            mask |= (uint16_t)(1U << i);
        }
    }
    return mask;
}

static bool lists(const struct span *items, size_t count, struct span name) {
    for (size_t i = 0; i < count; i++) {
        if (span_equal(items[i], name)) {
            return true;
        }
    }
    return false;
}

/* Every name that covers the purpose in none but the agreements recorded: among them are those of
 * the fact, so together they cover it in just these. */
static struct lg_err make_purposes(const struct restoring *r,
                                   const struct policy_record_consent *it,
                                   struct span_list *out_list) {
    struct span *items =
        arena_array(r->arena, r->texts->count * (LIMIT_POLICY_PURPOSE_DEPTH + 1), sizeof *items);
    size_t count = 0;
    if (items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < r->texts->count; i++) {
        const struct policy *policy = r->texts->policies[i];
        uint32_t at = policy_names_find(&policy->purpose_names, r->purpose);
        for (; at < policy->purpose_names.count; at = policy->purposes[at].parent) {
            struct span name = policy->purposes[at].id;
            bool fits = (cover_of(r, name) & ~it->agreements) == 0;
            if (fits && !lists(items, count, name)) {
                items[count++] = name;
            }
        }
    }
    /* An empty list would cover all. */
    if (count == 0) {
        return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_RECORD_TEXT);
    }
    *out_list = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

static struct lg_err make_categories(const struct restoring *r,
                                     const struct policy_record_consent *it,
                                     struct span_list *out_list) {
    struct span *items = arena_array(r->arena, r->part->category_count + 1, sizeof *items);
    size_t count = 0;
    if (items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < r->part->category_count; i++) {
        if ((it->categories >> i & 1U) != 0) {
            TRY(policy_record_text(r->texts, POLICY_RECORD_CATEGORY, r->part->categories[i],
                                   r->arena, &items[count]));
            count++;
        }
    }
    if (count == 0) {
        items[count++] = span_text("?0");
    }
    *out_list = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

static struct span day_text(int32_t day, struct arena *arena) {
    char text[11];
    if (day == INT32_MIN) {
        return span_of(NULL, 0);
    }
    if (day == INT32_MAX) {
        return span_text("?");
    }
    policy_day_text(day, text);
    return arena_copy(arena, span_text(text));
}

static struct span recorder_text(const struct restoring *r, enum policy_record_recorder recorder) {
    switch (recorder) {
    case POLICY_RECORD_BY_SOURCE:
        return r->source;
    case POLICY_RECORD_BY_RECIPIENT:
        return r->recipient;
    case POLICY_RECORD_BY_OTHER:
        return span_text("?");
    case POLICY_RECORD_BY_NOBODY:
    default:
        return span_of(NULL, 0);
    }
}

static struct lg_err make_consent(struct restoring *r, const struct policy_record_consent *it,
                                  struct consent *out) {
    *out = (struct consent){
        .state = it->state,
        .kind = it->kind,
        .explicit_consent = it->is_explicit,
        .from = day_text(it->from_day, r->arena),
        .until = day_text(it->until_day, r->arena),
        .recorded_ms = it->recorded_ms,
        .recorded_by = recorder_text(r, it->recorder),
        .log_index = it->revision,
    };
    if (!it->every_purpose) {
        TRY(make_purposes(r, it, &out->purposes));
    }
    if (!it->every_category) {
        TRY(make_categories(r, it, &out->categories));
    }
    if (!it->every_source) {
        out->sources = (struct span_list){.items = &r->source, .count = 1};
    }
    if (!it->every_recipient) {
        out->recipients = (struct span_list){.items = &r->recipient, .count = 1};
    }
    return lg_failed(arena_failed(r->arena)) ? policy_no_memory() : LG_OK;
}

/* A consent to something else: it counts nowhere and tells "not for this" from "never asked". */
static struct lg_err add_elsewhere(struct arena *arena, enum consent_kind kind,
                                   struct consent *out) {
    struct span *nothing = arena_array(arena, 1, sizeof *nothing);
    if (nothing == NULL) {
        return policy_no_memory();
    }
    nothing[0] = span_text("?0");
    *out = (struct consent){
        .state = CONSENT_GIVEN, .kind = kind, .categories = {.items = nothing, .count = 1}};
    return LG_OK;
}

static struct lg_err make_consents(struct restoring *r, struct policy_facts *facts) {
    const struct policy_record_part *part = r->part;
    struct consent *consents =
        arena_array(r->arena, part->consent_count + CONSENT_KIND_END, sizeof *consents);
    unsigned missing = part->given_kinds;
    if (consents == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < part->consent_count; i++) {
        TRY(make_consent(r, &part->consents[i], &consents[i]));
        if (consents[i].state == CONSENT_GIVEN) {
            missing &= ~(1U << (unsigned)consents[i].kind);
        }
    }
    facts->consents = consents;
    facts->consent_count = part->consent_count;
    for (unsigned kind = 0; kind < CONSENT_KIND_END; kind++) {
        if ((missing >> kind & 1U) != 0) {
            TRY(add_elsewhere(r->arena, (enum consent_kind)kind, &consents[facts->consent_count]));
            facts->consent_count++;
        }
    }
    return LG_OK;
}

/* ---- counts ---- */

static struct lg_err make_counts(const struct restoring *r, const struct permit *permit,
                                 struct policy_replay_facts *out) {
    struct policy_counts *counts = arena_array(r->arena, permit->limit_count, sizeof *counts);
    bool *found = arena_array(r->arena, permit->limit_count, sizeof *found);
    if (counts == NULL || found == NULL) {
        return policy_no_memory();
    }
    for (size_t j = 0; j < r->part->limit_count; j++) {
        const struct policy_record_limit *it = &r->part->limits[j];
        struct span id;
        TRY(policy_record_text(r->texts, POLICY_RECORD_LIMIT, it->limit, r->arena, &id));
        struct span agreement = policy_id(r->texts->policies[it->limit.agreement]);
        for (size_t i = 0; i < permit->limit_count; i++) {
            struct policy_limit limit = policy_permit_limit(permit, i);
            if (span_equal(limit.id, id) && span_equal(limit.agreement, agreement)) {
                counts[i] = it->counts;
                found[i] = true;
            }
        }
    }
    out->facts.counts = counts;
    out->facts.count_count = permit->limit_count;
    const struct permit_source *source = NULL;
    for (size_t i = 0; i < permit->source_count; i++) {
        source = span_equal(permit->sources[i].id, r->source) ? &permit->sources[i] : source;
    }
    for (size_t i = 0; source != NULL && i < source->field_count * permit->scope_count; i++) {
        size_t limit = source->candidates[i].term.limit;
        out->is_whole = out->is_whole && (limit == POLICY_LIMIT_NONE || found[limit]);
    }
    return LG_OK;
}

struct lg_err policy_record_facts(const struct policy_replay *replay,
                                  const struct policy_record_part *part,
                                  const struct permit *permit, struct arena *arena,
                                  struct policy_replay_facts *out_facts) {
    struct policy_replay_facts out = {.is_whole = part->is_whole && replay->ask->is_whole};
    struct restoring *r = arena_alloc(arena, sizeof *r);
    if (r == NULL) {
        return policy_no_memory();
    }
    *r = (struct restoring){
        .ask = replay->ask, .part = part, .texts = replay->texts, .arena = arena};
    const struct policy_record_texts *texts = replay->texts;
    TRY(policy_record_text(texts, POLICY_RECORD_PARTY, r->ask->recipient, arena, &r->recipient));
    TRY(policy_record_text(texts, POLICY_RECORD_PURPOSE, r->ask->purpose, arena, &r->purpose));
    TRY(policy_record_text(texts, POLICY_RECORD_PARTY, part->source, arena, &r->source));
    TRY(make_consents(r, &out.facts));
    TRY(make_counts(r, permit, &out));
    out.facts.holder_withholds = part->is_withheld;
    out.facts.opt_out = (struct policy_opt_out){.is_known = part->opt_out_known,
                                                .applies = part->opted_out,
                                                .as_of_day = part->opt_out_day};
    *out_facts = out;
    return LG_OK;
}
