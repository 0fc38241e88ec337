/* SPDX-License-Identifier: Apache-2.0 */
/* Settling and counting where something fails in turn: each piece of memory that is asked of the
 * arena, each tag that names a counter or a scope, the store when it writes, a row of counters that
 * is full. Nothing is granted, and nothing rests on what was not written. The linker puts the
 * functions below in place of the store's (tests/unit/CMakeLists.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent/consent.h"
#include "tests/support/arena_fail.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { HOUR_S = 3600, WAYS = 16, TRIES_MAX = 1000 };

static uint64_t tags_seen;
static uint64_t tags_fail_at;
static bool writes_fail;

static struct lg_err broken(void) {
    return lg_err_make(LG_CLASS_STORE, LG_STORE, 1);
}

struct lg_err __real_store_tag_make(const struct store *store, enum store_tag_kind kind,
                                    const struct span *parts, size_t count,
                                    struct store_tag *out_tag);
struct lg_err __wrap_store_tag_make(const struct store *store, enum store_tag_kind kind,
                                    const struct span *parts, size_t count,
                                    struct store_tag *out_tag);
struct lg_err __real_store_user_tag_make(const struct store *store, enum store_tag_kind kind,
                                         const struct span *parts, size_t count,
                                         struct store_tag *out_tag);
struct lg_err __wrap_store_user_tag_make(const struct store *store, enum store_tag_kind kind,
                                         const struct span *parts, size_t count,
                                         struct store_tag *out_tag);
struct lg_err __real_store_counters_put(struct store *store, const struct store_counter *counters,
                                        size_t count);
struct lg_err __wrap_store_counters_put(struct store *store, const struct store_counter *counters,
                                        size_t count);

struct lg_err __wrap_store_tag_make(const struct store *store, enum store_tag_kind kind,
                                    const struct span *parts, size_t count,
                                    struct store_tag *out_tag) {
    tags_seen++;
    return tags_seen == tags_fail_at ? broken()
                                     : __real_store_tag_make(store, kind, parts, count, out_tag);
}

struct lg_err __wrap_store_user_tag_make(const struct store *store, enum store_tag_kind kind,
                                         const struct span *parts, size_t count,
                                         struct store_tag *out_tag) {
    tags_seen++;
    return tags_seen == tags_fail_at
               ? broken()
               : __real_store_user_tag_make(store, kind, parts, count, out_tag);
}

struct lg_err __wrap_store_counters_put(struct store *store, const struct store_counter *counters,
                                        size_t count) {
    return writes_fail ? broken() : __real_store_counters_put(store, counters, count);
}

/* ---- a small world ---- */

static const char head[] =
    "isa 1\n"
    "agreement %s\n"
    "  title: A small agreement\n  version: 4\n  in force: 2026-09-01 to 2027-08-31\n"
    "  review due: 2027-06-01\n  review grace: 30 days\n  time zone: Europe/London\n"
    "  lead: care\n  signatures needed: all parties\n  assessment: DPIA-1\n  contact: lead\n"
    "party care\n  name: Care\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party housing\n  name: Homes\n  legal entity: Homes\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Secretary\n"
    "party health\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n  existence: hidden\n"
    "role care/worker\n"
    "purpose help\n  title: Help\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n  covers: help\n"
    "category tenancy\n  title: Tenancy\n  class: ordinary\n  held by: housing\n"
    "  fields: address, notes%s\n"
    "category stay\n  title: Stays\n  class: ordinary\n  held by: health\n"
    "  fields: first, last, notes\n"
    "limit few\n  per person: 3 in 1 hour\n  per agency: 9 in 1 hour\n  per subject: 5 in 1 hour\n"
    "defaults\n  limit: few\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Open\n  from: housing\n  to: care/*\n  purpose: help\n"
    "  basis: act\n  consent: not needed\n  pass: tenancy.address%s\n  redact: tenancy.notes\n"
    "clause 2 share\n  title: Hidden\n  from: health\n  to: care/*\n  purpose: help\n"
    "  basis: act\n  consent: not needed\n  pass: stay.first, stay.last\n  redact: stay.notes\n";

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};

