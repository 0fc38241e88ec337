/* SPDX-License-Identifier: Apache-2.0 */
/* Agencies that serve Source, and a key service, each a server in the world's loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/wire/keys.h"
#include "tests/support/line_int.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char *const agency_names[LINE_AGENCIES] = {"homes", "school", "trust"};

static void held_add(struct grpc_call **held, size_t *count, struct grpc_call *call) {
    assert_true(*count < LINE_HELD_MAX);
    held[*count] = call;
    (*count)++;
}

/* ---- agencies ---- */

static bool is_real(const struct line_agency *agency, struct span reference) {
    struct edge_reference opened;
    assert_false(lg_failed(edge_reference_open(agency->box, reference, &opened)));
    return !opened.is_decoy;
}

static struct span spoilt(struct line_world *world, struct span bytes) {
    uint8_t *own = arena_alloc(world->arena, bytes.len);
    assert_non_null(own);
    memcpy(own, bytes.ptr, bytes.len);
    for (size_t i = 0; i + 3 <= bytes.len; i++) {
        if (memcmp(own + i, "@@@", 3) == 0) {
            memcpy(own + i, "\xe2\x80\xae", 3);
        }
    }
    return span_of(own, bytes.len);
}

static void fetch_answer(struct line_agency *agency, struct grpc_call *call,
                         const struct call_reference *reference, bool real) {
    static uint8_t zeros[LIMIT_SOURCE_ANSWER + 1];
    enum line_manner manner = real || !agency->is_kind_to_decoys ? agency->manner : LINE_ANSWERS;
    struct answer answer = {.as_of_s = 1700000000};
    struct span bytes;
    if (real) {
        answer = agency->answer;
    }
    answer.call_reference = *reference;
    if (manner == LINE_LIES) {
        answer.call_reference.bytes[0] ^= 1;
    }
    assert_false(lg_failed(wire_fetch_reply_encode(agency->world->arena, &answer, 0, &bytes)));
    if (manner == LINE_TALKS_RUBBISH) {
        bytes = span_text("\xff\xff\xff\xff rubbish");
    } else if (manner == LINE_SPOILS) {
        bytes = spoilt(agency->world, bytes);
    } else if (manner == LINE_TALKS_LONG) {
        bytes = span_of(zeros, sizeof zeros);
    }
    grpc_call_reply(&call, bytes);
}

static void fetch_handle(struct line_agency *agency, struct grpc_call *call, struct span message) {
    struct wire_report report;
    agency->last_message = arena_copy(agency->world->arena, message);
    if (lg_failed(
            wire_fetch_request_decode(agency->world->arena, message, &report, &agency->last))) {
        fail_msg("%s", report.sentence);
    }
    bool real = is_real(agency, agency->last.reference);
    agency->fetches++;
    agency->real_fetches += real ? 1 : 0;
    bool is_spared = !real && agency->is_kind_to_decoys;
    if (!is_spared && (agency->manner == LINE_FAILS || agency->manner == LINE_IS_DOWN)) {
        grpc_call_refuse(&call, agency->manner == LINE_FAILS ? GRPC_INTERNAL : GRPC_UNAVAILABLE,
                         "broken");
        return;
    }
    if (agency->manner == LINE_HOLDS) {
        agency->held_reference[agency->held_count] = agency->last.call_reference;
        agency->held_is_real[agency->held_count] = real;
        held_add(agency->held, &agency->held_count, call);
        return;
    }
    fetch_answer(agency, call, &agency->last.call_reference, real);
}

/* Agencies are other programs: memory that fails in the gateway does not fail in them. */
static void on_fetch(void *ctx, struct grpc_call *call, struct span message) {
    bool was = support_alloc_pause(true);
    fetch_handle(ctx, call, message);
    (void)support_alloc_pause(was);
}

