/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the web: base64 for URLs, percent-encoding, forms. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/signin/signin_int.h"

enum { GROUP = 4, GROUP_BYTES = 3, BITS = 6 };

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void signin_base64url(struct span bytes, char *out) {
    uint32_t held = 0;
    unsigned bits = 0;
    char *at = out;
    for (size_t i = 0; i < bytes.len; i++) {
        held = (held << 8 | bytes.ptr[i]) & 0xffff;
        for (bits += 8; bits >= BITS; bits -= BITS) {
            *at++ = ALPHABET[held >> (bits - BITS) & 0x3f];
        }
    }
    if (bits > 0) {
        *at++ = ALPHABET[held << (BITS - bits) & 0x3f];
    }
    *at = '\0';
}

static int digit_of(uint8_t byte) {
    const char *found = byte == '\0' ? NULL : strchr(ALPHABET, byte);
    return found == NULL ? -1 : (int)(found - ALPHABET);
}

struct lg_err signin_base64url_read(struct span text, struct arena *arena, struct span *out_bytes) {
    uint8_t *out = arena_alloc(arena, text.len / GROUP * GROUP_BYTES + GROUP_BYTES);
    if (out == NULL) {
        return signin_error_memory();
    }
    uint32_t held = 0;
    unsigned bits = 0;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.ptr[i]);
        if (digit < 0) {
            return signin_error_token();
        }
        held = (held << BITS | (uint32_t)digit) & 0xffff;
        bits += BITS;
        if (bits >= 8) {
            bits -= 8;
            out[len++] = (uint8_t)(held >> bits);
        }
    }
    /* One digit alone holds no byte, and what is left over holds nothing. */
    if (text.len % GROUP == 1 || (held & ((1U << bits) - 1)) != 0) {
        return signin_error_token();
    }
    *out_bytes = span_of(out, len);
    return LG_OK;
}

static bool is_unreserved(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("-._~", byte) != NULL);
}

struct span signin_percent(struct arena *arena, struct span text) {
    static const char HEX[] = "0123456789ABCDEF";
    uint8_t *out = arena_alloc(arena, text.len * 3 + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len && out != NULL; i++) {
        uint8_t byte = text.ptr[i];
        if (is_unreserved(byte)) {
            out[len++] = byte;
        } else {
            out[len++] = '%';
            out[len++] = (uint8_t)HEX[byte >> 4];
            out[len++] = (uint8_t)HEX[byte & 0xf];
        }
    }
    return span_of(out, len);
}

/* application/x-www-form-urlencoded. NULL ptr where it is not well-formed. */
static struct span form_decode(struct arena *arena, struct span text) {
    uint8_t *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len && out != NULL; i++) {
        if (text.ptr[i] == '+') {
            out[len++] = ' ';
        } else if (text.ptr[i] != '%') {
            out[len++] = text.ptr[i];
        } else if (text.len - i < 3 ||
                   lg_failed(bytes_from_hex(span_slice(text, i + 1, 2), out + len, 1))) {
            return (struct span){0};
        } else {
            i += 2;
            len++;
        }
    }
    return span_of(out, len);
}

bool signin_form_find(struct span form, const char *name, struct arena *arena,
                      struct span *out_value) {
    struct span rest = form;
    struct span part;
    *out_value = (struct span){0};
    while (span_split(&rest, '&', &part)) {
        size_t equals = span_index(part, '=');
        if (!span_equal_text(span_slice(part, 0, equals), name)) {
            continue;
        }
        if (out_value->ptr != NULL) {
            return false;
        }
        *out_value = form_decode(arena, span_slice(part, equals + 1, part.len));
        if (out_value->ptr == NULL) {
            return false;
        }
    }
    return true;
}
