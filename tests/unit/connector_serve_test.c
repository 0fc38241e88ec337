/* SPDX-License-Identifier: Apache-2.0 */
/* Source and Edge over the wire: who may call, what they get, sizes and slots, the agency's
 * journal.
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/wire/edge.h"
#include "gateway/wire/source.h"
#include "tests/support/connector_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 4 << 20, TURNS = 2000 };

static const char CSV[] = "ref,family,given,born,pcode,topic,secret\n"
                          "r1,EXAMPLE,Riley,2017-11-08,M16 1CI,debt,N\n"
                          "r2,SAMPLE,Sam,1990-01-02,M16 1CI,housing,Y\n";

/* A caller with its own certificate, in the connector's loop. */
struct peer {
    struct connector_world *world;
    struct tls_context *tls;
    struct grpc_channel *channel;
    struct arena *arena;
    bool done;
    enum grpc_status status;
    struct span answer;
};

static void on_answer(void *ctx, struct grpc_leg *leg, struct span message) {
    struct peer *caller = ctx;
    (void)leg;
    caller->answer = arena_copy(caller->arena, message);
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct peer *caller = ctx;
    (void)leg;
    caller->status = outcome->status;
    caller->done = true;
}

static struct peer peer_of(struct connector_world *world, const char *leaf) {
    struct peer caller = {.world = world};
    struct support_files files;
    char address[32];
    struct grpc_dial dial = {.host = world->agent->host,
                             .dns_name = "localhost",
                             .uri = "lockgate://bridgewater/advice/connector",
                             .seed = 1};
    support_files_set(&world->ca, leaf, &files);
    assert_false(lg_failed(tls_context_new(TLS_CLIENT, &files.files, NULL, &caller.tls)));
    assert_false(lg_failed(arena_new(ARENA, &caller.arena)));
    dial.tls = caller.tls;
    (void)snprintf(address, sizeof address, "127.0.0.1:%u",
                   (unsigned)grpc_server_port(world->server.grpc));
    assert_false(lg_failed(http2_address_resolve(address, &dial.address)));
    assert_false(lg_failed(grpc_channel_new(&dial, &caller.channel)));
    return caller;
}

static enum grpc_status ask(struct peer *caller, const char *path, struct span message) {
    static const struct grpc_leg_events EVENTS = {.on_message = on_answer, .on_done = on_done};
    struct clock clock = clock_system();
    struct grpc_leg *leg = NULL;
    struct grpc_request request = {.path = path,
                                   .kind = GRPC_UNARY,
                                   .message = message,
                                   .deadline_ms = clock_mono_ms(&clock) + 5000};
    caller->done = false;
    caller->answer = (struct span){.ptr = NULL};
    assert_false(lg_failed(grpc_channel_call(caller->channel, &request, &EVENTS, caller, &leg)));
    for (int i = 0; i < TURNS && !caller->done; i++) {
        loop_turn(caller->world->agent->loop, 10);
    }
    assert_true(caller->done);
    return caller->status;
}

/* The world's connector is closed first: its connections are the callers' other ends. */
static void part(struct connector_world *world, struct peer *callers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        grpc_channel_free(&callers[i].channel);
    }
    connector_server_close(&world->server);
    connector_world_close(world);
    for (size_t i = 0; i < count; i++) {
        tls_context_free(&callers[i].tls);
        arena_free(&callers[i].arena);
    }
}

static void serve(struct connector_world *world) {
    struct diag diag = {.line = 0};
    connector_world_open(world, CSV);
    connector_world_agent(world);
    struct lg_err err = connector_server_open(world->agent, &diag, &world->server);
    if (lg_failed(err)) {
        fail_msg("%s", diag.text);
    }
}

/* ---- Fetch --------------------------------------------------------------------------------- */

static struct span fetch_message(struct peer *caller, struct span reference) {
    static const char *const NAMES[] = {"advice.topic", "contact.known-to-service",
                                        "incidents.intelligence"};
    struct span items[3];
    struct span bytes;
    for (size_t i = 0; i < 3; i++) {
        items[i] = span_text(NAMES[i]);
    }
    struct span clause = span_text("10.1");
    struct fetch_request request = {.call_reference = {.bytes = {7}},
                                    .reference = reference,
                                    .agreement = span_text("bridgewater"),
                                    .agreement_version = 3,
                                    .clauses = {.items = &clause, .count = 1},
                                    .items = {.items = items, .count = 3},
                                    .tier = TIER_HEADLINE};
    assert_false(lg_failed(wire_fetch_request_encode(caller->arena, &request, &bytes)));
    return bytes;
}

