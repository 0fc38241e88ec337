/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

/* JUMP_MS: as long as nothing may happen. BEFORE_MS: the gate is open by then. */
enum { STEP_MS = 50, JUMP_MS = 500, BEFORE_MS = 90, SETTLES = 5, GATE_SETTLES = 60 };

/* ---- answers ---- */

struct answer line_answer(struct line_world *world, const char *const *items, const uint32_t *links,
                          size_t link_count) {
    struct source_record *record = arena_alloc(world->arena, sizeof *record);
    struct source_item *out = arena_array(world->arena, 16, sizeof *out);
    struct source_link *out_links = arena_array(world->arena, link_count, sizeof *out_links);
    assert_non_null(record);
    assert_non_null(out);
    assert_non_null(out_links);
    size_t count = 0;
    for (; items[2 * count] != NULL; count++) {
        assert_true(count < 16);
        out[count] = (struct source_item){.item = span_text(items[2 * count]),
                                          .value = span_text(items[2 * count + 1]),
                                          .date = span_text("2026-06-01"),
                                          .standing = STANDING_FACT};
    }
    for (size_t i = 0; i < link_count; i++) {
        out_links[i] = (struct source_link){.record_tag = line_tag(links[i]),
                                            .relation = span_text("sibling-of")};
    }
    *record = (struct source_record){.record = span_text("rec-1"),
                                     .items = out,
                                     .item_count = count,
                                     .links = out_links,
                                     .link_count = link_count};
    return (struct answer){.records = record, .record_count = 1, .as_of_s = 1700000000};
}

/* ---- asking ---- */

static struct span keep(struct line_world *world, struct span bytes) {
    struct span copy = arena_copy(world->arena, bytes);
    assert_true(copy.ptr != NULL);
    return copy;
}

static void part_take(struct line_ask *ask, const struct reply_part *part, struct span pseudonym) {
    struct wire_report report;
    assert_true(ask->part_count < LINE_PARTS_MAX);
    struct line_part *out = &ask->parts[ask->part_count++];
    out->result = keep(ask->world, part->result);
    out->leaf = keep(ask->world, part->receipt.leaf);
    out->detail = keep(ask->world, part->receipt.detail);
    out->pseudonym = keep(ask->world, pseudonym);
    assert_false(lg_failed(
        wire_source_result_decode(ask->world->arena, out->result, &report, &out->extract)));
}

static bool on_part(void *ctx, const struct reply_part *part, struct span pseudonym,
                    struct span checkpoint) {
    struct line_ask *ask = ctx;
    assert_false(ask->is_ended);
    assert_true(checkpoint.len > 0);
    if (ask->refuses_parts) {
        return false;
    }
    bool was = support_alloc_pause(true);
    struct span bytes;
    const struct wire_watch_reply message = {
        .kind = WIRE_WATCH_PART,
        .part = {.part = *part, .pseudonym = pseudonym, .checkpoint = checkpoint}};
    assert_false(lg_failed(wire_watch_reply_encode(ask->world->arena, &message, &bytes)));
    ask->sent += bytes.len;
    part_take(ask, part, pseudonym);
    (void)support_alloc_pause(was);
    return true;
}

static bool end_take(struct line_ask *ask, const struct query_end *end) {
    struct line_world *world = ask->world;
    ask->is_ended = true;
    ask->ends++;
    ask->ended_ms = world->mono_ms;
    ask->status = end->status;
    if (end->status != GRPC_OK) {
        assert_non_null(end->message);
        return true;
    }
    const struct ask_reply *reply = end->reply;
    struct span bytes;
    assert_false(lg_failed(wire_ask_reply_encode(world->arena, reply, &bytes)));
    ask->sent += ask->kind == QUERY_ASK ? bytes.len : 0;
    ask->verdict = reply->verdict;
    ask->verdict.code = keep(world, reply->verdict.code);
    ask->verdict.sentence = keep(world, reply->verdict.sentence);
    ask->pseudonym = keep(world, reply->pseudonym);
    ask->has_refusal_receipt = reply->has_refusal_receipt;
    ask->has_emergency = reply->has_emergency;
    ask->emergency = reply->emergency;
    for (size_t i = 0; ask->kind == QUERY_ASK && i < reply->part_count; i++) {
        part_take(ask, &reply->parts[i], reply->pseudonym);
    }
    return !ask->refuses_parts;
}

static bool on_end(void *ctx, const struct query_end *end) {
    bool was = support_alloc_pause(true);
    bool taken = end_take(ctx, end);
    (void)support_alloc_pause(was);
    return taken;
}

