/* SPDX-License-Identifier: Apache-2.0 */
/* The index of the log: what each reader finds by what, the same before and after the file is
 * filled, and after a restart. */
#include "gateway/index/index_int.h"
#include "gateway/review/review.h"
#include "tests/unit/index_fixture.h"

static void the_person_is_found_by_whom_they_were_asked_of(void **state) {
    struct world *w = *state;
    for (size_t round = 0; round < 2; round++) {
        uint64_t asked = ask(w, 10, MARY);
        uint64_t shown = release(w, 10, MARY);
        (void)ask(w, 11, JOHN);
        (void)release(w, 11, JOHN);
        (void)ask(w, 12, 0);
        (void)part(w, 12, (struct made_part){.kind = AUDIT_RELEASE});
        assert_int_equal(about(w, "childrens-care", MARY), 2 * (round + 1));
        assert_true(has(w, asked) && has(w, shown));
        assert_int_equal(w->found.covered, audit_size(w->log));
        assert_int_equal(about(w, "housing", MARY), round + 1);
        assert_true(has(w, shown));
        assert_false(w->found.hits[0].has_detail);
        assert_int_equal(about(w, "police", MARY), 0);
        assert_int_equal(about(w, "childrens-care", 3), 0);
        /* The first round is found in memory, the second in the file and in memory. */
        fill(w);
    }
    assert_int_equal(about(w, "childrens-care", MARY), 4);
}

static void a_decoy_leads_its_source_to_nobody(void **state) {
    struct world *w = *state;
    uint64_t decoy =
        part(w, 20, (struct made_part){.kind = AUDIT_RELEASE, .of = MARY, .is_decoy = true});
    uint64_t refused = part(w, 21, (struct made_part){.kind = AUDIT_DENIAL, .of = MARY});
    for (size_t round = 0; round < 2; round++) {
        assert_int_equal(about(w, "housing", MARY), 0);
        assert_int_equal(about(w, "childrens-care", MARY), 2);
        const struct index_query all = query(w, "housing");
        assert_int_equal(look(w, &all), 2);
        assert_true(has(w, decoy) && has(w, refused));
        fill(w);
    }
}

/* A source with nothing to say that was not even asked: its officer would learn that somebody asked
 * about a person whom it does not hold. */
static void a_source_that_was_not_asked_is_not_led_to_the_entry(void **state) {
    struct world *w = *state;
    uint64_t skipped =
        part(w, 22, (struct made_part){.kind = AUDIT_RELEASE, .of = MARY, .is_skipped = true});
    for (size_t round = 0; round < 2; round++) {
        assert_int_equal(about(w, "housing", MARY), 0);
        assert_int_equal(about(w, "childrens-care", MARY), 1);
        const struct index_query all = query(w, "housing");
        assert_int_equal(look(w, &all), 1);
        assert_true(has(w, skipped));
        world_restart(w);
        fill(w);
    }
}

static uint64_t outcome(struct world *w, uint32_t number, bool is_enough) {
    uint8_t buf[256];
    struct audit_entry_fields fields = audit_support_ask(number + 1000000);
    fields.kind = AUDIT_OUTCOME;
    fields.decision = AUDIT_DECISION_ABANDONED;
    fields.person = person(w, MARY);
    fields.sealed =
        part_sealed(buf, sizeof buf,
                    (struct made_part){.of = MARY, .is_unsure = !is_enough, .is_skipped = true});
    return commit(w, &fields);
}

static uint64_t review(struct world *w, uint32_t number, bool has_person) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_entry_fields fields = audit_support_ask(number + 1000000);
    struct review_opening opening = {
        .id = {{(uint8_t)number}},
        .kind = REVIEW_EMERGENCY,
        .reviewer = span_text("childrens-care"),
        .opener = {span_text("childrens-care"), span_text("user-1"), fields.agreement},
        .opened_ms = w->audit.now_ms,
        .due_ms = w->audit.now_ms + DAY_MS,
        .has_person = has_person,
        .cause = span_text("life-or-limb"),
        .rationale = span_text("made up"),
    };
    if (has_person) {
        opening.person = *person(w, MARY);
    }
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    fields.kind = AUDIT_REVIEW;
    fields.person = person(w, MARY);
    assert_false(lg_failed(review_opening_encode(&opening, arena, &fields.sealed)));
    return commit(w, &fields);
}

