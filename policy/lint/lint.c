/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/lint/lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "gateway/base/assert.h"
#include "policy/lint/lint_int.h"

enum { SENTENCE_SIZE = 480 };

static const struct doc_section *section_on(const struct lint *lint, uint32_t line) {
    uint32_t i = 0;
    while (lint->doc.sections[i].line != line) {
        i++;
    }
    ASSERT(i < lint->doc.section_count);
    return &lint->doc.sections[i];
}

const struct doc_setting *policy_lint_setting(const struct lint *lint,
                                              const struct doc_section *section, const char *name) {
    uint32_t i = section->first;
    while (!span_equal_text(lint->doc.settings[i].name, name)) {
        i++;
    }
    ASSERT(i < section->first + section->count);
    return &lint->doc.settings[i];
}

/* Moves the finding from its section to the value of one of its settings. */
static void move_to_setting(const struct lint *lint, const char *name,
                            struct policy_finding *finding) {
    const struct doc_section *section = section_on(lint, finding->line);
    const struct doc_setting *setting = policy_lint_setting(lint, section, name);
    (void)policy_doc_spot(&lint->doc, setting->value.ptr, &finding->line, &finding->column);
}

bool policy_lint_is_full(struct lint *lint) {
    bool is_full = policy_findings_are_full(lint->findings);
    lint->findings->is_cut |= is_full;
    return is_full;
}

struct lg_err policy_lint_say(struct lint *lint, const char *code, struct lint_place place,
                              const char *format, ...) {
    if (policy_lint_is_full(lint)) {
        return LG_OK;
    }
    char text[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct policy_finding finding = {
        .line = place.line, .column = place.line > 0, .sentence = span_text(text)};
    snprintf(finding.code, sizeof finding.code, "%s", code);
    if (place.setting != NULL) {
        move_to_setting(lint, place.setting, &finding);
    }
    return policy_findings_add(lint->findings, &finding);
}

struct lg_err policy_lint_say_at(struct lint *lint, const char *code, struct span word,
                                 const char *format, ...) {
    if (policy_lint_is_full(lint)) {
        return LG_OK;
    }
    char text[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct policy_finding finding = {.sentence = span_text(text)};
    snprintf(finding.code, sizeof finding.code, "%s", code);
    (void)policy_doc_spot(&lint->doc, word.ptr, &finding.line, &finding.column);
    return policy_findings_add(lint->findings, &finding);
}

struct lg_err policy_lint_say_name(struct lint *lint, const char *kind, struct span name,
                                   const char *code, const char *sentence) {
    const struct doc_section *section = lint->doc.sections;
    if (policy_lint_is_full(lint)) {
        return LG_OK;
    }
    while (!span_equal_text(section->kind, kind) || !span_equal(section->head, name)) {
        section++;
    }
    ASSERT(section < lint->doc.sections + lint->doc.section_count);
    return policy_lint_say(lint, code, (struct lint_place){section->line, NULL}, "%s `%.*s` %s",
                           kind, lint_len(name), lint_str(name), sentence);
}

uint32_t policy_lint_category(const struct policy *policy, const struct datum *datum) {
    return datum->kind == DATA_CATEGORY ? datum->index : policy->fields[datum->index].category;
}

struct span policy_lint_datum_text(struct lint *lint, const struct datum *datum) {
    if (datum->kind == DATA_FIELD) {
        return lint->policy->fields[datum->index].id;
    }
    struct span id = lint->policy->categories[datum->index].id;
    return arena_format(lint->arena, "%.*s.*", lint_len(id), lint_str(id));
}

struct lg_err policy_lint(const struct policy *policy, struct policy_findings *findings) {
    struct lint lint = {.policy = policy, .findings = findings, .arena = findings->arena};
    TRY(policy_doc_read(policy->text, lint.arena, NULL, &lint.doc));
    TRY(policy_lint_effects(&lint));
    TRY(policy_lint_unused(&lint));
    TRY(policy_lint_clauses(&lint));
    TRY(policy_lint_identity(&lint));
    TRY(policy_lint_emergencies(&lint));
    TRY(policy_lint_statutes(&lint));
    policy_findings_sort(findings);
    return LG_OK;
}
