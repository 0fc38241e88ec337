/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule of misuse just below its line, at it and above; what is counted stays within its
 * places, is written and read back as it was, and of one agency by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/signals/signals.h"
#include "gateway/store/signals.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const int64_t MINUTE_MS = 60000;
static const int64_t HOUR_MS = 60 * 60000;
static const int64_t DAY_MS = 24 * 60 * 60000;
/* A Tuesday at noon. */
static const int64_t NOON_MS = INT64_C(1799150400000);

struct world {
    struct signals_agency *agency;
    struct signals_event event; /* the next */
    struct signals_hit hits[SIGNALS_HITS_MAX];
    size_t count; /* of the last */
};

static struct store_tag tag(uint32_t number) {
    struct store_tag it = {{0}};
    it.bytes[0] = (uint8_t)number;
    it.bytes[1] = (uint8_t)(number >> 8);
    it.bytes[2] = (uint8_t)(number >> 16);
    it.bytes[15] = 1;
    return it;
}

static int setup(void **state) {
    static struct world w;
    w = (struct world){.event = {.at_ms = NOON_MS, .user = tag(1), .role = tag(1000)}};
    assert_false(lg_failed(signals_agency_new(&w.agency)));
    *state = &w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    signals_agency_free(&w->agency);
    return 0;
}

/* One event of that kind, so much later. */
static void happens(struct world *w, enum signals_kind kind, int64_t later_ms) {
    w->event.kind = kind;
    w->event.at_ms += later_ms;
    w->event.log_index++;
    w->count = signals_observe(w->agency, &w->event, w->hits);
}

static bool has(const struct world *w, enum signals_rule rule) {
    for (size_t i = 0; i < w->count; i++) {
        if (w->hits[i].rule == rule) {
            return true;
        }
    }
    return false;
}

static void only(const struct world *w, enum signals_rule rule) {
    assert_int_equal(w->count, 1);
    assert_int_equal(w->hits[0].rule, rule);
    assert_memory_equal(w->hits[0].user.bytes, w->event.user.bytes, STORE_TAG_SIZE);
}

/* ---- What one event shows ---- */

static void plain_events_hit_nothing(void **state) {
    struct world *w = *state;
    for (int kind = SIGNALS_ASK; kind <= SIGNALS_SEARCH; kind++) {
        happens(w, (enum signals_kind)kind, MINUTE_MS);
        assert_int_equal(w->count, 0);
    }
}

static void marked_people_hit_by_what_they_are(void **state) {
    struct world *w = *state;
    w->event.is_own_record = true;
    happens(w, SIGNALS_ASK, 0);
    only(w, SIGNALS_OWN_RECORD);
    assert_int_equal(w->hits[0].log_index, w->event.log_index);
    w->event.is_colleague = true; /* oneself is no colleague */
    happens(w, SIGNALS_ASK, 0);
    only(w, SIGNALS_OWN_RECORD);
    w->event.is_own_record = false;
    happens(w, SIGNALS_ASK, 0);
    only(w, SIGNALS_COLLEAGUE);
    w->event.is_colleague = false;
    w->event.is_canary = true;
    happens(w, SIGNALS_ASK, 0);
    only(w, SIGNALS_CANARY);
}

static void hours_count_for_questions_and_searches(void **state) {
    struct world *w = *state;
    w->event.is_outside_hours = true;
    happens(w, SIGNALS_ASK, 0);
    only(w, SIGNALS_HOURS);
    happens(w, SIGNALS_SEARCH, 0);
    only(w, SIGNALS_HOURS);
    happens(w, SIGNALS_REFUSAL, 0);
    assert_int_equal(w->count, 0);
}

static void a_case_is_missed_where_something_was_asked(void **state) {
    struct world *w = *state;
    w->event.lacks_case = true;
    happens(w, SIGNALS_SEARCH, 0);
    assert_int_equal(w->count, 0);
    happens(w, SIGNALS_REFUSAL, 0);
    assert_int_equal(w->count, 0);
    happens(w, SIGNALS_ASK, 0);
    only(w, SIGNALS_NO_CASE);
}

/* ---- Refusals ---- */

