/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/span.h"

#include <string.h>

int span_compare(struct span a, struct span b) {
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static uint8_t folded(uint8_t byte) {
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

void span_fold(uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        bytes[i] = folded(bytes[i]);
    }
}

bool span_equal_folded(struct span a, struct span b) {
    bool equal = a.len == b.len;
    for (size_t i = 0; equal && i < a.len; i++) {
        equal = folded(a.ptr[i]) == folded(b.ptr[i]);
    }
    return equal;
}

bool span_starts_with(struct span a, struct span prefix) {
    return a.len >= prefix.len && span_equal(span_slice(a, 0, prefix.len), prefix);
}

struct span span_slice(struct span a, size_t from, size_t len) {
    if (from >= a.len) {
        return span_of(NULL, 0);
    }
    size_t rest = a.len - from;
    return span_of(a.ptr + from, len < rest ? len : rest);
}

static bool is_blank(uint8_t byte) {
    return byte == ' ' || byte == '\t';
}

struct span span_trim(struct span a) {
    while (a.len > 0 && is_blank(a.ptr[0])) {
        a.ptr++;
        a.len--;
    }
    while (a.len > 0 && is_blank(a.ptr[a.len - 1])) {
        a.len--;
    }
    return a;
}

bool span_split(struct span *rest, uint8_t mark, struct span *out_part) {
    if (rest->ptr == NULL) {
        return false;
    }
    size_t at = span_index(*rest, mark);
    *out_part = span_of(rest->ptr, at);
    if (at == rest->len) {
        *rest = span_of(NULL, 0);
    } else {
        *rest = span_of(rest->ptr + at + 1, rest->len - at - 1);
    }
    return true;
}

size_t span_index(struct span a, uint8_t byte) {
    const uint8_t *hit = a.len == 0 ? NULL : memchr(a.ptr, byte, a.len);
    return hit == NULL ? a.len : (size_t)(hit - a.ptr);
}

/* Length of the well-formed sequence at the front, or 0 (Unicode 15, table 3-7). */
static size_t utf8_sequence(const uint8_t *p, size_t len) {
    if (p[0] == 0) {
        return 0;
    }
    if (p[0] < 0x80) {
        return 1;
    }
    size_t need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len < need) {
        return 0;
    }
    uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return need;
}

/* Eight bytes at a time, since most text is nothing else. A byte's top bit is set where it is no
 * ASCII; by taking 0x20 away where it is less; by taking 1 from its difference to 0x7f where it is
 * that. What a byte borrows from the next one does not matter: its own bit is set then. */
size_t span_plain_len(struct span a) {
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t tops = 0x8080808080808080U;
    size_t at = 0;
    while (a.len - at >= sizeof ones) {
        uint64_t word = 0;
        memcpy(&word, a.ptr + at, sizeof word);
        uint64_t is_low = word - 0x20 * ones;
        uint64_t is_del = (word ^ (0x7f * ones)) - ones;
        if (((word | is_low | is_del) & tops) != 0) {
            break;
        }
        at += sizeof word;
    }
    while (at < a.len && a.ptr[at] >= 0x20 && a.ptr[at] < 0x7f) {
        at++;
    }
    return at;
}

bool span_is_text(struct span a) {
    size_t at = span_plain_len(a);
    while (at < a.len) {
        size_t step = utf8_sequence(a.ptr + at, a.len - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

bool span_is_plain(struct span text) {
    size_t from = span_plain_len(text);
    if (from < text.len && !span_is_text(span_slice(text, from, text.len))) {
        return false;
    }
    for (size_t i = from; i < text.len; i++) {
        uint8_t a = text.ptr[i];
        if (a < 0x20 || a == 0x7f) {
            if (a != '\t' && a != '\n' && a != '\r') {
                return false;
            }
            continue;
        }
        if (a < 0x80 || i + 1 >= text.len) {
            continue;
        }
        uint8_t b = text.ptr[i + 1];
        if ((a == 0xc2 && b < 0xa0) || (a == 0xd8 && b == 0x9c)) {
            return false;
        }
        if (a != 0xe2 || i + 2 >= text.len) {
            continue;
        }
        uint8_t c = text.ptr[i + 2];
        if ((b == 0x80 && (c == 0x8e || c == 0x8f || (c >= 0xa8 && c <= 0xae))) ||
            (b == 0x81 && c >= 0xa6 && c <= 0xa9)) {
            return false;
        }
    }
    return true;
}
