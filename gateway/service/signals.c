/* SPDX-License-Identifier: Apache-2.0 */
/* From entries of the log to events, from events to hits, from hits to cases. */
#include "gateway/service/signals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/log.h"
#include "gateway/index/index.h"
#include "gateway/review/review.h"
#include "gateway/service/service_int.h"
#include "gateway/service/signal_marks.h"
#include "gateway/signals/signals.h"
#include "gateway/store/signals.h"

static const int64_t DAY_MS = 24 * 3600 * 1000;

/* Rows that wait for one transaction. */
enum { PENDING_MAX = 64 };

struct service_signals {
    const struct query_gateway *gateway;
    struct store_reader *reader;
    struct signals_agency **agencies; /* one for each party, in the registry's order */
    bool *is_changed;                 /* since it was written */
    size_t agency_count;
    uint64_t through; /* entries of the log that were looked at */
    uint64_t written_through;
    int64_t written_ms; /* of the wall clock */
    bool has_failed;    /* what is counted is not what the log says: read it again */
    struct store_signal pending[PENDING_MAX];
    size_t pending_count;
    int64_t swept_ms; /* INT64_MIN: not yet */
    size_t opened;    /* cases */
    size_t told;      /* of them */
    bool fails;       /* and that was told */
    struct index_follower follower;
    struct query_askers *askers; /* whose existence a user's agency may learn */
};

static int64_t now_of(const struct service_signals *signals) {
    return clock_wall_ms(&signals->gateway->clock);
}

/* ---- Opening and reading ---- */

void service_signals_free(struct service_signals **signals) {
    struct service_signals *it = *signals;
    if (it == NULL) {
        return;
    }
    for (size_t i = 0; it->agencies != NULL && i < it->agency_count; i++) {
        signals_agency_free(&it->agencies[i]);
    }
    query_askers_free(&it->askers);
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
    signals->written_ms = now_of(signals);
    signals->pending_count = 0;
    signals->has_failed = false;
    return LG_OK;
}

static void follower_init(struct service_signals *signals);

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
    it->agencies = calloc(count + 1, sizeof *it->agencies);
    it->is_changed = calloc(count + 1, sizeof *it->is_changed);
    if (it->agencies == NULL || it->is_changed == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    TRY(query_askers_new(gateway, &it->askers));
    follower_init(it);
    TRY(all_read(it));
    *out_signals = TAKE(it);
    return LG_OK;
}

/* ---- Writing ---- */

static struct lg_err pending_write(struct service_signals *signals) {
    size_t count = signals->pending_count;
    signals->pending_count = 0;
    return count == 0 ? LG_OK : store_signals_add(signals->gateway->store, signals->pending, count);
}

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
    int64_t now_ms = now_of(signals);
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

/* ---- Cases ---- */

/* What hit, and the entry that it is about. */
struct found {
    size_t agency; /* in the registry's order */
    struct signals_hit hit;
    const struct index_asked *asked; /* NULL: of SIGNALS_MANY */
    enum signals_rule counted;       /* that hit: in whose room the case is */
};

static struct span agency_id(const struct service_signals *signals, const struct found *found) {
    return span_text(signals->gateway->registry->parties[found->agency].id);
}

/* The same hit has the same case, however often it is come to. */
static struct lg_err case_id(const struct service_signals *signals, const struct signals_hit *hit,
                             struct review_id *out_id) {
    uint8_t buf[16];
    struct writer w = writer_of(buf, sizeof buf);
    struct span numbers = {0};
    struct store_tag tag;
    writer_u32(&w, (uint32_t)hit->rule);
    writer_u64(&w, hit->log_index);
    TRY(writer_end(&w, &numbers));
    struct span user = span_of(hit->user.bytes, sizeof hit->user.bytes);
    struct span parts[] = {span_text("signal"), user, numbers, span_of(NULL, 0)};
    TRY(store_tag_make(signals->gateway->store, STORE_TAG_OPENER, parts, 4, &tag));
    static_assert(sizeof out_id->bytes == sizeof tag.bytes, "a case's id is as long as a tag");
    memcpy(out_id->bytes, tag.bytes, sizeof out_id->bytes);
    return LG_OK;
}