static void refusals_hit_at_the_fifth_within_the_hour(void **state) {
    struct world *w = *state;
    for (size_t i = 1; i < LIMIT_SIGNALS_REFUSALS; i++) {
        happens(w, SIGNALS_REFUSAL, i == 1 ? 0 : 10 * MINUTE_MS);
        assert_int_equal(w->count, 0);
    }
    happens(w, SIGNALS_REFUSAL, HOUR_MS - 30 * MINUTE_MS - 1); /* 1 ms within the hour */
    only(w, SIGNALS_REFUSALS);
    for (size_t i = 1; i < LIMIT_SIGNALS_REFUSALS; i++) { /* and then anew */
        happens(w, SIGNALS_REFUSAL, 0);
        assert_int_equal(w->count, 0);
    }
    happens(w, SIGNALS_REFUSAL, 0);
    only(w, SIGNALS_REFUSALS);
}

static void refusals_an_hour_apart_do_not_add_up(void **state) {
    struct world *w = *state;
    for (size_t i = 1; i < LIMIT_SIGNALS_REFUSALS; i++) {
        happens(w, SIGNALS_REFUSAL, i == 1 ? 0 : 10 * MINUTE_MS);
    }
    happens(w, SIGNALS_REFUSAL, HOUR_MS - 30 * MINUTE_MS);
    assert_int_equal(w->count, 0);
    for (size_t i = 0; i < 50; i++) {
        happens(w, SIGNALS_REFUSAL, HOUR_MS / 4);
        assert_int_equal(w->count, 0);
    }
}

static void refusals_of_two_people_do_not_add_up(void **state) {
    struct world *w = *state;
    for (size_t i = 0; i < 2 * (LIMIT_SIGNALS_REFUSALS - 1); i++) {
        w->event.user = tag(i % 2 == 0 ? 1 : 2);
        happens(w, SIGNALS_REFUSAL, 0);
        assert_int_equal(w->count, 0);
    }
}

/* ---- Searches ---- */

static bool sweeps(struct world *w, int64_t later_ms, struct signals_hit *out_hit) {
    size_t place = 0;
    w->event.at_ms += later_ms;
    return signals_sweep(w->agency, w->event.at_ms, &place, out_hit);
}

static void searches_hit_half_an_hour_after_the_tenth(void **state) {
    struct world *w = *state;
    struct signals_hit hit;
    for (size_t i = 0; i < LIMIT_SIGNALS_SEARCHES - 1; i++) {
        happens(w, SIGNALS_SEARCH, MINUTE_MS);
    }
    assert_false(sweeps(w, HOUR_MS, &hit)); /* nine */
    happens(w, SIGNALS_SEARCH, 0);
    uint64_t tenth = w->event.log_index;
    assert_false(sweeps(w, LIMIT_SIGNALS_VIEW_MS, &hit));
    assert_true(sweeps(w, 1, &hit));
    assert_int_equal(hit.rule, SIGNALS_SEARCHES);
    assert_int_equal(hit.log_index, tenth);
    assert_memory_equal(hit.user.bytes, w->event.user.bytes, STORE_TAG_SIZE);
    assert_false(sweeps(w, HOUR_MS, &hit)); /* once */
}

static void a_question_in_time_follows_the_searches_before_it(void **state) {
    struct world *w = *state;
    struct signals_hit hit;
    for (size_t i = 0; i < LIMIT_SIGNALS_SEARCHES - 1; i++) {
        happens(w, SIGNALS_SEARCH, 0);
    }
    happens(w, SIGNALS_ASK, LIMIT_SIGNALS_VIEW_MS);
    happens(w, SIGNALS_SEARCH, 0);
    assert_false(sweeps(w, HOUR_MS, &hit));
    signals_agency_free(&w->agency);
    (void)setup(state);
    for (size_t i = 0; i < LIMIT_SIGNALS_SEARCHES - 1; i++) {
        happens(w, SIGNALS_SEARCH, 0);
    }
    happens(w, SIGNALS_ASK, LIMIT_SIGNALS_VIEW_MS + 1); /* 1 ms late */
    happens(w, SIGNALS_SEARCH, 0);
    happens(w, SIGNALS_SEARCH, HOUR_MS); /* an event says it as a sweep does */
    assert_true(has(w, SIGNALS_SEARCHES));
}

static void searches_of_yesterday_do_not_add_up(void **state) {
    struct world *w = *state;
    struct signals_hit hit;
    for (size_t i = 0; i < 100; i++) {
        happens(w, SIGNALS_SEARCH, DAY_MS / 8);
        assert_false(has(w, SIGNALS_SEARCHES));
        assert_false(sweeps(w, 0, &hit));
    }
}

