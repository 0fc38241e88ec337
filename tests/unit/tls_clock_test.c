/* SPDX-License-Identifier: Apache-2.0 */
/* Time is the context's: chains, lists and anchors are judged by the clock that came in, and what
 * runs out while it is in use takes nobody else with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/limits.h"
#include "tests/support/ca.h"

#include <cmocka.h>

enum { HOUR = 3600, DAY = 86400 };

static const char SERVER_URI[] = "lockgate://bridgewater/hub/gateway";

/* Two authorities, as while one follows the other: the hub and the police are of the old one,
 * housing of the next. */
struct world {
    struct support_ca old;
    struct support_ca next;
    int64_t now_s;
    struct clock clock;
    struct support_files server_files;
    struct tls_context *server;
    struct tls_context *police;
    struct tls_context *housing;
};

static int64_t wall_ms(void *ctx) {
    const struct world *world = ctx;
    return world->now_s * 1000;
}

static void shell(const struct support_ca *ca, const char *command) {
    assert_int_equal(support_ca_shell(ca, "%s", command), 0);
}

/* The file of both, in the old one's folder. */
static void join(const struct world *world, const char *name) {
    char command[256];
    snprintf(command, sizeof command, "cat %s.pem '%s/%s.pem' > new && mv new both-%s.pem", name,
             world->next.dir, name, name);
    shell(&world->old, command);
}

static struct tls_context *open_context(struct world *world, enum tls_side side,
                                        struct support_files *files) {
    struct tls_context *context = NULL;
    struct diag diag = {0};
    files->files.clock = &world->clock;
    struct lg_err err = tls_context_new(side, &files->files, &diag, &context);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    return context;
}

static struct tls_context *open_client(struct world *world, const struct support_ca *ca,
                                       const char *leaf) {
    struct support_files files;
    support_files_set(ca, leaf, &files);
    snprintf(files.anchors, sizeof files.anchors, "%s/ca.pem", world->old.dir);
    files.files.crl = NULL;
    return open_context(world, TLS_CLIENT, &files);
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->clock = (struct clock){.wall_ms = wall_ms, .mono_ms = wall_ms, .ctx = world};
    support_ca_new(&world->old, LOCKGATE_SOURCE, "bridgewater");
    support_ca_new(&world->next, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&world->old, "client", "police cases");
    support_ca_run(&world->old, "server", "hub gateway localhost");
    support_ca_run(&world->next, "client", "housing cases");
    shell(&world->old, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -crlhours 1 "
                       "-out crl.pem");
    join(world, "ca");
    join(world, "crl");
    world->now_s = (int64_t)time(NULL);
    support_files_set(&world->old, "hub/gateway/server", &world->server_files);
    snprintf(world->server_files.anchors, sizeof world->server_files.anchors, "%s/both-ca.pem",
             world->old.dir);
    snprintf(world->server_files.crl, sizeof world->server_files.crl, "%s/both-crl.pem",
             world->old.dir);
    world->server = open_context(world, TLS_SERVER, &world->server_files);
    world->police = open_client(world, &world->old, "police/cases/client");
    world->housing = open_client(world, &world->next, "housing/cases/client");
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    tls_context_free(&world->server);
    tls_context_free(&world->police);
    tls_context_free(&world->housing);
    support_ca_free(&world->old);
    support_ca_free(&world->next);
    free(world);
    return 0;
}

/* Files made since the start are from a later second than the clock that stands still. */
static void catch_up(struct world *world) {
    world->now_s = (int64_t)time(NULL);
}

/* Whether the server takes that client now. */
static bool is_taken(struct world *world, struct tls_context *client) {
    struct support_pair pair;
    support_pair_new(client, world->server, "localhost", SERVER_URI, &pair);
    bool taken = !lg_failed(pair.server_err);
    support_pair_free(&pair);
    return taken;
}

static void expect_refresh(struct tls_context *context, bool changed) {
    struct diag diag = {0};
    bool took = !changed;
    struct lg_err err = tls_context_refresh(context, &diag, &took);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    assert_int_equal(took, changed);
}

static void test_chains_go_by_the_clock_that_came_in(void **state) {
    struct world *world = *state;
    assert_true(is_taken(world, world->police));
    assert_true(is_taken(world, world->housing));
    int64_t now_s = world->now_s;
    world->now_s = now_s - 2 * DAY;
    assert_false(is_taken(world, world->police));
    world->now_s = now_s + 31 * DAY;
    assert_false(is_taken(world, world->housing));
    world->now_s = now_s;
    assert_true(is_taken(world, world->housing));
}

/* The authority that leaves signs no more lists. Its peers are out when the last one ends; a
 * revocation by the other authority goes through nevertheless. */
static void test_a_stale_list_holds_up_no_revocation(void **state) {
    struct world *world = *state;
    struct support_pair housing;
    struct support_pair police;
    support_pair_new(world->housing, world->server, "localhost", SERVER_URI, &housing);
    support_pair_new(world->police, world->server, "localhost", SERVER_URI, &police);
    world->now_s += 2 * HOUR;
    assert_true(tls_stream_peer_is_valid(housing.server, world->now_s));
    assert_false(tls_stream_peer_is_valid(police.server, world->now_s));
    assert_false(is_taken(world, world->police));
    char path[200];
    snprintf(path, sizeof path, "'%s/housing/cases/client.pem'", world->next.dir);
    support_ca_run(&world->next, "revoke", path);
    join(world, "crl");
    expect_refresh(world->server, true);
    assert_false(tls_stream_peer_is_valid(housing.server, world->now_s));
    assert_false(tls_stream_peer_is_valid(police.server, world->now_s));
    assert_false(is_taken(world, world->housing));
    assert_false(is_taken(world, world->police));
    support_pair_free(&housing);
    support_pair_free(&police);
}

