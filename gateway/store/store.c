/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing, the lock against a second process, and the frame around every write. */
#define _DEFAULT_SOURCE
#include "gateway/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/store_int.h"

enum { PATH_SIZE = STORE_PATH_SIZE + 32 };

static void store_path(const struct store *store, const char *name, char out[static PATH_SIZE]) {
    (void)snprintf(out, PATH_SIZE, "%s/%s", store->folder, name);
}

static struct lg_err folder_failed(struct diag *diag, const char *folder, const char *what) {
    diag_set(diag, 0, "The store's folder %s %s", folder, what);
    return store_fail(LG_CLASS_CONFIG, STORE_FOLDER);
}

static struct lg_err folder_check(const char *folder, struct diag *diag) {
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return folder_failed(diag, folder, "cannot be made; its parent must exist and be ours");
    }
    struct stat info;
    if (lstat(folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return folder_failed(diag, folder, "is no directory");
    }
    if (info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
        return folder_failed(diag, folder,
                             "must belong to this user and be closed to others (0700)");
    }
    return LG_OK;
}

/* A lock that ends with the process, however it ends. */
static struct lg_err lock_take(struct store *store, struct diag *diag) {
    char path[PATH_SIZE];
    store_path(store, "store.lock", path);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock_fd < 0) {
        return folder_failed(diag, store->folder, "does not take a lock file");
    }
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        diag_set(diag, 0, "Somebody else has the store in %s open", store->folder);
        return store_fail(LG_CLASS_CONFIG, STORE_LOCKED);
    }
    return LG_OK;
}

/* Makes an empty file that only we may read; SQLite gives its side files the same mode. */
static struct lg_err file_make(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || close(fd) != 0) {
        return store_fail(LG_CLASS_STORE, STORE_IO);
    }
    return LG_OK;
}

/* New names in the folder outlive a power cut. */
static struct lg_err folder_sync(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return store_fail(LG_CLASS_STORE, STORE_IO);
    }
    int rc = fsync(fd);
    (void)close(fd);
    return rc == 0 ? LG_OK : store_fail(LG_CLASS_STORE, STORE_IO);
}

static struct lg_err derive(struct vault_key *root, const char *purpose,
                            struct vault_key **out_key) {
    struct vault_label label = {.purpose = purpose, .epoch = 1};
    struct lg_err err = vault_key_derive(root, &label, VAULT_KIND_SECRET, out_key);
    if (lg_failed(err)) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    vault_key_warm(*out_key); /* some forty uses a question */
    return LG_OK;
}

static const struct store_place check_place = {.table = "meta", .row = {(const uint8_t *)"key", 3}};
static const char check_text[] = "lockgate store 1";
enum { CHECK_SIZE = sizeof check_text - 1 };

/* A sealed text tells a wrong root key before anything is read or written with it. */
static struct lg_err key_check(struct store *store, struct diag *diag) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_META_GET);
    store_query_text(&query, 1, "key");
    if (!store_query_next(&query)) {
        TRY(store_query_end(&query));
        uint8_t sealed[CHECK_SIZE + VAULT_SEAL_OVERHEAD];
        store_seal(store->seal_key, &check_place, span_text(check_text), sealed);
        OWN(store_query_done) struct store_query put = store_query_of(&store->db, SQL_META_PUT);
        store_query_text(&put, 1, "key");
        store_query_bytes(&put, 2, span_of(sealed, sizeof sealed));
        return store_query_run(&put);
    }
    uint8_t plain[CHECK_SIZE];
    struct span sealed = store_query_column(&query, 0);
    if (lg_failed(store_unseal(store->seal_key, &check_place, sealed, plain, sizeof plain))) {
        diag_set(diag, 0, "The store in %s was made with another root key", store->folder);
        return store_fail(LG_CLASS_CONFIG, STORE_KEY);
    }
    return LG_OK;
}

static const char *file_name(struct store_db_options options) {
    const char *others = options.entries ? "entries.db" : "lockgate.db";
    return options.keys ? "keys.db" : others;
}

struct lg_err store_file_open(struct store *store, struct store_db *db,
                              struct store_db_options options, struct diag *diag) {
    char path[PATH_SIZE];
    store_path(store, file_name(options), path);
    if (!options.is_readonly) {
        TRY(file_make(path));
    }
    return store_db_open(db, path, options, diag);
}

void store_entries_remove(const struct store *store) {
    static const char *const names[] = {"entries.db", "entries.db-wal", "entries.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_SIZE];
        store_path(store, names[i], path);
        (void)unlink(path); /* one that stays is refused when it is opened */
    }
}

static struct lg_err files_open(struct store *store, struct diag *diag) {
    TRY(store_file_open(store, &store->db, (struct store_db_options){0}, diag));
    TRY(store_file_open(store, &store->keys, (struct store_db_options){.keys = true}, diag));
    TRY(folder_sync(store->folder));
    TRY(store_write_begin(store, STORE_URGENT));
    TRY(store_write_end(store, key_check(store, diag)));
    TRY(store_stops_note(store));
    struct store_db_options reading = {.keys = true, .is_readonly = true};
    return store_file_open(store, &store->keys_reader, reading, diag);
}

/* Before SQLite's first use in this process; later it has no effect. Without statistics of memory
 * the library need not take a lock for each piece of it. */
