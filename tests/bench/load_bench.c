/* SPDX-License-Identifier: Apache-2.0 */
/* Load generator: so many connections with so many calls in flight each, for so many seconds, over
 * mutual TLS. After two seconds of warming up, every call must end OK with an answer of at least
 * the size that was said, or the run fails. Prints one line: calls, seconds, our own CPU seconds,
 * latency.
 *
 *   load_bench ADDRESS DNS URI CERT KEY ANCHORS CRL PATH TEMPLATES CONNECTIONS STREAMS SECONDS
 * LEAST
 *
 * TEMPLATES: requests, each after a 32-bit big-endian length; used in turn. A request that begins
 * with bytes 0a 10 has a field of 16 bytes there, which is drawn anew for each call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/grpc/grpc.h"
#include "gateway/vault/vault.h"
#include "tests/bench/load_parts.h"

enum { CONNECTIONS_MAX = 64, STREAMS_MAX = 100, SAMPLES_MAX = 1 << 20 };
enum { ARG_COUNT = 14, FAILURES_MAX = 100, WARM_UP_MS = 2000, DEADLINE_MS = 10000 };

struct load;

struct slot {
    struct load *load;
    struct grpc_channel *channel;
    struct grpc_leg *leg;
    int64_t begun_us;
    bool answered;
};

struct load {
    struct loop *loop;
    const char *path;
    struct load_templates templates;
    size_t least;
    struct grpc_channel *channels[CONNECTIONS_MAX];
    struct slot *slots;
    size_t slot_count;
    size_t open;
    int64_t count_from_us;
    int64_t end_us;
    uint64_t counted;
    uint64_t failed;
    enum grpc_status first_failure;
    uint32_t *samples_us;
    size_t sample_count;
};

static void slot_begin(struct slot *slot);

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    (void)leg;
    struct slot *slot = ctx;
    slot->answered = message.len >= slot->load->least;
}

static void sample_add(struct load *load, int64_t begun_us, int64_t now) {
    load->counted++;
    if (load->sample_count < SAMPLES_MAX) {
        load->samples_us[load->sample_count++] = (uint32_t)(now - begun_us);
    }
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    (void)leg;
    struct slot *slot = ctx;
    struct load *load = slot->load;
    int64_t now = load_now_us();
    slot->leg = NULL;
    bool good = outcome->status == GRPC_OK && slot->answered;
    if (!good && now >= load->count_from_us) {
        load->first_failure = load->failed == 0 ? outcome->status : load->first_failure;
        load->failed++;
    } else if (good && now >= load->count_from_us && now < load->end_us) {
        sample_add(load, slot->begun_us, now);
    }
    if (now < load->end_us && load->failed < FAILURES_MAX) {
        slot_begin(slot);
        return;
    }
    if (--load->open == 0) {
        loop_stop(load->loop);
    }
}

static const struct grpc_leg_events events = {.on_message = on_message, .on_done = on_done};

static void slot_begin(struct slot *slot) {
    struct load *load = slot->load;
    uint8_t message[LOAD_MESSAGE_MAX];
    const struct grpc_request request = {
        .path = load->path,
        .kind = GRPC_UNARY,
        .message = load_request_draw(&load->templates, message),
        .deadline_ms = loop_now_ms(load->loop) + DEADLINE_MS,
    };
    slot->answered = false;
    slot->begun_us = load_now_us();
    load_must(grpc_channel_call(slot->channel, &request, &events, slot, &slot->leg), "call");
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t percentile(const struct load *load, size_t permille) {
    return load->sample_count == 0 ? 0 : load->samples_us[load->sample_count * permille / 1000];
}

static void channels_open(struct load *load, char **argv, struct http2_host *host,
                          struct tls_context *tls, size_t connections) {
    for (size_t i = 0; i < connections; i++) {
        struct grpc_dial dial = {
            .host = host, .tls = tls, .dns_name = argv[2], .uri = argv[3], .seed = i};
        load_must(http2_address_resolve(argv[1], &dial.address), "address");
        load_must(grpc_channel_new(&dial, &load->channels[i]), "channel");
    }
}

static void run(struct load *load, size_t connections, size_t streams, int64_t seconds) {
    load->slots = calloc(connections * streams, sizeof *load->slots);
    load->samples_us = malloc(SAMPLES_MAX * sizeof *load->samples_us);
    if (load->slots == NULL || load->samples_us == NULL) {
        load_die("memory");
    }
    load->count_from_us = load_now_us() + WARM_UP_MS * 1000;
    load->end_us = load->count_from_us + seconds * 1000000;
    for (size_t i = 0; i < connections * streams; i++) {
        load->slots[i] = (struct slot){.load = load, .channel = load->channels[i % connections]};
        load->open++;
        slot_begin(&load->slots[i]);
    }
    loop_run(load->loop);
}

int main(int argc, char **argv) {
    if (argc != ARG_COUNT) {
        load_die("usage: ADDRESS DNS URI CERT KEY ANCHORS CRL PATH TEMPLATES CONNECTIONS STREAMS "
                 "SECONDS LEAST");
    }
    struct vault_report report;
    struct diag diag = {0};
    static struct load load;
    struct tls_context *tls = NULL;
    struct http2_host *host = NULL;
    const struct tls_files files = {
        .certificate = argv[4], .key = argv[5], .anchors = argv[6], .crl = argv[7]};
    size_t connections = load_number(argv[10], CONNECTIONS_MAX);
    size_t streams = load_number(argv[11], STREAMS_MAX);
    size_t seconds = load_number(argv[12], 3600);
    load.path = argv[8];
    load.least = load_number(argv[13], 65536);
    load_must(vault_init(&report), "vault");
    load_must(tls_context_new(TLS_CLIENT, &files, &diag, &tls), diag.text);
    load_must(loop_new(clock_system(), &load.loop), "loop");
    load_must(http2_host_new(load.loop, &host), "host");
    load_templates_read(&load.templates, argv[9]);
    channels_open(&load, argv, host, tls, connections);
    run(&load, connections, streams, (int64_t)seconds);
    qsort(load.samples_us, load.sample_count, sizeof *load.samples_us, by_size);
    printf("calls=%llu seconds=%zu failed=%llu status=%s own_cpu_us=%lld p50_us=%u p99_us=%u\n",
           (unsigned long long)load.counted, seconds, (unsigned long long)load.failed,
           grpc_status_name(load.failed > 0 ? load.first_failure : GRPC_OK),
           (long long)load_cpu_us(), percentile(&load, 500), percentile(&load, 990));
    return load.failed > 0 ? 1 : 0;
}
