/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include "tests/support/connector_world.h"

#include <ftw.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/wire/subjects.h"

#include <cmocka.h>

enum { WORLD_ARENA = 8 << 20 };

static const char MAPPING[] =
    "connector: advice\n"
    "source: {kind: csv, path: people.csv, missing: [\"-\"]}\n"
    "person:\n"
    "  key: ref\n"
    "  identity:\n"
    "    family-name: {from: family}\n"
    "    given-name: {from: given}\n"
    "    born: {from: born, date: YYYY-MM-DD}\n"
    "    postcode: {from: pcode, clean: [postcode]}\n"
    "records:\n"
    "  - items:\n"
    "      - {item: advice.topic, from: topic, standing: reported}\n"
    "      - {item: contact.known-to-service, value: \"yes\", standing: fact}\n"
    "hide: {column: secret, equals: \"Y\"}\n";

static void file_put(const struct connector_world *world, const char *name, const char *text) {
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", world->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* ---- set-up -------------------------------------------------------------------------------- */

int connector_world_setup(void **state, const char *source_dir) {
    struct connector_world *world = calloc(1, sizeof *world);
    struct vault_report report;
    assert_non_null(world);
    assert_false(lg_failed(vault_init(&report)));
    support_ca_new(&world->ca, source_dir, "bridgewater");
    support_ca_run(&world->ca, "server", "operator gateway localhost");
    support_ca_run(&world->ca, "client", "operator gateway");
    support_ca_run(&world->ca, "server", "advice connector localhost");
    support_ca_run(&world->ca, "client", "advice connector");
    support_ca_run(&world->ca, "client", "advice cases");
    support_ca_run(&world->ca, "client", "other cases");
    *state = world;
    return 0;
}

int connector_world_teardown(void **state) {
    struct connector_world *world = *state;
    support_ca_free(&world->ca);
    free(world);
    return 0;
}

static uint16_t port_free(void) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static void keys_make(struct connector_world *world) {
    struct edge_pins pins = {.has_index = true};
    char text[EDGE_PINS_TEXT_SIZE];
    char folder[128];
    (void)snprintf(folder, sizeof folder, "%s/keyd", world->folder);
    const struct keyd_settings settings = {.folder = folder,
                                           .epoch_first = 1,
                                           .epoch_last = 1,
                                           .evaluations_per_day = 1000000,
                                           .plain_evaluations_per_day = 1,
                                           .clock = clock_system()};
    assert_false(lg_failed(keyd_open(&settings, NULL, &world->keyd)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &world->index_key)));
    pins.index = vault_box_public(world->index_key);
    for (enum token_class c = TOKEN_N; c < TOKEN_CLASS_END; c++) {
        struct edge_pin *pin = &pins.tokens[pins.token_count++];
        *pin = (struct edge_pin){.token_class = c, .epoch = 1};
        assert_false(lg_failed(keyd_public_key(world->keyd, c, 1, &pin->public_key)));
    }
    edge_pins_write(&pins, text);
    file_put(world, "pins", text);
}

static void config_make(struct connector_world *world) {
    char text[4096];
    const char *ca = world->ca.dir;
    (void)snprintf(text, sizeof text,
                   "listen: 127.0.0.1:0\n"
                   "tls-server:\n"
                   "  certificate: %s/advice/connector/server.pem\n"
                   "  key: %s/advice/connector/server.key\n"
                   "  anchors: %s/ca.pem\n  crl: %s/crl.pem\n"
                   "tls-client:\n"
                   "  certificate: %s/advice/connector/client.pem\n"
                   "  key: %s/advice/connector/client.key\n"
                   "  anchors: %s/ca.pem\n  crl: %s/crl.pem\n"
                   "agency: advice\n"
                   "gateway:\n  address: 127.0.0.1:%u\n  dns: localhost\n"
                   "  uri: lockgate://bridgewater/operator/gateway\n"
                   "mapping: mapping.yaml\nsecret-key: secret.key\npinned-keys: pins\n"
                   "state: state\nlocal-blinding: true\n",
                   ca, ca, ca, ca, ca, ca, ca, ca, (unsigned)world->gateway_port);
    file_put(world, "connector.yaml", text);
    (void)snprintf(world->config, sizeof world->config, "%s/connector.yaml", world->folder);
}

