/* SPDX-License-Identifier: Apache-2.0 */
/* A server and a channel of ours in one loop whose time the test owns, with certificates of a CA
 * made for the run, and a record of what was called. */
#ifndef TESTS_SUPPORT_GRPC_WORLD_H
#define TESTS_SUPPORT_GRPC_WORLD_H

#include "gateway/grpc/grpc.h"
#include "tests/support/ca.h"

enum { GRPC_WORLD_TEXT = 256, GRPC_WORLD_HELD = 2048 };

/* What the server of the world saw. */
struct grpc_seen {
    int requests;
    int opened;
    int messages;
    int ended;
    int cancelled;
    int writable;
    size_t bytes;
    enum grpc_status why;
    int64_t deadline_in_ms;
    char traceparent[GRPC_WORLD_TEXT];
    char agency[GRPC_WORLD_TEXT];
    char notes[GRPC_WORLD_TEXT]; /* every kept value of x-note and x-note-bin, each with a ';' */
};

struct grpc_world {
    struct support_ca ca;
    struct support_files client_files;
    struct support_files server_files;
    struct tls_context *client_tls;
    struct tls_context *server_tls;
    struct loop *loop;
    struct http2_host *host;
    struct grpc_server *server;
    struct grpc_channel *channel;
    int64_t mono_ms;
    int64_t wall_ms;
    struct grpc_seen seen;
    struct grpc_call *held[GRPC_WORLD_HELD]; /* calls of /t.T/Hold and of streams under way */
    struct grpc_pair answer_notes[2];        /* added by /t.T/Talk: header and trailer, if named */
    size_t held_count;
    size_t again;  /* when there is room again, so many bytes are sent once more; 0: none */
    bool pauses;   /* the next message of /t.T/Sum pauses its call */
    bool keeps;    /* cancelled calls stay held */
    bool is_known; /* what on_peer says */
    bool is_drained;
};

/* Group set-up and tear-down: the CA, contexts, loop, host. *state is the world; source_dir is
 * LOCKGATE_SOURCE. */
int grpc_world_setup(void **state, const char *source_dir);
int grpc_world_teardown(void **state);
/* For each test: a fresh server and channel, and the record cleared. All must be gone after it. */
int grpc_world_open(void **state);
int grpc_world_close(void **state);

/* One turn that does not wait. */
void grpc_world_turn(struct grpc_world *world);
/* Turns the loop until nothing more happens for a few turns. */
void grpc_world_settle(struct grpc_world *world);
/* Moves time and settles. */
void grpc_world_pass(struct grpc_world *world, int64_t ms);
/* Answers and releases a held call. */
void grpc_world_release(struct grpc_world *world, size_t index);

/* One leg and how it went. */
struct grpc_try {
    struct grpc_leg *leg;
    int messages;
    int done;
    int writable;
    size_t bytes;
    enum grpc_status status;
    bool is_ours;
    bool surely_unprocessed;
    int64_t pushback_ms;
    uint8_t last[GRPC_WORLD_TEXT]; /* the start of the last message */
    size_t last_len;
    char message[GRPC_WORLD_TEXT];
    char header[GRPC_WORLD_TEXT];  /* x-note of the answer */
    char trailer[GRPC_WORLD_TEXT]; /* x-note-bin of the answer */
    bool cancels;                  /* from its next message */
};

/* Begins a call to the world's channel that is due in `in_ms`, of the kind that `path` is known to
 * be (unary for an unknown one); fails the test if it cannot begin. */
void grpc_try_begin(struct grpc_world *world, struct grpc_try *it, const char *path,
                    struct span message, int64_t in_ms);
/* The same with a request of the test's; its deadline is set and its answer's notes are kept. */
void grpc_try_with(struct grpc_world *world, struct grpc_try *it, struct grpc_request request,
                   int64_t in_ms);
extern const struct grpc_leg_events GRPC_TRY_EVENTS;

#endif