struct world {
    struct store_support s;
    struct policy *policies[2];
    struct policy_force forces[2];
    struct consent_counters *counters;
    struct caller caller;
    struct person_id person;
    const struct permit *permit;
    int64_t wall_ms;
    int64_t mono_ms;
};

static int64_t read_wall(void *ctx) {
    return ((const struct world *)ctx)->wall_ms;
}

static int64_t read_mono(void *ctx) {
    return ((const struct world *)ctx)->mono_ms;
}

/* The second one shares a field that the first one does not know. */
static struct policy *compile(const char *id, bool has_more) {
    char text[4096];
    struct diag diag = {0};
    struct policy *policy = NULL;
    snprintf(text, sizeof text, head, id, has_more ? ", rent" : "",
             has_more ? ", tenancy.rent" : "");
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    return policy;
}

/* Of everybody; under an agreement that nobody has, of housing by name. */
static void decide(struct world *w, const char *agreement, size_t force_count) {
    static const struct span housing[] = {{(const uint8_t *)"housing", 7}};
    static const struct span address[] = {{(const uint8_t *)"tenancy.address", 15}};
    bool is_known = strcmp(agreement, "three") != 0;
    const struct policy_request request = {.agreement = span_text(agreement),
                                           .at_s = 1795435200,
                                           .recipient = w->caller.agency,
                                           .role = w->caller.role,
                                           .sources = {housing, is_known ? 0 : 1},
                                           .fields = {address, is_known ? 0 : 1},
                                           .purpose = span_text("help"),
                                           .basis = span_text("act"),
                                           .age_class = AGE_ADULT};
    assert_false(
        lg_failed(policy_decide(w->forces, force_count, &request, w->s.arena, &w->permit)));
}

static void counters_open(struct world *w, bool is_kept) {
    const struct clock clock = {.wall_ms = read_wall, .mono_ms = read_mono, .ctx = w};
    consent_counters_free(&w->counters);
    assert_false(lg_failed(consent_counters_new(w->s.store, &w->counters)));
    if (is_kept) {
        assert_false(lg_failed(consent_counters_keep(w->counters, &clock)));
    }
}

static int set_up(void **state) {
    static struct world world;
    world = (struct world){.wall_ms = 1795435200000, .mono_ms = 5000000};
    struct world *w = &world;
    arena_fail_pause(true);
    store_support_init(&w->s);
    w->policies[0] = compile("one", false);
    w->policies[1] = compile("two", true);
    w->forces[0] = (struct policy_force){.policy = w->policies[0]};
    w->forces[1] = (struct policy_force){.policy = w->policies[1]};
    w->caller = (struct caller){.agency = span_text("care"),
                                .system = span_text("case-1"),
                                .user_id = span_text("user-1"),
                                .role = span_text("worker")};
    store_support_enrol(&w->s, "housing", 1, &amy);
    assert_true(store_support_person(&w->s, "housing", 1, &w->person));
    decide(w, "", 2);
    counters_open(w, false);
    *state = w;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    tags_fail_at = 0;
    writes_fail = false;
    consent_counters_free(&w->counters);
    policy_free(&w->policies[0]);
    policy_free(&w->policies[1]);
    store_support_done(&w->s);
    arena_fail_pause(false);
    return 0;
}

static struct consent_question question_of(struct world *w) {
    return (struct consent_question){.permit = w->permit,
                                     .caller = &w->caller,
                                     .person = &w->person,
                                     .is_enough = true,
                                     .mono_ms = w->mono_ms};
}

static struct lg_err settle(struct world *w, const struct consent_question *question,
                            const struct grant **out_grant) {
    *out_grant = NULL;
    return consent_settle(w->counters, w->s.reader, question, w->s.arena, out_grant);
}

/* ---- settling ---- */

static struct lg_err attempt(void *ctx, struct arena *arena) {
    struct world *w = ctx;
    const struct grant *grant = NULL;
    struct consent_question question = question_of(w);
    w->mono_ms += HOUR_S * 1000;
    struct lg_err err = consent_settle(w->counters, w->s.reader, &question, arena, &grant);
    assert_int_equal(grant == NULL, lg_failed(err));
    return err;
}