static void more_searches_than_places_lose_nothing(void **state) {
    struct world *w = *state;
    struct signals_hit hit;
    for (size_t i = 0; i < 1000; i++) {
        happens(w, SIGNALS_SEARCH, 1);
    }
    assert_true(sweeps(w, HOUR_MS, &hit));
    assert_false(sweeps(w, HOUR_MS, &hit));
}

/* ---- Volume ---- */

/* Asks so many times in one day, and says at which the rule hit; 0: at none. */
static size_t asks(struct world *w, size_t count) {
    size_t at = 0;
    for (size_t i = 1; i <= count; i++) {
        happens(w, SIGNALS_ASK, 1);
        if (has(w, SIGNALS_VOLUME)) {
            assert_int_equal(at, 0); /* once a day */
            at = i;
        }
    }
    return at;
}

static void next_day(struct world *w) {
    w->event.at_ms += DAY_MS - w->event.at_ms % DAY_MS;
}

static void without_a_usual_the_floor_counts(void **state) {
    struct world *w = *state;
    assert_int_equal(asks(w, LIMIT_SIGNALS_VOLUME_FLOOR), 0);
    assert_int_equal(asks(w, 200), 1);
    next_day(w);
    assert_int_equal(asks(w, 200), LIMIT_SIGNALS_VOLUME_FLOOR + 1);
}

/* Nine days of thirty, of several people: three times as many, and one more. */
static void above_three_times_the_usual_of_the_role(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < LIMIT_SIGNALS_SAMPLES_LEAST; i++) {
        w->event.user = tag(1 + i % 3);
        assert_int_equal(asks(w, 30), 0);
        next_day(w);
    }
    for (uint32_t i = 1; i <= 3; i++) { /* what the days were comes with the next event */
        w->event.user = tag(i);
        assert_int_equal(asks(w, 1), 0);
    }
    w->event.user = tag(9);
    assert_int_equal(asks(w, 90), 0);
    assert_int_equal(asks(w, 1), 1);
    w->event.user = tag(8); /* of a role in which nothing is known to be usual */
    w->event.role = tag(2000);
    assert_int_equal(asks(w, 90), LIMIT_SIGNALS_VOLUME_FLOOR + 1);
}

/* A few days of very many do not make it usual. */
static void the_middle_counts_and_not_the_sum(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < 11; i++) {
        (void)asks(w, i < 4 ? 5000 : 20);
        next_day(w);
    }
    assert_int_equal(asks(w, 100), 61);
}

/* Nobody begins a day anew by acting in another role. */
static void another_role_is_the_same_day(void **state) {
    struct world *w = *state;
    assert_int_equal(asks(w, LIMIT_SIGNALS_VOLUME_FLOOR), 0);
    w->event.role = tag(2000);
    assert_int_equal(asks(w, 5), 1);
    w->event.role = tag(1000);
    assert_int_equal(asks(w, 100), 0); /* once a day */
}

/* People of one place in a row, each pushed out after one question, make no day of one usual. */
static void who_is_pushed_out_says_nothing_of_the_usual(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < LIMIT_SIGNALS_SAMPLES_LEAST; i++) {
        (void)asks(w, 30);
        next_day(w);
    }
    (void)asks(w, 1);
    for (uint32_t i = 0; i < 200; i++) {
        w->event.user = tag(2 | (i + 1) << 8);
        (void)asks(w, 1);
    }
    w->event.user = tag(3);
    assert_int_equal(asks(w, 200), 91);
}

static void searches_and_refusals_are_no_volume(void **state) {
    struct world *w = *state;
    for (size_t i = 0; i < 200; i++) {
        happens(w, SIGNALS_SEARCH, 1);
        assert_false(has(w, SIGNALS_VOLUME));
        happens(w, SIGNALS_REFUSAL, 1);
        assert_false(has(w, SIGNALS_VOLUME));
    }
}

/* ---- Cases a day ---- */

static void the_last_case_of_a_day_says_so(void **state) {
    struct world *w = *state;
    const enum signals_rule rules[] = {SIGNALS_HOURS, SIGNALS_OWN_RECORD};
    for (size_t n = 0; n < 2; n++) { /* what everybody can cause leaves room for what is grave */
        for (size_t i = 0; i < LIMIT_SIGNALS_CASES; i++) {
            assert_int_equal(signals_case_room(w->agency, rules[n], NOON_MS), SIGNALS_ROOM);
            signals_case_note(w->agency, rules[n], NOON_MS);
        }
        assert_int_equal(signals_case_room(w->agency, rules[n], NOON_MS), SIGNALS_ROOM_LAST);
        signals_case_note(w->agency, rules[n], NOON_MS);
        assert_int_equal(signals_case_room(w->agency, rules[n], NOON_MS), SIGNALS_ROOM_NONE);
    }
    assert_int_equal(signals_case_room(w->agency, SIGNALS_CANARY, NOON_MS), SIGNALS_ROOM_NONE);
    assert_int_equal(signals_case_room(w->agency, SIGNALS_HOURS, NOON_MS + DAY_MS), SIGNALS_ROOM);
}

