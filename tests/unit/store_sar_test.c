/* SPDX-License-Identifier: Apache-2.0 */
/* Subject access requests in the store: rows from entries, the same after a replay, and their end
 * with the person. */
#include "gateway/sar/sar.h"
#include "tests/unit/store_erase_fixture.h"

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person bob = {"bob", "sample", "19620830", "ZZ2 2BB", "9990000026"};

static struct store_sar entry_of(struct store_support *s, const struct sar_step *given,
                                 uint64_t index) {
    struct sar_step step = *given;
    struct store_sar row;
    struct span body;
    step.agency = step.agency.len > 0 ? step.agency : span_text("police");
    step.system = step.user_id = step.role = span_text("x");
    step.reason = step.kind == SAR_OPEN ? span_of(NULL, 0) : span_text("Words.");
    assert_false(lg_failed(sar_step_encode(&step, s->arena, &body)));
    assert_false(lg_failed(sar_row_make(index, body, &row)));
    return row;
}

LG_MUST_USE static struct lg_err applied(struct store_support *s, const struct store_sar *rows,
                                         size_t count, uint64_t through) {
    const struct store_changes changes = {.sars = rows, .sar_count = count, .through = through};
    return store_changes_apply(s->store, &changes);
}

static void apply(struct store_support *s, const struct sar_step *step, uint64_t index) {
    struct store_sar row = entry_of(s, step, index);
    assert_false(lg_failed(applied(s, &row, 1, index + 1)));
}

static struct sar_step open_of(const struct person_id *person) {
    return (struct sar_step){.kind = SAR_OPEN, .day = 20697, .person = *person, .has_person = true};
}

static struct sar_step mark_of(uint64_t number, uint64_t line, bool is_lifted) {
    return (struct sar_step){.kind = is_lifted ? SAR_REVEAL : SAR_WITHHOLD,
                             .number = number,
                             .line = line,
                             .exemption = is_lifted ? 0 : 5};
}

static struct sar_step close_of(uint64_t number) {
    return (struct sar_step){.kind = SAR_CLOSE, .number = number, .outcome = SAR_OUTCOME_WITHDRAWN};
}

static bool find(struct store_support *s, const char *agency, uint64_t number,
                 struct sar_request *out_request, struct store_sar *out_row) {
    struct store_sar *row = NULL;
    assert_false(lg_failed(store_sar_find(s->reader, span_text(agency), number, s->arena, &row)));
    if (row == NULL) {
        return false;
    }
    *out_row = *row;
    assert_false(lg_failed(sar_request_read(s->reader, row, 0, s->arena, out_request)));
    return true;
}

static uint64_t mark_on(struct store_support *s, uint64_t number, uint64_t line) {
    uint64_t index = 0;
    assert_false(lg_failed(store_sar_mark_find(s->reader, number, line, &index)));
    return index;
}

static size_t open_of_agency(struct store_support *s, const char *agency) {
    size_t count = 0;
    assert_false(lg_failed(store_sar_open_count(s->reader, span_text(agency), &count)));
    return count;
}

static void a_request_and_its_steps_are_kept(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_step extend = {.kind = SAR_EXTEND, .number = 10, .months = 1};
    struct sar_step close = {.kind = SAR_CLOSE, .number = 10, .outcome = SAR_OUTCOME_REFUSED};
    struct sar_step mark = mark_of(10, 4, false);
    struct sar_request request;
    struct store_sar row;
    extend.at_ms = 20697 * INT64_C(86400000);
    apply(s, &opened, 10);
    apply(s, &extend, 11);
    apply(s, &mark, 12);
    store_support_reopen(s);
    assert_true(find(s, "police", 10, &request, &row));
    assert_memory_equal(&row.person, &a, sizeof a);
    assert_int_equal(request.extra_months, 1);
    assert_int_equal(mark_on(s, 10, 4), 12);
    assert_false(find(s, "housing", 10, &request, &row));
    assert_false(find(s, "police", 11, &request, &row));
    assert_false(find(s, "police", UINT64_MAX, &request, &row));
    apply(s, &close, 13);
    assert_int_equal(open_of_agency(s, "police"), 0);
    apply(s, &extend, 14); /* comes too late, as do the next two */
    mark = mark_of(10, 5, false);
    apply(s, &mark, 15);
    mark = mark_of(10, 4, true);
    apply(s, &mark, 16);
    assert_true(find(s, "police", 10, &request, &row));
    assert_int_equal(request.outcome, SAR_OUTCOME_REFUSED);
    assert_int_equal(request.step_count, 2);
    assert_int_equal(mark_on(s, 10, 4), 12);
    assert_int_equal(mark_on(s, 10, 5), 0);
}

