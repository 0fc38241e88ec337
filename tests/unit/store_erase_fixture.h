/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of an erasure on a made store, and what is left of keys and files afterwards. */
#ifndef TESTS_UNIT_STORE_ERASE_FIXTURE_H
#define TESTS_UNIT_STORE_ERASE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/keys.h"
#include "gateway/store/store_int.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { WRAPPED = VAULT_KEY_SIZE + VAULT_SEAL_OVERHEAD, Q = STORE_SUPPORT_QUARTER };

/* ---- Steps */

/* The n-th step of a test has this index: the even ones are for what it decides on. */
static inline uint64_t index_of(uint64_t n) {
    return 2 * n + 1;
}

LG_MUST_USE static inline struct lg_err entry(struct store_support *s,
                                              const struct store_erasure *erasures, size_t count) {
    const struct store_changes changes = {
        .erasures = erasures, .erasure_count = count, .through = erasures[count - 1].log_index + 1};
    return store_changes_apply(s->store, &changes);
}

static inline struct store_erasure erasure_of(enum store_erasure_step what,
                                              const struct store_key_id *id, uint64_t n,
                                              const char *agency) {
    return (struct store_erasure){.step = what,
                                  .key_id = *id,
                                  .log_index = index_of(n),
                                  .agency = span_text(agency),
                                  .body = span_text("why")};
}

/* The tags of whoever is the same person now; of a key of nobody its own. */
static inline struct span named_of(struct store_support *s, const struct store_key_id *id) {
    static uint8_t tags[(1 + LIMIT_STORE_ALIASES) * STORE_KEY_TAG_SIZE];
    struct person_id *ids = NULL;
    size_t count = 0;
    if (s->reader == NULL || id->bytes[0] != STORE_KEY_PERSON) {
        return span_of(NULL, 0);
    }
    assert_false(lg_failed(store_key_persons(s->reader, id, s->arena, &ids, &count)));
    for (size_t i = 0; i < count; i++) {
        struct store_key_id own;
        assert_false(lg_failed(store_key_id_person(s->store, &ids[i], &own)));
        memcpy(&tags[i * STORE_KEY_TAG_SIZE], &own.bytes[1], STORE_KEY_TAG_SIZE);
    }
    return span_of(tags, count * STORE_KEY_TAG_SIZE);
}

/* DONE with what it decides on just before it. */
static inline void done_make(struct store_support *s, const struct store_key_id *id, uint64_t n,
                             const char *agency, struct store_erasure out_both[static 2]) {
    out_both[0] = erasure_of(STORE_ERASURE_ASKED, id, n, "asks");
    out_both[1] = erasure_of(STORE_ERASURE_DONE, id, n, agency);
    out_both[0].log_index = out_both[1].proposal = index_of(n) - 1;
    out_both[1].named = named_of(s, id);
}

/* Of DONE with a request of its own, by another agency, just before it. */
LG_MUST_USE static inline struct lg_err step(struct store_support *s, enum store_erasure_step what,
                                             const struct store_key_id *id, uint64_t n,
                                             const char *agency) {
    struct store_erasure both[2];
    if (what == STORE_ERASURE_DONE) {
        done_make(s, id, n, agency, both);
        return entry(s, both, 2);
    }
    both[0] = erasure_of(what, id, n, agency);
    return entry(s, both, 1);
}

/* A decision on what was asked for in step `asked`. */
static inline void decide(struct store_support *s, enum store_erasure_step what,
                          const struct store_key_id *id, uint64_t n, uint64_t asked,
                          struct span named) {
    struct store_erasure erasure = erasure_of(what, id, n, "hub");
    erasure.proposal = index_of(asked);
    erasure.named = named;
    assert_false(lg_failed(entry(s, &erasure, 1)));
}

static inline bool is_standing(struct store_support *s, uint64_t n) {
    struct store_erasure row;
    bool found = false;
    assert_false(lg_failed(store_erasure_find(s->reader, index_of(n), s->arena, &found, &row)));
    return found;
}

