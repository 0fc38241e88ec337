/* SPDX-License-Identifier: Apache-2.0 */
/* When cases are opened. Everybody may ask how large the log is: were a case opened when its
 * question was asked, whoever asked would see one entry more and know that a rule had hit. So they
 * wait, of all agencies together, for moments that are drawn at random hours apart, and at each of
 * these a fixed number of entries enters the log in one flush (LIMIT_SIGNALS_COVER), cases or none:
 * what is missing is padding.
 *
 * What remains visible: that there were more cases than one cover, in the whole partnership, since
 * the moment before; and whatever officers do about a case, as one entry among those of other acts
 * and looks.
 *
 * A moment is in the store and outlives the process; one that passed while nothing ran is drawn
 * anew, so that no start makes cases appear. A crash between the entries and the row that says so
 * leaves cases that are there already: the next moment passes them over. */
#include <assert.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/log.h"
#include "gateway/review/review.h"
#include "gateway/service/service_int.h"
#include "gateway/service/signals_int.h"

static const int64_t DAY_MS = 24 * 3600 * 1000;

static_assert(AUDIT_BATCH_MAX % LIMIT_SIGNALS_COVER == 0, "a full batch is whole covers");

/* ---- The next moment ---- */

static int64_t part_ms(const struct service_signals *signals) {
    return (int64_t)signals->gateway->limits.signals_every_ms / LIMIT_SIGNALS_EVERY_PARTS;
}

/* From one part after now to the last, each millisecond as likely as any other. */
static int64_t moment_draw(const struct service_signals *signals) {
    int64_t least_ms = part_ms(signals);
    uint64_t span_ms = (uint64_t)(least_ms * (LIMIT_SIGNALS_EVERY_PARTS_MOST - 1)) + 1;
    uint8_t bytes[8];
    vault_random(bytes, sizeof bytes);
    struct reader r = reader_of(span_of(bytes, sizeof bytes));
    uint64_t drawn = reader_u64(&r);
    return service_signals_now(signals) + least_ms + (int64_t)(drawn % span_ms);
}

/* Nothing later than that was drawn, unless the clock was put back since. */
static bool is_ahead(const struct service_signals *signals, int64_t moment_ms) {
    int64_t now_ms = service_signals_now(signals);
    return moment_ms > now_ms &&
           moment_ms - now_ms <= part_ms(signals) * LIMIT_SIGNALS_EVERY_PARTS_MOST;
}

struct lg_err service_signals_moment_read(struct service_signals *signals) {
    bool found = false;
    int64_t moment_ms = 0;
    TRY(store_signals_moment(signals->reader, &found, &moment_ms));
    if (!found || !is_ahead(signals, moment_ms)) {
        moment_ms = moment_draw(signals);
        TRY(store_signals_opened(signals->gateway->store, NULL, 0, moment_ms));
    }
    signals->moment_ms = moment_ms;
    return LG_OK;
}

/* ---- Opening ---- */

/* Entries of one flush. */
struct cover {
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    size_t count;
    struct arena *arena;
    bool is_committed;
};

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    struct cover *cover = ctx;
    cover->is_committed = outcome->result == AUDIT_COMMITTED;
}

static struct audit_entry_fields *entry_add(struct cover *cover, enum audit_kind kind) {
    ASSERT(cover->count < AUDIT_BATCH_MAX);
    struct audit_entry_fields *entry = &cover->entries[cover->count++];
    *entry = (struct audit_entry_fields){.kind = kind};
    vault_random(entry->request_id.bytes, sizeof entry->request_id.bytes);
    return entry;
}

static struct lg_err cover_commit(const struct service_signals *signals, struct cover *cover) {
    while (cover->count == 0 || cover->count % LIMIT_SIGNALS_COVER != 0) {
        (void)entry_add(cover, AUDIT_PAD);
    }
    const struct audit_batch batch = {.entries = cover->entries, .count = cover->count};
    cover->is_committed = false;
    TRY(audit_commit_wait(signals->gateway->log, &batch, on_committed, cover));
    cover->count = 0;
    return cover->is_committed ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG);
}

/* Officers have as long as for what no day is set for, from the moment on. What cannot be read is
 * passed over, and told: its hits stay. */
static struct lg_err case_add(const struct service_signals *signals,
                              const struct store_signal_wait *wait, struct cover *cover,
                              bool *did) {
    struct review_entry entry;
    int64_t now_ms = service_signals_now(signals);
    struct lg_err err = review_entry_decode(wait->body, cover->arena, &entry);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        log_line(LOG_WARN, "signals.case", "read=no opened=no");
        return LG_OK;
    }
    TRY(err);
    entry.opening.opened_ms = now_ms;
    entry.opening.due_ms = now_ms + LIMIT_SIGNALS_DUE_DAYS * DAY_MS;
    struct span sealed;
    TRY(review_opening_encode(&entry.opening, cover->arena, &sealed));
    struct audit_entry_fields *fields = entry_add(cover, AUDIT_REVIEW);
    fields->requesting_agency = review_leaf_agency(entry.opening.kind, entry.opening.reviewer);
    fields->decision = AUDIT_DECISION_PERMIT;
    fields->reason = span_text("SIGNAL");
    fields->sealed = sealed;
    *did = true;
    return LG_OK;
}

static struct lg_err all_open(struct service_signals *signals,
                              const struct store_signal_wait *waiting, size_t count,
                              struct cover *cover) {
    for (size_t i = 0; i < count; i++) {
        struct store_review review;
        bool is_there = false;
        TRY(store_review_find(signals->reader, &waiting[i].review, cover->arena, &is_there,
                              &review));
        if (is_there) {
            continue;
        }
        bool did = false;
        TRY(case_add(signals, &waiting[i], cover, &did));
        signals->did.opened += did ? 1 : 0;
        if (cover->count == AUDIT_BATCH_MAX) {
            TRY(cover_commit(signals, cover));
        }
    }
    return LG_OK;
}

/* The last batch is a cover of its own where the ones before it were full. */
static struct lg_err waiting_open(struct service_signals *signals, struct cover *cover) {
    struct store_signal_wait *waiting = NULL;
    size_t count = 0;
    TRY(store_signals_waiting(signals->reader, cover->arena, &waiting, &count));
    size_t before = signals->did.opened;
    struct lg_err err = all_open(signals, waiting, count, cover);
    if (!lg_failed(err)) {
        err = cover_commit(signals, cover);
    }
    if (lg_failed(err)) {
        signals->did.opened = before; /* those that are there are passed over next time */
        return err;
    }
    /* Whatever becomes of the store: a cover each time that it fails would fill the log. */
    signals->moment_ms = moment_draw(signals);
    TRY(store_signals_opened(signals->gateway->store, waiting, count, signals->moment_ms));
    signals->waiting_count = 0;
    return LG_OK;
}

struct lg_err service_signals_open_due(struct service_signals *signals) {
    OWN(arena_free) struct arena *arena = NULL;
    if (service_signals_now(signals) < signals->moment_ms) {
        return is_ahead(signals, signals->moment_ms) ? LG_OK : service_signals_moment_read(signals);
    }
    /* All waiting bodies, and each twice more while it is opened. */
    size_t each = 4 * STORE_REVIEW_BODY_MAX;
    TRY(arena_new(sizeof(struct cover) + (signals->waiting_count + 1) * each, &arena));
    struct cover *cover = arena_alloc(arena, sizeof *cover);
    TRY(arena_failed(arena));
    cover->arena = arena;
    return waiting_open(signals, cover);
}
