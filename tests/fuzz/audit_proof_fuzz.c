/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts as text. Reading uses up the text, proof by proof; what was read can be written, and
 * reads back the same. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/audit/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_SIZE = 1 << 20 };

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static void same(const struct audit_proof *a, const struct audit_proof *b) {
    require(a->form.index == b->form.index);
    require(span_equal(a->form.leaf, b->form.leaf));
    require(span_equal(a->form.salt, b->form.salt));
    require(span_equal(a->checkpoint, b->checkpoint));
    require(span_equal(a->earlier.checkpoint, b->earlier.checkpoint));
    require(a->earlier.path.count == b->earlier.path.count);
    for (size_t i = 0; i < a->earlier.path.count; i++) {
        require(span_equal(a->earlier.path.items[i], b->earlier.path.items[i]));
    }
    require(a->form.path.count == b->form.path.count);
    for (size_t i = 0; i < a->form.path.count; i++) {
        require(a->form.path.items[i].len == AUDIT_HASH_SIZE);
        require(span_equal(a->form.path.items[i], b->form.path.items[i]));
    }
}

static void write_and_read(const struct audit_proof *proof, struct arena *arena) {
    struct audit_proof again;
    struct span text;
    if (lg_failed(audit_proof_write_since(&proof->form, proof->checkpoint, &proof->earlier, arena,
                                          &text))) {
        return; /* a checkpoint or leaf larger than ours are */
    }
    require(!lg_failed(audit_proof_read(&text, arena, &again)));
    require(text.len == 0);
    same(proof, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    struct span rest = span_of(data, size);
    if (lg_failed(arena_new(ARENA_SIZE, &arena))) {
        return 0;
    }
    for (size_t left = rest.len + 1; rest.len > 0 && rest.len < left;) {
        struct audit_proof proof;
        left = rest.len;
        if (lg_failed(audit_proof_read(&rest, arena, &proof))) {
            break;
        }
        require(rest.len < left);
        require(proof.form.path.count <= AUDIT_PATH_MAX);
        write_and_read(&proof, arena);
    }
    arena_free(&arena);
    return 0;
}