static void each_piece_of_memory(void **state) {
    arena_fail_pause(false);
    arena_fail_each(*state, attempt);
    arena_fail_pause(true);
}

static void each_tag(void **state) {
    struct world *w = *state;
    for (uint64_t n = 1;; n++) {
        const struct consent_question question = question_of(w);
        const struct grant *grant;
        tags_seen = 0;
        tags_fail_at = n;
        struct lg_err err = settle(w, &question, &grant);
        tags_fail_at = 0;
        w->mono_ms += HOUR_S * 1000;
        assert_int_equal(grant == NULL, lg_failed(err));
        if (tags_seen < n) {
            assert_false(lg_failed(err));
            assert_true(n > 8);
            break;
        }
        assert_true(lg_err_same(err, broken()));
        assert_true(n < TRIES_MAX);
    }
}

/* What rests on the agreements: each that a ruling names, once; none where there is none. */
static void scopes_of_agreements(void **state) {
    struct world *w = *state;
    static const struct {
        const char *agreement;
        size_t forces;
        size_t scopes; /* besides person and caller */
    } cases[] = {{"", 1, 1}, {"", 2, 2}, {"two", 2, 1}, {"three", 2, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct grant *grant;
        decide(w, cases[i].agreement, cases[i].forces);
        const struct consent_question question = question_of(w);
        assert_false(lg_failed(settle(w, &question, &grant)));
        assert_int_equal(consent_grant_scope_count(grant), 4 + cases[i].scopes);
    }
}

static enum consent_call call_of(const struct grant *grant, const char *agency) {
    const struct permit *permit = consent_grant_permit(grant);
    size_t i = 0;
    while (!span_equal_text(policy_permit_source(permit, i), agency)) {
        i++;
        assert_true(i < policy_permit_source_count(permit));
    }
    return consent_grant_call(grant, i);
}

/* One that is not counted finds every limit unused, and uses none. */
static void what_is_not_counted(void **state) {
    struct world *w = *state;
    const struct grant *grant;
    decide(w, "one", 1);
    struct consent_question question = question_of(w);
    for (unsigned i = 0; i < 5; i++) {
        question.is_uncounted = true;
        assert_false(lg_failed(settle(w, &question, &grant)));
        assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_HELD);
        assert_int_equal(call_of(grant, "health"), CONSENT_CALL_ALWAYS);
        assert_true(consent_grant_owed(grant) == 0);
    }
    question.is_uncounted = false;
    for (unsigned i = 0; i < 4; i++) {
        assert_false(lg_failed(settle(w, &question, &grant)));
        assert_int_equal(call_of(grant, "housing"), i < 3 ? CONSENT_CALL_HELD : CONSENT_CALL_NO);
        assert_int_equal(call_of(grant, "health"), i < 3 ? CONSENT_CALL_ALWAYS : CONSENT_CALL_NO);
    }
    question.is_uncounted = true;
    assert_false(lg_failed(settle(w, &question, &grant)));
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_HELD);
}

/* ---- counting ---- */

static struct consent_use use_of(const struct world *w, uint8_t first, uint8_t second,
                                 uint8_t third) {
    return (struct consent_use){.key = {{first, second, third}},
                                .rate = {.count = 1, .window_s = HOUR_S},
                                .mono_ms = w->mono_ms};
}

/* No room to owe more: a question that would need it is not settled. */
static void too_much_owed_at_once(void **state) {
    struct world *w = *state;
    const struct grant *grant;
    struct consent_used used;
    counters_open(w, true);
    for (unsigned i = 0; i < STORE_COUNTERS_MAX; i++) {
        const struct consent_use use = use_of(w, (uint8_t)(i >> 8), (uint8_t)i, 7);
        assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
    }
    const struct consent_question question = question_of(w);
    struct lg_err err = settle(w, &question, &grant);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_null(grant);
    assert_false(lg_failed(consent_counters_flush(w->counters)));
    assert_false(lg_failed(settle(w, &question, &grant)));
    assert_true(consent_grant_owed(grant) > used.owed);
}

