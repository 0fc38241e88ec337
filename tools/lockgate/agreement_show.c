/* SPDX-License-Identifier: Apache-2.0 */
/* `agreement show`. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/print/print.h"
#include "tools/lockgate/agreement.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/isa.h"
#include "tools/lockgate/options.h"

struct options {
    const char *file;
    const char *floor;
    const char *statutes;
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
    const struct option rows[] = {{.text = &options.file},
                                  {"--floor", .text = &options.floor},
                                  {"--register", .text = &options.statutes},
                                  {"--as", .text = &options.as}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
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

int tool_agreement_show(int argc, char **argv) {
    struct options options;
    struct isa_ground ground = {0};
    OWN(policy_free) struct policy *policy = NULL;
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    bool good = isa_ground_read(options.floor, options.statutes, &ground) &&
                isa_compile(options.file, &ground, &policy);
    isa_ground_done(&ground);
    return good ? print(&options, policy) : EXIT_TOOL_FAILED;
}
