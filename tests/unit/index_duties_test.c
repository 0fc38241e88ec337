/* SPDX-License-Identifier: Apache-2.0 */
/* Duties as the index derives them from the log: added up by day, of what was received alone, and
 * the same again when its file is made anew. */
#include "gateway/store/store_int.h"
#include "tests/unit/index_fixture.h"

static const char ASKER[] = "childrens-care";

static void received(struct world *w, uint32_t number, uint32_t keep_days, uint8_t onward) {
    (void)part(w, number,
               (struct made_part){
                   .kind = AUDIT_RELEASE, .of = MARY, .keep_days = keep_days, .onward = onward});
}

static struct store_duty_look look_of(const char *agency) {
    return (struct store_duty_look){.agency = span_text(agency),
                                    .due_before = INT32_MAX,
                                    .after_day = INT32_MIN,
                                    .most = LIMIT_DUTY_LOOK};
}

static struct store_duties found(struct world *w, const struct store_duty_look *look) {
    struct index_duties out;
    fill(w);
    assert_false(lg_failed(index_duties_list(w->index, look, w->arena, &out)));
    assert_int_equal(out.covered, audit_size(w->log));
    return out.duties;
}

static struct store_duties all(struct world *w) {
    struct store_duty_look look = look_of(ASKER);
    return found(w, &look);
}

static void one_day_is_one_duty_of_a_kind(void **state) {
    struct world *w = *state;
    int32_t today = (int32_t)(w->audit.now_ms / DAY_MS);
    for (uint32_t i = 0; i < 5; i++) {
        received(w, i, 90, POLICY_ONWARD_NO);
    }
    struct store_duties duties = all(w);
    assert_int_equal(duties.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct store_duty *duty = &duties.items[i];
        bool is_keep = duty->kind == STORE_DUTY_KEEP;
        assert_int_equal(duty->count, 5);
        assert_int_equal(duty->through, audit_size(w->log) - 1);
        assert_int_equal(duty->rule, is_keep ? 90 : POLICY_ONWARD_NO);
        assert_int_equal(duty->day, today);
        assert_int_equal(duty->due_day, today + 90);
        assert_true(span_equal_text(duty->agency, ASKER));
        assert_true(span_equal_text(duty->source, "housing"));
    }
    assert_true(duties.items[0].kind != duties.items[1].kind);
    w->audit.now_ms += DAY_MS;
    received(w, 9, 90, POLICY_ONWARD_NO);
    assert_int_equal(all(w).count, 4);
}

/* Another rule is another duty; without days to keep, passing on is confirmed within a year. */
static void what_differs_is_kept_apart(void **state) {
    struct world *w = *state;
    int32_t today = (int32_t)(w->audit.now_ms / DAY_MS);
    received(w, 1, 90, 0);
    received(w, 2, 30, 0);
    received(w, 3, 0, POLICY_ONWARD_ASK);
    received(w, 4, UINT32_MAX, 0); /* no agreement says so */
    received(w, 5, 0, 0);
    struct store_duties duties = all(w);
    assert_int_equal(duties.count, 4);
    const int32_t dues[] = {30, 90, LIMIT_DUTY_ONWARD_DAYS, LIMIT_DUTY_DAYS};
    for (size_t i = 0; i < 4; i++) { /* those due first first */
        assert_int_equal(duties.items[i].due_day, today + dues[i]);
        assert_int_equal(duties.items[i].count, 1);
    }
}

/* What lays nothing, was refused, or is of an older version makes no duty. */
static void what_lays_nothing_is_no_duty(void **state) {
    struct world *w = *state;
    const struct made_part none[] = {
        {.kind = AUDIT_RELEASE, .of = MARY},
        {.kind = AUDIT_RELEASE, .of = 0, .is_decoy = true},
        {.kind = AUDIT_DENIAL, .of = MARY, .keep_days = 90, .onward = 3},
        {.kind = AUDIT_RELEASE, .of = MARY, .is_old = true},
    };
    for (uint32_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        (void)part(w, i, none[i]);
    }
    assert_int_equal(all(w).count, 0);
}

/* The sealed word of the part decides, whether it was about somebody, nobody or a decoy. */
static void a_decoy_counts_as_an_answer_does(void **state) {
    struct world *w = *state;
    const struct made_part parts[] = {
        {.kind = AUDIT_RELEASE, .of = MARY, .keep_days = 90},
        {.kind = AUDIT_RELEASE, .of = MARY, .is_unsure = true, .keep_days = 90},
        {.kind = AUDIT_RELEASE, .of = MARY, .is_decoy = true, .keep_days = 90},
        {.kind = AUDIT_RELEASE, .of = 0, .is_decoy = true, .keep_days = 90},
    };
    for (uint32_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        (void)part(w, i, parts[i]);
        struct store_duties duties = all(w);
        assert_int_equal(duties.count, 1);
        assert_int_equal(duties.items[0].count, i + 1);
    }
}

/* What is noted as over is passed by where the open ones are looked for, and open again once more
 * was received; the file made anew knows nothing of it. */
static void what_is_over_is_passed_by(void **state) {
    struct world *w = *state;
    struct store_duty_look open = look_of(ASKER);
    struct store_duty_look past = look_of("");
    open.is_open = true;
    received(w, 1, 90, 0);
    received(w, 2, 30, 0);
    assert_int_equal(found(w, &open).count, 2);
    struct store_duty first = all(w).items[0];
    assert_false(lg_failed(index_duties_over(w->index, &first, 1)));
    assert_false(lg_failed(index_duties_over(w->index, &first, 0)));
    struct store_duties left = found(w, &open);
    assert_int_equal(left.count, 1);
    assert_int_equal(left.items[0].rule, 90);
    assert_int_equal(found(w, &past).count, 1);
    assert_int_equal(all(w).count, 2);
    received(w, 3, 30, 0);
    assert_int_equal(found(w, &open).count, 2);
    struct store_duty older = first; /* what was over before is no word about the rest */
    assert_false(lg_failed(index_duties_over(w->index, &older, 1)));
    assert_int_equal(found(w, &open).count, 2);
}

