/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes to the check. It stops where compilation stops, with the first fault that compilation
 * names among its findings; every place is in the text; what compiles is looked through to the end
 * and printed in every form. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "policy/lint/lint.h"
#include "policy/print/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 1 << 26 };

static uint32_t lines_in(struct span text) {
    uint32_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

static void check_places(const struct policy_findings *findings, struct span text) {
    uint32_t lines = lines_in(text);
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct policy_finding *finding = &findings->items[i];
        ASSERT(finding->line <= lines);
        ASSERT((finding->line == 0) == (finding->column == 0));
        ASSERT(finding->sentence.len > 0);
        ASSERT(policy_rule_text_find(finding->code) != NULL);
    }
}

static bool holds(const struct policy_findings *findings, const struct diag *diag) {
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct policy_finding *finding = &findings->items[i];
        if (finding->line == diag->line && finding->column == diag->column &&
            strcmp(finding->code, diag->code) == 0) {
            return true;
        }
    }
    return false;
}

static void print_all(const struct policy *policy, struct arena *arena) {
    const struct policy_form form = {0};
    struct span text;
    bool good = !lg_failed(policy_print_agreement(policy, arena, &text)) &&
                !lg_failed(policy_print_schedule(policy, arena, &text)) &&
                !lg_failed(policy_print_processing(policy, arena, &text)) &&
                !lg_failed(policy_print_json(policy, arena, &text)) &&
                !lg_failed(policy_print_decision(policy, &form, arena, &text));
    ASSERT(good || lg_failed(arena_failed(arena)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN(arena_free) struct arena *arena = NULL;
    OWN(policy_free) struct policy *compiled = NULL;
    OWN(policy_free) struct policy *checked = NULL;
    struct span text = span_of(data, size);
    struct policy_findings findings;
    struct diag diag = {0};
    if (lg_failed(arena_new(ARENA, &arena)) || lg_failed(policy_findings_init(&findings, arena))) {
        return 0;
    }
    struct lg_err one = policy_compile(text, span_of(NULL, 0), &diag, &compiled);
    struct lg_err two = policy_check(text, span_of(NULL, 0), &findings, &checked);
    ASSERT(lg_failed(one) == lg_failed(two));
    ASSERT(lg_failed(two) == (findings.count > 0));
    ASSERT(lg_err_class(one) != LG_CLASS_CONFIG || holds(&findings, &diag) || findings.is_cut);
    if (checked != NULL) {
        ASSERT(!lg_failed(policy_lint(checked, &findings)));
        print_all(checked, arena);
    }
    check_places(&findings, text);
    return 0;
}
