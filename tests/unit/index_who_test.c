/* SPDX-License-Identifier: Apache-2.0 */
/* Entries found by who asked or looked: a question's parts by their question's, the same before and
 * after the file is filled, and after the log forgot whom they are about. */
#include "gateway/index/index_int.h"
#include "tests/unit/index_fixture.h"

/* As gateway/query/trail.c writes the sealed part of a question. */
static uint64_t ask_by(struct world *w, uint32_t number, uint8_t of, const char *system,
                       const char *user) {
    uint8_t buf[256];
    struct writer out = writer_of(buf, sizeof buf);
    struct audit_entry_fields fields = audit_support_ask(number + 1000000);
    writer_u8(&out, TRAIL_VERSION);
    writer_part(&out, span_text(system));
    writer_part(&out, span_text(user));
    for (size_t i = 2; i < TRAIL_ASK_TEXTS; i++) {
        writer_part(&out, span_text("x"));
    }
    writer_u8(&out, 2);
    writer_u8(&out, 1);
    writer_u8(&out, 1);
    writer_part(&out, span_of(NULL, 0));
    fields.person = of == 0 ? NULL : person(w, of);
    assert_false(lg_failed(writer_end(&out, &fields.sealed)));
    return commit(w, &fields);
}

static uint64_t part_of(struct world *w, uint32_t number, uint8_t of, uint64_t ask_index,
                        uint32_t records) {
    return part(
        w, number,
        (struct made_part){
            .kind = AUDIT_RELEASE, .of = of, .ask_index = ask_index, .has_none = records == 0});
}

static size_t by(struct world *w, const char *agency, const char *system, const char *user) {
    struct index_query asked = query(w, agency);
    asked.system = span_text(system);
    asked.user_id = span_text(user);
    return look(w, &asked);
}

static void questions_and_their_parts_are_found_by_who_asked(void **state) {
    struct world *w = *state;
    uint64_t first = ask_by(w, 40, MARY, "tablet", "user-a");
    uint64_t part_a = part_of(w, 40, MARY, first, 2);
    uint64_t second = ask_by(w, 41, 0, "tablet", "user-b");
    uint64_t part_b = part_of(w, 41, 0, second, 0);
    uint64_t third = ask_by(w, 42, JOHN, "desk", "user-a");
    (void)part_of(w, 42, JOHN, third, 2);
    for (size_t round = 0; round < 3; round++) {
        assert_int_equal(by(w, "childrens-care", "tablet", ""), 4);
        assert_true(has(w, first) && has(w, part_a) && has(w, second) && has(w, part_b));
        assert_int_equal(by(w, "childrens-care", "", "user-a"), 4);
        assert_int_equal(by(w, "childrens-care", "tablet", "user-a"), 2);
        assert_int_equal(by(w, "childrens-care", "phone", ""), 0);
        /* The source is not led to its parts by who asked it. */
        assert_int_equal(by(w, "housing", "tablet", ""), 0);
        assert_int_equal(by(w, "housing", "", "user-a"), 0);
        if (round == 1) { /* the log forgets, and the file is made anew */
            assert_false(lg_failed(store_entries_reset(w->index->entries)));
            world_restart(w);
        }
        fill(w);
    }
}

static void whether_records_left_is_on_both_sides(void **state) {
    struct world *w = *state;
    uint64_t first = ask_by(w, 43, MARY, "desk", "user-a");
    uint64_t with = part_of(w, 43, MARY, first, 2);
    uint64_t without = part_of(w, 44, MARY, first, 0);
    for (size_t round = 0; round < 2; round++) {
        static const char *const agencies[] = {"housing", "childrens-care"};
        for (size_t i = 0; i < 2; i++) {
            const struct index_query all = query(w, agencies[i]);
            (void)look(w, &all);
            for (size_t j = 0; j < w->found.count; j++) {
                const struct store_side *side = &w->found.hits[j].side;
                assert_int_equal(side->is_received, side->position == with);
                assert_true(side->position != without || !side->is_received);
            }
        }
        fill(w);
    }
}

/* Two entries of one question may lie in two quarters, sealed under two keys. */
static void a_question_and_its_part_may_be_of_two_quarters(void **state) {
    struct world *w = *state;
    uint64_t asked = ask_by(w, 45, MARY, "tablet", "user-a");
    w->audit.now_ms += QUARTER_MS;
    uint64_t shown = part_of(w, 45, MARY, asked, 2);
    for (size_t round = 0; round < 2; round++) {
        assert_int_equal(by(w, "childrens-care", "tablet", ""), 2);
        assert_true(has(w, asked) && has(w, shown));
        fill(w);
    }
    struct index_check check = {
        .persons = person(w, MARY), .person_count = 1, .agency = span_text("childrens-care")};
    assert_false(lg_failed(index_check_step(w->index, &check)));
    assert_int_equal(check.missing, 0);
}

static bool question(struct world *w, const char *agency, uint64_t position,
                     struct request_id *out_id) {
    bool is = false;
    const struct index_part part = {span_text(agency), position};
    assert_false(lg_failed(index_question_find(w->index, &part, w->arena, &is, out_id)));
    return is;
}

/* For whoever asked it, once it is in the file. */
static void the_question_of_a_part_is_its_askers_to_know(void **state) {
    struct world *w = *state;
    struct request_id id;
    uint64_t asked = ask_by(w, 49, MARY, "tablet", "user-a");
    uint64_t shown = part_of(w, 49, MARY, asked, 2);
    assert_false(question(w, "childrens-care", shown, &id));
    fill(w);
    assert_true(question(w, "childrens-care", shown, &id));
    const struct index_query all = query(w, "childrens-care");
    (void)look(w, &all);
    for (size_t i = 0; i < w->found.count; i++) {
        const struct index_hit *hit = &w->found.hits[i];
        if (hit->side.position == shown) {
            assert_true(hit->has_detail);
            assert_memory_equal(&id, &hit->detail.question_id, sizeof id);
        }
    }
    assert_false(question(w, "childrens-care", asked, &id));
    assert_false(question(w, "housing", shown, &id));
    assert_false(question(w, "police", shown, &id));
    assert_false(question(w, "childrens-care", 1000000, &id));
}

/* An index that a part names but that is no question's says nobody. */
static void a_part_of_no_question_is_nobodys(void **state) {
    struct world *w = *state;
    uint64_t asked = ask_by(w, 46, MARY, "tablet", "user-a");
    uint64_t shown = part_of(w, 46, MARY, asked, 2);
    (void)part_of(w, 47, MARY, shown, 2);
    (void)part_of(w, 48, MARY, 1000000, 2);
    for (size_t round = 0; round < 2; round++) {
        assert_int_equal(by(w, "childrens-care", "tablet", ""), 2);
        fill(w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(questions_and_their_parts_are_found_by_who_asked, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(whether_records_left_is_on_both_sides, setup, teardown),
        cmocka_unit_test_setup_teardown(a_question_and_its_part_may_be_of_two_quarters, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_question_of_a_part_is_its_askers_to_know, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_part_of_no_question_is_nobodys, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
