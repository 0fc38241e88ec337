/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/connect_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct connect_scene *connect_begin(struct grpc_world *world) {
    struct connect_scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scene->world = world;
    h2_raw_connect(world, &scene->raw);
    h2_raw_greet(&scene->raw);
    scene->next_id = 1;
    return scene;
}

void connect_end(struct connect_scene *scene) {
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Echo", "application/proto", span_text("good"));
    assert_string_equal(answer->body, "good");
    assert_int_equal(scene->raw.goaways, 0);
    h2_raw_free(&scene->raw);
    free(scene);
}

void connect_request(struct connect_scene *scene, const char *method, const char *path,
                     const char *type) {
    scene->block.len = 0;
    h2_raw_add(&scene->block, ":method", method);
    h2_raw_add(&scene->block, ":scheme", "https");
    h2_raw_add(&scene->block, ":path", path);
    h2_raw_add(&scene->block, ":authority", "gateway.example");
    if (type != NULL) {
        h2_raw_add(&scene->block, "content-type", type);
    }
}

void connect_headers(struct connect_scene *scene, const char *path, const char *type) {
    connect_request(scene, "POST", path, type);
}

static uint32_t send_block(struct connect_scene *scene, bool end) {
    uint32_t id = scene->next_id;
    h2_raw_headers(&scene->raw, id, &scene->block, end);
    scene->next_id += 2;
    return id;
}

const struct h2_raw_stream *connect_settle(struct connect_scene *scene, uint32_t id) {
    h2_raw_settle(&scene->raw);
    return &scene->raw.streams[id / 2];
}

const struct h2_raw_stream *connect_send_headers(struct connect_scene *scene, bool end) {
    return connect_settle(scene, send_block(scene, end));
}

uint32_t connect_open_headers(struct connect_scene *scene) {
    return send_block(scene, false);
}

uint32_t connect_open(struct connect_scene *scene, const char *path, const char *type) {
    connect_headers(scene, path, type);
    return connect_open_headers(scene);
}

const struct h2_raw_stream *connect_ask(struct connect_scene *scene, const char *path,
                                        const char *type, struct span body) {
    uint32_t id = connect_open(scene, path, type);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, body);
    return connect_settle(scene, id);
}

const struct h2_raw_stream *connect_ask_with(struct connect_scene *scene, const char *type,
                                             const char *name, const char *value) {
    connect_headers(scene, "/t.T/Echo", type);
    h2_raw_add(&scene->block, name, value);
    return connect_send_headers(scene, true);
}
