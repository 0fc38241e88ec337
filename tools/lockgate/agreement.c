/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/agreement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/cases/cases.h"
#include "policy/policy.h"
#include "tools/lockgate/exit.h"

/* A case file of this size holds some 100,000 cases. */
enum { CASES_SIZE_MAX = 33554432 };

struct options {
    const char *file;
    const char *floor;
    const char *cases;
};

/* What was read, to be freed with file_done. */
struct file {
    uint8_t *bytes;
    size_t len;
};

static void file_done(struct file *file) {
    free(file->bytes);
    file->bytes = NULL;
}

static void complain(const char *what, const char *name, const struct diag *diag,
                     const char *to_do) {
    fprintf(stderr, "%s\n", what);
    if (diag->line > 0) {
        fprintf(stderr, "%s:%u: %s\n", name, (unsigned)diag->line, diag->text);
    } else {
        fprintf(stderr, "%s: %s\n", name, diag->text);
    }
    fprintf(stderr, "%s\n", to_do);
}

static bool file_load(FILE *stream, size_t size_max, struct file *out_file) {
    size_t size = 0;
    uint8_t *bytes = NULL;
    for (;;) {
        uint8_t *more = realloc(bytes, size + 65536);
        if (more == NULL) {
            break;
        }
        bytes = more;
        size_t got = fread(bytes + size, 1, 65536, stream);
        size += got;
        if (got == 0 && !ferror(stream)) {
            *out_file = (struct file){bytes, size};
            return true;
        }
        /* One byte over the ceiling is enough for the reader above to say so. */
        if (got == 0 || size > size_max) {
            break;
        }
    }
    free(bytes);
    return false;
}

static bool file_read(const char *name, size_t size_max, struct file *out_file) {
    struct diag diag = {0};
    FILE *stream = fopen(name, "rb");
    bool good = stream != NULL && file_load(stream, size_max, out_file);
    if (stream != NULL) {
        fclose(stream);
    }
    if (!good) {
        diag_set(&diag, 0, "no such file, no right to read it, or more than %zu bytes", size_max);
        complain("The file was not read.", name, &diag, "Name a file that can be read.");
    }
    return good;
}

static bool parse(int argc, char **argv, struct options *out_options) {
    struct options options = {0};
    for (int i = 0; i < argc; i++) {
        const char **place = strcmp(argv[i], "--floor") == 0   ? &options.floor
                             : strcmp(argv[i], "--cases") == 0 ? &options.cases
                                                               : NULL;
        if (place == NULL && argv[i][0] != '-' && options.file == NULL) {
            options.file = argv[i];
        } else if (place != NULL && *place == NULL && i + 1 < argc) {
            *place = argv[++i];
        } else {
            fprintf(stderr, "`%s` is not understood here.\n", argv[i]);
            return false;
        }
    }
    if (options.file == NULL) {
        fprintf(stderr, "No agreement is named.\n");
        return false;
    }
    *out_options = options;
    return true;
}

static void print_difference(void *ctx, struct span id, const char *column, struct span expected,
                             struct span got) {
    (void)ctx;
    expected = expected.len == 0 ? span_text("nothing") : expected;
    got = got.len == 0 ? span_text("nothing") : got;
    printf("%.*s  %s  expected %.*s  got %.*s\n", (int)id.len,
           id.len == 0 ? "" : (const char *)id.ptr, column, (int)expected.len,
           (const char *)expected.ptr, (int)got.len, (const char *)got.ptr);
}

static int run_cases(const struct policy *policy, const char *name) {
    struct file file = {0};
    struct diag diag = {0};
    struct policy_cases_result result;
    const struct policy_cases_watch watch = {.on_difference = print_difference};
    if (!file_read(name, CASES_SIZE_MAX, &file)) {
        return EXIT_TOOL_FAILED;
    }
    struct lg_err err =
        policy_cases_run(policy, span_of(file.bytes, file.len), &watch, &diag, &result);
    file_done(&file);
    if (lg_failed(err)) {
        if (diag.text[0] == 0) {
            diag_set(&diag, 0, "memory is used up");
        }
        complain("The cases were not run.", name, &diag, "Correct the line and run it again.");
        return EXIT_TOOL_FAILED;
    }
    printf("%u passed, %u failed\n", (unsigned)result.passed, (unsigned)result.failed);
    return result.failed == 0 ? EXIT_TOOL_DONE : EXIT_TOOL_NOT_VERIFIED;
}

static void print_summary(const struct policy *policy) {
    printf("%.*s version %u: %zu parties, %zu roles, %zu purposes, %zu fields, %zu clauses\n",
           (int)policy_id(policy).len, (const char *)policy_id(policy).ptr,
           (unsigned)policy_version(policy), policy_party_count(policy), policy_role_count(policy),
           policy_purpose_count(policy), policy_field_count(policy), policy_clause_count(policy));
}

static int check(const struct options *options, struct span text, struct span floor) {
    OWN(policy_free) struct policy *policy = NULL;
    struct diag diag = {0};
    struct lg_err err = policy_compile(text, floor, &diag, &policy);
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        complain("The agreement cannot be evaluated.", options->file, &diag,
                 "Correct the line and check again; nothing is shared under it as it is.");
        return EXIT_TOOL_FAILED;
    }
    if (lg_failed(err)) {
        diag_set(&diag, 0, "it needs more memory than there is or is allowed");
        complain("The agreement was not checked.", options->file, &diag, "Split the agreement.");
        return EXIT_TOOL_FAILED;
    }
    print_summary(policy);
    return options->cases == NULL ? EXIT_TOOL_DONE : run_cases(policy, options->cases);
}

int tool_agreement_check(int argc, char **argv) {
    struct options options;
    struct file text = {0};
    struct file floor = {0};
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    bool good = file_read(options.file, LIMIT_POLICY_TEXT_SIZE, &text) &&
                (options.floor == NULL || file_read(options.floor, LIMIT_POLICY_TEXT_SIZE, &floor));
    int code = EXIT_TOOL_FAILED;
    if (good && options.floor != NULL && floor.len == 0) {
        fprintf(stderr, "The floor is empty.\n%s\nName the floor of the partnership.\n",
                options.floor);
    } else if (good) {
        code = check(&options, span_of(text.bytes, text.len), span_of(floor.bytes, floor.len));
    }
    file_done(&text);
    file_done(&floor);
    return code;
}