/* At the start nothing is known yet, and then a stale list is a fault of the operator's. */
static void test_a_stale_list_at_the_start(void **state) {
    struct world *world = *state;
    struct tls_context *context = NULL;
    struct diag diag = {0};
    world->now_s += 2 * HOUR;
    assert_true(
        lg_failed(tls_context_new(TLS_SERVER, &world->server_files.files, &diag, &context)));
    assert_non_null(strstr(diag.text, "not in force now"));
}

static void test_a_stale_list_is_never_new(void **state) {
    struct world *world = *state;
    struct diag diag = {0};
    bool took = true;
    shell(&world->old, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -crlsec 600 "
                       "-crl_lastupdate $(date -u -d '+5 minutes' +%Y%m%d%H%M%SZ) "
                       "-crl_nextupdate $(date -u -d '+10 minutes' +%Y%m%d%H%M%SZ) -out crl.pem");
    join(world, "crl");
    world->now_s += HOUR / 2;
    assert_true(lg_failed(tls_context_refresh(world->server, &diag, &took)));
    assert_non_null(strstr(diag.text, "not in force now"));
    assert_false(took);
    assert_true(is_taken(world, world->police));
}

/* root ends in a day: a connection of its leaf ends with it, though the leaf has 30 days. */
static void test_an_anchor_that_ends_under_a_connection(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    shell(&world->old,
          "DEV_CA_NAME='bridgewater development authority' DEV_CA_ORGANISATION=bridgewater "
          "openssl req -new -x509 -config $SOURCE/certs/openssl.cnf -extensions authority -days 1 "
          "-key _ca/ca.key -out ca.pem");
    join(world, "ca");
    shell(&world->old, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -out crl.pem");
    join(world, "crl");
    catch_up(world);
    expect_refresh(world->server, true);
    support_pair_new(world->police, world->server, "localhost", SERVER_URI, &pair);
    assert_false(lg_failed(pair.server_err));
    assert_true(tls_stream_peer_is_valid(pair.server, world->now_s + DAY - HOUR));
    assert_false(tls_stream_peer_is_valid(pair.server, world->now_s + DAY + HOUR));
    support_pair_free(&pair);
    /* It may stay in the file: the lists of the other one are taken beside it. */
    world->now_s += 2 * DAY;
    shell(&world->next, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -out crl.pem");
    join(world, "crl");
    expect_refresh(world->server, true);
    assert_false(is_taken(world, world->police));
    assert_true(is_taken(world, world->housing));
}

/* ---- what an operator hears ---- */

static void test_a_fault_is_told_once(void **state) {
    struct world *world = *state;
    struct tls_watch watch = {.lines = 0};
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 0);
    shell(&world->next, "mv housing/cases/client.pem keep && : > housing/cases/client.pem");
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 0); /* it may be half done */
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 1);
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 1);
    world->now_s += LIMIT_TLS_ALARM_S;
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 2);
    shell(&world->next, "rm housing/cases/client.pem");
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 2);
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 3);
    shell(&world->next, "mv keep housing/cases/client.pem");
    world->now_s += LIMIT_TLS_ALARM_S;
    assert_false(tls_watch_look(&watch, world->housing, "housing")); /* the very same file */
    assert_int_equal(watch.lines, 3);
    support_ca_run(&world->next, "renew", "housing/cases");
    catch_up(world);
    assert_true(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 4);
    assert_int_equal(tls_context_generation(world->housing), 2);
}

static void test_an_end_is_told_before_it_comes(void **state) {
    struct world *world = *state;
    struct tls_watch watch = {.lines = 0};
    int64_t until_s = tls_context_until_s(world->housing, TLS_TERM_OWN);
    const int64_t left_s[] = {8 * DAY, 7 * DAY,  6 * DAY, DAY,       HOUR + 1,
                              HOUR,    HOUR / 2, 0,       -1 * HOUR, -2 * HOUR};
    const unsigned lines[] = {0, 1, 1, 2, 2, 3, 3, 3, 4, 4};
    assert_in_range(until_s - world->now_s, 29 * DAY, 30 * DAY);
    for (size_t i = 0; i < sizeof left_s / sizeof *left_s; i++) {
        world->now_s = until_s - left_s[i];
        assert_false(tls_watch_look(&watch, world->housing, "housing"));
        assert_int_equal(watch.lines, lines[i]);
    }
    /* Renewed, it is calm again, and its own end is told in its turn. */
    support_ca_run(&world->next, "renew", "housing/cases");
    catch_up(world);
    assert_true(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 5);
    world->now_s = tls_context_until_s(world->housing, TLS_TERM_OWN) - 6 * DAY;
    assert_false(tls_watch_look(&watch, world->housing, "housing"));
    assert_int_equal(watch.lines, 6);
}

/* The list of an hour ends before all else that the server has. */
static void test_a_list_that_ends_is_told(void **state) {
    struct world *world = *state;
    struct tls_watch watch = {.lines = 0};
    assert_in_range(tls_context_until_s(world->server, TLS_TERM_TRUST) - world->now_s, HOUR - 60,
                    HOUR);
    assert_false(tls_watch_look(&watch, world->server, "server"));
    assert_int_equal(watch.lines, 1);
    world->now_s += 2 * HOUR;
    assert_false(tls_watch_look(&watch, world->server, "server"));
    assert_int_equal(watch.lines, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_chains_go_by_the_clock_that_came_in, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stale_list_holds_up_no_revocation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stale_list_at_the_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stale_list_is_never_new, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_anchor_that_ends_under_a_connection, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_fault_is_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_end_is_told_before_it_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_list_that_ends_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