void connector_world_put(const struct connector_world *world, const char *name, const char *text) {
    file_put(world, name, text);
}

void connector_world_csv(const struct connector_world *world, const char *csv) {
    file_put(world, "people.csv", csv);
}

void connector_world_open(struct connector_world *world, const char *csv) {
    struct support_ca ca = world->ca;
    *world = (struct connector_world){.ca = ca};
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/lockgate-connector-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->gateway_port = port_free();
    connector_world_csv(world, csv);
    file_put(world, "mapping.yaml", MAPPING);
    keys_make(world);
    config_make(world);
}

static int on_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void connector_world_close(struct connector_world *world) {
    connector_world_agent_close(world);
    keyd_close(&world->keyd);
    vault_key_free(&world->index_key);
    assert_int_equal(nftw(world->folder, on_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* ---- a gateway made of tape ---------------------------------------------------------------- */

static struct lg_err batch_evaluate(struct connector_world *world, struct arena *arena,
                                    const struct wire_blinded_batch *batch,
                                    struct wire_evaluated_batch *out) {
    size_t count = batch->elements.count;
    struct vault_point *in = arena_array(arena, count, sizeof *in);
    struct vault_point *points = arena_array(arena, count, sizeof *points);
    struct vault_proof *proof = arena_alloc(arena, sizeof *proof);
    struct span *elements = arena_array(arena, count, sizeof *elements);
    for (size_t i = 0; i < count; i++) {
        memcpy(in[i].bytes, batch->elements.items[i].ptr, VAULT_POINT_SIZE);
        elements[i] = span_of(points[i].bytes, VAULT_POINT_SIZE);
    }
    struct keyd_evaluation evaluation = {.agency = span_text("advice"),
                                         .token_class =
                                             world->wrong_key ? TOKEN_N : batch->token_class,
                                         .epoch = 1,
                                         .blinded = {.points = in, .count = count}};
    TRY(keyd_evaluate(world->keyd, &evaluation, points, proof));
    *out = (struct wire_evaluated_batch){.token_class = batch->token_class,
                                         .epoch = 1,
                                         .elements = {.items = elements, .count = count},
                                         .proof = span_of(proof->bytes, sizeof proof->bytes)};
    return LG_OK;
}

static void on_evaluate(void *ctx, struct grpc_call *call, struct span message) {
    struct connector_world *world = ctx;
    struct arena *arena = NULL;
    struct wire_evaluate_request request = {.batch_count = 0};
    struct wire_report report;
    struct span bytes;
    assert_false(lg_failed(arena_new(WORLD_ARENA, &arena)));
    assert_false(lg_failed(wire_evaluate_request_decode(arena, message, &report, &request)));
    struct wire_evaluated_batch *batches = arena_array(arena, request.batch_count, sizeof *batches);
    for (size_t i = 0; i < request.batch_count; i++) {
        assert_false(lg_failed(batch_evaluate(world, arena, &request.batches[i], &batches[i])));
    }
    struct wire_evaluate_reply reply = {.batches = batches, .batch_count = request.batch_count};
    assert_false(lg_failed(wire_evaluate_reply_encode(arena, &reply, &bytes)));
    grpc_call_reply(&call, bytes);
    arena_free(&arena);
}

static void record_take(struct connector_world *world, const struct wire_enrol_record *record) {
    assert_int_equal(record->reference.len, EDGE_REFERENCE_SIZE);
    world->records++;
    world->in_stream++;
    world->last_tag = record->record_tag;
    assert_true(record->opt_out < OPT_OUT_END);
    world->opt_outs[record->opt_out]++;
    (void)snprintf(world->opt_out_day, sizeof world->opt_out_day, "%.*s",
                   (int)record->opt_out_day.len, (const char *)record->opt_out_day.ptr);
    for (size_t i = 0; i < record->token_count; i++) {
        struct edge_token token;
        assert_false(
            lg_failed(edge_token_open(world->index_key, record->tokens[i].sealed, &token)));
        assert_int_equal(token.token_class, record->tokens[i].token_class);
    }
}

static void on_enrol_message(void *ctx, struct grpc_call *call, struct span message) {
    struct connector_world *world = ctx;
    struct arena *arena = NULL;
    struct wire_enrol_request request;
    struct wire_report report;
    (void)call;
    assert_false(lg_failed(arena_new(WORLD_ARENA, &arena)));
    assert_false(lg_failed(wire_enrol_request_decode(arena, message, &report, &request)));
    if (request.kind == WIRE_ENROL_HEADER) {
        assert_true(span_equal_text(request.header.agreement, "bridgewater"));
        world->in_stream = 0;
    } else {
        record_take(world, &request.record);
    }
    arena_free(&arena);
}

static void on_enrol_end(void *ctx, struct grpc_call *call) {
    struct connector_world *world = ctx;
    struct arena *arena = NULL;
    struct span bytes;
    world->streams++;
    if (world->streams == world->refuse_stream) {
        grpc_call_refuse(&call, GRPC_UNAVAILABLE, "not now");
        return;
    }
    struct wire_rejected_line rejected = {.line = world->reject_line,
                                          .code = span_text("SECOND_RECORD"),
                                          .sentence = span_text("Another record.")};
    size_t rejects = world->reject_line != 0 ? 1 : 0;
    struct wire_enrol_reply reply = {.received = world->in_stream,
                                     .added = world->in_stream - rejects,
                                     .rejected = rejects,
                                     .rejected_lines = &rejected,
                                     .rejected_line_count = rejects};
    assert_false(lg_failed(arena_new(WORLD_ARENA, &arena)));
    assert_false(lg_failed(wire_enrol_reply_encode(arena, &reply, &bytes)));
    grpc_call_reply(&call, bytes);
    arena_free(&arena);
}

static void on_retire(void *ctx, struct grpc_call *call, struct span message) {
    struct connector_world *world = ctx;
    struct arena *arena = NULL;
    struct wire_retire_request request;
    struct wire_report report;
    struct span bytes;
    assert_false(lg_failed(arena_new(WORLD_ARENA, &arena)));
    assert_false(lg_failed(wire_retire_request_decode(arena, message, &report, &request)));
    world->retired += request.record_tags.count;
    struct wire_retire_reply reply = {.retired = request.record_tags.count};
    assert_false(lg_failed(wire_retire_reply_encode(arena, &reply, &bytes)));
    grpc_call_reply(&call, bytes);
    arena_free(&arena);
}

static void gateway_open(struct connector_world *world) {
    char address[32];
    struct support_files files;
    struct grpc_serve serve = {.host = world->agent->host, .methods = world->methods};
    const struct grpc_method methods[] = {{.path = "/lockgate.v1.Subjects/Evaluate",
                                           .kind = GRPC_UNARY,
                                           .ctx = world,
                                           .on_request = on_evaluate},
                                          {.path = "/lockgate.v1.Subjects/Enrol",
                                           .kind = GRPC_CLIENT_STREAM,
                                           .ctx = world,
                                           .on_message = on_enrol_message,
                                           .on_end = on_enrol_end},
                                          {.path = "/lockgate.v1.Subjects/Retire",
                                           .kind = GRPC_UNARY,
                                           .ctx = world,
                                           .on_request = on_retire}};
    memcpy(world->methods, methods, sizeof methods);
    serve.method_count = sizeof methods / sizeof methods[0];
    support_files_set(&world->ca, "operator/gateway/server", &files);
    assert_false(lg_failed(tls_context_new(TLS_SERVER, &files.files, NULL, &world->gateway_tls)));
    serve.tls = world->gateway_tls;
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)world->gateway_port);
    assert_false(lg_failed(http2_address_resolve(address, &serve.address)));
    assert_false(lg_failed(grpc_server_new(&serve, &world->gateway)));
}

void connector_world_agent(struct connector_world *world) {
    struct diag diag = {.line = 0};
    struct lg_err err = connector_agent_open(world->config, &diag, &world->agent);
    if (!lg_failed(err)) {
        err = connector_agent_connect(world->agent, &diag);
    }
    if (lg_failed(err)) {
        fail_msg("%u: %s", diag.line, diag.text);
    }
    gateway_open(world);
}

void connector_world_agent_close(struct connector_world *world) {
    if (world->gateway != NULL) {
        grpc_server_free(&world->gateway);
    }
    connector_agent_close(&world->agent);
    tls_context_free(&world->gateway_tls);
}