/* What was owed when the store failed never becomes durable. */
static void a_write_that_fails(void **state) {
    struct world *w = *state;
    struct consent_used used;
    counters_open(w, true);
    assert_false(lg_failed(consent_counters_flush(w->counters))); /* of nothing */
    const struct consent_use use = use_of(w, 1, 2, 3);
    assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
    assert_true(used.owed > 0);
    writes_fail = true;
    assert_true(lg_err_same(consent_counters_flush(w->counters), broken()));
    assert_false(consent_counters_are_durable(w->counters, used.owed));
}

/* Counters that nobody keeps leave nothing behind. */
static void counters_that_are_not_kept(void **state) {
    struct world *w = *state;
    struct consent_used used;
    const struct consent_use use = use_of(w, 1, 2, 3);
    assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
    assert_true(used.is_taken);
    assert_false(lg_failed(consent_counters_settle(w->counters, w->mono_ms)));
    counters_open(w, true);
    assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
    assert_true(used.is_taken);
}

/* Counters of one row, as an end left them. */
static void leave(struct world *w, unsigned count, int64_t empty_at_us) {
    struct store_counter all[WAYS + 1];
    for (unsigned i = 0; i < count; i++) {
        all[i] = (struct store_counter){.key = {{9, 9, (uint8_t)i}}, .empty_at_us = empty_at_us};
    }
    assert_false(lg_failed(store_counters_replace(w->s.store, all, count)));
    counters_open(w, true);
}

/* More in one row than it holds: the one too many counts as used up, and so does a new one, until
 * others are empty. What goes beyond its limit all the same goes on and rests on nothing. */
static void a_row_that_is_full(void **state) {
    struct world *w = *state;
    struct consent_used used;
    leave(w, WAYS + 1, w->wall_ms * 1000 + HOUR_S * INT64_C(1000000));
    for (unsigned i = WAYS; i <= WAYS + 1; i++) {
        struct consent_use use = use_of(w, 9, 9, (uint8_t)i);
        assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
        assert_int_equal(used.before, UINT32_MAX);
        assert_false(used.is_taken);
        use.goes_beyond = true;
        assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
        assert_int_equal(used.before, UINT32_MAX);
        assert_true(used.is_taken);
        assert_true(used.owed == 0);
    }
    w->mono_ms += HOUR_S * 1000;
    const struct consent_use use = use_of(w, 9, 9, WAYS);
    assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
    assert_int_equal(used.before, 0);
    assert_true(used.is_taken);
}

/* So far ahead that the count of uses has no room: used up. */
static void a_counter_from_far_ahead(void **state) {
    struct world *w = *state;
    struct consent_used used;
    leave(w, 1, INT64_MAX);
    struct consent_use use = use_of(w, 9, 9, 0);
    use.rate = (struct policy_rate){.count = 1000000, .window_s = 1};
    assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
    assert_int_equal(used.before, UINT32_MAX);
    assert_false(used.is_taken);
}

/* More in a window than it has millionths of a second: nothing is ever used up. */
static void a_rate_without_a_step(void **state) {
    struct world *w = *state;
    struct consent_used used;
    struct consent_use use = use_of(w, 4, 4, 4);
    use.rate = (struct policy_rate){.count = 2000000, .window_s = 1};
    for (unsigned i = 0; i < 3; i++) {
        assert_false(lg_failed(consent_counters_use(w->counters, &use, &used)));
        assert_int_equal(used.before, 0);
        assert_true(used.is_taken);
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(each_piece_of_memory),       CASE(each_tag),
        CASE(scopes_of_agreements),       CASE(what_is_not_counted),
        CASE(too_much_owed_at_once),      CASE(a_write_that_fails),
        CASE(counters_that_are_not_kept), CASE(a_row_that_is_full),
        CASE(a_counter_from_far_ahead),   CASE(a_rate_without_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
