/* SPDX-License-Identifier: Apache-2.0 */
/* Stops: entries there and back, whom they stop, lists, a store opened again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/access/access.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

struct world {
    struct store_support s;
    uint64_t size;
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){.size = 1}; /* the log's first entry is its own */
    store_support_init(&world.s);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(&((struct world *)*state)->s);
    return 0;
}

/* What stands on this scope now. */
static uint64_t standing(struct world *w, const char *agency, const char *system,
                         const char *user) {
    const struct access_whom whom = {span_text(agency), span_text(system), span_text(user)};
    struct access_stop stop;
    uint64_t index = 0;
    assert_false(lg_failed(access_standing(w->s.reader, &whom, w->s.arena, &index, &stop)));
    return index;
}

static void commit_as(struct world *w, struct access_stop stop) {
    struct span body;
    struct store_stop row;
    stop.at_ms = 1000;
    stop.reason = span_text("Looks at people whom no case is about.");
    assert_false(lg_failed(access_stop_encode(&stop, w->s.arena, &body)));
    assert_false(lg_failed(access_row_make(w->s.store, w->size, body, &row)));
    w->size++;
    const struct store_changes changes = {.stops = &row, .stop_count = 1, .through = w->size};
    assert_false(lg_failed(store_changes_apply(w->s.store, &changes)));
}

static void commit(struct world *w, const char *agency, const char *system, const char *user,
                   bool is_lifted) {
    const struct access_stop stop = {
        .whom = {span_text(agency), span_text(system), span_text(user)},
        .is_lifted = is_lifted,
        .replaces = standing(w, agency, system, user),
        .by_agency = span_text("hub"),
        .by_user = span_text("officer-1"),
    };
    commit_as(w, stop);
}

static bool is_stopped(struct world *w, const char *agency, const char *system, const char *user) {
    const struct caller caller = {
        .agency = span_text(agency), .system = span_text(system), .user_id = span_text(user)};
    bool stopped = false;
    assert_false(lg_failed(access_check(w->s.reader, &caller, &stopped)));
    return stopped;
}

static void nobody_is_stopped_at_first(void **state) {
    struct world *w = *state;
    assert_false(store_has_stops(w->s.store));
    assert_false(is_stopped(w, "police", "cases", "user-1"));
}

static void a_person_is_stopped_on_every_system(void **state) {
    struct world *w = *state;
    commit(w, "police", "", "user-1", false);
    assert_true(is_stopped(w, "police", "cases", "user-1"));
    assert_true(is_stopped(w, "police", "console", "user-1"));
    assert_false(is_stopped(w, "police", "cases", "user-2"));
    assert_false(is_stopped(w, "homes", "cases", "user-1"));
    commit(w, "police", "", "user-1", true);
    assert_false(is_stopped(w, "police", "cases", "user-1"));
}

static void a_system_and_an_agency_stop_everybody_behind_them(void **state) {
    struct world *w = *state;
    commit(w, "police", "cases", "", false);
    assert_true(is_stopped(w, "police", "cases", "user-1"));
    assert_false(is_stopped(w, "police", "console", "user-1"));
    commit(w, "homes", "", "", false);
    assert_true(is_stopped(w, "homes", "cases", "user-1"));
    /* Lifting one leaves the other. */
    commit(w, "police", "cases", "", true);
    assert_false(is_stopped(w, "police", "cases", "user-1"));
    assert_true(is_stopped(w, "homes", "console", "user-9"));
    /* A person and a system of one name are two. */
    commit(w, "police", "", "cases", false);
    assert_false(is_stopped(w, "police", "cases", "user-1"));
    assert_true(is_stopped(w, "police", "console", "cases"));
}

static void stops_outlive_the_program(void **state) {
    struct world *w = *state;
    commit(w, "police", "", "user-1", false);
    store_support_reopen(&w->s);
    assert_true(store_has_stops(w->s.store));
    assert_true(is_stopped(w, "police", "cases", "user-1"));
    assert_false(store_support_folder_has(&w->s, span_text("user-1")));
}

