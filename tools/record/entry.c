/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a record, big-endian.
 *
 *   at  size   head of a file
 *    0   8     "LGREC001"
 *    8   4     number of the file, from 1
 *   12   8     made, ms since 1970 UTC
 *   20  32     chain after the last entry of the file before; zeros in the first file of all
 *   52   8     length of the file before up to there; 0 in the first file of all
 *   60   4     bytes of the file before that had been made durable and were not there any more, or
 *              not as they had been, when this file was begun; 0: none
 *
 *   entry, behind the head and behind each other
 *    0   4     length n of the body, 26 to 65,536
 *    4   n     body
 *  4+n  32     chain: SHA-256(chain before, length, body); before the first entry of a file the
 *              chain is SHA-256("lockgate record", head)
 *
 *   body
 *    0   1     version, 1
 *    1   1     kind: 1 left, 2 receipt, 3 unsent
 *    2   8     ms since 1970 UTC
 *   10  16     call reference
 *   left:
 *        4     agreement version
 *              agreement, purpose, code of a withholding: a length byte and so many bytes, each
 *        4     records that left
 *       32     commitment to the bytes that left
 *        2     how many items were asked for, at most 256; then of each
 *                1  1 where it left, else 0
 *                   its name: a length byte and so many bytes
 *   receipt:
 *        8     index of the leaf
 *       32     hash of the leaf
 *        1     1 where the leaf's payload commitment follows, else 0
 *       32     that, or absent
 *   unsent: nothing
 *
 * A body is valid when each of its parts is in its range and nothing is left over; an entry when
 * its body is valid and its chain is the one that follows from everything before it. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "tools/record/record.h"

enum { BODY_VERSION = 1, NAME_MAX_BYTES = LIMIT_WIRE_NAME };

static const char magic[] = "LGREC001";
static const char chain_label[] = "lockgate record";

static struct lg_err fail(enum lg_class klass, enum record_code code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

/* ---- head and chain ------------------------------------------------------------------------- */

void record_head_write(const struct record_head *head, uint8_t out[static RECORD_HEAD_SIZE]) {
    struct writer w = writer_of(out, RECORD_HEAD_SIZE);
    struct span written;
    writer_text(&w, magic);
    writer_u32(&w, head->number);
    writer_u64(&w, (uint64_t)head->made_ms);
    writer_bytes(&w, span_of(head->before_chain, sizeof head->before_chain));
    writer_u64(&w, head->before_len);
    writer_u32(&w, head->before_lost);
    lg_err_ignore(writer_end(&w, &written), "as long as its parts");
}

struct lg_err record_head_read(const uint8_t bytes[static RECORD_HEAD_SIZE],
                               struct record_head *out_head) {
    struct reader r = reader_of(span_of(bytes, RECORD_HEAD_SIZE));
    struct record_head head;
    struct span begin = reader_bytes(&r, sizeof magic - 1);
    head.number = reader_u32(&r);
    head.made_ms = (int64_t)reader_u64(&r);
    reader_copy(&r, head.before_chain, sizeof head.before_chain);
    head.before_len = reader_u64(&r);
    head.before_lost = reader_u32(&r);
    if (lg_failed(reader_end(&r)) || !span_equal_text(begin, magic) || head.number == 0 ||
        head.made_ms < 0) {
        return fail(LG_CLASS_INPUT, RECORD_FORMAT);
    }
    *out_head = head;
    return LG_OK;
}

void record_chain_begin(const uint8_t head[static RECORD_HEAD_SIZE],
                        uint8_t out[static RECORD_HASH_SIZE]) {
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_text(chain_label));
    vault_sha256_add(&hash, span_of(head, RECORD_HEAD_SIZE));
    vault_sha256_end(&hash, out);
}

void record_chain_next(uint8_t chain[static RECORD_HASH_SIZE], struct span body) {
    struct vault_sha256 hash;
    const uint8_t len[4] = {(uint8_t)(body.len >> 24), (uint8_t)(body.len >> 16),
                            (uint8_t)(body.len >> 8), (uint8_t)body.len};
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(chain, RECORD_HASH_SIZE));
    vault_sha256_add(&hash, span_of(len, sizeof len));
    vault_sha256_add(&hash, body);
    vault_sha256_end(&hash, chain);
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool entry_fits(const struct record_entry *entry) {
    bool fits = entry->kind >= RECORD_LEFT && entry->kind < RECORD_KIND_END &&
                entry->time_ms >= 0 && entry->agreement.len <= NAME_MAX_BYTES &&
                entry->purpose.len <= NAME_MAX_BYTES && entry->withheld.len <= NAME_MAX_BYTES &&
                entry->items.count <= LIMIT_WIRE_ITEMS;
    for (size_t i = 0; fits && i < entry->items.count; i++) {
        fits = entry->items.items[i].len <= NAME_MAX_BYTES;
    }
    return fits;
}

