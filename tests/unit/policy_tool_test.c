/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement check|format|show`: exit codes, which scripts depend on, and what they print.
 */
#define _DEFAULT_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"
#include "tests/support/support.h"
#include "tools/lockgate/agreement.h"
#include "tools/lockgate/exit.h"

#include <cmocka.h>

static const char AGREEMENT[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.isa";
static const char FLOOR[] = LOCKGATE_SOURCE "/tests/vectors/policy/floor.isa";
static const char CASES[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.cases.csv";
static const char LAW[] = LOCKGATE_SOURCE "/tests/vectors/policy/law.isa";
static const char REGISTER[] = LOCKGATE_SOURCE "/policy/register/uk.register";
static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy";

typedef int (*command)(int argc, char **argv);

static int run(command tool, const char *const words[static 5]) {
    char *argv[6] = {NULL};
    char copies[5][512];
    int argc = 0;
    for (; argc < 5 && words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    return tool(argc, argv);
}

static int check(const char *a, const char *b, const char *c, const char *d, const char *e) {
    return run(tool_agreement_check, (const char *[]){a, b, c, d, e});
}

static int format(const char *a, const char *b, const char *c) {
    return run(tool_agreement_format, (const char *[]){a, b, c, NULL, NULL});
}

static int show(const char *a, const char *b, const char *c) {
    return run(tool_agreement_show, (const char *[]){a, b, c, NULL, NULL});
}

/* ---- what is printed ---- */

static char folder[] = "/tmp/policy_tool_XXXXXX";

static int folder_make(void **state) {
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int folder_remove(void **state) {
    (void)state;
    return rmdir(folder);
}

static void path_of(const char *name, char out[static 600]) {
    snprintf(out, 600, "%s/%s", folder, name);
}

static void write_file(const char *name, const char *text) {
    char path[600];
    path_of(name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Runs a command with its output in a file, and gives the text; freed by the caller. */
static char *printed(command tool, const char *const words[static 5], int wanted) {
    char path[600];
    size_t len;
    path_of("out", path);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_true(kept >= 0);
    assert_non_null(freopen(path, "w", stdout));
    int code = run(tool, words);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
    char *text = support_file_read(folder, "out", &len);
    assert_non_null(text);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(code, wanted);
    return text;
}

static void expect_printed(command tool, const char *const words[static 5], int wanted,
                           const char *part) {
    char *text = printed(tool, words, wanted);
    if (strstr(text, part) == NULL) {
        fail_msg("%s\nlacks\n%s", text, part);
    }
    free(text);
}

static void done(void **state) {
    (void)state;
    assert_int_equal(check(AGREEMENT, NULL, NULL, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(check("--floor", FLOOR, AGREEMENT, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(check(AGREEMENT, "--cases", CASES, NULL, NULL), EXIT_TOOL_DONE);
}

/* The floor forbids what two of the cases expect. */
static void not_verified(void **state) {
    (void)state;
    assert_int_equal(check(AGREEMENT, "--floor", FLOOR, "--cases", CASES), EXIT_TOOL_NOT_VERIFIED);
}

static void usage(void **state) {
    (void)state;
    assert_int_equal(check(NULL, NULL, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check(AGREEMENT, AGREEMENT, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check(AGREEMENT, "--cases", NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check(AGREEMENT, "--case", CASES, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check("--cases", CASES, "--cases", CASES, AGREEMENT), EXIT_TOOL_USAGE);
}

static void failed(void **state) {
    (void)state;
    assert_int_equal(check("/nowhere/x.isa", NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(FOLDER, NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(CASES, NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(FLOOR, NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--floor", AGREEMENT, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--floor", "/dev/null", NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--cases", AGREEMENT, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--cases", "/nowhere", NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check("/dev/zero", NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
}

/* Findings have file, line, column, code and sentence; then the rule. */
static void findings_printed(void **state) {
    (void)state;
    char path[600];
    path_of("bad.isa", path);
    write_file("bad.isa", "isa 1\nagrement x\nparti y\n");
    char part[1500];
    snprintf(part, sizeof part,
             "%s:2:1: E01 `agrement` is not a kind of section; did you mean `agreement`?\n"
             "%s:3:1: E01 `parti` is not a kind of section; did you mean `party`?\n\nE01 Unknown",
             path, path);
    const char *const plain[] = {path, NULL, NULL, NULL, NULL};
    const char *const json[] = {path, "--json", NULL, NULL, NULL};
    expect_printed(tool_agreement_check, plain, EXIT_TOOL_FAILED, part);
    expect_printed(tool_agreement_check, json, EXIT_TOOL_FAILED,
                   "{\"agreement\":\"\",\"errors\":2,\"warnings\":0,\"more\":false,\"findings\":[\n"
                   "{\"code\":\"E01\",\"line\":2,\"column\":1,\"file\":\"");
    assert_int_equal(unlink(path), 0);
}

/* Doubts do not stop anything. */
static void doubts_printed(void **state) {
    (void)state;
    const char *const plain[] = {AGREEMENT, NULL, NULL, NULL, NULL};
    const char *const json[] = {AGREEMENT, "--json", "--cases", CASES, NULL};
    expect_printed(tool_agreement_check, plain, EXIT_TOOL_DONE, ": W07 ");
    expect_printed(tool_agreement_check, plain, EXIT_TOOL_DONE,
                   "\nwhole version 2: 4 parties, 6 roles, 5 purposes, 8 fields, 11 clauses\n");
    expect_printed(tool_agreement_check, json, EXIT_TOOL_DONE, "\"differences\":[\n],\"passed\":");
    const char *const law[] = {LAW, "--register", REGISTER, NULL, NULL};
    const char *const no_law[] = {LAW, NULL, NULL, NULL, NULL};
    expect_printed(tool_agreement_check, law, EXIT_TOOL_DONE, "does not name\n");
    expect_printed(tool_agreement_check, no_law, EXIT_TOOL_DONE, "was not looked up");
    assert_int_equal(check(LAW, "--register", LAW, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(LAW, "--register", "/nowhere", NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(LAW, "--register", NULL, NULL, NULL), EXIT_TOOL_USAGE);
    const char *const floored[] = {AGREEMENT, "--floor", FLOOR, "--cases", CASES};
    expect_printed(tool_agreement_check, floored, EXIT_TOOL_NOT_VERIFIED, "  expected ");
}

static void formatting(void **state) {
    (void)state;
    char path[600];
    char beside[700];
    struct stat was;
    size_t len;
    path_of("draft.isa", path);
    snprintf(beside, sizeof beside, "%s.new", path);
    write_file("draft.isa", "isa  1\npurpose p\n  title: A   title\n");
    assert_int_equal(chmod(path, 0600), 0);
    const char *const plain[] = {path, NULL, NULL, NULL, NULL};
    const char *const checked[] = {path, "--check", NULL, NULL, NULL};
    expect_printed(tool_agreement_format, plain, EXIT_TOOL_DONE,
                   "isa 1\n\npurpose p\n  title: A title\n");
    expect_printed(tool_agreement_format, checked, EXIT_TOOL_FAILED,
                   ":3:\n-  title: A   title\n+  title: A title\n");
    /* A file in the way is left alone. */
    write_file("draft.isa.new", "mine\n");
    assert_int_equal(format(path, "--write", NULL), EXIT_TOOL_FAILED);
    assert_int_equal(unlink(beside), 0);
    assert_int_equal(format(path, "--write", NULL), EXIT_TOOL_DONE);
    assert_int_equal(format(path, "--check", NULL), EXIT_TOOL_DONE);
    assert_int_equal(format("--write", path, NULL), EXIT_TOOL_DONE);
    char *text = support_file_read(folder, "draft.isa", &len);
    assert_string_equal(text, "isa 1\n\npurpose p\n  title: A title\n");
    assert_int_equal(stat(path, &was), 0);
    assert_int_equal(was.st_mode & 0777, 0600);
    assert_int_equal(stat(beside, &was), -1);
    free(text);
    write_file("draft.isa", "isa 1\npurpos p\n");
    assert_int_equal(format(path, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(format(path, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(format(NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(format(AGREEMENT, "--write", "--check"), EXIT_TOOL_USAGE);
    assert_int_equal(format(AGREEMENT, AGREEMENT, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(format(AGREEMENT, "--wrong", NULL), EXIT_TOOL_USAGE);
}

static void showing(void **state) {
    (void)state;
    static const char *const forms[][2] = {
        {"text", "INFORMATION SHARING AGREEMENT"},       {"schedule", "SCHEDULE OF DATA ITEMS"},
        {"processing", "agreement,version,clause"},      {"json", "{\"isa\":1,"},
        {"decision-form", "DATA SHARING DECISION FORM"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *const words[] = {AGREEMENT, "--as", forms[i][0], NULL, NULL};
        expect_printed(tool_agreement_show, words, EXIT_TOOL_DONE, forms[i][1]);
    }
    const char *const plain[] = {"--floor", FLOOR, AGREEMENT, NULL, NULL};
    expect_printed(tool_agreement_show, plain, EXIT_TOOL_DONE, "10. Signatures");
    const char *const lawful[] = {LAW, "--register", REGISTER, NULL, NULL};
    expect_printed(tool_agreement_show, lawful, EXIT_TOOL_DONE, "10. Signatures");
    assert_int_equal(show(LAW, "--register", AGREEMENT), EXIT_TOOL_FAILED);
    assert_int_equal(show(AGREEMENT, "--as", "poem"), EXIT_TOOL_USAGE);
    assert_int_equal(show(AGREEMENT, "--as", NULL), EXIT_TOOL_USAGE);
    assert_int_equal(show(NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(show(FLOOR, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(show("/nowhere/x.isa", NULL, NULL), EXIT_TOOL_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_printed),
        cmocka_unit_test(doubts_printed),
        cmocka_unit_test(formatting),
        cmocka_unit_test(showing),
        cmocka_unit_test(done),
        cmocka_unit_test(not_verified),
        cmocka_unit_test(usage),
        cmocka_unit_test(failed),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