static void each_agency_lists_its_own(void **state) {
    struct world *w = *state;
    struct store_stop *stops = NULL;
    size_t count = 0;
    commit(w, "police", "", "user-1", false);
    commit(w, "homes", "cases", "", false);
    assert_false(
        lg_failed(store_stops_list(w->s.reader, span_text("police"), w->s.arena, &stops, &count)));
    assert_int_equal(count, 1);
    struct access_stop stop;
    assert_false(lg_failed(access_stop_decode(stops[0].body, &stop)));
    assert_true(span_equal_text(stop.whom.user_id, "user-1"));
    assert_true(span_equal_text(stop.by_user, "officer-1"));
    assert_false(
        lg_failed(store_stops_list(w->s.reader, span_of(NULL, 0), w->s.arena, &stops, &count)));
    assert_int_equal(count, 2);
}

static enum access_fault fault_of(const struct access_change *change, const char *system,
                                  const char *user) {
    struct access_change copy = *change;
    const struct caller caller = {.agency = span_text(change->is_host ? "hub" : "police"),
                                  .system = span_text(system),
                                  .user_id = span_text(user)};
    copy.caller = &caller;
    return access_change_check(&copy);
}

static void a_stop_of_the_host_is_not_lifted_by_the_stopped(void **state) {
    (void)state;
    struct access_change change = {.whom = {span_text("police"), span_text(""), span_text("u")},
                                   .is_lifted = true};
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_NONE);
    change.is_of_the_host = true;
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_HOSTS);
    change.is_lifted = false; /* nor made their own first */
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_HOSTS);
    change.is_host = true;
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_NONE);
    change.is_lifted = true;
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_NONE);
    change = (struct access_change){.whom = {.agency = span_text("homes")}};
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_FOREIGN);
}

static void nobody_lifts_what_covers_them(void **state) {
    (void)state;
    struct access_change change = {.whom = {.agency = span_text("police")}, .is_lifted = true};
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_SELF);
    change.whom.system = span_text("officer");
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_SELF);
    assert_int_equal(fault_of(&change, "officer-2", "ig-1"), ACCESS_FAULT_NONE);
    change.whom = (struct access_whom){span_text("police"), span_text(""), span_text("ig-1")};
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_SELF);
    assert_int_equal(fault_of(&change, "officer", "ig-2"), ACCESS_FAULT_NONE);
    change.is_lifted = false;
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_NONE);
}

static void the_host_does_not_lock_itself_out(void **state) {
    (void)state;
    struct access_change change = {.whom = {.agency = span_text("hub")}, .is_host = true};
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_NONE);
    change.whom.system = span_text("officer");
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_LAST);
    assert_int_equal(fault_of(&change, "officer-2", "ig-1"), ACCESS_FAULT_NONE);
    change.is_lifted = true;
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_SELF);
    change.whom.system = span_text("");
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_NONE);
}

static bool is_officer_stopped(struct world *w, const char *system, const char *user) {
    const struct caller caller = {
        .agency = span_text("police"), .system = span_text(system), .user_id = span_text(user)};
    bool stopped = false;
    assert_false(lg_failed(access_officer_check(w->s.reader, &caller, &stopped)));
    return stopped;
}

static void an_officer_is_stopped_by_name_and_by_system(void **state) {
    struct world *w = *state;
    commit(w, "police", "", "", false);
    assert_false(is_officer_stopped(w, "officer", "ig-1"));
    commit(w, "police", "officer", "", false);
    assert_true(is_officer_stopped(w, "officer", "ig-1"));
    assert_true(is_officer_stopped(w, "officer", "ig-2"));
    assert_false(is_officer_stopped(w, "officer-2", "ig-1"));
    commit(w, "police", "", "ig-1", false);
    assert_true(is_officer_stopped(w, "officer-2", "ig-1"));
}

static void what_stands_is_read_with_who_stopped_it(void **state) {
    struct world *w = *state;
    const struct access_whom whom = {.agency = span_text("police"), .user_id = span_text("user-1")};
    struct access_stop stop = {.at_ms = 0};
    uint64_t index = 9;
    assert_false(lg_failed(access_standing(w->s.reader, &whom, w->s.arena, &index, &stop)));
    assert_int_equal(index, 0);
    commit(w, "police", "", "user-1", false);
    assert_false(lg_failed(access_standing(w->s.reader, &whom, w->s.arena, &index, &stop)));
    assert_int_equal(index, w->size - 1);
    assert_true(span_equal_text(stop.by_agency, "hub"));
    OWN(arena_free) struct arena *small = NULL;
    assert_false(lg_failed(arena_new(1, &small)));
    assert_true(lg_failed(access_standing(w->s.reader, &whom, small, &index, &stop)));
}

