/* SPDX-License-Identifier: Apache-2.0 */
/* What the record of a question cannot say of a draft that was not there when it was asked. */
#include "policy/compare/rehearse_int.h"
#include "policy/compare/sight_int.h"
#include "policy/explain/explain_int.h"

/* ---- words ---- */

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

bool policy_untold_words(const struct staging *it) {
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

/* ---- one field ---- */

/* The role's training was asked for by no text of the time, so nobody wrote down who has it. */
static bool lacks_training(const struct scene *scene, const struct policy_ruling *new) {
    const struct scope *scope = policy_candidate_of(new)->scope;
    if (new->refusal != POLICY_TRAINING_NOT_CURRENT) {
        return false;
    }
    struct span training = scope->policy->roles[scope->role].shown.training;
    for (size_t i = 0; i < scene->staging->texts.count; i++) {
        const struct policy *text = scene->staging->texts.policies[i];
        for (size_t j = 0; j < policy_role_count(text); j++) {
            if (span_equal(policy_role_at(text, j).training, training)) {
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

/* Counts were taken over the windows of the time: over others they say nothing. The record has
 * counts for the limit (policy_record_facts), so that one of the texts has it. */
static bool has_other_window(const struct scene *scene, const struct policy_term *term) {
    const struct staging *it = scene->staging;
    struct policy_limit limit = policy_permit_limit(it->new_permit, term->limit);
    size_t i = 0;
    while (!span_equal(it->texts.policies[i]->id, limit.agreement)) {
        i++;
    }
    const struct policy *text = it->texts.policies[i];
    const struct limit *was = &text->limits[policy_names_find(&text->limit_names, limit.id)];
    return (limit.per_person.count > 0 && limit.per_person.window_s != was->per_person.window_s) ||
           (limit.per_agency.count > 0 && limit.per_agency.window_s != was->per_agency.window_s) ||
           (limit.per_subject.count > 0 && limit.per_subject.window_s != was->per_subject.window_s);
}

bool policy_untold_field(const struct scene *scene, const struct seen *old,
                         const struct seen *new) {
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
    bool was_counted = policy_seen_is_shared(old) || old->reason == POLICY_RATE_LIMIT;
    bool hangs_on_limit = was_counted && ruling->term->limit != POLICY_LIMIT_NONE &&
                          (policy_seen_is_shared(new) || new->reason == POLICY_RATE_LIMIT);
    bool lacks_counts =
        hangs_on_limit && (!scene->is_whole || has_other_window(scene, ruling->term));
    return lacks_counts || lacks_training(scene, ruling) || lacks_consent(scene, ruling);
}
