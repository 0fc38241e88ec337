/* SPDX-License-Identifier: Apache-2.0 */
/* Load that does not wait for answers: first as many calls in flight as are said, each followed by
 * the next, which finds the peak rate; then so many times that rate for so long, whatever comes
 * back; then half of it. Every twentieth call is urgent. Over mutual TLS; connections are shared
 * out among the callers. Prints one line of key=value pairs a phase.
 *
 *   overload_bench ADDRESS DNS URI ANCHORS CRL PATH CONNECTIONS STREAMS SECONDS TIMES OVER AFTER
 *                  LEAST DEADLINE_MS {CERT KEY URGENT NORMAL}...
 *
 * SECONDS, OVER, AFTER: of the three phases. URGENT, NORMAL: files of requests of that caller, each
 * after a 32-bit big-endian length, used in turn; their first field is an id of 16 bytes, which is
 * drawn anew for each call. A call is answered in time when it ended OK with at least LEAST bytes
 * within DEADLINE_MS of the moment when it should have been sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/grpc/grpc.h"
#include "gateway/vault/vault.h"
#include "tests/bench/load_parts.h"

enum { CALLERS_MAX = 4, CONNECTIONS_MAX = 64, SLOTS = 32768 };
enum { FIXED_ARGS = 15, CALLER_ARGS = 4, WARM_UP_MS = 2000, URGENT_EVERY = 20 };
enum { WINDOW_MS = 100, WINDOWS_MAX = 6000, BUCKETS = 4096 };
enum { US_PER_MS = 1000, US_PER_S = 1000000, PERCENT = 100 };

enum lane { NORMAL, URGENT, LANES };
enum mode { CLOSED, OPEN };

struct caller {
    struct tls_context *tls;
    struct load_templates requests[LANES];
};

struct channel {
    struct grpc_channel *channel;
    struct caller *caller;
};

/* Latencies by the millisecond. */
struct spread {
    uint64_t count;
    uint64_t buckets[BUCKETS];
};

/* Of the calls that should have begun in these 100 ms. */
struct window {
    uint32_t offered;
    uint32_t in_time;
};

struct phase {
    const char *name;
    enum mode mode;
    double rate; /* calls a second, OPEN */
    int64_t begun_us;
    int64_t count_from_us;
    int64_t end_us;
    uint64_t issued; /* OPEN: since begun_us */
    uint64_t offered[LANES];
    uint64_t in_time[LANES];
    uint64_t late[LANES]; /* answered, too late */
    uint64_t refused[LANES];
    uint64_t missed[LANES]; /* ended by the deadline */
    uint64_t failed[LANES]; /* anything else, and what our own side could not send */
    uint64_t unsent;        /* of these */
    int64_t lag_us;         /* how late we were at worst in sending */
    struct spread answers[LANES];
    struct spread refusals;
    struct window windows[WINDOWS_MAX];
};

struct slot {
    struct load *load;
    struct phase *phase;
    struct grpc_leg *leg;
    struct slot *next;
    enum lane lane;
    size_t channel;
    int64_t due_us;
    bool is_answered;
};

struct load {
    struct loop *loop;
    const char *path;
    size_t least;
    int64_t deadline_ms;
    struct caller callers[CALLERS_MAX];
    size_t caller_count;
    struct channel channels[CONNECTIONS_MAX];
    size_t channel_count;
    size_t next_channel;
    uint64_t next_call;
    struct slot *slots;
    struct slot *free_slots;
    size_t open;
    struct phase *phase;
    struct loop_timer tick;
};

/* ---- counting ---- */

static void spread_add(struct spread *spread, int64_t us) {
    int64_t ms = us / US_PER_MS;
    spread->count++;
    spread->buckets[ms < 0 ? 0 : ms < BUCKETS ? ms : BUCKETS - 1]++;
}

static int spread_at(const struct spread *spread, uint64_t permille) {
    uint64_t left = spread->count == 0 ? 0 : (spread->count - 1) * permille / 1000;
    for (int i = 0; i < BUCKETS; i++) {
        if (spread->buckets[i] > left) {
            return i;
        }
        left -= spread->buckets[i];
    }
    return 0;
}

