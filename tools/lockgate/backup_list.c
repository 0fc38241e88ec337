/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "tools/lockgate/backup_list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/bytes.h"

static const char NAME[] = "CONTENTS";
static const char UNFINISHED[] = "CONTENTS.unfinished";
static const char FIRST[] = "lockgate-backup 1\n";

enum { LINE_SIZE = BACKUP_PATH_SIZE + 128, HEX_SIZE = 2 * VAULT_SHA256_SIZE };

static struct lg_err list_failed(const struct backup_list *list, struct diag *diag) {
    diag_set(diag, 0, "%s/%s: %s", list->folder, UNFINISHED, strerror(errno));
    return backup_fail(LG_CLASS_STORE, BACKUP_FILE);
}

/* ---- writing */

struct lg_err backup_list_begin(const char *folder, struct diag *diag,
                                struct backup_list *out_list) {
    char path[BACKUP_PATH_SIZE];
    struct backup_list list = {.folder = folder};
    time_t now = time(NULL);
    struct tm when;
    TRY(backup_path(folder, UNFINISHED, diag, path));
    bool good = gmtime_r(&now, &when) != NULL &&
                strftime(list.time, sizeof list.time, "%Y-%m-%dT%H:%M:%SZ", &when) > 0;
    list.file = good ? fopen(path, "wxe") : NULL;
    if (list.file == NULL) {
        return list_failed(&list, diag);
    }
    (void)fprintf(list.file, "%stime %s\n", FIRST, list.time);
    *out_list = list;
    return LG_OK;
}

struct lg_err backup_list_add(struct backup_list *list, const char *path,
                              const struct backup_sum *sum, struct diag *diag) {
    char hex[HEX_SIZE + 1];
    bytes_to_hex(span_of(sum->sha256, sizeof sum->sha256), hex);
    if (fprintf(list->file, "file %s %" PRIu64 " %s\n", hex, sum->size, path) < 0) {
        return list_failed(list, diag);
    }
    list->count++;
    return LG_OK;
}

struct lg_err backup_list_end(struct backup_list *list, struct diag *diag) {
    char from[BACKUP_PATH_SIZE];
    char to[BACKUP_PATH_SIZE];
    TRY(backup_path(list->folder, UNFINISHED, diag, from));
    TRY(backup_path(list->folder, NAME, diag, to));
    bool good = fprintf(list->file, "end %zu\n", list->count) > 0 && fflush(list->file) == 0 &&
                fsync(fileno(list->file)) == 0;
    good = fclose(list->file) == 0 && good;
    list->file = NULL;
    if (!good || rename(from, to) != 0) {
        return list_failed(list, diag);
    }
    return backup_folder_sync(list->folder, diag);
}

void backup_list_drop(struct backup_list *list) {
    if (list->file != NULL) {
        (void)fclose(list->file);
        list->file = NULL;
    }
}

/* ---- reading */

/* One pass over the lines: the first compares, the second hands out. */
struct pass {
    struct backup_list *list;
    struct lg_err (*on_file)(void *ctx, const char *path); /* NULL: compare */
    void *ctx;
    struct diag *diag;
    bool is_over;
};

static struct lg_err wrong(const struct pass *pass, const char *what, const char *why) {
    diag_set(pass->diag, 0, "%s: %s %s", pass->list->folder, what, why);
    return backup_fail(LG_CLASS_INPUT, BACKUP_WRONG);
}

/* Below the folder: neither absolute nor out of it. */
static bool path_is_inside(const char *path) {
    return path[0] != '\0' && path[0] != '/' && strstr(path, "..") == NULL;
}

static struct lg_err file_compare(struct pass *pass, const char *hex, uint64_t size,
                                  const char *path) {
    char full[BACKUP_PATH_SIZE];
    char own[HEX_SIZE + 1];
    struct backup_sum sum;
    TRY(backup_path(pass->list->folder, path, pass->diag, full));
    if (lg_failed(backup_file_sum(full, pass->diag, &sum))) {
        return wrong(pass, path, "is missing or cannot be read");
    }
    bytes_to_hex(span_of(sum.sha256, sizeof sum.sha256), own);
    bool same = sum.size == size && strcmp(hex, own) == 0;
    return same ? LG_OK : wrong(pass, path, "is not as it was backed up");
}

