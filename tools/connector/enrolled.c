/* SPDX-License-Identifier: Apache-2.0 */
/* A table in memory (open addressing; tags are random already) over an append-only file. */
#define _POSIX_C_SOURCE 200809L
#include "tools/connector/enrolled.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/edge/edge.h"
#include "tools/connector/rows.h"

struct slot {
    struct record_tag tag;
    struct connector_digest digest;
    bool used;
    bool marked;
};

struct connector_enrolled {
    FILE *file;
    struct slot *slots;
    size_t slot_count; /* a power of two, at most three quarters used */
    size_t used;
};

enum { PATH_SIZE = 4096, AGAIN = 0xff };
enum { LINE_SIZE = 2 * MODEL_RECORD_TAG_SIZE + 1 + 2 * VAULT_MAC16_SIZE + 1, SLOTS_FIRST = 1024 };

static struct lg_err state_wrong(struct diag *diag, const char *path, const char *why) {
    diag_set(diag, 0, "%s: %s", path, why);
    return lg_err_make(LG_CLASS_STORE, LG_TOOLS, CONNECTOR_STATE);
}

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, CONNECTOR_MEMORY);
}

/* ---- the table ----------------------------------------------------------------------------- */

static size_t slot_first(const struct connector_enrolled *enrolled, const struct record_tag *tag) {
    uint64_t start = 0;
    memcpy(&start, tag->bytes, sizeof start);
    return (size_t)start & (enrolled->slot_count - 1);
}

/* The tag's slot, or the free one where it belongs. */
static struct slot *slot_find(const struct connector_enrolled *enrolled,
                              const struct record_tag *tag) {
    size_t place = slot_first(enrolled, tag);
    for (size_t i = 0; i < enrolled->slot_count; i++) {
        struct slot *slot = &enrolled->slots[place];
        if (!slot->used || memcmp(slot->tag.bytes, tag->bytes, sizeof tag->bytes) == 0) {
            return slot;
        }
        place = (place + 1) & (enrolled->slot_count - 1);
    }
    return NULL;
}

static struct lg_err table_grow(struct connector_enrolled *enrolled) {
    struct connector_enrolled larger = {.slot_count = 2 * enrolled->slot_count,
                                        .used = enrolled->used};
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (larger.slots == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < enrolled->slot_count; i++) {
        if (enrolled->slots[i].used) {
            *slot_find(&larger, &enrolled->slots[i].tag) = enrolled->slots[i];
        }
    }
    free(enrolled->slots);
    enrolled->slots = larger.slots;
    enrolled->slot_count = larger.slot_count;
    return LG_OK;
}

static struct lg_err table_put(struct connector_enrolled *enrolled, const struct record_tag *tag,
                               const struct connector_digest *digest, bool marked) {
    if ((enrolled->used + 1) * 4 > enrolled->slot_count * 3) {
        if (enrolled->slot_count > LIMIT_CONNECTOR_ROWS * 2) {
            return no_memory();
        }
        TRY(table_grow(enrolled));
    }
    struct slot *slot = slot_find(enrolled, tag);
    enrolled->used += slot->used ? 0 : 1;
    *slot = (struct slot){.tag = *tag, .digest = *digest, .used = true, .marked = marked};
    return LG_OK;
}

static bool is_retired(const struct slot *slot) {
    static const struct connector_digest ZEROS = {.bytes = {0}};
    return memcmp(slot->digest.bytes, ZEROS.bytes, sizeof ZEROS.bytes) == 0;
}

/* ---- the file ------------------------------------------------------------------------------ */

static bool line_read(const char *line, struct record_tag *tag, struct connector_digest *digest) {
    struct span text = span_of(line, LINE_SIZE - 1);
    size_t tag_len = 2 * sizeof tag->bytes;
    return line[tag_len] == ' ' &&
           !lg_failed(
               bytes_from_hex(span_slice(text, 0, tag_len), tag->bytes, sizeof tag->bytes)) &&
           !lg_failed(bytes_from_hex(span_slice(text, tag_len + 1, text.len), digest->bytes,
                                     sizeof digest->bytes));
}

static struct lg_err line_write(struct connector_enrolled *enrolled, const struct record_tag *tag,
                                const struct connector_digest *digest) {
    char tag_hex[2 * MODEL_RECORD_TAG_SIZE + 1];
    char digest_hex[2 * VAULT_MAC16_SIZE + 1];
    bytes_to_hex(span_of(tag->bytes, sizeof tag->bytes), tag_hex);
    bytes_to_hex(span_of(digest->bytes, sizeof digest->bytes), digest_hex);
    bool written = fprintf(enrolled->file, "%s %s\n", tag_hex, digest_hex) == LINE_SIZE;
    return written ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_TOOLS, CONNECTOR_STATE);
}