static struct span reference_of(struct peer *caller, const char *local) {
    struct edge_sealed_reference sealed;
    const struct vault_box_public *to = &caller->world->agent->own_public;
    struct lg_err err = local == NULL ? edge_reference_decoy(to, &sealed)
                                      : edge_reference_seal(to, span_text(local), &sealed);
    assert_false(lg_failed(err));
    return arena_copy(caller->arena, span_of(sealed.bytes, sizeof sealed.bytes));
}

static struct answer fetch(struct peer *caller, const char *local) {
    struct answer answer;
    struct wire_report report;
    struct span message = fetch_message(caller, reference_of(caller, local));
    assert_int_equal(ask(caller, "/lockgate.v1.Source/Fetch", message), GRPC_OK);
    assert_false(
        lg_failed(wire_fetch_reply_decode(caller->arena, caller->answer, &report, &answer)));
    assert_int_equal(answer.call_reference.bytes[0], 7);
    return answer;
}

static void the_gateway_gets_records(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    struct answer answer = fetch(&gateway, "r1");
    assert_int_equal(answer.record_count, 1);
    assert_int_equal(answer.records[0].item_count, 2);
    assert_true(span_equal_text(answer.records[0].items[0].value, "debt"));
    assert_int_equal(answer.records[0].items[0].standing, STANDING_REPORTED);
    assert_int_equal(answer.age_class, AGE_CHILD);
    part(world, &gateway, 1);
}

static void decoys_hidden_and_unknown_look_alike(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    const char *const locals[] = {"r1", "r2", "r9", NULL};
    for (size_t i = 0; i < 4; i++) {
        struct answer answer = fetch(&gateway, locals[i]);
        assert_int_equal(answer.record_count, i == 0 ? 1 : 0);
        assert_int_equal(gateway.answer.len, 4096);
    }
    part(world, &gateway, 1);
}

static void only_the_gateway_fetches(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer callers[] = {peer_of(world, "advice/cases/client"),
                             peer_of(world, "other/cases/client")};
    struct span message = fetch_message(&callers[0], reference_of(&callers[0], "r1"));
    assert_int_equal(ask(&callers[0], "/lockgate.v1.Source/Fetch", message),
                     GRPC_PERMISSION_DENIED);
    assert_int_equal(ask(&callers[0], "/lockgate.v1.Source/Acknowledge", span_text("")),
                     GRPC_PERMISSION_DENIED);
    /* Another agency does not even get a connection. */
    assert_int_equal(ask(&callers[1], "/lockgate.v1.Source/Fetch", message), GRPC_UNAVAILABLE);
    part(world, callers, 2);
}

static void nonsense_is_refused(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Fetch", span_of("\xff\xff", 2)),
                     GRPC_INVALID_ARGUMENT);
    /* Sealed to somebody else. */
    struct vault_box_public other = vault_box_public(world->index_key);
    struct edge_sealed_reference sealed;
    assert_false(lg_failed(edge_reference_seal(&other, span_text("r1"), &sealed)));
    struct span reference = span_of(sealed.bytes, sizeof sealed.bytes);
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Fetch", fetch_message(&gateway, reference)),
                     GRPC_INVALID_ARGUMENT);
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Acknowledge", span_of("\xff", 1)),
                     GRPC_INVALID_ARGUMENT);
    /* And the next question is answered. */
    assert_int_equal(fetch(&gateway, "r1").record_count, 1);
    part(world, &gateway, 1);
}

static void a_changed_file_counts_at_once(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    assert_int_equal(fetch(&gateway, "r3").record_count, 0);
    connector_world_csv(world, "ref,family,given,born,pcode,topic,secret\nr3,A,B,,,debt,N\n");
    assert_int_equal(fetch(&gateway, "r3").record_count, 1);
    /* A broken file changes nothing. */
    connector_world_csv(world, "ref,family\n");
    assert_int_equal(fetch(&gateway, "r3").record_count, 1);
    part(world, &gateway, 1);
}

