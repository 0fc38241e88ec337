/* SPDX-License-Identifier: Apache-2.0 */
/* A cursor: position 8, until when 8, then the first 16 bytes of a code over these, the agency, the
 * officer and the request. */
#include "gateway/sar/cursor.h"

#include "gateway/base/bytes.h"

enum { CODE_SIZE = SAR_CURSOR_SIZE - 16, TEXT_SIZE = 2048 };

static bool code_of(struct vault_key *key, const struct sar_cursor *cursor,
                    uint8_t out[static VAULT_MAC32_SIZE]) {
    uint8_t text[TEXT_SIZE];
    struct writer w = writer_of(text, sizeof text);
    struct span written = span_of(NULL, 0);
    writer_part(&w, span_text("sar-collect"));
    writer_part(&w, cursor->agency);
    writer_part(&w, cursor->user_id);
    writer_u64(&w, cursor->number);
    writer_u64(&w, cursor->position);
    writer_u64(&w, (uint64_t)cursor->until_ms);
    if (lg_failed(writer_end(&w, &written))) {
        return false;
    }
    vault_mac32(key, written, out);
    return true;
}

bool sar_cursor_write(struct vault_key *key, const struct sar_cursor *cursor,
                      uint8_t out[static SAR_CURSOR_SIZE]) {
    uint8_t code[VAULT_MAC32_SIZE];
    struct span written = span_of(NULL, 0);
    struct writer w = writer_of(out, SAR_CURSOR_SIZE);
    if (!code_of(key, cursor, code)) {
        return false;
    }
    writer_u64(&w, cursor->position);
    writer_u64(&w, (uint64_t)cursor->until_ms);
    writer_bytes(&w, span_of(code, CODE_SIZE));
    return !lg_failed(writer_end(&w, &written));
}

bool sar_cursor_read(struct vault_key *key, struct span bytes, int64_t now_ms,
                     struct sar_cursor *cursor) {
    uint8_t code[VAULT_MAC32_SIZE];
    struct reader r = reader_of(bytes);
    cursor->position = reader_u64(&r);
    cursor->until_ms = (int64_t)reader_u64(&r);
    struct span given = reader_bytes(&r, CODE_SIZE);
    return !lg_failed(reader_end(&r)) && code_of(key, cursor, code) &&
           vault_equal(given, span_of(code, CODE_SIZE)) && now_ms < cursor->until_ms;
}