/* An erasure leaves the rows; a file made anew after it does not count what no longer opens. */
static void an_erasure_leaves_what_was_counted(void **state) {
    struct world *w = *state;
    struct store_key_id id;
    char path[512];
    received(w, 1, 90, 0);
    (void)part(w, 2, (struct made_part){.kind = AUDIT_RELEASE, .of = JOHN, .keep_days = 90});
    assert_int_equal(all(w).items[0].count, 2);
    assert_false(lg_failed(store_key_id_person(w->store.store, person(w, MARY), &id)));
    assert_false(lg_failed(store_keys_destroy(w->store.store, &id, 1)));
    assert_false(lg_failed(index_forget(w->index)));
    struct store_duties kept = all(w);
    assert_int_equal(kept.items[0].count, 2);
    index_free(&w->index);
    (void)snprintf(path, sizeof path, "%s/entries.db", w->store.folder);
    assert_int_equal(remove(path), 0);
    assert_false(lg_failed(index_begin(w)));
    struct store_duties anew = all(w);
    assert_int_equal(anew.items[0].count, 1);
    assert_memory_equal(&anew.items[0].id, &kept.items[0].id, sizeof kept.items[0].id);
}

static void nobody_else_has_it(void **state) {
    struct world *w = *state;
    received(w, 1, 90, 0);
    struct store_duty_look look = look_of("housing");
    assert_int_equal(found(w, &look).count, 0);
    struct store_duties duties = all(w);
    struct store_duty duty;
    bool is_found = true;
    struct store_duty_key key = {.agency = span_text("housing"), .id = duties.items[0].id};
    assert_false(lg_failed(index_duty_find(w->index, &key, w->arena, &is_found, &duty)));
    assert_false(is_found);
    key.agency = span_text(ASKER);
    assert_false(lg_failed(index_duty_find(w->index, &key, w->arena, &is_found, &duty)));
    assert_true(is_found && duty.count == 1);
    key.id.bytes[0] ^= 1;
    assert_false(lg_failed(index_duty_find(w->index, &key, w->arena, &is_found, &duty)));
    assert_false(is_found);
}

/* A page, the next one from where it ended, a kind, and what is overdue on a day. */
static void a_look_is_narrowed_and_goes_on(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < 6; i++) {
        received(w, i, 10 + i, POLICY_ONWARD_NO);
    }
    struct store_duty_look look = look_of(ASKER);
    size_t count = 0;
    look.most = 5;
    for (;;) {
        struct store_duties page = found(w, &look);
        count += page.count;
        if (page.count < look.most) {
            break;
        }
        look.after_day = page.items[page.count - 1].due_day;
        look.after_id = page.items[page.count - 1].id;
    }
    assert_int_equal(count, 12);
    look = look_of(ASKER);
    look.kind = STORE_DUTY_KEEP;
    assert_int_equal(found(w, &look).count, 6);
    look.due_before = (int32_t)(w->audit.now_ms / DAY_MS) + 12;
    assert_int_equal(found(w, &look).count, 2);
    look.agency = span_of(NULL, 0); /* of all, whatever the kind */
    assert_int_equal(found(w, &look).count, 4);
}

static void a_file_made_anew_has_the_same(void **state) {
    struct world *w = *state;
    char path[512];
    for (uint32_t i = 0; i < 4; i++) {
        received(w, i, 90, POLICY_ONWARD_TO);
    }
    struct store_duties before = all(w);
    index_free(&w->index);
    (void)snprintf(path, sizeof path, "%s/entries.db", w->store.folder);
    assert_int_equal(remove(path), 0);
    assert_false(lg_failed(index_begin(w)));
    struct store_duties after = all(w);
    assert_int_equal(after.count, before.count);
    for (size_t i = 0; i < after.count; i++) {
        assert_memory_equal(&after.items[i].id, &before.items[i].id, sizeof after.items[i].id);
        assert_int_equal(after.items[i].count, before.items[i].count);
        assert_int_equal(after.items[i].through, before.items[i].through);
    }
    /* Opened again as it is, nothing is counted twice. */
    index_free(&w->index);
    assert_false(lg_failed(index_begin(w)));
    assert_int_equal(all(w).items[0].count, 4);
}

/* Who received something from whom is not to be read in the file. */
static void names_are_sealed_in_the_file(void **state) {
    struct world *w = *state;
    received(w, 1, 90, 0);
    (void)all(w);
    assert_false(store_support_folder_has(&w->store, span_text(ASKER)));
}

static void without_memory_nothing_is_listed(void **state) {
    struct world *w = *state;
    OWN(arena_free) struct arena *small = NULL;
    struct index_duties out;
    struct store_duty_look look = look_of(ASKER);
    received(w, 1, 90, 0);
    fill(w);
    assert_false(lg_failed(arena_new(64, &small)));
    assert_int_equal(lg_err_class(index_duties_list(w->index, &look, small, &out)), LG_CLASS_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_day_is_one_duty_of_a_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(what_differs_is_kept_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(what_lays_nothing_is_no_duty, setup, teardown),
        cmocka_unit_test_setup_teardown(a_decoy_counts_as_an_answer_does, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_over_is_passed_by, setup, teardown),
        cmocka_unit_test_setup_teardown(an_erasure_leaves_what_was_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_else_has_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_look_is_narrowed_and_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_made_anew_has_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_sealed_in_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_listed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
