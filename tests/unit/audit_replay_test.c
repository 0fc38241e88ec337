/* SPDX-License-Identifier: Apache-2.0 */
/* A change that no key opens, when the log is replayed: erased, or of a key store that is older
 * than the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "tests/support/audit_support.h"

#include <cmocka.h>

static struct lg_err apply(void *ctx, const struct audit_change *changes, size_t count) {
    size_t *applied = ctx;
    (void)changes;
    *applied += count;
    return LG_OK;
}

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

struct destroyed {
    bool any;
    uint32_t quarter;
};

static struct lg_err no_key(void *ctx, uint32_t quarter, audit_on_key_fn on_key, void *on_ctx) {
    (void)ctx;
    (void)quarter;
    (void)on_key;
    (void)on_ctx;
    return LG_OK;
}

static struct destroyed destroyed_now;

static struct lg_err any_destroyed(void *ctx, uint32_t quarter, bool *out_any) {
    (void)ctx;
    destroyed_now.quarter = quarter;
    *out_any = destroyed_now.any;
    return LG_OK;
}

/* A consent whose key was destroyed is passed over; one whose key is merely not there is not, since
 * it may be one that ended. */
static void a_change_whose_key_is_lost_is_not_passed_over(void **state) {
    struct audit_support *support = *state;
    size_t applied = 0;
    size_t count = 9;
    support->config.apply = apply;
    support->config.apply_ctx = &applied;
    struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields consent = {.kind = AUDIT_CONSENT,
                                         .person = audit_support_person(support, 4),
                                         .sealed = span_text("withdrawn")};
    struct receipt *receipt = audit_support_commit_one(log, &consent);
    audit_receipt_free(&receipt);
    audit_log_close(&log);
    support->config.keys.each = no_key;
    support->config.keys.any_destroyed = any_destroyed;
    destroyed_now = (struct destroyed){.any = false};
    log = audit_support_open(support);
    applied = 0;
    struct lg_err err = audit_log_replay(log, 0, &count);
    assert_true(lg_err_same(err, lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_KEYS)));
    assert_int_equal(applied, 0);
    assert_int_equal(destroyed_now.quarter, audit_quarter(support->now_ms));
    destroyed_now.any = true;
    assert_false(lg_failed(audit_log_replay(log, 0, &count)));
    assert_int_equal(count, 0);
    assert_int_equal(applied, 0);
    audit_log_close(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_change_whose_key_is_lost_is_not_passed_over, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
