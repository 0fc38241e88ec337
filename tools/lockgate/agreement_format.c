/* SPDX-License-Identifier: Apache-2.0 */
/* `agreement format`. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "policy/format/format.h"
#include "tools/lockgate/agreement.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/options.h"

enum { NAME_SIZE = 4096, FILE_MODE = 0644, AHEAD_MAX = 200 };

struct options {
    const char *file;
    bool write;
    bool check;
};

static bool parse(int argc, char **argv, struct options *out_options) {
    struct options options = {0};
    const struct option rows[] = {{.text = &options.file},
                                  {"--write", .is_set = &options.write},
                                  {"--check", .is_set = &options.check}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
    }
    if (options.file == NULL || (options.write && options.check)) {
        fprintf(stderr, "Name one agreement, and --write or --check or neither.\n");
        return false;
    }
    *out_options = options;
    return true;
}

/* ---- what differs ---- */

struct lines {
    struct span *items;
    size_t count;
};

static bool lines_of(struct span text, struct arena *arena, struct lines *out_lines) {
    struct lines lines = {0};
    struct span line;
    while (text.len > 0 && span_split(&text, '\n', &line)) {
        lines.items = arena_more(arena, lines.items, lines.count, sizeof *lines.items);
        if (lines.items == NULL) {
            return false;
        }
        lines.items[lines.count++] = line;
    }
    *out_lines = lines;
    return true;
}

/* How far two texts are read. */
struct pair {
    struct lines old;
    struct lines new;
    size_t old_at;
    size_t new_at;
};

/* The nearest lines ahead that are the same again and not empty, at most AHEAD_MAX in all; the ends
 * of both texts where there are none. */
static void find_meeting(const struct pair *pair, size_t *out_old, size_t *out_new) {
    for (size_t ahead = 1; ahead <= AHEAD_MAX; ahead++) {
        for (size_t i = 0; i <= ahead; i++) {
            size_t old = pair->old_at + i;
            size_t new = pair->new_at + ahead - i;
            bool meets = old < pair->old.count && new < pair->new.count &&
                         pair->old.items[old].len > 0 &&
                         span_equal(pair->old.items[old], pair->new.items[new]);
            if (meets) {
                *out_old = old;
                *out_new = new;
                return;
            }
        }
    }
    *out_old = pair->old.count;
    *out_new = pair->new.count;
}

static void print_lines(char mark, const struct lines *lines, size_t from, size_t end) {
    for (size_t i = from; i < end; i++) {
        struct span line = lines->items[i];
        printf("%c%.*s\n", mark, (int)line.len, line.len == 0 ? "" : (const char *)line.ptr);
    }
}

/* Each stretch that differs with its line: as it is, as it should be. */
static void print_stretches(const char *name, struct pair *pair) {
    while (pair->old_at < pair->old.count || pair->new_at < pair->new.count) {
        bool same = pair->old_at < pair->old.count &&
                    pair->new_at < pair->new.count &&span_equal(pair->old.items[pair->old_at],
                                                                pair->new.items[pair->new_at]);
        size_t old = pair->old_at + 1;
        size_t new = pair->new_at + 1;
        if (!same) {
            find_meeting(pair, &old, &new);
            printf("%s:%zu:\n", name, pair->old_at + 1);
            print_lines('-', &pair->old, pair->old_at, old);
            print_lines('+', &pair->new, pair->new_at, new);
        }
        pair->old_at = old;
        pair->new_at = new;
    }
}

static int print_difference(const char *name, struct span text, struct span wanted,
                            struct arena *arena) {
    struct pair pair = {0};
    if (span_equal(text, wanted)) {
        return EXIT_TOOL_DONE;
    }
    if (lines_of(text, arena, &pair.old) && lines_of(wanted, arena, &pair.new)) {
        print_stretches(name, &pair);
    }
    fprintf(stderr,
            "%s is not in its one form.\nSignatures are over bytes.\n"
            "Write it with `lockgate agreement format %s --write`.\n",
            name, name);
    return EXIT_TOOL_FAILED;
}

/* ---- writing ---- */

static bool write_all(int fd, struct span text) {
    while (text.len > 0) {
        ssize_t done = write(fd, text.ptr, text.len);
        if (done <= 0) {
            return false;
        }
        text = span_slice(text, (size_t)done, text.len);
    }
    return fsync(fd) == 0;
}

/* In place of the file, whole or not at all. */
static bool replace(const char *name, struct span text) {
    char beside[NAME_SIZE];
    struct stat was;
    int len = snprintf(beside, sizeof beside, "%s.new", name);
    if (len < 0 || (size_t)len >= sizeof beside || stat(name, &was) != 0) {
        return false;
    }
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0) {
        return false;
    }
    bool good = fchmod(fd, was.st_mode & 07777) == 0 && write_all(fd, text);
    good = close(fd) == 0 && good;
    good = good && rename(beside, name) == 0;
    if (!good) {
        (void)unlink(beside);
    }
    return good;
}

static int write_file(const char *name, struct span text, struct span wanted) {
    struct diag diag = {0};
    if (span_equal(text, wanted) || replace(name, wanted)) {
        return EXIT_TOOL_DONE;
    }
    diag_set(&diag, 0, "no right to write beside it, or `%.200s.new` is in the way", name);
    agreement_complain("The file was not written.", name, &diag, "Write the output where you may.");
    return EXIT_TOOL_FAILED;
}

static int print_text(struct span text) {
    bool good = fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    return good ? EXIT_TOOL_DONE : EXIT_TOOL_FAILED;
}

static int format(const struct options *options, struct span text, struct arena *arena) {
    struct diag diag = {0};
    struct span wanted;
    struct lg_err err = policy_format(text, arena, &diag, &wanted);
    if (lg_failed(err)) {
        if (lg_err_class(err) != LG_CLASS_CONFIG) {
            diag_set(&diag, 0, "it needs more memory than there is or is allowed");
        }
        agreement_complain("The agreement was not formatted.", options->file, &diag,
                           "Correct the line; `lockgate agreement check` says more.");
        return EXIT_TOOL_FAILED;
    }
    if (options->check) {
        return print_difference(options->file, text, wanted, arena);
    }
    return options->write ? write_file(options->file, text, wanted) : print_text(wanted);
}

int tool_agreement_format(int argc, char **argv) {
    struct options options;
    struct agreement_file file = {0};
    OWN(arena_free) struct arena *arena = NULL;
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    if (!agreement_input_read(options.file, LIMIT_POLICY_TEXT_SIZE, &file)) {
        return EXIT_TOOL_FAILED;
    }
    int code = EXIT_TOOL_FAILED;
    if (lg_failed(arena_new(LIMIT_POLICY_MEMORY, &arena))) {
        fprintf(stderr, "The agreement was not formatted.\nMemory is used up.\nTry again later.\n");
    } else {
        code = format(&options, file.bytes, arena);
    }
    agreement_input_done(&file);
    return code;
}