static void the_journal_has_names_and_no_values(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    struct span bytes;
    struct span hash = span_text("01234567890123456789012345678901");
    struct wire_acknowledge_request request = {
        .call_reference = {.bytes = {7}},
        .logged = {.has_receipt = true,
                   .receipt = {.index = 42,
                               .leaf = span_text("leaf"),
                               .path = {.items = &hash, .count = 1}},
                   .checkpoint = span_text("log.example\n43\nAAAA\n\n")}};
    (void)fetch(&gateway, "r1");
    assert_false(lg_failed(wire_acknowledge_request_encode(gateway.arena, &request, &bytes)));
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Acknowledge", bytes), GRPC_OK);
    char folder[128];
    size_t len = 0;
    (void)snprintf(folder, sizeof folder, "%s/state", world->folder);
    char *text = support_file_read(folder, "asked.jsonl", &len);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"agreement\":\"bridgewater\",\"version\":3"));
    assert_non_null(strstr(text, "\"gave\":[\"advice.topic\",\"contact.known-to-service\"]"));
    assert_non_null(strstr(text, "\"call\":\"07000000000000000000000000000000\""));
    assert_non_null(strstr(text, "\"index\":42"));
    assert_null(strstr(text, "debt"));
    assert_null(strstr(text, "r1\""));
    free(text);
    part(world, &gateway, 1);
}

/* What cannot be written down is not given. */
static void a_full_disk_gives_nothing(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    int journal = world->server.journal.fd;
    world->server.journal.fd = open("/dev/full", O_WRONLY);
    struct span message = fetch_message(&gateway, reference_of(&gateway, "r1"));
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Fetch", message), GRPC_UNAVAILABLE);
    assert_int_equal(gateway.answer.len, 0);
    (void)close(world->server.journal.fd);
    world->server.journal.fd = journal;
    assert_int_equal(fetch(&gateway, "r1").record_count, 1);
    part(world, &gateway, 1);
}

static struct lg_err on_record(void *ctx, const struct record_entry *entry) {
    struct record_entry *kept = ctx;
    assert_int_equal(kept[0].kind == RECORD_LEFT, entry->kind != RECORD_LEFT);
    kept[entry->kind == RECORD_LEFT ? 0 : 1] = *entry;
    return LG_OK;
}

static void the_record_holds_what_left_and_its_receipt(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    struct span bytes;
    struct wire_acknowledge_request request = {
        .call_reference = {.bytes = {7}},
        .logged = {.has_receipt = true,
                   .receipt = {.index = 42, .leaf = span_text("leaf")},
                   .checkpoint = span_text("log.example\n43\nAAAA\n\n")}};
    (void)fetch(&gateway, "r1");
    assert_false(lg_failed(wire_acknowledge_request_encode(gateway.arena, &request, &bytes)));
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Acknowledge", bytes), GRPC_OK);
    struct record_entry kept[2] = {{.kind = RECORD_KIND_END}};
    struct record_state whole;
    char folder[160];
    (void)snprintf(folder, sizeof folder, "%s/state/record", world->folder);
    assert_false(lg_failed(record_read(folder, on_record, kept, NULL, &whole)));
    assert_int_equal(whole.entries, 2);
    assert_int_equal(kept[0].record_count, 1);
    assert_int_equal(kept[0].gave[0], 3);
    assert_int_equal(kept[1].index, 42);
    assert_false(kept[1].has_commitment);
    /* Neither value nor reference of anybody, whatever the file holds besides. */
    size_t len = 0;
    char *text = support_file_read(folder, "00000001.rec", &len);
    assert_non_null(text);
    for (size_t i = 0; i + 4 <= len; i++) {
        assert_true(memcmp(text + i, "debt", 4) != 0);
    }
    free(text);
    part(world, &gateway, 1);
}

/* What is not durable in the record is not given, and nothing is until it is looked into. */
static void a_record_that_cannot_be_kept_gives_nothing(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    int ends[2];
    int kept = world->server.record.fd;
    assert_int_equal(pipe(ends), 0);
    world->server.record.fd = ends[1];
    struct span message = fetch_message(&gateway, reference_of(&gateway, "r1"));
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Fetch", message), GRPC_UNAVAILABLE);
    assert_int_equal(gateway.answer.len, 0);
    world->server.record.fd = kept;
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(ask(&gateway, "/lockgate.v1.Source/Fetch", message), GRPC_UNAVAILABLE);
    part(world, &gateway, 1);
}

