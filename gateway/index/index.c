/* SPDX-License-Identifier: Apache-2.0 */
/* Opening. */
#include "gateway/index/index.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/index/index_int.h"

/* Whether the log goes as far as the file, and the last entry that the file covers is the log's. */
static struct lg_err coverage_agrees(struct audit_log *log, const struct store_coverage *coverage,
                                     bool *out_agrees) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_hash hash;
    struct span leaf;
    *out_agrees = coverage->size == 0;
    if (coverage->size == 0 || coverage->size > audit_size(log)) {
        return LG_OK;
    }
    TRY(arena_new(2 * AUDIT_ENTRY_SIZE_MAX, &arena));
    TRY(audit_entry_get(log, coverage->size - 1, arena, &leaf));
    audit_merkle_leaf(leaf, &hash);
    *out_agrees = memcmp(hash.bytes, coverage->last, sizeof hash.bytes) == 0;
    return LG_OK;
}

struct lg_err index_word_read(struct store *store, struct audit_log *log,
                              struct index_word *out_word) {
    OWN(store_entries_free) struct store_entries *entries = NULL;
    struct store_coverage coverage;
    bool agrees = true;
    *out_word = (struct index_word){.is_against = true};
    TRY(store_entries_open(store, &entries));
    struct lg_err err = store_entries_coverage(entries, &coverage);
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return err;
    }
    if (lg_failed(err)) {
        *out_word = (struct index_word){.is_against = false};
        return LG_OK;
    }
    TRY(coverage_agrees(log, &coverage, &agrees));
    *out_word = (struct index_word){.covered = coverage.size, .is_against = !agrees};
    return LG_OK;
}

/* Rows of another history must not stay, wherever the two parted: the file is never cut. */
struct lg_err index_file_check(struct index_log *index) {
    struct store_coverage coverage = {.size = 0};
    bool agrees = true;
    struct lg_err err = store_entries_mend(index->entries);
    if (!lg_failed(err) && !store_entries_is_ruined(index->entries)) {
        err = store_entries_coverage(index->entries, &coverage);
    }
    if (!lg_failed(err)) {
        err = coverage_agrees(index->config.log, &coverage, &agrees);
    }
    if (!lg_failed(err) && !agrees) {
        store_entries_ruin(index->entries);
    }
    if (store_entries_is_ruined(index->entries)) {
        err = store_entries_reset(index->entries);
        log_line(LOG_WARN, "index.renewed", "covered=%llu size=%llu done=%d",
                 (unsigned long long)coverage.size,
                 (unsigned long long)audit_size(index->config.log), lg_failed(err) ? 0 : 1);
    }
    atomic_store(&index->is_checked, !lg_failed(err));
    return err;
}

void index_follow(struct index_log *index, const struct index_follower *follower) {
    ASSERT(!index->has_thread);
    index->follower = follower;
}

struct lg_err index_start(struct index_log *index) {
    ASSERT(!index->has_thread);
    if (pthread_create(&index->thread, NULL, index_reader_run, index) != 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_STORE, STORE_MEMORY);
    }
    index->has_thread = true;
    return LG_OK;
}

bool index_is_stopping(void *ctx) {
    struct index_log *index = ctx;
    return pace_is_stopping(&index->pace);
}

void index_stop(struct index_log *index) {
    if (index->has_thread) {
        pace_stop(&index->pace);
        ASSERT(pthread_join(index->thread, NULL) == 0);
        index->has_thread = false;
    }
}

struct lg_err index_open(const struct index_config *config, struct index_log **out_index) {
    OWN(index_free) struct index_log *index = calloc(1, sizeof *index);
    if (index == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_STORE, STORE_MEMORY);
    }
    index->config = *config;
    pace_init(&index->pace);
    ASSERT(pthread_mutex_init(&index->fill_mutex, NULL) == 0);
    TRY(store_entries_open(config->store, &index->entries));
    struct lg_err err = index_file_check(index);
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return err;
    }
    lg_err_ignore(err, "the thread tries again, and says so");
    *out_index = TAKE(index);
    return LG_OK;
}

void index_free(struct index_log **index) {
    struct index_log *it = *index;
    if (it == NULL) {
        return;
    }
    index_stop(it);
    store_entries_free(&it->entries);
    ASSERT(pthread_mutex_destroy(&it->fill_mutex) == 0);
    pace_done(&it->pace);
    free(it);
    *index = NULL;
}

struct lg_err index_size(struct index_log *index, uint64_t *out_size) {
    struct store_coverage coverage;
    TRY(store_entries_coverage(index->entries, &coverage));
    *out_size = coverage.size;
    return LG_OK;
}
