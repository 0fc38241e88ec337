/* SPDX-License-Identifier: Apache-2.0 */
/* Every generalisation rule at its edges, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "gateway/minimise/minimise.h"

#include <cmocka.h>

struct row {
    const char *rule;
    const char *value;
    const char *want; /* NULL: the value does not fit the rule */
};

static const struct row rows[] = {
    {"age-band", "1994-11-23", "30 to 34"},
    {"age-band", "1991-11-24", "30 to 34"}, /* 35 tomorrow */
    {"age-band", "1991-11-23", "35 to 39"}, /* 35 today */
    {"age-band", "2026-11-23", "0 to 4"},
    {"age-band", "1930-01-01", "90 or over"},
    {"age-band", "2026-11-24", NULL}, /* born tomorrow */
    {"age-band", "1890-01-01", NULL},
    {"age-band", "1990-13-01", NULL},
    {"age-band", "01/01/1990", NULL},
    {"age-band", "", NULL},
    {"month", "2026-06-30", "2026-06"},
    {"month", "2026-00-30", NULL},
    {"month", "2026-06", NULL},
    {"outward-postcode", "M32 0IV", "M32"},
    {"outward-postcode", "12 Sample Walk, Stretford, M32 0CK", "M32"},
    {"outward-postcode", "wa14 1ko", "WA14"},
    {"outward-postcode", "12 Sample Walk", NULL},
    {"outward-postcode", "Sample Street M320CK", "M32"}, /* not TM32 */
    {"outward-postcode", "SW1A 1AA", "SW1A"},
    {"outward-postcode", "W1A1AA", "W1A"},
    {"outward-postcode", "HOUSE 1AA", NULL},
    {"outward-postcode", "Flat 12 0CK", NULL},
    {"outward-postcode", "M32  0CK", NULL},
    {"outward-postcode", "M32 0CK, third floor", NULL},
    {"outward-postcode", "", NULL},
    {"ward", "12 Sample Walk, Stretford, M32 0CK", "Stretford"},
    {"ward", "M33 7VV", "Sale Moor"},
    {"ward", "M33 1VV", "Sale"},
    {"ward", "M3 1VV", NULL},
    {"ward", "M99 1VV", NULL},
    {"arrears-band", "0", "none"},
    {"arrears-band", "1", "under 500 pounds"},
    {"arrears-band", "499", "under 500 pounds"},
    {"arrears-band", "500", "500 to 2000 pounds"},
    {"arrears-band", "2000", "500 to 2000 pounds"},
    {"arrears-band", "2001", "over 2000 pounds"},
    {"arrears-band", "-1", NULL},
    {"arrears-band", "12.50", NULL},
    {"arrears-band", "9999999999", NULL},
    {"count-band", "0", "0"},
    {"count-band", "2", "1 to 2"},
    {"count-band", "3", "3 to 9"},
    {"count-band", "10", "10 or more"},
    {"count-band", "many", NULL},
    {"incident-type", "Burglary: at 12 Sample Walk by A SAMPLE", "burglary"},
    {"incident-type", "theft", "theft"},
    {"incident-type", "Seen with A SAMPLE", "other"},
    {"incident-type", ": text", NULL},
    {"condition-group", "Asthma; COPD; diabetes", "respiratory; endocrine"},
    {"condition-group", "something rare", "other condition"},
    {"condition-group", "", NULL},
    {"goal-list", "budgeting; call A SAMPLE on Monday; school", "budgeting; school"},
    {"goal-list", "call A SAMPLE", NULL},
    {"no-such-rule", "x", NULL},
};

static void every_row(void **state) {
    (void)state;
    const struct minimise_ward wards[] = {
        {span_text("M32"), span_text("Stretford")},
        {span_text("M33"), span_text("Sale")},
        {span_text("M337"), span_text("Sale Moor")},
    };
    const struct minimise_tables tables = {
        .wards = wards, .ward_count = 3, .today = span_text("2026-11-23")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(4096, &arena)));
        struct span out = span_of(NULL, 0);
        bool fits = minimise_rule_apply(span_text(rows[i].rule), span_text(rows[i].value), &tables,
                                        arena, &out);
        if (fits != (rows[i].want != NULL) || (fits && !span_equal_text(out, rows[i].want))) {
            fail_msg("%s(%s): %.*s", rows[i].rule, rows[i].value, (int)out.len,
                     fits ? (const char *)out.ptr : "");
        }
        arena_free(&arena);
    }
}

static struct span row_name(void *ctx, struct arena *arena, struct span record) {
    (void)ctx;
    (void)record;
    return arena_copy(arena, span_text("row"));
}

