/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's turn, about once a second: make the spare segment that is missing, flush the
 * high-water file when the log has grown, and copy some tiles into the next volume. None stands in
 * the way of a commit. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <time.h>

#include "gateway/audit/audit_int.h"
#include "gateway/base/log.h"

enum {
    TURN_S = 1,
    /* Turns between two attempts to fill a full disk: each writes until there is no more room. */
    FULL_DISK_TURNS = 15,
    FAILED_VOLUME_TURNS = 60,
};

/* Told when it changes: from here on until there is room again, questions are refused. */
static void reserve_tell(struct audit_log *log, bool *is_low) {
    bool low = audit_spares_low(&log->spares);
    if (low != *is_low) {
        log_line(low ? LOG_ERROR : LOG_INFO, "audit.reserve", "whole=%s", low ? "no" : "yes");
        *is_low = low;
    }
}

static void spares_keep(struct audit_log *log, unsigned *turns_left) {
    if (*turns_left > 0) {
        (*turns_left)--;
        return;
    }
    struct lg_err err = audit_spares_fill(&log->spares);
    if (audit_is(err, AUDIT_NO_SPACE) || audit_is(err, AUDIT_MEMORY)) {
        *turns_left = FULL_DISK_TURNS;
    } else if (lg_failed(err)) {
        audit_stop_process("spare", err);
    }
}

static void mark_keep(struct audit_log *log) {
    (void)pthread_mutex_lock(&log->state_lock);
    struct audit_mark mark = log->state.mark;
    bool is_new = log->state.mark_is_new;
    log->state.mark_is_new = false;
    (void)pthread_mutex_unlock(&log->state_lock);
    if (!is_new) {
        return;
    }
    struct lg_err err = audit_highwater_write(&log->files.highwater, &mark);
    if (lg_failed(err)) {
        audit_stop_process("high-water", err);
    }
}

/* Volumes are copies, checked whenever they are read: an error here is for somebody to look at, and
 * nothing that the log itself rests on. */
static void volumes_keep(struct audit_log *log, unsigned *turns_left) {
    if (*turns_left > 0) {
        (*turns_left)--;
        return;
    }
    if (audit_spares_low(&log->spares)) {
        return; /* the reserve is the log's */
    }
    struct lg_err err = audit_volumes_turn(&log->volumes, audit_size(log));
    if (!lg_failed(err)) {
        return;
    }
    log_line(LOG_ERROR, "audit.volume.failed", "class=%s code=%u", lg_class_name(lg_err_class(err)),
             lg_err_code(err));
    *turns_left = FAILED_VOLUME_TURNS;
}

/* Waits for the next turn; false when the keeper is to stop. */
static bool turn_wait(struct audit_log *log) {
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += TURN_S;
    (void)pthread_mutex_lock(&log->keeper_lock);
    while (!log->keeper_stop && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&log->keeper_wake, &log->keeper_lock, &until);
    }
    bool go_on = !log->keeper_stop;
    (void)pthread_mutex_unlock(&log->keeper_lock);
    return go_on;
}

void *audit_keeper_run(void *ctx) {
    struct audit_log *log = ctx;
    unsigned turns_left = 0;
    unsigned volume_turns_left = 0;
    bool is_low = false;
    do {
        spares_keep(log, &turns_left);
        reserve_tell(log, &is_low);
        mark_keep(log);
        volumes_keep(log, &volume_turns_left);
    } while (turn_wait(log));
    return NULL;
}
