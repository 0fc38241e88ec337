/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement keygen` and `sign` offline: exit codes, and lines that verify. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/agreement/line.h"
#include "policy/policy.h"
#include "tests/support/support.h"
#include "tools/lockgate/agreement_sign.h"
#include "tools/lockgate/exit.h"

#include <cmocka.h>

enum { PATH_SIZE = 128, WORDS = 9 };

struct fixture {
    char folder[PATH_SIZE];
    char text[PATH_SIZE + 16];
    char signatures[PATH_SIZE + 16];
    char key[PATH_SIZE + 16];
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    size_t len = 0;
    assert_non_null(f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/lockgate-sign-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->text, sizeof f->text, "%s/whole.isa", f->folder);
    (void)snprintf(f->signatures, sizeof f->signatures, "%s/whole.sig", f->folder);
    (void)snprintf(f->key, sizeof f->key, "%s/party.key", f->folder);
    char *text = support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "whole.isa", &len);
    assert_non_null(text);
    FILE *file = fopen(f->text, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    free(text);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    (void)unlink(f->text);
    (void)unlink(f->signatures);
    (void)unlink(f->key);
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static int run(int (*tool)(int, char **), const char *const words[static WORDS]) {
    char copies[WORDS][256];
    char *argv[WORDS + 1] = {NULL};
    int argc = 0;
    for (; argc < WORDS && words[argc] != NULL; argc++) {
        (void)snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    return tool(argc, argv);
}

static int keygen(const char *const words[static WORDS]) {
    return run(tool_agreement_keygen, words);
}

static int sign(const char *const words[static WORDS]) {
    return run(tool_agreement_sign_file, words);
}

static void a_key_is_made_once(void **state) {
    struct fixture *f = *state;
    const char *const words[WORDS] = {"--key", f->key};
    struct stat info;
    assert_int_equal(keygen(words), EXIT_TOOL_DONE);
    assert_int_equal(stat(f->key, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(keygen(words), EXIT_TOOL_FAILED);
    assert_int_equal(keygen((const char *const[WORDS]){"--key"}), EXIT_TOOL_USAGE);
    assert_int_equal(keygen((const char *const[WORDS]){NULL}), EXIT_TOOL_USAGE);
    assert_int_equal(keygen((const char *const[WORDS]){"--key", "/nowhere/k"}), EXIT_TOOL_FAILED);
}

static void public_of(const struct fixture *f, struct vault_sign_public *out_key) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    const struct vault_file file = {.path = f->key};
    assert_false(lg_failed(vault_key_load(&file, VAULT_KIND_SIGN, NULL, &key)));
    *out_key = vault_sign_public(key);
}

static void lines_are_added_and_verify(void **state) {
    struct fixture *f = *state;
    size_t len = 0;
    struct vault_sign_public key;
    const char *const first[WORDS] = {f->text, "--party", "alpha", "--key", f->key};
    const char *const second[WORDS] = {"--party",  "beta",   "--key",    f->key, f->text,
                                       "--office", "Deputy", "--report", f->text};
    assert_int_equal(keygen((const char *const[WORDS]){"--key", f->key}), EXIT_TOOL_DONE);
    assert_int_equal(sign(first), EXIT_TOOL_DONE);
    assert_int_equal(sign(second), EXIT_TOOL_DONE);
    char *text = support_file_read(f->folder, "whole.sig", &len);
    assert_non_null(text);
    public_of(f, &key);
    struct span rest = span_of(text, len);
    struct span part;
    for (int i = 0; i < 2; i++) {
        struct agreement_line line;
        assert_true(span_split(&rest, '\n', &part));
        assert_false(lg_failed(agreement_line_read(part, &line)));
        assert_false(lg_failed(agreement_line_verify(&line, &key)));
        assert_int_equal(line.act, AGREEMENT_SIGN);
        assert_int_equal(line.has_report, i == 1);
        assert_int_equal(span_equal_text(line.office, "Deputy"), i == 1);
    }
    assert_int_equal(rest.len, 0);
    free(text);
}

static void what_cannot_be_signed(void **state) {
    struct fixture *f = *state;
    assert_int_equal(keygen((const char *const[WORDS]){"--key", f->key}), EXIT_TOOL_DONE);
    assert_int_equal(sign((const char *const[WORDS]){f->text}), EXIT_TOOL_USAGE);
    assert_int_equal(
        sign((const char *const[WORDS]){f->text, "--party", "alpha", "--key", f->key, "--x"}),
        EXIT_TOOL_USAGE);
    assert_int_equal(
        sign((const char *const[WORDS]){f->text, "--party", "nobody", "--key", f->key}),
        EXIT_TOOL_FAILED);
    assert_int_equal(
        sign((const char *const[WORDS]){f->text, "--party", "alpha", "--key", "/nowhere"}),
        EXIT_TOOL_FAILED);
    assert_int_equal(
        sign((const char *const[WORDS]){"/nowhere", "--party", "alpha", "--key", f->key}),
        EXIT_TOOL_FAILED);
    assert_int_equal(sign((const char *const[WORDS]){f->key, "--party", "alpha", "--key", f->key}),
                     EXIT_TOOL_FAILED);
    assert_int_equal(sign((const char *const[WORDS]){f->text, "--party", "alpha", "--key", f->key,
                                                     "--office", "a\tb"}),
                     EXIT_TOOL_FAILED);
    assert_int_not_equal(access(f->signatures, F_OK), 0);
}

static void paths_of_signatures(void **state) {
    (void)state;
    char path[AGREEMENT_SIGN_PATH];
    char longest[AGREEMENT_SIGN_PATH + 1];
    assert_true(agreement_sign_path("a/b.isa", path));
    assert_string_equal(path, "a/b.sig");
    assert_true(agreement_sign_path(".isa", path));
    assert_string_equal(path, ".isa.sig");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(agreement_sign_path(longest, path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_made_once, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_are_added_and_verify, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_signed, setup, teardown),
        cmocka_unit_test(paths_of_signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
