/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told when a person's word ends what was shared (UK GDPR, Articles 19 and 21): also about
 * people whom an answer named, and after an objection where one would have stopped the sharing. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/consent/use.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_SCHOOL = 1U << LINE_SCHOOL,
};

static const char *const schooling[] = {"schooling.attendance", "91", NULL};
static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", NULL};
static const char *const repairs[] = {"repairs.visit", "2026-01-02", NULL};

/* What the next questions say of an objection. */
static struct span compelling;

static void ask_one(struct line_world *w, const struct person_id *person, const char *source,
                    const char *item, struct line_ask *out_ask) {
    struct span *names = arena_array(w->arena, 2, sizeof *names);
    assert_non_null(names);
    names[0] = span_text(source);
    names[1] = span_text(item);
    *out_ask = line_ask_of(w, QUERY_ASK, line_handle(w, person, true));
    out_ask->question.sources = (struct span_list){&names[0], 1};
    out_ask->question.items = (struct span_list){&names[1], 1};
    out_ask->question.compelling_reason = compelling;
    line_ask_run(out_ask, false);
    assert_int_equal(out_ask->status, GRPC_OK);
}

static size_t notices_read(struct line_world *w, struct consent_notice **out_notices) {
    const struct consent_notice_look look = {.reader = w->worker.reader,
                                             .party = span_text("care")};
    size_t count = 0;
    struct span next = span_text("?");
    assert_false(lg_failed(consent_notices_read(&look, w->arena, out_notices, &count, &next)));
    assert_int_equal(next.len, 0);
    return count;
}

static void care_is_told_of_a_linked_person_who_withdraws(void **state) {
    struct line_world *w = *state;
    static const uint32_t links[] = {2};
    struct consent_notice *notices = NULL;
    struct line_ask ask;
    struct person_id amy = line_person(w, 1, AT_SCHOOL);
    struct person_id ben = line_person(w, 2, AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    line_consent(w, &ben, CONSENT_GIVEN, NULL);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, links, 1);
    ask_one(w, &amy, "school", "schooling.attendance", &ask);
    assert_int_equal(line_part_of(&ask, "school")->extract.records[0].link_count, 1);
    assert_int_equal(notices_read(w, &notices), 0);
    line_consent(w, &ben, CONSENT_WITHDRAWN, NULL);
    assert_int_equal(notices_read(w, &notices), 1);
    assert_memory_equal(&notices[0].person, &ben, sizeof ben);
    assert_int_equal(notices[0].item_count, 1);
    assert_true(span_equal_text(notices[0].items[0].category, "schooling"));
    /* The entry of the line that named him, whose receipt care has. */
    struct audit_entry entry;
    assert_false(lg_failed(audit_entry_decode(line_part_of(&ask, "school")->leaf, &entry)));
    struct span leaf;
    assert_false(lg_failed(
        audit_entry_get(w->gateway.log, notices[0].items[0].released_index, w->arena, &leaf)));
    assert_true(span_equal(leaf, line_part_of(&ask, "school")->leaf));
    /* Hers is another's. */
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    assert_int_equal(notices_read(w, &notices), 2);
}

/* Something of him may be shown without his word: then that he is linked does not rest on it. */
static void a_link_that_stands_without_consent_makes_no_notice(void **state) {
    struct line_world *w = *state;
    static const uint32_t links[] = {2};
    struct consent_notice *notices = NULL;
    struct line_ask ask;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct person_id ben = line_person(w, 2, AT_HOMES);
    line_consent(w, &ben, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, links, 1);
    struct span items[] = {span_text("tenancy.address"), span_text("tenancy.arrears")};
    struct span source = span_text("homes");
    ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){&source, 1};
    ask.question.items = (struct span_list){items, 2};
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "homes")->extract.records[0].link_count, 1);
    line_consent(w, &ben, CONSENT_WITHDRAWN, NULL);
    assert_int_equal(notices_read(w, &notices), 0);
}