static struct review_opening opening_of(const struct service_signals *signals,
                                        const struct found *found, const struct review_id *id) {
    int64_t now_ms = now_of(signals);
    struct span code = span_text(signals_rule_code(found->hit.rule));
    struct review_opening opening = {
        .id = *id,
        .kind = REVIEW_ANOMALY,
        .reviewer = agency_id(signals, found),
        .opener = {.agency = agency_id(signals, found)},
        .opened_ms = now_ms,
        .due_ms = now_ms + LIMIT_SIGNALS_DUE_DAYS * DAY_MS,
        .cause = code,
        .rationale = span_text(signals_sentence(code)),
    };
    if (found->asked != NULL) {
        opening.opener.user_id = found->asked->user_id;
        opening.system = found->asked->system;
        opening.role = found->asked->role;
        opening.purpose = found->asked->entry.purpose;
        opening.case_reference = found->asked->case_reference;
    }
    return opening;
}

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

static struct lg_err case_commit(const struct service_signals *signals, const struct found *found,
                                 const struct review_id *id) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct review_opening opening = opening_of(signals, found, id);
    struct audit_entry_fields fields = {
        .kind = AUDIT_REVIEW,
        .requesting_agency = opening.reviewer,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("SIGNAL"),
    };
    bool committed = false;
    TRY(arena_new(2 * STORE_REVIEW_BODY_MAX, &arena));
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(review_opening_encode(&opening, arena, &fields.sealed));
    TRY(audit_commit_wait(signals->gateway->log,
                          &(struct audit_batch){.entries = &fields, .count = 1}, on_committed,
                          &committed));
    return committed ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG);
}

static struct lg_err review_read(const struct service_signals *signals, const struct review_id *id,
                                 bool *out_found, struct store_review *out_review) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(2 * STORE_REVIEW_BODY_MAX, &arena));
    TRY(store_review_find(signals->reader, id, arena, out_found, out_review));
    out_review->body = span_of(NULL, 0);
    return LG_OK;
}

/* The newest row of the rule and user, written or not. */
static struct lg_err last_find(const struct service_signals *signals, const struct signals_hit *hit,
                               bool *out_found, struct store_signal *out_last) {
    for (size_t i = signals->pending_count; i > 0; i--) {
        const struct store_signal *it = &signals->pending[i - 1];
        if (it->rule == (uint32_t)hit->rule &&
            memcmp(it->opener.bytes, hit->user.bytes, sizeof it->opener.bytes) == 0) {
            *out_last = *it;
            *out_found = true;
            return LG_OK;
        }
    }
    return store_signal_last(signals->reader, &hit->user, (uint32_t)hit->rule, out_found, out_last);
}

/* Whether the last row's case is still open and young enough that another hit belongs to it. */
static struct lg_err case_joins(const struct service_signals *signals,
                                const struct store_signal *last, bool *out_joins) {
    struct store_review review;
    bool found = false;
    TRY(review_read(signals, &last->review, &found, &review));
    *out_joins = found && review.state != STORE_REVIEW_CLOSED &&
                 now_of(signals) - review.opened_ms < LIMIT_SIGNALS_JOIN_DAYS * DAY_MS;
    return LG_OK;
}

/* A case of its own, unless a crash came between it and its row. */
static struct lg_err case_open(struct service_signals *signals, const struct found *found,
                               struct review_id *out_id) {
    struct store_review review;
    bool is_there = false;
    TRY(case_id(signals, &found->hit, out_id));
    TRY(review_read(signals, out_id, &is_there, &review));
    if (!is_there) {
        TRY(case_commit(signals, found, out_id));
        signals->opened++;
    }
    signals_case_note(signals->agencies[found->agency], found->counted, found->hit.at_ms);
    return LG_OK;
}

static struct lg_err row_add(struct service_signals *signals, const struct signals_hit *hit,
                             const struct review_id *review) {
    if (signals->pending_count == PENDING_MAX) {
        TRY(pending_write(signals));
    }
    signals->pending[signals->pending_count++] = (struct store_signal){
        .opener = hit->user,
        .rule = (uint32_t)hit->rule,
        .log_index = hit->log_index,
        .at_ms = hit->at_ms,
        .review = *review,
    };
    return LG_OK;
}

/* The ceiling of one agency's day: the last case says that there would be more. */
static struct lg_err room_take(const struct service_signals *signals, struct found *found,
                               bool *out_has_room) {
    const struct signals_agency *agency = signals->agencies[found->agency];
    enum signals_room room = signals_case_room(agency, found->hit.rule, found->hit.at_ms);
    *out_has_room = room != SIGNALS_ROOM_NONE;
    if (room == SIGNALS_ROOM_LAST) {
        const struct review_opener nobody = {.agency = agency_id(signals, found)};
        found->hit.rule = SIGNALS_MANY;
        found->asked = NULL;
        return review_opener_tag(signals->gateway->store, &nobody, &found->hit.user);
    }
    return LG_OK;
}

