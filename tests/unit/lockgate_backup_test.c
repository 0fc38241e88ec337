/* SPDX-License-Identifier: Apache-2.0 */
/* Files and contents of a backup: copied whole, and told apart from what is not a backup. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/store_support.h"
#include "tests/support/support.h"
#include "tools/lockgate/backup_list.h"

#include <cmocka.h>

/* A folder with a few files in it, and a place beside it. */
struct scene {
    struct store_support support; /* its folder, and a database at work */
    char folder[64];
    struct diag diag;
};

static void path_in(const struct scene *s, const char *name, char out[static BACKUP_PATH_SIZE]) {
    (void)snprintf(out, BACKUP_PATH_SIZE, "%s/%s", s->folder, name);
}

static void file_write(const struct scene *s, const char *name, struct span bytes) {
    char path[BACKUP_PATH_SIZE];
    path_in(s, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    size_t written = bytes.len == 0 ? 0 : fwrite(bytes.ptr, 1, bytes.len, file);
    assert_int_equal(written, bytes.len);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state) {
    static struct scene scene;
    scene = (struct scene){0};
    store_support_init(&scene.support);
    (void)snprintf(scene.folder, sizeof scene.folder, "/tmp/lockgate-backup-XXXXXX");
    assert_non_null(mkdtemp(scene.folder));
    *state = &scene;
    return 0;
}

static struct lg_err file_remove(void *ctx, const char *name) {
    char path[BACKUP_PATH_SIZE];
    path_in(ctx, name, path);
    return unlink(path) == 0 ? LG_OK : backup_fail(LG_CLASS_STORE, BACKUP_FILE);
}

static int tear_down(void **state) {
    struct scene *s = *state;
    assert_false(lg_failed(backup_folder_each(s->folder, file_remove, s, &s->diag)));
    assert_int_equal(rmdir(s->folder), 0);
    store_support_done(&s->support);
    return 0;
}

/* ---- Files */

/* Every length around a block, and zeros in front, between and behind. */
static void a_copy_is_the_same_bytes(void **state) {
    struct scene *s = *state;
    static uint8_t bytes[65536 * 4];
    static const size_t lengths[] = {0, 1, 65535, 65536, 65537, 65536 * 3, 65536 * 4};
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    struct backup_sum sum;
    struct backup_sum again;
    struct stat info;
    path_in(s, "from", from);
    path_in(s, "to", to);
    for (size_t holes = 0; holes < 16; holes++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (holes >> i / 65536 & 1) != 0 ? 0 : (uint8_t)(i | 1);
        }
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            file_write(s, "from", span_of(bytes, lengths[i]));
            assert_false(lg_failed(backup_file_copy(from, to, &s->diag, &sum)));
            assert_int_equal(sum.size, lengths[i]);
            assert_false(lg_failed(backup_file_sum(to, &s->diag, &again)));
            assert_memory_equal(&sum, &again, sizeof sum);
            assert_int_equal(stat(to, &info), 0);
            assert_int_equal(info.st_mode & 0777, 0600);
            assert_int_equal(unlink(to), 0);
        }
    }
}

static void what_is_there_is_not_overwritten(void **state) {
    struct scene *s = *state;
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    char none[BACKUP_PATH_SIZE];
    struct backup_sum sum;
    bool is_empty = true;
    file_write(s, "from", span_text("new"));
    file_write(s, "to", span_text("old"));
    path_in(s, "from", from);
    path_in(s, "to", to);
    path_in(s, "none", none);
    assert_true(lg_failed(backup_file_copy(from, to, &s->diag, &sum)));
    assert_true(lg_failed(backup_database_copy(from, to, &s->diag, &sum)));
    assert_true(lg_failed(backup_file_copy(none, from, &s->diag, &sum)));
    assert_true(lg_failed(backup_file_copy(s->folder, none, &s->diag, &sum)));
    assert_non_null(strstr(s->diag.text, s->folder));
    assert_false(lg_failed(backup_folder_is_empty(s->folder, NULL, &s->diag, &is_empty)));
    assert_false(is_empty);
    static const char *const both[] = {"from", "to", NULL};
    assert_false(lg_failed(backup_folder_is_empty(s->folder, both, &s->diag, &is_empty)));
    assert_true(is_empty);
    assert_false(lg_failed(backup_folder_is_empty(s->folder, &both[1], &s->diag, &is_empty)));
    assert_false(is_empty);
    assert_false(lg_failed(backup_folder_is_empty(none, NULL, &s->diag, &is_empty)));
    assert_true(is_empty);
    char longer[BACKUP_PATH_SIZE];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_true(lg_failed(backup_path(s->folder, longer, &s->diag, none)));
}

