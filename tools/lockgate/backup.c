/* SPDX-License-Identifier: Apache-2.0 */
/* A backup of a gateway at work, and its way back.
 *
 *   TO/store/lockgate.db   index, consents, reviews
 *   TO/log/                the log, with the mark of how far it was told
 *   TO/agreements/         texts and signatures
 *   TO/config/             configuration and what it names, but for keys
 *   TO/CONTENTS            backup_list.h
 *   KEYS/keys-TIME.db      keys of entries: apart, and thrown away after some days, so that what
 *                          was erased is gone from backups too
 *
 * Key files (root.key of the state folder, index and log key, TLS keys) are in none of them: who
 * has a backup has nothing that opens it. They are kept as passwords are, once.
 *
 * The order matters while the gateway writes. The store comes before the log, which then has all
 * that the store was derived from; the log's mark before its entries, so that they reach as far;
 * texts after the log, so that none is missing that it names; keys last, so that no entry lacks
 * one. Between a person's erasure and the copy of the keys there is then nothing that would bring
 * the person back: the log erases again what the store still has, and the gateway compares the keys
 * with the log before it answers anybody. */
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700
#include "tools/lockgate/backup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/config/config.h"
#include "tools/lockgate/backup_list.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/options.h"

enum { KEYS_DAYS_DEFAULT = 30, KEYS_DAYS_MAX = 90, DAY_S = 86400, KEYS_NAME_SIZE = 64 };

struct backup {
    const char *config_path;
    const char *folder;  /* --to, --from or the one word */
    const char *keys_to; /* --keys-to, --keys */
    unsigned keys_days;
    struct config_gateway *config;
    struct backup_list list;
    char keys_path[BACKUP_PATH_SIZE];
    size_t pruned;
    struct diag diag;
};

static int failed(const struct backup *it, const char *what, struct lg_err err) {
    bool is_wrong = lg_err_module(err) == LG_TOOLS && lg_err_code(err) == BACKUP_WRONG;
    (void)fprintf(stderr, "%s\n%s\n%s\nCode %s-%u\n", what,
                  it->diag.text[0] != '\0' ? it->diag.text : "Memory is used up.",
                  is_wrong ? "Take another backup, and find out what became of this one."
                           : "Correct that and try again.",
                  lg_class_name(lg_err_class(err)), lg_err_code(err));
    return is_wrong ? EXIT_TOOL_NOT_VERIFIED : EXIT_TOOL_FAILED;
}

/* ---- making ---- */

/* A file of the backup under `name`, from `from`. */
static struct lg_err file_add(struct backup *it, const char *from, const char *name) {
    char to[BACKUP_PATH_SIZE];
    struct backup_sum sum;
    TRY(backup_path(it->folder, name, &it->diag, to));
    TRY(backup_file_copy(from, to, &it->diag, &sum));
    return backup_list_add(&it->list, name, &sum, &it->diag);
}

static struct lg_err folder_add(struct backup *it, const char *name) {
    char path[BACKUP_PATH_SIZE];
    TRY(backup_path(it->folder, name, &it->diag, path));
    return backup_folder_make(path, &it->diag);
}

static struct lg_err store_add(struct backup *it) {
    static const char NAME[] = "store/lockgate.db";
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    struct backup_sum sum;
    TRY(folder_add(it, "store"));
    TRY(backup_path(it->config->state, NAME, &it->diag, from));
    TRY(backup_path(it->folder, NAME, &it->diag, to));
    TRY(backup_database_copy(from, to, &it->diag, &sum));
    return backup_list_add(&it->list, NAME, &sum, &it->diag);
}

/* Of the state folder, and as it is called in the backup. */
static struct lg_err state_file_add(struct backup *it, const char *name) {
    char from[BACKUP_PATH_SIZE];
    TRY(backup_path(it->config->state, name, &it->diag, from));
    return file_add(it, from, name);
}

