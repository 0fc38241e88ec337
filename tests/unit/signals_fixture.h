/* SPDX-License-Identifier: Apache-2.0 */
/* The line's world with an index and the rules of misuse over its log. */
#ifndef TESTS_UNIT_SIGNALS_FIXTURE_H
#define TESTS_UNIT_SIGNALS_FIXTURE_H

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits_signals.h"
#include "gateway/index/index.h"
#include "gateway/query/query_int.h"
#include "gateway/review/review.h"
#include "gateway/service/signals.h"
#include "gateway/store/signals.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const int64_t MINUTE_MS = 60000;
static const int64_t HOUR_MS = 60 * 60000;
static const int64_t DAY_MS = 24 * 60 * 60000;

enum { CARE = 0 };

/* Tuesday 2027-01-05, 12:00 UTC. */
static const int64_t NOON_MS = INT64_C(1799150400000);

struct scene {
    struct line_world *w;
    struct index_log *index;
    struct service_signals *signals;
};

static inline void begin(struct scene *s) {
    assert_false(lg_failed(service_signals_open(&s->w->gateway, s->w->worker.reader, &s->signals)));
    index_follow(s->index, service_signals_follower(s->signals));
}

/* As after a crash: what was not written is gone. */
static inline void crash(struct scene *s) {
    service_signals_free(&s->signals);
    begin(s);
}

static inline struct scene scene_of(struct line_world *w) {
    static const struct span agencies[] = {{(const uint8_t *)"care", 4},
                                           {(const uint8_t *)"homes", 5}};
    struct scene s = {.w = w};
    const struct index_config config = {
        .store = w->gateway.store, .log = w->gateway.log, .agencies = {agencies, 2}};
    assert_false(lg_failed(index_open(&config, &s.index)));
    w->gateway.index = s.index;
    w->gateway.limits.signals_every_ms = LIMIT_SIGNALS_EVERY_PARTS;
    w->wall_ms = NOON_MS;
    begin(&s);
    return s;
}

static inline void scene_done(struct scene *s) {
    service_signals_free(&s->signals);
    s->w->gateway.index = NULL;
    index_free(&s->index);
}

static inline void read_all(struct scene *s) {
    bool did = true;
    while (did) {
        assert_false(lg_failed(index_fill(s->index, &did)));
    }
}

/* So long at most until the next cases are opened. */
enum { MOMENT_MS = LIMIT_SIGNALS_EVERY_PARTS_MOST };

/* Until the whole log is looked at, and what waits is opened; how many cases were. */
static inline size_t run(struct scene *s) {
    size_t before = service_signals_done(s->signals).opened;
    read_all(s);
    s->w->wall_ms += MOMENT_MS;
    read_all(s);
    return service_signals_done(s->signals).opened - before;
}

/* ---- Entries, as gateway/query/trail.c and gateway/service/search.c write them ---- */

struct who {
    const char *agency;
    const char *user;
    const char *case_reference;
};

static const struct who seventeen = {"care", "u-17", "C-1"};

static inline void who_write(struct writer *w, const struct who *who) {
    writer_part(w, span_text("cases"));
    writer_part(w, span_text(who->user));
    writer_part(w, span_text("worker"));
    writer_part(w, span_text("A Name"));
    writer_part(w, span_text(who->case_reference));
}

static inline struct span question_seal(struct writer *w, const struct who *who) {
    struct span sealed;
    writer_u8(w, TRAIL_VERSION);
    who_write(w, who);
    for (size_t i = 5; i < TRAIL_ASK_TEXTS; i++) {
        writer_part(w, span_text("x"));
    }
    writer_u8(w, 2);
    writer_u8(w, 1);
    writer_u8(w, 1);
    writer_part(w, span_of(NULL, 0));
    assert_false(lg_failed(writer_end(w, &sealed)));
    return sealed;
}

static inline struct span search_seal(struct writer *w, const struct who *who) {
    struct span sealed;
    writer_u8(w, 1);
    who_write(w, who);
    assert_false(lg_failed(writer_end(w, &sealed)));
    return sealed;
}

static inline void put(struct scene *s, const struct who *who, enum audit_kind kind,
                       const struct person_id *person) {
    uint8_t buf[512];
    struct writer w = writer_of(buf, sizeof buf);
    struct audit_entry_fields fields = {
        .kind = kind,
        .requesting_agency = span_text(who->agency),
        .decision = kind == AUDIT_DENIAL ? AUDIT_DECISION_REFUSE : AUDIT_DECISION_PERMIT,
        .reason = span_text(kind == AUDIT_SEARCH   ? "FIND"
                            : kind == AUDIT_DENIAL ? "ROLE_NOT_NAMED"
                                                   : ""),
        .purpose = span_text(kind == AUDIT_DENIAL ? "" : "child-safeguarding"),
        .flags = kind == AUDIT_DENIAL ? AUDIT_FLAG_FINAL : 0,
        .person = person,
        .sealed = kind == AUDIT_SEARCH ? search_seal(&w, who) : question_seal(&w, who),
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    line_log_put(s->w, &fields);
}

static inline void refused(struct scene *s, const struct who *who, size_t times) {
    for (size_t i = 0; i < times; i++) {
        put(s, who, AUDIT_DENIAL, NULL);
    }
}

static inline void store_change(struct scene *s, const char *sql) {
    char path[STORE_SUPPORT_PATH + 32];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/lockgate.db", s->w->store.folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- Cases ---- */

static inline size_t listed(struct scene *s, const char *agency,
                            struct store_review_side **out_sides) {
    const struct store_review_list list = {
        .agency = span_text(agency), .before_index = UINT64_MAX, .is_unclosed = true};
    size_t count = 0;
    assert_false(
        lg_failed(store_reviews_list(s->w->worker.reader, &list, s->w->arena, out_sides, &count)));
    return count;
}

/* The only open case of care. */
static inline struct review_case one(struct scene *s) {
    struct store_review_side *sides = NULL;
    struct review_case it;
    assert_int_equal(listed(s, "care", &sides), 1);
    assert_true(sides[0].is_own);
    assert_false(
        lg_failed(review_case_read(s->w->worker.reader, &sides[0].review, s->w->arena, &it)));
    return it;
}

static inline struct store_signals_of hits_of(struct scene *s, const struct review_case *it) {
    struct store_signals_of of;
    assert_false(lg_failed(store_signals_of_case(s->w->worker.reader, &it->opening.id, &of)));
    return of;
}

#endif
