/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs as text (c2sp.org/tlog-proof@v1), checked with nothing but the log's key:
 *
 *   c2sp.org/tlog-proof@v1
 *   extra BASE64            optional, unauthenticated. Ours: byte 2, leaf, salt and detail, each
 *                           after a 16-bit length; salt has 32 or 0 bytes. Other content is not
 *                           ours and the proof is then one without a leaf. Byte 3: the same, then
 *                           the checkpoint of an earlier receipt, and the hashes (32 bytes each)
 *                           that lead from its tree to this one's, each after a 16-bit length.
 *   index N                 decimal
 *   BASE64                  one line a hash, 0 to 63
 *                           an empty line
 *   CHECKPOINT              a signed note, to the end of the proof
 *
 * Several proofs may follow each other: each starts with the first line. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"

enum {
    EXTRA_VERSION = 2,
    EXTRA_VERSION_SINCE = 3,
    SINCE_HASHES_SIZE = AUDIT_CONSISTENCY_MAX * AUDIT_HASH_SIZE,
    EXTRA_SIZE_MAX = 1 + 2 + AUDIT_ENTRY_SIZE_MAX + 2 + AUDIT_SALT_SIZE + 2 +
                     AUDIT_DETAIL_SIZE_MAX + 2 + LIMIT_AUDIT_WITNESSED + 2 + SINCE_HASHES_SIZE,
    EXTRA_BASE64_SIZE = (EXTRA_SIZE_MAX + 2) / 3 * 4,
    HASH_BASE64_SIZE = 44,
    PLAIN_SIZE_MAX = 16384, /* text without an earlier checkpoint: of many, each takes no more */
};

static const char FIRST_LINE[] = "c2sp.org/tlog-proof@v1\n";

static_assert(EXTRA_BASE64_SIZE < (int)LIMIT_AUDIT_PROOF_LINE, "what is written can be read");

static struct lg_err malformed(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_PROOF_FORMAT);
}

/* ---- Writing */

static bool hashes_are_whole(const struct span_list *hashes, size_t most) {
    for (size_t i = 0; i < hashes->count; i++) {
        if (hashes->items[i].len != AUDIT_HASH_SIZE) {
            return false;
        }
    }
    return hashes->count <= most;
}

static bool form_is_writable(const struct receipt_form *form) {
    return form->leaf.len <= AUDIT_ENTRY_SIZE_MAX &&
           (form->salt.len == 0 || form->salt.len == AUDIT_SALT_SIZE) &&
           form->detail.len <= AUDIT_DETAIL_SIZE_MAX &&
           hashes_are_whole(&form->path, AUDIT_PATH_MAX);
}

static bool earlier_is_writable(const struct audit_earlier *earlier) {
    return earlier->checkpoint.len <= LIMIT_AUDIT_WITNESSED &&
           hashes_are_whole(&earlier->path, AUDIT_CONSISTENCY_MAX);
}

static void earlier_write(const struct audit_earlier *earlier, struct writer *w) {
    writer_part(w, earlier->checkpoint);
    writer_u16(w, (uint16_t)(earlier->path.count * AUDIT_HASH_SIZE));
    for (size_t i = 0; i < earlier->path.count; i++) {
        writer_bytes(w, earlier->path.items[i]);
    }
}

static void extra_write(const struct receipt_form *form, const struct audit_earlier *earlier,
                        struct writer *w) {
    uint8_t extra[EXTRA_SIZE_MAX];
    char text[EXTRA_BASE64_SIZE + 1];
    struct writer inner = writer_of(extra, sizeof extra);
    struct span written = {0};
    bool has_earlier = earlier->checkpoint.len > 0;
    writer_u8(&inner, has_earlier ? EXTRA_VERSION_SINCE : EXTRA_VERSION);
    writer_part(&inner, form->leaf);
    writer_part(&inner, form->salt);
    writer_part(&inner, form->detail);
    if (has_earlier) {
        earlier_write(earlier, &inner);
    }
    if (lg_failed(writer_end(&inner, &written))) {
        w->failed = true;
        return;
    }
    bytes_to_base64(written, text);
    vault_wipe(extra, sizeof extra);
    writer_text(w, "extra ");
    writer_text(w, text);
    writer_text(w, "\n");
    vault_wipe(text, sizeof text);
}

