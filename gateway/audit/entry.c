/* SPDX-License-Identifier: Apache-2.0 */
/* An entry, big-endian; its hash is taken over the stored bytes, never over a rebuilt form:
 *
 *   at  size
 *    0   1   version, 1
 *    1   1   kind
 *    2   2   node
 *    4   8   epoch: starts of the log's process
 *   12   8   UTC milliseconds
 *   20   4   quarter: year * 4 + 0..3, names the key
 *   24   2   flags
 *   26   1   decision
 *   27   1   items form: 0 none, 1 bitmap, 2 digest
 *   28  16   request id
 *   44   4   agreement version
 *   48   4   record count
 *   52   8   sources
 *   60       source agency, requesting agency, agreement, purpose, basis, reason:
 *            a length byte of at most 63 and so many bytes of printable ASCII, each
 *       32   items, absent where the form is 0
 *       16   subject tag: HMAC-SHA-256(key, "tag" request id) cut to 16; random for nobody
 *        1   1 where a payload commitment follows, else 0
 *       32   payload commitment: SHA-256(salt, payload), or absent
 *            -- so far the head --
 *       32   key commitment: HMAC-SHA-256(key, head). The cipher does not bind its key; without
 *            this an operator could later open one entry in two ways
 *        2   length of the sealed part
 *            nonce 24, ciphertext, tag 16: XChaCha20-Poly1305 under the same key, everything
 *            before the length as associated data. Inside: salt 32 (where there is a commitment),
 *            a 16-bit length, so many bytes, zeros up to a multiple of 128
 *
 * Valid when every field is in its range and nothing is left over. At most 4,096 bytes. */
#include "gateway/audit/entry.h"

#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum {
    ENTRY_VERSION = 1,
    FIXED_SIZE = 60,
    CODE_COUNT = 6,
    CALLER_FLAGS = AUDIT_FLAG_FINAL | AUDIT_FLAG_CLEAR_IDENTIFIER | AUDIT_FLAG_EMERGENCY,
    ALL_FLAGS = CALLER_FLAGS | AUDIT_FLAG_CLOCK_HELD,
    SEALED_STEP = 128,
    SEALED_PLAIN_MAX =
        (AUDIT_SALT_SIZE + 2 + AUDIT_SEALED_SIZE_MAX + SEALED_STEP - 1) / SEALED_STEP * SEALED_STEP,
};

void audit_commitment_make(struct span payload, struct audit_commitment *out_commitment) {
    struct vault_sha256 hash;
    vault_random(out_commitment->salt, sizeof out_commitment->salt);
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(out_commitment->salt, sizeof out_commitment->salt));
    vault_sha256_add(&hash, payload);
    vault_sha256_end(&hash, out_commitment->hash);
}

bool audit_kind_is_change(enum audit_kind kind) {
    return kind == AUDIT_CONSENT || kind == AUDIT_STOP || kind == AUDIT_AGREEMENT ||
           kind == AUDIT_ENROL;
}

bool audit_kind_needs_reserve(enum audit_kind kind) {
    return kind == AUDIT_ASK || kind == AUDIT_RELEASE || kind == AUDIT_SEARCH;
}

uint32_t audit_quarter(int64_t time_ms) {
    /* Days to civil date, after the era arithmetic of 400 years of 146,097 days. */
    int64_t days = time_ms / 86400000 - (time_ms % 86400000 < 0 ? 1 : 0);
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * of_year + 2) / 153;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return (uint32_t)(year * 4 + (month - 1) / 3);
}

/* ---- Checking what callers give */

