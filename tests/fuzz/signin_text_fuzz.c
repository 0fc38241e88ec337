/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that come from a browser: base64 for URLs is read only as it would be written, and what is
 * found in a form was in it, and once. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/signin/signin_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 20, TEXT_MAX = 8192 };

static void base64_check(struct arena *arena, struct span text) {
    static char again[TEXT_MAX * 2];
    struct span bytes = {0};
    if (lg_failed(signin_base64url_read(text, arena, &bytes))) {
        return;
    }
    signin_base64url(bytes, again);
    ASSERT(span_equal_text(text, again));
}

static void form_check(struct arena *arena, struct span text) {
    struct span value = {0};
    if (!signin_form_find(text, "code", arena, &value) || value.ptr == NULL) {
        return;
    }
    ASSERT(value.len <= text.len);
    struct span encoded = signin_percent(arena, value);
    struct span form = arena_format(arena, "code=%.*s", (int)encoded.len, encoded.ptr);
    struct span again = {0};
    ASSERT(signin_form_find(form, "code", arena, &again));
    ASSERT(span_equal(again, value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    if (size > TEXT_MAX || lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    base64_check(arena, span_of(data, size));
    form_check(arena, span_of(data, size));
    arena_free(&arena);
    return 0;
}