static void name_write(struct writer *w, struct span name) {
    writer_u8(w, (uint8_t)name.len);
    writer_bytes(w, name);
}

static void left_write(struct writer *w, const struct record_entry *entry) {
    writer_u32(w, entry->agreement_version);
    name_write(w, entry->agreement);
    name_write(w, entry->purpose);
    name_write(w, entry->withheld);
    writer_u32(w, entry->record_count);
    writer_bytes(w, span_of(entry->payload, sizeof entry->payload));
    writer_u16(w, (uint16_t)entry->items.count);
    for (size_t i = 0; i < entry->items.count; i++) {
        writer_u8(w, (entry->gave[i / 8] >> (i % 8)) & 1);
        name_write(w, entry->items.items[i]);
    }
}

static void receipt_write(struct writer *w, const struct record_entry *entry) {
    writer_u64(w, entry->index);
    writer_bytes(w, span_of(entry->leaf_hash, sizeof entry->leaf_hash));
    writer_u8(w, entry->has_commitment ? 1 : 0);
    if (entry->has_commitment) {
        writer_bytes(w, span_of(entry->commitment, sizeof entry->commitment));
    }
}

struct lg_err record_body_write(const struct record_entry *entry, struct arena *arena,
                                struct span *out_body) {
    if (!entry_fits(entry)) {
        return fail(LG_CLASS_INPUT, RECORD_FIELDS);
    }
    uint8_t *buf = arena_alloc(arena, RECORD_BODY_MAX);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, RECORD_BODY_MAX);
    writer_u8(&w, BODY_VERSION);
    writer_u8(&w, (uint8_t)entry->kind);
    writer_u64(&w, (uint64_t)entry->time_ms);
    writer_bytes(&w, span_of(entry->call.bytes, sizeof entry->call.bytes));
    if (entry->kind == RECORD_LEFT) {
        left_write(&w, entry);
    } else if (entry->kind == RECORD_RECEIPT) {
        receipt_write(&w, entry);
    }
    return lg_failed(writer_end(&w, out_body)) ? fail(LG_CLASS_INPUT, RECORD_FIELDS) : LG_OK;
}

/* ---- reading -------------------------------------------------------------------------------- */

static struct span name_read(struct reader *r) {
    size_t len = reader_u8(r);
    r->failed = r->failed || len > NAME_MAX_BYTES;
    return reader_bytes(r, len);
}

static void left_read(struct reader *r, struct span items[static LIMIT_WIRE_ITEMS],
                      struct record_entry *entry) {
    entry->agreement_version = reader_u32(r);
    entry->agreement = name_read(r);
    entry->purpose = name_read(r);
    entry->withheld = name_read(r);
    entry->record_count = reader_u32(r);
    reader_copy(r, entry->payload, sizeof entry->payload);
    size_t count = reader_u16(r);
    r->failed = r->failed || count > LIMIT_WIRE_ITEMS;
    for (size_t i = 0; !r->failed && i < count; i++) {
        uint8_t left = reader_u8(r);
        r->failed = r->failed || left > 1;
        entry->gave[i / 8] |= (uint8_t)(left << (i % 8));
        items[i] = name_read(r);
    }
    entry->items = (struct span_list){.items = items, .count = r->failed ? 0 : count};
}

static void receipt_read(struct reader *r, struct record_entry *entry) {
    entry->index = reader_u64(r);
    reader_copy(r, entry->leaf_hash, sizeof entry->leaf_hash);
    uint8_t has = reader_u8(r);
    r->failed = r->failed || has > 1;
    entry->has_commitment = has == 1;
    if (entry->has_commitment) {
        reader_copy(r, entry->commitment, sizeof entry->commitment);
    }
}

struct lg_err record_body_read(struct span body, struct span items[static LIMIT_WIRE_ITEMS],
                               struct record_entry *out_entry) {
    struct reader r = reader_of(body);
    struct record_entry entry = {.kind = RECORD_KIND_END};
    uint8_t version = reader_u8(&r);
    entry.kind = (enum record_kind)reader_u8(&r);
    entry.time_ms = (int64_t)reader_u64(&r);
    reader_copy(&r, entry.call.bytes, sizeof entry.call.bytes);
    if (entry.kind == RECORD_LEFT) {
        left_read(&r, items, &entry);
    } else if (entry.kind == RECORD_RECEIPT) {
        receipt_read(&r, &entry);
    }
    if (lg_failed(reader_end(&r)) || version != BODY_VERSION || entry.kind < RECORD_LEFT ||
        entry.kind >= RECORD_KIND_END || entry.time_ms < 0) {
        return fail(LG_CLASS_INPUT, RECORD_FORMAT);
    }
    *out_entry = entry;
    return LG_OK;
}