static void a_step_of_another_agency_changes_nothing(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_step close = {.kind = SAR_CLOSE,
                             .number = 10,
                             .outcome = SAR_OUTCOME_REFUSED,
                             .agency = span_text("housing")};
    struct sar_step mark = mark_of(10, 4, false);
    struct sar_request request;
    struct store_sar row;
    apply(s, &opened, 10);
    apply(s, &mark, 11);
    mark.agency = span_text("housing");
    mark.line = 5;
    apply(s, &mark, 12);
    mark = mark_of(10, 4, true);
    mark.agency = span_text("housing");
    apply(s, &mark, 13);
    apply(s, &close, 14);
    assert_true(find(s, "police", 10, &request, &row));
    assert_int_equal(request.outcome, SAR_OUTCOME_NONE);
    assert_int_equal(mark_on(s, 10, 4), 11);
    assert_int_equal(mark_on(s, 10, 5), 0);
}

static void a_mark_is_newest_wins_and_lifted(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct store_sars marks;
    size_t count = 0;
    apply(s, &opened, 10);
    for (uint64_t i = 0; i < 3; i++) {
        struct sar_step mark = mark_of(10, 9 - i, false);
        apply(s, &mark, 11 + i);
    }
    struct sar_step again = mark_of(10, 9, false);
    again.exemption = 1;
    apply(s, &again, 20);
    struct sar_step lifted = mark_of(10, 8, true);
    apply(s, &lifted, 21);
    assert_false(lg_failed(store_sar_marks_read(s->reader, 10, s->arena, &marks)));
    assert_int_equal(marks.count, 2);
    assert_true(marks.items[0].line == 7 && marks.items[1].line == 9);
    struct sar_step read;
    assert_false(lg_failed(sar_step_decode(marks.items[1].body, &read)));
    assert_int_equal(read.exemption, 1);
    assert_false(lg_failed(store_sar_mark_count(s->reader, 10, &count)));
    assert_int_equal(count, 2);
}

/* Entries 10 to 17 in one run, then the run again from any point, as after a crash. */
static void a_replay_ends_with_the_same_rows(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_step pause = {.kind = SAR_PAUSE,
                             .number = 10,
                             .day = 20697,
                             .at_ms = 20697 * INT64_C(86400000),
                             .pause = SAR_PAUSE_IDENTITY};
    struct sar_step mark = mark_of(10, 4, false);
    struct sar_step lift = mark_of(10, 4, true);
    struct sar_request request;
    struct store_sar row;
    struct store_sar rows[] = {entry_of(s, &opened, 10), entry_of(s, &mark, 11),
                               entry_of(s, &pause, 12), entry_of(s, &lift, 13),
                               entry_of(s, &mark, 14)};
    assert_false(lg_failed(applied(s, rows, 5, 15)));
    for (size_t from = 0; from < 5; from++) {
        assert_false(lg_failed(applied(s, &rows[from], 5 - from, 15)));
        assert_true(find(s, "police", 10, &request, &row));
        assert_true(request.pause == SAR_PAUSE_IDENTITY && request.step_count == 1);
        assert_int_equal(mark_on(s, 10, 4), 14);
    }
}

