/* SPDX-License-Identifier: Apache-2.0 */
/* Names, strings and bytes of the mapping. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/wire/json_int.h"

/* ---- names ---- */

void wire_json_name(const char *name, char out[static WIRE_JSON_NAME_SIZE]) {
    size_t used = 0;
    for (size_t i = 0; name[i] != '\0'; i++) {
        bool is_raised = name[i] == '_' && name[i + 1] >= 'a' && name[i + 1] <= 'z';
        ASSERT(used + 1 < WIRE_JSON_NAME_SIZE);
        if (is_raised) {
            i++;
            out[used++] = (char)(name[i] - 'a' + 'A');
        } else if (name[i] != '_') {
            out[used++] = name[i];
        }
    }
    out[used] = '\0';
}

/* ---- strings ---- */

/* Four hex digits, which the parser has seen. */
static uint32_t unit_of(const uint8_t *digits) {
    uint32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        uint8_t byte = digits[i];
        uint32_t value = byte <= '9' ? byte - (uint32_t)'0' : (byte | 0x20U) - (uint32_t)'a' + 10;
        unit = unit << 4 | value;
    }
    return unit;
}

/* UTF-8 (RFC 3629) of a character that is no surrogate. */
static size_t put_character(uint32_t character, uint8_t out[static 4]) {
    if (character < 0x80) {
        out[0] = (uint8_t)character;
        return 1;
    }
    size_t len = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80U | (character & 0x3fU));
        character >>= 6;
    }
    out[0] = (uint8_t)(leads[len] | character);
    return len;
}

/* The character of the escape at text[*at], which is a backslash; steps over it. */
static uint32_t take_escape(struct span text, size_t *at) {
    const uint8_t *escape = text.ptr + *at;
    static const char names[] = "bfnrt";
    static const char values[] = "\b\f\n\r\t";
    if (escape[1] != 'u') {
        const char *known = strchr(names, escape[1]);
        *at += 2;
        return known != NULL ? (uint32_t)values[known - names] : escape[1];
    }
    uint32_t high = unit_of(escape + 2);
    *at += 6;
    if (high < 0xd800 || high > 0xdfff) {
        return high;
    }
    *at += 6;
    return 0x10000 + ((high - 0xd800) << 10) + (unit_of(escape + 8) - 0xdc00);
}

size_t wire_json_unescape(struct span text, uint8_t *out) {
    size_t used = 0;
    size_t at = 0;
    while (at < text.len) {
        uint8_t bytes[4] = {text.ptr[at]};
        size_t len = 1;
        if (bytes[0] == '\\') {
            len = put_character(take_escape(text, &at), bytes);
        } else {
            at++;
        }
        if (out != NULL) {
            memcpy(out + used, bytes, len);
        }
        used += len;
    }
    return used;
}

bool wire_json_text_is(struct span text, const char *plain) {
    uint8_t bytes[WIRE_SENTENCE_SIZE];
    if (span_index(text, '\\') == text.len) {
        return span_equal_text(text, plain);
    }
    size_t len = wire_json_unescape(text, NULL);
    if (len > sizeof bytes) {
        return false;
    }
    return span_equal_text(span_of(bytes, wire_json_unescape(text, bytes)), plain);
}

/* ---- base64 ---- */

enum { NO_DIGIT = 64, SIXTY_TWO = 62, SIXTY_THREE = 63 };

static uint8_t digit_value(uint8_t digit) {
    if (digit >= 'A' && digit <= 'Z') {
        return (uint8_t)(digit - 'A');
    }
    if (digit >= 'a' && digit <= 'z') {
        return (uint8_t)(digit - 'a' + 26);
    }
    if (digit >= '0' && digit <= '9') {
        return (uint8_t)(digit - '0' + 52);
    }
    if (digit == '+' || digit == '-') {
        return SIXTY_TWO;
    }
    return digit == '/' || digit == '_' ? SIXTY_THREE : NO_DIGIT;
}

bool wire_json_base64_size(struct span *text, size_t *out_size) {
    size_t padding = 0;
    while (padding < 2 && padding < text->len && text->ptr[text->len - 1 - padding] == '=') {
        padding++;
    }
    bool is_padded_well = padding == 0 || text->len % 4 == 0;
    text->len -= padding;
    *out_size = text->len / 4 * 3 + (text->len % 4 > 0 ? text->len % 4 - 1 : 0);
    return is_padded_well && text->len % 4 != 1;
}

bool wire_json_base64_read(struct span text, uint8_t *out) {
    uint32_t bits = 0;
    unsigned held = 0;
    bool is_standard = false;
    bool is_url = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t value = digit_value(text.ptr[i]);
        if (value == NO_DIGIT) {
            return false;
        }
        is_standard = is_standard || text.ptr[i] == '+' || text.ptr[i] == '/';
        is_url = is_url || text.ptr[i] == '-' || text.ptr[i] == '_';
        bits = (bits << 6 | value) & 0xffffU;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *out = (uint8_t)(bits >> held);
            out++;
        }
    }
    return !(is_standard && is_url) && (bits & ((1U << held) - 1)) == 0;
}