static void sqlite_configure(void) {
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct store *store_alloc(void) {
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return NULL;
    }
    store->lock_fd = -1;
    atomic_init(&store->is_latched, false);
    atomic_init(&store->has_stops, false);
    ASSERT(pthread_mutex_init(&store->turn.mutex, NULL) == 0);
    ASSERT(pthread_cond_init(&store->turn.free, NULL) == 0);
    ASSERT(pthread_mutex_init(&store->keys_mutex, NULL) == 0);
    ASSERT(pthread_mutex_init(&store->keys_read_mutex, NULL) == 0);
    atomic_init(&store->forgets, 1);
    return store;
}

struct lg_err store_open(const char *folder, struct vault_key *root, struct diag *diag,
                         struct store **out_store) {
    ASSERT(folder != NULL);
    ASSERT(root != NULL);
    if (sqlite3_threadsafe() == 0 || strlen(folder) >= STORE_PATH_SIZE) {
        return folder_failed(diag, "", "has too long a name, or SQLite was built without threads");
    }
    TRY(folder_check(folder, diag));
    sqlite_configure();
    OWN(store_free) struct store *store = store_alloc();
    if (store == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    memcpy(store->folder, folder, strlen(folder) + 1);
    TRY(lock_take(store, diag));
    TRY(derive(root, "store-seal", &store->seal_key));
    TRY(derive(root, "store-tag", &store->tag_key));
    TRY(derive(root, "store-wrap", &store->wrap_key));
    TRY(derive(root, "store-entries", &store->entries_key));
    TRY(files_open(store, diag));
    *out_store = TAKE(store);
    return LG_OK;
}

void store_free(struct store **store) {
    struct store *old = *store;
    if (old == NULL) {
        return;
    }
    /* Readers of a file first: the last connection of all is the one that may checkpoint. */
    store_db_close(&old->keys_reader);
    store_db_close(&old->keys);
    store_db_close(&old->db);
    store_buckets_free(old);
    vault_key_free(&old->seal_key);
    vault_key_free(&old->tag_key);
    vault_key_free(&old->wrap_key);
    vault_key_free(&old->entries_key);
    ASSERT(pthread_mutex_destroy(&old->turn.mutex) == 0);
    ASSERT(pthread_cond_destroy(&old->turn.free) == 0);
    ASSERT(pthread_mutex_destroy(&old->keys_mutex) == 0);
    ASSERT(pthread_mutex_destroy(&old->keys_read_mutex) == 0);
    if (old->lock_fd >= 0) {
        (void)close(old->lock_fd);
    }
    free(old);
    *store = NULL;
}

struct lg_err store_reader_open(struct store *store, struct store_reader **out_reader) {
    OWN(store_reader_free) struct store_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    reader->store = store;
    TRY(store_file_open(store, &reader->db, (struct store_db_options){.is_readonly = true}, NULL));
    *out_reader = TAKE(reader);
    return LG_OK;
}

void store_reader_free(struct store_reader **reader) {
    if (*reader == NULL) {
        return;
    }
    store_db_close(&(*reader)->db);
    free(*reader);
    *reader = NULL;
}

void store_reader_hold(struct store_reader *reader) {
    store_db_hold(&reader->db);
}

void store_reader_let_go(struct store_reader *reader) {
    store_db_let_go(&reader->db);
}

bool store_reader_is_held(const struct store_reader *reader) {
    return reader->db.is_held;
}

const struct store *store_reader_store(const struct store_reader *reader) {
    return reader->store;
}

bool store_is_latched(const struct store *store) {
    return atomic_load(&store->is_latched);
}

void store_latch_check(struct store *store, const struct store_db *db) {
    if (db->is_broken) {
        atomic_store(&store->is_latched, true);
    }
}

void store_turn_take(struct store_turn *turn, enum store_urgency urgency) {
    ASSERT(pthread_mutex_lock(&turn->mutex) == 0);
    turn->urgent_waiting += urgency == STORE_URGENT ? 1 : 0;
    while (turn->is_taken || (urgency == STORE_BACKGROUND && turn->urgent_waiting > 0)) {
        ASSERT(pthread_cond_wait(&turn->free, &turn->mutex) == 0);
    }
    turn->urgent_waiting -= urgency == STORE_URGENT ? 1 : 0;
    turn->is_taken = true;
    ASSERT(pthread_mutex_unlock(&turn->mutex) == 0);
}

void store_turn_give(struct store_turn *turn) {
    ASSERT(pthread_mutex_lock(&turn->mutex) == 0);
    turn->is_taken = false;
    ASSERT(pthread_cond_broadcast(&turn->free) == 0);
    ASSERT(pthread_mutex_unlock(&turn->mutex) == 0);
}

struct lg_err store_write_begin(struct store *store, enum store_urgency urgency) {
    store_turn_take(&store->turn, urgency);
    struct lg_err err = store_fail(LG_CLASS_STORE, STORE_LATCHED);
    if (!store_is_latched(store)) {
        err = store_db_begin(&store->db, true);
    }
    if (lg_failed(err)) {
        store_latch_check(store, &store->db);
        store_turn_give(&store->turn);
    }
    return err;
}

struct lg_err store_write_end(struct store *store, struct lg_err err) {
    err = store_db_end(&store->db, err);
    store_latch_check(store, &store->db);
    store_turn_give(&store->turn);
    return err;
}
