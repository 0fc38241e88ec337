/* SPDX-License-Identifier: Apache-2.0 */
/* Who becomes a caller by a session, and that a message changes nothing of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/identity/identity.h"

#include <cmocka.h>

static char *roles[] = {"coordinator", "ig-officer"};
static struct config_system systems[] = {
    {.name = "gateway", .kind = SYSTEM_GATEWAY},
    {.name = "console", .kind = SYSTEM_CONSOLE, .roles = roles, .role_count = 2},
    {.name = "cases", .kind = SYSTEM_CASE_SYSTEM, .roles = roles, .role_count = 2},
};
static struct config_party parties[] = {{.id = "hub", .systems = systems, .system_count = 3}};
static const struct config_partnership REGISTRY = {
    .partnership = "bridgewater", .parties = parties, .party_count = 1};

static struct identity_session session_of(const char *system, const char *user, const char *role) {
    return (struct identity_session){
        .agency = span_text("hub"),
        .system = span_text(system),
        .actor = {.user_id = span_text(user),
                  .role = span_text(role),
                  .display_name = span_text("A SAMPLE")},
        .fingerprint = {7},
    };
}

static uint16_t ask(const struct identity_session *session, struct actor said,
                    struct caller *out_caller) {
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(4096, &arena)));
    return lg_err_code(identity_authenticate_session(&REGISTRY, session, &said, arena, out_caller));
}

static void the_caller_is_the_session(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = NULL;
    struct identity_session session = session_of("console", "user-1", "coordinator");
    struct actor said = {0};
    struct caller caller;
    assert_false(lg_failed(arena_new(4096, &arena)));
    assert_false(
        lg_failed(identity_authenticate_session(&REGISTRY, &session, &said, arena, &caller)));
    assert_true(span_equal_text(caller.partnership, "bridgewater"));
    assert_true(span_equal_text(caller.agency, "hub"));
    assert_true(span_equal_text(caller.system, "console"));
    assert_true(span_equal_text(caller.user_id, "user-1"));
    assert_true(span_equal_text(caller.role, "coordinator"));
    assert_true(span_equal_text(caller.display_name, "A SAMPLE"));
    assert_int_equal(caller.kind, SYSTEM_CONSOLE);
    assert_int_equal(caller.fingerprint[0], 7);
    assert_ptr_not_equal(caller.user_id.ptr, session.actor.user_id.ptr);
    session.is_officer = true;
    assert_false(
        lg_failed(identity_authenticate_session(&REGISTRY, &session, &said, arena, &caller)));
    assert_int_equal(caller.kind, SYSTEM_OFFICER);
}

static void a_message_says_the_same_or_nothing(void **state) {
    (void)state;
    struct identity_session session = session_of("console", "user-1", "coordinator");
    struct caller caller = {.kind = 77};
    const struct {
        struct actor said;
        uint16_t code;
    } rows[] = {
        {{.user_id = span_text("user-1")}, 0},
        {{.role = span_text("coordinator")}, 0},
        {session.actor, 0},
        {{.user_id = span_text("user-2")}, IDENTITY_OTHER},
        {{.user_id = span_text("User-1")}, IDENTITY_OTHER},
        {{.user_id = span_text("user-")}, IDENTITY_OTHER},
        {{.role = span_text("ig-officer")}, IDENTITY_OTHER},
        {{.display_name = span_text("B SAMPLE")}, IDENTITY_OTHER},
        {{.user_id = span_text("user-1"), .role = span_text("ig-officer")}, IDENTITY_OTHER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        caller.kind = 77;
        assert_int_equal(ask(&session, rows[i].said, &caller), rows[i].code);
        assert_int_equal(caller.kind, rows[i].code == 0 ? SYSTEM_CONSOLE : 77);
    }
}

static void the_registry_has_the_last_word(void **state) {
    (void)state;
    struct caller caller;
    struct identity_session session = session_of("console", "user-1", "social-worker");
    assert_int_equal(ask(&session, (struct actor){0}, &caller), IDENTITY_ROLE);
    session = session_of("console", "user-1", "");
    assert_int_equal(ask(&session, (struct actor){0}, &caller), IDENTITY_ROLE);
    session = session_of("cases", "user-1", "coordinator");
    assert_int_equal(ask(&session, (struct actor){0}, &caller), IDENTITY_UNKNOWN);
    session = session_of("none", "user-1", "coordinator");
    assert_int_equal(ask(&session, (struct actor){0}, &caller), IDENTITY_UNKNOWN);
    session = session_of("console", "user-1", "coordinator");
    session.agency = span_text("police");
    assert_int_equal(ask(&session, (struct actor){0}, &caller), IDENTITY_UNKNOWN);
    const char *const users[] = {"", " user", "user\n1", "user\xc2\xa0"};
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        session = session_of("console", users[i], "coordinator");
        assert_int_equal(ask(&session, (struct actor){0}, &caller), IDENTITY_ACTOR);
    }
}

static void a_full_arena_makes_nobody(void **state) {
    (void)state;
    struct identity_session session = session_of("console", "user-1", "coordinator");
    struct actor said = {0};
    for (size_t budget = 1; budget < 64; budget++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct caller caller = {.kind = 77};
        assert_false(lg_failed(arena_new(budget, &arena)));
        struct lg_err err =
            identity_authenticate_session(&REGISTRY, &session, &said, arena, &caller);
        if (lg_failed(err)) {
            assert_int_equal(lg_err_code(err), IDENTITY_MEMORY);
            assert_int_equal(caller.kind, 77);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caller_is_the_session),
        cmocka_unit_test(a_message_says_the_same_or_nothing),
        cmocka_unit_test(the_registry_has_the_last_word),
        cmocka_unit_test(a_full_arena_makes_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
