/* SPDX-License-Identifier: Apache-2.0 */
/* The handle: what Find found, kept by the caller because the gateway keeps nothing.
 *
 *   24  nonce, then sealed (XChaCha20-Poly1305 under the handle key):
 *    1  version, 1
 *    1  bits: 1 a person is bound, 2 the band was "enough"
 *   16  person, random where none
 *   16  digest of whom and what it is for
 *    8  valid until, ms since 1970 UTC
 *    6  zero
 *   16  tag
 *
 * Valid where it opens, the digest is this asker's, and the time is not over. The digest is inside
 * and not in the associated data, so that a handle of somebody else fails like a made-up one. */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/locate/locate_int.h"

enum {
    HANDLE_VERSION = 1,
    HANDLE_KNOWN = 1,
    HANDLE_ENOUGH = 2,
    HANDLE_ZERO_SIZE = 6,
    HANDLE_PLAIN_SIZE = LOCATE_HANDLE_SIZE - VAULT_SEAL_OVERHEAD,
    DIGEST_TEXT_MAX = 1024,
};
static_assert(HANDLE_PLAIN_SIZE == 1 + 1 + 16 + 16 + 8 + HANDLE_ZERO_SIZE, "as drawn above");

static const char bound_text[] = "lockgate handle 1";

/* The caller as certificate and message name it, the agreement and the purpose. */
static struct lg_err asker_digest(const struct locate *locate, const struct locate_asker *asker,
                                  uint8_t out[static VAULT_MAC16_SIZE]) {
    uint8_t text[DIGEST_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);
    writer_text(&w, bound_text);
    writer_part(&w, asker->caller->agency);
    writer_part(&w, asker->caller->system);
    writer_part(&w, asker->caller->user_id);
    writer_part(&w, asker->agreement);
    writer_part(&w, asker->purpose);
    struct span written;
    if (lg_failed(writer_end(&w, &written))) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_HANDLE);
    }
    vault_mac16(locate->handle_key, written, out);
    vault_wipe(text, sizeof text);
    return LG_OK;
}

struct lg_err locate_handle_make(const struct locate *locate, const struct locate_asker *asker,
                                 const struct located *located,
                                 uint8_t out_handle[static LOCATE_HANDLE_SIZE]) {
    uint8_t digest[VAULT_MAC16_SIZE];
    TRY(asker_digest(locate, asker, digest));
    unsigned bits = (located->is_known ? HANDLE_KNOWN : 0U) |
                    (located->is_known && located->is_enough ? HANDLE_ENOUGH : 0U);
    uint8_t plain[HANDLE_PLAIN_SIZE] = {0};
    struct writer w = writer_of(plain, sizeof plain);
    writer_u8(&w, HANDLE_VERSION);
    writer_u8(&w, (uint8_t)bits);
    writer_bytes(&w, span_of(located->person.bytes, sizeof located->person.bytes));
    writer_bytes(&w, span_of(digest, sizeof digest));
    writer_u64(&w, (uint64_t)(asker->now_ms + LOCATE_HANDLE_LIFE_MS));
    ASSERT(!w.failed);
    vault_seal(locate->handle_key, span_text(bound_text), span_of(plain, sizeof plain), out_handle);
    vault_wipe(plain, sizeof plain);
    return LG_OK;
}

/* What stands in an opened handle. */
static struct lg_err handle_read(struct span plain, const uint8_t digest[static VAULT_MAC16_SIZE],
                                 int64_t now_ms, struct locate_bound *out_bound) {
    struct reader r = reader_of(plain);
    uint8_t version = reader_u8(&r);
    uint8_t bits = reader_u8(&r);
    struct person_id person;
    reader_copy(&r, person.bytes, sizeof person.bytes);
    struct span whose = reader_bytes(&r, VAULT_MAC16_SIZE);
    int64_t until_ms = (int64_t)reader_u64(&r);
    struct span zero = reader_bytes(&r, HANDLE_ZERO_SIZE);
    static const uint8_t zeros[HANDLE_ZERO_SIZE];
    if (lg_failed(reader_end(&r)) || version != HANDLE_VERSION ||
        !span_equal(zero, span_of(zeros, sizeof zeros)) ||
        !vault_equal(whose, span_of(digest, VAULT_MAC16_SIZE))) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_HANDLE);
    }
    /* A clock that stepped back does not lengthen a life. */
    if (now_ms >= until_ms || now_ms < until_ms - LOCATE_HANDLE_LIFE_MS) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_HANDLE_OLD);
    }
    out_bound->is_known = (bits & HANDLE_KNOWN) != 0;
    out_bound->is_enough = (bits & HANDLE_ENOUGH) != 0;
    out_bound->person = person;
    return LG_OK;
}

struct lg_err locate_handle_open(const struct locate *locate, const struct locate_asker *asker,
                                 struct span handle, struct locate_bound *out_bound) {
    uint8_t digest[VAULT_MAC16_SIZE];
    TRY(asker_digest(locate, asker, digest));
    uint8_t plain[HANDLE_PLAIN_SIZE];
    if (handle.len != LOCATE_HANDLE_SIZE ||
        lg_failed(vault_open(locate->handle_key, span_text(bound_text), handle, plain))) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_HANDLE);
    }
    struct lg_err err = handle_read(span_of(plain, sizeof plain), digest, asker->now_ms, out_bound);
    vault_wipe(plain, sizeof plain);
    return err;
}

bool locate_handle_recall(const struct locate *locate, const struct locate_asker *asker,
                          struct span handle, struct person_id *out_person) {
    struct locate_bound bound = {.is_known = false};
    bool is_bound = !lg_failed(locate_handle_open(locate, asker, handle, &bound)) &&
                    bound.is_known && bound.is_enough;
    if (is_bound) {
        *out_person = bound.person;
    }
    return is_bound;
}
