/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a SUPPRESSION entry, sealed by the log under nobody's key of the quarter: 3,072
 * bytes.
 *
 *    1  version, 1
 *    2  tokens, at most 48; of each
 *         16  its tag
 *          1  class, 1 to 5
 *          4  epoch
 *    2  facts, at most 32; each after a 16-bit length, 1,984 bytes in all
 *    -  zeros
 *
 * Valid when every part is in its range and the rest is zeros. */
#include "gateway/erasure/suppression.h"

#include <assert.h>
#include <string.h>

#include "gateway/base/bytes.h"

enum {
    BODY_VERSION = 1,
    BODY_SIZE = LIMIT_AUDIT_SEALED,
    TOKEN_SIZE = STORE_TAG_SIZE + 1 + 4,
};

static_assert(1 + 2 + STORE_SUPPRESS_TOKENS_MAX * TOKEN_SIZE + 2 + STORE_SUPPRESS_BODY_MAX <=
                  BODY_SIZE,
              "the largest fits");

static struct lg_err fail(enum lg_class klass, enum erasure_code code) {
    return lg_err_make(klass, LG_ERASURE, (uint16_t)code);
}

struct lg_err erasure_suppression_encode(const struct store_suppression *it, struct arena *arena,
                                         struct span *out_body) {
    if (!store_suppression_valid(it, UINT64_MAX)) {
        return fail(LG_CLASS_INPUT, ERASURE_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, BODY_SIZE);
    if (body == NULL) {
        return fail(LG_CLASS_LIMIT, ERASURE_MEMORY);
    }
    struct writer w = writer_of(body, BODY_SIZE);
    struct span written;
    writer_u8(&w, BODY_VERSION);
    writer_u16(&w, (uint16_t)it->token_count);
    for (size_t i = 0; i < it->token_count; i++) {
        writer_bytes(&w, span_of(it->tokens[i].tag.bytes, STORE_TAG_SIZE));
        writer_u8(&w, (uint8_t)it->tokens[i].token_class);
        writer_u32(&w, it->tokens[i].epoch);
    }
    writer_u16(&w, (uint16_t)it->fact_count);
    for (size_t i = 0; i < it->fact_count; i++) {
        writer_part(&w, it->facts[i]);
    }
    if (lg_failed(writer_end(&w, &written))) {
        return fail(LG_CLASS_INPUT, ERASURE_FIELDS);
    }
    *out_body = span_of(body, BODY_SIZE); /* memory of an arena is zeros */
    return LG_OK;
}

static void tokens_read(struct reader *r, struct store_suppress_token *tokens, size_t count) {
    for (size_t i = 0; i < count; i++) {
        reader_copy(r, tokens[i].tag.bytes, STORE_TAG_SIZE);
        tokens[i].token_class = (enum token_class)reader_u8(r);
        tokens[i].epoch = reader_u32(r);
    }
}

static bool zeros_follow(struct reader *r) {
    struct span rest = r->rest;
    bool zeros = !r->failed;
    for (size_t i = 0; zeros && i < rest.len; i++) {
        zeros = rest.ptr[i] == 0;
    }
    return zeros;
}

struct lg_err erasure_suppression_decode(uint64_t log_index, struct span body, struct arena *arena,
                                         struct store_suppression *out_suppression) {
    struct store_suppression it = {.log_index = log_index};
    struct reader r = reader_of(body);
    if (body.len == 0) {
        *out_suppression = it;
        return LG_OK;
    }
    struct store_suppress_token *tokens =
        arena_array(arena, STORE_SUPPRESS_TOKENS_MAX, sizeof *tokens);
    struct span *facts = arena_array(arena, STORE_SUPPRESS_FACTS_MAX, sizeof *facts);
    if (lg_failed(arena_failed(arena))) {
        return fail(LG_CLASS_LIMIT, ERASURE_MEMORY);
    }
    uint8_t version = reader_u8(&r);
    it.tokens = tokens;
    it.token_count = reader_u16(&r);
    if (r.failed || body.len != BODY_SIZE || it.token_count > STORE_SUPPRESS_TOKENS_MAX) {
        return fail(LG_CLASS_INPUT, ERASURE_BODY);
    }
    tokens_read(&r, tokens, it.token_count);
    it.facts = facts;
    it.fact_count = reader_u16(&r);
    if (it.fact_count > STORE_SUPPRESS_FACTS_MAX) {
        return fail(LG_CLASS_INPUT, ERASURE_BODY);
    }
    for (size_t i = 0; i < it.fact_count; i++) {
        facts[i] = reader_part(&r);
    }
    if (version != BODY_VERSION || !zeros_follow(&r) || !store_suppression_valid(&it, UINT64_MAX)) {
        return fail(LG_CLASS_INPUT, ERASURE_BODY);
    }
    *out_suppression = it;
    return LG_OK;
}