static struct window *window_of(struct phase *phase, int64_t due_us) {
    int64_t index = (due_us - phase->begun_us) / (US_PER_MS * WINDOW_MS);
    return &phase->windows[index < 0 ? 0 : index < WINDOWS_MAX ? index : WINDOWS_MAX - 1];
}

static bool is_refusal(const struct grpc_outcome *outcome) {
    return !outcome->is_ours &&
           (outcome->status == GRPC_UNAVAILABLE || outcome->status == GRPC_RESOURCE_EXHAUSTED);
}

static void count_answer(struct slot *slot, int64_t took_us) {
    struct phase *phase = slot->phase;
    bool is_in_time = took_us <= slot->load->deadline_ms * US_PER_MS;
    spread_add(&phase->answers[slot->lane], took_us);
    phase->in_time[slot->lane] += is_in_time ? 1 : 0;
    phase->late[slot->lane] += is_in_time ? 0 : 1;
    window_of(phase, slot->due_us)->in_time += is_in_time ? 1U : 0U;
}

static void count_end(struct slot *slot, const struct grpc_outcome *outcome) {
    struct phase *phase = slot->phase;
    int64_t took_us = load_now_us() - slot->due_us;
    if (slot->due_us < phase->count_from_us) {
        return;
    }
    if (outcome->status == GRPC_OK && slot->is_answered) {
        count_answer(slot, took_us);
    } else if (is_refusal(outcome)) {
        phase->refused[slot->lane]++;
        spread_add(&phase->refusals, took_us);
    } else if (outcome->status == GRPC_DEADLINE_EXCEEDED) {
        phase->missed[slot->lane]++;
    } else {
        phase->failed[slot->lane]++;
    }
}

static void count_offer(struct phase *phase, enum lane lane, int64_t due_us) {
    if (due_us >= phase->count_from_us) {
        phase->offered[lane]++;
        window_of(phase, due_us)->offered++;
    }
}

/* ---- calls ---- */

static bool send_one(struct load *load, size_t channel, int64_t due_us);

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    (void)leg;
    struct slot *slot = ctx;
    slot->is_answered = message.len >= slot->load->least;
}

static void slot_drop(struct slot *slot) {
    struct load *load = slot->load;
    slot->next = load->free_slots;
    load->free_slots = slot;
    load->open--;
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    (void)leg;
    struct slot *slot = ctx;
    struct load *load = slot->load;
    count_end(slot, outcome);
    slot_drop(slot);
    int64_t now = load_now_us();
    if (slot->phase->mode == CLOSED && now < slot->phase->end_us) {
        (void)send_one(load, slot->channel, now);
    }
}

static const struct grpc_leg_events EVENTS = {.on_message = on_message, .on_done = on_done};

static struct span request_of(struct load *load, size_t channel, enum lane lane, uint8_t *out) {
    return load_request_draw(&load->channels[channel].caller->requests[lane], out);
}

static bool send_one(struct load *load, size_t channel, int64_t due_us) {
    uint8_t message[LOAD_MESSAGE_MAX];
    struct slot *slot = load->free_slots;
    enum lane lane = load->next_call++ % URGENT_EVERY == 0 ? URGENT : NORMAL;
    count_offer(load->phase, lane, due_us);
    if (slot == NULL) {
        load->phase->unsent++;
        load->phase->failed[lane]++;
        return false;
    }
    const struct grpc_request request = {
        .path = load->path,
        .kind = GRPC_UNARY,
        .message = request_of(load, channel, lane, message),
        .deadline_ms = loop_now_ms(load->loop) + load->deadline_ms,
    };
    struct slot *next = slot->next;
    *slot = (struct slot){
        .load = load, .phase = load->phase, .lane = lane, .channel = channel, .due_us = due_us};
    if (lg_failed(grpc_channel_call(load->channels[channel].channel, &request, &EVENTS, slot,
                                    &slot->leg))) {
        slot->next = next;
        load->phase->unsent++;
        load->phase->failed[lane]++;
        return false;
    }
    load->free_slots = next;
    load->open++;
    return true;
}

/* ---- phases ---- */

static void on_tick(void *ctx);

static void tick_arm(struct load *load) {
    load_must(loop_timer_start(load->loop, &load->tick, loop_now_ms(load->loop) + 1, on_tick, load),
              "timer");
}

