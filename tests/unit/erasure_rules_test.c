/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of ERASURE entries, quarters, and who decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits_erasure.h"
#include "gateway/erasure/erasure.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 1 << 16 };

static const uint8_t tags[2 * STORE_KEY_TAG_SIZE] = {1, 2, 3, [STORE_KEY_TAG_SIZE] = 4};

static struct erasure_act whole(void) {
    return (struct erasure_act){
        .at_ms = 1790000000000,
        .agency = span_text("housing"),
        .system = span_text("officer"),
        .user_id = span_text("ig-1"),
        .role = span_text("manager"),
        .case_reference = span_text("DEMO-1"),
        .reason = span_text("The person asks."),
        .named = span_of(tags, sizeof tags),
    };
}

static void a_body_is_read_as_it_was_written(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct erasure_act act = whole();
    struct erasure_act out;
    struct span body;
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(erasure_act_encode(&act, arena, &body)));
    assert_false(lg_failed(erasure_act_decode(body, &out)));
    assert_true(out.at_ms == act.at_ms && span_equal(out.agency, act.agency));
    assert_true(span_equal(out.system, act.system) && span_equal(out.user_id, act.user_id));
    assert_true(span_equal(out.role, act.role) && span_equal(out.reason, act.reason));
    assert_true(span_equal(out.case_reference, act.case_reference));
    assert_true(span_equal(out.named, act.named));
    for (size_t len = 0; len < body.len; len++) {
        assert_true(lg_failed(erasure_act_decode(span_of(body.ptr, len), &out)));
    }
    uint8_t longer[512];
    memcpy(longer, body.ptr, body.len);
    longer[body.len] = 0;
    assert_true(lg_failed(erasure_act_decode(span_of(longer, body.len + 1), &out)));
    longer[0] = 2;
    assert_true(lg_failed(erasure_act_decode(span_of(longer, body.len), &out)));
}

static void a_body_needs_who_and_why(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span body;
    static uint8_t large[STORE_REVIEW_BODY_MAX];
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_ERASURE, ERASURE_FIELDS);
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct erasure_act bad[8];
    for (size_t i = 0; i < 8; i++) {
        bad[i] = whole();
    }
    bad[0].agency = bad[1].system = bad[2].user_id = bad[3].role = bad[4].reason = span_of(NULL, 0);
    bad[5].at_ms = -1;
    bad[6].reason = span_of(large, sizeof large);
    bad[7].named.len--;
    for (size_t i = 0; i < 8; i++) {
        assert_true(lg_err_same(erasure_act_encode(&bad[i], arena, &body), wrong));
    }
    struct erasure_act good = whole();
    good.case_reference = good.named = span_of(NULL, 0);
    assert_false(lg_failed(erasure_act_encode(&good, arena, &body)));
    OWN(arena_free) struct arena *small = NULL;
    assert_false(lg_failed(arena_new(64, &small)));
    assert_int_equal(lg_err_class(erasure_act_encode(&good, small, &body)), LG_CLASS_LIMIT);
}

static void an_entry_becomes_a_row_or_stops_the_start(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct erasure_act act = whole();
    struct store_key_id id = store_key_id_quarter(8000);
    struct store_erasure row;
    struct span body;
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_ERASURE, ERASURE_BODY);
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(erasure_act_encode(&act, arena, &body)));
    struct erasure_logged logged = {.log_index = 7,
                                    .agency = span_text("housing"),
                                    .items = span_of(id.bytes, sizeof id.bytes),
                                    .body = body};
    for (int step = STORE_ERASURE_ASKED; step <= STORE_ERASURE_RELEASED; step++) {
        logged.reason = span_text(erasure_reason((enum store_erasure_step)step));
        assert_false(lg_failed(erasure_row_make(&logged, &row)));
        assert_int_equal(row.step, step);
        assert_int_equal(row.log_index, 7);
        assert_memory_equal(&row.key_id, &id, sizeof id);
        assert_int_equal(row.proposal, 0);
        assert_true(span_equal(row.named, act.named));
        uint8_t items[STORE_KEY_ID_SIZE];
        struct erasure_logged decided = logged;
        decided.items = span_of(items, sizeof items);
        bool decides = step == STORE_ERASURE_REFUSED || step == STORE_ERASURE_DONE;
        erasure_items_write(&id, 6, items);
        assert_int_equal(lg_failed(erasure_row_make(&decided, &row)), !decides);
        assert_int_equal(row.proposal, decides ? 6 : 0);
        assert_memory_equal(&row.key_id, &id, sizeof id);
        erasure_items_write(&id, 7, items); /* itself */
        assert_int_equal(lg_failed(erasure_row_make(&decided, &row)), true);
        items[STORE_KEY_ID_SIZE - 1] = 1;
        assert_true(lg_failed(erasure_row_make(&decided, &row)));
    }
    struct erasure_logged again = logged;
    again.body = span_of(NULL, 0); /* its key is gone; what it says in clear still counts */
    assert_false(lg_failed(erasure_row_make(&again, &row)));
    struct erasure_logged bad[] = {logged, logged, logged, logged};
    bad[0].reason = span_text("KEYS_DESTROYED_NOT");
    bad[1].items = span_of(id.bytes, 31);
    bad[2].body = span_of(body.ptr, body.len - 1);
    bad[3].agency = span_of(NULL, 0);
    for (size_t i = 0; i < 4; i++) {
        assert_true(lg_err_same(erasure_row_make(&bad[i], &row), wrong));
    }
}

