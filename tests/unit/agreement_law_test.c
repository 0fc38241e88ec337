/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that cite law are in force under a statute register only, and under the edition they name.
 */
#include "gateway/agreement/set.h"
#include "tests/unit/policy_law_fixture.h"

static struct lg_err make(const struct law *law, const struct policy_register *statutes,
                          struct diag *diag) {
    const struct agreement_ground ground = {.statutes = statutes};
    struct agreement_text *text = NULL;
    struct lg_err err = agreement_text_new(span_text(law->text), &ground, diag, &text);
    assert_int_equal(lg_failed(err), text == NULL);
    if (text != NULL) {
        assert_non_null(policy_law(agreement_text_policy(text)));
    }
    agreement_text_free(&text);
    return err;
}

static void register_is_needed(void **state) {
    struct law *law = *state;
    struct diag diag = {0};
    assert_false(lg_failed(make(law, law->statutes, &diag)));
    struct lg_err err = make(law, NULL, &diag);
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    assert_int_equal(lg_err_code(err), POLICY_TEXT_WRONG);
    assert_non_null(strstr(diag.text, "no statute register"));
}

static void edition_is_the_one_named(void **state) {
    struct law *law = *state;
    struct policy_register *other = NULL;
    struct diag diag = {0};
    char *at = strstr(law->register_text, "edition uk-2026-11");
    assert_non_null(at);
    at[strlen("edition uk-2026-1")] = '2';
    assert_false(lg_failed(policy_register_compile(span_text(law->register_text), &diag, &other)));
    at[strlen("edition uk-2026-1")] = '1';
    assert_true(lg_failed(make(law, other, &diag)));
    assert_non_null(strstr(diag.text, "uk-2026-12"));
    policy_register_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_is_needed),
        cmocka_unit_test(edition_is_the_one_named),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
