/* SPDX-License-Identifier: Apache-2.0 */
/* A log and its index, which the test fills, with entries of made-up people. */
#ifndef TESTS_UNIT_INDEX_FIXTURE_H
#define TESTS_UNIT_INDEX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/index/index.h"
#include "gateway/query/query_int.h"
#include "gateway/store/keys.h"
#include "tests/support/audit_support.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 16 << 20, MARY = 1, JOHN = 2, MOST = 100 };
#define DAY_MS INT64_C(86400000)
#define QUARTER_MS (INT64_C(92) * DAY_MS)

struct world {
    struct store_support store;
    struct audit_support audit;
    struct audit_log *log;
    struct index_log *index;
    struct arena *arena;
    struct index_found found;
};

static const struct span AGENCIES[] = {{(const uint8_t *)"childrens-care", 14},
                                       {(const uint8_t *)"housing", 7}};

LG_MUST_USE static inline struct lg_err index_begin(struct world *w) {
    const struct index_config config = {
        .store = w->store.store,
        .log = w->log,
        .agencies = {AGENCIES, 2},
    };
    return index_open(&config, &w->index);
}

/* What is applied is nothing of the index. */
LG_MUST_USE static inline struct lg_err
changes_ignore(void *ctx, const struct audit_change *changes, size_t count) {
    (void)ctx;
    (void)changes;
    (void)count;
    return LG_OK;
}

static inline void world_open(struct world *w) {
    w->audit.config.apply = changes_ignore;
    w->audit.config.keys = (struct audit_keys){.ctx = w->store.store,
                                               .subject = store_key_subject,
                                               .nobody = store_key_nobody,
                                               .each = store_key_each};
    w->log = audit_support_open(&w->audit);
    assert_false(lg_failed(index_begin(w)));
}

static inline void world_close(struct world *w) {
    index_free(&w->index);
    audit_log_close(&w->log);
}

static inline int setup(void **state) {
    static struct world w;
    w = (struct world){.index = NULL};
    store_support_init(&w.store);
    audit_support_init(&w.audit);
    world_open(&w);
    assert_false(lg_failed(arena_new(ARENA, &w.arena)));
    *state = &w;
    return 0;
}

static inline int teardown(void **state) {
    struct world *w = *state;
    world_close(w);
    arena_free(&w->arena);
    audit_support_done(&w->audit);
    store_support_done(&w->store);
    return 0;
}

static const struct person_id *person(struct world *w, uint8_t number) {
    return audit_support_person(&w->audit, number);
}

static inline void fill(struct world *w) {
    bool did = true;
    while (did) {
        assert_false(lg_failed(index_fill(w->index, &did)));
    }
}

/* ---- entries ---- */

static inline uint64_t commit(struct world *w, const struct audit_entry_fields *fields) {
    struct receipt *receipt = audit_support_commit_one(w->log, fields);
    uint64_t at = audit_receipt_index(receipt);
    audit_receipt_free(&receipt);
    return at;
}

/* As gateway/query/trail.c writes the sealed part of a question. */
static inline struct span ask_sealed(uint8_t *buf, size_t size, bool is_enough) {
    struct writer w = writer_of(buf, size);
    struct span written;
    writer_u8(&w, TRAIL_VERSION);
    for (size_t i = 0; i < TRAIL_ASK_TEXTS; i++) {
        writer_part(&w, span_text("x"));
    }
    writer_u8(&w, 2);
    writer_u8(&w, 1);
    writer_u8(&w, is_enough ? 1 : 0);
    writer_part(&w, span_of(NULL, 0));
    assert_false(lg_failed(writer_end(&w, &written)));
    return written;
}

static inline uint64_t ask_as(struct world *w, uint32_t number, uint8_t of, bool is_enough) {
    uint8_t buf[256];
    struct audit_entry_fields fields = audit_support_ask(number + 1000000);
    fields.person = of == 0 ? NULL : person(w, of);
    fields.sealed = ask_sealed(buf, sizeof buf, is_enough);
    return commit(w, &fields);
}

static inline uint64_t ask(struct world *w, uint32_t number, uint8_t of) {
    return ask_as(w, number, of, of != 0);
}

struct made_part {
    enum audit_kind kind;
    uint8_t of;
    bool is_unsure;  /* only hidden sources knew of the person */
    bool is_skipped; /* the source was not asked */
    bool is_old;     /* of the version before, which does not say either */
    bool is_decoy;
    bool is_told; /* the clause tells the source who asks, and for what */
    unsigned flags;
    uint32_t keep_days;
    uint8_t onward;
    bool has_none;      /* no record left */
    uint64_t ask_index; /* 0: some entry that is no question */
};

