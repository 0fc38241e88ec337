/* SPDX-License-Identifier: Apache-2.0 */
/* What of an incident is of a person goes with them and follows a merge; the incident stays. And
 * whatever fails, a run of entries is applied whole or not at all. */
#include "gateway/store/incidents.h"
#include "tests/unit/store_erase_fixture.h"

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person bob = {"bob", "sample", "19700101", "ZZ1 1AB", "9990000026"};

static struct store_incident_change change_of(uint64_t index, enum store_incident_op op,
                                              uint8_t incident) {
    return (struct store_incident_change){
        .log_index = index,
        .op = op,
        .id = {.bytes = {incident}},
        .mark = {.bytes = {incident}},
        .due_ms = op == STORE_INCIDENT_OPENS ? 1000 : 0,
        .agency = span_text(op == STORE_INCIDENT_TELLS ? "police" : "housing"),
        .body = span_text("a body")};
}

static struct lg_err applied(struct store_support *s, const struct store_incident_change *changes,
                             size_t count) {
    const struct store_changes all = {
        .incidents = changes, .incident_count = count, .through = changes[count - 1].log_index + 1};
    return store_changes_apply(s->store, &all);
}

/* Its opening, whom it is about, and a notice: from this index on. */
static void of_person(uint64_t index, uint8_t incident, const struct person_id *person,
                      struct store_incident_change out[static 3]) {
    out[0] = change_of(index, STORE_INCIDENT_OPENS, incident);
    out[1] = change_of(index + 1, STORE_INCIDENT_IS_OF, incident);
    out[2] = change_of(index + 2, STORE_INCIDENT_TELLS, incident);
    out[1].is_of_person = out[2].is_of_person = true;
    out[1].person = out[2].person = *person;
}

static void opened(struct store_support *s, uint64_t index, uint8_t incident,
                   const struct person_id *person) {
    struct store_incident_change changes[3];
    of_person(index, incident, person, changes);
    assert_false(lg_failed(applied(s, changes, 3)));
}

static bool subject(struct store_support *s, uint8_t incident, struct person_id *out_person) {
    const struct store_tag id = {.bytes = {incident}};
    bool is = false;
    assert_false(lg_failed(store_incident_person(s->reader, &id, &is, out_person)));
    return is;
}

static struct store_incident_notices notices(struct store_support *s, uint8_t incident) {
    const struct store_tag id = {.bytes = {incident}};
    struct store_incident_notices rows;
    assert_false(lg_failed(store_incident_notices_of(s->reader, &id, s->arena, &rows)));
    return rows;
}

static bool is_there(struct store_support *s, uint8_t incident) {
    const struct store_tag id = {.bytes = {incident}};
    struct store_incident *row = NULL;
    assert_false(
        lg_failed(store_incident_find(s->reader, span_text("housing"), &id, s->arena, &row)));
    return row != NULL;
}

static void rows_of_the_person_go_and_the_incident_stays(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct person_id b = enrolled(s, "housing", 2, &bob);
    struct person_id person;
    opened(s, 10, 1, &a);
    opened(s, 20, 2, &b);
    (void)digest(s, &a, Q);
    struct store_key_id id = key_id(s, &a);
    steps(s, STORE_ERASURE_ASKED, &id, 30, "housing");
    steps(s, STORE_ERASURE_DONE, &id, 31, "hub");
    assert_true(is_there(s, 1) && is_there(s, 2));
    assert_false(subject(s, 1, &person));
    assert_int_equal(notices(s, 1).count, 0);
    assert_true(subject(s, 2, &person));
    assert_int_equal(notices(s, 2).count, 1);
    opened(s, 90, 3, &a); /* was under way when its person was erased */
    assert_true(is_there(s, 3));
    assert_false(subject(s, 3, &person));
    assert_int_equal(notices(s, 3).count, 0);
}

static void one_whose_person_is_merged_follows(void **state) {
    struct store_support *s = *state;
    struct made_person early = amy;
    struct made_person late = amy;
    struct person_id person;
    early.identifier = "";
    late.forename = late.surname = late.born = late.postcode = "";
    struct person_id kept = enrolled(s, "housing", 1, &early);
    struct person_id other = enrolled(s, "police", 1, &late);
    opened(s, 10, 1, &other);
    store_support_enrol(s, "police", 1, &amy);
    opened(s, 20, 2, &other); /* its entries still have the older id */
    for (uint8_t incident = 1; incident < 3; incident++) {
        assert_true(subject(s, incident, &person));
        assert_memory_equal(&person, &kept, sizeof kept);
        assert_memory_equal(&notices(s, incident).items[0].person, &kept, sizeof kept);
    }
}

static void each_allocation_fails(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    for (uint8_t n = 1; n < 255; n++) {
        struct store_incident_change changes[5];
        of_person(10 * (uint64_t)n, n, &a, changes);
        changes[0].at_ms = n * INT64_C(86400000);
        changes[3] = change_of(10 * (uint64_t)n + 3, STORE_INCIDENT_STEPS, n);
        changes[3].version = 1;
        changes[3].closes = true;
        changes[4] = change_of(10 * (uint64_t)n + 4, STORE_INCIDENT_ENDS, n);
        changes[4].agency = span_text("police");
        changes[4].number = changes[2].log_index;
        support_alloc_fail_at(n);
        struct lg_err err = applied(s, changes, 5);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (lg_failed(err)) {
            assert_false(is_there(s, n));
            assert_int_equal(notices(s, n).count, 0);
            assert_false(lg_failed(applied(s, changes, 5)));
        }
        assert_true(is_there(s, n));
        assert_int_equal(notices(s, n).items[0].answer_index, changes[4].log_index);
        if (seen < n) {
            assert_false(lg_failed(err));
            return;
        }
        arena_free(&s->arena);
        assert_false(lg_failed(arena_new(64U << 20, &s->arena)));
    }
    fail_msg("more allocations than were looked at");
}

static void each_allocation_of_a_reader_fails(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    const struct store_tag id = {.bytes = {1}};
    opened(s, 10, 1, &a);
    for (size_t size = 64; size < 32768; size += 64) {
        OWN(arena_free) struct arena *small = NULL;
        struct store_incident *row = NULL;
        struct store_incidents rows;
        struct store_incident_steps found;
        struct store_incident_notices told;
        const struct store_incident_look look = {.agency = span_text("housing"),
                                                 .before = UINT64_MAX};
        assert_false(lg_failed(arena_new(size, &small)));
        struct lg_err errs[] = {
            store_incident_find(s->reader, span_text("housing"), &id, small, &row),
            store_incidents_list(s->reader, &look, small, &rows),
            store_incidents_due(s->reader, 2000, small, &rows),
            store_incident_steps_read(s->reader, &id, small, &found),
            store_incident_notices_of(s->reader, &id, small, &told),
            store_incident_notices_to(s->reader, span_text("police"), UINT64_MAX, small, &told),
        };
        for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
            assert_true(!lg_failed(errs[i]) || lg_err_class(errs[i]) == LG_CLASS_LIMIT);
        }
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, erase_set_up, erase_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(rows_of_the_person_go_and_the_incident_stays),
        CASE(one_whose_person_is_merged_follows),
        CASE(each_allocation_fails),
        CASE(each_allocation_of_a_reader_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
