/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/bytes.h"

#include <string.h>

static struct lg_err bad(enum lg_class klass, uint16_t code) {
    return lg_err_make(klass, LG_BASE, code);
}

struct reader reader_of(struct span bytes) {
    return (struct reader){.rest = bytes, .failed = false};
}

struct span reader_bytes(struct reader *r, size_t len) {
    if (r->failed || r->rest.len < len) {
        r->failed = true;
        return span_of(NULL, 0);
    }
    struct span taken = span_of(r->rest.ptr, len);
    r->rest = span_of(r->rest.len == len ? NULL : r->rest.ptr + len, r->rest.len - len);
    return taken;
}

static uint64_t read_number(struct reader *r, size_t len) {
    struct span bytes = reader_bytes(r, len);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        value = value << 8 | bytes.ptr[i];
    }
    return value;
}

uint8_t reader_u8(struct reader *r) {
    return (uint8_t)read_number(r, 1);
}

uint16_t reader_u16(struct reader *r) {
    return (uint16_t)read_number(r, 2);
}

uint32_t reader_u32(struct reader *r) {
    return (uint32_t)read_number(r, 4);
}

uint64_t reader_u64(struct reader *r) {
    return read_number(r, 8);
}

void reader_copy(struct reader *r, uint8_t *out, size_t len) {
    struct span bytes = reader_bytes(r, len);
    for (size_t i = 0; i < len; i++) {
        out[i] = i < bytes.len ? bytes.ptr[i] : 0;
    }
}

struct span reader_part(struct reader *r) {
    return reader_bytes(r, reader_u16(r));
}

struct lg_err reader_end(const struct reader *r) {
    if (r->failed) {
        return bad(LG_CLASS_INPUT, BYTES_SHORT);
    }
    return r->rest.len == 0 ? LG_OK : bad(LG_CLASS_INPUT, BYTES_LEFT);
}

struct writer writer_of(void *buf, size_t size) {
    return (struct writer){.buf = buf, .size = size, .used = 0, .failed = false};
}

void writer_bytes(struct writer *w, struct span bytes) {
    if (w->failed || w->size - w->used < bytes.len) {
        w->failed = true;
        return;
    }
    if (bytes.len > 0) {
        memcpy(w->buf + w->used, bytes.ptr, bytes.len);
    }
    w->used += bytes.len;
}

static void write_number(struct writer *w, uint64_t value, size_t len) {
    uint8_t bytes[8];
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
    }
    writer_bytes(w, span_of(bytes, len));
}

void writer_u8(struct writer *w, uint8_t value) {
    write_number(w, value, 1);
}

void writer_u16(struct writer *w, uint16_t value) {
    write_number(w, value, 2);
}

void writer_u32(struct writer *w, uint32_t value) {
    write_number(w, value, 4);
}

void writer_u64(struct writer *w, uint64_t value) {
    write_number(w, value, 8);
}

void writer_text(struct writer *w, const char *text) {
    writer_bytes(w, span_text(text));
}

void writer_part(struct writer *w, struct span bytes) {
    if (bytes.len > UINT16_MAX) {
        w->failed = true;
        return;
    }
    writer_u16(w, (uint16_t)bytes.len);
    writer_bytes(w, bytes);
}

struct lg_err writer_end(const struct writer *w, struct span *out_written) {
    if (w->failed) {
        return bad(LG_CLASS_LIMIT, BYTES_FULL);
    }
    *out_written = span_of(w->buf, w->used);
    return LG_OK;
}

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Value of a digit in an alphabet of `count`, or -1. */
static int digit_value(const char *alphabet, size_t count, uint8_t digit) {
    const char *hit = memchr(alphabet, digit, count);
    return hit == NULL ? -1 : (int)(hit - alphabet);
}

void bytes_to_hex(struct span bytes, char *out) {
    for (size_t i = 0; i < bytes.len; i++) {
        *out++ = hex_digits[bytes.ptr[i] >> 4];
        *out++ = hex_digits[bytes.ptr[i] & 15];
    }
    *out = '\0';
}

static int hex_value(uint8_t digit) {
    if (digit >= 'A' && digit <= 'F') {
        digit = (uint8_t)(digit - 'A' + 'a');
    }
    return digit_value(hex_digits, 16, digit);
}

struct lg_err bytes_from_hex(struct span text, uint8_t *out, size_t size) {
    if (text.len != 2 * size) {
        return bad(LG_CLASS_INPUT, BYTES_SHORT);
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text.ptr[2 * i]);
        int low = hex_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return bad(LG_CLASS_INPUT, BYTES_LEFT);
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return LG_OK;
}

void bytes_to_base64(struct span bytes, char *out) {
    for (size_t i = 0; i < bytes.len; i += 3) {
        uint32_t group = (uint32_t)bytes.ptr[i] << 16;
        group |= i + 1 < bytes.len ? (uint32_t)bytes.ptr[i + 1] << 8 : 0;
        group |= i + 2 < bytes.len ? bytes.ptr[i + 2] : 0;
        *out++ = base64_digits[group >> 18];
        *out++ = base64_digits[group >> 12 & 63];
        *out++ = i + 1 < bytes.len ? base64_digits[group >> 6 & 63] : '=';
        *out++ = i + 2 < bytes.len ? base64_digits[group & 63] : '=';
    }
    *out = '\0';
}

/* Digits of `bits` each to bytes; the unused tail bits must be zero. */
static struct lg_err decode_digits(struct span text, const char *alphabet, unsigned bits,
                                   struct writer *w) {
    uint32_t group = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(alphabet, (size_t)1 << bits, text.ptr[i]);
        if (value < 0) {
            return bad(LG_CLASS_INPUT, BYTES_LEFT);
        }
        group = group << bits | (uint32_t)value;
        have += bits;
        if (have >= 8) {
            have -= 8;
            writer_u8(w, (uint8_t)(group >> have));
            group &= ((uint32_t)1 << have) - 1;
        }
    }
    bool clean = have < bits && group == 0 && !w->failed;
    return clean ? LG_OK : bad(LG_CLASS_INPUT, BYTES_LEFT);
}

struct lg_err bytes_from_base64(struct span text, uint8_t *out, size_t size_max, size_t *out_len) {
    if (text.len % 4 != 0) {
        return bad(LG_CLASS_INPUT, BYTES_SHORT);
    }
    size_t pad = 0;
    while (pad < 2 && pad < text.len && text.ptr[text.len - 1 - pad] == '=') {
        pad++;
    }
    struct writer w = writer_of(out, size_max);
    TRY(decode_digits(span_slice(text, 0, text.len - pad), base64_digits, 6, &w));
    *out_len = w.used;
    return LG_OK;
}

void bytes_to_base32(struct span bytes, char *out) {
    uint32_t group = 0;
    unsigned have = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        group = group << 8 | bytes.ptr[i];
        have += 8;
        while (have >= 5) {
            have -= 5;
            *out++ = base32_digits[group >> have & 31];
        }
        group &= ((uint32_t)1 << have) - 1;
    }
    if (have > 0) {
        *out++ = base32_digits[group << (5 - have) & 31];
    }
    *out = '\0';
}

struct lg_err bytes_from_base32(struct span text, uint8_t *out, size_t size) {
    if (text.len != (size * 8 + 4) / 5) {
        return bad(LG_CLASS_INPUT, BYTES_SHORT);
    }
    struct writer w = writer_of(out, size);
    TRY(decode_digits(text, base32_digits, 5, &w));
    return w.used == size ? LG_OK : bad(LG_CLASS_INPUT, BYTES_SHORT);
}
