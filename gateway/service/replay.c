/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/replay.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"

enum { STEP = LIMIT_SERVICE_REPLAY_STEP, STEP_MEMORY = STEP * 8 * LIMIT_AUDIT_ENTRY };

/* An answer of our side, or a question that was refused as a whole (part empty). */
struct replay_item {
    uint64_t ask_index;
    uint64_t index;
    enum policy_reader reader;
    struct span part;
};

static struct audit_log *log_of(const struct replay *replay) {
    return replay->gateway->log;
}

static struct lg_err too_long(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_REPLAY_TOO_LONG);
}

static struct lg_err entry_read(const struct replay *replay, uint64_t index, struct arena *arena,
                                struct span *out_leaf, struct audit_entry *out_entry) {
    TRY(audit_entry_get(log_of(replay), index, arena, out_leaf));
    return audit_entry_decode(*out_leaf, out_entry);
}

static struct lg_err begin(struct replay *replay) {
    replay->end = audit_size(log_of(replay));
    TRY(service_log_first(log_of(replay), replay->from_ms, replay->end, &replay->next));
    replay->items = arena_array(replay->arena, LIMIT_SERVICE_REPLAY_ANSWERS, sizeof *replay->items);
    replay->has_begun = true;
    return arena_failed(replay->arena);
}

/* ---- which entries are ours ---- */

/* Entries of one step whose sealed part is to be opened. */
struct window {
    struct arena *arena;
    struct audit_unsealing unsealing[STEP];
    struct replay_item items[STEP];
    size_t count;
};

static struct lg_err item_add(struct replay *replay, struct replay_item item) {
    if (replay->count == LIMIT_SERVICE_REPLAY_ANSWERS) {
        return too_long();
    }
    replay->items[replay->count++] = item;
    return LG_OK;
}

static struct lg_err reader_find(const struct replay *replay, const struct audit_entry *entry,
                                 enum policy_reader *out_reader) {
    bool is_asked = false;
    TRY(audit_entry_is_asked_by(log_of(replay), entry, replay->agency, &is_asked));
    bool is_source = span_equal(entry->source_agency, replay->agency);
    *out_reader = is_asked    ? POLICY_READER_REQUESTER
                  : is_source ? POLICY_READER_SOURCE
                              : (enum policy_reader)0;
    return LG_OK;
}

/* Answers of questions before the end may come later, the last of a stream by its deadline. */
static bool is_past(const struct replay *replay, const struct audit_entry *entry) {
    return !entry->is_part && entry->time_ms >= replay->to_ms &&
           entry->time_ms - replay->to_ms >= LIMIT_GRPC_STREAM_DEADLINE_MS;
}

static bool is_in_period(const struct replay *replay, const struct audit_entry *entry) {
    return entry->time_ms >= replay->from_ms && entry->time_ms < replay->to_ms;
}

static struct lg_err entry_take(struct replay *replay, struct window *window, struct span leaf,
                                const struct audit_entry *entry) {
    struct replay_item item = {.ask_index = replay->next, .index = replay->next};
    TRY(reader_find(replay, entry, &item.reader));
    if (item.reader == 0) {
        return LG_OK;
    }
    if (entry->is_part) {
        window->items[window->count] = item;
        window->unsealing[window->count++] = (struct audit_unsealing){.leaf = leaf};
        return LG_OK;
    }
    bool is_refusal = entry->kind == AUDIT_DENIAL && is_in_period(replay, entry);
    return is_refusal ? item_add(replay, item) : LG_OK;
}

/* ---- their records ---- */

/* A part without a record is of a person whom an answer names: it was no decision of its own. */
static struct lg_err part_keep(struct replay *replay, const struct audit_unsealing *opened,
                               struct replay_item item) {
    struct query_trail_record record;
    if (!opened->found) {
        replay->erased++;
        return LG_OK;
    }
    if (lg_failed(query_trail_read(opened->opened.sealed, &record)) || !record.is_part ||
        record.bytes.len == 0) {
        return LG_OK;
    }
    item.ask_index = record.ask_index;
    item.part = arena_copy(replay->arena, record.bytes);
    TRY(arena_failed(replay->arena));
    return item_add(replay, item);
}