static void acknowledge_handle(struct line_agency *agency, struct grpc_call *call,
                               struct span message) {
    struct wire_report report;
    struct wire_acknowledge_request request = {0};
    if (lg_failed(
            wire_acknowledge_request_decode(agency->world->arena, message, &report, &request))) {
        fail_msg("%s", report.sentence);
    }
    agency->acknowledged++;
    agency->last_receipt_leaf = request.logged.receipt.leaf;
    grpc_call_reply(&call, span_of("", 0));
}

static void on_acknowledge(void *ctx, struct grpc_call *call, struct span message) {
    bool was = support_alloc_pause(true);
    acknowledge_handle(ctx, call, message);
    (void)support_alloc_pause(was);
}

/* A held call that is given up stays held; its answer then goes nowhere. */
static void on_fetch_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    struct line_agency *agency = ctx;
    (void)call;
    (void)why;
    agency->cancelled++;
}

void line_agency_release(struct line_world *world, enum line_agency_id id) {
    struct line_agency *agency = &world->agencies[id];
    enum line_manner manner = agency->manner;
    agency->manner = manner == LINE_HOLDS ? LINE_ANSWERS : manner;
    for (size_t i = 0; i < agency->held_count; i++) {
        fetch_answer(agency, agency->held[i], &agency->held_reference[i], agency->held_is_real[i]);
    }
    agency->held_count = 0;
    agency->manner = manner;
}

void line_until_fetched(struct line_world *world, enum line_agency_id agency, unsigned fetches) {
    for (int i = 0; i < 2000 && world->agencies[agency].fetches < fetches; i++) {
        loop_turn(world->worker.loop, 5);
    }
    assert_int_equal(world->agencies[agency].fetches, fetches);
}

static void server_open(struct line_world *world, const struct grpc_method *methods, size_t count,
                        struct grpc_server **out_server) {
    struct grpc_serve serve = {.host = world->host,
                               .tls = world->agency_server,
                               .methods = methods,
                               .method_count = count};
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    assert_false(lg_failed(grpc_server_new(&serve, out_server)));
    grpc_server_set_serving(*out_server, "", true);
}

void line_agencies_open(struct line_world *world) {
    for (size_t i = 0; i < LINE_AGENCIES; i++) {
        struct line_agency *agency = &world->agencies[i];
        *agency = (struct line_agency){.world = world, .name = agency_names[i]};
        assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &agency->box)));
        const struct grpc_method methods[] = {
            {.path = "/lockgate.v1.Source/Fetch",
             .ctx = agency,
             .on_request = on_fetch,
             .on_cancel = on_fetch_cancel},
            {.path = "/lockgate.v1.Source/Acknowledge",
             .ctx = agency,
             .on_request = on_acknowledge},
        };
        server_open(world, methods, 2, &agency->server);
    }
}

/* ---- the key service ---- */

static void pseudonymise_answer(struct line_keys *keys, struct grpc_call *call,
                                struct span message) {
    struct arena *arena = keys->world->arena;
    struct wire_report report;
    struct wire_pseudonymise_request request = {0};
    if (lg_failed(wire_pseudonymise_request_decode(arena, message, &report, &request))) {
        fail_msg("%s", report.sentence);
    }
    struct span *elements = arena_array(arena, request.elements.count, sizeof *elements);
    struct vault_point *points = arena_array(arena, request.elements.count, sizeof *points);
    assert_non_null(elements);
    assert_non_null(points);
    for (size_t i = 0; i < request.elements.count; i++) {
        struct vault_point in;
        memcpy(in.bytes, request.elements.items[i].ptr, sizeof in.bytes);
        assert_false(lg_failed(vault_point_multiply(&in, &keys->scalar, &points[i])));
        elements[i] = span_of(points[i].bytes, sizeof points[i].bytes);
    }
    struct span_list reply = {elements, request.elements.count};
    reply.count -= keys->manner == LINE_LIES ? 1 : 0;
    struct span bytes = span_text("\xff rubbish");
    if (keys->manner != LINE_TALKS_RUBBISH && reply.count > 0) {
        assert_false(lg_failed(wire_pseudonymise_reply_encode(arena, &reply, &bytes)));
    }
    grpc_call_reply(&call, bytes);
}

