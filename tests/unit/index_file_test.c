/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the index: lost, broken, ahead of the log, of another log, with rows taken out; what
 * is in it, and what happens where memory is short. */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/index_fixture.h"

static void index_path(const struct world *w, char *out, size_t size) {
    (void)snprintf(out, size, "%s/entries.db", w->store.folder);
}

static void a_lost_file_is_made_again(void **state) {
    struct world *w = *state;
    char path[512];
    mixed_entries(w);
    fill(w);
    index_path(w, path, sizeof path);
    world_close(w);
    assert_int_equal(unlink(path), 0);
    world_open(w);
    uint64_t covers = 1;
    assert_false(lg_failed(index_size(w->index, &covers)));
    assert_int_equal(covers, 0);
    mixed_expect(w);
    fill(w);
    mixed_expect(w);
}

/* Rubbish, a page of it in the middle, and the mark of another version. */
static void a_broken_file_is_made_again(void **state) {
    struct world *w = *state;
    static const off_t places[] = {0, 60, 4096};
    mixed_entries(w);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char path[512];
        char rubbish[4096];
        fill(w);
        world_close(w);
        index_path(w, path, sizeof path);
        memset(rubbish, 0x5a, sizeof rubbish);
        int fd = open(path, O_RDWR);
        assert_true(fd >= 0);
        size_t size = places[i] == 60 ? 4 : sizeof rubbish;
        assert_int_equal(pwrite(fd, rubbish, size, places[i]), size);
        assert_int_equal(close(fd), 0);
        world_open(w);
        bool did = false;
        if (lg_failed(index_fill(w->index, &did))) { /* found out only when it is read */
            world_close(w);
            world_open(w);
        }
        fill(w);
        mixed_expect(w);
    }
}

static void rows_past_the_log_are_deleted(void **state) {
    struct world *w = *state;
    mixed_entries(w);
    fill(w);
    uint64_t size = audit_size(w->log);
    index_free(&w->index);
    struct store_entries *entries = NULL;
    assert_false(lg_failed(store_entries_open(w->store.store, &entries)));
    const struct store_side side = {
        .agency = store_entry_word(w->store.store, span_text("childrens-care")),
        .position = size + 3,
        .role = STORE_SIDE_REQUESTER,
        .time_ms = w->audit.now_ms,
    };
    const struct store_sides sides = {
        .sides = &side, .count = 1, .coverage = {.size = size + 4}, .latest_ms = side.time_ms};
    assert_false(lg_failed(store_entries_add(entries, &sides)));
    bool is_there = false;
    assert_false(lg_failed(store_entries_has(entries, &side, &is_there)));
    assert_true(is_there);
    store_entries_free(&entries);
    assert_false(lg_failed(index_begin(w)));
    uint64_t covers = 0;
    assert_false(lg_failed(index_size(w->index, &covers)));
    assert_int_equal(covers, size);
    mixed_expect(w);
    index_free(&w->index);
    assert_false(lg_failed(store_entries_open(w->store.store, &entries)));
    assert_false(lg_failed(store_entries_has(entries, &side, &is_there)));
    assert_false(is_there);
    store_entries_free(&entries);
    assert_false(lg_failed(index_begin(w)));
}

/* The index of another log knows nothing of this one. */
static void the_index_of_another_log_is_left(void **state) {
    struct world *w = *state;
    mixed_entries(w);
    fill(w);
    world_close(w);
    audit_support_done(&w->audit);
    audit_support_init(&w->audit);
    world_open(w);
    for (uint32_t i = 0; i < 20; i++) {
        (void)ask(w, 90 + i, JOHN);
    }
    world_restart(w);
    fill(w);
    assert_int_equal(about(w, "childrens-care", MARY), 0);
    assert_int_equal(about(w, "childrens-care", JOHN), 20);
}

static void subject_of(struct world *w, uint8_t of, struct store_tag *out_tag) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    assert_false(lg_failed(
        store_key_find(w->store.store, person(w, of), audit_quarter(w->audit.now_ms), &key)));
    assert_non_null(key);
    store_entry_subject(w->store.store, key, out_tag);
}

