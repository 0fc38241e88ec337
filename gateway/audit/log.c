/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing. The order at start: lock the folder; read everything and check every
 * invariant; only then write: tidy the tail, begin a generation in the high-water file. That much
 * adds nothing to the log, so that witnesses can be asked about what was found. Then begin a
 * segment, say NODE_EPOCH, close what the last process left open. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/base/log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/audit/audit_int.h"
#include "gateway/audit/restore.h"
#include "gateway/base/assert.h"

enum { SEGMENT_SIZE_DEFAULT = 64 << 20, CLOSING_ARENA_SIZE = 1 << 20 };

static const uint64_t SEGMENT_SIZE_MAX = UINT64_C(1) << 31;
static const uint64_t SEGMENT_SIZE_MIN = AUDIT_SEGMENT_HEADER_SIZE + AUDIT_FRAME_SIZE_MAX;

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
}

/* ---- Making the empty struct */

static char *text_dup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

static bool locks_init(struct audit_log *log) {
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0) {
        return false;
    }
    /* None of these can fail on Linux but for memory, which they do not take. */
    bool good = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
                pthread_mutex_init(&log->order_lock, NULL) == 0 &&
                pthread_mutex_init(&log->queue_lock, NULL) == 0 &&
                pthread_cond_init(&log->queue_filled, NULL) == 0 &&
                pthread_mutex_init(&log->done_lock, NULL) == 0 &&
                pthread_cond_init(&log->done_changed, NULL) == 0 &&
                pthread_mutex_init(&log->state_lock, NULL) == 0 &&
                pthread_mutex_init(&log->keeper_lock, NULL) == 0 &&
                pthread_cond_init(&log->keeper_wake, &monotonic) == 0;
    (void)pthread_condattr_destroy(&monotonic);
    return good;
}

static struct lg_err buffers_new(struct audit_log *log, const struct audit_config *config) {
    log->folder_path = text_dup(config->folder);
    log->origin = text_dup(config->origin);
    log->frame_buf = malloc(AUDIT_FRAME_SIZE_MAX);
    log->frame_leaves = calloc(LIMIT_AUDIT_FRAME_ENTRIES, sizeof log->frame_leaves[0]);
    log->frame_changes = calloc(LIMIT_AUDIT_FRAME_ENTRIES, sizeof log->frame_changes[0]);
    log->mix = calloc(1, sizeof *log->mix);
    if (log->folder_path == NULL || log->origin == NULL || log->frame_buf == NULL ||
        log->frame_leaves == NULL || log->frame_changes == NULL || log->mix == NULL) {
        return no_memory();
    }
    return audit_scopes_new(LIMIT_AUDIT_SCOPES, &log->scopes);
}

static struct lg_err log_new(const struct audit_config *config, struct audit_log **out_log) {
    struct audit_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return no_memory();
    }
    log->journal.fd = -1;
    log->files.lock_fd = -1;
    log->files.highwater.fd = -1;
    if (!locks_init(log)) {
        free(log);
        return no_memory();
    }
    *out_log = log;
    TRY(buffers_new(log, config));
    const struct audit_file_ops *ops = config->files != NULL ? config->files : audit_files_system();
    log->folder = (struct audit_folder){.ops = ops, .path = log->folder_path};
    log->files = audit_begun_init(&log->folder, log->origin);
    log->sign_key = config->sign_key;
    log->clock = config->clock;
    log->keys = config->keys;
    log->apply = config->apply;
    log->apply_ctx = config->apply_ctx;
    log->node = config->node;
    log->volume_tiles = config->volume_tiles != 0 ? config->volume_tiles : LIMIT_AUDIT_VOLUME_TILES;
    log->vkey = audit_vkey_of(log->origin, config->sign_key, AUDIT_KEY_ED25519);
    return LG_OK;
}

static void log_free(struct audit_log *log) {
    audit_journal_close(&log->journal);
    if (log->has_spares) {
        audit_spares_done(&log->spares);
    }
    if (log->has_volumes) {
        audit_volumes_done(&log->volumes);
    }
    audit_tree_free(&log->tree);
    audit_begun_done(&log->files);
    audit_scopes_free(&log->scopes);
    audit_hints_free(&log->hints);
    audit_questions_free(&log->questions);
    audit_signed_free(&log->state.checkpoint);
    (void)pthread_mutex_destroy(&log->order_lock);
    (void)pthread_mutex_destroy(&log->queue_lock);
    (void)pthread_cond_destroy(&log->queue_filled);
    (void)pthread_mutex_destroy(&log->done_lock);
    (void)pthread_cond_destroy(&log->done_changed);
    (void)pthread_mutex_destroy(&log->state_lock);
    (void)pthread_mutex_destroy(&log->keeper_lock);
    (void)pthread_cond_destroy(&log->keeper_wake);
    free(log->frame_buf);
    free(log->frame_leaves);
    free(log->mix);
    free(log->frame_changes);
    free(log->folder_path);
    free(log->origin);
    free(log);
}

/* ---- Taking over the files */

