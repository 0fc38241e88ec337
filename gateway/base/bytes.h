/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded reading and writing of fixed binary formats. All numbers are big-endian. */
#ifndef GATEWAY_BASE_BYTES_H
#define GATEWAY_BASE_BYTES_H

#include "gateway/base/err.h"
#include "gateway/base/span.h"

enum bytes_code { BYTES_SHORT = 1, BYTES_LEFT, BYTES_FULL };

/* Reads from the front of `rest`. The first error sticks: every later read gives zeros or empty. */
struct reader {
    struct span rest;
    bool failed;
};

struct reader reader_of(struct span bytes);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
/* The next `len` bytes, borrowed from what is read. */
struct span reader_bytes(struct reader *r, size_t len);
/* Copies the next `len` bytes to `out`; zeros after an error. */
void reader_copy(struct reader *r, uint8_t *out, size_t len);
/* A part with a 16-bit length before it. */
struct span reader_part(struct reader *r);
/* INPUT unless every read succeeded and nothing is left over. */
LG_MUST_USE struct lg_err reader_end(const struct reader *r);

/* Writes into a fixed buffer. The first error sticks and nothing past the end is touched. */
struct writer {
    uint8_t *buf;
    size_t size;
    size_t used;
    bool failed;
};

struct writer writer_of(void *buf, size_t size);
void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value);
void writer_u32(struct writer *w, uint32_t value);
void writer_u64(struct writer *w, uint64_t value);
void writer_bytes(struct writer *w, struct span bytes);
void writer_text(struct writer *w, const char *text);
/* A part with a 16-bit length before it; longer than 65,535 fails. */
void writer_part(struct writer *w, struct span bytes);
/* LIMIT when it did not all fit. */
LG_MUST_USE struct lg_err writer_end(const struct writer *w, struct span *out_written);

/* Lower-case hex; out holds 2 * len + 1 bytes and ends in NUL. */
void bytes_to_hex(struct span bytes, char *out);
/* Exactly `size` bytes from 2 * size hex digits of either case, else INPUT. */
LG_MUST_USE struct lg_err bytes_from_hex(struct span text, uint8_t *out, size_t size);
/* Standard base64 with padding (RFC 4648, section 4). out holds (len + 2) / 3 * 4 + 1 bytes. */
void bytes_to_base64(struct span bytes, char *out);
/* Strict decode (padding and zero tail bits required) into out[size_max], else INPUT. */
LG_MUST_USE struct lg_err bytes_from_base64(struct span text, uint8_t *out, size_t size_max,
                                            size_t *out_len);
/* Base32 in lower case without padding (RFC 4648, section 6, folded). out holds
 * (len * 8 + 4) / 5 + 1 bytes. */
void bytes_to_base32(struct span bytes, char *out);
/* Strict: length and zero tail bits as written, lower case only, else INPUT. */
LG_MUST_USE struct lg_err bytes_from_base32(struct span text, uint8_t *out, size_t size);

#endif
