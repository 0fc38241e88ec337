/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to ask and by which reference: the table at the top of gateway/locate/targets.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/edge/edge.h"
#include "gateway/locate/locate.h"
#include "tests/support/store_support.h"

#include <cmocka.h>

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};

struct world {
    struct store_support s;
    struct vault_key *box_key;
    struct vault_box_public box;
    struct span otr;
    struct locate_source sources[2];
    struct locate_asker asker;
    struct located located;
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){0};
    struct world *w = &world;
    store_support_init(&w->s);
    assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &w->box_key)));
    w->box = vault_box_public(w->box_key);
    w->otr = span_text("otr");
    w->sources[0] = (struct locate_source){
        .agency = span_text("housing"), .enrolled_under = {&w->otr, 1}, .is_visible = true};
    w->sources[1] =
        (struct locate_source){.agency = span_text("health"), .enrolled_under = {&w->otr, 1}};
    w->asker = (struct locate_asker){.sources = w->sources, .source_count = 2};
    store_support_enrol(&w->s, "housing", 1, &amy);
    store_support_enrol(&w->s, "health", 2, &amy);
    w->located = (struct located){.is_known = true, .is_enough = true, .is_visible = true};
    assert_true(store_support_person(&w->s, "housing", 1, &w->located.person));
    *state = w;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    vault_key_free(&w->box_key);
    store_support_done(&w->s);
    return 0;
}

static struct locate_look look_of(struct world *w) {
    return (struct locate_look){.reader = w->s.reader, .asker = &w->asker, .arena = w->s.arena};
}

static struct locate_target target(struct world *w, const char *agency, enum locate_call call) {
    struct locate_target_query query = {
        .agency = span_text(agency), .call = call, .box = call == LOCATE_CALL_NO ? NULL : &w->box};
    const struct locate_look look = look_of(w);
    struct locate_target out;
    assert_false(lg_failed(locate_targets(&look, &w->located, &query, 1, &out)));
    assert_int_equal(out.reference.len, out.is_called ? STORE_REFERENCE_SIZE : 0);
    return out;
}

/* A decoy opens as one with the agency's key; the made-up rows' references are all one byte. */
static void expect_decoy(struct world *w, struct locate_target out) {
    assert_true(out.is_called && out.is_decoy);
    struct edge_reference opened;
    assert_false(lg_failed(edge_reference_open(w->box_key, out.reference, &opened)));
    assert_true(opened.is_decoy);
}

static void expect_real(struct locate_target out, uint8_t byte) {
    assert_true(out.is_called);
    assert_false(out.is_decoy);
    for (size_t i = 0; i < out.reference.len; i++) {
        assert_int_equal(out.reference.ptr[i], byte);
    }
}

static void the_table_holds_for_a_known_person(void **state) {
    struct world *w = *state;
    assert_false(target(w, "housing", LOCATE_CALL_NO).is_called);
    expect_real(target(w, "housing", LOCATE_CALL_HELD), 1);
    expect_real(target(w, "health", LOCATE_CALL_ALWAYS), 2);
    expect_decoy(w, target(w, "health", LOCATE_CALL_DECOY));
    assert_false(target(w, "police", LOCATE_CALL_HELD).is_called);
    expect_decoy(w, target(w, "police", LOCATE_CALL_ALWAYS));
}

static void for_nobody_hidden_sources_get_decoys(void **state) {
    struct world *w = *state;
    w->located = (struct located){.person = {{0xee}}};
    assert_false(target(w, "housing", LOCATE_CALL_HELD).is_called);
    expect_decoy(w, target(w, "health", LOCATE_CALL_ALWAYS));
    expect_decoy(w, target(w, "health", LOCATE_CALL_DECOY));
}

/* Bound by a hidden source alone: open ones are treated as if there were nobody. */
static void below_the_band_open_sources_show_nothing(void **state) {
    struct world *w = *state;
    w->located.is_enough = false;
    assert_false(target(w, "housing", LOCATE_CALL_HELD).is_called);
    expect_real(target(w, "health", LOCATE_CALL_ALWAYS), 2);
}

static void ended_enrolments_are_no_rows(void **state) {
    struct world *w = *state;
    w->sources[0].enrolled_under.count = 0;
    w->sources[1].enrolled_under.count = 0;
    assert_false(target(w, "housing", LOCATE_CALL_HELD).is_called);
    expect_decoy(w, target(w, "health", LOCATE_CALL_ALWAYS));
}

static void a_source_without_a_key_is_our_fault(void **state) {
    struct world *w = *state;
    struct locate_target_query query = {.agency = span_text("health"), .call = LOCATE_CALL_ALWAYS};
    const struct locate_look look = look_of(w);
    struct locate_target out;
    assert_int_equal(lg_err_class(locate_targets(&look, &w->located, &query, 1, &out)),
                     LG_CLASS_INTERNAL);
    static struct locate_target_query many[LOCATE_SOURCES_MAX + 1];
    static struct locate_target outs[LOCATE_SOURCES_MAX + 1];
    assert_false(lg_failed(locate_targets(&look, &w->located, many, LOCATE_SOURCES_MAX, outs)));
    assert_true(lg_failed(locate_targets(&look, &w->located, many, LOCATE_SOURCES_MAX + 1, outs)));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(the_table_holds_for_a_known_person),       CASE(for_nobody_hidden_sources_get_decoys),
        CASE(below_the_band_open_sources_show_nothing), CASE(ended_enrolments_are_no_rows),
        CASE(a_source_without_a_key_is_our_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
