/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of fixed size: LIMIT_QUERY_REGISTER slots in sets of WAYS. A new mark takes a free
 * slot of its set, else the oldest that is over; a set whose slots are all in flight is full. Where
 * the bytes kept would be too many, a hand goes round and clears what is over. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/query/register.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"

enum { WAYS = 8, REGISTER_MEMORY = 1 };

struct slot {
    struct query_mark mark;
    bool used;
    bool in_flight;
    int64_t begun_ms;
    uint8_t *kept;
    size_t kept_len;
    struct query_joiner *joiners;
    size_t joiner_count;
};

struct query_register {
    pthread_mutex_t lock;
    struct slot *slots;
    size_t kept_bytes;
    size_t hand;
};

struct lg_err query_register_new(struct query_register **out_register) {
    struct query_register *reg = calloc(1, sizeof *reg);
    struct slot *slots = calloc(LIMIT_QUERY_REGISTER, sizeof *slots);
    if (reg == NULL || slots == NULL) {
        free(reg);
        free(slots);
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, REGISTER_MEMORY);
    }
    pthread_mutex_init(&reg->lock, NULL);
    reg->slots = slots;
    *out_register = reg;
    return LG_OK;
}

void query_register_free(struct query_register **reg) {
    if (*reg == NULL) {
        return;
    }
    for (size_t i = 0; i < LIMIT_QUERY_REGISTER; i++) {
        free((*reg)->slots[i].kept);
    }
    pthread_mutex_destroy(&(*reg)->lock);
    free((*reg)->slots);
    free(*reg);
    *reg = NULL;
}

/* Keys are keyed hashes, so their first bytes spread evenly whatever clients choose. */
static struct slot *set_of(struct query_register *reg, const struct query_mark *mark) {
    uint32_t hash = 0;
    memcpy(&hash, mark->key, sizeof hash);
    return &reg->slots[hash % (LIMIT_QUERY_REGISTER / WAYS) * WAYS];
}

static struct slot *slot_find(struct slot *set, const struct query_mark *mark) {
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].used && memcmp(set[i].mark.key, mark->key, QUERY_KEY_SIZE) == 0) {
            return &set[i];
        }
    }
    return NULL;
}

static void slot_clear(struct query_register *reg, struct slot *slot) {
    reg->kept_bytes -= slot->kept_len;
    free(slot->kept);
    *slot = (struct slot){0};
}

static void room_make(struct query_register *reg, size_t need) {
    for (size_t i = 0;
         i < LIMIT_QUERY_REGISTER && reg->kept_bytes + need > LIMIT_QUERY_REGISTER_BYTES; i++) {
        struct slot *slot = &reg->slots[reg->hand];
        reg->hand = (reg->hand + 1) % LIMIT_QUERY_REGISTER;
        if (slot->used && !slot->in_flight) {
            slot_clear(reg, slot);
        }
    }
}

static struct slot *slot_take(struct query_register *reg, struct slot *set) {
    struct slot *best = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        if (!set[i].used) {
            return &set[i];
        }
        if (!set[i].in_flight && (best == NULL || set[i].begun_ms < best->begun_ms)) {
            best = &set[i];
        }
    }
    if (best != NULL) {
        slot_clear(reg, best);
    }
    return best;
}

static enum query_seen slot_join(struct slot *slot, struct query_joiner *joiner) {
    if (slot->joiner_count == LIMIT_QUERY_JOINERS) {
        return QUERY_FULL;
    }
    joiner->next = slot->joiners;
    slot->joiners = joiner;
    slot->joiner_count++;
    return QUERY_JOINED;
}

static enum query_seen slot_repeat(const struct slot *slot, struct span *out_reply) {
    uint8_t *copy = malloc(slot->kept_len);
    if (copy == NULL) {
        return QUERY_FULL;
    }
    memcpy(copy, slot->kept, slot->kept_len);
    *out_reply = span_of(copy, slot->kept_len);
    return QUERY_REPEATED;
}

