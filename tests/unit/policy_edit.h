/* SPDX-License-Identifier: Apache-2.0 */
/* An agreement's text with one thing changed. */
#ifndef TESTS_UNIT_POLICY_EDIT_H
#define TESTS_UNIT_POLICY_EDIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A copy, for free(), in which the first `from` is `to`. Fails the test where there is none. */
static inline char *edited(const char *text, const char *from, const char *to) {
    size_t size = strlen(text) + strlen(to) + 1;
    char *copy = calloc(1, size);
    const char *at = strstr(text, from);
    assert_non_null(copy);
    if (at == NULL) {
        fail_msg("not in the text: %s", from);
    }
    snprintf(copy, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return copy;
}

/* The same, and frees the text. */
static inline char *edited_more(char *text, const char *from, const char *to) {
    char *copy = edited(text, from, to);
    free(text);
    return copy;
}

/* Edits that are made in turn; `from` NULL: none. */
struct edit {
    const char *from;
    const char *to;
};

static inline char *with_edits(char *text, const struct edit *edits, size_t count) {
    for (size_t i = 0; i < count && edits[i].from != NULL; i++) {
        text = edited_more(text, edits[i].from, edits[i].to);
    }
    return text;
}

#endif