static void pseudonymise_handle(struct line_keys *keys, struct grpc_call *call,
                                struct span message) {
    keys->calls++;
    if (keys->manner == LINE_FAILS) {
        grpc_call_refuse(&call, GRPC_UNAVAILABLE, NULL);
    } else if (keys->manner == LINE_HOLDS) {
        keys->held_elements[keys->held_count] = arena_copy(keys->world->arena, message);
        held_add(keys->held, &keys->held_count, call);
    } else {
        pseudonymise_answer(keys, call, message);
    }
}

static void on_pseudonymise(void *ctx, struct grpc_call *call, struct span message) {
    bool was = support_alloc_pause(true);
    pseudonymise_handle(ctx, call, message);
    (void)support_alloc_pause(was);
}

/* Keys of all classes that nobody has: what they evaluate has no proof that holds. */
static void on_public_keys(void *ctx, struct grpc_call *call, struct span message) {
    struct line_keys *keys = ctx;
    struct wire_public_key list[TOKEN_CLASS_END - 1];
    struct vault_point points[TOKEN_CLASS_END - 1];
    struct span bytes;
    bool was = support_alloc_pause(true);
    (void)message;
    for (enum token_class i = TOKEN_N; i < TOKEN_CLASS_END; i++) {
        vault_point_random(&points[i - 1]);
        list[i - 1] = (struct wire_public_key){
            .token_class = i, .epoch = 1, .key = span_of(points[i - 1].bytes, VAULT_POINT_SIZE)};
    }
    const struct wire_public_keys_reply reply = {.keys = list, .key_count = TOKEN_CLASS_END - 1};
    assert_false(lg_failed(wire_public_keys_reply_encode(keys->world->arena, &reply, &bytes)));
    grpc_call_reply(&call, bytes);
    (void)support_alloc_pause(was);
}

static void on_evaluate(void *ctx, struct grpc_call *call, struct span message) {
    struct line_keys *keys = ctx;
    (void)message;
    keys->evaluations++;
    if (keys->manner == LINE_HOLDS) {
        keys->held_evaluations[keys->held_evaluation_count] = call;
        keys->held_evaluation_count++;
        return;
    }
    grpc_call_refuse(&call, GRPC_UNAVAILABLE, NULL);
}

void line_keys_release(struct line_world *world) {
    struct line_keys *keys = &world->keys;
    for (size_t i = 0; i < keys->held_count; i++) {
        pseudonymise_answer(keys, keys->held[i], keys->held_elements[i]);
    }
    keys->held_count = 0;
    for (size_t i = 0; i < keys->held_evaluation_count; i++) {
        grpc_call_refuse(&keys->held_evaluations[i], GRPC_UNAVAILABLE, NULL);
    }
    keys->held_evaluation_count = 0;
}

void line_keys_open(struct line_world *world) {
    struct line_keys *keys = &world->keys;
    *keys = (struct line_keys){.world = world};
    vault_scalar_random(&keys->scalar);
    const struct grpc_method methods[] = {
        {.path = "/lockgate.v1.Keys/Pseudonymise", .ctx = keys, .on_request = on_pseudonymise},
        {.path = "/lockgate.v1.Keys/PublicKeys", .ctx = keys, .on_request = on_public_keys},
        {.path = "/lockgate.v1.Keys/Evaluate", .ctx = keys, .on_request = on_evaluate},
    };
    server_open(world, methods, 3, &keys->server);
}

void line_agencies_close(struct line_world *world) {
    for (enum line_agency_id i = 0; i < LINE_AGENCIES; i++) {
        line_agency_release(world, i);
        grpc_server_free(&world->agencies[i].server);
        vault_key_free(&world->agencies[i].box);
    }
    line_keys_release(world);
    grpc_server_free(&world->keys.server);
}
