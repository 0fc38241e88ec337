/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of gRPC's headers: timeouts, messages, numbers. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/grpc/grpc_int.h"

static struct lg_err bad_timeout(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_GRPC, GRPC_CONFIG);
}

/* Eight digits of hours in milliseconds are 3.6e14: no product here leaves 64 bits. */
struct lg_err grpc_timeout_parse(struct span text, int64_t *out_ms) {
    enum { DIGITS_MAX = 8, US_PER_MS = 1000, NS_PER_MS = 1000000 };
    if (text.len < 2 || text.len > DIGITS_MAX + 1) {
        return bad_timeout();
    }
    int64_t count = 0;
    if (!grpc_number_read(span_slice(text, 0, text.len - 1), &count)) {
        return bad_timeout();
    }
    switch (text.ptr[text.len - 1]) {
    case 'H':
        *out_ms = count * 3600000;
        return LG_OK;
    case 'M':
        *out_ms = count * 60000;
        return LG_OK;
    case 'S':
        *out_ms = count * 1000;
        return LG_OK;
    case 'm':
        *out_ms = count;
        return LG_OK;
    case 'u':
        *out_ms = (count + US_PER_MS - 1) / US_PER_MS;
        return LG_OK;
    case 'n':
        *out_ms = (count + NS_PER_MS - 1) / NS_PER_MS;
        return LG_OK;
    default:
        return bad_timeout();
    }
}

void grpc_timeout_format(int64_t ms, char out[static GRPC_TIMEOUT_TEXT_MAX]) {
    enum { EIGHT_DIGITS = 99999999 };
    ASSERT(ms >= 0);
    int64_t count = ms;
    char unit = 'm';
    if (count > EIGHT_DIGITS) {
        count = ms / 1000;
        unit = 'S';
    }
    if (count > EIGHT_DIGITS) {
        count = EIGHT_DIGITS;
    }
    int len = snprintf(out, GRPC_TIMEOUT_TEXT_MAX, "%d%c", (int)count, unit);
    ASSERT(len > 0 && len < GRPC_TIMEOUT_TEXT_MAX);
}

bool grpc_number_read(struct span text, int64_t *out_number) {
    enum { DIGITS_MAX = 15 };
    if (text.len == 0 || text.len > DIGITS_MAX) {
        return false;
    }
    int64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (text.ptr[i] - '0');
    }
    *out_number = number;
    return true;
}

void grpc_digits(int64_t number, char *out, size_t size) {
    size_t at = size - 1;
    out[at] = '\0';
    do {
        at--;
        out[at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    memmove(out, out + at, size - at);
}

bool grpc_content_type_is_grpc(struct span text) {
    struct span prefix = span_text("application/grpc");
    if (!span_starts_with(text, prefix)) {
        return false;
    }
    /* application/grpc-web is another protocol. */
    return text.len == prefix.len || text.ptr[prefix.len] == '+' || text.ptr[prefix.len] == ';';
}

/* ---- grpc-message ---- */

static bool is_plain(uint8_t byte) {
    return byte >= 0x20 && byte <= 0x7e && byte != '%';
}

/* The top bit of a byte of the result, or of one before it, where the byte is not plain: below
 * 0x20,
 * '%', 0x7f, or above. */
static uint64_t not_plain(uint64_t bytes) {
    const uint64_t ones = 0x0101010101010101;
    uint64_t percent = bytes ^ (ones * '%');
    return (bytes | (bytes - ones * 0x20) | (bytes + ones) | (percent - ones)) & (ones * 0x80);
}

/* Eight bytes at a time: refusals by the thousand say sentences of ours. */
static bool is_all_plain(struct span text) {
    uint64_t others = 0;
    size_t i = 0;
    for (; text.len - i >= sizeof others; i += sizeof others) {
        uint64_t bytes;
        memcpy(&bytes, text.ptr + i, sizeof bytes);
        others |= not_plain(bytes);
    }
    for (; i < text.len; i++) {
        others |= is_plain(text.ptr[i]) ? 0U : 1U;
    }
    return others == 0;
}

/* A sequence goes on with 10xxxxxx. */
struct span grpc_text_cut(struct span text, size_t len) {
    if (text.len <= len) {
        return text;
    }
    while (len > 0 && (text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return span_slice(text, 0, len);
}

struct span grpc_message_encode(struct span message, char out[static GRPC_MESSAGE_TEXT_MAX]) {
    static const char DIGITS[] = "0123456789ABCDEF";
    struct span text = grpc_text_cut(message, LIMIT_GRPC_STATUS_MESSAGE);
    size_t used = 0;
    if (is_all_plain(text)) {
        return text;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (is_plain(text.ptr[i])) {
            out[used++] = (char)text.ptr[i];
            continue;
        }
        out[used++] = '%';
        out[used++] = DIGITS[text.ptr[i] >> 4];
        out[used++] = DIGITS[text.ptr[i] & 0x0f];
    }
    return span_of(out, used);
}

/* 0 to 15, or 16 for what is no digit. */
static unsigned hex_value(uint8_t byte) {
    if (byte >= '0' && byte <= '9') {
        return (unsigned)(byte - '0');
    }
    if (byte >= 'A' && byte <= 'F') {
        return (unsigned)(byte - 'A') + 10;
    }
    if (byte >= 'a' && byte <= 'f') {
        return (unsigned)(byte - 'a') + 10;
    }
    return 16;
}

struct span grpc_message_decode(struct span text, char out[static LIMIT_GRPC_STATUS_MESSAGE]) {
    size_t used = 0;
    for (size_t i = 0; i < text.len && used < LIMIT_GRPC_STATUS_MESSAGE; i++) {
        unsigned high = 16;
        unsigned low = 16;
        if (text.ptr[i] == '%' && i + 2 < text.len) {
            high = hex_value(text.ptr[i + 1]);
            low = hex_value(text.ptr[i + 2]);
        }
        if (high < 16 && low < 16) {
            out[used++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[used++] = (char)text.ptr[i];
        }
    }
    return span_of(out, used);
}