static bool code_is_valid(struct span code) {
    if (code.len > AUDIT_CODE_SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < code.len; i++) {
        if (code.ptr[i] < ' ' || code.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

static bool codes_are_valid(const struct audit_entry_fields *fields) {
    return code_is_valid(fields->source_agency) && code_is_valid(fields->requesting_agency) &&
           code_is_valid(fields->agreement) && code_is_valid(fields->purpose) &&
           code_is_valid(fields->basis) && code_is_valid(fields->reason);
}

struct lg_err audit_entry_check(const struct audit_entry_fields *fields) {
    bool ranges = (unsigned)fields->kind >= AUDIT_ASK && fields->kind < AUDIT_KIND_END &&
                  (unsigned)fields->decision < AUDIT_DECISION_END &&
                  (unsigned)fields->items_form <= AUDIT_ITEMS_DIGEST &&
                  (fields->flags & ~(unsigned)CALLER_FLAGS) == 0 &&
                  fields->sealed.len <= AUDIT_SEALED_SIZE_MAX;
    /* What leaves without a commitment could be anything. */
    bool bound = fields->kind != AUDIT_RELEASE || fields->commitment != NULL;
    if (!ranges || !bound || !codes_are_valid(fields)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_FIELDS);
    }
    return LG_OK;
}

static size_t plain_size(const struct audit_entry_fields *fields) {
    size_t salt = fields->commitment != NULL ? AUDIT_SALT_SIZE : 0;
    return (salt + 2 + fields->sealed.len + SEALED_STEP - 1) / SEALED_STEP * SEALED_STEP;
}

size_t audit_entry_size(const struct audit_entry_fields *fields) {
    size_t codes = fields->source_agency.len + fields->requesting_agency.len +
                   fields->agreement.len + fields->purpose.len + fields->basis.len +
                   fields->reason.len;
    size_t items = fields->items_form != AUDIT_ITEMS_NONE ? sizeof fields->items : 0;
    size_t commitment = fields->commitment != NULL ? AUDIT_HASH_SIZE : 0;
    return FIXED_SIZE + CODE_COUNT + codes + items + AUDIT_TAG_SIZE + 1 + commitment +
           VAULT_SHA256_SIZE + 2 + plain_size(fields) + VAULT_SEAL_OVERHEAD;
}

/* ---- Writing */

static void code_write(struct writer *w, struct span code) {
    writer_u8(w, (uint8_t)code.len);
    writer_bytes(w, code);
}

static void subject_tag(struct vault_key *key, struct span request_id,
                        uint8_t out[static AUDIT_TAG_SIZE]) {
    uint8_t input[3 + MODEL_REQUEST_ID_SIZE] = {'t', 'a', 'g'};
    uint8_t full[VAULT_SHA256_SIZE];
    ASSERT(request_id.len == MODEL_REQUEST_ID_SIZE);
    memcpy(input + 3, request_id.ptr, MODEL_REQUEST_ID_SIZE);
    vault_hmac_sha256(key, span_of(input, sizeof input), full);
    memcpy(out, full, AUDIT_TAG_SIZE);
}

static void tag_write(struct writer *w, const struct audit_entry_fields *fields,
                      struct vault_key *key) {
    uint8_t tag[AUDIT_TAG_SIZE];
    if (fields->person == NULL) {
        vault_random(tag, sizeof tag);
    } else {
        subject_tag(key, span_of(fields->request_id.bytes, MODEL_REQUEST_ID_SIZE), tag);
    }
    writer_bytes(w, span_of(tag, sizeof tag));
}

static unsigned flags_of(const struct audit_entry_fields *fields, const struct audit_stamp *stamp) {
    return fields->flags | (stamp->clock_held ? AUDIT_FLAG_CLOCK_HELD : 0U);
}

static void head_write(struct writer *w, const struct audit_entry_fields *fields,
                       const struct audit_stamp *stamp, struct vault_key *key) {
    writer_u8(w, ENTRY_VERSION);
    writer_u8(w, (uint8_t)fields->kind);
    writer_u16(w, stamp->node);
    writer_u64(w, stamp->epoch);
    writer_u64(w, (uint64_t)stamp->time_ms);
    writer_u32(w, audit_quarter(stamp->time_ms));
    writer_u16(w, (uint16_t)flags_of(fields, stamp));
    writer_u8(w, (uint8_t)fields->decision);
    writer_u8(w, (uint8_t)fields->items_form);
    writer_bytes(w, span_of(fields->request_id.bytes, MODEL_REQUEST_ID_SIZE));
    writer_u32(w, fields->agreement_version);
    writer_u32(w, fields->record_count);
    writer_u64(w, fields->sources);
    code_write(w, fields->source_agency);
    code_write(w, fields->requesting_agency);
    code_write(w, fields->agreement);
    code_write(w, fields->purpose);
    code_write(w, fields->basis);
    code_write(w, fields->reason);
    if (fields->items_form != AUDIT_ITEMS_NONE) {
        writer_bytes(w, span_of(fields->items, sizeof fields->items));
    }
    tag_write(w, fields, key);
    writer_u8(w, fields->commitment != NULL ? 1 : 0);
    if (fields->commitment != NULL) {
        writer_bytes(w, span_of(fields->commitment->hash, AUDIT_HASH_SIZE));
    }
}

static struct span sealed_plain(const struct audit_entry_fields *fields,
                                uint8_t plain[static SEALED_PLAIN_MAX]) {
    struct writer w = writer_of(plain, SEALED_PLAIN_MAX);
    if (fields->commitment != NULL) {
        writer_bytes(&w, span_of(fields->commitment->salt, AUDIT_SALT_SIZE));
    }
    writer_part(&w, fields->sealed);
    ASSERT(!w.failed);
    size_t len = plain_size(fields);
    memset(plain + w.used, 0, len - w.used);
    return span_of(plain, len);
}

static void sealed_write(struct writer *w, const struct audit_entry_fields *fields,
                         struct vault_key *key) {
    uint8_t plain_buf[SEALED_PLAIN_MAX];
    struct span bound = span_of(w->buf, w->used);
    struct span plain = sealed_plain(fields, plain_buf);
    size_t sealed_len = plain.len + VAULT_SEAL_OVERHEAD;
    writer_u16(w, (uint16_t)sealed_len);
    if (w->failed || w->size - w->used < sealed_len) {
        w->failed = true;
    } else {
        vault_seal(key, bound, plain, w->buf + w->used);
        w->used += sealed_len;
    }
    vault_wipe(plain_buf, sizeof plain_buf);
}

struct lg_err audit_entry_encode(const struct audit_entry_fields *fields,
                                 const struct audit_stamp *stamp, struct vault_key *key,
                                 uint8_t out[static AUDIT_ENTRY_SIZE_MAX], struct span *out_leaf) {
    uint8_t key_commitment[VAULT_SHA256_SIZE];
    TRY(audit_entry_check(fields));
    struct writer w = writer_of(out, AUDIT_ENTRY_SIZE_MAX);
    size_t size = audit_entry_size(fields);
    head_write(&w, fields, stamp, key);
    vault_hmac_sha256(key, span_of(w.buf, w.used), key_commitment);
    writer_bytes(&w, span_of(key_commitment, sizeof key_commitment));
    sealed_write(&w, fields, key);
    if (lg_failed(writer_end(&w, out_leaf))) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_ENTRY_SIZE);
    }
    ASSERT(out_leaf->len == size);
    return LG_OK;
}

