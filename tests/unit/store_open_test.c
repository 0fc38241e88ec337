/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, refusing to open, dying in the middle, and the disk that fails. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/store/keys.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};

static int set_up(void **state) {
    static struct store_support support;
    store_support_init(&support);
    *state = &support;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(*state);
    return 0;
}

static void expect_refused(struct store_support *s, struct vault_key *root, enum store_code code) {
    struct diag diag = {0};
    struct store *store = NULL;
    struct lg_err err = store_open(s->folder, root, &diag, &store);
    assert_true(lg_err_same(err, lg_err_make(LG_CLASS_CONFIG, LG_STORE, (uint16_t)code)));
    assert_null(store);
    assert_true(diag.text[0] != 0);
}

static void close_all(struct store_support *s) {
    store_reader_free(&s->reader);
    store_free(&s->store);
}

static void a_second_opener_is_refused(void **state) {
    struct store_support *s = *state;
    expect_refused(s, s->root, STORE_LOCKED);
    store_support_reopen(s);
}

static void another_root_key_is_refused(void **state) {
    struct store_support *s = *state;
    struct vault_key *other = NULL;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &other)));
    close_all(s);
    expect_refused(s, other, STORE_KEY);
    vault_key_free(&other);
    store_support_reopen(s);
}

static void a_folder_that_others_read_is_refused(void **state) {
    struct store_support *s = *state;
    close_all(s);
    assert_int_equal(chmod(s->folder, 0750), 0);
    expect_refused(s, s->root, STORE_FOLDER);
    assert_int_equal(chmod(s->folder, 0700), 0);
    store_support_reopen(s);
    char path[STORE_SUPPORT_PATH + 16];
    struct stat info;
    const char *names[] = {"lockgate.db", "lockgate.db-wal", "keys.db", "store.lock"};
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 077, 0);
    }
}

static void file_write(const struct store_support *s, const char *name, long at, const char *text) {
    char path[STORE_SUPPORT_PATH + 16];
    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, text, strlen(text), at), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
}

/* The file's head: application id at 68, user version at 60 (SQLite file format, 1.3). */
static void files_of_another_kind_or_version_are_refused(void **state) {
    struct store_support *s = *state;
    close_all(s);
    file_write(s, "lockgate.db", 60, "\x01\x01\x01\x02");
    expect_refused(s, s->root, STORE_SCHEMA);
    file_write(s, "lockgate.db", 68, "LGX1");
    expect_refused(s, s->root, STORE_SCHEMA);
}

static void a_file_that_is_no_database_is_refused(void **state) {
    struct store_support *s = *state;
    close_all(s);
    file_write(s, "keys.db", 0, "no database at all, for sure");
    struct diag diag = {0};
    struct store *store = NULL;
    struct lg_err err = store_open(s->folder, s->root, &diag, &store);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    assert_true(diag.text[0] != 0);
}

static void what_was_written_is_there_after_reopening(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 1, &amy);
    struct person_id before;
    struct person_id after;
    assert_true(store_support_person(s, "housing", 1, &before));
    store_support_reopen(s);
    assert_true(store_support_person(s, "housing", 1, &after));
    assert_memory_equal(&before, &after, sizeof before);
}

static void opening_survives_every_failed_allocation(void **state) {
    struct store_support *s = *state;
    close_all(s);
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct diag diag = {0};
        struct store *store = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = store_open(s->folder, s->root, &diag, &store);
        has_failed = support_alloc_seen() >= n;
        support_alloc_fail_at(0);
        assert_int_equal(store == NULL, lg_failed(err));
        store_free(&store);
    }
    store_support_reopen(s);
}

/* ---- kill -9 ------------------------------------------------------------------------------------
 */

static void made_id(uint32_t number, char out[static 16]) {
    (void)snprintf(out, 16, "999%07u", (unsigned)number);
}

/* Writes until it is killed, and tells the parent what is durable. */
static void child_run(struct store_support *s, int fd) {
    for (uint32_t i = 1;; i++) {
        char id[16];
        made_id(i, id);
        struct made_person person = {"", "", "", "", id};
        store_support_enrol(s, "housing", i, &person);
        struct person_id who;
        if (!store_support_person(s, "housing", i, &who)) {
            _exit(1);
        }
        struct store_consent fact = {.person = who, .log_index = i, .body = span_text("given")};
        memcpy(fact.id.bytes, &i, sizeof i);
        if (lg_failed(store_consents_apply(s->store, &fact, 1, i + 1)) ||
            write(fd, &i, sizeof i) != (ssize_t)sizeof i) {
            _exit(1);
        }
    }
}