struct lg_err audit_proof_write_since(const struct receipt_form *form, struct span checkpoint,
                                      const struct audit_earlier *earlier, struct arena *arena,
                                      struct span *out_text) {
    if (!form_is_writable(form) || !earlier_is_writable(earlier) ||
        checkpoint.len > LIMIT_AUDIT_WITNESSED) {
        return malformed();
    }
    size_t size = earlier->checkpoint.len > 0 ? AUDIT_PROOF_SIZE_MAX : PLAIN_SIZE_MAX;
    uint8_t *buf = arena_alloc(arena, size);
    struct span index = arena_format(arena, "index %" PRIu64 "\n", form->index);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, size);
    writer_text(&w, FIRST_LINE);
    extra_write(form, earlier, &w);
    writer_bytes(&w, index);
    for (size_t i = 0; i < form->path.count; i++) {
        char text[HASH_BASE64_SIZE + 1];
        bytes_to_base64(form->path.items[i], text);
        writer_text(&w, text);
        writer_text(&w, "\n");
    }
    writer_text(&w, "\n");
    writer_bytes(&w, checkpoint);
    return writer_end(&w, out_text);
}

struct lg_err audit_proof_write(const struct receipt_form *form, struct span checkpoint,
                                struct arena *arena, struct span *out_text) {
    const struct audit_earlier none = {.checkpoint = {0}};
    return audit_proof_write_since(form, checkpoint, &none, arena, out_text);
}

/* ---- Reading */

static bool line_take(struct span *rest, struct span *out_line) {
    size_t end = span_index(*rest, '\n');
    if (end == rest->len || end > LIMIT_AUDIT_PROOF_LINE) {
        return false;
    }
    *out_line = span_slice(*rest, 0, end);
    *rest = span_slice(*rest, end + 1, rest->len);
    return true;
}

/* The first proof of the text: up to where the next one starts. */
static struct span first_proof(struct span text) {
    size_t mark = strlen(FIRST_LINE);
    for (size_t i = mark; i < text.len; i++) {
        if (text.ptr[i - 1] == '\n' &&
            span_starts_with(span_slice(text, i, text.len), span_text(FIRST_LINE))) {
            return span_slice(text, 0, i);
        }
    }
    return text;
}

/* Cuts the hashes apart. */
static struct lg_err hashes_split(struct span bytes, struct arena *arena,
                                  struct span_list *out_hashes) {
    size_t count = bytes.len / AUDIT_HASH_SIZE;
    struct span *items = arena_array(arena, AUDIT_CONSISTENCY_MAX, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        items[i] = span_slice(bytes, i * AUDIT_HASH_SIZE, AUDIT_HASH_SIZE);
    }
    *out_hashes = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

static bool extra_is_ours(const struct audit_proof *proof, uint8_t version, struct span hashes) {
    const struct receipt_form *form = &proof->form;
    bool has_earlier = version == EXTRA_VERSION_SINCE;
    return (has_earlier || version == EXTRA_VERSION) &&
           (form->salt.len == 0 || form->salt.len == AUDIT_SALT_SIZE) &&
           form->detail.len <= AUDIT_DETAIL_SIZE_MAX &&
           has_earlier == (proof->earlier.checkpoint.len > 0) && hashes.len <= SINCE_HASHES_SIZE &&
           hashes.len % AUDIT_HASH_SIZE == 0;
}

static struct lg_err extra_read(struct span line, struct arena *arena, struct audit_proof *proof) {
    size_t size = line.len / 4 * 3 + 3;
    size_t len = 0;
    uint8_t *bytes = arena_alloc(arena, size);
    TRY(arena_failed(arena));
    if (lg_failed(bytes_from_base64(line, bytes, size, &len))) {
        return malformed();
    }
    struct reader r = reader_of(span_of(bytes, len));
    uint8_t version = reader_u8(&r);
    struct audit_proof read = {.form = {.leaf = reader_part(&r)}};
    struct span hashes = span_of(NULL, 0);
    read.form.salt = reader_part(&r);
    read.form.detail = reader_part(&r);
    if (version == EXTRA_VERSION_SINCE) {
        read.earlier.checkpoint = reader_part(&r);
        hashes = reader_part(&r);
    }
    if (lg_failed(reader_end(&r)) || !extra_is_ours(&read, version, hashes)) {
        return LG_OK;
    }
    TRY(hashes_split(hashes, arena, &read.earlier.path));
    *proof = read;
    return LG_OK;
}

static struct lg_err index_read(struct span line, uint64_t *out_index) {
    struct span mark = span_text("index ");
    if (!span_starts_with(line, mark) ||
        lg_failed(audit_decimal_read(span_slice(line, mark.len, line.len), out_index))) {
        return malformed();
    }
    return LG_OK;
}

/* The hashes and the empty line after them. */
static struct lg_err path_read(struct span *rest, struct arena *arena, struct span_list *out_path) {
    struct span *items = arena_array(arena, AUDIT_PATH_MAX, sizeof *items);
    TRY(arena_failed(arena));
    size_t count = 0;
    struct span line;
    while (line_take(rest, &line)) {
        size_t len = 0;
        uint8_t bytes[AUDIT_HASH_SIZE + 1];
        if (line.len == 0) {
            *out_path = (struct span_list){.items = items, .count = count};
            return LG_OK;
        }
        if (count == AUDIT_PATH_MAX ||
            lg_failed(bytes_from_base64(line, bytes, sizeof bytes, &len)) ||
            len != AUDIT_HASH_SIZE) {
            return malformed();
        }
        items[count] = arena_copy(arena, span_of(bytes, len));
        TRY(arena_failed(arena));
        count++;
    }
    return malformed();
}

struct lg_err audit_proof_read(struct span *text, struct arena *arena,
                               struct audit_proof *out_proof) {
    struct audit_proof proof = {.checkpoint = {0}};
    struct span rest = first_proof(*text);
    struct span after = span_slice(*text, rest.len, text->len);
    struct span extra = span_text("extra ");
    struct span line;
    if (!span_starts_with(rest, span_text(FIRST_LINE))) {
        return malformed();
    }
    rest = span_slice(rest, strlen(FIRST_LINE), rest.len);
    if (!line_take(&rest, &line)) {
        return malformed();
    }
    if (span_starts_with(line, extra)) {
        TRY(extra_read(span_slice(line, extra.len, line.len), arena, &proof));
        if (!line_take(&rest, &line)) {
            return malformed();
        }
    }
    TRY(index_read(line, &proof.form.index));
    TRY(path_read(&rest, arena, &proof.form.path));
    if (rest.len == 0) {
        return malformed();
    }
    proof.checkpoint = rest;
    *text = after;
    *out_proof = proof;
    return LG_OK;
}

/* ---- Checking */

static struct lg_err checkpoint_verify(struct span text, const struct audit_vkey *vkey,
                                       struct audit_checkpoint *out_checkpoint) {
    struct audit_note note;
    TRY(audit_note_read(text, &note));
    TRY(audit_note_verify(&note, vkey));
    TRY(audit_checkpoint_parse(note.body, out_checkpoint));
    if (!span_equal(out_checkpoint->origin, vkey->name)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_ORIGIN);
    }
    return LG_OK;
}

