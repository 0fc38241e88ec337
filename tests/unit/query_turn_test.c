/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a person that were read when they were located serve a grant of the same turn of the
 * loop, and no later one: what is granted anew reads them anew, for an enrolment may have gone or
 * an opt-out come. The linker puts the function below before the one that settles
 * (tests/unit/CMakeLists.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/consent/consent.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { SEEN_MAX = 16, AT_HOMES = 1U << LINE_HOMES };

/* With which rows each grant was made, and in which turn. */
struct settled {
    bool has_rows;
    size_t row_count;
    uint64_t turn;
};

static struct settled seen[SEEN_MAX];
static size_t seen_count;
static const struct loop *seen_loop;

struct lg_err __real_consent_settle(struct consent_counters *counters, struct store_reader *reader,
                                    const struct consent_question *question, struct arena *arena,
                                    const struct grant **out_grant);
struct lg_err __wrap_consent_settle(struct consent_counters *counters, struct store_reader *reader,
                                    const struct consent_question *question, struct arena *arena,
                                    const struct grant **out_grant);

struct lg_err __wrap_consent_settle(struct consent_counters *counters, struct store_reader *reader,
                                    const struct consent_question *question, struct arena *arena,
                                    const struct grant **out_grant) {
    assert_true(seen_count < SEEN_MAX);
    seen[seen_count++] =
        (struct settled){question->has_rows, question->row_count, loop_turn_number(seen_loop)};
    return __real_consent_settle(counters, reader, question, arena, out_grant);
}

static void keys_until_held(struct line_world *w) {
    for (int i = 0; i < 400 && w->keys.held_count == 0; i++) {
        line_settle(w);
    }
    assert_int_equal(w->keys.held_count, 1);
}

/* A question that waits for a key while consent is withdrawn, and is granted anew. */
static void a_later_grant_reads_the_rows_itself(void **state) {
    static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", "tenancy.arrears",
                                          "250", NULL};
    struct line_world *w = *state;
    struct span homes = span_text("homes");
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->keys.manner = LINE_HOLDS;
    seen_count = 0;
    seen_loop = w->worker.loop;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){&homes, 1};
    line_ask_begin(&ask);
    keys_until_held(w);
    size_t before = seen_count;
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    w->keys.manner = LINE_ANSWERS;
    line_keys_release(w);
    for (int i = 0; i < 400 && !ask.is_closed; i++) {
        line_settle(w);
    }
    assert_true(ask.is_closed);
    assert_string_equal(line_value(&ask, "homes", "tenancy.arrears"), "");
    assert_int_equal(before, 1);
    assert_true(seen[0].has_rows);
    assert_int_equal(seen[0].row_count, 1);
    assert_true(seen_count > before);
    for (size_t i = before; i < seen_count; i++) {
        assert_true(seen[i].turn > seen[0].turn);
        assert_false(seen[i].has_rows);
    }
}

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_later_grant_reads_the_rows_itself, line_world_open,
                                        line_world_close),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
