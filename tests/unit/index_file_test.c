/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the index: lost, broken, ahead of the log, of another log, with rows taken out; what
 * is in it, and what happens where memory is short. */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/store/keys.h"
#include "gateway/store/store_int.h"
#include "tests/unit/index_fixture.h"

static void index_path(const struct world *w, char *out, size_t size) {
    (void)snprintf(out, size, "%s/entries.db", w->store.folder);
}

/* Something is done to the file behind the index. */
static void file_run(const struct world *w, const char *text) {
    char path[512];
    sqlite3 *db = NULL;
    index_path(w, path, sizeof path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
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

static uint64_t covered(struct world *w) {
    uint64_t covers = UINT64_MAX;
    assert_false(lg_failed(index_size(w->index, &covers)));
    return covers;
}

/* What the file says of the log, as a start asks before it adds to it. */
static struct index_word word_of(struct world *w) {
    struct index_word word;
    assert_false(lg_failed(index_word_read(w->store.store, w->log, &word)));
    return word;
}

/* The log goes on as another one from its first entry on. */
static void log_swap(struct world *w, uint32_t count) {
    world_close(w);
    audit_support_done(&w->audit);
    audit_support_init(&w->audit);
    w->audit.config.apply = changes_ignore;
    w->audit.config.keys = (struct audit_keys){.ctx = w->store.store,
                                               .subject = store_key_subject,
                                               .nobody = store_key_nobody,
                                               .each = store_key_each};
    w->log = audit_support_open(&w->audit);
    for (uint32_t i = 0; i < count; i++) {
        (void)ask(w, 90 + i, JOHN);
    }
}

/* A log that is shorter than its index has lost entries, and one that is as long or longer has lost
 * them where the index ends with another entry. That is told, and no row of it stays: not past the
 * end, and not below it either, where the histories may have parted. */
static void a_log_that_lost_entries_is_told_by_its_index(void **state) {
    struct world *w = *state;
    static const uint32_t counts[] = {3, 12, 30};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (uint32_t j = 0; j < 12; j++) {
            (void)ask(w, 40 + j, MARY);
        }
        fill(w);
        uint64_t size = covered(w);
        assert_int_equal(size, audit_size(w->log));
        assert_false(word_of(w).is_against);
        assert_int_equal(word_of(w).covered, size);
        log_swap(w, counts[i]);
        assert_true(word_of(w).is_against);
        assert_int_equal(word_of(w).covered, size);
        assert_false(lg_failed(index_begin(w)));
        assert_int_equal(covered(w), 0);
        fill(w);
        assert_int_equal(about(w, "childrens-care", MARY), 0);
        assert_int_equal(about(w, "childrens-care", JOHN), counts[i]);
        assert_false(word_of(w).is_against);
        log_swap(w, 0);
        assert_false(lg_failed(index_begin(w)));
    }
}

/* A file that is lost, broken, or whose number the disk changed is no evidence. */
static void a_file_that_says_nothing_is_no_evidence(void **state) {
    struct world *w = *state;
    char path[512];
    mixed_entries(w);
    fill(w);
    world_close(w);
    w->log = audit_support_open(&w->audit);
    file_run(w, "UPDATE meta SET value = randomblob(length(value)) WHERE name = 'coverage'");
    assert_false(word_of(w).is_against);
    index_path(w, path, sizeof path);
    assert_int_equal(unlink(path), 0);
    assert_false(word_of(w).is_against);
    assert_int_equal(word_of(w).covered, 0);
    assert_false(lg_failed(index_begin(w)));
}

static uint64_t file_number(const struct world *w) {
    char path[512];
    struct stat stat_of;
    index_path(w, path, sizeof path);
    assert_int_equal(stat(path, &stat_of), 0);
    return stat_of.st_ino;
}

static void file_limit(rlim_t size) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A full disk, for a while: what was there stays, and what is missing is added after it. */
static void a_disk_that_fails_leaves_the_file(void **state) {
    struct world *w = *state;
    bool did = false;
    mixed_entries(w);
    fill(w);
    uint64_t before = covered(w);
    uint64_t file = file_number(w);
    (void)ask(w, 95, JOHN);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    file_limit(0);
    struct lg_err err = index_fill(w->index, &did);
    struct lg_err again = index_fill(w->index, &did);
    file_limit(RLIM_INFINITY);
    assert_true(lg_failed(err) && lg_failed(again));
    assert_false(did);
    assert_int_equal(covered(w), before);
    assert_false(lg_failed(index_fill(w->index, &did)));
    assert_true(did);
    assert_int_equal(covered(w), audit_size(w->log));
    assert_int_equal(file_number(w), file);
    assert_int_equal(about(w, "childrens-care", MARY), 4);
}

/* A disk that fails while the index is opened does not end what opens it. */
static void an_index_that_cannot_be_opened_is_opened_later(void **state) {
    struct world *w = *state;
    char path[512];
    bool did = false;
    mixed_entries(w);
    index_free(&w->index);
    index_path(w, path, sizeof path);
    assert_int_equal(unlink(path), 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    file_limit(0);
    struct lg_err err = index_begin(w);
    struct index_query asked = query(w, "childrens-care");
    struct lg_err found = index_find(w->index, &asked, w->arena, &w->found);
    file_limit(RLIM_INFINITY);
    assert_false(lg_failed(err));
    assert_true(lg_failed(found));
    assert_false(lg_failed(index_fill(w->index, &did)));
    fill(w);
    mixed_expect(w);
}

/* A detail that the disk changed, and a number of entries: found out, and the file made anew. */
static void what_the_disk_changed_is_made_again(void **state) {
    struct world *w = *state;
    static const char *const changes[] = {
        "UPDATE side SET body = zeroblob(length(body)) WHERE length(body) > 0",
        "UPDATE meta SET value = randomblob(length(value)) WHERE name = 'coverage'",
    };
    mixed_entries(w);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct index_query asked = query(w, "childrens-care");
        bool did = false;
        fill(w);
        mixed_expect(w);
        file_run(w, changes[i]);
        assert_true(lg_failed(index_find(w->index, &asked, w->arena, &w->found)));
        assert_false(lg_failed(index_fill(w->index, &did)));
        assert_true(did);
        fill(w);
        mixed_expect(w);
    }
}

/* A batch of entries that are earlier than those before: parts count with the end of their day. */
static void an_earlier_batch_does_not_hide_a_later_one(void **state) {
    struct world *w = *state;
    struct store *store = w->store.store;
    struct store_entries *entries = NULL;
    index_free(&w->index);
    assert_false(lg_failed(store_entries_open(store, &entries)));
    struct store_side side = {.agency = store_entry_word(store, span_text("housing")),
                              .role = STORE_SIDE_SOURCE,
                              .time_ms = 9 * DAY_MS};
    struct store_sides sides = {
        .sides = &side, .count = 1, .coverage = {.size = 1}, .latest_ms = 9 * DAY_MS};
    assert_false(lg_failed(store_entries_add(entries, &sides)));
    side.position = 1;
    side.time_ms = 8 * DAY_MS;
    sides.coverage.size = 2;
    sides.latest_ms = 8 * DAY_MS;
    assert_false(lg_failed(store_entries_add(entries, &sides)));
    const struct store_side_filter filter = {.agency = side.agency,
                                             .from_ms = 9 * DAY_MS,
                                             .to_ms = INT64_MAX,
                                             .before = UINT64_MAX,
                                             .most = 9};
    struct store_sides_found found;
    assert_false(lg_failed(store_entries_find(entries, &filter, w->arena, &found)));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.sides[0].position, 0);
    assert_false(lg_failed(store_entries_reset(entries)));
    store_entries_free(&entries);
    assert_false(lg_failed(index_begin(w)));
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

static void destroy(struct world *w, const struct store_key_id *id) {
    assert_false(lg_failed(store_keys_destroy(w->store.store, id, 1)));
}

static void destroy_person(struct world *w, uint8_t number) {
    struct store_key_id id;
    assert_false(lg_failed(store_key_id_person(w->store.store, person(w, number), &id)));
    destroy(w, &id);
}

/* By agreement and time, as for somebody who does not ask about the person: the part's row has
 * what its leaf shows, and no more. */
static void shows_leaves_alone(struct world *w, uint64_t part, size_t with_detail) {
    struct index_query asked = query(w, "childrens-care");
    size_t count = look(w, &asked);
    size_t detailed = 0;
    bool seen = false;
    for (size_t i = 0; i < count; i++) {
        const struct index_hit *hit = &w->found.hits[i];
        detailed += hit->has_detail ? 1 : 0;
        if (hit->side.position == part) {
            seen = true;
            assert_false(hit->has_detail || hit->side.has_subject);
            assert_int_equal(hit->side.time_ms, hit->entry.time_ms);
        }
    }
    assert_true(seen);
    assert_int_equal(detailed, with_detail);
}

/* Rows of an erased person say what the leaves say to everybody, and lead to nobody: from the next
 * search on, and in the file too. */
static void what_is_destroyed_is_forgotten(void **state) {
    struct world *w = *state;
    struct store_tag tag;
    (void)ask(w, 80, MARY);
    uint64_t shown = release(w, 80, MARY);
    (void)ask(w, 81, JOHN);
    (void)release(w, 81, JOHN);
    fill(w);
    subject_of(w, MARY, &tag);
    assert_true(store_support_folder_has(&w->store, span_of(tag.bytes, sizeof tag.bytes)));
    destroy_person(w, MARY);
    shows_leaves_alone(w, shown, 1);
    assert_int_equal(about(w, "childrens-care", MARY), 0);
    assert_int_equal(about(w, "housing", MARY), 0);
    assert_int_equal(about(w, "childrens-care", JOHN), 2);
    struct index_query asked = query(w, "childrens-care");
    assert_int_equal(look(w, &asked), 4);
    assert_false(store_support_folder_has(&w->store, span_of(tag.bytes, sizeof tag.bytes)));
    struct index_check check = {.persons = person(w, MARY), .person_count = 1};
    assert_false(lg_failed(index_check_step(w->index, &check)));
    assert_int_equal(check.missing, 0);
    destroy_person(w, MARY); /* as a replay does it */
    shows_leaves_alone(w, shown, 1);
}

/* The process ended between the two: the next one forgets. By its thread, without a search. */
static void what_was_destroyed_before_a_crash_is_forgotten(void **state) {
    struct world *w = *state;
    struct store_tag tag;
    bool did = true;
    (void)ask(w, 82, MARY);
    uint64_t shown = release(w, 82, MARY);
    fill(w);
    subject_of(w, MARY, &tag);
    index_free(&w->index);
    destroy_person(w, MARY);
    audit_log_close(&w->log);
    store_support_reopen(&w->store);
    assert_true(store_support_folder_has(&w->store, span_of(tag.bytes, sizeof tag.bytes)));
    world_open(w);
    assert_false(lg_failed(index_fill(w->index, &did)));
    assert_false(store_support_folder_has(&w->store, span_of(tag.bytes, sizeof tag.bytes)));
    shows_leaves_alone(w, shown, 0);
}

/* Of a quarter all details go, also of parts about nobody; the next quarter's stay. */
static void a_quarter_is_forgotten(void **state) {
    struct world *w = *state;
    (void)ask(w, 83, MARY);
    uint64_t shown = release(w, 83, MARY);
    uint64_t nobody = release(w, 84, 0);
    uint32_t quarter = audit_quarter(w->audit.now_ms);
    w->audit.now_ms += QUARTER_MS;
    (void)ask(w, 85, MARY);
    (void)release(w, 85, MARY);
    fill(w);
    struct store_key_id id = store_key_id_quarter(quarter);
    assert_int_equal(about(w, "childrens-care", MARY), 4);
    destroy(w, &id);
    struct index_query asked = query(w, "childrens-care");
    size_t count = look(w, &asked);
    size_t detailed = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t at = w->found.hits[i].side.position;
        assert_true(at != shown && at != nobody); /* nothing tells any more who asked */
        detailed += w->found.hits[i].has_detail ? 1 : 0;
    }
    assert_int_equal(count, 3); /* the questions, and the next quarter's part */
    assert_int_equal(detailed, 1);
    assert_int_equal(about(w, "childrens-care", MARY), 2);
}

