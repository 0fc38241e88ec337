/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that somebody else owns, passed by value. */
#ifndef GATEWAY_BASE_SPAN_H
#define GATEWAY_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes. ptr may be NULL only where len is 0. */
struct span {
    const uint8_t *ptr;
    size_t len;
};

static inline struct span span_of(const void *ptr, size_t len) {
    return (struct span){.ptr = ptr, .len = len};
}

/* The bytes of a NUL-terminated string of ours, without the NUL; NULL gives the empty span. Here,
 * so that the length of a literal is known when it is compiled: a call compares dozens. */
static inline struct span span_text(const char *text) {
    return text == NULL ? span_of(NULL, 0) : span_of(text, strlen(text));
}

/* Equal length and bytes. Not for secrets: see vault_equal. */
static inline bool span_equal(struct span a, struct span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_equal_text(struct span a, const char *text) {
    return span_equal(a, span_text(text));
}

/* The same without regard to upper and lower case of ASCII letters. */
bool span_equal_folded(struct span a, struct span b);
/* A-Z to lower case, in place. */
void span_fold(uint8_t *bytes, size_t len);

/* Byte order, shorter first where one starts the other: <0, 0, >0. */
int span_compare(struct span a, struct span b);
bool span_starts_with(struct span a, struct span prefix);

/* The part from `from`, at most `len` bytes; clamped to what is there. */
struct span span_slice(struct span a, size_t from, size_t len);
/* Without spaces and tabs at both ends. */
struct span span_trim(struct span a);
/* Takes the part before the first `mark` off the front of *rest (the whole rest where there is
 * none) and steps over the mark. False when *rest is used up (ptr NULL): so "a,,b" gives three
 * parts and "" gives one empty part. */
bool span_split(struct span *rest, uint8_t mark, struct span *out_part);
/* Index of the first `byte`, or a.len where there is none. */
size_t span_index(struct span a, uint8_t byte);
/* How many bytes at the front are printable ASCII, 0x20 to 0x7e. */
size_t span_plain_len(struct span a);
/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool span_is_text(struct span a);
/* The same, and nothing that changes how the text around it is shown or ends a line where none
 * should end: no control but tab and line ends, no C1 control, no line or paragraph separator, no
 * mark, embedding, override or isolate of Unicode TR 9. */
bool span_is_plain(struct span text);

#endif