static void there_are_no_more_than_there_may_be(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_request request;
    struct store_sar row;
    uint64_t index = 10;
    for (size_t i = 0; i < LIMIT_SAR_OPEN + 1; i++) {
        apply(s, &opened, index++);
    }
    assert_int_equal(open_of_agency(s, "police"), LIMIT_SAR_OPEN);
    assert_false(find(s, "police", index - 1, &request, &row));
    opened.agency = span_text("housing"); /* another agency's are its own */
    apply(s, &opened, index++);
    assert_int_equal(open_of_agency(s, "housing"), 1);
    struct sar_step pause = {.kind = SAR_PAUSE, .number = 10, .day = 1, .pause = 1};
    for (size_t i = 0; i < LIMIT_SAR_STEPS + 3; i++) {
        apply(s, &pause, index++);
    }
    struct sar_step export = {
        .kind = SAR_EXPORT,
        .number = 10,
        .answer = {.form = SAR_ANSWER_CSV, .to = SAR_TO_PERSON, .covered = 9}};
    for (size_t i = 0; i < LIMIT_SAR_EXPORTS + 3;
         i++) { /* are left however many steps there were */
        apply(s, &export, index++);
    }
    struct sar_step close = close_of(10);
    close.outcome = SAR_OUTCOME_ANSWERED;
    apply(s, &close, index++);
    assert_true(find(s, "police", 10, &request, &row));
    assert_int_equal(request.outcome, SAR_OUTCOME_ANSWERED);
    assert_int_equal(request.step_count, LIMIT_SAR_ALL_STEPS);
    assert_int_equal(request.export_count, LIMIT_SAR_EXPORTS);
    for (uint64_t i = 0; i < LIMIT_SAR_MARKS + 2; i++) {
        struct sar_step mark = mark_of(11, i, false);
        apply(s, &mark, index++);
    }
    assert_int_equal(mark_on(s, 11, LIMIT_SAR_MARKS), 0);
    assert_true(mark_on(s, 11, LIMIT_SAR_MARKS - 1) > 0);
    struct sar_step again = mark_of(11, 0, false); /* one that stands may be changed */
    apply(s, &again, index);
    assert_int_equal(mark_on(s, 11, 0), index);
}

static bool is_erased(struct store_support *s, const struct store_key_id *id) {
    bool is_done = false;
    assert_false(lg_failed(store_erasure_is_done(s->reader, id, &is_done)));
    return is_done;
}

static void they_end_with_the_person_alone(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct person_id b = enrolled(s, "housing", 2, &bob);
    struct person_id nobody = {.bytes = {9, 9}};
    struct sar_step opened[] = {open_of(&a), open_of(&b), open_of(&nobody)};
    struct sar_step close = close_of(10);
    struct sar_request request;
    struct store_sar row;
    opened[2].has_person = false;
    for (uint64_t i = 0; i < 3; i++) {
        struct sar_step mark = mark_of(10 + 2 * i, 4, false);
        apply(s, &opened[i], 10 + 2 * i);
        apply(s, &mark, 11 + 2 * i);
    }
    apply(s, &close, 20);
    (void)digest(s, &a, Q);
    struct store_key_id id = key_id(s, &a);
    steps(s, STORE_ERASURE_DONE, &id, 31, "hub");
    assert_true(is_erased(s, &id));
    assert_false(find(s, "police", 10, &request, &row));
    assert_int_equal(mark_on(s, 10, 4), 0);
    for (uint64_t i = 1; i < 3; i++) {
        assert_true(find(s, "police", 10 + 2 * i, &request, &row));
        assert_true(mark_on(s, 10 + 2 * i, 4) > 0);
    }
}

/* While an answer is owed nothing is destroyed, whoever owes it; afterwards it is decided anew. */
static void an_erasure_waits_for_the_answer(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_step close = close_of(10);
    struct sar_request request;
    struct store_sar row;
    bool is_owed = false;
    apply(s, &opened, 10);
    (void)digest(s, &a, Q);
    struct store_key_id id = key_id(s, &a);
    struct span named = named_of(s, &id);
    assert_false(lg_failed(store_erasure_is_owed(s->reader, &id, &is_owed)));
    assert_true(is_owed);
    steps(s, STORE_ERASURE_ASKED, &id, 30, "housing");
    decide(s, STORE_ERASURE_DONE, &id, 31, 30, named);
    assert_false(is_erased(s, &id));
    assert_true(is_standing(s, 30));
    assert_true(find(s, "police", 10, &request, &row));
    assert_memory_equal(&row.person, &a, sizeof a);
    apply(s, &close, 70);
    assert_false(lg_failed(store_erasure_is_owed(s->reader, &id, &is_owed)));
    assert_false(is_owed);
    decide(s, STORE_ERASURE_DONE, &id, 40, 30, named);
    assert_true(is_erased(s, &id));
}