/* Where it opened a case then, that counts for its day again. */
static struct lg_err again_note(const struct service_signals *signals, const struct found *found) {
    struct review_id id;
    struct store_review review;
    bool is_there = false;
    TRY(case_id(signals, &found->hit, &id));
    TRY(review_read(signals, &id, &is_there, &review));
    if (is_there) {
        signals_case_note(signals->agencies[found->agency], found->counted, found->hit.at_ms);
    }
    return LG_OK;
}

static struct lg_err hit_put(struct service_signals *signals, struct found found) {
    struct store_signal last;
    struct review_id review;
    bool is_found = false;
    bool joins = false;
    bool has_room = false;
    TRY(last_find(signals, &found.hit, &is_found, &last));
    if (is_found && last.log_index >= found.hit.log_index) {
        return again_note(signals, &found); /* it was come to before a crash */
    }
    if (is_found) {
        TRY(case_joins(signals, &last, &joins));
    }
    if (joins) {
        return row_add(signals, &found.hit, &last.review);
    }
    TRY(room_take(signals, &found, &has_room));
    if (!has_room) {
        return LG_OK;
    }
    TRY(case_open(signals, &found, &review));
    TRY(row_add(signals, &found.hit, &review));
    return pending_write(signals); /* officers see the case by now */
}

/* ---- Events ---- */

/* False for an agency that is no party any more, and where nobody acted. */
static bool agency_find(const struct service_signals *signals, const struct index_asked *asked,
                        size_t *out_agency) {
    const struct config_partnership *registry = signals->gateway->registry;
    for (uint32_t i = 0; i < registry->party_count; i++) {
        if (span_equal_text(asked->entry.requesting_agency, registry->parties[i].id)) {
            *out_agency = i;
            return asked->user_id.len > 0;
        }
    }
    return false;
}

/* Whom a question is about, where the asker could know of them. */
static struct lg_err marks_read(const struct service_signals *signals,
                                const struct index_asked *asked, struct signals_event *event) {
    const struct service_marks_look look = {.gateway = signals->gateway,
                                            .reader = signals->reader,
                                            .askers = signals->askers,
                                            .asked = asked};
    struct service_marks marks;
    if (asked->entry.kind != AUDIT_ASK || !asked->has_subject || !asked->is_enough) {
        return LG_OK;
    }
    struct lg_err err = service_marks_find(&look, &marks);
    if (lg_err_class(err) == LG_CLASS_STORE || lg_err_class(err) == LG_CLASS_LIMIT) {
        return err; /* another turn may do better */
    }
    if (lg_failed(err)) { /* one question must not keep all that come after it from being seen */
        log_line(LOG_WARN, "signals.marks", "entry=%llu looked=no",
                 (unsigned long long)asked->position);
        return LG_OK;
    }
    event->is_own_record = marks.is_own_record;
    event->is_colleague = marks.is_colleague;
    event->is_canary = marks.is_canary;
    return LG_OK;
}

static enum signals_kind kind_of(const struct index_asked *asked) {
    switch (asked->entry.kind) {
    case AUDIT_DENIAL:
        return SIGNALS_REFUSAL;
    case AUDIT_SEARCH:
        return SIGNALS_SEARCH;
    default:
        return SIGNALS_ASK;
    }
}

static struct lg_err event_make(const struct service_signals *signals, size_t agency,
                                const struct index_asked *asked, struct signals_event *out) {
    const struct config_party *party = &signals->gateway->registry->parties[agency];
    const struct store *store = signals->gateway->store;
    const struct policy_london london = policy_london_time(asked->entry.time_ms / 1000);
    struct signals_event event = {
        .kind = kind_of(asked),
        .log_index = asked->position,
        .at_ms = asked->entry.time_ms,
        .is_outside_hours =
            party->working_hours_text != NULL &&
            (london.is_bank_holiday || !config_hours_include(party, london.weekday, london.minute)),
        .lacks_case = asked->case_reference.len == 0 &&
                      config_purpose_wants_case(party, asked->entry.purpose),
    };
    const struct review_opener opener = {.agency = asked->entry.requesting_agency,
                                         .user_id = asked->user_id};
    struct span role[] = {span_text("role"), asked->role};
    TRY(review_opener_tag(store, &opener, &event.user));
    TRY(store_tag_make(store, STORE_TAG_OPENER, role, 2, &event.role));
    TRY(marks_read(signals, asked, &event));
    *out = event;
    return LG_OK;
}

