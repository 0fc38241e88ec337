/* SPDX-License-Identifier: Apache-2.0 */
/* `agreement check`. */
#include "tools/lockgate/agreement.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/cases/cases.h"
#include "policy/lint/lint.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/agreement_findings.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/isa.h"
#include "tools/lockgate/json.h"
#include "tools/lockgate/options.h"

/* A case file of this size holds some 100,000 cases. */
enum { CASES_SIZE_MAX = 33554432 };

struct options {
    const char *file;
    const char *floor;
    const char *cases;
    const char *statutes;
    bool json;
};

static bool parse(int argc, char **argv, struct options *out_options) {
    struct options options = {0};
    const struct option rows[] = {{.text = &options.file},
                                  {"--floor", .text = &options.floor},
                                  {"--cases", .text = &options.cases},
                                  {"--register", .text = &options.statutes},
                                  {"--json", .is_set = &options.json}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
    }
    if (options.file == NULL) {
        fprintf(stderr, "No agreement is named.\n");
        return false;
    }
    *out_options = options;
    return true;
}

/* ---- cases ---- */

/* Where differences go, and how many objects were written so far. */
struct differences {
    bool json;
    uint32_t count;
};

static void print_difference(void *ctx, struct span id, const char *column, struct span expected,
                             struct span got) {
    struct differences *differences = ctx;
    if (differences->json) {
        fputs(differences->count++ > 0 ? ",\n{\"case\":" : "\n{\"case\":", stdout);
        json_text(stdout, id);
        fprintf(stdout, ",\"column\":\"%s\",\"expected\":", column);
        json_text(stdout, expected);
        fputs(",\"got\":", stdout);
        json_text(stdout, got);
        fputc('}', stdout);
        return;
    }
    expected = expected.len == 0 ? span_text("nothing") : expected;
    got = got.len == 0 ? span_text("nothing") : got;
    printf("%.*s  %s  expected %.*s  got %.*s\n", (int)id.len,
           id.len == 0 ? "" : (const char *)id.ptr, column, (int)expected.len,
           (const char *)expected.ptr, (int)got.len, (const char *)got.ptr);
}

static int run_cases(const struct policy *policy, const struct options *options) {
    struct agreement_file file = {0};
    struct diag diag = {0};
    struct policy_cases_result result = {0};
    struct differences differences = {.json = options->json};
    const struct policy_cases_watch watch = {.on_difference = print_difference,
                                             .ctx = &differences};
    if (!agreement_input_read(options->cases, CASES_SIZE_MAX, &file)) {
        return EXIT_TOOL_FAILED;
    }
    fputs(options->json ? ",\"differences\":[" : "", stdout);
    struct lg_err err = policy_cases_run(policy, file.bytes, &watch, &diag, &result);
    agreement_input_done(&file);
    fputs(options->json ? "\n]" : "", stdout);
    if (lg_failed(err)) {
        if (diag.text[0] == 0) {
            diag_set(&diag, 0, "memory is used up");
        }
        agreement_complain("The cases were not run.", options->cases, &diag,
                           "Correct the line and run it again.");
        return EXIT_TOOL_FAILED;
    }
    printf(options->json ? ",\"passed\":%u,\"failed\":%u" : "%u passed, %u failed\n",
           (unsigned)result.passed, (unsigned)result.failed);
    return result.failed == 0 ? EXIT_TOOL_DONE : EXIT_TOOL_NOT_VERIFIED;
}

/* ---- the check ---- */

static void print_summary(const struct policy *policy) {
    printf("%.*s version %u: %zu parties, %zu roles, %zu purposes, %zu fields, %zu clauses\n",
           (int)policy_id(policy).len, (const char *)policy_id(policy).ptr,
           (unsigned)policy_version(policy), policy_party_count(policy), policy_role_count(policy),
           policy_purpose_count(policy), policy_field_count(policy), policy_clause_count(policy));
}

static int print_all(const struct options *options, const struct policy *policy,
                     const struct policy_findings *findings) {
    const struct finding_files files = {options->file, options->floor};
    int code = policy == NULL ? EXIT_TOOL_FAILED : EXIT_TOOL_DONE;
    if (options->json) {
        fputs("{\"agreement\":", stdout);
        json_text(stdout, policy == NULL ? span_text("") : policy_id(policy));
        fputc(',', stdout);
        findings_print_json(stdout, findings, &files);
    } else {
        findings_print(stdout, findings, &files);
    }
    if (policy != NULL && !options->json) {
        fputs(findings->count > 0 ? "\n" : "", stdout);
        print_summary(policy);
    }
    if (policy != NULL && options->cases != NULL) {
        code = run_cases(policy, options);
    }
    fputs(options->json ? "}\n" : "", stdout);
    return code;
}

static int check_in(const struct options *options, struct span text,
                    const struct isa_ground *ground, struct arena *arena) {
    OWN(policy_free) struct policy *policy = NULL;
    struct policy_findings findings;
    struct diag diag = {0};
    struct lg_err err = policy_findings_init(&findings, arena);
    if (!lg_failed(err)) {
        err = policy_check_law(text, ground->floor.bytes, ground->statutes, &findings, &policy);
    }
    if (!lg_failed(err)) {
        err = policy_lint(policy, &findings);
    }
    if (lg_failed(err) && lg_err_class(err) != LG_CLASS_CONFIG) {
        diag_set(&diag, 0, "it needs more memory than there is or is allowed");
        agreement_complain("The agreement was not checked.", options->file, &diag,
                           "Split the agreement.");
        return EXIT_TOOL_FAILED;
    }
    int code = print_all(options, policy, &findings);
    if (policy == NULL) {
        fprintf(stderr,
                "\nThe agreement cannot be evaluated: %u found.\n"
                "Nothing is shared under it as it is.\n"
                "Correct what is found and check again.\n",
                (unsigned)findings_errors(&findings));
    }
    return code;
}

static int check(const struct options *options, struct span text, const struct isa_ground *ground) {
    OWN(arena_free) struct arena *arena = NULL;
    if (lg_failed(arena_new(LIMIT_POLICY_MEMORY, &arena))) {
        fprintf(stderr, "The agreement was not checked.\nMemory is used up.\nTry again later.\n");
        return EXIT_TOOL_FAILED;
    }
    return check_in(options, text, ground, arena);
}

int tool_agreement_check(int argc, char **argv) {
    struct options options;
    struct agreement_file file = {0};
    struct isa_ground ground = {0};
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    bool good = agreement_input_read(options.file, LIMIT_POLICY_TEXT_SIZE, &file) &&
                isa_ground_read(options.floor, options.statutes, &ground);
    int code = good ? check(&options, file.bytes, &ground) : EXIT_TOOL_FAILED;
    agreement_input_done(&file);
    isa_ground_done(&ground);
    return code;
}