/* The agency owes an answer all the same; that it was about the person is told by nothing. */
static void one_behind_the_erasure_is_about_nobody(void **state) {
    static const struct person_id nobody;
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_request request;
    struct store_sar row;
    (void)digest(s, &a, Q);
    struct store_key_id id = key_id(s, &a);
    steps(s, STORE_ERASURE_DONE, &id, 31, "hub");
    apply(s, &opened, 90);
    assert_true(find(s, "police", 90, &request, &row));
    assert_memory_equal(&row.person, &nobody, sizeof nobody);
    assert_int_equal(open_of_agency(s, "police"), 1);
}

/* As a replay after a crash has them: openings, closings and erasures of one run. Each is decided
 * by those before it in the log, as if it had come alone. */
static void a_run_goes_in_the_order_of_the_log(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct person_id b = enrolled(s, "housing", 2, &bob);
    struct store_sar rows[5];
    struct store_erasure both[4];
    struct sar_request request;
    struct store_sar row;
    const struct sar_step sars[] = {open_of(&a), close_of(80), open_of(&b), open_of(&a)};
    (void)digest(s, &a, Q);
    (void)digest(s, &b, Q);
    struct store_key_id id_a = key_id(s, &a);
    struct store_key_id id_b = key_id(s, &b);
    static const uint64_t indices[] = {80, 81, 84, 90};
    for (size_t i = 0; i < 4; i++) {
        rows[i] = entry_of(s, &sars[i], indices[i]);
    }
    done_make(s, &id_b, 42, "hub", &both[0]); /* 84 and 85 */
    both[0].log_index = both[1].proposal = 82;
    done_make(s, &id_a, 43, "hub", &both[2]); /* 86 and 87 */
    both[1].named = both[3].named = span_of(NULL, 0);
    const struct store_changes changes = {
        .sars = rows, .sar_count = 4, .erasures = both, .erasure_count = 4, .through = 91};
    assert_false(lg_failed(store_changes_apply(s->store, &changes)));
    assert_true(is_erased(s, &id_a));  /* its request was closed before */
    assert_false(is_erased(s, &id_b)); /* one was opened before */
    assert_false(find(s, "police", 80, &request, &row));
    assert_true(find(s, "police", 84, &request, &row));
    assert_true(find(s, "police", 90, &request, &row)); /* behind the erasure, about nobody */
    assert_int_equal(open_of_agency(s, "police"), 2);
}

/* A place that a closing makes free, or an erasure leaves taken, is so for what comes behind it. */
static void the_last_place_goes_to_the_first_in_the_log(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_step close = close_of(10);
    struct sar_request request;
    struct store_sar row;
    struct store_erasure both[2];
    uint64_t index = 10;
    for (size_t i = 0; i < LIMIT_SAR_OPEN; i++) {
        apply(s, &opened, index++);
    }
    (void)digest(s, &a, Q);
    struct store_key_id id = key_id(s, &a);
    done_make(s, &id, 100, "hub", both); /* 200 and 201 */
    struct store_sar rows[] = {entry_of(s, &opened, 202), entry_of(s, &close, 203),
                               entry_of(s, &opened, 204), entry_of(s, &opened, 205)};
    const struct store_changes changes = {
        .sars = rows, .sar_count = 4, .erasures = both, .erasure_count = 2, .through = 206};
    assert_false(lg_failed(store_changes_apply(s->store, &changes)));
    assert_false(is_erased(s, &id));
    assert_false(find(s, "police", 202, &request, &row));
    assert_true(find(s, "police", 204, &request, &row));
    assert_false(find(s, "police", 205, &request, &row));
}