/* Lines up to the first that is not whole; what follows was never acknowledged. A disk that does
 * not give them is no end of the file. */
static struct lg_err lines_read(struct connector_enrolled *enrolled, const char *path,
                                struct diag *diag, long *out_end) {
    char line[LINE_SIZE + 1];
    while (fread(line, 1, LINE_SIZE, enrolled->file) == LINE_SIZE) {
        struct record_tag tag;
        struct connector_digest digest;
        line[LINE_SIZE] = '\0';
        if (line[LINE_SIZE - 1] != '\n' || !line_read(line, &tag, &digest)) {
            break;
        }
        TRY(table_put(enrolled, &tag, &digest, false));
        *out_end += LINE_SIZE;
    }
    return ferror(enrolled->file) == 0 ? LG_OK : state_wrong(diag, path, strerror(errno));
}

enum { HEAD_SIZE = 256 };

/* What a first line says of the file. */
enum head {
    HEAD_OURS,
    HEAD_OLD, /* this agreement, tokens made in another way */
    HEAD_OTHER,
    HEAD_FOREIGN,
    HEAD_UNWRITTEN, /* its newline never reached the disk, so nothing after it did */
};

/* The bytes of a number with one blank before it; 0 where none stands there. */
static size_t number_len(const char *text) {
    size_t digits = text[0] == ' ' ? strspn(text + 1, "0123456789") : 0;
    return digits > 0 ? digits + 1 : 0;
}

/* A whole line "lockgate-enrolment 1 AGREEMENT EPOCH RULES": whose? A name has no blank. */
static enum head head_owner(const char *line, const char *agreement) {
    static const char START[] = "lockgate-enrolment 1 ";
    if (strncmp(line, START, sizeof START - 1) != 0) {
        return HEAD_FOREIGN;
    }
    const char *name = line + sizeof START - 1;
    size_t name_len = strcspn(name, " \n");
    const char *epoch = name + name_len;
    const char *rules = epoch + number_len(epoch);
    size_t rules_len = number_len(rules);
    if (name_len == 0 || rules == epoch || rules_len == 0 || strcmp(rules + rules_len, "\n") != 0) {
        return HEAD_FOREIGN;
    }
    bool same = strlen(agreement) == name_len && memcmp(name, agreement, name_len) == 0;
    return same ? HEAD_OLD : HEAD_OTHER;
}

static enum head head_read(const struct connector_enrolled *enrolled, const char *agreement,
                           const char *head) {
    char line[HEAD_SIZE];
    if (fgets(line, sizeof line, enrolled->file) == NULL) {
        return ferror(enrolled->file) != 0 ? HEAD_FOREIGN : HEAD_UNWRITTEN;
    }
    if (strcmp(line, head) == 0) {
        return HEAD_OURS;
    }
    bool is_cut = feof(enrolled->file) != 0 && strncmp(line, head, strlen(line)) == 0;
    return is_cut ? HEAD_UNWRITTEN : head_owner(line, agreement);
}

/* A file with this head and what the table holds, in the place of the old one at once. */
static struct lg_err file_begin(struct connector_enrolled *enrolled, const char *path,
                                const char *head, struct diag *diag) {
    char fresh[PATH_SIZE];
    int len = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (enrolled->file != NULL) {
        (void)fclose(enrolled->file);
    }
    enrolled->file = len > 0 && (size_t)len < sizeof fresh ? fopen(fresh, "w+e") : NULL;
    bool written = enrolled->file != NULL && fputs(head, enrolled->file) != EOF;
    for (size_t i = 0; written && i < enrolled->slot_count; i++) {
        const struct slot *slot = &enrolled->slots[i];
        written = !slot->used || !lg_failed(line_write(enrolled, &slot->tag, &slot->digest));
    }
    if (!written || lg_failed(connector_enrolled_flush(enrolled)) || rename(fresh, path) != 0) {
        return state_wrong(diag, path, strerror(errno));
    }
    return LG_OK;
}

/* Nobody of the table counts as sent; who was retired stays so. */
static void table_renew(struct connector_enrolled *enrolled) {
    for (size_t i = 0; i < enrolled->slot_count; i++) {
        struct slot *slot = &enrolled->slots[i];
        if (slot->used && !is_retired(slot)) {
            memset(slot->digest.bytes, AGAIN, sizeof slot->digest.bytes);
        }
    }
}

static struct lg_err file_go_on(struct connector_enrolled *enrolled, const char *path, long end,
                                struct diag *diag) {
    TRY(lines_read(enrolled, path, diag, &end));
    if (fseek(enrolled->file, end, SEEK_SET) != 0 ||
        ftruncate(fileno(enrolled->file), (off_t)end) != 0) {
        return state_wrong(diag, path, strerror(errno));
    }
    return LG_OK;
}