static struct lg_err log_read(struct audit_log *log, struct audit_restore *restore,
                              struct diag *diag) {
    TRY(audit_begin_lock(&log->files, diag));
    TRY(audit_frozen_check(&log->folder, diag));
    TRY(audit_tree_new(&log->folder, &log->tree));
    TRY(audit_volumes_init(&log->folder, log->tree, log->volume_tiles, &log->volumes));
    log->has_volumes = true;
    restore->tree = log->tree;
    restore->leaves = log->frame_leaves;
    TRY(audit_begin_read(&log->files, audit_restore_frame, restore, diag));
    /* A frame's time is that of its newest entry. */
    log->last_time_ms = log->files.found.time_ms;
    return LG_OK;
}

static struct lg_err log_write(struct audit_log *log, uint64_t segment_size) {
    TRY(audit_begin_write(&log->files));
    TRY(audit_spares_init(&log->folder, segment_size, &log->spares));
    log->has_spares = true;
    log->journal = audit_begun_journal(&log->files, &log->spares);
    return LG_OK;
}

static struct lg_err threads_start(struct audit_log *log) {
    log->sequencer_runs = pthread_create(&log->sequencer, NULL, audit_sequencer_run, log) == 0;
    log->keeper_runs =
        log->sequencer_runs && pthread_create(&log->keeper, NULL, audit_keeper_run, log) == 0;
    return log->keeper_runs ? LG_OK : no_memory();
}

/* ---- First entries */

static void on_first_done(void *ctx, const struct audit_outcome *outcome) {
    enum audit_result *result = ctx;
    *result = outcome->result;
}

static struct lg_err first_commit(struct audit_log *log, const struct audit_entry_fields *entries,
                                  size_t count) {
    enum audit_result result = AUDIT_REFUSED_MEMORY;
    struct audit_batch batch = {.entries = entries, .count = count};
    TRY(audit_commit_wait(log, &batch, on_first_done, &result));
    return result == AUDIT_COMMITTED ? LG_OK : no_memory();
}

static struct lg_err epoch_say(struct audit_log *log) {
    struct audit_entry_fields fields = {.kind = AUDIT_NODE_EPOCH};
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    return first_commit(log, &fields, 1);
}

/* The terminal entry of a question that a crash cut off: its own codes, and that it was abandoned.
 */
static struct lg_err abandoned_entry(struct audit_log *log,
                                     const struct audit_open_question *question,
                                     struct arena *arena, struct audit_entry_fields *out_fields) {
    struct audit_entry entry;
    struct span leaf;
    TRY(audit_entry_get(log, question->index, arena, &leaf));
    TRY(audit_entry_decode(leaf, &entry));
    *out_fields = (struct audit_entry_fields){
        .kind = AUDIT_OUTCOME,
        .request_id = question->id,
        .requesting_agency = entry.requesting_agency,
        .agreement = entry.agreement,
        .agreement_version = entry.agreement_version,
        .purpose = entry.purpose,
        .basis = entry.basis,
        .decision = AUDIT_DECISION_ABANDONED,
        .sources = entry.sources,
        .flags = AUDIT_FLAG_FINAL,
    };
    return LG_OK;
}

static struct lg_err abandon_some(struct audit_log *log, const struct audit_questions *questions,
                                  size_t first, size_t count) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    TRY(arena_new(CLOSING_ARENA_SIZE, &arena));
    for (size_t i = 0; i < count; i++) {
        TRY(abandoned_entry(log, audit_questions_get(questions, first + i), arena, &entries[i]));
    }
    return first_commit(log, entries, count);
}

static struct lg_err questions_abandon(struct audit_log *log,
                                       const struct audit_questions *questions) {
    size_t count = audit_questions_count(questions);
    for (size_t first = 0; first < count; first += AUDIT_BATCH_MAX) {
        size_t rest = count - first;
        TRY(abandon_some(log, questions, first, rest < AUDIT_BATCH_MAX ? rest : AUDIT_BATCH_MAX));
    }
    if (audit_questions_missed(questions) > 0) {
        log_line(LOG_WARN, "audit.questions.missed", "count=%llu",
                 (unsigned long long)audit_questions_missed(questions));
    }
    return LG_OK;
}

/* ---- Open and close */

static struct lg_err config_check(const struct audit_config *config, struct diag *diag) {
    struct span origin = span_text(config->origin);
    uint64_t size = config->segment_size;
    if (!audit_note_name_is_valid(origin) || origin.len > AUDIT_ORIGIN_SIZE_MAX) {
        diag_set(diag, 0, "the audit origin has to be 1 to %d characters without space or plus",
                 AUDIT_ORIGIN_SIZE_MAX);
        return lg_err_make(LG_CLASS_CONFIG, LG_AUDIT, AUDIT_FIELDS);
    }
    if (size != 0 &&
        (size < SEGMENT_SIZE_MIN || size > SEGMENT_SIZE_MAX || size % AUDIT_DIRECT_ALIGN != 0)) {
        diag_set(diag, 0, "the audit segment size has to be a multiple of 4096 from %llu on",
                 (unsigned long long)SEGMENT_SIZE_MIN);
        return lg_err_make(LG_CLASS_CONFIG, LG_AUDIT, AUDIT_FIELDS);
    }
    return LG_OK;
}

