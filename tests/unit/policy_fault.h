/* SPDX-License-Identifier: Apache-2.0 */
/* What stops a load, as a table: tests/vectors/policy/whole.isa, which uses every section and
 * setting of the language, with one passage changed. */
#ifndef TESTS_UNIT_POLICY_FAULT_H
#define TESTS_UNIT_POLICY_FAULT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/policy.h"
#include "tests/support/support.h"

#include <cmocka.h>

#define POLICY_FAULT_FOLDER LOCKGATE_SOURCE "/tests/vectors/policy"

/* Replace the first `from` by `to`; the load stops on the line of `from` plus `down`, with `says`
 * somewhere in the sentence. */
struct fault {
    const char *from;
    const char *to;
    int down;
    const char *says;
};

static inline char *whole_text(void) {
    size_t len;
    char *text = support_file_read(POLICY_FAULT_FOLDER, "whole.isa", &len);
    assert_non_null(text);
    return text;
}

static inline char *replaced(const char *text, const char *from, const char *to,
                             uint32_t *out_line) {
    const char *at = strstr(text, from);
    if (at == NULL) {
        print_error("not in the text: %s\n", from);
        fail();
        return NULL;
    }
    size_t size = strlen(text) + strlen(to) + 1;
    char *changed = calloc(1, size);
    assert_non_null(changed);
    snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    *out_line = 1;
    for (const char *c = text; c < at; c++) {
        *out_line += *c == '\n';
    }
    return changed;
}

LG_MUST_USE static inline struct lg_err compile(const char *text, const char *floor,
                                                struct diag *diag) {
    struct policy *policy = NULL;
    struct lg_err err = policy_compile(span_text(text), span_text(floor), diag, &policy);
    assert_int_equal(policy == NULL, lg_failed(err));
    policy_free(&policy);
    return err;
}

static inline void check_faults(const struct fault *faults, size_t count) {
    char *text = whole_text();
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct diag diag = {0};
        uint32_t line = 0;
        char *changed = replaced(text, faults[i].from, faults[i].to, &line);
        struct lg_err err = compile(changed, NULL, &diag);
        if (lg_err_class(err) != LG_CLASS_CONFIG || strstr(diag.text, faults[i].says) == NULL) {
            print_error("%s -> %s: line %u: %s\n", faults[i].from, faults[i].to,
                        (unsigned)diag.line, diag.text);
            wrong++;
        }
        line = (uint32_t)((int)line + faults[i].down);
        if (diag.line != line) {
            print_error("%s -> %s: line %u, wanted %u: %s\n", faults[i].from, faults[i].to,
                        (unsigned)diag.line, (unsigned)line, diag.text);
            wrong++;
        }
        free(changed);
    }
    free(text);
    assert_int_equal(wrong, 0);
}

#endif