/* ---- Reading */

static struct span code_read(struct reader *r) {
    struct span code = reader_bytes(r, reader_u8(r));
    if (!code_is_valid(code)) {
        r->failed = true;
    }
    return code;
}

static void numbers_read(struct reader *r, struct audit_entry *entry) {
    entry->node = reader_u16(r);
    entry->epoch = reader_u64(r);
    uint64_t time_ms = reader_u64(r);
    entry->time_ms = time_ms <= INT64_MAX ? (int64_t)time_ms : -1;
    entry->quarter = reader_u32(r);
    entry->flags = reader_u16(r);
    uint8_t decision = reader_u8(r);
    uint8_t items_form = reader_u8(r);
    entry->decision = (enum audit_decision)decision;
    entry->items_form = (enum audit_items_form)items_form;
    reader_copy(r, entry->request_id.bytes, MODEL_REQUEST_ID_SIZE);
    entry->agreement_version = reader_u32(r);
    entry->record_count = reader_u32(r);
    entry->sources = reader_u64(r);
    if (decision >= AUDIT_DECISION_END || items_form > AUDIT_ITEMS_DIGEST ||
        (entry->flags & ~(unsigned)ALL_FLAGS) != 0 || entry->time_ms < 0) {
        r->failed = true;
    }
}