/* ---- Writing and reading ---- */

enum { ARENA = 4 << 20 };

/* Written, read back, and written again it is the same. */
static void round_trip(struct world *w) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span first;
    struct span second;
    struct signals_agency *copy = NULL;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(signals_agency_encode(w->agency, arena, &first)));
    assert_true(first.len <= STORE_SIGNALS_BODY_MAX);
    assert_false(lg_failed(signals_agency_new(&copy)));
    assert_false(lg_failed(signals_agency_decode(first, copy)));
    assert_false(lg_failed(signals_agency_encode(copy, arena, &second)));
    assert_true(span_equal(first, second));
    signals_agency_free(&w->agency);
    w->agency = copy;
}

static void counts_go_on_where_they_were_written(void **state) {
    struct world *w = *state;
    struct signals_hit hit;
    round_trip(w);
    for (size_t i = 1; i < LIMIT_SIGNALS_REFUSALS; i++) {
        happens(w, SIGNALS_REFUSAL, 1);
        round_trip(w);
    }
    happens(w, SIGNALS_REFUSAL, 1);
    only(w, SIGNALS_REFUSALS);
    for (size_t i = 0; i < LIMIT_SIGNALS_SEARCHES; i++) {
        happens(w, SIGNALS_SEARCH, 1);
        round_trip(w);
    }
    assert_int_equal(asks(w, LIMIT_SIGNALS_VOLUME_FLOOR), 0);
    round_trip(w);
    assert_int_equal(asks(w, 1), 1);
    round_trip(w);
    assert_int_equal(asks(w, 1), 0);
    assert_false(sweeps(w, HOUR_MS, &hit)); /* questions followed */
    for (size_t i = 0; i < LIMIT_SIGNALS_SAMPLES + 5; i++) {
        next_day(w);
        (void)asks(w, 20 + i % 2);
        round_trip(w);
    }
    next_day(w);
    assert_int_equal(asks(w, 200), 21 * 3 + 1); /* of the last 63 days 32 */
}

static void cut_bytes_are_refused(void **state) {
    struct world *w = *state;
    OWN(arena_free) struct arena *arena = NULL;
    struct span bytes;
    happens(w, SIGNALS_REFUSAL, 1);
    happens(w, SIGNALS_SEARCH, 1);
    (void)asks(w, 3);
    next_day(w);
    (void)asks(w, 1);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(signals_agency_encode(w->agency, arena, &bytes)));
    for (size_t len = 0; len < bytes.len; len++) {
        struct signals_agency *copy = NULL;
        assert_false(lg_failed(signals_agency_new(&copy)));
        struct lg_err err = signals_agency_decode(span_of(bytes.ptr, len), copy);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        signals_agency_free(&copy);
    }
}

/* Whatever the bytes, what is read keeps its ceilings: the rules run over it. */
static void changed_bytes_do_no_harm(void **state) {
    struct world *w = *state;
    OWN(arena_free) struct arena *arena = NULL;
    struct span bytes;
    uint8_t changed[4096];
    (void)asks(w, 3);
    next_day(w);
    (void)asks(w, 1);
    happens(w, SIGNALS_REFUSAL, 1);
    happens(w, SIGNALS_SEARCH, 1);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(signals_agency_encode(w->agency, arena, &bytes)));
    assert_true(bytes.len <= sizeof changed);
    for (size_t i = 0; i < bytes.len * 8; i++) {
        struct signals_agency *before = w->agency;
        memcpy(changed, bytes.ptr, bytes.len);
        changed[i / 8] ^= (uint8_t)(1U << i % 8);
        assert_false(lg_failed(signals_agency_new(&w->agency)));
        (void)lg_failed(signals_agency_decode(span_of(changed, bytes.len), w->agency));
        for (int kind = SIGNALS_ASK; kind <= SIGNALS_SEARCH; kind++) {
            for (size_t n = 0; n < 12; n++) {
                happens(w, (enum signals_kind)kind, 1);
            }
        }
        signals_agency_free(&w->agency);
        w->agency = before;
    }
}

