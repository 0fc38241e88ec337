/* SPDX-License-Identifier: Apache-2.0 */
/* A log that was found and has not begun: who may know more of it is asked in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "gateway/audit/audit.h"
#include "gateway/audit/witnessed.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

static int setup(void **state) {
    static struct audit_support support;
    audit_support_init(&support);
    *state = &support;
    return 0;
}

static int teardown(void **state) {
    audit_support_done(*state);
    return 0;
}

/* Who is asked whether they know more is shown what the newest flush signed, and nothing else. */
static void recovered_log_adds_nothing(void **state) {
    struct audit_support *support = *state;
    struct diag diag;
    struct audit_recovery recovery;
    struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(1);
    struct receipt *receipt = audit_support_commit_one(log, &fields); /* left open */
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    audit_log_close(&log);
    for (int turn = 0; turn < 2; turn++) {
        assert_false(lg_failed(audit_log_recover(&support->config, &diag, &log)));
        audit_checkpoint_read(log, text, &len);
        assert_true(span_equal(span_of(text, len), audit_receipt_checkpoint(receipt)));
        assert_int_equal(audit_size(log), 2);
        if (turn == 0) {
            audit_log_close(&log); /* the one who was asked knew more */
        }
    }
    assert_false(lg_failed(audit_log_begin(log, &diag, &recovery)));
    assert_int_equal(recovery.size, 2);
    assert_int_equal(recovery.questions_abandoned, 1);
    assert_int_equal(audit_size(log), 4);
    audit_receipt_free(&receipt);
    audit_log_close(&log);
}

static void frozen_log_does_not_begin(void **state) {
    struct audit_support *support = *state;
    struct diag diag;
    struct audit_log *log = NULL;
    assert_false(lg_failed(audit_log_recover(&support->config, &diag, &log)));
    audit_log_freeze(log, "larger-size");
    struct lg_err err = audit_log_begin(log, &diag, NULL);
    assert_int_equal(lg_err_code(err), AUDIT_FROZEN);
    assert_int_equal(audit_size(log), 0);
    audit_log_close(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(recovered_log_adds_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(frozen_log_does_not_begin, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