static void on_closed(void *ctx) {
    struct line_ask *ask = ctx;
    assert_false(ask->is_closed);
    ask->is_closed = true;
    ask->query = NULL;
}

static size_t on_measure(void *ctx, struct span result) {
    struct line_ask *ask = ctx;
    ask->measures++;
    return ask->text_factor == 0 ? result.len : result.len * ask->text_factor;
}

static bool on_reserve(void *ctx, size_t len) {
    struct line_ask *ask = ctx;
    ask->reserves++;
    if (ask->full_for > 0) {
        ask->full_for--;
        return false;
    }
    ask->reserved = len;
    ask->sent = 0;
    return true;
}

static const struct query_events ask_events = {
    .on_part = on_part,
    .on_end = on_end,
    .on_closed = on_closed,
    .on_measure = on_measure,
    .on_reserve = on_reserve,
};

struct line_ask line_ask_of(struct line_world *world, enum query_kind kind, struct span handle) {
    struct line_ask ask = {.world = world, .kind = kind};
    memset(ask.question.id.bytes, ++world->next_id, sizeof ask.question.id.bytes);
    ask.question.person = (struct person_ref){.kind = PERSON_HANDLE, .handle = handle};
    ask.question.tier = TIER_DETAIL;
    ask.question.ground = (struct ground){.agreement = span_text("line"),
                                          .purpose = span_text("child-safeguarding"),
                                          .basis = span_text("act"),
                                          .case_reference = span_text("case-9")};
    ask.question.age_class = AGE_CHILD;
    ask.deadline_ms = LINE_DEADLINE_MS;
    ask.memory = LIMIT_QUERY_ARENA;
    return ask;
}

void line_ask_begin(struct line_ask *ask) {
    struct line_world *world = ask->world;
    struct arena *arena = NULL;
    bool was = support_alloc_pause(true);
    assert_false(lg_failed(arena_new(ask->memory, &arena)));
    (void)support_alloc_pause(was);
    const struct query_start start = {.worker = &world->worker,
                                      .kind = ask->kind,
                                      .arena = arena,
                                      .caller = &world->caller,
                                      .question = &ask->question,
                                      .deadline_ms = world->mono_ms + ask->deadline_ms,
                                      .events = &ask_events,
                                      .ctx = ask,
                                      .is_text = ask->text_factor > 0};
    if (lg_failed(query_begin(&start, &ask->query))) {
        arena_free(&arena);
        ask->is_closed = true;
    }
}

/* To the gate of hidden sources; there time stands until its entry is durable, however slow this
 * machine is; then to the slot. */
static void pass_to_slot(struct line_ask *ask) {
    struct line_world *world = ask->world;
    int64_t slot_ms = world->mono_ms + LINE_SLOT_MS;
    for (int i = 0; i < SETTLES; i++) {
        line_settle(world);
    }
    uint64_t size = 0;
    while (world->mono_ms + BEFORE_MS < slot_ms) {
        int64_t left_ms = slot_ms - BEFORE_MS - world->mono_ms;
        size = audit_size(world->gateway.log);
        line_pass(world, left_ms < JUMP_MS ? left_ms : JUMP_MS);
    }
    for (int i = 0; i < GATE_SETTLES && !ask->is_closed; i++) {
        bool is_logged = audit_size(world->gateway.log) > size;
        i += is_logged ? GATE_SETTLES / 3 : 0;
        line_settle(world);
    }
    line_pass(world, BEFORE_MS);
}

void line_ask_run(struct line_ask *ask, bool passes) {
    line_ask_begin(ask);
    if (passes) {
        pass_to_slot(ask);
    }
    for (int i = 0; i < 1000 && !ask->is_closed; i++) {
        line_pass(ask->world, passes ? STEP_MS : 0);
    }
    assert_true(ask->is_closed);
}

const struct line_part *line_part_of(const struct line_ask *ask, const char *agency) {
    for (size_t i = 0; i < ask->part_count; i++) {
        if (span_equal_text(ask->parts[i].extract.source, agency)) {
            return &ask->parts[i];
        }
    }
    fail_msg("no part of %s", agency);
    return NULL;
}

const char *line_value(const struct line_ask *ask, const char *agency, const char *item) {
    const struct extract *extract = &line_part_of(ask, agency)->extract;
    for (size_t i = 0; extract->record_count > 0 && i < extract->records[0].item_count; i++) {
        if (span_equal_text(extract->records[0].items[i].item, item)) {
            return arena_text(ask->world->arena, extract->records[0].items[i].value);
        }
    }
    return "";
}