static inline void steps(struct store_support *s, enum store_erasure_step what,
                         const struct store_key_id *id, uint64_t index, const char *agency) {
    assert_false(lg_failed(step(s, what, id, index, agency)));
}

static inline struct store_key_id key_id(struct store_support *s, const struct person_id *person) {
    struct store_key_id id;
    assert_false(lg_failed(store_key_id_person(s->store, person, &id)));
    return id;
}

static inline struct person_id enrolled(struct store_support *s, const char *agency,
                                        uint32_t number, const struct made_person *who) {
    struct person_id person;
    store_support_enrol(s, agency, number, who);
    assert_true(store_support_person(s, agency, number, &person));
    return person;
}

/* ---- Keys */

static inline struct store_tag digest_of(struct vault_key *key) {
    uint8_t full[VAULT_SHA256_SIZE];
    struct store_tag tag;
    vault_hmac_sha256(key, span_text("which"), full);
    memcpy(tag.bytes, full, sizeof tag.bytes);
    return tag;
}

/* person NULL: nobody. */
static inline struct store_tag digest(struct store_support *s, const struct person_id *person,
                                      uint32_t quarter) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    struct lg_err err = person == NULL ? store_key_nobody(s->store, quarter, &key)
                                       : store_key_subject(s->store, person, quarter, &key);
    assert_false(lg_failed(err));
    return digest_of(key);
}

static inline bool same(struct store_tag a, struct store_tag b) {
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

/* A key that is not kept: asked for twice it is two. */
static inline bool is_gone(struct store_support *s, const struct person_id *person,
                           uint32_t quarter) {
    return !same(digest(s, person, quarter), digest(s, person, quarter));
}

/* The row as it stands in the file. */
static inline bool wrapped_of(struct store_support *s, const struct person_id *person,
                              uint32_t quarter, uint8_t out[static WRAPPED]) {
    struct store_tag subject;
    assert_false(lg_failed(store_subject_tag(s->store, person, &subject)));
    OWN(store_query_done) struct store_query query = store_query_of(&s->store->keys, SQL_KEY_GET);
    store_query_number(&query, 1, quarter);
    store_query_bytes(&query, 2, store_tag_span(&subject));
    if (!store_query_next(&query)) {
        return false;
    }
    store_query_column_copy(&query, 0, out, WRAPPED);
    assert_false(lg_failed(store_query_end(&query)));
    return true;
}

static inline bool count_key(void *ctx, struct vault_key *key) {
    (void)key;
    (*(size_t *)ctx)++;
    return true;
}

static inline size_t keys_of(struct store_support *s, uint32_t quarter) {
    size_t count = 0;
    assert_false(lg_failed(store_key_each(s->store, quarter, count_key, &count)));
    return count;
}

static inline int erase_set_up(void **state) {
    static struct store_support support;
    store_support_init(&support);
    *state = &support;
    return 0;
}

static inline int erase_tear_down(void **state) {
    store_support_done(*state);
    return 0;
}

struct file_copy {
    uint8_t *bytes;
    size_t len;
};

static inline struct file_copy file_take(const struct store_support *s, const char *name) {
    char path[STORE_SUPPORT_PATH * 2];
    struct file_copy copy = {.bytes = malloc(16U << 20)};
    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(copy.bytes);
    copy.len = fread(copy.bytes, 1, 16U << 20, file);
    assert_int_equal(fclose(file), 0);
    return copy;
}

static inline void file_put(const struct store_support *s, const char *name,
                            struct file_copy *copy) {
    char path[STORE_SUPPORT_PATH * 2];
    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(copy->bytes, 1, copy->len, file), copy->len);
    assert_int_equal(fclose(file), 0);
    free(copy->bytes);
    copy->bytes = NULL;
}

static inline void files_close(struct store_support *s) {
    store_reader_free(&s->reader);
    store_free(&s->store);
    arena_free(&s->arena);
}

static inline bool is_known(struct store_support *s, const struct person_id *person) {
    struct store_person found_person;
    bool found = true;
    assert_false(lg_failed(store_person_find(s->reader, person, &found, &found_person)));
    return found;
}

#endif