/* Whoever asked about a person whom only hidden sources held, and then enrols them, must not find
 * the question: had nobody held them, it would not be there. */
static void what_was_asked_before_the_person_was_known_is_not_found_by_them(void **state) {
    struct world *w = *state;
    (void)ask_as(w, 23, MARY, false);
    (void)part(w, 23, (struct made_part){.kind = AUDIT_RELEASE, .of = MARY, .is_unsure = true});
    (void)part(w, 24, (struct made_part){.kind = AUDIT_RELEASE, .of = MARY, .is_old = true});
    (void)outcome(w, 25, false);
    (void)review(w, 26, false);
    for (size_t round = 0; round < 3; round++) {
        assert_int_equal(about(w, "childrens-care", MARY), 0);
        struct index_query all = query(w, "childrens-care");
        assert_int_equal(look(w, &all), 5);
        /* A walk over the log finds nothing missing, and puts nothing there. */
        struct index_check check = {
            .persons = person(w, MARY), .person_count = 1, .agency = span_text("childrens-care")};
        assert_false(lg_failed(index_check_step(w->index, &check)));
        assert_int_equal(check.missing, 0);
        assert_int_equal(about(w, "childrens-care", MARY), 0);
        if (round == 0) {
            fill(w);
        } else {
            world_restart(w);
        }
    }
    /* What was asked since is found, and is all of it. */
    uint64_t since[] = {ask_as(w, 27, MARY, true), outcome(w, 27, true), review(w, 28, true)};
    for (size_t round = 0; round < 2; round++) {
        assert_int_equal(about(w, "childrens-care", MARY), 3);
        for (size_t i = 0; i < sizeof since / sizeof since[0]; i++) {
            assert_true(has(w, since[i]));
        }
        world_restart(w);
        fill(w);
    }
}

/* What the leaf does not show its source, no filter finds out. */
static void a_source_finds_by_what_its_leaf_shows(void **state) {
    struct world *w = *state;
    w->audit.now_ms += 5 * DAY_MS + 3600000;
    uint64_t quiet =
        part(w, 30,
             (struct made_part){.kind = AUDIT_RELEASE, .of = MARY, .flags = AUDIT_FLAG_EMERGENCY});
    uint64_t told = part(w, 31, (struct made_part){.kind = AUDIT_RELEASE, .is_told = true});
    for (size_t round = 0; round < 2; round++) {
        struct index_query asked = query(w, "housing");
        asked.purpose = span_text("child-safeguarding");
        assert_int_equal(look(w, &asked), 1);
        assert_true(has(w, told));
        asked = query(w, "housing");
        asked.other = span_text("childrens-care");
        assert_int_equal(look(w, &asked), 1);
        asked = query(w, "housing");
        asked.in_emergency = true;
        assert_int_equal(look(w, &asked), 0);
        /* The moment is not to be had by halving a span of time: its day is all there is. */
        asked = query(w, "housing");
        asked.from_ms = w->audit.now_ms;
        assert_int_equal(look(w, &asked), 0);
        asked.from_ms = w->audit.now_ms / DAY_MS * DAY_MS;
        asked.to_ms = asked.from_ms + 1;
        assert_int_equal(look(w, &asked), 2);
        asked = query(w, "childrens-care");
        asked.from_ms = w->audit.now_ms;
        asked.to_ms = w->audit.now_ms + 1;
        assert_int_equal(look(w, &asked), 2);
        assert_true(w->found.hits[1].has_detail);
        assert_true(span_equal_text(w->found.hits[1].detail.purpose, "child-safeguarding"));
        asked.in_emergency = true;
        assert_int_equal(look(w, &asked), 1);
        assert_true(has(w, quiet));
        fill(w);
    }
}

