/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the answer to an emergency waits for witnesses is said of each agreement; what is merely
 * called one waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/audit/witnessed.h"
#include "tests/support/line_glass.h"

#include <cmocka.h>

enum { AT_HOMES = 1U << LINE_HOMES };

static unsigned hurries;

static void on_hurry(void *ctx) {
    (void)ctx;
    hurries++;
}

/* Of answers under the agreement one witness has to know. at_once NULL: of emergencies too. */
static void quorum_set(struct line_world *w, const char *at_once) {
    static struct span agreement;
    static struct span let_go;
    static struct query_quorum quorum;
    agreement = span_text("line");
    let_go = span_text(at_once == NULL ? "" : at_once);
    quorum = (struct query_quorum){.agreements = &agreement,
                                   .agreement_count = 1,
                                   .at_once = &let_go,
                                   .at_once_count = at_once == NULL ? 0 : 1,
                                   .needed = 1,
                                   .hurry = on_hurry};
    hurries = 0;
    w->gateway.quorum = &quorum;
}

static bool waits(struct line_ask *ask) {
    line_ask_begin(ask);
    for (int i = 0; i < 400 && hurries == 0 && !ask->is_closed; i++) {
        line_settle(ask->world);
    }
    bool is_waiting = hurries > 0;
    for (int i = 0; i < 400 && !ask->is_closed; i++) {
        line_pass(ask->world, 50);
    }
    assert_true(ask->is_closed);
    return is_waiting;
}

static void an_emergency_waits_where_nothing_else_is_said(void **state) {
    static const char *const said[] = {NULL, "another"};
    struct line_world *w = *state;
    for (uint32_t i = 0; i < 2; i++) {
        struct person_id amy = line_person(w, 1 + i, AT_HOMES);
        quorum_set(w, said[i]);
        struct line_ask ask = line_glass_ask(w, &amy);
        assert_true(waits(&ask));
        assert_int_equal(ask.status, GRPC_UNAVAILABLE); /* no witness came */
    }
}

static void an_emergency_of_an_agreement_that_says_so_does_not(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    quorum_set(w, "line");
    struct line_ask ask = line_glass_ask(w, &amy);
    assert_false(waits(&ask));
    assert_int_equal(ask.status, GRPC_OK);
    assert_string_equal(line_glass_refusal(&ask), "");
}

/* One that the agreement does not take as such is no way around the witnesses. */
static void an_emergency_that_is_not_valid_waits(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    quorum_set(w, "line");
    struct line_ask ask = line_glass_ask(w, &amy);
    ask.question.emergency_reason = span_text("curiosity");
    assert_true(waits(&ask));
    ask = line_glass_ask(w, &amy);
    ask.question.emergency_declared = false;
    hurries = 0;
    assert_true(waits(&ask));
}

#define OF(test) cmocka_unit_test_setup_teardown(test, line_glass_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(an_emergency_waits_where_nothing_else_is_said),
        OF(an_emergency_of_an_agreement_that_says_so_does_not),
        OF(an_emergency_that_is_not_valid_waits),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