/* Each allocation on the way may fail: then the search does, and never shows it. */
static void what_cannot_be_forgotten_yet_is_not_shown(void **state) {
    struct world *w = *state;
    (void)ask(w, 86, MARY);
    uint64_t shown = release(w, 86, MARY);
    fill(w);
    destroy_person(w, MARY);
    struct lg_err err = lg_err_make(LG_CLASS_LIMIT, LG_STORE, STORE_MEMORY);
    for (uint64_t n = 1; lg_failed(err); n++) {
        support_alloc_fail_at(n);
        err = index_forget(w->index);
        support_alloc_fail_at(0);
        assert_true(n < 1000);
    }
    shows_leaves_alone(w, shown, 0);
}

/* Also what the person does not lead to: the details of a part were sealed for them. */
static void what_led_to_nobody_is_forgotten_with_the_person(void **state) {
    struct world *w = *state;
    uint64_t shown =
        part(w, 81, (struct made_part){.kind = AUDIT_RELEASE, .of = MARY, .is_unsure = true});
    fill(w);
    struct index_query asked = query(w, "childrens-care");
    assert_int_equal(look(w, &asked), 1);
    assert_true(w->found.hits[0].has_detail);
    destroy_person(w, MARY);
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
        cmocka_unit_test_setup_teardown(a_log_that_lost_entries_is_told_by_its_index, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_that_says_nothing_is_no_evidence, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_leaves_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(an_index_that_cannot_be_opened_is_opened_later, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_the_disk_changed_is_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(an_earlier_batch_does_not_hide_a_later_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_removed_row_is_found_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_missing_is_counted_for_who_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(what_led_to_nobody_is_forgotten_with_the_person, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_destroyed_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_destroyed_before_a_crash_is_forgotten, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_quarter_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_forgotten_yet_is_not_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_stands_in_clear, setup, teardown),
        cmocka_unit_test_setup_teardown(each_allocation_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
