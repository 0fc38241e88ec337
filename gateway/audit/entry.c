/* SPDX-License-Identifier: Apache-2.0 */
/* An entry, big-endian; its hash is taken over the stored bytes, never over a rebuilt form:
 *
 *   at  size
 *    0   1   version, 2
 *    1   1   kind
 *    2   1   decision
 *    3   1   items form: 0 none, 1 bitmap, 2 digest
 *    4  16   request id; of a part a random one of its own
 *   20   4   agreement version
 *   24       source agency, requesting agency, agreement, purpose, basis, reason:
 *            a length byte of at most 63 and so many bytes of printable ASCII, each
 *       32   items, absent where the form is 0
 *       16   subject tag: HMAC-SHA-256(key, "tag" request id) cut to 16; random for nobody
 *        1   1 where a payload commitment follows, else 0
 *       32   payload commitment: SHA-256(salt, payload), or absent
 *            of a part (RELEASE, and DENIAL that names a source agency):
 *        4     day: days since 1970-01-01 UTC
 *       16     asker tag: HMAC-SHA-256(nobody's key, "ask" request id, agency that asked) cut to 16
 *       32     detail commitment: SHA-256(detail)
 *            of everything else:
 *        2     node
 *        8     epoch: starts of the log's process
 *        8     UTC milliseconds
 *        2     flags
 *        4     record count
 *        8     sources
 *            -- so far the head --
 *       32   key commitment: HMAC-SHA-256(key, head). The cipher does not bind its key; without
 *            this an operator could later open one entry in two ways
 *        2   length of the sealed part
 *            nonce 24, ciphertext, tag 16: XChaCha20-Poly1305 under the same key, everything
 *            before the length as associated data. Inside: salt 32 (where there is a commitment),
 *            of a part its detail after a 16-bit length, the submitter's bytes after a 16-bit
 *            length, zeros up to a multiple of 128, of a part of 384
 *
 *   detail of a part
 *    0  32   salt of its own
 *   32   8   UTC milliseconds
 *   40   2   flags
 *   42   4   record count
 *   46  16   request id of the question
 *   62       requesting agency, purpose, basis, reason: as above
 *
 * Valid when every field is in its range and nothing is left over. At most 4,096 bytes.
 *
 * A part's leaf is handed to its source, and sources may lay theirs side by side. What two leaves
 * of one question may have alike is only what the leaves of very many questions have:
 *
 *   version, kind, decision, items form   a few values in the whole log
 *   agreement and its version             the source was asked under it, and has to be able to
 *                                         prove so; all questions under it share it
 *   requesting agency, purpose, basis     empty, but where the clause tells the source: then one of
 *                                         the agreement's few words, which the source was sent
 *                                         with the call already
 *   reason                                a source's own state, or the coarse reason of a refusal
 *   day                                   all questions of the day. An hour would be that of one
 *                                         question at night; a month would make the leaf useless to
 *                                         its holder
 *   length of the sealed part             one length unless what was asked for, user id and codes
 *                                         are of the longest; it never follows from the person
 *
 * Request id, tags, commitments, nonce and ciphertext are random to whoever has no key. Items are a
 * digest that begins with the part's own request id. Time, flags, count, node, start of the process
 * and the question's id, which only leaves of one question or one moment share, are in the detail
 * or nowhere. */
#include "gateway/audit/entry.h"

#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum {
    ENTRY_VERSION = 2,
    FIXED_SIZE = 24,
    PART_SIZE = 4 + AUDIT_TAG_SIZE + AUDIT_HASH_SIZE,
    OPEN_SIZE = 2 + 8 + 8 + 2 + 4 + 8,
    CODE_COUNT = 6,
    DETAIL_FIXED_SIZE = 62,
    DETAIL_CODE_COUNT = 4,
    DAY_MS = 86400000,
    CALLER_FLAGS = AUDIT_FLAG_FINAL | AUDIT_FLAG_CLEAR_IDENTIFIER | AUDIT_FLAG_EMERGENCY,
    ALL_FLAGS = CALLER_FLAGS | AUDIT_FLAG_CLOCK_HELD,
    SEALED_STEP = 128,
    SEALED_STEP_PART = 1152,
    SEALED_PLAIN_MAX = (AUDIT_SALT_SIZE + 2 + AUDIT_DETAIL_SIZE_MAX + 2 + AUDIT_SEALED_SIZE_MAX +
                        SEALED_STEP_PART - 1) /
                       SEALED_STEP_PART * SEALED_STEP_PART,
};