static void variable_read(struct reader *r, struct audit_entry *entry) {
    entry->source_agency = code_read(r);
    entry->requesting_agency = code_read(r);
    entry->agreement = code_read(r);
    entry->purpose = code_read(r);
    entry->basis = code_read(r);
    entry->reason = code_read(r);
    if (entry->items_form != AUDIT_ITEMS_NONE) {
        entry->items = reader_bytes(r, 32);
    }
    entry->tag = reader_bytes(r, AUDIT_TAG_SIZE);
    uint8_t has_commitment = reader_u8(r);
    if (has_commitment > 1) {
        r->failed = true;
    }
    if (has_commitment == 1) {
        entry->commitment = reader_bytes(r, AUDIT_HASH_SIZE);
    }
}

struct lg_err audit_entry_decode(struct span leaf, struct audit_entry *out_entry) {
    struct audit_entry entry = {.kind = AUDIT_ASK};
    struct reader r = reader_of(leaf);
    uint8_t version = reader_u8(&r);
    uint8_t kind = reader_u8(&r);
    entry.kind = (enum audit_kind)kind;
    numbers_read(&r, &entry);
    variable_read(&r, &entry);
    if (!r.failed) {
        entry.head = span_slice(leaf, 0, leaf.len - r.rest.len);
    }
    entry.key_commitment = reader_bytes(&r, VAULT_SHA256_SIZE);
    entry.sealed = reader_part(&r);
    if (lg_failed(reader_end(&r)) || version != ENTRY_VERSION || kind < AUDIT_ASK ||
        kind >= AUDIT_KIND_END || leaf.len > AUDIT_ENTRY_SIZE_MAX ||
        entry.sealed.len < VAULT_SEAL_OVERHEAD + 2) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_LEAF_FORMAT);
    }
    *out_entry = entry;
    return LG_OK;
}

static struct lg_err not_opened(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_SEALED);
}

static struct lg_err plain_read(const struct audit_entry *entry, struct span plain,
                                struct span *out_salt, struct span *out_sealed) {
    struct reader r = reader_of(plain);
    struct span salt = {0};
    if (entry->commitment.len != 0) {
        salt = reader_bytes(&r, AUDIT_SALT_SIZE);
    }
    struct span sealed = reader_part(&r);
    if (r.failed) {
        return not_opened();
    }
    *out_salt = salt;
    *out_sealed = sealed;
    return LG_OK;
}

struct lg_err audit_entry_open(struct span leaf, struct vault_key *key, struct arena *arena,
                               struct span *out_salt, struct span *out_sealed) {
    struct audit_entry entry;
    uint8_t key_commitment[VAULT_SHA256_SIZE];
    TRY(audit_entry_decode(leaf, &entry));
    vault_hmac_sha256(key, entry.head, key_commitment);
    if (!vault_equal(entry.key_commitment, span_of(key_commitment, sizeof key_commitment))) {
        return not_opened();
    }
    size_t plain_len = entry.sealed.len - VAULT_SEAL_OVERHEAD;
    uint8_t *plain = arena_alloc(arena, plain_len);
    TRY(arena_failed(arena));
    struct span bound = span_slice(leaf, 0, entry.head.len + entry.key_commitment.len);
    if (lg_failed(vault_open(key, bound, entry.sealed, plain))) {
        return not_opened();
    }
    return plain_read(&entry, span_of(plain, plain_len), out_salt, out_sealed);
}

bool audit_entry_is_about(const struct audit_entry *entry, struct vault_key *key) {
    uint8_t tag[AUDIT_TAG_SIZE];
    subject_tag(key, span_of(entry->request_id.bytes, MODEL_REQUEST_ID_SIZE), tag);
    return vault_equal(entry->tag, span_of(tag, sizeof tag));
}