/* The checkpoint over what was found. That size had this root when its frame was written, and no
 * other ever (I3); the frame is on the disk, since the tail was tidied (I2). */
static struct lg_err found_sign(struct audit_log *log) {
    const struct audit_recovered *found = &log->files.found;
    struct audit_signed *checkpoint = calloc(1, sizeof *checkpoint);
    if (checkpoint == NULL) {
        return no_memory();
    }
    atomic_init(&checkpoint->holders, 1);
    audit_checkpoint_sign(&log->vkey, log->sign_key, found->size, &found->root, &checkpoint->note);
    log->state.checkpoint = checkpoint;
    log->state.mark = log->files.highwater.mark;
    return LG_OK;
}

static struct lg_err log_recover(struct audit_log *log, uint64_t segment_size, struct diag *diag) {
    struct audit_restore restore = {.questions = log->questions};
    diag_set(diag, 0, "the audit log cannot be opened: see the system's log for disk errors");
    TRY(log_read(log, &restore, diag));
    diag_set(diag, 0, "the audit log cannot be written: is the disk full or read-only?");
    TRY(log_write(log, segment_size));
    TRY(audit_hints_new(log->files.found.size, &log->hints));
    TRY(found_sign(log));
    diag_set(diag, 0, "%s", "");
    return LG_OK;
}

struct lg_err audit_log_recover(const struct audit_config *config, struct diag *diag,
                                struct audit_log **out_log) {
    OWN(audit_log_close) struct audit_log *log = NULL;
    uint64_t segment_size = config->segment_size != 0 ? config->segment_size : SEGMENT_SIZE_DEFAULT;
    ASSERT(config->sign_key != NULL);
    ASSERT(config->keys.subject != NULL);
    ASSERT(config->keys.nobody != NULL);
    TRY(config_check(config, diag));
    TRY(log_new(config, &log));
    TRY(audit_questions_new(&log->questions));
    TRY(log_recover(log, segment_size, diag));
    *out_log = TAKE(log);
    return LG_OK;
}

struct lg_err audit_log_begin(struct audit_log *log, struct diag *diag,
                              struct audit_recovery *out_recovery) {
    const struct audit_recovered *found = &log->files.found;
    ASSERT(!log->sequencer_runs);
    diag_set(diag, 0, "the audit log has no memory for its threads");
    TRY(threads_start(log));
    diag_set(diag, 0,
             "the first entries of this start cannot be written: are the subject keys "
             "there?");
    TRY(epoch_say(log));
    TRY(questions_abandon(log, log->questions));
    diag_set(diag, 0, "%s", "");
    const struct audit_recovery recovery = {
        .size = found->size,
        .generation = log->files.generation,
        .tail_dropped = found->tail_dropped,
        .questions_abandoned = audit_questions_count(log->questions),
    };
    audit_questions_free(&log->questions);
    log_line(LOG_INFO, "audit.opened", "size=%llu generation=%llu tail_dropped=%d abandoned=%llu",
             (unsigned long long)recovery.size, (unsigned long long)recovery.generation,
             recovery.tail_dropped ? 1 : 0, (unsigned long long)recovery.questions_abandoned);
    if (out_recovery != NULL) {
        *out_recovery = recovery;
    }
    return LG_OK;
}

struct lg_err audit_log_open(const struct audit_config *config, struct diag *diag,
                             struct audit_recovery *out_recovery, struct audit_log **out_log) {
    OWN(audit_log_close) struct audit_log *log = NULL;
    TRY(audit_log_recover(config, diag, &log));
    TRY(audit_log_begin(log, diag, out_recovery));
    *out_log = TAKE(log);
    return LG_OK;
}

static void threads_stop(struct audit_log *log) {
    (void)pthread_mutex_lock(&log->queue_lock);
    log->closing = true;
    (void)pthread_cond_signal(&log->queue_filled);
    (void)pthread_mutex_unlock(&log->queue_lock);
    if (log->sequencer_runs) {
        (void)pthread_join(log->sequencer, NULL);
    }
    (void)pthread_mutex_lock(&log->keeper_lock);
    log->keeper_stop = true;
    (void)pthread_cond_signal(&log->keeper_wake);
    (void)pthread_mutex_unlock(&log->keeper_lock);
    if (log->keeper_runs) {
        (void)pthread_join(log->keeper, NULL);
    }
}

/* Only a log that ran in full says that it was closed in order. */
static void mark_closed(struct audit_log *log) {
    struct audit_mark mark = log->state.mark;
    if (!log->keeper_runs || mark.size == 0) {
        return;
    }
    mark.closed = true;
    lg_err_ignore(audit_highwater_write(&log->files.highwater, &mark),
                  "the next start then reads the tail as after a crash");
}

void audit_log_close(struct audit_log **log) {
    if (*log == NULL) {
        return;
    }
    threads_stop(*log);
    mark_closed(*log);
    log_free(*log);
    *log = NULL;
}