static enum query_seen begin_locked(struct query_register *reg, const struct query_mark *mark,
                                    struct query_joiner *joiner, struct span *out_reply) {
    struct slot *set = set_of(reg, mark);
    struct slot *slot = slot_find(set, mark);
    if (slot != NULL) {
        if (memcmp(slot->mark.digest, mark->digest, QUERY_DIGEST_SIZE) != 0) {
            return QUERY_CONFLICT;
        }
        return slot->in_flight ? slot_join(slot, joiner) : slot_repeat(slot, out_reply);
    }
    slot = slot_take(reg, set);
    if (slot == NULL) {
        return QUERY_FULL;
    }
    *slot = (struct slot){.mark = *mark, .used = true, .in_flight = true};
    return QUERY_NEW;
}

enum query_seen query_register_begin(struct query_register *reg, const struct query_mark *mark,
                                     int64_t now_ms, struct query_joiner *joiner,
                                     struct span *out_reply) {
    pthread_mutex_lock(&reg->lock);
    enum query_seen seen = begin_locked(reg, mark, joiner, out_reply);
    if (seen == QUERY_NEW) {
        slot_find(set_of(reg, mark), mark)->begun_ms = now_ms;
    }
    pthread_mutex_unlock(&reg->lock);
    return seen;
}

static void on_joiner(void *ctx) {
    struct query_joiner *joiner = ctx;
    joiner->on_reply(joiner->ctx, joiner->reply);
}

static struct span copy_of(struct span bytes) {
    uint8_t *copy = bytes.len == 0 ? NULL : malloc(bytes.len);
    if (copy == NULL) {
        return span_of(NULL, 0);
    }
    memcpy(copy, bytes.ptr, bytes.len);
    return span_of(copy, bytes.len);
}

static void joiners_tell(struct query_joiner *joiner, struct span full) {
    while (joiner != NULL) {
        struct query_joiner *next = joiner->next;
        joiner->reply = copy_of(full);
        loop_post(joiner->loop, &joiner->message, on_joiner, joiner);
        joiner = next;
    }
}

static void slot_end(struct query_register *reg, struct slot *slot, struct span copy) {
    slot->joiners = NULL;
    slot->joiner_count = 0;
    slot->in_flight = false;
    slot->kept = (uint8_t *)(uintptr_t)copy.ptr;
    slot->kept_len = copy.len;
    reg->kept_bytes += copy.len;
    if (copy.ptr == NULL) {
        slot_clear(reg, slot);
    }
}

void query_register_end(struct query_register *reg, const struct query_mark *mark, struct span full,
                        struct span kept) {
    pthread_mutex_lock(&reg->lock);
    struct slot *slot = slot_find(set_of(reg, mark), mark);
    if (slot != NULL && slot->in_flight) {
        joiners_tell(slot->joiners, full);
        room_make(reg, kept.len);
        slot_end(reg, slot, copy_of(kept));
    }
    pthread_mutex_unlock(&reg->lock);
}

static bool joiner_unlink(struct slot *slot, struct query_joiner *joiner) {
    for (struct query_joiner **link = &slot->joiners; *link != NULL; link = &(*link)->next) {
        if (*link == joiner) {
            *link = joiner->next;
            slot->joiner_count--;
            return true;
        }
    }
    return false;
}

bool query_register_leave(struct query_register *reg, const struct query_mark *mark,
                          struct query_joiner *joiner) {
    pthread_mutex_lock(&reg->lock);
    struct slot *slot = slot_find(set_of(reg, mark), mark);
    bool left = slot != NULL && joiner_unlink(slot, joiner);
    pthread_mutex_unlock(&reg->lock);
    return left;
}

void query_joiner_done(struct query_joiner *joiner) {
    free((void *)(uintptr_t)joiner->reply.ptr);
    joiner->reply = span_of(NULL, 0);
}