/* The parent's own handles are closed, so that the child is alone with the files. */
static uint32_t child_kill(struct store_support *s, uint32_t after) {
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        store_support_reopen(s);
        child_run(s, fds[1]);
    }
    assert_int_equal(close(fds[1]), 0);
    uint32_t told = 0;
    while (told < after) {
        assert_int_equal(read(fds[0], &told, sizeof told), (ssize_t)sizeof told);
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    uint32_t more = 0;
    while (read(fds[0], &more, sizeof more) == (ssize_t)sizeof more) {
        told = more;
    }
    assert_int_equal(close(fds[0]), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return told;
}

static void check_after_kill(struct store_support *s, uint32_t told) {
    uint64_t through = 0;
    assert_false(lg_failed(store_applied_through(s->reader, &through)));
    assert_true(through >= (uint64_t)told + 1);
    for (uint32_t i = 1; i <= told; i++) {
        struct person_id person;
        assert_true(store_support_person(s, "housing", i, &person));
        struct store_consents facts = {0};
        assert_false(lg_failed(store_consents_read(s->reader, &person, s->arena, &facts)));
        assert_int_equal(facts.count, 1);
        struct vault_key *key = NULL;
        assert_false(lg_failed(store_key_subject(s->store, &person, STORE_SUPPORT_QUARTER, &key)));
        vault_key_free(&key);
    }
}

static void what_was_acknowledged_outlives_kill_9(void **state) {
    struct store_support *s = *state;
    for (uint32_t round = 1; round <= 8; round++) {
        close_all(s);
        arena_free(&s->arena);
        uint32_t told = child_kill(s, round * 3);
        store_support_reopen(s);
        check_after_kill(s, told);
        uint64_t removed = 0;
        assert_false(lg_failed(store_party_leave(s->store, span_text("housing"), &removed)));
        assert_true(removed >= told);
        /* A fresh folder for the next round: log indexes start again. */
        store_support_done(s);
        store_support_init(s);
    }
}

/* ---- A disk that fails -------------------------------------------------------------------------
 */

/* Files may not grow past this size: writes fail as on a full disk. */
static void file_size_limit(rlim_t size) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void an_error_of_the_disk_stops_all_writing(void **state) {
    struct store_support *s = *state;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    store_support_enrol(s, "housing", 1, &amy);
    struct person_id person;
    assert_true(store_support_person(s, "housing", 1, &person));
    struct store_consent fact = {.person = person, .log_index = 1, .body = span_text("given")};
    file_size_limit(512);
    struct lg_err err = store_consents_apply(s->store, &fact, 1, 2);
    file_size_limit(RLIM_INFINITY);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    assert_true(store_is_latched(s->store));
    /* The disk works again, and nothing is written all the same. */
    struct lg_err latched = lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_LATCHED);
    assert_true(lg_err_same(store_consents_apply(s->store, &fact, 1, 2), latched));
    struct record_tag tag = store_support_tag(1);
    size_t retired = 0;
    assert_true(
        lg_err_same(store_retire(s->store, span_text("housing"), &tag, 1, &retired), latched));
    struct vault_key *key = NULL;
    assert_true(lg_err_same(store_key_subject(s->store, &person, 1, &key), latched));
    bool left = false;
    assert_true(lg_err_same(store_keys_prepare(s->store, 2, &left), latched));
    /* Reading goes on, of what was acknowledged and nothing else. */
    struct store_consents facts = {0};
    assert_false(lg_failed(store_consents_read(s->reader, &person, s->arena, &facts)));
    assert_int_equal(facts.count, 0);
    assert_int_equal(facts.applied_through, 0);
    assert_false(lg_failed(store_key_subject(s->store, &person, STORE_SUPPORT_QUARTER, &key)));
    vault_key_free(&key);
    store_support_reopen(s);
    assert_false(lg_failed(store_consents_apply(s->store, &fact, 1, 2)));
}

static void an_error_on_the_key_file_stops_it_too(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    struct vault_key *key = NULL;
    file_size_limit(512);
    struct lg_err err = store_key_subject(s->store, &person, 5, &key);
    file_size_limit(RLIM_INFINITY);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    assert_null(key);
    assert_true(store_is_latched(s->store));
    struct store_consent fact = {.person = person, .log_index = 1, .body = span_text("given")};
    assert_true(lg_err_same(store_consents_apply(s->store, &fact, 1, 2),
                            lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_LATCHED)));
}

/* A row moved to another person does not open. */
static void every_byte_of_a_value_is_authenticated(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 1, &amy);
    close_all(s);
    char path[STORE_SUPPORT_PATH + 16];
    (void)snprintf(path, sizeof path, "%s/lockgate.db", s->folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static uint8_t content[1 << 20];
    size_t len = fread(content, 1, sizeof content, file);
    assert_int_equal(fclose(file), 0);
    /* Flip one bit in each page's tail, where cells are, and look whether a wrong value is given.
     */
    size_t refused = 0;
    for (size_t at = 4095; at < len; at += 4096) {
        char changed[2] = {(char)(content[at] ^ 1), 0};
        char kept[2] = {(char)content[at], 0};
        if (changed[0] == 0 || kept[0] == 0) {
            continue;
        }
        file_write(s, "lockgate.db", (long)at, changed);
        struct diag diag = {0};
        struct store *store = NULL;
        struct store_reader *reader = NULL;
        if (lg_failed(store_open(s->folder, s->root, &diag, &store)) ||
            lg_failed(store_reader_open(store, &reader))) {
            refused++;
        } else {
            struct record_tag tag = store_support_tag(1);
            const struct store_row *row = NULL;
            struct lg_err err =
                store_record_find(reader, span_text("housing"), &tag, s->arena, &row);
            struct store_person person;
            bool known = false;
            if (!lg_failed(err) && row != NULL) {
                err = store_person_find(reader, &row->person, &known, &person);
            }
            refused += lg_failed(err) || row == NULL || !known ? 1 : 0;
            assert_true(lg_failed(err) || row == NULL || span_equal_text(row->agency, "housing"));
        }
        store_reader_free(&reader);
        store_free(&store);
        file_write(s, "lockgate.db", (long)at, kept);
    }
    assert_true(refused > 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_second_opener_is_refused),
        CASE(another_root_key_is_refused),
        CASE(a_folder_that_others_read_is_refused),
        CASE(files_of_another_kind_or_version_are_refused),
        CASE(a_file_that_is_no_database_is_refused),
        CASE(what_was_written_is_there_after_reopening),
        CASE(opening_survives_every_failed_allocation),
        CASE(what_was_acknowledged_outlives_kill_9),
        CASE(an_error_of_the_disk_stops_all_writing),
        CASE(an_error_on_the_key_file_stops_it_too),
        CASE(every_byte_of_a_value_is_authenticated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