static bool only_second_link(void *ctx, size_t record, size_t link, struct released_link *out) {
    (void)ctx;
    (void)record;
    *out = (struct released_link){.relation = span_text("parent of")};
    return link == 1;
}

#define TEXT(text)                                                                                 \
    { .ptr = (const uint8_t *)(text), .len = sizeof(text) - 1 }

static const struct source_item items_old[] = {
    {TEXT("a.name"), TEXT("EXAMPLE"), TEXT("2020-01-02"), STANDING_FACT},
    {TEXT("a.secret"), TEXT("never asked for"), TEXT(""), STANDING_FACT},
};
static const struct source_item items_new[] = {
    {TEXT("a.nhs"), TEXT("9990000018"), TEXT("2026-01-02"), STANDING_FACT},
    {TEXT("a.born"), TEXT("1994-11-23"), TEXT("2026-01-02"), STANDING_REPORTED},
    {TEXT("a.free"), TEXT("redacted words"), TEXT(""), STANDING_ASSUMED},
    {TEXT("a.count"), TEXT("x"), TEXT(""), STANDING_ASSUMED},
};
static const struct source_link two_links[2];
static const struct source_record two_records[] = {
    {TEXT("DEMO-1"), items_old, 2, NULL, 0},
    {TEXT("DEMO-2"), items_new, 4, two_links, 2},
};
static const struct minimise_field some_fields[] = {
    {.item = TEXT("a.name"), .shared = true, .treatment = TREATMENT_PASS},
    {.item = TEXT("a.nhs"), .shared = true, .treatment = TREATMENT_PSEUDONYMISE},
    {.item = TEXT("a.born"),
     .shared = true,
     .treatment = TREATMENT_GENERALISE,
     .rule = TEXT("age-band")},
    {.item = TEXT("a.count"),
     .shared = true,
     .treatment = TREATMENT_GENERALISE,
     .rule = TEXT("count-band"),
     .clause = TEXT("8.5")},
    {.item = TEXT("a.free"),
     .shared = false,
     .treatment = TREATMENT_REDACT,
     .code = TEXT("REDACTED"),
     .clause = TEXT("6.2")},
};

static struct minimise_input input_make(const struct answer *answer,
                                        const struct minimise_tables *tables) {
    return (struct minimise_input){
        .source = span_text("housing"),
        .answer = answer,
        .fields = some_fields,
        .field_count = 5,
        .tier = TIER_DETAIL,
        .pseudonym = span_text("pseudonym"),
        .row_pseudonym = row_name,
        .link = only_second_link,
        .tables = tables,
    };
}

static void only_granted_fields_leave(void **state) {
    (void)state;
    const struct answer answer = {.records = two_records, .record_count = 2, .as_of_s = 5};
    const struct minimise_tables tables = {.today = span_text("2026-11-23")};
    struct minimise_input input = input_make(&answer, &tables);
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    struct extract out;
    assert_false(lg_failed(minimise_apply(&input, arena, &out)));
    assert_int_equal(out.state, SOURCE_ANSWERED);
    assert_int_equal(out.record_count, 2);
    assert_int_equal(out.records[0].item_count, 1);
    assert_true(span_equal_text(out.records[0].record, "row"));
    assert_int_equal(out.records[1].item_count, 2);
    assert_true(span_equal_text(out.records[1].items[0].value, "pseudonym"));
    assert_true(span_equal_text(out.records[1].items[1].value, "30 to 34"));
    assert_true(span_equal_text(out.records[1].items[1].date, "2026-01"));
    assert_int_equal(out.records[1].link_count, 1);
    assert_int_equal(out.held_back_count, 2);
    assert_true(span_equal_text(out.held_back[0].code, "REDACTED"));
    assert_true(span_equal_text(out.held_back[1].code, "VALUE_NOT_UNDERSTOOD"));
    arena_free(&arena);
}

static void headline_is_the_newest_record(void **state) {
    (void)state;
    const struct answer answer = {.records = two_records, .record_count = 2};
    const struct minimise_tables tables = {.today = span_text("2026-11-23")};
    struct minimise_input input = input_make(&answer, &tables);
    input.tier = TIER_HEADLINE;
    input.pseudonym = span_of(NULL, 0); /* then nothing is pseudonymised, and nothing passes */
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    struct extract out;
    assert_false(lg_failed(minimise_apply(&input, arena, &out)));
    assert_int_equal(out.record_count, 1);
    assert_int_equal(out.records[0].item_count, 1);
    assert_true(span_equal_text(out.records[0].items[0].item, "a.born"));
    arena_free(&arena);
}