/* What the index hides, the log shows: a walk over the tags finds it and puts it back. */
static void a_removed_row_is_found_missing(void **state) {
    struct world *w = *state;
    (void)ask(w, 70, MARY);
    uint64_t shown = release(w, 70, MARY);
    (void)ask(w, 71, JOHN);
    fill(w);
    struct index_check check = {.persons = person(w, MARY), .person_count = 1};
    assert_false(lg_failed(index_check_step(w->index, &check)));
    assert_int_equal(check.next, check.through);
    assert_int_equal(check.through, audit_size(w->log));
    assert_int_equal(check.missing, 0);
    struct store_entries *entries = NULL;
    struct store_tag tag;
    uint64_t *positions = NULL;
    size_t count = 0;
    subject_of(w, MARY, &tag);
    index_free(&w->index);
    assert_false(lg_failed(store_entries_open(w->store.store, &entries)));
    assert_false(lg_failed(store_entries_forget(entries, &tag, w->arena, &positions, &count)));
    assert_int_equal(count, 2);
    assert_int_equal(positions[1], shown);
    store_entries_free(&entries);
    assert_false(lg_failed(index_begin(w)));
    assert_int_equal(about(w, "childrens-care", MARY), 0);
    check = (struct index_check){.persons = person(w, MARY), .person_count = 1};
    assert_false(lg_failed(index_check_step(w->index, &check)));
    assert_int_equal(check.missing, 2);
    assert_int_equal(about(w, "childrens-care", MARY), 2);
    assert_int_equal(about(w, "housing", MARY), 1);
    assert_int_equal(about(w, "childrens-care", JOHN), 1);
}

/* That another agency lacks a row about the person is not this one's to know. */
static void what_is_missing_is_counted_for_who_asks(void **state) {
    struct world *w = *state;
    struct store_entries *entries = NULL;
    struct store_tag tag;
    uint64_t *positions = NULL;
    size_t count = 0;
    static const struct {
        const char *agency;
        uint64_t missing;
    } askers[] = {{"police", 0}, {"housing", 1}, {"childrens-care", 2}, {"", 2}};
    (void)ask(w, 72, MARY);
    (void)release(w, 72, MARY);
    fill(w);
    subject_of(w, MARY, &tag);
    for (size_t i = 0; i < sizeof askers / sizeof askers[0]; i++) {
        index_free(&w->index);
        assert_false(lg_failed(store_entries_open(w->store.store, &entries)));
        assert_false(lg_failed(store_entries_forget(entries, &tag, w->arena, &positions, &count)));
        store_entries_free(&entries);
        assert_false(lg_failed(index_begin(w)));
        struct index_check check = {
            .persons = person(w, MARY), .person_count = 1, .agency = span_text(askers[i].agency)};
        assert_false(lg_failed(index_check_step(w->index, &check)));
        assert_int_equal(check.missing, askers[i].missing);
        assert_int_equal(about(w, "childrens-care", MARY), 2);
    }
}

/* Rows of an erased person say what the leaves say to everybody, and lead to nobody. */
static void what_is_forgotten_leads_to_nobody(void **state) {
    struct world *w = *state;
    struct store_tag tag;
    (void)ask(w, 80, MARY);
    uint64_t shown = release(w, 80, MARY);
    fill(w);
    subject_of(w, MARY, &tag);
    assert_false(lg_failed(index_forget(w->index, &tag, 1)));
    assert_int_equal(about(w, "childrens-care", MARY), 0);
    assert_int_equal(about(w, "housing", MARY), 0);
    struct index_query asked = query(w, "childrens-care");
    assert_int_equal(look(w, &asked), 2);
    assert_int_equal(w->found.hits[0].side.position, shown);
    assert_false(w->found.hits[0].has_detail);
    asked.purpose = span_text("child-safeguarding");
    assert_int_equal(look(w, &asked), 1);
    /* It was the last entry of its quarter's person: the file holds nothing that the tag is in. */
    assert_false(store_support_folder_has(&w->store, span_of(tag.bytes, sizeof tag.bytes)));
}

