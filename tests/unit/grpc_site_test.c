/* SPDX-License-Identifier: Apache-2.0 */
/* A site beside the calls: what goes to it, what it answers with, and the fields that every answer
 * of a server has, whoever writes it; calls whose caller is checked first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/grpc_int.h"
#include "tests/support/connect_scene.h"

#include <cmocka.h>

enum { LARGE = 1300000 };

struct site {
    char method[32];
    char path[64];
    char query[64];
    size_t body_len;
    int requests;
    int calls;
    int cancels;
    struct grpc_call *held;
    enum grpc_status allowed;
    enum grpc_status still_allowed;
    struct grpc_call *watch;
    uint8_t *large;
    struct tls_context *tls; /* open: peers are browsers */
};
static struct site *site_of(struct grpc_call *call) {
    return grpc_call_method(call)->ctx;
}

static void copy(struct span text, char *out, size_t size) {
    (void)snprintf(out, size, "%.*s", (int)text.len, (const char *)text.ptr);
}

static void on_site(void *ctx, struct grpc_call *call, struct span message) {
    struct site *site = ctx;
    struct grpc_site_request request = {0};
    assert_ptr_equal(site_of(call), site);
    assert_true(grpc_site_read(message, &request));
    copy(request.method, site->method, sizeof site->method);
    copy(request.path, site->path, sizeof site->path);
    copy(request.query, site->query, sizeof site->query);
    site->body_len = request.body.len;
    site->requests++;
    if (span_equal_text(request.path, "/hold")) {
        site->held = call;
        return;
    }
    const struct http2_field fields[] = {
        {.name = span_text("x-own"), .value = span_text("1")},
        {.name = span_text("cache-control"), .value = span_text("immutable")},
    };
    bool is_large = span_equal_text(request.path, "/large");
    const struct grpc_site_answer answer = {
        .status = span_equal_text(request.path, "/there") ? "303" : "200",
        .fields = fields,
        .field_count = span_equal_text(request.path, "/plain") ? 1 : 2,
        .body = is_large ? span_of(site->large, LARGE) : span_text("hello"),
        .is_head = span_equal_text(request.method, "HEAD"),
    };
    grpc_call_site(&call, &answer);
    assert_null(call);
}

static void on_site_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    struct site *site = ctx;
    (void)why;
    site->cancels++;
    site->held = NULL;
    grpc_call_release(&call);
}

static enum grpc_status on_check(void *ctx, const struct grpc_call *call, bool is_begun,
                                 const char **out_message) {
    const struct site *site = ctx;
    (void)call;
    *out_message = "not for you";
    return is_begun ? site->still_allowed : site->allowed;
}

static void on_watch(void *ctx, struct grpc_call *call, struct span message) {
    struct site *site = ctx;
    (void)message;
    site->watch = call;
}

static void on_call(void *ctx, struct grpc_call *call, struct span message) {
    struct site *site = ctx;
    site->calls++;
    grpc_call_reply(&call, message);
}

static bool knows(const char *path) {
    (void)path;
    return true;
}

/* Not to be reached by what is refused. */
static struct lg_err read_json(const char *path, struct arena *arena, struct span json,
                               const char **out_sentence, struct span *out_message) {
    (void)path;
    (void)arena;
    *out_sentence = "read";
    *out_message = json;
    return lg_err_make(LG_CLASS_INPUT, LG_GRPC, 1);
}

static struct lg_err write_json(const char *path, struct arena *arena, struct span message,
                                struct span *out_json) {
    (void)path;
    (void)arena;
    *out_json = message;
    return LG_OK;
}

static const struct grpc_codec CODEC = {.knows = knows, .read = read_json, .write = write_json};

/* The world's server gives way to one with a site. */
static struct connect_scene *begin(struct grpc_world *world, struct site *site) {
    static const struct http2_field fields[] = {
        {.name = {(const uint8_t *)"x-all", 5}, .value = {(const uint8_t *)"a", 1}},
        {.name = {(const uint8_t *)"cache-control", 13}, .value = {(const uint8_t *)"no-store", 8}},
    };
    const struct grpc_method methods[] = {
        {.path = "/t.T/Echo", .ctx = site, .check = on_check, .on_request = on_call},
        {.path = "/t.T/Watch",
         .kind = GRPC_SERVER_STREAM,
         .ctx = site,
         .check = on_check,
         .on_request = on_watch},
        {.path = "/*",
         .kind = GRPC_SITE,
         .lane = GRPC_LANE_NONE,
         .request_max = 256,
         .ctx = site,
         .on_request = on_site,
         .on_cancel = on_site_cancel},
    };
    struct diag diag = {0};
    const struct tls_files files = {
        .certificate = world->server_files.certificate,
        .key = world->server_files.key,
        .is_open = true,
        .clock = loop_clock(world->loop),
    };
    assert_false(lg_failed(tls_context_new(TLS_SERVER, &files, &diag, &site->tls)));
    struct grpc_serve serve = {
        .host = world->host,
        .tls = site->tls,
        .methods = methods,
        .method_count = 3,
        .codec = &CODEC,
        .is_named = true,
        .is_open = true,
        .fields = fields,
        .field_count = 2,
    };
    site->large = malloc(LARGE);
    assert_non_null(site->large);
    memset(site->large, 'x', LARGE);
    grpc_channel_free(&world->channel);
    grpc_world_settle(world);
    grpc_server_free(&world->server);
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    assert_false(lg_failed(grpc_server_new(&serve, &world->server)));
    return connect_begin(world);
}

