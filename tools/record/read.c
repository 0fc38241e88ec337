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

enum { PATH_SIZE = 4160, BODY_MIN = 26, TAIL_MAX = 17 << 20 };

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
    struct record_mark mark; /* of this file; number 0: there is none */
    bool mark_holds;         /* its place was come by, and the chain was the one it has */
    record_on_entry_fn on_entry;
    void *ctx;
    struct span items[LIMIT_WIRE_ITEMS];
    uint8_t body[RECORD_BODY_MAX];
};

static void mark_meet(struct reading *reading, const struct record_file *file) {
    reading->mark_holds = reading->mark_holds || (reading->mark.len == file->len &&
                                                  memcmp(reading->mark.chain, file->chain,
                                                         sizeof reading->mark.chain) == 0);
}

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
    mark_meet(reading, file);
    *out_more = true;
    return LG_OK;
}

/* Whether a whole entry begins at that byte: the chain before an entry stands in front of it. */
static bool is_entry(const uint8_t *tail, size_t len, size_t at) {
    uint8_t chain[RECORD_HASH_SIZE];
    size_t rest = len - at;
    size_t size = (size_t)tail[at] << 24 | (size_t)tail[at + 1] << 16 | (size_t)tail[at + 2] << 8 |
                  tail[at + 3];
    if (size < BODY_MIN || size > RECORD_BODY_MAX || size + RECORD_FRAME > rest) {
        return false;
    }
    memcpy(chain, tail + at - RECORD_HASH_SIZE, sizeof chain);
    record_chain_next(chain, span_of(tail + at + 4, size));
    return memcmp(chain, tail + at + 4 + size, sizeof chain) == 0;
}

/* Where no mark tells: a torn write is the last one, so that a whole entry behind it is one whose
 * forerunner was changed. Of more than 17 MiB behind the last entry the first are looked at. */
static struct lg_err tail_search(struct reading *reading, const char *path, struct diag *diag,
                                 struct record_file *file) {
    uint64_t left = file->size - file->len;
    size_t len = left < TAIL_MAX ? (size_t)left : TAIL_MAX;
    if (len < RECORD_HASH_SIZE + BODY_MIN + RECORD_FRAME) {
        return LG_OK;
    }
    uint8_t *tail = malloc(len);
    if (tail == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, RECORD_IO);
    }
    struct lg_err err = fseek(reading->file, (long)file->len, SEEK_SET) != 0 ||
                                fread(tail, 1, len, reading->file) != len
                            ? io_failed(path, diag)
                            : LG_OK;
    for (size_t at = RECORD_HASH_SIZE; !lg_failed(err) && file->lost == 0 && at + 4 <= len; at++) {
        file->lost = is_entry(tail, len, at) ? left : 0;
    }
    free(tail);
    return err;
}

static struct lg_err lost_find(struct reading *reading, const char *path, struct diag *diag,
                               struct record_file *file) {
    if (reading->mark.number == 0) {
        return tail_search(reading, path, diag, file);
    }
    if (!reading->mark_holds) {
        bool is_short = file->len < reading->mark.len;
        file->lost = is_short ? reading->mark.len - file->len : reading->mark.len;
    }
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
    return lost_find(reading, path, diag, file);
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
    if (reading->mark.number != file->head.number) {
        reading->mark = (struct record_mark){.number = 0};
    }
    mark_meet(reading, file);
    return entries_read(reading, path, diag, file);
}

static void mark_beside(const char *path, struct record_mark *out_mark) {
    char folder[PATH_SIZE];
    const char *end = strrchr(path, '/');
    int len = snprintf(folder, sizeof folder, "%.*s", end == NULL ? 1 : (int)(end - path),
                       end == NULL ? "." : path);
    *out_mark = (struct record_mark){.number = 0};
    if (len > 0 && (size_t)len < sizeof folder) {
        (void)record_mark_read(folder, out_mark);
    }
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
    reading->mark_holds = false;
    mark_beside(path, &reading->mark); /* before the file, which may grow */
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

static void damage(struct record_state *state, uint32_t number, uint64_t at,
                   const uint8_t chain[static RECORD_HASH_SIZE]) {
    struct record_damage *last =
        state->damage_count == 0 ? NULL : &state->damages[state->damage_count - 1];
    bool is_told = last != NULL && last->number == number && last->at == at;
    if (!is_told && state->damage_count < RECORD_DAMAGES_MAX) {
        struct record_damage *it = &state->damages[state->damage_count++];
        *it = (struct record_damage){.number = number, .at = at};
        memcpy(it->chain, chain, sizeof it->chain);
    }
}

/* Whether a file goes on where the one before it ended, and what its head knows of that one. */
static void link_check(const struct record_file *before, const struct record_file *file,
                       struct record_state *state) {
    const struct record_head *head = &file->head;
    bool is_next = head->number == before->head.number + 1;
    bool holds = is_next && head->before_len == before->len && head->before_lost == 0 &&
                 memcmp(head->before_chain, before->chain, RECORD_HASH_SIZE) == 0;
    if (!holds) {
        damage(state, is_next ? before->head.number : before->head.number + 1,
               is_next ? before->len : 0, before->chain);
    }
}

/* What a file tells by itself. */
static void file_add(const struct record_file *file, bool is_first, struct record_state *state) {
    const struct record_head *head = &file->head;
    if (is_first && head->before_lost > 0) {
        damage(state, head->number - 1, head->before_len, head->before_chain);
    }
    if (file->lost > 0) {
        damage(state, head->number, file->len, file->chain);
    }
    state->first = is_first ? head->number : state->first;
    state->last = head->number;
    state->entries += file->entries;
    state->torn += file->size - file->len;
}

/* Files at the end that were acknowledged and are gone. */
static void end_check(const struct record_mark *mark, const struct record_file *last,
                      struct record_state *state) {
    if (mark->number > last->head.number) {
        damage(state, last->head.number + 1, 0, last->chain);
    }
}

/* mark: as it was before the folder was listed, since the record may grow. */
static struct lg_err folder_read(const char *path, const struct record_mark *mark,
                                 const struct numbers *numbers, record_on_entry_fn on_entry,
                                 void *ctx, struct diag *diag, struct record_state *state) {
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
        file_add(&file, i == 0, state);
        before = file;
    }
    end_check(mark, &before, state);
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
        struct record_mark mark;
        (void)record_mark_read(path, &mark);
        TRY(numbers_list(path, diag, &numbers));
        return folder_read(path, &mark, &numbers, on_entry, ctx, diag, out_state);
    }
    TRY(record_file_read(path, on_entry, ctx, diag, &file));
    file_add(&file, true, out_state);
    return LG_OK;
}