/* As gateway/query/trail.c writes the sealed part of a source. */
static inline struct span part_sealed(uint8_t *buf, size_t size, struct made_part made) {
    struct writer w = writer_of(buf, size);
    struct span written;
    writer_u8(&w, made.is_old ? TRAIL_PART_VERSION_BEFORE : TRAIL_PART_VERSION);
    for (size_t i = 0; i < TRAIL_PART_TEXTS; i++) {
        writer_part(&w, span_text("x"));
    }
    writer_u32(&w, made.has_none ? 0 : 2);
    writer_u8(&w, made.is_decoy ? 1 : 0);
    if (!made.is_old) {
        writer_u8(&w, made.is_skipped ? 0 : 1);
        writer_u8(&w, made.of == 0 || made.is_unsure ? 0 : 1);
    }
    writer_u64(&w, made.ask_index == 0 ? 1 : made.ask_index);
    writer_part(&w, span_of(NULL, 0));
    if (!made.is_old) {
        writer_u32(&w, made.keep_days);
        writer_u8(&w, made.onward);
    }
    assert_false(lg_failed(writer_end(&w, &written)));
    return written;
}

static inline uint64_t part(struct world *w, uint32_t number, struct made_part made) {
    uint8_t buf[256];
    struct audit_commitment commitment;
    struct audit_detail detail;
    audit_commitment_make(span_text("payload"), &commitment);
    struct audit_entry_fields fields = audit_support_part(number, made.kind, &commitment, &detail);
    fields.person = made.of == 0 ? NULL : person(w, made.of);
    fields.sealed = part_sealed(buf, sizeof buf, made);
    detail.flags = made.flags;
    if (made.is_told) {
        fields.requesting_agency = detail.requesting_agency;
        fields.purpose = detail.purpose;
        fields.basis = detail.basis;
    }
    const struct audit_batch batch = {.entries = &fields, .count = 1, .ends = &detail.question_id};
    struct receipt *receipt = NULL;
    assert_int_equal(audit_support_commit(w->log, &batch, &receipt), AUDIT_COMMITTED);
    uint64_t at = audit_receipt_index(receipt);
    audit_receipt_free(&receipt);
    return at;
}

static inline uint64_t release(struct world *w, uint32_t number, uint8_t of) {
    return part(w, number, (struct made_part){.kind = AUDIT_RELEASE, .of = of});
}

/* ---- looking ---- */

static inline struct index_query query(struct world *w, const char *agency) {
    return (struct index_query){
        .agency = span_text(agency), .before = UINT64_MAX, .most = MOST, .now_ms = w->audit.now_ms};
}

static inline size_t look(struct world *w, const struct index_query *asked) {
    arena_free(&w->arena);
    assert_false(lg_failed(arena_new(ARENA, &w->arena)));
    struct lg_err err = index_find(w->index, asked, w->arena, &w->found);
    if (lg_failed(err)) {
        fail_msg("index_find: %08x", err.word);
    }
    return w->found.count;
}

static inline size_t about(struct world *w, const char *agency, uint8_t of) {
    struct index_query asked = query(w, agency);
    asked.by_person = true;
    asked.persons = person(w, of);
    asked.person_count = 1;
    return look(w, &asked);
}

static inline bool has(const struct world *w, uint64_t position) {
    for (size_t i = 0; i < w->found.count; i++) {
        if (w->found.hits[i].side.position == position) {
            return true;
        }
    }
    return false;
}

static inline void mixed_entries(struct world *w) {
    for (uint32_t i = 0; i < 6; i++) {
        (void)ask(w, 60 + i, (uint8_t)(i % 3));
        (void)part(
            w, 60 + i,
            (struct made_part){.kind = AUDIT_RELEASE, .of = (uint8_t)(i % 3), .is_decoy = i > 3});
        w->audit.now_ms += i == 2 ? QUARTER_MS : 1;
    }
}

static inline void mixed_expect(struct world *w) {
    assert_int_equal(about(w, "childrens-care", MARY), 4);
    assert_int_equal(about(w, "housing", MARY), 1);
    assert_int_equal(about(w, "housing", JOHN), 1);
    struct index_query asked = query(w, "childrens-care");
    asked.purpose = span_text("child-safeguarding");
    assert_int_equal(look(w, &asked), 12);
    assert_int_equal(w->found.covered, audit_size(w->log));
}

static inline void world_restart(struct world *w) {
    world_close(w);
    world_open(w);
}

#endif