static_assert(AUDIT_DETAIL_SIZE_MAX ==
                  DETAIL_FIXED_SIZE + DETAIL_CODE_COUNT * (1 + AUDIT_CODE_SIZE_MAX),
              "a detail of the longest codes");
static_assert(FIXED_SIZE + CODE_COUNT * (1 + AUDIT_CODE_SIZE_MAX) + 32 + AUDIT_TAG_SIZE + 1 +
                      AUDIT_HASH_SIZE + PART_SIZE + VAULT_SHA256_SIZE + 2 + SEALED_PLAIN_MAX +
                      VAULT_SEAL_OVERHEAD <=
                  AUDIT_ENTRY_SIZE_MAX,
              "the largest entry fits");

void audit_commitment_make(struct span payload, struct audit_commitment *out_commitment) {
    struct vault_sha256 hash;
    vault_random(out_commitment->salt, sizeof out_commitment->salt);
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(out_commitment->salt, sizeof out_commitment->salt));
    vault_sha256_add(&hash, payload);
    vault_sha256_end(&hash, out_commitment->hash);
}

/* Padding changes nothing, and may stand with the changes that it covers. */
bool audit_kind_is_change(enum audit_kind kind) {
    return kind == AUDIT_CONSENT || kind == AUDIT_PAD || kind == AUDIT_STOP ||
           kind == AUDIT_AGREEMENT || kind == AUDIT_ENROL || kind == AUDIT_REVIEW ||
           kind == AUDIT_ERASURE || kind == AUDIT_SUBJECT_ACCESS || kind == AUDIT_DUTY ||
           kind == AUDIT_INCIDENT || kind == AUDIT_SUPPRESSION;
}

bool audit_is_part(enum audit_kind kind, struct span source_agency) {
    return kind == AUDIT_RELEASE || (kind == AUDIT_DENIAL && source_agency.len > 0);
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

/* Of a part the detail has what the leaf does not; of anything else the leaf has it all. */
static bool shape_is_valid(const struct audit_entry_fields *fields) {
    const struct audit_detail *detail = fields->detail;
    if (!audit_is_part(fields->kind, fields->source_agency)) {
        return detail == NULL && (fields->flags & ~(unsigned)CALLER_FLAGS) == 0;
    }
    /* What leaves without a commitment could be anything. */
    return detail != NULL && fields->commitment != NULL && fields->flags == 0 &&
           fields->record_count == 0 && fields->sources == 0 &&
           (detail->flags & ~(unsigned)CALLER_FLAGS) == 0 &&
           code_is_valid(detail->requesting_agency) && code_is_valid(detail->purpose) &&
           code_is_valid(detail->basis) && code_is_valid(detail->reason);
}

struct lg_err audit_entry_check(const struct audit_entry_fields *fields) {
    bool ranges = (unsigned)fields->kind >= AUDIT_ASK && fields->kind < AUDIT_KIND_END &&
                  (unsigned)fields->decision < AUDIT_DECISION_END &&
                  (unsigned)fields->items_form <= AUDIT_ITEMS_DIGEST &&
                  fields->sealed.len <= AUDIT_SEALED_SIZE_MAX;
    if (!ranges || !codes_are_valid(fields) || !shape_is_valid(fields)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_FIELDS);
    }
    return LG_OK;
}

size_t audit_detail_size(const struct audit_entry_fields *fields) {
    const struct audit_detail *detail = fields->detail;
    return detail == NULL ? 0
                          : DETAIL_FIXED_SIZE + DETAIL_CODE_COUNT + detail->requesting_agency.len +
                                detail->purpose.len + detail->basis.len + detail->reason.len;
}

static size_t plain_size(const struct audit_entry_fields *fields) {
    size_t step = fields->detail != NULL ? SEALED_STEP_PART : SEALED_STEP;
    size_t salt = fields->commitment != NULL ? AUDIT_SALT_SIZE : 0;
    size_t detail = fields->detail != NULL ? 2 + audit_detail_size(fields) : 0;
    return (salt + detail + 2 + fields->sealed.len + step - 1) / step * step;
}

