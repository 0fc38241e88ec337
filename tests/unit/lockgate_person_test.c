/* SPDX-License-Identifier: Apache-2.0 */
/* What `lockgate person` takes: flags, identity files; and the receipts it writes. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/audit/audit.h"
#include "gateway/wire/disclosures.h"
#include "tests/support/support.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/person_print.h"

#include <cmocka.h>

#define FOLDER LOCKGATE_BUILD "/tests"

static bool read_words(struct person_options *options, const char *line) {
    static char copy[1024];
    char *argv[64];
    int argc = 0;
    (void)snprintf(copy, sizeof copy, "%s", line);
    char *rest = copy;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    return person_options_read(argc, argv, options);
}

#define WHOLE "--config c --identity i --purpose p --basis b --user u --role r"

static void flags_fill_the_question(void **state) {
    (void)state;
    struct person_options options;
    assert_true(read_words(&options, WHOLE " --case C --age child --no-consent would-prejudice "
                                           "--necessary n --detail --receipts d"));
    assert_string_equal(options.config, "c");
    assert_string_equal(options.receipts, "d");
    assert_true(span_equal_text(options.question.ground.purpose, "p"));
    assert_true(span_equal_text(options.question.ground.case_reference, "C"));
    assert_true(span_equal_text(options.question.ground.actor.role, "r"));
    assert_true(span_equal_text(options.question.reasons.necessary, "n"));
    assert_int_equal(options.question.age_class, AGE_CHILD);
    assert_int_equal(options.question.tier, TIER_DETAIL);
    assert_true(read_words(&options, WHOLE " --statement task --compelling-reason why "
                                           "--capacity cannot --capacity-basis seen --json"));
    assert_true(span_equal_text(options.question.statement, "task"));
    assert_true(span_equal_text(options.question.compelling_reason, "why"));
    assert_int_equal(options.question.deciding_capacity, CAPACITY_CANNOT);
    assert_true(span_equal_text(options.question.deciding_capacity_basis, "seen"));
    assert_true(options.json);
    assert_true(read_words(&options, WHOLE));
    assert_int_equal(options.question.deciding_capacity, CAPACITY_UNSTATED);
    assert_true(options.question.statement.len == 0);
    assert_int_equal(options.question.tier, TIER_HEADLINE);
    assert_int_equal(options.question.age_class, AGE_UNKNOWN);
}

static void wrong_flags_are_refused(void **state) {
    (void)state;
    struct person_options options;
    static const char *const LINES[] = {
        "",
        "--config c --identity i --purpose p --basis b --user u",
        WHOLE " --nonsense x",
        WHOLE " --capacity perhaps",
        WHOLE " --statement a --statement b",
        WHOLE " --case",
        WHOLE " --age old",
        WHOLE " stray",
    };
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        assert_false(read_words(&options, LINES[i]));
    }
}

static struct lg_err identity_of(const char *text, struct diag *diag, struct arena *arena,
                                 struct identity *out_identity) {
    FILE *file = fopen(FOLDER "/person_test", "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    *diag = (struct diag){.line = 0};
    return person_identity_read(FOLDER "/person_test", arena, diag, out_identity);
}

static void identity_files(void **state) {
    (void)state;
    struct diag diag;
    struct identity identity;
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    assert_false(lg_failed(identity_of("family-name: EXAMPLE\n given-name:Riley \n\nborn: "
                                       "2017-11-08\nscheme: nhs\nidentifier: 9990002932\n",
                                       &diag, arena, &identity)));
    assert_true(span_equal_text(identity.family_name, "EXAMPLE"));
    assert_true(span_equal_text(identity.given_name, "Riley"));
    assert_true(span_equal_text(identity.identifier, "9990002932"));
    assert_int_equal(identity.postcode.len, 0);
    assert_true(lg_failed(identity_of("born: 2017-11-08\nage: 9\n", &diag, arena, &identity)));
    assert_int_equal(diag.line, 2);
    assert_true(lg_failed(identity_of("born\n", &diag, arena, &identity)));
    static char large[8192];
    memset(large, 'a', sizeof large - 1);
    assert_true(lg_failed(identity_of(large, &diag, arena, &identity)));
    assert_true(lg_failed(person_identity_read(FOLDER "/none", arena, &diag, &identity)));
    arena_free(&arena);
}

static void receipts_are_what_verify_reads(void **state) {
    (void)state;
    struct arena *arena = NULL;
    struct diag diag = {.line = 0};
    size_t len = 0;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    struct extract extract = {.source = span_text("police"), .state = SOURCE_ANSWERED};
    struct span hash = span_text("01234567890123456789012345678901");
    struct reply_part part = {.receipt = {.index = 5,
                                          .leaf = span_text("a leaf"),
                                          .path = {.items = &hash, .count = 1},
                                          .salt = hash}};
    assert_false(lg_failed(wire_source_result_encode(arena, &extract, &part.result)));
    struct ask_reply reply = {
        .parts = &part, .part_count = 1, .checkpoint = span_text("log.example\n6\nAAAA\n\n")};
    assert_false(lg_failed(person_receipts_write(&reply, FOLDER "/receipts", arena, &diag)));
    char *text = support_file_read(FOLDER "/receipts", "police.proof", &len);
    assert_non_null(text);
    struct span rest = span_of(text, len);
    struct audit_proof proof;
    assert_false(lg_failed(audit_proof_read(&rest, arena, &proof)));
    assert_int_equal(proof.form.index, 5);
    assert_true(span_equal_text(proof.form.leaf, "a leaf"));
    char *bytes = support_file_read(FOLDER "/receipts", "police.part", &len);
    assert_non_null(bytes);
    assert_true(span_equal(span_of(bytes, len), part.result));
    assert_true(lg_failed(person_receipts_write(&reply, "/proc/none/such", arena, &diag)));
    assert_true(diag.text[0] != '\0');
    free(text);
    free(bytes);
    arena_free(&arena);
}

int main(void) {
    (void)mkdir(FOLDER, 0700);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_fill_the_question),
        cmocka_unit_test(wrong_flags_are_refused),
        cmocka_unit_test(identity_files),
        cmocka_unit_test(receipts_are_what_verify_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
