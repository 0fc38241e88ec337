/* SPDX-License-Identifier: Apache-2.0 */
/* Who becomes a caller, and who does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/identity/identity.h"

#include <cmocka.h>

static char *police_roles[] = {"sergeant", "hub-officer"};
static char *housing_roles[] = {"manager"};

static struct config_system police_systems[] = {
    {.name = "cases", .kind = SYSTEM_CASE_SYSTEM, .roles = police_roles, .role_count = 2},
    {.name = "connector", .kind = SYSTEM_CONNECTOR},
};
static struct config_system housing_systems[] = {
    {.name = "desk", .kind = SYSTEM_OFFICER, .roles = housing_roles, .role_count = 1},
};
static struct config_party parties[] = {
    {.id = "police", .systems = police_systems, .system_count = 2},
    {.id = "housing", .systems = housing_systems, .system_count = 1},
};
static const struct config_partnership REGISTRY = {
    .partnership = "bridgewater", .parties = parties, .party_count = 2};

static struct tls_peer peer_of(const char *partnership, const char *agency, const char *system) {
    struct tls_peer peer = {.fingerprint = {1, 2, 3}};
    snprintf(peer.partnership, sizeof peer.partnership, "%s", partnership);
    snprintf(peer.agency, sizeof peer.agency, "%s", agency);
    snprintf(peer.system, sizeof peer.system, "%s", system);
    return peer;
}

static struct actor actor_of(const char *user_id, const char *role, const char *display_name) {
    return (struct actor){.user_id = span_text(user_id),
                          .role = span_text(role),
                          .display_name = span_text(display_name)};
}

static struct lg_err ask(struct tls_peer peer, struct actor actor, struct caller *caller) {
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(4096, &arena)));
    return identity_authenticate(&REGISTRY, &peer, &actor, arena, caller);
}

static void test_a_person_behind_a_system(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(4096, &arena)));
    struct tls_peer peer = peer_of("bridgewater", "police", "cases");
    struct actor actor = actor_of("u-17", "sergeant", "Zo\xc3\xab SAMPLE");
    struct caller caller;
    assert_false(lg_failed(identity_authenticate(&REGISTRY, &peer, &actor, arena, &caller)));
    /* What the certificate said is copied: the connection may be gone before the entry is. */
    memset(&peer, 0xee, sizeof peer);
    assert_true(span_equal_text(caller.partnership, "bridgewater"));
    assert_true(span_equal_text(caller.agency, "police"));
    assert_true(span_equal_text(caller.system, "cases"));
    assert_int_equal(caller.kind, SYSTEM_CASE_SYSTEM);
    assert_true(span_equal_text(caller.user_id, "u-17"));
    assert_true(span_equal_text(caller.role, "sergeant"));
    assert_true(span_equal_text(caller.display_name, "Zo\xc3\xab SAMPLE"));
    assert_int_equal(caller.fingerprint[2], 3);
}

static void test_unknown_ones(void **state) {
    (void)state;
    const struct actor actor = actor_of("u", "sergeant", "");
    const char *const names[][3] = {
        {"other", "police", "cases"},        {"bridgewate", "police", "cases"},
        {"bridgewater", "fire", "cases"},    {"bridgewater", "police", "case"},
        {"bridgewater", "housing", "cases"}, {"bridgewater", "police", "desk"},
        {"bridgewater", "policecases", ""},  {"", "", ""},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct tls_peer peer = peer_of(names[i][0], names[i][1], names[i][2]);
        struct caller caller = {.kind = 77};
        struct lg_err err = ask(peer, actor, &caller);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_int_equal(lg_err_code(err), IDENTITY_UNKNOWN);
        assert_int_equal(caller.kind, 77);
    }
}

static void test_roles_are_the_systems_own(void **state) {
    (void)state;
    struct caller caller;
    const char *const roles[] = {"", "manager", "Sergeant", "sergeant ", "sergeants"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        struct lg_err err =
            ask(peer_of("bridgewater", "police", "cases"), actor_of("u", roles[i], ""), &caller);
        assert_int_equal(lg_err_code(err), IDENTITY_ROLE);
    }
    /* A system without roles speaks for nobody, also not for people of its agency. */
    struct lg_err err =
        ask(peer_of("bridgewater", "police", "connector"), actor_of("u", "sergeant", ""), &caller);
    assert_int_equal(lg_err_code(err), IDENTITY_ROLE);
    struct actor cut = actor_of("u", "sergeant", "");
    cut.role = span_of("sergeant\0x", 10);
    err = ask(peer_of("bridgewater", "police", "cases"), cut, &caller);
    assert_int_equal(lg_err_code(err), IDENTITY_ROLE);
}