/* ---- A database at work */

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person bob = {"bob", "sample", "19620830", "ZZ2 2BB", "9990000026"};

/* What was committed is in the copy, though it is in the side file alone; and one file is all. */
static void a_database_is_copied_while_it_is_written(void **state) {
    struct scene *s = *state;
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    struct backup_sum sum;
    struct stat info;
    store_support_enrol(&s->support, "housing", 1, &amy);
    (void)snprintf(from, sizeof from, "%s/lockgate.db", s->support.folder);
    path_in(s, "lockgate.db", to);
    assert_false(lg_failed(backup_database_copy(from, to, &s->diag, &sum)));
    store_support_enrol(&s->support, "housing", 2, &bob);
    char side[BACKUP_PATH_SIZE];
    path_in(s, "lockgate.db-wal", side);
    assert_int_equal(stat(side, &info), -1);
    /* Put in the place of the one at work it is a store with the first person, not the second. */
    store_reader_free(&s->support.reader);
    store_free(&s->support.store);
    arena_free(&s->support.arena);
    assert_int_equal(unlink(from), 0);
    assert_false(lg_failed(backup_file_copy(to, from, &s->diag, &sum)));
    store_support_reopen(&s->support);
    struct person_id person;
    assert_true(store_support_person(&s->support, "housing", 1, &person));
    assert_false(store_support_person(&s->support, "housing", 2, &person));
}

static void what_is_no_database_is_not_copied(void **state) {
    struct scene *s = *state;
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    struct backup_sum sum;
    file_write(s, "from",
               span_text("no database at all, and long enough to be looked at as one "
                         "by whoever reads its first hundred bytes, which are these"));
    path_in(s, "from", from);
    path_in(s, "to", to);
    assert_int_equal(lg_err_class(backup_database_copy(from, to, &s->diag, &sum)), LG_CLASS_STORE);
    path_in(s, "none", from);
    assert_int_equal(unlink(to), 0);
    assert_true(lg_failed(backup_database_copy(from, to, &s->diag, &sum)));
}

/* ---- Contents */

static void list_make(struct scene *s, const char *const *names) {
    struct backup_list list;
    struct backup_sum sum;
    char path[BACKUP_PATH_SIZE];
    assert_false(lg_failed(backup_list_begin(s->folder, &s->diag, &list)));
    for (size_t i = 0; names[i] != NULL; i++) {
        path_in(s, names[i], path);
        assert_false(lg_failed(backup_file_sum(path, &s->diag, &sum)));
        assert_false(lg_failed(backup_list_add(&list, names[i], &sum, &s->diag)));
    }
    assert_false(lg_failed(backup_list_end(&list, &s->diag)));
}

struct told {
    char names[4][32];
    size_t count;
};

static struct lg_err on_file(void *ctx, const char *path) {
    struct told *told = ctx;
    assert_true(told->count < 4);
    (void)snprintf(told->names[told->count++], 32, "%s", path);
    return LG_OK;
}

static struct lg_err list_read(struct scene *s, struct told *told) {
    struct backup_list list;
    *told = (struct told){.count = 0};
    return backup_list_read(s->folder, on_file, told, &s->diag, &list);
}

