/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a record: every byte is checked before it is believed, and what does not hold together
 * ends what can be read of its file. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/bytes.h"
#include "tools/record/record.h"

enum { PATH_SIZE = 4160, BODY_MIN = 26 };

static struct lg_err fail(enum lg_class klass, enum record_code code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

static struct lg_err io_failed(const char *path, struct diag *diag) {
    diag_set(diag, 0, "%s: %s", path, strerror(errno));
    return fail(LG_CLASS_STORE, RECORD_IO);
}

/* ---- one file ------------------------------------------------------------------------------ */

/* What an open file is read with; on the heap, for it is large. */
struct reading {
    FILE *file;
    record_on_entry_fn on_entry;
    void *ctx;
    struct span items[LIMIT_WIRE_ITEMS];
    uint8_t body[RECORD_BODY_MAX];
};

/* The next whole entry, or none (*out_more false): the end, or bytes that are no entry. */
static struct lg_err entry_next(struct reading *reading, struct record_file *file, bool *out_more) {
    uint8_t frame[4];
    uint8_t chain[RECORD_HASH_SIZE];
    uint8_t expected[RECORD_HASH_SIZE];
    struct record_entry entry;
    *out_more = false;
    if (fread(frame, 1, sizeof frame, reading->file) != sizeof frame) {
        return LG_OK;
    }
    size_t len = (size_t)frame[0] << 24 | (size_t)frame[1] << 16 | (size_t)frame[2] << 8 | frame[3];
    if (len < BODY_MIN || len > RECORD_BODY_MAX ||
        fread(reading->body, 1, len, reading->file) != len ||
        fread(chain, 1, sizeof chain, reading->file) != sizeof chain) {
        return LG_OK;
    }
    struct span body = span_of(reading->body, len);
    memcpy(expected, file->chain, sizeof expected);
    record_chain_next(expected, body);
    if (memcmp(expected, chain, sizeof chain) != 0 ||
        lg_failed(record_body_read(body, reading->items, &entry))) {
        return LG_OK;
    }
    TRY(reading->on_entry(reading->ctx, &entry));
    memcpy(file->chain, chain, sizeof file->chain);
    file->len += len + RECORD_FRAME;
    file->entries++;
    *out_more = true;
    return LG_OK;
}

static struct lg_err entries_read(struct reading *reading, const char *path, struct diag *diag,
                                  struct record_file *file) {
    bool more = true;
    while (more) {
        TRY(entry_next(reading, file, &more));
    }
    if (ferror(reading->file) != 0 || fseek(reading->file, 0, SEEK_END) != 0) {
        return io_failed(path, diag);
    }
    long size = ftell(reading->file);
    if (size < 0) {
        return io_failed(path, diag);
    }
    file->size = (uint64_t)size;
    return LG_OK;
}

static struct lg_err file_read(struct reading *reading, const char *path, struct diag *diag,
                               struct record_file *file) {
    uint8_t head[RECORD_HEAD_SIZE];
    if (fread(head, 1, sizeof head, reading->file) != sizeof head ||
        lg_failed(record_head_read(head, &file->head))) {
        diag_set(diag, 0, "%s: not a file of an agency's record; move it away", path);
        return fail(LG_CLASS_INPUT, RECORD_FORMAT);
    }
    record_chain_begin(head, file->chain);
    file->len = RECORD_HEAD_SIZE;
    return entries_read(reading, path, diag, file);
}

struct lg_err record_file_read(const char *path, record_on_entry_fn on_entry, void *ctx,
                               struct diag *diag, struct record_file *out_file) {
    struct record_file file = {.entries = 0};
    struct reading *reading = malloc(sizeof *reading);
    if (reading == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, RECORD_IO);
    }
    reading->on_entry = on_entry;
    reading->ctx = ctx;
    reading->file = fopen(path, "rbe");
    struct lg_err err = reading->file == NULL ? io_failed(path, diag) : LG_OK;
    if (!lg_failed(err)) {
        err = file_read(reading, path, diag, &file);
        (void)fclose(reading->file);
    }
    free(reading);
    if (!lg_failed(err)) {
        *out_file = file;
    }
    return err;
}