size_t audit_entry_size(const struct audit_entry_fields *fields) {
    size_t codes = fields->source_agency.len + fields->requesting_agency.len +
                   fields->agreement.len + fields->purpose.len + fields->basis.len +
                   fields->reason.len;
    size_t items = fields->items_form != AUDIT_ITEMS_NONE ? sizeof fields->items : 0;
    size_t commitment = fields->commitment != NULL ? AUDIT_HASH_SIZE : 0;
    return FIXED_SIZE + CODE_COUNT + codes + items + AUDIT_TAG_SIZE + 1 + commitment +
           (fields->detail != NULL ? PART_SIZE : OPEN_SIZE) + VAULT_SHA256_SIZE + 2 +
           plain_size(fields) + VAULT_SEAL_OVERHEAD;
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

static unsigned flags_of(unsigned flags, const struct audit_stamp *stamp) {
    return flags | (stamp->clock_held ? AUDIT_FLAG_CLOCK_HELD : 0U);
}

/* In it agency and request id together are new each time, so that tags of one agency do not show.
 */
static void asker_tag(struct vault_key *nobody, struct span request_id, struct span agency,
                      uint8_t out[static AUDIT_TAG_SIZE]) {
    uint8_t input[3 + MODEL_REQUEST_ID_SIZE + AUDIT_CODE_SIZE_MAX];
    uint8_t full[VAULT_SHA256_SIZE];
    struct writer w = writer_of(input, sizeof input);
    writer_text(&w, "ask");
    writer_bytes(&w, request_id);
    writer_bytes(&w, agency);
    ASSERT(!w.failed);
    vault_hmac_sha256(nobody, span_of(input, w.used), full);
    memcpy(out, full, AUDIT_TAG_SIZE);
}

static void detail_draw(const struct audit_entry_fields *fields, const struct audit_stamp *stamp,
                        struct audit_drawn *out) {
    const struct audit_detail *detail = fields->detail;
    uint8_t salt[AUDIT_SALT_SIZE];
    struct writer w = writer_of(out->detail, sizeof out->detail);
    vault_random(salt, sizeof salt);
    writer_bytes(&w, span_of(salt, sizeof salt));
    writer_u64(&w, (uint64_t)stamp->time_ms);
    writer_u16(&w, (uint16_t)flags_of(detail->flags, stamp));
    writer_u32(&w, detail->record_count);
    writer_bytes(&w, span_of(detail->question_id.bytes, MODEL_REQUEST_ID_SIZE));
    code_write(&w, detail->requesting_agency);
    code_write(&w, detail->purpose);
    code_write(&w, detail->basis);
    code_write(&w, detail->reason);
    ASSERT(!w.failed);
    out->detail_len = w.used;
}

static void part_write(struct writer *w, const struct audit_entry_fields *fields,
                       const struct audit_stamp *stamp, struct vault_key *nobody,
                       struct audit_drawn *out) {
    uint8_t tag[AUDIT_TAG_SIZE];
    uint8_t hash[VAULT_SHA256_SIZE];
    struct span id = span_of(fields->request_id.bytes, MODEL_REQUEST_ID_SIZE);
    detail_draw(fields, stamp, out);
    asker_tag(nobody, id, fields->detail->requesting_agency, tag);
    vault_sha256(span_of(out->detail, out->detail_len), hash);
    writer_u32(w, (uint32_t)(stamp->time_ms / DAY_MS));
    writer_bytes(w, span_of(tag, sizeof tag));
    writer_bytes(w, span_of(hash, sizeof hash));
}

static void open_write(struct writer *w, const struct audit_entry_fields *fields,
                       const struct audit_stamp *stamp) {
    writer_u16(w, stamp->node);
    writer_u64(w, stamp->epoch);
    writer_u64(w, (uint64_t)stamp->time_ms);
    writer_u16(w, (uint16_t)flags_of(fields->flags, stamp));
    writer_u32(w, fields->record_count);
    writer_u64(w, fields->sources);
}

static void codes_write(struct writer *w, const struct audit_entry_fields *fields) {
    code_write(w, fields->source_agency);
    code_write(w, fields->requesting_agency);
    code_write(w, fields->agreement);
    code_write(w, fields->purpose);
    code_write(w, fields->basis);
    code_write(w, fields->reason);
}

static void common_write(struct writer *w, const struct audit_entry_fields *fields,
                         struct vault_key *key) {
    writer_u8(w, ENTRY_VERSION);
    writer_u8(w, (uint8_t)fields->kind);
    writer_u8(w, (uint8_t)fields->decision);
    writer_u8(w, (uint8_t)fields->items_form);
    writer_bytes(w, span_of(fields->request_id.bytes, MODEL_REQUEST_ID_SIZE));
    writer_u32(w, fields->agreement_version);
    codes_write(w, fields);
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
                                const struct audit_drawn *drawn,
                                uint8_t plain[static SEALED_PLAIN_MAX]) {
    struct writer w = writer_of(plain, SEALED_PLAIN_MAX);
    if (fields->commitment != NULL) {
        writer_bytes(&w, span_of(fields->commitment->salt, AUDIT_SALT_SIZE));
    }
    if (fields->detail != NULL) {
        writer_part(&w, span_of(drawn->detail, drawn->detail_len));
    }
    writer_part(&w, fields->sealed);
    ASSERT(!w.failed);
    size_t len = plain_size(fields);
    memset(plain + w.used, 0, len - w.used);
    return span_of(plain, len);
}

static void sealed_write(struct writer *w, const struct audit_entry_fields *fields,
                         const struct audit_drawn *drawn, struct vault_key *key) {
    uint8_t plain_buf[SEALED_PLAIN_MAX];
    struct span bound = span_of(w->buf, w->used);
    struct span plain = sealed_plain(fields, drawn, plain_buf);
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
                                 const struct audit_stamp *stamp,
                                 const struct audit_entry_keys *keys, struct audit_drawn *out) {
    uint8_t key_commitment[VAULT_SHA256_SIZE];
    TRY(audit_entry_check(fields));
    struct writer w = writer_of(out->leaf, sizeof out->leaf);
    out->detail_len = 0;
    common_write(&w, fields, keys->subject);
    if (fields->detail != NULL) {
        part_write(&w, fields, stamp, keys->nobody, out);
    } else {
        open_write(&w, fields, stamp);
    }
    vault_hmac_sha256(keys->subject, span_of(w.buf, w.used), key_commitment);
    writer_bytes(&w, span_of(key_commitment, sizeof key_commitment));
    sealed_write(&w, fields, out, keys->subject);
    if (w.failed) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_ENTRY_SIZE);
    }
    ASSERT(w.used == audit_entry_size(fields));
    out->leaf_len = w.used;
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

