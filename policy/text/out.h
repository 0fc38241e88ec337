/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows in an arena: what formatter and printed forms write into. */
#ifndef POLICY_TEXT_OUT_H
#define POLICY_TEXT_OUT_H

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

/* A failure sticks and is told once, by policy_out_done. */
struct out {
    struct arena *arena;
    uint8_t *bytes;
    size_t len;
    size_t size;
    bool has_failed;
};

static inline struct out policy_out_of(struct arena *arena) {
    return (struct out){.arena = arena};
}
void policy_out_span(struct out *out, struct span text);
void policy_out_text(struct out *out, const char *text);
void policy_out_byte(struct out *out, uint8_t byte, size_t count);
void policy_out_format(struct out *out, const char *format, ...) LG_PRINTF(2, 3);
/* The words of a text with one space between. */
void policy_out_words(struct out *out, struct span text);
/* The whole text, in the arena. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_out_done(const struct out *out, struct span *out_text);
/* How many characters of UTF-8. */
size_t policy_out_columns(struct span text);

#endif