static void quarters_are_read_and_written(void **state) {
    static const char *const wrong[] = {"",        "2019-Q0", "2019-Q5",  "2019Q1",  "19-Q1",
                                        "2019-q1", "201a-Q1", "2019-Q11", " 019-Q1", "1969-Q4"};
    char text[ERASURE_QUARTER_SIZE];
    uint32_t quarter = 0;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(erasure_quarter_read(span_text(wrong[i]), &quarter));
    }
    assert_true(erasure_quarter_read(span_text("2019-Q4"), &quarter));
    assert_int_equal(quarter, 2019 * 4 + 3);
    erasure_quarter_write(quarter, text);
    assert_string_equal(text, "2019-Q4");
    assert_true(erasure_quarter_read(span_text("9999-Q1"), &quarter));
}

static void a_quarter_is_kept_for_six_years_after_it_ended(void **state) {
    uint32_t now = 2026 * 4 + 3;
    (void)state;
    assert_false(erasure_quarter_is_due(now, now));
    assert_false(erasure_quarter_is_due(now + 1, now));
    assert_false(erasure_quarter_is_due(UINT32_MAX, now));
    assert_false(erasure_quarter_is_due(now - LIMIT_ERASURE_KEEP_QUARTERS, now));
    assert_true(erasure_quarter_is_due(now - LIMIT_ERASURE_KEEP_QUARTERS - 1, now));
}

static void two_people_are_needed_and_no_hold(void **state) {
    struct erasure_act asked = whole();
    struct caller same = {.agency = asked.agency, .user_id = span_text("IG-1")};
    struct caller other = {.agency = asked.agency, .user_id = span_text("ig-2")};
    struct caller away = {.agency = span_text("hub"), .user_id = span_text("ig-1")};
    const struct {
        struct erasure_decision decision;
        enum erasure_fault fault;
    } cases[] = {
        {{&asked, &other, true, false, false, false, false}, ERASURE_FAULT_NONE},
        {{&asked, &away, true, false, false, false, false}, ERASURE_FAULT_NONE},
        {{&asked, &same, true, false, false, false, false}, ERASURE_FAULT_SELF},
        {{&asked, &same, true, true, false, false, false}, ERASURE_FAULT_SELF},
        {{&asked, &other, false, false, false, false, false}, ERASURE_FAULT_FOREIGN},
        {{&asked, &other, false, true, true, false, false}, ERASURE_FAULT_FOREIGN},
        {{&asked, &other, true, false, true, false, false}, ERASURE_FAULT_HELD},
        {{&asked, &other, true, true, true, false, false}, ERASURE_FAULT_NONE},
        {{&asked, &other, true, false, false, false, true}, ERASURE_FAULT_OWED},
        {{&asked, &other, true, false, true, false, true}, ERASURE_FAULT_HELD},
        {{&asked, &other, true, true, false, false, true}, ERASURE_FAULT_NONE},
        {{NULL, &other, true, false, false, false, false}, ERASURE_FAULT_SELF},
        {{NULL, &other, true, true, false, false, false}, ERASURE_FAULT_NONE},
        {{&asked, &other, true, false, false, true, false}, ERASURE_FAULT_CHANGED},
        {{&asked, &other, true, false, true, true, false}, ERASURE_FAULT_CHANGED},
        {{&asked, &other, true, true, false, true, false}, ERASURE_FAULT_NONE},
        {{&asked, &same, true, false, false, true, false}, ERASURE_FAULT_SELF},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(erasure_decision_check(&cases[i].decision), cases[i].fault);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_read_as_it_was_written),
        cmocka_unit_test(a_body_needs_who_and_why),
        cmocka_unit_test(an_entry_becomes_a_row_or_stops_the_start),
        cmocka_unit_test(quarters_are_read_and_written),
        cmocka_unit_test(a_quarter_is_kept_for_six_years_after_it_ended),
        cmocka_unit_test(two_people_are_needed_and_no_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