/* Before what it holds: the server, and then the context of its streams. */
static void close_all(struct grpc_world *world, struct site *site) {
    grpc_world_settle(world);
    grpc_server_free(&world->server);
    grpc_world_settle(world);
    tls_context_free(&site->tls);
    free(site->large);
}

static void end(struct connect_scene *scene, struct site *site) {
    struct grpc_world *world = scene->world;
    connect_end(scene);
    close_all(world, site);
}

static const struct h2_raw_stream *ask(struct connect_scene *scene, const char *method,
                                       const char *path) {
    connect_request(scene, method, path, NULL);
    return connect_send_headers(scene, true);
}

static void whatever_is_no_call_goes_to_it(void **state) {
    struct site site = {0};
    struct connect_scene *scene = begin(*state, &site);
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const struct h2_raw_stream *answer = ask(scene, methods[i], "/a/b?c=d?e");
        assert_string_equal(answer->http_status, "200");
        assert_true(answer->has_ended);
        assert_string_equal(answer->body, strcmp(methods[i], "HEAD") == 0 ? "" : "hello");
        assert_string_equal(site.method, methods[i]);
        assert_string_equal(site.path, "/a/b");
        assert_string_equal(site.query, "c=d?e");
    }
    /* A form is none, and a call is. */
    (void)connect_ask(scene, "/t.T/Echo", "application/x-www-form-urlencoded", span_text("a=b"));
    assert_int_equal(site.requests, 7);
    assert_int_equal(site.body_len, 3);
    (void)connect_ask(scene, "/t.T/Echo", "application/proto", span_text("x"));
    assert_int_equal(site.requests, 7);
    assert_int_equal(site.calls, 1);
    end(scene, &site);
}

static void every_answer_has_the_fields(void **state) {
    struct site site = {0};
    struct connect_scene *scene = begin(*state, &site);
    assert_string_equal(ask(scene, "GET", "/there")->fields,
                        ":status: 303\nx-own: 1\ncache-control: immutable\nx-all: a\n");
    assert_string_equal(ask(scene, "GET", "/plain")->fields,
                        ":status: 200\nx-own: 1\nx-all: a\ncache-control: no-store\n");
    static const struct {
        const char *path;
        const char *type;
        const char *status;
    } calls[] = {{"/t.T/Echo", "application/proto", "200"},
                 {"/t.T/None", "application/proto", "404"},
                 {"/t.T/None", "application/grpc", "200"},
                 {"/t.T/Echo", "application/json", "400"},
                 {"/t.T/Echo", "application/connect+proto", "415"}};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct h2_raw_stream *answer =
            connect_ask(scene, calls[i].path, calls[i].type, span_text("x"));
        assert_string_equal(answer->http_status, calls[i].status);
        assert_non_null(strstr(answer->fields, "x-all: a\n"));
        assert_non_null(strstr(answer->fields, "cache-control: no-store\n"));
    }
    end(scene, &site);
}

static void a_request_has_a_ceiling(void **state) {
    struct site site = {0};
    char path[LIMIT_GRPC_SITE_PATH + 16];
    char body[512];
    struct connect_scene *scene = begin(*state, &site);
    memset(body, 'x', sizeof body);
    (void)connect_ask(scene, "/a", "text/plain", span_of(body, 256 - sizeof "POST /a\n" + 1));
    assert_int_equal(site.requests, 1);
    assert_int_equal(site.body_len, 256 - strlen("POST /a\n"));
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/a", "text/plain", span_of(body, 256 - strlen("POST /a\n") + 1));
    assert_string_equal(answer->http_status, "429");
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[LIMIT_GRPC_SITE_PATH + 1] = '\0';
    assert_string_equal(ask(scene, "GET", path)->http_status, "414");
    assert_int_equal(site.requests, 1);
    end(scene, &site);
}

static void a_large_body_goes_out_as_it_is_read(void **state) {
    struct site site = {0};
    struct connect_scene *scene = begin(*state, &site);
    const struct h2_raw_stream *answer = ask(scene, "GET", "/large");
    assert_string_equal(answer->http_status, "200");
    assert_false(answer->has_ended);
    /* Nothing of it is copied for a reader who does not read. */
    assert_int_equal(scene->world->server->page_held, 0);
    assert_int_equal(scene->world->server->call_count, 1);
    struct grpc_world *world = scene->world;
    h2_raw_free(&scene->raw);
    free(scene);
    close_all(world, &site);
}