static struct lg_err entries_add(void *ctx, const char *name) {
    char path[BACKUP_PATH_SIZE];
    struct backup *it = ctx;
    bool is_entries = strncmp(name, "segment-", 8) == 0 || strncmp(name, "volume-", 7) == 0;
    if (!is_entries && strcmp(name, "frozen") != 0) {
        return LG_OK; /* locks, spares, and what is being made */
    }
    TRY(backup_path("log", name, &it->diag, path));
    return state_file_add(it, path);
}

static struct lg_err log_add(struct backup *it) {
    char path[BACKUP_PATH_SIZE];
    TRY(folder_add(it, "log"));
    TRY(state_file_add(it, "log/high-water"));
    TRY(backup_path(it->config->state, "log", &it->diag, path));
    return backup_folder_each(path, entries_add, it, &it->diag);
}

/* One agreement's folder. */
struct texts {
    struct backup *backup;
    const char *folder;
};

static struct lg_err text_add(void *ctx, const char *name) {
    char path[BACKUP_PATH_SIZE];
    const struct texts *texts = ctx;
    TRY(backup_path(texts->folder, name, &texts->backup->diag, path));
    return state_file_add(texts->backup, path);
}

static struct lg_err texts_add(void *ctx, const char *name) {
    char folder[BACKUP_PATH_SIZE];
    char path[BACKUP_PATH_SIZE];
    struct backup *it = ctx;
    struct texts texts = {.backup = it, .folder = folder};
    struct stat info;
    TRY(backup_path("agreements", name, &it->diag, folder));
    TRY(backup_path(it->config->state, folder, &it->diag, path));
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return LG_OK;
    }
    TRY(folder_add(it, folder));
    return backup_folder_each(path, text_add, &texts, &it->diag);
}

static struct lg_err agreements_add(struct backup *it) {
    char path[BACKUP_PATH_SIZE];
    TRY(folder_add(it, "agreements"));
    TRY(backup_path(it->config->state, "agreements", &it->diag, path));
    return backup_folder_each(path, texts_add, it, &it->diag);
}

/* By its own name behind a number, since two may have one; absent where it is optional. */
static struct lg_err config_add(struct backup *it, const char *from) {
    char name[BACKUP_PATH_SIZE];
    if (from == NULL || access(from, F_OK) != 0) {
        return LG_OK;
    }
    const char *slash = strrchr(from, '/');
    int len = snprintf(name, sizeof name, "config/%03zu-%s", it->list.count,
                       slash == NULL ? from : slash + 1);
    if (len < 0 || (size_t)len >= sizeof name) {
        return backup_fail(LG_CLASS_CONFIG, BACKUP_PLACE);
    }
    return file_add(it, from, name);
}

static struct lg_err tls_add(struct backup *it, const struct config_tls *tls) {
    TRY(config_add(it, tls->certificate));
    TRY(config_add(it, tls->anchors));
    return config_add(it, tls->crl);
}

static struct lg_err configs_add(struct backup *it) {
    const struct config_gateway *config = it->config;
    TRY(folder_add(it, "config"));
    TRY(config_add(it, it->config_path));
    TRY(config_add(it, config->partnership));
    for (uint32_t i = 0; i < config->agreement_count; i++) {
        TRY(config_add(it, config->agreements[i].file));
        TRY(config_add(it, config->agreements[i].signatures));
    }
    TRY(config_add(it, config->floor == NULL ? NULL : config->floor->file));
    TRY(config_add(it, config->statutes == NULL ? NULL : config->statutes->file));
    TRY(config_add(it, config->wards));
    TRY(tls_add(it, &config->tls_server));
    return tls_add(it, &config->tls_client);
}

/* ---- keys, apart ---- */

/* keys-20261130T214012Z.db */
static const char KEYS_FORM[] = "keys-%Y%m%dT%H%M%SZ.db";