/* Of an entry that may lie far back: who it was, read again. It may be gone by now. */
static struct lg_err back_put(struct service_signals *signals, struct found found) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_asked_found back;
    const struct index_asked_range range = {.first = found.hit.log_index,
                                            .count = 1,
                                            .is_over = index_is_stopping,
                                            .ctx = signals->gateway->index};
    TRY(arena_new(16 * AUDIT_ENTRY_SIZE_MAX, &arena));
    TRY(index_asked_read(signals->gateway->index, &range, arena, &back));
    if (back.count == 0) {
        return LG_OK;
    }
    found.asked = &back.items[0];
    return hit_put(signals, found);
}

static struct lg_err hit_found(struct service_signals *signals, size_t agency,
                               const struct signals_hit *hit, const struct index_asked *asked) {
    const struct found found = {
        .agency = agency, .hit = *hit, .asked = asked, .counted = hit->rule};
    bool is_this = asked != NULL && asked->position == hit->log_index;
    return is_this ? hit_put(signals, found) : back_put(signals, found);
}

static struct lg_err asked_put(struct service_signals *signals, size_t agency,
                               const struct index_asked *asked) {
    struct signals_hit hits[SIGNALS_HITS_MAX];
    struct signals_event event;
    TRY(event_make(signals, agency, asked, &event));
    size_t count = signals_observe(signals->agencies[agency], &event, hits);
    signals->is_changed[agency] = true;
    for (size_t i = 0; i < count; i++) {
        TRY(hit_found(signals, agency, &hits[i], asked));
    }
    return LG_OK;
}

static struct lg_err sweep(struct service_signals *signals, int64_t now_ms) {
    for (size_t i = 0; i < signals->agency_count; i++) {
        struct signals_hit hit;
        size_t place = 0;
        while (signals_sweep(signals->agencies[i], now_ms, &place, &hit)) {
            signals->is_changed[i] = true;
            TRY(hit_found(signals, i, &hit, NULL));
        }
    }
    return LG_OK;
}

/* ---- Following the log ---- */

/* Searches that nothing followed: an hour's worth of them is found no later for being looked for
 * now and then, and the look passes over everybody who is counted. */
static const int64_t SWEEP_MS = 10000;

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
        if (agency_find(signals, &found->items[i], &agency)) {
            TRY(asked_put(signals, agency, &found->items[i]));
        }
    }
    if (found->latest_ms != INT64_MIN) {
        TRY(sweep_now_and_then(signals, found->latest_ms));
    }
    return pending_write(signals);
}

static struct lg_err write_if_due(struct service_signals *signals) {
    bool is_due = now_of(signals) - signals->written_ms >= LIMIT_SIGNALS_WRITE_MS ||
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

static struct lg_err on_take(void *ctx, const struct index_asked_found *found) {
    struct service_signals *signals = ctx;
    struct lg_err err = batch_take(signals, found);
    signals->has_failed = lg_failed(err);
    TRY(err);
    signals->through = found->through;
    return write_if_due(signals);
}

/* Nothing came for a while: time alone may hit. */
static struct lg_err on_pause(void *ctx) {
    struct service_signals *signals = ctx;
    struct lg_err err = sweep_now_and_then(signals, now_of(signals));
    if (!lg_failed(err)) {
        err = pending_write(signals);
    }
    signals->has_failed = lg_failed(err);
    TRY(err);
    return write_if_due(signals);
}

/* Says once that it fails, and once that it goes on. */
static void on_tell(void *ctx, struct lg_err err) {
    struct service_signals *signals = ctx;
    bool failed = lg_failed(err);
    if (signals->opened > signals->told) {
        log_line(LOG_INFO, "node.signals.cases", "opened=%zu", signals->opened - signals->told);
        signals->told = signals->opened;
    }
    if (failed && !signals->fails) {
        log_line(LOG_WARN, "node.signals", "behind=yes class=%s code=%u",
                 lg_class_name(lg_err_class(err)), (unsigned)lg_err_code(err));
    } else if (!failed && signals->fails) {
        log_line(LOG_INFO, "node.signals", "behind=no");
    }
    signals->fails = failed;
}

static void follower_init(struct service_signals *signals) {
    signals->swept_ms = INT64_MIN;
    signals->follower = (struct index_follower){
        .ctx = signals, .place = on_place, .take = on_take, .pause = on_pause, .tell = on_tell};
}

const struct index_follower *service_signals_follower(const struct service_signals *signals) {
    return &signals->follower;
}

size_t service_signals_opened(const struct service_signals *signals) {
    return signals->opened;
}