static struct lg_err window_read(struct replay *replay, struct window *window) {
    for (size_t i = 0; i < STEP && replay->next < replay->end; i++) {
        struct audit_entry entry;
        struct span leaf;
        TRY(entry_read(replay, replay->next, window->arena, &leaf, &entry));
        if (is_past(replay, &entry)) {
            replay->end = replay->next;
            break;
        }
        TRY(entry_take(replay, window, leaf, &entry));
        replay->next++;
        replay->seen++;
    }
    TRY(audit_entries_unseal(log_of(replay), window->unsealing, window->count, window->arena));
    for (size_t i = 0; i < window->count; i++) {
        TRY(part_keep(replay, &window->unsealing[i], window->items[i]));
    }
    return replay->seen > LIMIT_SERVICE_REPLAY_SCAN ? too_long() : LG_OK;
}

static int compare_items(const void *left, const void *right) {
    const struct replay_item *a = left;
    const struct replay_item *b = right;
    int order = (a->ask_index > b->ask_index) - (a->ask_index < b->ask_index);
    order = order != 0 ? order : (a->reader > b->reader) - (a->reader < b->reader);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static struct lg_err read_step(struct replay *replay) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(STEP_MEMORY, &arena));
    struct window *window = arena_alloc(arena, sizeof *window);
    TRY(arena_failed(arena));
    window->arena = arena;
    TRY(window_read(replay, window));
    replay->is_read = replay->next == replay->end;
    if (replay->is_read && replay->count > 1) {
        qsort(replay->items, replay->count, sizeof *replay->items, compare_items);
    }
    return LG_OK;
}

/* ---- questions ---- */

/* Items of one question and reader. */
struct group {
    const struct replay_item *items;
    size_t count;
    bool is_whole; /* refused as one: there are no parts */
    bool is_ours;  /* of the period */
};

static struct group group_at(const struct replay *replay, size_t first) {
    const struct replay_item *items = &replay->items[first];
    size_t count = 1;
    while (first + count < replay->count && items[count].ask_index == items[0].ask_index &&
           items[count].reader == items[0].reader) {
        count++;
    }
    return (struct group){.items = items, .count = count, .is_whole = items[0].part.len == 0};
}

/* Questions of one step. */
struct hand {
    struct arena *arena;
    struct group groups[STEP];
    struct audit_unsealing unsealing[STEP];
    size_t count;
};

/* The texts under which the question was decided; *out_here false where one is not here. */
static struct lg_err texts_hold(const struct replay *replay, const struct policy_record_ask *ask,
                                struct agreement_text **texts, bool *out_here) {
    *out_here = true;
    for (size_t i = 0; i < policy_record_ask_text_count(ask) && *out_here; i++) {
        const struct policy_record_hash *hash = policy_record_ask_hash(ask, i);
        struct lg_err err = agreement_book_text_marked(
            replay->gateway->book, span_of(hash->bytes, sizeof hash->bytes), &texts[i]);
        *out_here = !lg_failed(err);
        if (lg_failed(err) && lg_err_class(err) != LG_CLASS_INPUT) {
            return err;
        }
    }
    return LG_OK;
}

static struct lg_err record_make(const struct group *group, struct arena *arena,
                                 struct policy_rehearse_record *out_record) {
    size_t count = group->is_whole ? 0 : group->count;
    struct span *parts = arena_array(arena, count, sizeof *parts);
    uint64_t *indices = arena_array(arena, count, sizeof *indices);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        parts[i] = group->items[i].part;
        indices[i] = group->items[i].index;
    }
    out_record->parts = parts;
    out_record->part_count = count;
    out_record->part_indices = indices;
    out_record->ask_index = group->items[0].ask_index;
    out_record->reader = group->items[0].reader;
    return LG_OK;
}

