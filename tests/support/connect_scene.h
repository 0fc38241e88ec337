/* SPDX-License-Identifier: Apache-2.0 */
/* A raw client that asks by Connect, on one connection to the world's server. */
#ifndef TESTS_SUPPORT_CONNECT_SCENE_H
#define TESTS_SUPPORT_CONNECT_SCENE_H

#include "tests/support/h2_raw.h"

struct connect_scene {
    struct grpc_world *world;
    struct h2_raw raw;
    struct h2_raw_block block;
    uint32_t next_id;
};

#define CONNECT_TEST(name) cmocka_unit_test_setup_teardown(name, grpc_world_open, grpc_world_close)

/* The caller ends it by connect_end, which shows that the connection still answers. */
struct connect_scene *connect_begin(struct grpc_world *world);
void connect_end(struct connect_scene *scene);

/* Starts the block of a request; `type` NULL: no content-type. */
void connect_request(struct connect_scene *scene, const char *method, const char *path,
                     const char *type);
/* The same with POST. */
void connect_headers(struct connect_scene *scene, const char *path, const char *type);
/* Sends the block, `end` with END_STREAM; how it was answered. */
const struct h2_raw_stream *connect_send_headers(struct connect_scene *scene, bool end);
/* Sends the block without END_STREAM; the stream's identifier. */
uint32_t connect_open_headers(struct connect_scene *scene);
uint32_t connect_open(struct connect_scene *scene, const char *path, const char *type);
/* What came on a stream until now. */
const struct h2_raw_stream *connect_settle(struct connect_scene *scene, uint32_t id);
/* A whole request with a body of at most 16 KiB. */
const struct h2_raw_stream *connect_ask(struct connect_scene *scene, const char *path,
                                        const char *type, struct span body);
/* An empty request to /t.T/Echo with one more header. */
const struct h2_raw_stream *connect_ask_with(struct connect_scene *scene, const char *type,
                                             const char *name, const char *value);

#endif