static struct lg_err detail_verify(const struct receipt_form *form) {
    struct audit_entry entry;
    struct audit_detail detail;
    if (form->detail.len == 0) {
        return LG_OK;
    }
    TRY(audit_entry_decode(form->leaf, &entry));
    return audit_detail_read(&entry, form->detail, &detail);
}

static bool hashes_take(const struct span_list *list, size_t most, struct audit_hash *out_hashes) {
    if (!hashes_are_whole(list, most)) {
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        memcpy(out_hashes[i].bytes, list->items[i].ptr, AUDIT_HASH_SIZE);
    }
    return true;
}

/* What the holder had before is checked like the new one: by the log's signature. */
static struct lg_err earlier_verify(const struct audit_earlier *earlier,
                                    const struct audit_vkey *vkey,
                                    struct audit_verified *verified) {
    struct audit_checkpoint before;
    struct audit_hash hashes[AUDIT_CONSISTENCY_MAX];
    verified->earlier_size = 0;
    if (earlier->checkpoint.len == 0) {
        return LG_OK;
    }
    if (!hashes_take(&earlier->path, AUDIT_CONSISTENCY_MAX, hashes)) {
        return malformed();
    }
    TRY(checkpoint_verify(earlier->checkpoint, vkey, &before));
    struct audit_consistency_claim claim = {.from = before.size,
                                            .to = verified->size,
                                            .from_root = &before.root,
                                            .to_root = &verified->root};
    if (lg_failed(audit_merkle_consistency_check(&claim, hashes, earlier->path.count))) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_EARLIER);
    }
    verified->earlier_size = before.size;
    return LG_OK;
}

struct lg_err audit_proof_verify(const struct audit_proof *proof, const struct audit_vkey *vkey,
                                 struct audit_verified *out_verified) {
    struct audit_checkpoint checkpoint;
    struct audit_hash hashes[AUDIT_PATH_MAX];
    struct audit_verified verified;
    const struct receipt_form *form = &proof->form;
    if (form->leaf.ptr == NULL || !hashes_take(&form->path, AUDIT_PATH_MAX, hashes)) {
        return malformed();
    }
    TRY(checkpoint_verify(proof->checkpoint, vkey, &checkpoint));
    audit_merkle_leaf(form->leaf, &verified.leaf_hash);
    struct audit_inclusion_claim claim = {.index = form->index,
                                          .size = checkpoint.size,
                                          .leaf_hash = &verified.leaf_hash,
                                          .root = &checkpoint.root};
    TRY(audit_merkle_inclusion_check(&claim, hashes, form->path.count));
    TRY(detail_verify(form));
    verified.size = checkpoint.size;
    verified.root = checkpoint.root;
    TRY(earlier_verify(&proof->earlier, vkey, &verified));
    *out_verified = verified;
    return LG_OK;
}