/* What may not be shown pushes no record forward. */
static void headline_is_the_newest_of_what_may_be_shown(void **state) {
    (void)state;
    static const struct source_item secret[] = {
        {TEXT("a.secret"), TEXT("x"), TEXT("2026-11-01"), STANDING_FACT},
        {TEXT("a.free"), TEXT("y"), TEXT("2026-11-02"), STANDING_FACT},
    };
    const struct source_record records[] = {{TEXT("DEMO-3"), secret, 2, NULL, 0},
                                            {TEXT("DEMO-1"), items_old, 2, NULL, 0}};
    const struct answer answer = {.records = records, .record_count = 2};
    const struct minimise_tables tables = {.today = span_text("2026-11-23")};
    struct minimise_input input = input_make(&answer, &tables);
    input.tier = TIER_HEADLINE;
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    struct extract out;
    assert_false(lg_failed(minimise_apply(&input, arena, &out)));
    assert_int_equal(out.record_count, 1);
    assert_true(span_equal_text(out.records[0].items[0].value, "EXAMPLE"));
    arena_free(&arena);
}

static bool talkative_link(void *ctx, size_t record, size_t link, struct released_link *out) {
    (void)ctx;
    (void)record;
    const char *relation = link == 0 ? "mother, A SAMPLE, 0161 496 0123" : "Partner of";
    *out = (struct released_link){.relation = span_text(relation)};
    return true;
}

/* No clause covers what a source writes beside a link. */
static void a_relation_is_one_of_a_list(void **state) {
    (void)state;
    const struct answer answer = {.records = two_records, .record_count = 2};
    const struct minimise_tables tables = {.today = span_text("2026-11-23")};
    struct minimise_input input = input_make(&answer, &tables);
    input.link = talkative_link;
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    struct extract out;
    assert_false(lg_failed(minimise_apply(&input, arena, &out)));
    assert_int_equal(out.records[1].link_count, 2);
    assert_true(span_equal_text(out.records[1].links[0].relation, "linked to"));
    assert_true(span_equal_text(out.records[1].links[1].relation, "partner of"));
    arena_free(&arena);
}

static struct span no_name(void *ctx, struct arena *arena, struct span record) {
    (void)ctx;
    (void)arena;
    (void)record;
    return span_of(NULL, 0);
}

static void a_record_without_a_name_does_not_leave(void **state) {
    (void)state;
    const struct answer answer = {.records = two_records, .record_count = 2};
    const struct minimise_tables tables = {.today = span_text("2026-11-23")};
    struct minimise_input input = input_make(&answer, &tables);
    input.row_pseudonym = no_name;
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    struct extract out;
    assert_false(lg_failed(minimise_apply(&input, arena, &out)));
    assert_int_equal(out.record_count, 0);
    arena_free(&arena);
}

static void no_record_is_nothing_to_show(void **state) {
    (void)state;
    const struct answer answer = {.as_of_s = 5};
    const struct minimise_tables tables = {.today = span_text("2026-11-23")};
    struct minimise_input input = input_make(&answer, &tables);
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    struct extract out;
    assert_false(lg_failed(minimise_apply(&input, arena, &out)));
    assert_int_equal(out.state, SOURCE_NOTHING_TO_SHOW);
    assert_int_equal(out.as_of_s, 0);
    arena_free(&arena);
}

static void every_small_arena_is_an_error(void **state) {
    (void)state;
    const struct answer answer = {.records = two_records, .record_count = 2};
    const struct minimise_tables tables = {.today = span_text("2026-11-23")};
    struct minimise_input input = input_make(&answer, &tables);
    bool worked = false;
    for (size_t budget = 0; budget < 4096 && !worked; budget += 7) {
        struct arena *arena = NULL;
        struct extract out = {.state = SOURCE_UNAVAILABLE};
        assert_false(lg_failed(arena_new(budget, &arena)));
        worked = !lg_failed(minimise_apply(&input, arena, &out));
        assert_int_equal(out.state, worked ? SOURCE_ANSWERED : SOURCE_UNAVAILABLE);
        arena_free(&arena);
    }
    assert_true(worked);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(only_granted_fields_leave),
        cmocka_unit_test(headline_is_the_newest_record),
        cmocka_unit_test(headline_is_the_newest_of_what_may_be_shown),
        cmocka_unit_test(a_relation_is_one_of_a_list),
        cmocka_unit_test(a_record_without_a_name_does_not_leave),
        cmocka_unit_test(no_record_is_nothing_to_show),
        cmocka_unit_test(every_small_arena_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
