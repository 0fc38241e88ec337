/* SPDX-License-Identifier: Apache-2.0 */
/* Following the log: what is counted of it, how far it goes, and how both are written and read. */
#include "gateway/service/signals.h"

#include <stdlib.h>

#include "gateway/base/log.h"
#include "gateway/service/service_int.h"
#include "gateway/service/signals_int.h"

static const int64_t DAY_MS = 24 * 3600 * 1000;
/* Searches that nothing followed: they are found no later for being looked for every ten
 * seconds, and the look passes over everybody who is counted. */
static const int64_t SWEEP_MS = 10000;

/* ---- Reading ---- */

void service_signals_free(struct service_signals **signals) {
    struct service_signals *it = *signals;
    if (it == NULL) {
        return;
    }
    for (size_t i = 0; it->agencies != NULL && i < it->agency_count; i++) {
        signals_agency_free(&it->agencies[i]);
    }
    query_askers_free(&it->askers);
    service_marks_known_free(&it->known);
    free(it->agencies);
    free(it->is_changed);
    free(it);
    *signals = NULL;
}

/* Counts that cannot be read are left: the rules that go by them begin anew. */
static struct lg_err agency_read(struct service_signals *signals, size_t i) {
    OWN(arena_free) struct arena *arena = NULL;
    OWN(signals_agency_free) struct signals_agency *agency = NULL;
    struct span body;
    struct span id = span_text(signals->gateway->registry->parties[i].id);
    TRY(arena_new(STORE_SIGNALS_BODY_MAX * 3, &arena));
    TRY(signals_agency_new(&agency));
    struct lg_err err = store_signals_read(signals->reader, id, arena, &body);
    if (!lg_failed(err) && body.len > 0) {
        err = signals_agency_decode(body, agency);
    }
    bool is_ruined = lg_err_class(err) == LG_CLASS_INPUT ||
                     lg_err_same(err, lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT));
    if (lg_failed(err) && !is_ruined) {
        return err;
    }
    if (is_ruined) {
        log_line(LOG_WARN, "signals.counts", "read=no begins=anew");
    }
    signals_agency_free(&signals->agencies[i]);
    signals->agencies[i] = TAKE(agency);
    signals->is_changed[i] = false;
    return LG_OK;
}

static struct lg_err all_read(struct service_signals *signals) {
    bool found = false;
    uint64_t through = 0;
    uint64_t size = audit_size(signals->gateway->log);
    TRY(store_signals_through(signals->reader, &found, &through));
    for (size_t i = 0; i < signals->agency_count; i++) {
        TRY(agency_read(signals, i));
    }
    signals->through = found && through <= size ? through : size;
    signals->written_through = found ? signals->through : UINT64_MAX;
    signals->written_ms = service_signals_now(signals);
    signals->pending_count = 0;
    TRY(store_signals_waiting_count(signals->reader, &signals->waiting_count));
    TRY(service_signals_moment_read(signals));
    signals->has_failed = false;
    return LG_OK;
}

/* ---- Writing ---- */

static struct lg_err counts_make(const struct service_signals *signals, struct arena *arena,
                                 struct store_signal_counts *counts, size_t *out_count) {
    size_t count = 0;
    for (size_t i = 0; i < signals->agency_count; i++) {
        if (signals->is_changed[i]) {
            counts[count].agency = span_text(signals->gateway->registry->parties[i].id);
            TRY(signals_agency_encode(signals->agencies[i], arena, &counts[count].body));
            count++;
        }
    }
    *out_count = count;
    return LG_OK;
}

struct lg_err service_signals_write(struct service_signals *signals) {
    OWN(arena_free) struct arena *arena = NULL;
    int64_t now_ms = service_signals_now(signals);
    if (signals->has_failed || signals->through == signals->written_through) {
        return LG_OK;
    }
    TRY(arena_new((signals->agency_count + 1) * STORE_SIGNALS_BODY_MAX, &arena));
    struct store_signal_counts *counts =
        arena_array(arena, signals->agency_count + 1, sizeof *counts);
    struct store_signals_written written = {.counts = counts,
                                            .through = signals->through,
                                            .forget_ms = now_ms - LIMIT_SIGNALS_KEPT_DAYS * DAY_MS};
    TRY(arena_failed(arena));
    TRY(counts_make(signals, arena, counts, &written.count));
    TRY(store_signals_write(signals->gateway->store, &written));
    for (size_t i = 0; i < signals->agency_count; i++) {
        signals->is_changed[i] = false;
    }
    signals->written_through = signals->through;
    signals->written_ms = now_ms;
    return LG_OK;
}

/* ---- Following ---- */

static struct lg_err asked_put(struct service_signals *signals, size_t agency,
                               const struct index_asked *asked) {
    struct signals_hit hits[SIGNALS_HITS_MAX];
    struct signals_event event;
    TRY(service_signals_event_make(signals, agency, asked, &event));
    size_t count = signals_observe(signals->agencies[agency], &event, hits);
    signals->is_changed[agency] = true;
    for (size_t i = 0; i < count; i++) {
        TRY(service_signals_hit(signals, agency, &hits[i], asked));
    }
    return LG_OK;
}