static void time_read(uint64_t time_ms, struct reader *r, struct audit_entry *entry) {
    if (time_ms > INT64_MAX) {
        r->failed = true;
        return;
    }
    entry->time_ms = (int64_t)time_ms;
    entry->quarter = audit_quarter(entry->time_ms);
}

static unsigned flags_read(struct reader *r) {
    unsigned flags = reader_u16(r);
    if ((flags & ~(unsigned)ALL_FLAGS) != 0) {
        r->failed = true;
    }
    return flags;
}

static void part_read(struct reader *r, struct audit_entry *entry) {
    time_read((uint64_t)reader_u32(r) * DAY_MS, r, entry);
    entry->asker = reader_bytes(r, AUDIT_TAG_SIZE);
    entry->detail = reader_bytes(r, AUDIT_HASH_SIZE);
}

static void open_read(struct reader *r, struct audit_entry *entry) {
    entry->node = reader_u16(r);
    entry->epoch = reader_u64(r);
    time_read(reader_u64(r), r, entry);
    entry->flags = flags_read(r);
    entry->record_count = reader_u32(r);
    entry->sources = reader_u64(r);
}

static void codes_read(struct reader *r, struct audit_entry *entry) {
    uint8_t kind = reader_u8(r);
    uint8_t decision = reader_u8(r);
    uint8_t items_form = reader_u8(r);
    if (kind < AUDIT_ASK || kind >= AUDIT_KIND_END || decision >= AUDIT_DECISION_END ||
        items_form > AUDIT_ITEMS_DIGEST) {
        r->failed = true;
    }
    entry->kind = (enum audit_kind)kind;
    entry->decision = (enum audit_decision)decision;
    entry->items_form = (enum audit_items_form)items_form;
    reader_copy(r, entry->request_id.bytes, MODEL_REQUEST_ID_SIZE);
    entry->agreement_version = reader_u32(r);
    entry->source_agency = code_read(r);
    entry->requesting_agency = code_read(r);
    entry->agreement = code_read(r);
    entry->purpose = code_read(r);
    entry->basis = code_read(r);
    entry->reason = code_read(r);
}

