/* SPDX-License-Identifier: Apache-2.0 */
/* Texts under the log's key: whoever has its verifier key can check them, and none can be taken for
 * a checkpoint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/audit/note.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

struct fixture {
    struct audit_support support;
    struct audit_log *log;
    struct arena *arena;
};

static int setup(void **state) {
    static struct fixture fixture;
    audit_support_init(&fixture.support);
    fixture.log = audit_support_open(&fixture.support);
    *state = &fixture;
    return lg_failed(arena_new(1 << 20, &fixture.arena)) ? 1 : 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    arena_free(&fixture->arena);
    audit_log_close(&fixture->log);
    audit_support_done(&fixture->support);
    return 0;
}

static bool is_refused(struct lg_err err) {
    return lg_err_same(err, lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_NOTE_FORMAT));
}

static void a_signed_text_can_be_checked(void **state) {
    struct fixture *fixture = *state;
    struct span note;
    struct audit_note parsed;
    struct audit_vkey vkey;
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    const struct span text = span_text("A notice\n\nof two paragraphs\n");
    assert_false(lg_failed(audit_text_sign(fixture->log, text, fixture->arena, &note)));
    assert_false(lg_failed(audit_note_read(note, &parsed)));
    assert_true(span_equal(parsed.body, text));
    audit_vkey_write(fixture->log, vkey_text);
    assert_false(lg_failed(audit_vkey_read(span_text(vkey_text), &vkey)));
    assert_false(lg_failed(audit_note_verify(&parsed, &vkey)));
    /* Another text under the same signature is not signed. */
    struct span spoilt = arena_copy(fixture->arena, note);
    ((char *)(uintptr_t)spoilt.ptr)[2] = 'N';
    assert_false(lg_failed(audit_note_read(spoilt, &parsed)));
    assert_true(lg_failed(audit_note_verify(&parsed, &vkey)));
}

static void what_is_no_text_is_not_signed(void **state) {
    struct fixture *fixture = *state;
    struct span note = span_of(NULL, 0);
    char checkpoint[256];
    static const char *const bad[] = {"no end of line", "", "a tab\tinside\n", "not UTF-8 \xff\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(
            is_refused(audit_text_sign(fixture->log, span_text(bad[i]), fixture->arena, &note)));
    }
    (void)snprintf(checkpoint, sizeof checkpoint, "%s\n7\n%s\n", fixture->support.config.origin,
                   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert_true(
        is_refused(audit_text_sign(fixture->log, span_text(checkpoint), fixture->arena, &note)));
    char *longest = malloc(AUDIT_TEXT_SIZE_MAX + 1);
    assert_non_null(longest);
    memset(longest, 'x', AUDIT_TEXT_SIZE_MAX + 1);
    longest[AUDIT_TEXT_SIZE_MAX] = '\n';
    assert_true(is_refused(audit_text_sign(fixture->log, span_of(longest, AUDIT_TEXT_SIZE_MAX + 1),
                                           fixture->arena, &note)));
    assert_int_equal(note.len, 0);
    assert_false(lg_failed(audit_text_sign(fixture->log, span_of(longest + 1, AUDIT_TEXT_SIZE_MAX),
                                           fixture->arena, &note)));
    free(longest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_signed_text_can_be_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_text_is_not_signed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
