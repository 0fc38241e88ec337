/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/print/print.h"

#include "policy/print/print_int.h"

enum { COLUMNS = 80, DOTS = 40 };

struct lg_err policy_print_begin(const struct policy *policy, struct arena *arena,
                                 struct policy *scratch, struct print *out_print) {
    struct print print = {.policy = policy, .out = policy_out_of(arena)};
    struct diag diag;
    scratch->arena = arena;
    print.load = (struct load){.policy = scratch, .diag = &diag};
    TRY(policy_doc_read(policy->text, arena, &diag, &print.load.doc));
    TRY(policy_sections_classify(&print.load));
    print.load.diag = NULL;
    *out_print = print;
    return LG_OK;
}

struct span policy_print_setting(const struct print *print, uint32_t section, const char *name) {
    const struct doc *doc = &print->load.doc;
    for (uint32_t i = 0; i < doc->sections[section].count; i++) {
        const struct doc_setting *setting = &doc->settings[doc->sections[section].first + i];
        if (span_equal_text(setting->name, name)) {
            return setting->value;
        }
    }
    return span_of(NULL, 0);
}

uint32_t policy_print_section(const struct print *print, enum section_kind kind, struct span name) {
    for (uint32_t i = 0; i < print->load.doc.section_count; i++) {
        if (print->load.kinds[i] == kind && span_equal(print->load.doc.sections[i].head, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

uint32_t policy_print_clause(const struct print *print, const struct policy_clause *clause) {
    uint32_t i = 0;
    while (print->load.doc.sections[i].line != clause->line) {
        i++;
    }
    return i;
}

void policy_print_line(struct out *out, size_t indent, const char *label, struct span text) {
    struct words words = policy_words_of(text, 0);
    struct span word;
    size_t column = indent + policy_out_columns(span_text(label));
    policy_out_byte(out, ' ', indent);
    policy_out_text(out, label);
    if (text.len == 0) {
        policy_out_byte(out, ' ', 1);
        policy_out_byte(out, '.', DOTS);
    }
    while (policy_words_next(&words, &word)) {
        size_t width = policy_out_columns(word) + 1;
        if (column + width > COLUMNS) {
            policy_out_byte(out, '\n', 1);
            policy_out_byte(out, ' ', indent + 1);
            column = indent + 1;
        }
        policy_out_byte(out, ' ', 1);
        policy_out_span(out, word);
        column += width;
    }
    policy_out_byte(out, '\n', 1);
}

struct span policy_print_words(struct print *print, struct span value) {
    struct out out = policy_out_of(print->out.arena);
    struct span text = span_of(NULL, 0);
    policy_out_words(&out, value);
    print->out.has_failed |= lg_failed(policy_out_done(&out, &text));
    return text;
}

struct span policy_print_treatment(struct print *print, const struct datum *datum) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "",
        [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "generalise",
        [TREATMENT_PSEUDONYMISE] = "pseudonymise",
        [TREATMENT_AGGREGATE] = "aggregate",
        [TREATMENT_REDACT] = "redact",
    };
    const struct arm *arm = &print->policy->arms[datum->arm];
    if (arm->treatment != TREATMENT_GENERALISE) {
        return span_text(words[arm->treatment]);
    }
    struct span rule = print->policy->rules[arm->rule].id;
    struct span text =
        arena_format(print->out.arena, "generalise by %.*s", (int)rule.len, (const char *)rule.ptr);
    print->out.has_failed |= text.ptr == NULL;
    return text;
}

const char *policy_print_class(enum policy_class data_class) {
    return data_class == POLICY_ORDINARY  ? "ordinary"
           : data_class == POLICY_SPECIAL ? "special category"
                                          : "criminal offence";
}