static void hashes_read(struct reader *r, struct audit_entry *entry) {
    if (entry->items_form != AUDIT_ITEMS_NONE) {
        entry->items = reader_bytes(r, 32);
    }
    entry->tag = reader_bytes(r, AUDIT_TAG_SIZE);
    uint8_t has_commitment = reader_u8(r);
    entry->is_part = audit_is_part(entry->kind, entry->source_agency);
    if (has_commitment > 1 || (entry->is_part && has_commitment == 0)) {
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
    if (!r.failed && version != ENTRY_VERSION) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_LEAF_VERSION);
    }
    codes_read(&r, &entry);
    hashes_read(&r, &entry);
    if (entry.is_part) {
        part_read(&r, &entry);
    } else {
        open_read(&r, &entry);
    }
    if (!r.failed) {
        entry.head = span_slice(leaf, 0, leaf.len - r.rest.len);
    }
    entry.key_commitment = reader_bytes(&r, VAULT_SHA256_SIZE);
    entry.sealed = reader_part(&r);
    if (lg_failed(reader_end(&r)) || leaf.len > AUDIT_ENTRY_SIZE_MAX ||
        entry.sealed.len < VAULT_SEAL_OVERHEAD + 2) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_LEAF_FORMAT);
    }
    *out_entry = entry;
    return LG_OK;
}

/* ---- Detail */

static struct lg_err not_the_detail(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_DETAIL);
}

struct lg_err audit_detail_read(const struct audit_entry *entry, struct span bytes,
                                struct audit_detail *out_detail) {
    struct audit_detail detail;
    struct reader r = reader_of(bytes);
    uint8_t hash[VAULT_SHA256_SIZE];
    vault_sha256(bytes, hash);
    if (!entry->is_part || !vault_equal(span_of(hash, sizeof hash), entry->detail)) {
        return not_the_detail();
    }
    (void)reader_bytes(&r, AUDIT_SALT_SIZE);
    uint64_t time_ms = reader_u64(&r);
    detail.time_ms = time_ms <= INT64_MAX ? (int64_t)time_ms : -1;
    detail.flags = flags_read(&r);
    detail.record_count = reader_u32(&r);
    reader_copy(&r, detail.question_id.bytes, MODEL_REQUEST_ID_SIZE);
    detail.requesting_agency = code_read(&r);
    detail.purpose = code_read(&r);
    detail.basis = code_read(&r);
    detail.reason = code_read(&r);
    /* It and the leaf must not tell two days. */
    if (lg_failed(reader_end(&r)) || detail.time_ms < 0 ||
        detail.time_ms / DAY_MS * DAY_MS != entry->time_ms) {
        return not_the_detail();
    }
    *out_detail = detail;
    return LG_OK;
}

/* ---- Opening */

static struct lg_err not_opened(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_SEALED);
}

static struct lg_err plain_read(const struct audit_entry *entry, struct span plain,
                                struct audit_opened *out_opened) {
    struct reader r = reader_of(plain);
    struct audit_opened opened = {.salt = {0}};
    if (entry->commitment.len != 0) {
        opened.salt = reader_bytes(&r, AUDIT_SALT_SIZE);
    }
    if (entry->is_part) {
        opened.detail = reader_part(&r);
    }
    opened.sealed = reader_part(&r);
    if (r.failed) {
        return not_opened();
    }
    *out_opened = opened;
    return LG_OK;
}

struct lg_err audit_entry_open(struct span leaf, struct vault_key *key, struct arena *arena,
                               struct audit_opened *out_opened) {
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
    return plain_read(&entry, span_of(plain, plain_len), out_opened);
}

bool audit_entry_is_about(const struct audit_entry *entry, struct vault_key *key) {
    uint8_t tag[AUDIT_TAG_SIZE];
    subject_tag(key, span_of(entry->request_id.bytes, MODEL_REQUEST_ID_SIZE), tag);
    return vault_equal(entry->tag, span_of(tag, sizeof tag));
}

bool audit_entry_asker_is(const struct audit_entry *entry, struct vault_key *nobody,
                          struct span agency) {
    uint8_t tag[AUDIT_TAG_SIZE];
    if (!entry->is_part || agency.len > AUDIT_CODE_SIZE_MAX) {
        return false;
    }
    asker_tag(nobody, span_of(entry->request_id.bytes, MODEL_REQUEST_ID_SIZE), agency, tag);
    return vault_equal(entry->asker, span_of(tag, sizeof tag));
}