static void an_answer_may_come_later_or_never(void **state) {
    struct site site = {0};
    struct connect_scene *scene = begin(*state, &site);
    (void)ask(scene, "GET", "/hold");
    assert_non_null(site.held);
    grpc_world_pass(scene->world, LIMIT_GRPC_DEADLINE_MS + 1);
    assert_null(site.held);
    assert_int_equal(site.cancels, 1);
    assert_int_equal(scene->world->server->call_count, 0);
    end(scene, &site);
}

static void who_may_not_call_is_told_before_anything_is_read(void **state) {
    struct site site = {.allowed = GRPC_UNAUTHENTICATED};
    struct connect_scene *scene = begin(*state, &site);
    static const char *const types[] = {"application/json", "application/proto"};
    for (size_t i = 0; i < 2; i++) {
        const struct h2_raw_stream *answer =
            connect_ask(scene, "/t.T/Echo", types[i], span_text("x"));
        assert_string_equal(answer->http_status, "401");
        assert_string_equal(answer->body,
                            "{\"code\":\"unauthenticated\",\"message\":\"not for you\"}");
    }
    assert_int_equal(site.calls, 0);
    site.allowed = GRPC_OK;
    end(scene, &site);
}

/* A stream goes on until its caller may not have it any more: not a byte further. */
static void nothing_more_is_sent_to_who_may_not(void **state) {
    struct site site = {0};
    static const uint8_t message[] = {0, 0, 0, 0, 1, 'x'};
    struct connect_scene *scene = begin(*state, &site);
    (void)connect_ask(scene, "/t.T/Watch", "application/connect+proto",
                      span_of(message, sizeof message));
    assert_non_null(site.watch);
    assert_false(lg_failed(grpc_call_send(site.watch, span_text("first part"))));
    site.still_allowed = GRPC_UNAUTHENTICATED;
    struct lg_err err = grpc_call_send(site.watch, span_text("second part"));
    assert_int_equal(lg_err_code(err), GRPC_GONE);
    assert_false(grpc_call_is_open(site.watch));
    grpc_call_release(&site.watch);
    site.still_allowed = GRPC_OK;
    const struct h2_raw_stream *answer = connect_settle(scene, scene->next_id - 2);
    assert_true(answer->has_ended);
    /* Behind the first part is the end, with the reason. */
    assert_memory_equal(answer->body + 5, "first part", 10);
    assert_int_equal(answer->body[15], 2);
    static const char END[] = "{\"error\":{\"code\":\"unauthenticated\"";
    assert_memory_equal(answer->body + 20, END, sizeof END - 1);
    end(scene, &site);
}

/* Who goes before the handshake is over was never counted. */
static void silent_peers_come_and_go(void **state) {
    struct grpc_world *world = *state;
    struct site site = {0};
    struct connect_scene *scene = begin(world, &site);
    for (int i = 0; i < 3; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
        assert_false(lg_failed(grpc_server_take(world->server, pair[1])));
        grpc_world_settle(world);
        if (i == 1) {
            assert_int_equal(send(pair[0], "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
            grpc_world_settle(world);
        }
        close(pair[0]);
        grpc_world_settle(world);
    }
    assert_int_equal(world->server->agency_count, 1);
    assert_int_equal(world->server->agencies[0].connections, 1);
    end(scene, &site);
}

static void requests_are_cut_well(void **state) {
    (void)state;
    static const char *const bad[] = {"", "GET", "GET /", "GET/\n", "\n", "/a"};
    struct grpc_site_request request = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(grpc_site_read(span_text(bad[i]), &request));
    }
    assert_true(grpc_site_read(span_text("GET /a b?\n\nx"), &request));
    assert_true(span_equal_text(request.path, "/a b"));
    assert_int_equal(request.query.len, 0);
    assert_true(span_equal_text(request.body, "\nx"));
}

static void a_site_has_one_row_and_that_path(void **state) {
    struct grpc_world *world = *state;
    struct site site = {0};
    struct grpc_method method = {
        .path = "/x/*", .kind = GRPC_SITE, .ctx = &site, .on_request = on_site};
    struct grpc_serve serve = {
        .host = world->host, .tls = world->server_tls, .methods = &method, .method_count = 1};
    struct grpc_server *server = NULL;
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    assert_int_equal(lg_err_class(grpc_server_new(&serve, &server)), LG_CLASS_CONFIG);
    method.path = "/*";
    method.on_request = NULL;
    assert_int_equal(lg_err_class(grpc_server_new(&serve, &server)), LG_CLASS_CONFIG);
    assert_null(server);
}

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONNECT_TEST(whatever_is_no_call_goes_to_it),
        CONNECT_TEST(every_answer_has_the_fields),
        CONNECT_TEST(a_request_has_a_ceiling),
        CONNECT_TEST(a_large_body_goes_out_as_it_is_read),
        CONNECT_TEST(an_answer_may_come_later_or_never),
        CONNECT_TEST(who_may_not_call_is_told_before_anything_is_read),
        CONNECT_TEST(nothing_more_is_sent_to_who_may_not),
        CONNECT_TEST(silent_peers_come_and_go),
        CONNECT_TEST(a_site_has_one_row_and_that_path),
        cmocka_unit_test(requests_are_cut_well),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
