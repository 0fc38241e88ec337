/* SPDX-License-Identifier: Apache-2.0 */
/* `agreement show`. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/print/print.h"
#include "tools/lockgate/agreement.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/exit.h"

struct options {
    const char *file;
    const char *floor;
    const char *as;
};

static struct lg_err print_blank_form(const struct policy *policy, struct arena *arena,
                                      struct span *out_text) {
    const struct policy_form blank = {0};
    return policy_print_decision(policy, &blank, arena, out_text);
}

static const struct form {
    const char *name;
    struct lg_err (*print)(const struct policy *policy, struct arena *arena, struct span *out_text);
} forms[] = {
    {"text", policy_print_agreement},        {"schedule", policy_print_schedule},
    {"processing", policy_print_processing}, {"json", policy_print_json},
    {"decision-form", print_blank_form},
};

static const struct form *form_find(const char *name) {
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].name, name) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

static bool parse(int argc, char **argv, struct options *out_options) {
    struct options options = {0};
    for (int i = 0; i < argc; i++) {
        const char **place = strcmp(argv[i], "--floor") == 0 ? &options.floor
                             : strcmp(argv[i], "--as") == 0  ? &options.as
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
    options.as = options.as == NULL ? "text" : options.as;
    if (options.file == NULL || form_find(options.as) == NULL) {
        fprintf(stderr, "Name an agreement, and as text, schedule, processing, json or "
                        "decision-form.\n");
        return false;
    }
    *out_options = options;
    return true;
}

static int print(const struct options *options, const struct policy *policy) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span text;
    if (lg_failed(arena_new(LIMIT_POLICY_MEMORY, &arena)) ||
        lg_failed(form_find(options->as)->print(policy, arena, &text))) {
        fprintf(stderr,
                "The agreement was not printed.\n%s: it needs more memory than there is or "
                "is allowed\nSplit the agreement.\n",
                options->file);
        return EXIT_TOOL_FAILED;
    }
    bool good = fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    return good ? EXIT_TOOL_DONE : EXIT_TOOL_FAILED;
}

static bool compile(const char *name, struct span floor, struct policy **out_policy) {
    struct agreement_file file = {0};
    struct diag diag = {0};
    if (!agreement_input_read(name, LIMIT_POLICY_TEXT_SIZE, &file)) {
        return false;
    }
    struct lg_err err = policy_compile(file.bytes, floor, &diag, out_policy);
    agreement_input_done(&file);
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        agreement_complain("The agreement cannot be evaluated.", name, &diag,
                           "Correct the line; `lockgate agreement check` says more.");
    } else if (lg_failed(err)) {
        diag_set(&diag, 0, "it needs more memory than there is or is allowed");
        agreement_complain("The agreement was not read.", name, &diag, "Split the agreement.");
    }
    return !lg_failed(err);
}

int tool_agreement_show(int argc, char **argv) {
    struct options options;
    struct agreement_file floor = {0};
    OWN(policy_free) struct policy *policy = NULL;
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    bool good = (options.floor == NULL ||
                 agreement_input_read(options.floor, LIMIT_POLICY_TEXT_SIZE, &floor)) &&
                compile(options.file, floor.bytes, &policy);
    agreement_input_done(&floor);
    return good ? print(&options, policy) : EXIT_TOOL_FAILED;
}