static struct lg_err rehearse(struct replay *replay, const struct group *group, struct arena *arena,
                              struct policy_rehearse_record *record,
                              struct agreement_text *const *texts) {
    size_t count = record->texts.count + record->texts.bystander_count;
    const struct policy **policies = arena_array(arena, count, sizeof *policies);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        policies[i] = agreement_text_policy(texts[i]);
    }
    record->texts.policies = policies;
    TRY(record_make(group, arena, record));
    struct lg_err err = policy_rehearse_record(replay->rehearsal, record);
    if (lg_err_class(err) != LG_CLASS_INPUT) {
        return err;
    }
    replay->without_text += group->count;
    return LG_OK;
}

static struct lg_err question_play(struct replay *replay, const struct group *group,
                                   struct span bytes, struct arena *arena) {
    struct policy_record_ask ask;
    struct policy_rehearse_record record = {.ask = bytes};
    bool is_here = false;
    if (lg_failed(policy_record_ask_read(bytes, arena, &ask))) {
        replay->without_text += group->count;
        return LG_OK;
    }
    size_t count = policy_record_ask_text_count(&ask);
    struct agreement_text **texts = arena_array(arena, count, sizeof(void *));
    TRY(arena_failed(arena));
    record.texts = policy_record_texts_of(&ask, NULL);
    struct lg_err err = texts_hold(replay, &ask, texts, &is_here);
    if (!lg_failed(err) && is_here) {
        err = rehearse(replay, group, arena, &record, texts);
    } else if (!lg_failed(err)) {
        replay->without_text += group->count;
    }
    for (size_t i = 0; i < count; i++) {
        agreement_text_free(&texts[i]);
    }
    return err;
}

/* What was refused before any agreement was asked holds no decision. */
static struct lg_err group_play(struct replay *replay, const struct group *group,
                                const struct audit_unsealing *opened, struct arena *arena) {
    struct query_trail_record record;
    if (!group->is_ours) {
        return LG_OK;
    }
    if (!opened->found) {
        replay->erased += group->count;
        return LG_OK;
    }
    if (lg_failed(query_trail_read(opened->opened.sealed, &record)) || record.is_part ||
        record.bytes.len == 0) {
        return LG_OK;
    }
    return question_play(replay, group, record.bytes, arena);
}

static struct lg_err hand_fill(struct replay *replay, struct hand *hand) {
    while (hand->count < STEP && replay->played < replay->count) {
        struct group group = group_at(replay, replay->played);
        struct audit_entry entry;
        struct span leaf;
        TRY(entry_read(replay, group.items[0].ask_index, hand->arena, &leaf, &entry));
        bool is_question =
            !entry.is_part && (entry.kind == AUDIT_ASK || entry.kind == AUDIT_DENIAL);
        group.is_ours = is_question && is_in_period(replay, &entry);
        hand->groups[hand->count] = group;
        hand->unsealing[hand->count++] = (struct audit_unsealing){.leaf = leaf};
        replay->played += group.count;
    }
    return LG_OK;
}

static struct lg_err play_step(struct replay *replay) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(STEP_MEMORY, &arena));
    struct hand *hand = arena_alloc(arena, sizeof *hand);
    TRY(arena_failed(arena));
    hand->arena = arena;
    TRY(hand_fill(replay, hand));
    TRY(audit_entries_unseal(log_of(replay), hand->unsealing, hand->count, arena));
    for (size_t i = 0; i < hand->count; i++) {
        OWN(arena_free) struct arena *own = NULL;
        TRY(arena_new(STEP_MEMORY, &own));
        TRY(group_play(replay, &hand->groups[i], &hand->unsealing[i], own));
    }
    return LG_OK;
}

struct lg_err service_replay_step(struct replay *replay, bool *out_done) {
    *out_done = false;
    if (!replay->has_begun) {
        return begin(replay);
    }
    if (!replay->is_read) {
        return read_step(replay);
    }
    TRY(play_step(replay));
    *out_done = replay->played == replay->count;
    return LG_OK;
}