/* Also those of which most entries are. */
static void every_kind_is_found(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < 5; i++) {
        (void)ask(w, 300 + i, MARY);
        (void)part(w, 300 + i, (struct made_part){.kind = AUDIT_RELEASE, .of = MARY});
    }
    (void)part(w, 310, (struct made_part){.kind = AUDIT_DENIAL, .of = MARY});
    for (size_t round = 0; round < 2; round++) {
        const struct {
            unsigned kind;
            size_t count;
        } kinds[] = {{AUDIT_ASK, 5}, {AUDIT_RELEASE, 5}, {AUDIT_DENIAL, 1}, {AUDIT_SEARCH, 0}};
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            struct index_query asked = query(w, "childrens-care");
            asked.kind = kinds[i].kind;
            assert_int_equal(look(w, &asked), kinds[i].count);
            asked.by_person = true;
            asked.persons = person(w, MARY);
            asked.person_count = 1;
            assert_int_equal(look(w, &asked), kinds[i].count);
        }
        fill(w);
    }
}

static void every_word_narrows(void **state) {
    struct world *w = *state;
    struct audit_entry_fields fields = audit_support_ask(40);
    fields.kind = AUDIT_DENIAL;
    fields.decision = AUDIT_DECISION_REFUSE;
    fields.agreement = span_text("other");
    fields.basis = span_text("consent");
    uint64_t odd = commit(w, &fields);
    (void)ask(w, 41, MARY);
    (void)release(w, 41, MARY);
    fill(w);
    const struct index_query all = query(w, "childrens-care");
    assert_int_equal(look(w, &all), 3);
    const struct index_query ways[] = {
        {.agreement = span_text("other")},
        {.basis = span_text("consent")},
        {.kind = AUDIT_DENIAL},
        {.decision = AUDIT_DECISION_REFUSE},
        {.question = &fields.request_id},
        {.agreement = span_text("other"), .purpose = span_text("child-safeguarding")},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct index_query asked = ways[i];
        asked.agency = all.agency;
        asked.before = all.before;
        asked.most = MOST;
        asked.now_ms = all.now_ms;
        assert_int_equal(look(w, &asked), 1);
        assert_true(has(w, odd));
        asked.purpose = span_text("housing-need");
        assert_int_equal(look(w, &asked), 0);
    }
    /* Question and answer are one question to who asked; the source has an id of its own. */
    const struct request_id question = audit_support_id(41 + 1000000);
    struct index_query asked = query(w, "childrens-care");
    asked.question = &question;
    assert_int_equal(look(w, &asked), 2);
    asked.agency = span_text("housing");
    assert_int_equal(look(w, &asked), 0);
    asked = query(w, "childrens-care");
    asked.other = span_text("housing");
    assert_int_equal(look(w, &asked), 1);
    asked.role = STORE_SIDE_SOURCE;
    assert_int_equal(look(w, &asked), 0);
}

static void pages_follow_each_other(void **state) {
    struct world *w = *state;
    enum { COUNT = 11 };
    for (uint32_t i = 0; i < COUNT; i++) {
        (void)ask(w, 50 + i, MARY);
        if (i == COUNT / 2) {
            fill(w);
            w->audit.now_ms += QUARTER_MS;
        }
    }
    for (size_t round = 0; round < 2; round++) {
        struct index_query asked = query(w, "childrens-care");
        uint64_t last = UINT64_MAX;
        size_t seen = 0;
        asked.by_person = round == 1;
        asked.persons = person(w, MARY);
        asked.person_count = 1;
        asked.most = 4;
        do {
            assert_int_equal(look(w, &asked), seen + 4 <= COUNT ? 4 : COUNT - seen);
            for (size_t i = 0; i < w->found.count; i++, seen++) {
                assert_true(w->found.hits[i].side.position < last);
                last = w->found.hits[i].side.position;
            }
            asked.before = last;
        } while (w->found.is_more);
        assert_int_equal(seen, COUNT);
    }
}

/* A new process does not remember whom entries are about: it tries keys, and finds the same. */
static void after_a_restart_keys_are_tried(void **state) {
    struct world *w = *state;
    mixed_entries(w);
    mixed_expect(w);
    world_restart(w);
    mixed_expect(w);
    fill(w);
    mixed_expect(w);
}

/* ---- How much is tried ---------------------------------------------------------------------- */

static struct index_stretch one_of(uint64_t position, uint64_t trials) {
    return (struct index_stretch){.first = position, .count = 1, .trials = trials};
}

static bool derive(struct world *w, struct index_stretch *stretch) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_derived *derived = NULL;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(index_derive(w->index, stretch, arena, &derived)));
    return derived[0].is_resolved;
}

/* Five people's keys, and nobody's among them: the one that fits ends the search, so that the five
 * take one to six tries, each another number. What is nobody's takes none. */
