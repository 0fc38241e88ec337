/* SPDX-License-Identifier: Apache-2.0 */
/* Step collect: every source at once. An open source is ready when it answered or its time is up; a
 * hidden one just before its slot whatever happened, and its line leaves at the slot: what the gate
 * does in between (names, log, a grant made anew) takes its time inside, so that the moment says
 * nothing. */
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

/* From the opening of the gate to the slot, and from the end of the legs to the gate: at most, and
 * never more than these parts of a short slot. */
enum { GATE_MS = 100, GATE_PART = 4, LEGS_MS = 20, LEGS_PART = 8 };

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void part_ready(struct query_part *part) {
    part->stage = PART_READY;
    if (part->query->is_collecting) {
        query_resume(part->query);
    }
}

static void on_answer(void *ctx, const struct source_outcome *outcome) {
    struct query_part *part = ctx;
    part->leg = NULL;
    part->state = outcome->state;
    if (outcome->state == SOURCE_ANSWERED) {
        part->was_answered = true;
        part->has_answer = true;
        part->answer = outcome->answer;
    }
    if (!part->is_hidden) {
        part_ready(part);
    }
}

static void on_slot(void *ctx) {
    struct query_part *part = ctx;
    if (part->leg != NULL) {
        source_leg_cancel(&part->leg);
        part->state = SOURCE_NO_ANSWER_IN_TIME;
    }
    part_ready(part);
}

static int64_t slot_of(const struct query *query, const struct query_part *part) {
    const struct query_gateway *gateway = query->worker->gateway;
    const struct config_party *party = config_party_find(gateway->registry, part->agency);
    int64_t slot_ms = party->source->hidden_slot_ms > 0 ? party->source->hidden_slot_ms
                                                        : gateway->limits.hidden_slot_ms;
    return earlier(query->begun_mono_ms + slot_ms, query->deadline_ms - QUERY_RESERVE_MS);
}

/* Starts the slot's timer; gives when its leg has to be over. */
static struct lg_err slot_begin(struct query *query, struct query_part *part, int64_t *out_due_ms) {
    part->slot_ms = slot_of(query, part);
    int64_t whole_ms = part->slot_ms - query->begun_mono_ms;
    int64_t gate_ms = part->slot_ms - earlier(GATE_MS, whole_ms / GATE_PART);
    *out_due_ms = gate_ms - earlier(LEGS_MS, whole_ms / LEGS_PART);
    return loop_timer_start(query->worker->loop, &part->slot, gate_ms, on_slot, part);
}

static struct lg_err leg_begin(struct query *query, struct query_part *part) {
    const struct config_limits *limits = &query->worker->gateway->limits;
    int64_t now_ms = loop_now_ms(query->worker->loop);
    int64_t due_ms =
        earlier(now_ms + limits->source_timeout_ms, query->deadline_ms - QUERY_RESERVE_MS);
    if (part->is_hidden) {
        int64_t leg_due_ms = 0;
        TRY(slot_begin(query, part, &leg_due_ms));
        due_ms = earlier(due_ms, leg_due_ms);
    }
    TRY(arena_new_on(query->worker->shelf, LIMIT_QUERY_PART_ARENA, &part->memory));
    const struct source_ask ask = {
        .agency = part->agency,
        .request = &part->fetch,
        .arena = part->memory,
        .deadline_ms = due_ms,
        .is_hidden = part->is_hidden,
        .is_decoy = part->target.is_decoy,
        .on_done = on_answer,
        .ctx = part,
    };
    return source_leg_begin(query->worker->sources, &ask, &part->leg);
}

static struct lg_err legs_begin(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        if (query->parts[i].stage == PART_WAITING) {
            TRY(leg_begin(query, &query->parts[i]));
        }
    }
    return LG_OK;
}

void query_legs_stop(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        source_leg_cancel(&query->parts[i].leg);
        loop_timer_stop(query->worker->loop, &query->parts[i].slot);
    }
    loop_timer_stop(query->worker->loop, &query->hold);
}

int64_t query_gate_due(const struct query *query) {
    int64_t due_ms = 0;
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        due_ms = part->stage == PART_IN_GATE && part->slot_ms > due_ms ? part->slot_ms : due_ms;
    }
    return due_ms;
}

bool query_all_released(const struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        if (query->parts[i].stage != PART_RELEASED) {
            return false;
        }
    }
    return true;
}

bool query_gate_take(struct query *query) {
    size_t ready = 0;
    size_t waiting = 0;
    for (size_t i = 0; i < query->part_count; i++) {
        ready += query->parts[i].stage == PART_READY ? 1 : 0;
        waiting += query->parts[i].stage == PART_WAITING ? 1 : 0;
    }
    if (ready == 0 || (query->kind == QUERY_ASK && waiting > 0)) {
        return false;
    }
    for (size_t i = 0; i < query->part_count; i++) {
        if (query->parts[i].stage == PART_READY) {
            query->parts[i].stage = PART_IN_GATE;
        }
    }
    query->is_collecting = false;
    return true;
}

enum step step_collect(struct query *query) {
    if (!query->is_collecting) {
        query->is_collecting = true;
        struct lg_err err = legs_begin(query);
        if (lg_failed(err)) {
            return query_fail(query, err);
        }
    }
    return query_gate_take(query) ? STEP_NEXT : STEP_WAIT;
}