/* ---- a folder ------------------------------------------------------------------------------ */

struct numbers {
    uint32_t items[RECORD_FILES_MAX];
    size_t count;
};

static int number_compare(const void *a, const void *b) {
    uint32_t one = *(const uint32_t *)a;
    uint32_t other = *(const uint32_t *)b;
    return one < other ? -1 : one > other;
}

bool record_name_read(const char *name, uint32_t *out_number) {
    uint32_t number = 0;
    if (strlen(name) != 12 || strcmp(name + 8, ".rec") != 0) {
        return false;
    }
    for (size_t i = 0; i < 8; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return false;
        }
        number = number * 10 + (uint32_t)(name[i] - '0');
    }
    *out_number = number;
    return number > 0;
}

static struct lg_err numbers_list(const char *path, struct diag *diag, struct numbers *out) {
    DIR *folder = opendir(path);
    out->count = 0;
    if (folder == NULL) {
        return io_failed(path, diag);
    }
    bool fits = true;
    for (struct dirent *entry = readdir(folder); fits && entry != NULL; entry = readdir(folder)) {
        uint32_t number = 0;
        if (record_name_read(entry->d_name, &number)) {
            fits = out->count < RECORD_FILES_MAX;
            out->items[fits ? out->count++ : 0] = number;
        }
    }
    (void)closedir(folder);
    if (!fits) {
        diag_set(diag, 0, "%s: more than %d files; name those of the time that matters", path,
                 (int)RECORD_FILES_MAX);
        return fail(LG_CLASS_STORE, RECORD_IO);
    }
    qsort(out->items, out->count, sizeof out->items[0], number_compare);
    return LG_OK;
}

static void damage(struct record_state *state, uint32_t number, uint64_t at) {
    if (!state->is_damaged) {
        state->is_damaged = true;
        state->damaged_number = number;
        state->damaged_at = at;
    }
}

/* Whether a file goes on where the one before it ended. */
static void link_check(const struct record_file *before, const struct record_file *file,
                       struct record_state *state) {
    bool is_next = file->head.number == before->head.number + 1;
    bool holds = is_next && file->head.before_len == before->len &&
                 memcmp(file->head.before_chain, before->chain, RECORD_HASH_SIZE) == 0;
    if (!holds) {
        damage(state, is_next ? before->head.number : before->head.number + 1,
               is_next ? before->len : 0);
    }
    state->torn += before->size - before->len;
}

static struct lg_err folder_read(const char *path, const struct numbers *numbers,
                                 record_on_entry_fn on_entry, void *ctx, struct diag *diag,
                                 struct record_state *state) {
    struct record_file before = {.entries = 0};
    for (size_t i = 0; i < numbers->count; i++) {
        struct record_file file;
        char name[PATH_SIZE];
        int len = snprintf(name, sizeof name, "%s/%08" PRIu32 ".rec", path, numbers->items[i]);
        if (len < 0 || (size_t)len >= sizeof name) {
            errno = ENAMETOOLONG;
            return io_failed(path, diag);
        }
        TRY(record_file_read(name, on_entry, ctx, diag, &file));
        if (i > 0) {
            link_check(&before, &file, state);
        }
        state->first = i == 0 ? file.head.number : state->first;
        state->last = file.head.number;
        state->entries += file.entries;
        before = file;
    }
    state->torn += before.size - before.len;
    return LG_OK;
}

struct lg_err record_read(const char *path, record_on_entry_fn on_entry, void *ctx,
                          struct diag *diag, struct record_state *out_state) {
    struct stat about;
    struct record_file file;
    struct numbers numbers;
    *out_state = (struct record_state){.first = 0};
    if (stat(path, &about) != 0) {
        return io_failed(path, diag);
    }
    if (S_ISDIR(about.st_mode)) {
        TRY(numbers_list(path, diag, &numbers));
        return folder_read(path, &numbers, on_entry, ctx, diag, out_state);
    }
    TRY(record_file_read(path, on_entry, ctx, diag, &file));
    *out_state = (struct record_state){.first = file.head.number,
                                       .last = file.head.number,
                                       .entries = file.entries,
                                       .torn = file.size - file.len};
    return LG_OK;
}