/* What is due by now, each at its own moment: a late tick does not make less load. */
static void offer_due(struct load *load, int64_t now) {
    struct phase *phase = load->phase;
    int64_t until = now < phase->end_us ? now : phase->end_us;
    for (;;) {
        int64_t due_us =
            phase->begun_us + (int64_t)((double)phase->issued * US_PER_S / phase->rate);
        if (due_us > until || due_us >= phase->end_us) {
            return;
        }
        phase->lag_us = now - due_us > phase->lag_us ? now - due_us : phase->lag_us;
        phase->issued++;
        (void)send_one(load, load->next_channel, due_us);
        load->next_channel = (load->next_channel + 1) % load->channel_count;
    }
}

static void on_tick(void *ctx) {
    struct load *load = ctx;
    int64_t now = load_now_us();
    if (load->phase->mode == OPEN) {
        offer_due(load, now);
    }
    bool is_over = now >= load->phase->end_us;
    if (is_over && load->phase->mode == OPEN) {
        loop_stop(load->loop); /* the next phase follows at once; answers still count for this */
        return;
    }
    if (is_over && load->open == 0) {
        loop_stop(load->loop);
        return;
    }
    tick_arm(load);
}

static struct phase *phase_new(const char *name, enum mode mode, double rate) {
    struct phase *phase = calloc(1, sizeof *phase);
    if (phase == NULL) {
        load_die("memory");
    }
    phase->name = name;
    phase->mode = mode;
    phase->rate = rate;
    return phase;
}

static void phase_run(struct load *load, struct phase *phase, size_t streams, size_t seconds) {
    int64_t now = load_now_us();
    load->phase = phase;
    phase->begun_us = now;
    phase->count_from_us = now + (phase->mode == CLOSED ? WARM_UP_MS * US_PER_MS : 0);
    phase->end_us = phase->count_from_us + (int64_t)seconds * US_PER_S;
    for (size_t i = 0; phase->mode == CLOSED && i < streams * load->channel_count; i++) {
        (void)send_one(load, i % load->channel_count, now);
    }
    tick_arm(load);
    loop_run(load->loop);
}

/* What is still on its way when the last phase is over. */
static void settle(struct load *load) {
    while (load->open > 0) {
        loop_turn(load->loop, 10);
    }
}

/* ---- telling ---- */

static uint64_t both(const uint64_t counts[static LANES]) {
    return counts[NORMAL] + counts[URGENT];
}

static double share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : (double)part * PERCENT / (double)whole;
}

static double seconds_of(const struct phase *phase) {
    return (double)(phase->end_us - phase->count_from_us) / US_PER_S;
}

static double rate_of(const struct phase *phase) {
    return (double)both(phase->in_time) / seconds_of(phase);
}

/* Seconds from the phase's begin until 99 of 100 calls of each later window were in time. */
static double normal_after(const struct phase *phase) {
    int64_t windows = (phase->end_us - phase->begun_us) / (US_PER_MS * WINDOW_MS);
    int64_t last_bad = -1;
    for (int64_t i = 0; i < windows && i < WINDOWS_MAX; i++) {
        const struct window *window = &phase->windows[i];
        if (share(window->in_time, window->offered) < 99) {
            last_bad = i;
        }
    }
    return (double)(last_bad + 1) * WINDOW_MS / 1000;
}

static void tell(const struct phase *phase) {
    printf(
        "phase=%s seconds=%.1f offered_per_s=%.0f in_time_per_s=%.0f refused_per_s=%.0f "
        "in_time=%.2f urgent_in_time=%.2f late=%llu missed=%llu failed=%llu unsent=%llu "
        "urgent_refused=%llu answer_p50_ms=%d answer_p99_ms=%d urgent_p99_ms=%d "
        "refusal_p50_ms=%d refusal_p99_ms=%d refusal_max_ms=%d normal_after_s=%.1f lag_ms=%lld\n",
        phase->name, seconds_of(phase), (double)both(phase->offered) / seconds_of(phase),
        rate_of(phase), (double)both(phase->refused) / seconds_of(phase),
        share(both(phase->in_time), both(phase->offered)),
        share(phase->in_time[URGENT], phase->offered[URGENT]),
        (unsigned long long)both(phase->late), (unsigned long long)both(phase->missed),
        (unsigned long long)both(phase->failed), (unsigned long long)phase->unsent,
        (unsigned long long)phase->refused[URGENT], spread_at(&phase->answers[NORMAL], 500),
        spread_at(&phase->answers[NORMAL], 990), spread_at(&phase->answers[URGENT], 990),
        spread_at(&phase->refusals, 500), spread_at(&phase->refusals, 990),
        spread_at(&phase->refusals, 1000), normal_after(phase),
        (long long)(phase->lag_us / US_PER_MS));
    fflush(stdout);
}