/* ---- Hostile ---- */

/* A system that makes up people pushes out people, and nothing grows. */
static void made_up_people_take_no_more_places(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < 100000; i++) {
        w->event.user = tag(i);
        w->event.role = tag(i / 3);
        happens(w, SIGNALS_ASK, 1);
    }
    round_trip(w);
    w->event.user = tag(5);
    for (size_t i = 1; i < LIMIT_SIGNALS_REFUSALS; i++) {
        happens(w, SIGNALS_REFUSAL, 1);
        assert_int_equal(w->count, 0);
    }
    happens(w, SIGNALS_REFUSAL, 1);
    only(w, SIGNALS_REFUSALS);
}

static void time_may_begin_at_nothing(void **state) {
    struct world *w = *state;
    w->event.at_ms = 0;
    happens(w, SIGNALS_ASK, 0);
    happens(w, SIGNALS_REFUSAL, 0);
    round_trip(w);
}

/* ---- Words ---- */

static void every_rule_has_a_code_and_a_sentence(void **state) {
    (void)state;
    for (int i = 1; i < SIGNALS_RULE_END; i++) {
        const char *code = signals_rule_code((enum signals_rule)i);
        assert_true(strlen(code) > 0 && strlen(code) <= 63);
        assert_true(strlen(signals_sentence(span_text(code))) > 20);
        for (int j = 1; j < i; j++) {
            assert_string_not_equal(code, signals_rule_code((enum signals_rule)j));
        }
    }
    assert_string_equal(signals_sentence(span_text("risk-to-life")), "");
    assert_string_equal(signals_sentence(span_of(NULL, 0)), "");
}

/* What sentences say is what the limits are. */
static void sentences_have_the_numbers_of_the_limits(void **state) {
    (void)state;
    char text[64];
    (void)snprintf(text, sizeof text, "refused %d times within an hour", LIMIT_SIGNALS_REFUSALS);
    assert_non_null(strstr(signals_sentence(span_text("repeated-refusals")), text));
    (void)snprintf(text, sizeof text, "searched for %d people", LIMIT_SIGNALS_SEARCHES);
    assert_non_null(strstr(signals_sentence(span_text("search-without-view")), text));
    (void)snprintf(text, sizeof text, "more than %d questions", LIMIT_SIGNALS_VOLUME_FLOOR);
    assert_non_null(strstr(signals_sentence(span_text("volume")), text));
    (void)snprintf(text, sizeof text, "%d cases were opened", LIMIT_SIGNALS_CASES);
    assert_non_null(strstr(signals_sentence(span_text("more-than-shown")), text));
    assert_int_equal(LIMIT_SIGNALS_VOLUME_TIMES, 3);
    assert_int_equal(LIMIT_SIGNALS_REFUSALS_MS, HOUR_MS);
    assert_int_equal(LIMIT_SIGNALS_VIEW_MS, HOUR_MS / 2);
    assert_int_equal(LIMIT_SIGNALS_SEARCHES_MS, DAY_MS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(plain_events_hit_nothing),
        T(marked_people_hit_by_what_they_are),
        T(hours_count_for_questions_and_searches),
        T(a_case_is_missed_where_something_was_asked),
        T(refusals_hit_at_the_fifth_within_the_hour),
        T(refusals_an_hour_apart_do_not_add_up),
        T(refusals_of_two_people_do_not_add_up),
        T(searches_hit_half_an_hour_after_the_tenth),
        T(a_question_in_time_follows_the_searches_before_it),
        T(searches_of_yesterday_do_not_add_up),
        T(more_searches_than_places_lose_nothing),
        T(without_a_usual_the_floor_counts),
        T(above_three_times_the_usual_of_the_role),
        T(the_middle_counts_and_not_the_sum),
        T(another_role_is_the_same_day),
        T(who_is_pushed_out_says_nothing_of_the_usual),
        T(searches_and_refusals_are_no_volume),
        T(the_last_case_of_a_day_says_so),
        T(counts_go_on_where_they_were_written),
        T(cut_bytes_are_refused),
        T(changed_bytes_do_no_harm),
        T(made_up_people_take_no_more_places),
        T(time_may_begin_at_nothing),
        T(every_rule_has_a_code_and_a_sentence),
        T(sentences_have_the_numbers_of_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
