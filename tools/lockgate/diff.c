/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/diff.h"

#include <stdio.h>

#include "gateway/base/limits.h"
#include "policy/compare/compare.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/isa.h"
#include "tools/lockgate/json.h"
#include "tools/lockgate/options.h"

struct options {
    const char *files[2];
    const char *floor;
    const char *statutes;
    bool json;
};

static bool parse(int argc, char **argv, struct options *out_options) {
    struct options options = {0};
    const struct option rows[] = {{.text = &options.files[0]},
                                  {.text = &options.files[1]},
                                  {"--floor", .text = &options.floor},
                                  {"--register", .text = &options.statutes},
                                  {"--json", .is_set = &options.json}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
    }
    if (options.files[1] == NULL) {
        fprintf(stderr, "Two versions are compared: name the old file, then the new one.\n");
        return false;
    }
    *out_options = options;
    return true;
}

/* ---- printing ---- */

static void print_text(const struct policy_diff *diff) {
    enum policy_change_class last = 0;
    bool was_cell = true;
    for (size_t i = 0; i < diff->count; i++) {
        const struct policy_change *line = &diff->changes[i];
        if (i == 0 || line->class != last || line->is_cell != was_cell) {
            printf("%s%s%s\n", i == 0 ? "" : "\n", policy_change_name(line->class),
                   line->is_cell ? "" : " (outside the cells)");
        }
        printf("  %.*s\n", (int)line->sentence.len, (const char *)line->sentence.ptr);
        last = line->class;
        was_cell = line->is_cell;
    }
    printf("%s%zu newly visible, %zu weaker, %zu changed, %zu stronger, %zu gone, %zu text only; "
           "%llu of %llu cells changed\n",
           diff->count == 0 ? "" : "\n", diff->counts[POLICY_CHANGE_NEW],
           diff->counts[POLICY_CHANGE_WEAKER], diff->counts[POLICY_CHANGE_CHANGED],
           diff->counts[POLICY_CHANGE_STRONGER], diff->counts[POLICY_CHANGE_GONE],
           diff->counts[POLICY_CHANGE_TEXT], (unsigned long long)diff->cells_changed,
           (unsigned long long)diff->cells);
}

static void print_json(const struct policy_diff *diff) {
    static const char *const classes[] = {"", "ordinary", "special", "criminal"};
    printf("{\"changes\":[");
    for (size_t i = 0; i < diff->count; i++) {
        const struct policy_change *line = &diff->changes[i];
        printf("%s\n{\"class\":", i == 0 ? "" : ",");
        json_text(stdout, span_text(policy_change_name(line->class)));
        printf(",\"cells\":%s,\"sentence\":", line->is_cell ? "true" : "false");
        json_text(stdout, line->sentence);
        if (line->roles.count > 0) {
            printf(",\"data_class\":\"%s\"", classes[line->data_class]);
            json_list(stdout, "roles", &line->roles);
            json_list(stdout, "sources", &line->sources);
            json_list(stdout, "purposes", &line->purposes);
            json_list(stdout, "fields", &line->fields);
            printf(",\"clause_before\":");
            json_text(stdout, line->clause_before);
            printf(",\"clause_after\":");
            json_text(stdout, line->clause_after);
        }
        printf("}");
    }
    printf("],\n\"cells\":%llu,\"cells_changed\":%llu,\"opens\":%s}\n",
           (unsigned long long)diff->cells, (unsigned long long)diff->cells_changed,
           policy_diff_opens(diff) ? "true" : "false");
}

/* ---- the command ---- */

static int compare(const struct options *options, const struct policy *before,
                   const struct policy *after) {
    OWN(arena_free) struct arena *arena = NULL;
    struct diag diag = {0};
    struct policy_diff diff;
    struct lg_err err = arena_new(LIMIT_POLICY_MEMORY, &arena);
    if (!lg_failed(err)) {
        err = policy_diff_make(before, after, arena, &diff);
    }
    if (lg_failed(err)) {
        diag_set(&diag, 0, "the versions differ in more ways than can be told");
        agreement_complain("The versions were not compared.", options->files[1], &diag,
                           "Compare smaller steps.");
        return EXIT_TOOL_FAILED;
    }
    if (options->json) {
        print_json(&diff);
    } else {
        print_text(&diff);
    }
    return policy_diff_opens(&diff) ? EXIT_TOOL_REFUSED : EXIT_TOOL_DONE;
}

int tool_agreement_diff(int argc, char **argv) {
    OWN(policy_free) struct policy *before = NULL;
    OWN(policy_free) struct policy *after = NULL;
    struct options options;
    struct isa_ground ground;
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    bool good = isa_ground_read(options.floor, options.statutes, &ground) &&
                isa_compile(options.files[0], &ground, &before) &&
                isa_compile(options.files[1], &ground, &after);
    isa_ground_done(&ground);
    return good ? compare(&options, before, after) : EXIT_TOOL_FAILED;
}
