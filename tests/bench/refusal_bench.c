/* SPDX-License-Identifier: Apache-2.0 */
/* Load that is refused: so many calls that nobody ends take the whole share of one agency, and what
 * comes after them is turned away. In each round every connection sends so many calls, each in a
 * record of its own, and the round ends when all are refused. Prints "held", waits for a line, runs
 * the rounds, prints "refused=N".
 *
 *   refusal_bench ADDRESS DNS URI ANCHORS CRL PATH CONNECTIONS EACH ROUNDS CERT KEY TEMPLATES */
#include <stdio.h>
#include <stdlib.h>

#include "gateway/grpc/grpc.h"
#include "gateway/vault/vault.h"
#include "tests/bench/load_parts.h"

enum { ARG_COUNT = 13, CONNECTIONS_MAX = 64, EACH_MAX = 64, DEADLINE_MS = 30000 };
enum { HELD_MAX = 2000, PAUSE_US = 30000 };

struct load {
    struct loop *loop;
    const char *path;
    struct load_templates templates;
    struct grpc_channel *channels[CONNECTIONS_MAX];
    size_t channel_count;
    size_t under_way; /* of a round */
    uint64_t refused;
    uint64_t others; /* ended in another way, or were answered */
};

static bool is_refusal(const struct grpc_outcome *outcome) {
    return outcome->status == GRPC_RESOURCE_EXHAUSTED && !outcome->is_ours;
}

static void on_held(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct load *load = ctx;
    (void)leg;
    load->refused += is_refusal(outcome) ? 1 : 0;
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct load *load = ctx;
    (void)leg;
    load->refused += is_refusal(outcome) ? 1 : 0;
    load->others += is_refusal(outcome) ? 0 : 1;
    load->under_way--;
}

static const struct grpc_leg_events HELD_EVENTS = {.on_done = on_held};
static const struct grpc_leg_events EVENTS = {.on_done = on_done};

static void send_one(struct load *load, size_t channel, const struct grpc_leg_events *events) {
    uint8_t message[LOAD_MESSAGE_MAX];
    struct grpc_leg *leg = NULL;
    const struct grpc_request request = {
        .path = load->path,
        .kind = GRPC_UNARY,
        .message = load_request_draw(&load->templates, message),
        .deadline_ms = loop_now_ms(load->loop) + DEADLINE_MS,
    };
    load_must(grpc_channel_call(load->channels[channel], &request, events, load, &leg), "call");
}

/* A turn for each, so that no two calls of one connection share a record. */
static void round_run(struct load *load, size_t each) {
    for (size_t i = 0; i < each; i++) {
        for (size_t j = 0; j < load->channel_count; j++) {
            load->under_way++;
            send_one(load, j, &EVENTS);
        }
        loop_turn(load->loop, 0);
    }
    while (load->under_way > 0) {
        loop_turn(load->loop, 100);
    }
}

static void channels_open(struct load *load, char **argv, struct http2_host *host,
                          struct tls_context *tls) {
    for (size_t i = 0; i < load->channel_count; i++) {
        struct grpc_dial dial = {
            .host = host, .tls = tls, .dns_name = argv[2], .uri = argv[3], .seed = i};
        load_must(http2_address_resolve(argv[1], &dial.address), "address");
        load_must(grpc_channel_new(&dial, &load->channels[i]), "channel");
    }
}

/* Until one is turned away because the share is taken; slowly, since those that come too fast are
 * turned away because of that. */
static void hold(struct load *load) {
    for (size_t i = 0; load->refused == 0; i++) {
        if (i == HELD_MAX) {
            load_die("the share is not taken");
        }
        send_one(load, i % load->channel_count, &HELD_EVENTS);
        if (i % load->channel_count == 0) {
            int64_t end_us = load_now_us() + PAUSE_US;
            while (load_now_us() < end_us) {
                loop_turn(load->loop, 1);
            }
        }
    }
}

int main(int argc, char **argv) {
    static struct load load;
    if (argc != ARG_COUNT) {
        load_die(
            "usage: ADDRESS DNS URI ANCHORS CRL PATH CONNECTIONS EACH ROUNDS CERT KEY TEMPLATES");
    }
    struct vault_report report;
    struct diag diag = {0};
    struct tls_context *tls = NULL;
    struct http2_host *host = NULL;
    const struct tls_files files = {
        .certificate = argv[10], .key = argv[11], .anchors = argv[4], .crl = argv[5]};
    load.path = argv[6];
    load.channel_count = load_number(argv[7], CONNECTIONS_MAX);
    size_t each = load_number(argv[8], EACH_MAX);
    size_t rounds = load_number(argv[9], 1000000);
    load_must(vault_init(&report), "vault");
    load_must(tls_context_new(TLS_CLIENT, &files, &diag, &tls), diag.text);
    load_must(loop_new(clock_system(), &load.loop), "loop");
    load_must(http2_host_new(load.loop, &host), "host");
    load_templates_read(&load.templates, argv[12]);
    channels_open(&load, argv, host, tls);
    hold(&load);
    round_run(&load, each);
    printf("held\n");
    fflush(stdout);
    if (getchar() == EOF) {
        load_die("nobody to begin");
    }
    load.refused = 0;
    for (size_t i = 0; i < rounds; i++) {
        round_run(&load, each);
    }
    printf("refused=%llu others=%llu\n", (unsigned long long)load.refused,
           (unsigned long long)load.others);
    return load.others == 0 ? 0 : 1;
}