/* ---- Blind --------------------------------------------------------------------------------- */

static struct span blind_message(struct peer *caller, const char *family) {
    struct span bytes;
    struct wire_blind_person persons[] = {{.identity = {.family_name = span_text(family),
                                                        .given_name = span_text("Riley"),
                                                        .born = span_text("2017-11-08"),
                                                        .postcode = span_text("M16 1CI")},
                                           .local_reference = span_text("r1")},
                                          {.identity = {.family_name = span_text("SAMPLE")}}};
    struct wire_blind_request request = {.persons = persons, .person_count = 2};
    assert_false(lg_failed(wire_blind_request_encode(caller->arena, &request, &bytes)));
    return bytes;
}

static void own_systems_get_tokens(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer cases = peer_of(world, "advice/cases/client");
    struct wire_blind_reply reply;
    struct wire_report report;
    assert_int_equal(ask(&cases, "/lockgate.v1.Edge/Blind", blind_message(&cases, "EXAMPLE")),
                     GRPC_OK);
    assert_false(lg_failed(wire_blind_reply_decode(cases.arena, cases.answer, &report, &reply)));
    assert_int_equal(reply.person_count, 2);
    assert_int_equal(reply.persons[0].token_count, 4); /* A, C, D, E */
    assert_int_equal(reply.persons[0].reference.len, EDGE_REFERENCE_SIZE);
    assert_int_equal(reply.persons[1].token_count, 0);
    assert_true(span_equal_text(reply.persons[1].code, "NOTHING_TO_COMPARE"));
    struct edge_token token;
    for (size_t i = 0; i < reply.persons[0].token_count; i++) {
        assert_false(lg_failed(
            edge_token_open(world->index_key, reply.persons[0].tokens[i].sealed, &token)));
    }
    part(world, &cases, 1);
}

static void blinding_is_for_the_own_agency(void **state) {
    struct connector_world *world = *state;
    serve(world);
    struct peer gateway = peer_of(world, "operator/gateway/client");
    assert_int_equal(ask(&gateway, "/lockgate.v1.Edge/Blind", blind_message(&gateway, "EXAMPLE")),
                     GRPC_PERMISSION_DENIED);
    part(world, &gateway, 1);
}

static void a_wrong_key_makes_no_tokens(void **state) {
    struct connector_world *world = *state;
    serve(world);
    world->wrong_key = true;
    struct peer cases = peer_of(world, "advice/cases/client");
    assert_int_equal(ask(&cases, "/lockgate.v1.Edge/Blind", blind_message(&cases, "EXAMPLE")),
                     GRPC_UNAVAILABLE);
    part(world, &cases, 1);
}

/* ---- size and time --------------------------------------------------------------------------- */

static void sizes_and_slots(void **state) {
    (void)state;
    assert_int_equal(connector_size_class(0), 4096);
    assert_int_equal(connector_size_class(4088), 4096);
    assert_int_equal(connector_size_class(4089), 16384);
    assert_int_equal(connector_size_class(65528), 65536);
    assert_int_equal(connector_size_class(65529), 0);
    assert_int_equal(connector_slot_ms(1000, 1000), 1005);
    assert_int_equal(connector_slot_ms(1000, 1004), 1005);
    assert_int_equal(connector_slot_ms(1000, 1005), 1010);
}

static int setup(void **state) {
    return connector_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gateway_gets_records),
        cmocka_unit_test(decoys_hidden_and_unknown_look_alike),
        cmocka_unit_test(only_the_gateway_fetches),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_changed_file_counts_at_once),
        cmocka_unit_test(the_journal_has_names_and_no_values),
        cmocka_unit_test(a_full_disk_gives_nothing),
        cmocka_unit_test(the_record_holds_what_left_and_its_receipt),
        cmocka_unit_test(a_record_that_cannot_be_kept_gives_nothing),
        cmocka_unit_test(own_systems_get_tokens),
        cmocka_unit_test(blinding_is_for_the_own_agency),
        cmocka_unit_test(a_wrong_key_makes_no_tokens),
        cmocka_unit_test(sizes_and_slots),
    };
    return cmocka_run_group_tests(tests, setup, connector_world_teardown);
}