static void no_key_is_tried_for_nothing(void **state) {
    struct world *w = *state;
    enum { PEOPLE = 5, PLENTY = 1000 };
    uint64_t at[PEOPLE];
    uint64_t used = 0;
    for (uint8_t i = 0; i < PEOPLE; i++) {
        at[i] = ask(w, 30U + i, (uint8_t)(i + 1));
    }
    uint64_t nobodys = part(w, 40, (struct made_part){.kind = AUDIT_RELEASE});
    world_restart(w);
    for (size_t i = 0; i < PEOPLE; i++) {
        struct index_stretch stretch = one_of(at[i], PLENTY);
        assert_true(derive(w, &stretch));
        assert_false(stretch.is_spent);
        used += PLENTY - stretch.trials;
    }
    assert_true(used >= 1 + 2 + 3 + 4 + 5 && used <= 2 + 3 + 4 + 5 + 6);
    struct index_stretch none = one_of(nobodys, 0);
    assert_true(derive(w, &none));
    assert_false(none.is_spent);
    none = one_of(at[0], 0);
    assert_false(derive(w, &none));
    assert_true(none.is_spent);
}

static bool at_once(void *ctx) {
    (*(size_t *)ctx)++;
    return true;
}

/* A caller who went away, and a process that ends, wait for no key. */
static void what_is_given_up_ends_before_the_next_key(void **state) {
    struct world *w = *state;
    size_t asked_whether = 0;
    bool did = true;
    mixed_entries(w);
    world_restart(w);
    struct index_query asked = query(w, "childrens-care");
    asked.is_cancelled = at_once;
    asked.ctx = &asked_whether;
    assert_true(lg_failed(index_find(w->index, &asked, w->arena, &w->found)));
    assert_true(asked_whether > 0);
    w->index->pace.stops = true;
    assert_false(lg_failed(index_fill(w->index, &did)));
    w->index->pace.stops = false;
    assert_false(did);
    uint64_t covers = 1;
    assert_false(lg_failed(index_size(w->index, &covers)));
    assert_int_equal(covers, 0);
    fill(w);
    mixed_expect(w);
}

/* ---- A file that is begun anew meanwhile ----------------------------------------------------- */

enum { RENEWALS = 60 };

struct looker {
    struct world *w;
    const struct person_id *mary;
    _Atomic bool is_over;
    size_t wrong;
    size_t looks;
};

static void *looker_run(void *ctx) {
    struct looker *looker = ctx;
    struct index_query asked = query(looker->w, "childrens-care");
    asked.by_person = true;
    asked.persons = looker->mary;
    asked.person_count = 1;
    while (!atomic_load(&looker->is_over)) {
        OWN(arena_free) struct arena *arena = NULL;
        struct index_found found;
        if (lg_failed(arena_new(ARENA, &arena)) ||
            lg_failed(index_find(looker->w->index, &asked, arena, &found))) {
            continue; /* an error is no answer that lacks something */
        }
        looker->looks++;
        looker->wrong += found.count == 4 ? 0 : 1;
    }
    return NULL;
}

static void a_search_while_the_file_is_made_anew_is_whole(void **state) {
    struct world *w = *state;
    mixed_entries(w);
    fill(w);
    struct looker looker = {.w = w, .mary = person(w, MARY)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, looker_run, &looker), 0);
    for (size_t i = 0; i < RENEWALS; i++) {
        store_entries_ruin(w->index->entries);
        fill(w);
    }
    atomic_store(&looker.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(looker.wrong, 0);
    mixed_expect(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_person_is_found_by_whom_they_were_asked_of, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_decoy_leads_its_source_to_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_source_that_was_not_asked_is_not_led_to_the_entry, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            what_was_asked_before_the_person_was_known_is_not_found_by_them, setup, teardown),
        cmocka_unit_test_setup_teardown(a_source_finds_by_what_its_leaf_shows, setup, teardown),
        cmocka_unit_test_setup_teardown(every_kind_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(every_word_narrows, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_follow_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_restart_keys_are_tried, setup, teardown),
        cmocka_unit_test_setup_teardown(no_key_is_tried_for_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_given_up_ends_before_the_next_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_search_while_the_file_is_made_anew_is_whole, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