/* An officer's stop or its end that was allowed before the host's came, and is put in order after
 * it; of two officers' the first counts as well. The host's always does. */
static void a_change_in_flight_does_not_undo_another(void **state) {
    struct world *w = *state;
    struct access_stop own = {.whom = {.agency = span_text("police"), .user_id = span_text("u-1")},
                              .by_agency = span_text("police")};
    struct access_stop host = own;
    struct access_stop lift = own;
    host.by_agency = span_text("hub");
    host.is_firm = true;
    lift.is_lifted = true;
    commit_as(w, own);
    own.replaces = lift.replaces = standing(w, "police", "", "u-1");
    commit_as(w, host); /* in ignorance of it: replaces 0 */
    uint64_t hosts = standing(w, "police", "", "u-1");
    assert_int_equal(hosts, w->size - 1);
    commit_as(w, own);
    assert_int_equal(standing(w, "police", "", "u-1"), hosts);
    commit_as(w, lift);
    assert_int_equal(standing(w, "police", "", "u-1"), hosts);
    own.replaces = 0; /* asked for when nothing stood */
    commit_as(w, own);
    assert_int_equal(standing(w, "police", "", "u-1"), hosts);
    lift.replaces = hosts;
    commit_as(w, lift);
    assert_int_equal(standing(w, "police", "", "u-1"), 0);
    own.replaces = hosts; /* it was lifted meanwhile: whoever stops, stops */
    commit_as(w, own);
    assert_int_equal(standing(w, "police", "", "u-1"), w->size - 1);
}

static void a_person_is_stopped_in_upper_and_lower_case(void **state) {
    struct world *w = *state;
    commit(w, "police", "", "User-1", false);
    assert_true(is_stopped(w, "police", "cases", "uSER-1"));
    assert_false(is_stopped(w, "police", "cases", "user-2"));
    commit(w, "police", "", "user-1", true);
    assert_false(is_stopped(w, "police", "cases", "User-1"));
    struct access_change change = {
        .whom = {.agency = span_text("police"), .user_id = span_text("IG-1")}, .is_lifted = true};
    assert_int_equal(fault_of(&change, "officer", "ig-1"), ACCESS_FAULT_SELF);
}

static void bodies_outside_their_range_are_refused(void **state) {
    struct world *w = *state;
    struct access_stop stop = {.whom = {.agency = span_text("police")}};
    struct span body;
    assert_false(lg_failed(access_stop_encode(&stop, w->s.arena, &body)));
    for (size_t len = 0; len < body.len; len++) {
        assert_true(lg_failed(access_stop_decode(span_of(body.ptr, len), &stop)));
    }
    stop = (struct access_stop){.whom = {.system = span_text("cases")}};
    assert_true(lg_failed(access_stop_encode(&stop, w->s.arena, &body)));
    stop = (struct access_stop){.whom = {.agency = span_text("police")}, .replaces = UINT64_MAX};
    assert_true(lg_failed(access_stop_encode(&stop, w->s.arena, &body)));
    stop.replaces = 0;
    stop.whom = (struct access_whom){span_text("police"), span_text("cases"), span_text("u")};
    assert_true(lg_failed(access_stop_encode(&stop, w->s.arena, &body)));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(nobody_is_stopped_at_first),
        CASE(a_person_is_stopped_on_every_system),
        CASE(a_system_and_an_agency_stop_everybody_behind_them),
        CASE(stops_outlive_the_program),
        CASE(each_agency_lists_its_own),
        CASE(a_stop_of_the_host_is_not_lifted_by_the_stopped),
        CASE(nobody_lifts_what_covers_them),
        CASE(the_host_does_not_lock_itself_out),
        CASE(an_officer_is_stopped_by_name_and_by_system),
        CASE(what_stands_is_read_with_who_stopped_it),
        CASE(a_change_in_flight_does_not_undo_another),
        CASE(a_person_is_stopped_in_upper_and_lower_case),
        CASE(bodies_outside_their_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