static struct lg_err file_open(struct connector_enrolled *enrolled, const char *path,
                               const char *agreement, const char *head, struct diag *diag) {
    long end = (long)strlen(head);
    enrolled->file = fopen(path, "r+e");
    if (enrolled->file == NULL) {
        return errno == ENOENT ? file_begin(enrolled, path, head, diag)
                               : state_wrong(diag, path, strerror(errno));
    }
    switch (head_read(enrolled, agreement, head)) {
    case HEAD_OURS:
        return file_go_on(enrolled, path, end, diag);
    case HEAD_UNWRITTEN:
        return file_begin(enrolled, path, head, diag);
    case HEAD_OLD:
        TRY(lines_read(enrolled, path, diag, &end));
        table_renew(enrolled);
        return file_begin(enrolled, path, head, diag);
    case HEAD_OTHER:
        return state_wrong(diag, path,
                           "it lists what was enrolled under another agreement. Retire that first, "
                           "or name another folder as state");
    case HEAD_FOREIGN:
        break;
    }
    return state_wrong(diag, path,
                       "it is not a list of what was enrolled, or cannot be read. Put the right "
                       "one back; without one, people who are gone cannot be retired");
}

struct lg_err connector_enrolled_open(const char *state, const char *agreement, uint32_t epoch,
                                      struct diag *diag, struct connector_enrolled **out_enrolled) {
    char path[PATH_SIZE];
    char head[HEAD_SIZE];
    int path_len = snprintf(path, sizeof path, "%s/enrolled", state);
    int head_len = snprintf(head, sizeof head, "lockgate-enrolment 1 %s %u %d\n", agreement,
                            (unsigned)epoch, EDGE_RULE_VERSION);
    bool fits = path_len > 0 && (size_t)path_len < sizeof path && head_len > 0 &&
                (size_t)head_len < sizeof head;
    if (!fits || (mkdir(state, 0700) != 0 && errno != EEXIST)) {
        return state_wrong(diag, state, fits ? strerror(errno) : "name too long");
    }
    OWN(connector_enrolled_close)
    struct connector_enrolled *enrolled = calloc(1, sizeof *enrolled);
    if (enrolled == NULL) {
        return no_memory();
    }
    enrolled->slots = calloc(SLOTS_FIRST, sizeof *enrolled->slots);
    if (enrolled->slots == NULL) {
        return no_memory();
    }
    enrolled->slot_count = SLOTS_FIRST;
    TRY(file_open(enrolled, path, agreement, head, diag));
    *out_enrolled = TAKE(enrolled);
    return LG_OK;
}

void connector_enrolled_close(struct connector_enrolled **enrolled) {
    if (*enrolled == NULL) {
        return;
    }
    if ((*enrolled)->file != NULL) {
        (void)fclose((*enrolled)->file);
    }
    free((*enrolled)->slots);
    free(*enrolled);
    *enrolled = NULL;
}

/* ---- use ----------------------------------------------------------------------------------- */

bool connector_enrolled_has(struct connector_enrolled *enrolled, const struct record_tag *tag,
                            const struct connector_digest *digest) {
    struct slot *slot = slot_find(enrolled, tag);
    if (slot == NULL || !slot->used) {
        return false;
    }
    slot->marked = true;
    return memcmp(slot->digest.bytes, digest->bytes, sizeof digest->bytes) == 0;
}

struct lg_err connector_enrolled_add(struct connector_enrolled *enrolled,
                                     const struct record_tag *tag,
                                     const struct connector_digest *digest) {
    TRY(table_put(enrolled, tag, digest, true));
    return line_write(enrolled, tag, digest);
}

struct lg_err connector_enrolled_flush(struct connector_enrolled *enrolled) {
    if (fflush(enrolled->file) != 0 || fsync(fileno(enrolled->file)) != 0) {
        return lg_err_make(LG_CLASS_STORE, LG_TOOLS, CONNECTOR_STATE);
    }
    return LG_OK;
}

bool connector_enrolled_gone_next(const struct connector_enrolled *enrolled, size_t *place,
                                  struct record_tag *out_tag) {
    while (*place < enrolled->slot_count) {
        const struct slot *slot = &enrolled->slots[(*place)++];
        if (slot->used && !slot->marked && !is_retired(slot)) {
            *out_tag = slot->tag;
            return true;
        }
    }
    return false;
}

size_t connector_enrolled_count(const struct connector_enrolled *enrolled) {
    size_t count = 0;
    for (size_t i = 0; i < enrolled->slot_count; i++) {
        count += enrolled->slots[i].used && !is_retired(&enrolled->slots[i]) ? 1 : 0;
    }
    return count;
}