static struct lg_err sweep(struct service_signals *signals, int64_t now_ms) {
    for (size_t i = 0; i < signals->agency_count; i++) {
        struct signals_hit hit;
        size_t place = 0;
        while (signals_sweep(signals->agencies[i], now_ms, &place, &hit)) {
            signals->is_changed[i] = true;
            TRY(service_signals_hit(signals, i, &hit, NULL));
        }
    }
    return LG_OK;
}

static struct lg_err sweep_now_and_then(struct service_signals *signals, int64_t now_ms) {
    if (signals->swept_ms != INT64_MIN && now_ms >= signals->swept_ms &&
        now_ms - signals->swept_ms < SWEEP_MS) {
        return LG_OK;
    }
    TRY(sweep(signals, now_ms));
    signals->swept_ms = now_ms;
    return LG_OK;
}

static struct lg_err batch_take(struct service_signals *signals,
                                const struct index_asked_found *found) {
    for (size_t i = 0; i < found->count; i++) {
        size_t agency = 0;
        if (service_signals_agency_find(signals, &found->items[i], &agency)) {
            TRY(asked_put(signals, agency, &found->items[i]));
        }
    }
    if (found->latest_ms != INT64_MIN) {
        TRY(sweep_now_and_then(signals, found->latest_ms));
    }
    return service_signals_pending_write(signals);
}

static struct lg_err write_if_due(struct service_signals *signals) {
    bool is_due = service_signals_now(signals) - signals->written_ms >= LIMIT_SIGNALS_WRITE_MS ||
                  signals->written_through == UINT64_MAX;
    return is_due ? service_signals_write(signals) : LG_OK;
}

static struct lg_err on_place(void *ctx, uint64_t *out_place) {
    struct service_signals *signals = ctx;
    if (signals->has_failed) {
        TRY(all_read(signals));
    }
    *out_place = signals->through;
    return LG_OK;
}

/* What was counted stands, whatever becomes of the rest. */
static struct lg_err rest_do(struct service_signals *signals) {
    TRY(service_signals_open_due(signals));
    return write_if_due(signals);
}

static struct lg_err on_take(void *ctx, const struct index_asked_found *found) {
    struct service_signals *signals = ctx;
    struct lg_err err = batch_take(signals, found);
    signals->has_failed = lg_failed(err);
    TRY(err);
    signals->through = found->through;
    return rest_do(signals);
}

/* Nothing came for a while: time alone may hit. */
static struct lg_err on_pause(void *ctx) {
    struct service_signals *signals = ctx;
    struct lg_err err = sweep_now_and_then(signals, service_signals_now(signals));
    if (!lg_failed(err)) {
        err = service_signals_pending_write(signals);
    }
    signals->has_failed = lg_failed(err);
    TRY(err);
    return rest_do(signals);
}

/* Says once that it fails, and once that it goes on; and what came of it, with the cases. */
static void on_tell(void *ctx, struct lg_err err) {
    struct service_signals *signals = ctx;
    bool failed = lg_failed(err);
    bool is_more = signals->did.left_out > signals->told.left_out && signals->waiting_count == 0;
    if (signals->did.opened > signals->told.opened || is_more) {
        log_line(LOG_INFO, "node.signals.cases", "opened=%zu left-out=%zu",
                 signals->did.opened - signals->told.opened,
                 signals->did.left_out - signals->told.left_out);
        signals->told = signals->did;
    }
    if (failed && !signals->fails) {
        log_line(LOG_WARN, "node.signals", "behind=yes class=%s code=%u",
                 lg_class_name(lg_err_class(err)), (unsigned)lg_err_code(err));
    } else if (!failed && signals->fails) {
        log_line(LOG_INFO, "node.signals", "behind=no");
    }
    signals->fails = failed;
}

const struct index_follower *service_signals_follower(const struct service_signals *signals) {
    return &signals->follower;
}

struct service_signals_did service_signals_done(const struct service_signals *signals) {
    return signals->did;
}

struct lg_err service_signals_open(const struct query_gateway *gateway, struct store_reader *reader,
                                   struct service_signals **out_signals) {
    OWN(service_signals_free) struct service_signals *it = calloc(1, sizeof *it);
    size_t count = gateway->registry->party_count;
    if (it == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    it->gateway = gateway;
    it->reader = reader;
    it->agency_count = count;
    it->swept_ms = INT64_MIN;
    it->follower = (struct index_follower){
        .ctx = it, .place = on_place, .take = on_take, .pause = on_pause, .tell = on_tell};
    it->agencies = calloc(count + 1, sizeof *it->agencies);
    it->is_changed = calloc(count + 1, sizeof *it->is_changed);
    if (it->agencies == NULL || it->is_changed == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    TRY(service_marks_known_new(&it->known));
    TRY(query_askers_new(gateway, &it->askers));
    TRY(all_read(it));
    *out_signals = TAKE(it);
    return LG_OK;
}