/* Each objection ends what was shared since the one before was lifted. */
static void an_objection_is_told_to_who_received(void **state) {
    struct line_world *w = *state;
    struct consent_notice *notices = NULL;
    struct line_ask ask;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, repairs, NULL, 0);
    for (size_t i = 1; i <= 2; i++) {
        ask_one(w, &amy, "homes", "repairs.visit", &ask);
        assert_string_equal(line_value(&ask, "homes", "repairs.visit"), "2026-01-02");
        uint64_t size = audit_size(w->gateway.log);
        ask_one(w, &amy, "homes", "repairs.visit", &ask); /* again: nothing new to note */
        assert_int_equal(audit_size(w->gateway.log) - size, 2);
        assert_int_equal(notices_read(w, &notices), i - 1);
        line_consent_of(w, &amy, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
        assert_int_equal(notices_read(w, &notices), i);
        assert_int_equal(notices[i - 1].key.kind, CONSENT_KIND_OBJECTION);
        assert_true(span_equal_text(notices[i - 1].items[0].category, "repairs"));
        ask_one(w, &amy, "homes", "repairs.visit", &ask);
        assert_int_equal(line_part_of(&ask, "homes")->extract.record_count, 0);
        line_consent_of(w, &amy, CONSENT_KIND_OBJECTION, CONSENT_WITHDRAWN);
    }
    /* Over one that stands, for grounds that were recorded: another objection ends nothing of that.
     */
    line_consent_of(w, &amy, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    compelling = span_text("The other tenant was hurt twice.");
    ask_one(w, &amy, "homes", "repairs.visit", &ask);
    compelling = span_of(NULL, 0);
    assert_string_equal(line_value(&ask, "homes", "repairs.visit"), "2026-01-02");
    line_consent_of(w, &amy, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    assert_int_equal(notices_read(w, &notices), 2);
    line_consent_of(w, &amy, CONSENT_KIND_OBJECTION, CONSENT_WITHDRAWN);
    /* Where an objection would not have stopped it, there is nothing to tell. */
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    ask_one(w, &amy, "homes", "tenancy.address", &ask);
    line_consent_of(w, &amy, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    assert_int_equal(notices_read(w, &notices), 2);
}

/* So does each refusal where nobody needs to ask, since what is given later lifts it. */
static void a_refusal_like_an_objection_is_told_to_who_received(void **state) {
    struct line_world *w = *state;
    struct consent_notice *notices = NULL;
    struct line_ask ask;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, repairs, NULL, 0);
    for (size_t i = 1; i <= 2; i++) {
        ask_one(w, &amy, "homes", "repairs.visit", &ask);
        assert_string_equal(line_value(&ask, "homes", "repairs.visit"), "2026-01-02");
        line_consent_of(w, &amy, CONSENT_KIND_BASIS, i == 1 ? CONSENT_REFUSED : CONSENT_WITHDRAWN);
        assert_int_equal(notices_read(w, &notices), i);
        assert_int_equal(notices[i - 1].key.kind, CONSENT_KIND_OBJECTION);
        ask_one(w, &amy, "homes", "repairs.visit", &ask);
        assert_int_equal(line_part_of(&ask, "homes")->extract.record_count, 0);
        line_consent_of(w, &amy, CONSENT_KIND_BASIS, CONSENT_GIVEN);
    }
}

/* A person's capacity is known where it is said; silence is no word. */
static void capacity_is_what_was_said(void **state) {
    struct line_world *w = *state;
    static const enum policy_capacity wanted[] = {
        [CAPACITY_UNSTATED] = POLICY_CAPACITY_NOT_KNOWN,
        [CAPACITY_CAN] = POLICY_CAPACITY_HAS,
        [CAPACITY_CANNOT] = POLICY_CAPACITY_LACKS,
        [CAPACITY_NOT_KNOWN] = POLICY_CAPACITY_NOT_KNOWN,
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct question question = {.deciding_capacity = (enum capacity)i};
        const struct policy_request request = query_policy_request(&w->caller, &question, 0);
        assert_int_equal(request.capacity, wanted[i]);
        assert_false(request.has_compelling_reason);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(care_is_told_of_a_linked_person_who_withdraws),
        T(a_link_that_stands_without_consent_makes_no_notice),
        T(an_objection_is_told_to_who_received),
        T(a_refusal_like_an_objection_is_told_to_who_received),
        T(capacity_is_what_was_said),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