static void test_texts_of_the_actor(void **state) {
    (void)state;
    char longest[LIMIT_IDENTITY_USER_ID + 2];
    memset(longest, 'a', sizeof longest);
    longest[LIMIT_IDENTITY_USER_ID] = '\0';
    struct tls_peer peer = peer_of("bridgewater", "police", "cases");
    struct caller caller;
    assert_false(lg_failed(ask(peer, actor_of(longest, "sergeant", longest), &caller)));
    longest[LIMIT_IDENTITY_USER_ID] = 'a';
    longest[LIMIT_IDENTITY_USER_ID + 1] = '\0';
    const char *const bad[] = {longest, "a\nb", "a\x1b[1m", "\x7f", "\xff", "\xc2\x85", "\xc2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct lg_err err = ask(peer, actor_of(bad[i], "sergeant", ""), &caller);
        assert_int_equal(lg_err_code(err), IDENTITY_ACTOR);
        err = ask(peer, actor_of("u", "sergeant", bad[i]), &caller);
        assert_int_equal(lg_err_code(err), IDENTITY_ACTOR);
    }
    assert_int_equal(lg_err_code(ask(peer, actor_of("", "sergeant", ""), &caller)), IDENTITY_ACTOR);
}

static void test_blanks_make_nobody_two(void **state) {
    (void)state;
    struct tls_peer peer = peer_of("bridgewater", "police", "cases");
    struct caller caller;
    const char *const bad[] = {" u", "u ", " ", "\xc2\xa0u", "u\xc2\xa0", "\xc2\xa0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct lg_err err = ask(peer, actor_of(bad[i], "sergeant", ""), &caller);
        assert_int_equal(lg_err_code(err), IDENTITY_ACTOR);
        assert_false(identity_user_is_valid(span_text(bad[i])));
    }
    assert_false(lg_failed(ask(peer, actor_of("u 1", "sergeant", " Zo\xc3\xab "), &caller)));
    /* U+0820 ends in the byte that U+00A0 ends in. */
    assert_true(identity_user_is_valid(span_text("u\xe0\xa0\xa0")));
}

static void test_a_system_by_itself(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(4096, &arena)));
    struct tls_peer peer = peer_of("bridgewater", "police", "connector");
    struct caller caller;
    assert_false(lg_failed(identity_authenticate_system(&REGISTRY, &peer, arena, &caller)));
    assert_int_equal(caller.kind, SYSTEM_CONNECTOR);
    assert_int_equal(caller.user_id.len, 0);
    assert_int_equal(caller.role.len, 0);
    peer = peer_of("other", "police", "connector");
    assert_int_equal(lg_err_code(identity_authenticate_system(&REGISTRY, &peer, arena, &caller)),
                     IDENTITY_UNKNOWN);
}

static void test_a_full_arena(void **state) {
    (void)state;
    for (size_t budget = 1; budget < 64; budget++) {
        OWN(arena_free) struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(budget, &arena)));
        struct tls_peer peer = peer_of("bridgewater", "police", "cases");
        struct actor actor = actor_of("u", "sergeant", "");
        struct caller caller = {.kind = 77};
        struct lg_err err = identity_authenticate(&REGISTRY, &peer, &actor, arena, &caller);
        if (lg_failed(err)) {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
            assert_int_equal(lg_err_code(err), IDENTITY_MEMORY);
            assert_int_equal(caller.kind, 77);
        }
        assert_true(lg_failed(err) || budget > 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_person_behind_a_system),
        cmocka_unit_test(test_unknown_ones),
        cmocka_unit_test(test_roles_are_the_systems_own),
        cmocka_unit_test(test_texts_of_the_actor),
        cmocka_unit_test(test_blanks_make_nobody_two),
        cmocka_unit_test(test_a_system_by_itself),
        cmocka_unit_test(test_a_full_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