static void contents_tell_what_is_there(void **state) {
    struct scene *s = *state;
    struct told told;
    static const char *const names[] = {"a", "b c", NULL};
    file_write(s, "a", span_text("first"));
    file_write(s, "b c", span_of(NULL, 0));
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_TOOLS, BACKUP_WRONG);
    assert_true(lg_err_same(list_read(s, &told), wrong)); /* not yet */
    list_make(s, names);
    assert_false(lg_failed(list_read(s, &told)));
    assert_int_equal(told.count, 2);
    assert_string_equal(told.names[0], "a");
    assert_string_equal(told.names[1], "b c");
    /* Nothing is handed out where one of them is another. */
    file_write(s, "b c", span_text("x"));
    assert_true(lg_err_same(list_read(s, &told), wrong));
    assert_int_equal(told.count, 0);
    file_write(s, "b c", span_of(NULL, 0));
    assert_false(lg_failed(list_read(s, &told)));
}

static void other_contents_are_none(void **state) {
    struct scene *s = *state;
    struct told told;
    static const char digest[] =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; /* of nothing */
    static const char *const lines[] = {
        "",
        "lockgate-backup 2\nend 0\n",
        "lockgate-backup 1\n",
        "lockgate-backup 1\nend 1\n",
        "lockgate-backup 1\nend x\n",
        "lockgate-backup 1\nend 0\nend 0\n",
        "lockgate-backup 1\nsomething\nend 0\n",
        "lockgate-backup 1\nfile %s 0 ../a\nend 1\n",
        "lockgate-backup 1\nfile %s 0 /a\nend 1\n",
        "lockgate-backup 1\nfile %s 0 \nend 1\n",
        "lockgate-backup 1\nfile %s 1 a\nend 1\n",
        "lockgate-backup 1\nfile %s x a\nend 1\n",
        "lockgate-backup 1\nfile 00%.62s 0 a\nend 1\n",
        "lockgate-backup 1\nfile %.63s 0 a\nend 1\n",
        "lockgate-backup 1\nfile %s 0 a\nfile %s 0 b\nend 2\n",
    };
    file_write(s, "a", span_of(NULL, 0));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[512];
        size_t used = 0;
        const char *rest = lines[i];
        for (const char *at = strstr(rest, "%"); at != NULL; at = strstr(rest, "%")) {
            size_t cut = strncmp(at, "%.62s", 5) == 0 ? 62 : strncmp(at, "%.63s", 5) == 0 ? 63 : 64;
            used += (size_t)snprintf(text + used, sizeof text - used, "%.*s%.*s", (int)(at - rest),
                                     rest, (int)cut, digest);
            rest = at + (cut == 64 ? 2 : 5);
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", rest);
        file_write(s, "CONTENTS", span_of((const uint8_t *)text, used));
        struct lg_err err = list_read(s, &told);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_int_equal(lg_err_code(err), BACKUP_WRONG);
        assert_int_equal(told.count, 0);
    }
    char good[256];
    (void)snprintf(good, sizeof good, "lockgate-backup 1\ntime x\nfile %s 0 a\nend 1\n", digest);
    file_write(s, "CONTENTS", span_text(good));
    assert_false(lg_failed(list_read(s, &told)));
    assert_int_equal(told.count, 1);
}

/* One that was given up is none, and does not pass for one; nor is another begun over it. */
static void an_unfinished_one_is_none(void **state) {
    struct scene *s = *state;
    struct backup_list list;
    struct told told;
    assert_false(lg_failed(backup_list_begin(s->folder, &s->diag, &list)));
    backup_list_drop(&list);
    assert_true(lg_failed(list_read(s, &told)));
    assert_true(lg_failed(backup_list_begin(s->folder, &s->diag, &list)));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_copy_is_the_same_bytes),
        CASE(what_is_there_is_not_overwritten),
        CASE(a_database_is_copied_while_it_is_written),
        CASE(what_is_no_database_is_not_copied),
        CASE(contents_tell_what_is_there),
        CASE(other_contents_are_none),
        CASE(an_unfinished_one_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