/* Also what the person does not lead to: the details of a part were sealed for them. */
static void what_led_to_nobody_is_forgotten_with_the_person(void **state) {
    struct world *w = *state;
    struct store_tag tag;
    uint64_t shown =
        part(w, 81, (struct made_part){.kind = AUDIT_RELEASE, .of = MARY, .is_unsure = true});
    fill(w);
    subject_of(w, MARY, &tag);
    struct index_query asked = query(w, "childrens-care");
    assert_int_equal(look(w, &asked), 1);
    assert_true(w->found.hits[0].has_detail);
    assert_false(lg_failed(index_forget(w->index, &tag, 1)));
    assert_int_equal(look(w, &asked), 1);
    assert_int_equal(w->found.hits[0].side.position, shown);
    assert_false(w->found.hits[0].has_detail);
    assert_false(w->found.hits[0].side.has_subject);
}

static void nothing_stands_in_clear(void **state) {
    struct world *w = *state;
    mixed_entries(w);
    fill(w);
    world_close(w);
    static const char *const words[] = {"childrens-care", "housing", "child-safeguarding",
                                        "north-child-safeguarding", "ANSWERED"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_false(store_support_folder_has(&w->store, span_text(words[i])));
    }
    const struct person_id *id = person(w, MARY);
    assert_false(store_support_folder_has(&w->store, span_of(id->bytes, sizeof id->bytes)));
    const struct request_id question = audit_support_id(60 + 1000000);
    assert_false(
        store_support_folder_has(&w->store, span_of(question.bytes, sizeof question.bytes)));
    world_open(w);
}

static struct lg_err look_once(struct world *w) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_found found;
    struct index_query asked = query(w, "childrens-care");
    asked.by_person = true;
    asked.persons = person(w, MARY);
    asked.person_count = 1;
    TRY(arena_new(ARENA, &arena));
    return index_find(w->index, &asked, arena, &found);
}

static struct lg_err fill_once(struct world *w) {
    bool did = false;
    return index_fill(w->index, &did);
}

static struct lg_err check_once(struct world *w) {
    struct index_check check = {.persons = person(w, MARY), .person_count = 1};
    return index_check_step(w->index, &check);
}

/* Fails each piece of memory in turn; what failed is undone, and the last try does it. */
static void memory_fail(struct world *w, struct lg_err (*act)(struct world *w)) {
    uint64_t n = 0;
    struct lg_err err = LG_OK;
    bool is_whole = false;
    while (!is_whole) {
        n++;
        support_alloc_fail_at(n);
        err = act(w);
        is_whole = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        assert_true(n < 5000);
        is_whole = is_whole || (act == index_begin && !lg_failed(err));
    }
    assert_false(lg_failed(err));
    assert_true(n > 1);
}

/* SQLite goes without some of the memory that it asks for: then it is done the earlier. */
static void each_allocation_fails(void **state) {
    struct world *w = *state;
    char path[512];
    mixed_entries(w);
    index_free(&w->index);
    index_path(w, path, sizeof path);
    assert_int_equal(unlink(path), 0);
    memory_fail(w, index_begin);
    memory_fail(w, look_once);
    memory_fail(w, fill_once);
    mixed_expect(w);
    memory_fail(w, look_once);
    memory_fail(w, check_once);
    index_free(&w->index);
    memory_fail(w, index_begin);
    mixed_expect(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_file_is_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_file_is_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_past_the_log_are_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(the_index_of_another_log_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(a_removed_row_is_found_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_missing_is_counted_for_who_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_forgotten_leads_to_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(what_led_to_nobody_is_forgotten_with_the_person, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_stands_in_clear, setup, teardown),
        cmocka_unit_test_setup_teardown(each_allocation_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
