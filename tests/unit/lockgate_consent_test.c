/* SPDX-License-Identifier: Apache-2.0 */
/* What `lockgate consent` takes: its flags, beside those of every command about a person. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"
#include "tools/lockgate/consent_options.h"

#include <cmocka.h>

#define WHOLE "--config c --identity i --purpose p --basis b --user u --role r"

static bool read_words(struct consent_options *options, bool wants_person, const char *line) {
    static char copy[4096];
    char *argv[128];
    int argc = 0;
    (void)snprintf(copy, sizeof copy, "%s", line);
    char *rest = copy;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    return consent_options_read(argc, argv, wants_person, options);
}

static void flags_fill_the_consent(void **state) {
    (void)state;
    struct consent_options options;
    assert_true(read_words(&options, true,
                           WHOLE " --kind confidentiality --state given --explicit --purposes a,b "
                                 "--categories c --recipients d,e,f --sources g --from 2026-01-01 "
                                 "--until 2026-02-01 --manner writing --representative deputy "
                                 "--representative-evidence COP-1 --evidence F-2 --language cy "
                                 "--format braille --proof out"));
    const struct consent *consent = &options.consent;
    assert_int_equal(consent->kind, CONSENT_KIND_CONFIDENTIALITY);
    assert_int_equal(consent->state, CONSENT_GIVEN);
    assert_true(consent->explicit_consent);
    assert_int_equal(consent->purposes.count, 2);
    assert_true(span_equal_text(consent->purposes.items[1], "b"));
    assert_int_equal(consent->recipients.count, 3);
    assert_true(span_equal_text(consent->sources.items[0], "g"));
    assert_true(span_equal_text(consent->until, "2026-02-01"));
    assert_int_equal(consent->how.manner, CONSENT_MANNER_WRITING);
    assert_int_equal(consent->how.representative, CONSENT_REPRESENTATIVE_DEPUTY);
    assert_true(span_equal_text(consent->how.representative_evidence, "COP-1"));
    assert_true(span_equal_text(consent->how.evidence, "F-2"));
    assert_true(span_equal_text(consent->how.language, "cy"));
    assert_int_equal(consent->how.format, CONSENT_FORMAT_BRAILLE);
    assert_string_equal(options.proof, "out");
    assert_string_equal(options.person.config, "c");
    assert_true(span_equal_text(options.person.question.ground.basis, "b"));
    assert_false(options.has_id);
}

static void notices_and_receipts_want_no_person(void **state) {
    (void)state;
    struct consent_options options;
    static const char ground[] = "--config c --purpose p --basis b --user u --role r ";
    char line[256];
    (void)snprintf(line, sizeof line, "%s--outstanding --of-source", ground);
    assert_true(read_words(&options, false, line));
    assert_true(options.outstanding_only && options.of_source && !options.acknowledges);
    assert_false(read_words(&options, true, line));
    (void)snprintf(line, sizeof line, "%s--acknowledge 000102030405060708090a0B0C0d0e0f", ground);
    assert_true(read_words(&options, false, line));
    assert_true(options.acknowledges && options.has_id);
    assert_int_equal(options.id.bytes[15], 15);
    (void)snprintf(line, sizeof line, "%s--id 000102030405060708090a0b0c0d0e0f", ground);
    assert_true(read_words(&options, false, line));
    assert_true(options.has_id && !options.acknowledges);
}

static void wrong_flags_are_refused(void **state) {
    (void)state;
    struct consent_options options;
    static const char *const lines[] = {
        "",
        WHOLE " --kind consent",
        WHOLE " --state maybe",
        WHOLE " --manner",
        WHOLE " --format small",
        WHOLE " --representative uncle",
        WHOLE " --id 00",
        WHOLE " --id zz0102030405060708090a0b0c0d0e0f",
        WHOLE " --nonsense x",
        "--config c --identity i --purpose p --basis b --user u",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_false(read_words(&options, true, lines[i]));
    }
    char many[1024];
    int used = snprintf(many, sizeof many, "%s --purposes ", WHOLE);
    for (size_t i = 0; i < CONSENT_LIST_MAX; i++) {
        used += snprintf(many + used, sizeof many - (size_t)used, "%sp%zu", i > 0 ? "," : "", i);
    }
    assert_true(read_words(&options, true, many));
    assert_int_equal(options.consent.purposes.count, CONSENT_LIST_MAX);
    (void)snprintf(many + used, sizeof many - (size_t)used, ",more");
    assert_false(read_words(&options, true, many));
}

static void every_state_has_a_word(void **state) {
    (void)state;
    struct consent consent = {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_SERVICE};
    assert_string_equal(consent_state_word(&consent), "refused");
    consent.kind = CONSENT_KIND_OBJECTION;
    assert_string_equal(consent_state_word(&consent), "stands");
    consent.state = CONSENT_WITHDRAWN;
    assert_string_equal(consent_state_word(&consent), "lifted");
    assert_string_equal(consent_kind_word(CONSENT_KIND_CONFIDENTIALITY), "confidentiality");
    assert_string_equal(consent_kind_word(CONSENT_KIND_END), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_fill_the_consent),
        cmocka_unit_test(notices_and_receipts_want_no_person),
        cmocka_unit_test(wrong_flags_are_refused),
        cmocka_unit_test(every_state_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
