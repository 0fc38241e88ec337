/* SPDX-License-Identifier: Apache-2.0 */
/* W09: the gateway of a basis against the register of statutes. An entry that the register lacks
 * stops the compilation; here the basis and its entry are compared as a reader would, by the title
 * and year of the Act. Without a register a gateway is a word that nobody looked up. */
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
    if (policy_register_find(law, id, &entry) && !has_text(basis->title, entry.statute)) {
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

struct lg_err policy_lint_statutes(struct lint *lint) {
    uint32_t basis = 0;
    for (uint32_t i = 0; i < lint->doc.section_count; i++) {
        const struct doc_section *section = &lint->doc.sections[i];
        if (span_equal_text(section->kind, "basis")) {
            TRY(check_gateways(lint, &lint->policy->bases[basis++], section));
        }
    }
    return LG_OK;
}