/* Takes decimal digits off the front; false where there are none, or more than 64 bits. */
static bool number_take(const char **text, uint64_t *out_number) {
    uint64_t number = 0;
    size_t digits = strspn(*text, "0123456789");
    for (size_t i = 0; i < digits; i++) {
        unsigned digit = (unsigned)((*text)[i] - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    *text += digits;
    *out_number = number;
    return digits > 0;
}

/* SHA-256 SIZE PATH */
static struct lg_err file_line(struct pass *pass, const char *line) {
    char hex[HEX_SIZE + 1] = {0};
    uint64_t size = 0;
    bool good = strspn(line, "0123456789abcdef") == HEX_SIZE && line[HEX_SIZE] == ' ';
    if (good) {
        memcpy(hex, line, HEX_SIZE);
        line += HEX_SIZE + 1;
        good = number_take(&line, &size) && *line == ' ' && path_is_inside(line + 1);
    }
    if (!good) {
        return wrong(pass, NAME, "has a line that is none");
    }
    pass->list->count++;
    return pass->on_file == NULL ? file_compare(pass, hex, size, line + 1)
                                 : pass->on_file(pass->ctx, line + 1);
}

/* The word and the space behind it, taken off; else the line stays as it is. */
static bool word_take(const char **line, const char *word) {
    size_t len = strlen(word);
    bool is_there = strncmp(*line, word, len) == 0;
    *line += is_there ? len : 0;
    return is_there;
}

static struct lg_err line_take(struct pass *pass, const char *line) {
    uint64_t count = 0;
    if (pass->is_over) {
        return wrong(pass, NAME, "goes on behind its end");
    }
    if (word_take(&line, "file ")) {
        return file_line(pass, line);
    }
    if (word_take(&line, "time ")) {
        (void)snprintf(pass->list->time, sizeof pass->list->time, "%s", line);
        return LG_OK;
    }
    pass->is_over = word_take(&line, "end ") && number_take(&line, &count) && *line == '\0' &&
                    count == pass->list->count;
    return pass->is_over ? LG_OK : wrong(pass, NAME, "has a line that is none");
}

static struct lg_err lines_take(struct pass *pass, FILE *file) {
    char *line = malloc(LINE_SIZE);
    struct lg_err err = LG_OK;
    if (line == NULL) {
        return backup_fail(LG_CLASS_LIMIT, BACKUP_MEMORY);
    }
    if (fgets(line, LINE_SIZE, file) == NULL || strcmp(line, FIRST) != 0) {
        err = wrong(pass, NAME, "is not that of a backup of this version");
    }
    while (!lg_failed(err) && fgets(line, LINE_SIZE, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        err = line_take(pass, line);
    }
    free(line);
    return lg_failed(err) || pass->is_over ? err : wrong(pass, NAME, "was cut off");
}

static struct lg_err pass_run(struct pass *pass) {
    char path[BACKUP_PATH_SIZE];
    TRY(backup_path(pass->list->folder, NAME, pass->diag, path));
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return wrong(pass, NAME, "is missing: this is no backup, or it was never finished");
    }
    struct lg_err err = lines_take(pass, file);
    (void)fclose(file);
    return err;
}

struct lg_err backup_list_read(const char *folder,
                               struct lg_err (*on_file)(void *ctx, const char *path), void *ctx,
                               struct diag *diag, struct backup_list *out_list) {
    struct backup_list list = {.folder = folder};
    struct pass compare = {.list = &list, .diag = diag};
    TRY(pass_run(&compare));
    if (on_file != NULL) {
        struct backup_list again = {.folder = folder};
        struct pass hand = {.list = &again, .on_file = on_file, .ctx = ctx, .diag = diag};
        TRY(pass_run(&hand));
    }
    *out_list = list;
    return LG_OK;
}
