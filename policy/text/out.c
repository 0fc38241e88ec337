/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/text/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/num.h"
#include "policy/policy.h"
#include "policy/text/words.h"

/* Most texts are one value; a whole agreement doubles a dozen times. */
enum { FIRST_SIZE = 64, LINE_SIZE = 1024 };

static bool make_room(struct out *out, size_t more) {
    size_t wanted;
    if (out->has_failed || lg_failed(num_add(out->len, more, &wanted))) {
        out->has_failed = true;
        return false;
    }
    if (wanted <= out->size) {
        return true;
    }
    size_t size = num_max(num_max(wanted, out->size * 2), FIRST_SIZE);
    uint8_t *bytes = arena_alloc(out->arena, size);
    if (bytes == NULL) {
        out->has_failed = true;
        return false;
    }
    if (out->len > 0) {
        memcpy(bytes, out->bytes, out->len);
    }
    out->bytes = bytes;
    out->size = size;
    return true;
}

void policy_out_span(struct out *out, struct span text) {
    if (text.len > 0 && make_room(out, text.len)) {
        memcpy(out->bytes + out->len, text.ptr, text.len);
        out->len += text.len;
    }
}

void policy_out_text(struct out *out, const char *text) {
    policy_out_span(out, span_text(text));
}

void policy_out_byte(struct out *out, uint8_t byte, size_t count) {
    if (count > 0 && make_room(out, count)) {
        memset(out->bytes + out->len, byte, count);
        out->len += count;
    }
}

void policy_out_format(struct out *out, const char *format, ...) {
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    /* A format that cannot be written has a negative length: no size is that large either. */
    if ((size_t)len >= sizeof line) {
        out->has_failed = true;
        return;
    }
    policy_out_span(out, span_of(line, (size_t)len));
}

void policy_out_words(struct out *out, struct span text) {
    struct words words = policy_words_of(text, 0);
    struct span word;
    for (bool first = true; policy_words_next(&words, &word); first = false) {
        policy_out_byte(out, ' ', !first);
        policy_out_span(out, word);
    }
}

struct lg_err policy_out_done(const struct out *out, struct span *out_text) {
    if (out->has_failed) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
    }
    *out_text = span_of(out->bytes, out->len);
    return LG_OK;
}

size_t policy_out_columns(struct span text) {
    size_t columns = 0;
    for (size_t i = 0; i < text.len; i++) {
        columns += (text.ptr[i] & 0xc0U) != 0x80;
    }
    return columns;
}
