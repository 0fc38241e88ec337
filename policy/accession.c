/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/accession.h"

#include "policy/policy_int.h"
#include "policy/text/doc.h"
#include "policy/text/names.h"

struct accession {
    const struct policy *before;
    const struct policy *after;
    struct doc old_doc;
    struct doc new_doc;
    bool *carries;
};

/* ---- The old text, section by section ---- */

static bool is_renumbered(const struct doc_section *section, struct span name) {
    return span_equal_text(section->kind, "agreement") &&
           (span_equal_text(name, "version") || span_equal_text(name, "replaces"));
}

/* The next setting from *at on that is compared, or NULL. */
static const struct doc_setting *setting_next(const struct doc *doc,
                                              const struct doc_section *section, uint32_t *at) {
    while (*at < section->count) {
        const struct doc_setting *setting = &doc->settings[section->first + (*at)++];
        if (!is_renumbered(section, setting->name)) {
            return setting;
        }
    }
    return NULL;
}

static bool section_same(const struct accession *it, const struct doc_section *old_section,
                         const struct doc_section *new_section) {
    uint32_t old_at = 0;
    uint32_t new_at = 0;
    if (!span_equal(old_section->kind, new_section->kind) ||
        !span_equal(old_section->head, new_section->head)) {
        return false;
    }
    for (;;) {
        const struct doc_setting *a = setting_next(&it->old_doc, old_section, &old_at);
        const struct doc_setting *b = setting_next(&it->new_doc, new_section, &new_at);
        if (a == NULL || b == NULL) {
            return a == b;
        }
        if (!span_equal(a->name, b->name) || !span_equal(a->value, b->value)) {
            return false;
        }
    }
}

/* A new role of an old party would see what others share with that party. */
static bool may_be_new(const struct accession *it, const struct doc_section *section) {
    if (span_equal_text(section->kind, "role")) {
        struct span party = span_slice(section->head, 0, span_index(section->head, '/'));
        return policy_names_find(&it->before->party_names, party) == POLICY_NONE;
    }
    return span_equal_text(section->kind, "party") || span_equal_text(section->kind, "clause");
}

/* Every old section is there, in its order; what stands between is of a kind that may be new. */
static bool text_contains(const struct accession *it) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < it->new_doc.section_count; i++) {
        const struct doc_section *section = &it->new_doc.sections[i];
        bool is_old =
            at < it->old_doc.section_count && section_same(it, &it->old_doc.sections[at], section);
        if (!is_old && !may_be_new(it, section)) {
            return false;
        }
        at += is_old ? 1 : 0;
    }
    return at == it->old_doc.section_count;
}

/* ---- Whom what is new concerns ---- */

static bool is_new_party(const struct accession *it, uint32_t party) {
    return policy_names_find(&it->before->party_names, it->after->parties[party].shown.id) ==
           POLICY_NONE;
}

static bool goes_to(const struct accession *it, const struct clause *clause, uint32_t party) {
    for (uint32_t i = 0; i < it->after->role_names.count; i++) {
        if (it->after->roles[i].party == party &&
            policy_targets_match(it->after, &clause->to, i) > 0) {
            return true;
        }
    }
    /* A party without roles receives nothing, and is named all the same. */
    for (uint32_t i = 0; i < clause->to.count; i++) {
        const struct target *target = &clause->to.items[i];
        if (target->kind == TARGET_ANY ||
            (target->kind == TARGET_PARTY && target->index == party)) {
            return true;
        }
    }
    return false;
}

/* Also who may get it from there. */
static bool goes_on_to(const struct clause *clause, uint32_t party) {
    bool names =
        clause->onward.kind == POLICY_ONWARD_TO || clause->onward.kind == POLICY_ONWARD_ASK;
    return names && clause->onward.party == party;
}

static bool concerns(const struct accession *it, const struct clause *clause, uint32_t party) {
    return clause->from_any || policy_bits_has(&clause->from, party) ||
           goes_to(it, clause, party) || goes_on_to(clause, party);
}

/* Somebody new is a controller jointly with it. */
static bool is_joined_by_new(const struct accession *it, uint32_t party) {
    for (uint32_t i = 0; i < it->after->party_names.count; i++) {
        struct span joint = it->after->parties[i].joint_controller;
        if (is_new_party(it, i) && span_equal(joint, it->after->parties[party].shown.id)) {
            return true;
        }
    }
    return false;
}

static bool is_new_clause(const struct accession *it, const struct clause *clause) {
    return policy_names_find(&it->before->clause_names, clause->shown.id) == POLICY_NONE;
}

/* False where an old clause reaches a newcomer. */
static bool parties_mark(const struct accession *it) {
    const struct policy *after = it->after;
    for (uint32_t i = 0; i < after->own_clause_count; i++) {
        const struct clause *clause = &after->clauses[i];
        bool is_new = is_new_clause(it, clause);
        for (uint32_t party = 0; party < after->party_names.count; party++) {
            bool reaches = concerns(it, clause, party);
            if (reaches && !is_new && is_new_party(it, party)) {
                return false;
            }
            it->carries[party] = it->carries[party] && !(reaches && is_new);
        }
    }
    return true;
}

static bool carries_find(const struct accession *it) {
    for (uint32_t i = 0; i < it->after->party_names.count; i++) {
        it->carries[i] = !is_new_party(it, i) && !is_joined_by_new(it, i);
    }
    return it->before->both_sides && it->after->both_sides && text_contains(it) && parties_mark(it);
}

struct lg_err policy_accession(const struct policy *before, const struct policy *after,
                               struct arena *arena, bool *out_carries, bool *out_is_accession) {
    struct accession it = {.before = before, .after = after, .carries = out_carries};
    struct diag diag = {0};
    *out_is_accession = false;
    for (uint32_t i = 0; i < LIMIT_POLICY_PARTIES; i++) {
        out_carries[i] = false;
    }
    TRY(policy_doc_read(policy_text(before), arena, &diag, &it.old_doc));
    TRY(policy_doc_read(policy_text(after), arena, &diag, &it.new_doc));
    *out_is_accession = carries_find(&it);
    for (uint32_t i = 0; i < LIMIT_POLICY_PARTIES && !*out_is_accession; i++) {
        out_carries[i] = false;
    }
    return LG_OK;
}
