/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes to the formatter. What formats, formats to itself the second time, and compiles if and
 * only if the text itself does, with the same rows; what does not has a sentence. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "policy/format/format.h"
#include "policy/policy_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 1 << 26 };

static void check_rows(const struct policy *a, const struct policy *b) {
    size_t entries = (size_t)a->table.row_count * a->field_names.count;
    ASSERT(a->table.row_count == b->table.row_count);
    ASSERT(a->table.ban_count == b->table.ban_count);
    ASSERT(a->clause_count == b->clause_count);
    ASSERT(a->arm_count == b->arm_count);
    ASSERT(memcmp(a->table.rows, b->table.rows, entries * sizeof *a->table.rows) == 0);
}

static void check_meaning(struct span text, struct span formatted) {
    OWN(policy_free) struct policy *one = NULL;
    OWN(policy_free) struct policy *two = NULL;
    struct diag diag = {0};
    bool good = !lg_failed(policy_compile(text, span_of(NULL, 0), &diag, &one));
    ASSERT(good == !lg_failed(policy_compile(formatted, span_of(NULL, 0), &diag, &two)));
    if (good) {
        check_rows(one, two);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span text = span_of(data, size);
    struct span once;
    struct span twice;
    struct diag diag = {0};
    if (lg_failed(arena_new(ARENA, &arena))) {
        return 0;
    }
    struct lg_err err = policy_format(text, arena, &diag, &once);
    if (lg_failed(err)) {
        ASSERT(lg_err_class(err) != LG_CLASS_CONFIG || diag.text[0] != 0);
        return 0;
    }
    ASSERT(!lg_failed(policy_format(once, arena, &diag, &twice)));
    ASSERT(span_equal(once, twice));
    check_meaning(text, once);
    return 0;
}