static void one_whose_person_is_merged_follows(void **state) {
    struct store_support *s = *state;
    struct made_person early = amy;
    struct made_person late = amy;
    struct sar_request request;
    struct store_sar row;
    early.identifier = "";
    late.forename = late.surname = late.born = late.postcode = "";
    struct person_id kept = enrolled(s, "housing", 1, &early);
    struct person_id other = enrolled(s, "police", 1, &late);
    assert_true(memcmp(&kept, &other, sizeof kept) != 0);
    struct sar_step opened = open_of(&other);
    apply(s, &opened, 10);
    store_support_enrol(s, "police", 1, &amy);
    apply(s, &opened, 11); /* its entry still has the older id */
    for (uint64_t number = 10; number < 12; number++) {
        assert_true(find(s, "police", number, &request, &row));
        assert_memory_equal(&row.person, &kept, sizeof kept);
    }
}

/* Whatever fails, it is either not done, or done once it is applied again; never half. */
static void each_allocation_fails(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    for (uint64_t n = 1;; n++) {
        uint64_t index = 10 * n;
        struct sar_step mark = mark_of(index, 4, false);
        struct sar_step close = {
            .kind = SAR_CLOSE, .number = index, .outcome = SAR_OUTCOME_REFUSED};
        struct store_sar rows[] = {entry_of(s, &opened, index), entry_of(s, &mark, index + 1),
                                   entry_of(s, &close, index + 2)};
        struct sar_request request;
        struct store_sar row;
        support_alloc_fail_at(n);
        struct lg_err err = applied(s, rows, 3, index + 3);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (lg_failed(err)) {
            assert_false(find(s, "police", index, &request, &row));
            assert_int_equal(mark_on(s, index, 4), 0);
            assert_false(lg_failed(applied(s, rows, 3, index + 3)));
        }
        assert_true(find(s, "police", index, &request, &row));
        assert_int_equal(request.outcome, SAR_OUTCOME_REFUSED);
        assert_int_equal(mark_on(s, index, 4), index + 1);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_true(n < 400);
        arena_free(&s->arena);
        assert_false(lg_failed(arena_new(64U << 20, &s->arena)));
    }
}

/* Reading fails as a whole, and in no other way than for want of memory. */
static void each_allocation_of_a_reader_fails(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct sar_step mark = mark_of(10, 4, false);
    struct store_sars rows;
    apply(s, &opened, 10);
    apply(s, &mark, 11);
    for (size_t size = 64; size < 32768; size += 64) {
        OWN(arena_free) struct arena *small = NULL;
        struct store_sar *row = NULL;
        assert_false(lg_failed(arena_new(size, &small)));
        struct lg_err errs[] = {
            store_sar_find(s->reader, span_text("police"), 10, small, &row),
            store_sar_list(s->reader, span_text("police"), false, small, &rows),
            store_sar_marks_read(s->reader, 10, small, &rows),
        };
        for (size_t i = 0; i < 3; i++) {
            assert_true(!lg_failed(errs[i]) || lg_err_class(errs[i]) == LG_CLASS_LIMIT);
        }
    }
}

static void what_cannot_be_is_refused_whole(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct sar_step opened = open_of(&a);
    struct store_sar good = entry_of(s, &opened, 10);
    struct store_sar bad[4] = {good, good, good, good};
    bad[0].agency = span_of(NULL, 0);
    bad[1].body = span_of(NULL, 0);
    bad[2].log_index = bad[2].number = 11; /* not below through */
    bad[3].number = 9;                     /* opens another than itself */
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(lg_err_class(applied(s, &bad[i], 1, 11)), LG_CLASS_INPUT);
    }
    assert_int_equal(open_of_agency(s, "police"), 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, erase_set_up, erase_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_request_and_its_steps_are_kept),
        CASE(a_step_of_another_agency_changes_nothing),
        CASE(a_mark_is_newest_wins_and_lifted),
        CASE(a_replay_ends_with_the_same_rows),
        CASE(there_are_no_more_than_there_may_be),
        CASE(they_end_with_the_person_alone),
        CASE(an_erasure_waits_for_the_answer),
        CASE(one_behind_the_erasure_is_about_nobody),
        CASE(a_run_goes_in_the_order_of_the_log),
        CASE(the_last_place_goes_to_the_first_in_the_log),
        CASE(one_whose_person_is_merged_follows),
        CASE(each_allocation_fails),
        CASE(each_allocation_of_a_reader_fails),
        CASE(what_cannot_be_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
