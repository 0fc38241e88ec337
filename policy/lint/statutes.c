/* SPDX-License-Identifier: Apache-2.0 */
/* W09: the gateway of a basis against the register of statutes. An entry that the register lacks
 * stops the compilation; here the basis and its entry are compared as a reader would, by the title
 * and year of the Act. Without a register a gateway is a word that nobody looked up. W15 and W16:
 * what the register will refuse or refer, for want of a word. */
#include "gateway/base/assert.h"
#include "policy/lint/lint_int.h"
#include "policy/register/register.h"
#include "policy/text/words.h"

static bool has_text(struct span text, struct span part) {
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (span_equal(span_slice(text, i, part.len), part)) {
            return true;
        }
    }
    return false;
}

/* Sections of the text in file order are bases in number order. */
static struct lg_err check_entry(struct lint *lint, const struct basis *basis, struct span id) {
    struct policy_register_entry entry;
    const struct policy_register *law = policy_law(lint->policy);
    if (law == NULL) {
        return policy_lint_say_at(lint, "W09", id,
                                  "the gateway `%.*s` of basis `%.*s` was not looked up: no "
                                  "register is at hand",
                                  lint_len(id), lint_str(id), lint_len(basis->id),
                                  lint_str(basis->id));
    }
    ASSERT(policy_register_find(law, id, &entry)); /* else it did not compile */
    if (!has_text(basis->title, entry.statute)) {
        return policy_lint_say_at(lint, "W09", id,
                                  "the gateway `%.*s` is in the %.*s, which the title of basis "
                                  "`%.*s` does not name",
                                  lint_len(id), lint_str(id), lint_len(entry.statute),
                                  lint_str(entry.statute), lint_len(basis->id),
                                  lint_str(basis->id));
    }
    return LG_OK;
}

static struct lg_err check_gateways(struct lint *lint, const struct basis *basis,
                                    const struct doc_section *section) {
    for (uint32_t i = 0; i < section->count; i++) {
        const struct doc_setting *setting = &lint->doc.settings[section->first + i];
        struct words words = policy_words_of(setting->value, setting->line);
        struct span item;
        while (span_equal_text(setting->name, "gateway") && policy_words_item(&words, &item)) {
            TRY(check_entry(lint, basis, item));
        }
    }
    return LG_OK;
}

/* ---- W15 ---- */

/* The first public authority that the clause shares from; POLICY_NONE: none. */
static uint32_t public_source(const struct policy *policy, const struct clause *clause) {
    for (uint32_t i = 0; i < policy->party_names.count; i++) {
        if (policy->parties[i].shown.is_public_authority && policy_bits_has(&clause->from, i)) {
            return i;
        }
    }
    return POLICY_NONE;
}

static struct lg_err check_power(struct lint *lint, const struct clause *clause) {
    const struct policy *policy = lint->policy;
    uint32_t source = public_source(policy, clause);
    for (uint32_t i = 0; source != POLICY_NONE && i < policy->basis_names.count; i++) {
        const struct basis *basis = &policy->bases[i];
        if (lint_has_basis(clause, i) && basis->law.entry_count == 0) {
            struct span party = policy->parties[source].shown.id;
            TRY(policy_lint_say(lint, "W15", (struct lint_place){clause->shown.line, "basis"},
                                "basis `%.*s` cites no `gateway`, so the public authority `%.*s` "
                                "shares nothing under it",
                                lint_len(basis->id), lint_str(basis->id), lint_len(party),
                                lint_str(party)));
        }
    }
    return LG_OK;
}

/* ---- W16 ---- */

static struct lg_err check_silence(struct lint *lint, const struct category *category) {
    const struct policy *policy = lint->policy;
    bool is_silent = category->data_class == POLICY_SPECIAL && !category->law.says_patient;
    for (uint32_t i = 0; is_silent && i < policy->party_names.count; i++) {
        if (policy->parties[i].law.is_care && policy_bits_has(&category->holders, i)) {
            return policy_lint_say_name(lint, "category", category->id, "W16",
                                        "is special category data of a body of health or social "
                                        "care, and nothing says whether it is patient information: "
                                        "what turns on that is referred");
        }
    }
    return LG_OK;
}

static struct lg_err check_judged(struct lint *lint) {
    const struct policy *policy = lint->policy;
    for (uint32_t i = 0; i < policy->category_names.count; i++) {
        TRY(check_silence(lint, &policy->categories[i]));
    }
    for (uint32_t i = 0; i < policy->clause_count; i++) {
        if (lint_is_share(&policy->clauses[i])) {
            TRY(check_power(lint, &policy->clauses[i]));
        }
    }
    return LG_OK;
}

struct lg_err policy_lint_statutes(struct lint *lint) {
    if (policy_law(lint->policy) != NULL) {
        TRY(check_judged(lint));
    }
    uint32_t basis = 0;
    for (uint32_t i = 0; i < lint->doc.section_count; i++) {
        const struct doc_section *section = &lint->doc.sections[i];
        if (span_equal_text(section->kind, "basis")) {
            TRY(check_gateways(lint, &lint->policy->bases[basis++], section));
        }
    }
    return LG_OK;
}
