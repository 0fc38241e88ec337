/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_INDEX_INDEX_INT_H
#define GATEWAY_INDEX_INDEX_INT_H

#include <pthread.h>

#include "gateway/index/index.h"

struct index_log {
    struct index_config config;
    struct store_entries *entries;
    /* Filling, checking and forgetting: one at a time. */
    pthread_mutex_t fill_mutex;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t wake_mutex;
    pthread_cond_t wake;
    bool stops;
};

/* An entry with all that its rows are made of. */
struct index_derived {
    uint64_t position;
    struct span leaf;
    struct audit_entry entry;
    bool is_resolved; /* whom it is about is known: a person, or nobody */
    bool is_open;     /* detail is there */
    bool has_subject;
    struct store_tag subject;
    /* Whether its reader may be led to it from the person: who asked, where they could know of the
     * person when they did; the source, where it was asked about somebody whom it holds. */
    bool leads_requester;
    bool leads_source;
    struct span detail_bytes;
    struct audit_detail detail;
};

/* Everything of one entry, in the arena. */
enum { INDEX_ENTRY_ARENA = 3 * AUDIT_ENTRY_SIZE_MAX };

/* Reads entries [first, first + count) and opens of them what there are keys for. */
LG_MUST_USE struct lg_err index_derive(struct index_log *index, uint64_t first, size_t count,
                                       struct arena *arena, struct index_derived **out_derived);
/* Reads one without opening it. */
LG_MUST_USE struct lg_err index_read(struct index_log *index, uint64_t position,
                                     struct arena *arena, struct index_derived *out_derived);
/* Opens it under the key of whom it is about. */
LG_MUST_USE struct lg_err index_derived_open(struct index_log *index, struct index_derived *derived,
                                             struct vault_key *key, bool is_person,
                                             struct arena *arena);
/* Its rows: none, the requester's, the source's, or both. */
enum { INDEX_SIDES_MAX = 2 };
LG_MUST_USE struct lg_err index_sides(struct index_log *index, const struct index_derived *derived,
                                      struct store_side out_sides[static INDEX_SIDES_MAX],
                                      size_t *out_count);
/* The thread; ctx is the index. */
void *index_fill_run(void *ctx);
/* No earlier than the entry's time. */
int64_t index_latest_ms(const struct index_derived *derived);

#endif