static struct lg_err keys_add(struct backup *it) {
    char from[BACKUP_PATH_SIZE];
    char name[KEYS_NAME_SIZE];
    struct backup_sum sum;
    struct tm when;
    time_t now = time(NULL);
    if (gmtime_r(&now, &when) == NULL || strftime(name, sizeof name, KEYS_FORM, &when) == 0) {
        return backup_fail(LG_CLASS_STORE, BACKUP_FILE);
    }
    TRY(backup_folder_make(it->keys_to, &it->diag));
    TRY(backup_path(it->config->state, "store/keys.db", &it->diag, from));
    TRY(backup_path(it->keys_to, name, &it->diag, it->keys_path));
    TRY(backup_database_copy(from, it->keys_path, &it->diag, &sum));
    return backup_folder_sync(it->keys_to, &it->diag);
}

/* Those whose days are over; other files stay. */
static struct lg_err keys_prune_one(void *ctx, const char *name) {
    struct backup *it = ctx;
    struct tm when = {0};
    char path[BACKUP_PATH_SIZE];
    const char *end = strptime(name, KEYS_FORM, &when);
    if (end == NULL || *end != '\0' ||
        time(NULL) - timegm(&when) <= (time_t)it->keys_days * DAY_S) {
        return LG_OK;
    }
    TRY(backup_path(it->keys_to, name, &it->diag, path));
    if (unlink(path) != 0) {
        diag_set(&it->diag, 0, "%s: %s", path, strerror(errno));
        return backup_fail(LG_CLASS_STORE, BACKUP_FILE);
    }
    it->pruned++;
    return LG_OK;
}

static struct lg_err place_check(struct backup *it, const char *const *but) {
    bool is_empty = false;
    TRY(backup_folder_is_empty(it->folder, but, &it->diag, &is_empty));
    if (!is_empty) {
        diag_set(&it->diag, 0, "%s is not empty: give a folder that is new", it->folder);
        return backup_fail(LG_CLASS_CONFIG, BACKUP_PLACE);
    }
    return backup_folder_make(it->folder, &it->diag);
}

static struct lg_err contents_make(struct backup *it) {
    TRY(store_add(it));
    TRY(log_add(it));
    TRY(agreements_add(it));
    TRY(configs_add(it));
    TRY(keys_add(it));
    TRY(backup_folder_each(it->keys_to, keys_prune_one, it, &it->diag));
    return backup_list_end(&it->list, &it->diag);
}

static struct lg_err make(struct backup *it) {
    TRY(config_gateway_load(it->config_path, &it->diag, &it->config));
    TRY(place_check(it, NULL));
    TRY(backup_list_begin(it->folder, &it->diag, &it->list));
    struct lg_err err = contents_make(it);
    backup_list_drop(&it->list);
    return err;
}

static bool days_take(void *ctx, const char *value) {
    char *end = NULL;
    unsigned long days = strtoul(value, &end, 10);
    *(unsigned *)ctx = (unsigned)days;
    return value[0] >= '0' && value[0] <= '9' && *end == '\0' && days >= 1 && days <= KEYS_DAYS_MAX;
}

int tool_backup_make(int argc, char **argv) {
    struct backup it = {.keys_days = KEYS_DAYS_DEFAULT};
    const struct option rows[] = {
        {"--config", .text = &it.config_path},
        {"--to", .text = &it.folder},
        {"--keys-to", .text = &it.keys_to},
        {"--keys-days", .take = days_take, .ctx = &it.keys_days},
    };
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1) || it.config_path == NULL || it.folder == NULL ||
        it.keys_to == NULL) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = make(&it);
    config_gateway_free(&it.config);
    if (lg_failed(err)) {
        return failed(&it, "There is no backup.", err);
    }
    (void)printf("%zu files in %s\nKeys apart in %s; %zu older than %u days were thrown away\n"
                 "Key files are in neither: keep them as you keep passwords\n",
                 it.list.count, it.folder, it.keys_path, it.pruned, it.keys_days);
    return EXIT_TOOL_DONE;
}

/* ---- checking ---- */