/* ---- beginning ---- */

static void callers_open(struct load *load, char **argv, int argc) {
    for (int i = FIXED_ARGS; i < argc; i += CALLER_ARGS) {
        struct caller *caller = &load->callers[load->caller_count++];
        struct diag diag = {0};
        const struct tls_files files = {
            .certificate = argv[i], .key = argv[i + 1], .anchors = argv[4], .crl = argv[5]};
        load_must(tls_context_new(TLS_CLIENT, &files, &diag, &caller->tls), diag.text);
        load_templates_read(&caller->requests[URGENT], argv[i + 2]);
        load_templates_read(&caller->requests[NORMAL], argv[i + 3]);
    }
}

static void channels_open(struct load *load, char **argv, struct http2_host *host) {
    for (size_t i = 0; i < load->channel_count; i++) {
        struct channel *channel = &load->channels[i];
        channel->caller = &load->callers[i % load->caller_count];
        struct grpc_dial dial = {.host = host,
                                 .tls = channel->caller->tls,
                                 .dns_name = argv[2],
                                 .uri = argv[3],
                                 .seed = i};
        load_must(http2_address_resolve(argv[1], &dial.address), "address");
        load_must(grpc_channel_new(&dial, &channel->channel), "channel");
    }
}

static void slots_make(struct load *load) {
    load->slots = calloc(SLOTS, sizeof *load->slots);
    if (load->slots == NULL) {
        load_die("memory");
    }
    for (size_t i = 0; i < SLOTS; i++) {
        load->slots[i].load = load;
        load->slots[i].next = load->free_slots;
        load->free_slots = &load->slots[i];
    }
}

int main(int argc, char **argv) {
    static struct load load;
    struct vault_report report;
    struct http2_host *host = NULL;
    int rest = argc - FIXED_ARGS;
    if (rest < CALLER_ARGS || rest % CALLER_ARGS != 0 || rest / CALLER_ARGS > CALLERS_MAX) {
        load_die(
            "usage: ADDRESS DNS URI ANCHORS CRL PATH CONNECTIONS STREAMS SECONDS TIMES OVER AFTER "
            "LEAST DEADLINE_MS {CERT KEY URGENT NORMAL}...");
    }
    size_t streams = load_number(argv[8], 100);
    double times = (double)load_number(argv[10], 100);
    load.path = argv[6];
    load.channel_count = load_number(argv[7], CONNECTIONS_MAX);
    load.least = load_number(argv[13], LOAD_MESSAGE_MAX);
    load.deadline_ms = (int64_t)load_number(argv[14], 60000);
    load_must(vault_init(&report), "vault");
    load_must(loop_new(clock_system(), &load.loop), "loop");
    load_must(http2_host_new(load.loop, &host), "host");
    callers_open(&load, argv, argc);
    channels_open(&load, argv, host);
    slots_make(&load);
    struct phase *peak = phase_new("peak", CLOSED, 0);
    phase_run(&load, peak, streams, load_number(argv[9], 3600));
    tell(peak);
    double rate = rate_of(peak);
    if (rate < 1) {
        load_die("nothing was answered in time at the peak");
    }
    struct phase *over = phase_new("over", OPEN, rate * times);
    phase_run(&load, over, streams, load_number(argv[11], 600));
    struct phase *after = phase_new("after", OPEN, rate / 2);
    phase_run(&load, after, streams, load_number(argv[12], 600));
    settle(&load);
    tell(over);
    tell(after);
    printf("peak_per_s=%.0f in_time_of_peak=%.2f urgent_in_time=%.2f refusal_p99_ms=%d "
           "normal_after_s=%.1f own_cpu_s=%.1f\n",
           rate, share((uint64_t)rate_of(over), (uint64_t)rate),
           share(over->in_time[URGENT], over->offered[URGENT]), spread_at(&over->refusals, 990),
           normal_after(after), (double)load_cpu_us() / US_PER_S);
    return 0;
}