int tool_backup_check(int argc, char **argv) {
    struct backup it = {.folder = NULL};
    const struct option rows[] = {{.text = &it.folder}};
    const struct option_table table = {rows, 1};
    if (!options_read(argc, argv, &table, 1) || it.folder == NULL) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = backup_list_read(it.folder, NULL, NULL, &it.diag, &it.list);
    if (lg_failed(err)) {
        return failed(&it, "This is not a backup as it was made.", err);
    }
    (void)printf("%zu files of %s, all as they were\n", it.list.count, it.list.time);
    return EXIT_TOOL_DONE;
}

/* ---- restoring ---- */

/* What belongs to the state folder; configuration is put back by hand, where it lay. */
static bool is_state(const char *path) {
    return strncmp(path, "store/", 6) == 0 || strncmp(path, "log/", 4) == 0 ||
           strncmp(path, "agreements/", 11) == 0;
}

/* Every folder on the way to a file below the state. */
static struct lg_err way_make(struct backup *it, const char *path) {
    char part[BACKUP_PATH_SIZE];
    char full[BACKUP_PATH_SIZE];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        (void)snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        TRY(backup_path(it->config->state, part, &it->diag, full));
        TRY(backup_folder_make(full, &it->diag));
    }
    return LG_OK;
}

/* The mark that is there may know of more than the backup does: it is what tells. */
static bool is_kept_mark(const char *path, const char *to) {
    return strcmp(path, "log/high-water") == 0 && access(to, F_OK) == 0;
}

static struct lg_err file_restore(void *ctx, const char *path) {
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    struct backup *it = ctx;
    struct backup_sum sum;
    if (!is_state(path)) {
        return LG_OK;
    }
    TRY(way_make(it, path));
    TRY(backup_path(it->folder, path, &it->diag, from));
    TRY(backup_path(it->config->state, path, &it->diag, to));
    return is_kept_mark(path, to) ? LG_OK : backup_file_copy(from, to, &it->diag, &sum);
}

static struct lg_err state_check(struct backup *it) {
    static const char *const but[] = {"root.key", "log", NULL};
    static const char *const mark[] = {"high-water", NULL};
    char log[BACKUP_PATH_SIZE];
    struct backup place = {.folder = it->config->state};
    struct lg_err err = place_check(&place, but);
    if (!lg_failed(err)) {
        TRY(backup_path(it->config->state, "log", &it->diag, log));
        place.folder = log;
        err = place_check(&place, mark);
    }
    it->diag = place.diag;
    return err;
}

static struct lg_err restore(struct backup *it) {
    char keys[BACKUP_PATH_SIZE];
    struct backup_sum sum;
    TRY(config_gateway_load(it->config_path, &it->diag, &it->config));
    TRY(state_check(it));
    TRY(backup_list_read(it->folder, file_restore, it, &it->diag, &it->list));
    TRY(backup_path(it->config->state, "store/keys.db", &it->diag, keys));
    TRY(backup_file_copy(it->keys_to, keys, &it->diag, &sum));
    TRY(backup_path(it->config->state, "store", &it->diag, keys));
    return backup_folder_sync(keys, &it->diag);
}

int tool_backup_restore(int argc, char **argv) {
    struct backup it = {.folder = NULL};
    const struct option rows[] = {
        {"--config", .text = &it.config_path},
        {"--from", .text = &it.folder},
        {"--keys", .text = &it.keys_to},
    };
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1) || it.config_path == NULL || it.folder == NULL ||
        it.keys_to == NULL) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = restore(&it);
    if (lg_failed(err)) {
        config_gateway_free(&it.config);
        return failed(&it, "Nothing is to be started from what was restored.", err);
    }
    (void)printf("The state of %s is in %s\nPut root.key there if it is not. At its start the "
                 "gateway destroys again what was erased since, and stays frozen where its mark or "
                 "a witness knows more of the log than this backup\n",
                 it.list.time, it.config->state);
    config_gateway_free(&it.config);
    return EXIT_TOOL_DONE;
}
