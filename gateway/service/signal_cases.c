/* SPDX-License-Identifier: Apache-2.0 */
/* From hits to cases. A hit joins a case of its rule and user that is open, or waits; else one
 * begins to wait (signal_moments.c), within what one agency has room for on a day. Whatever is left
 * out is told: by a case of its own that says so, in which it is a row, and as a number. */
#include <assert.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/review/review.h"
#include "gateway/service/service_int.h"
#include "gateway/service/signals_int.h"

static const int64_t DAY_MS = 24 * 3600 * 1000;

/* What hit, and the entry that it is about. */
struct found {
    size_t agency; /* in the registry's order */
    struct signals_hit hit;
    const struct index_asked *asked;
    enum signals_rule counted; /* that hit: in whose room the case is */
};

static struct span agency_id(const struct service_signals *signals, const struct found *found) {
    return span_text(signals->gateway->registry->parties[found->agency].id);
}

/* ---- Rows ---- */

struct lg_err service_signals_pending_write(struct service_signals *signals) {
    size_t count = signals->pending_count;
    signals->pending_count = 0;
    return count == 0 ? LG_OK : store_signals_add(signals->gateway->store, signals->pending, count);
}

static struct lg_err row_add(struct service_signals *signals, const struct signals_hit *hit,
                             const struct review_id *review) {
    if (signals->pending_count == SERVICE_SIGNALS_PENDING) {
        TRY(service_signals_pending_write(signals));
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

/* ---- One case ---- */

/* The same hit has the same case, however often it is come to. What a day had no room for has one
 * for all. */
static struct lg_err case_id(const struct service_signals *signals, const struct found *found,
                             struct review_id *out_id) {
    uint8_t buf[16];
    struct writer w = writer_of(buf, sizeof buf);
    struct span numbers = {0};
    struct store_tag tag;
    const struct signals_hit *hit = &found->hit;
    bool is_many = hit->rule == SIGNALS_MANY;
    struct span user = span_of(hit->user.bytes, sizeof hit->user.bytes);
    writer_u32(&w, (uint32_t)hit->rule);
    writer_u64(&w, is_many ? (uint64_t)(hit->at_ms / DAY_MS) : hit->log_index);
    writer_u8(&w, is_many && signals_rule_is_grave(found->counted) ? 1 : 0);
    TRY(writer_end(&w, &numbers));
    struct span parts[] = {span_text("signal"), is_many ? agency_id(signals, found) : user, numbers,
                           span_of(NULL, 0)};
    TRY(store_tag_make(signals->gateway->store, STORE_TAG_OPENER, parts, 4, &tag));
    static_assert(sizeof out_id->bytes == sizeof tag.bytes, "a case's id is as long as a tag");
    memcpy(out_id->bytes, tag.bytes, sizeof out_id->bytes);
    return LG_OK;
}

/* When it is opened is set then. */
static struct review_opening opening_of(const struct service_signals *signals,
                                        const struct found *found, const struct review_id *id) {
    struct span code = span_text(signals_rule_code(found->hit.rule));
    const struct index_asked *asked = found->asked;
    return (struct review_opening){
        .id = *id,
        .kind = REVIEW_ANOMALY,
        .reviewer = agency_id(signals, found),
        .opener = {.agency = agency_id(signals, found), .user_id = asked->user_id},
        .opened_ms = found->hit.at_ms,
        .due_ms = found->hit.at_ms,
        .cause = code,
        .rationale = span_text(signals_sentence(code)),
        .system = asked->system,
        .role = asked->role,
        .purpose = asked->entry.purpose,
        .case_reference = asked->case_reference,
    };
}

/* With all rows that are pending: a case that waits is there with its hit or not at all. */
static struct lg_err case_wait(struct service_signals *signals, const struct found *found,
                               const struct review_id *id) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct review_opening opening = opening_of(signals, found, id);
    struct store_signal_wait wait = {.review = *id};
    size_t count = 0;
    TRY(arena_new(2 * STORE_REVIEW_BODY_MAX, &arena));
    TRY(review_opening_encode(&opening, arena, &wait.body));
    TRY(row_add(signals, &found->hit, id));
    count = signals->pending_count;
    signals->pending_count = 0;
    TRY(store_signals_wait(signals->gateway->store, signals->pending, count, &wait));
    signals->waiting_count++;
    return LG_OK;
}

/* ---- Which case ---- */

struct case_standing {
    bool is_there; /* as a case, or one that waits */
    bool joins;    /* and is young and open enough that another hit belongs to it */
};

static struct lg_err standing_read(const struct service_signals *signals,
                                   const struct review_id *id, struct case_standing *out) {
    OWN(arena_free) struct arena *arena = NULL;
    struct store_review review;
    bool found = false;
    bool waits = false;
    TRY(arena_new(2 * STORE_REVIEW_BODY_MAX, &arena));
    TRY(store_review_find(signals->reader, id, arena, &found, &review));
    if (!found) {
        TRY(store_signal_is_waiting(signals->reader, id, &waits));
    }
    out->is_there = found || waits;
    out->joins = waits || (found && review.state != STORE_REVIEW_CLOSED &&
                           service_signals_now(signals) - review.opened_ms <
                               LIMIT_SIGNALS_JOIN_DAYS * DAY_MS);
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

static void room_note(struct service_signals *signals, const struct found *found) {
    signals_case_note(signals->agencies[found->agency], found->counted, found->hit.at_ms);
}

/* A case of its own, unless a crash came between it and what is counted. */
static struct lg_err case_begin(struct service_signals *signals, const struct found *found) {
    struct review_id id;
    struct case_standing standing;
    TRY(case_id(signals, found, &id));
    TRY(standing_read(signals, &id, &standing));
    if (standing.is_there) {
        TRY(row_add(signals, &found->hit, &id));
    } else {
        TRY(case_wait(signals, found, &id));
    }
    room_note(signals, found);
    return LG_OK;
}

/* Past the ceiling of one agency's day: a row of the case that says that there was more. Whoever's
 * doing it is has a row in it and so does not see it. */
static struct lg_err left_out_put(struct service_signals *signals, struct found *found,
                                  enum signals_room room) {
    struct review_id id;
    found->hit.rule = SIGNALS_MANY;
    signals->did.left_out++;
    if (room == SIGNALS_ROOM_LAST && signals->waiting_count < LIMIT_SIGNALS_WAITING) {
        return case_begin(signals, found);
    }
    TRY(case_id(signals, found, &id));
    return row_add(signals, &found->hit, &id);
}

/* Where it began a case then, that counts for its day again. */
static struct lg_err again_note(struct service_signals *signals, const struct found *found) {
    struct review_id id;
    struct case_standing standing;
    TRY(case_id(signals, found, &id));
    TRY(standing_read(signals, &id, &standing));
    if (standing.is_there) {
        room_note(signals, found);
    }
    return LG_OK;
}

static struct lg_err hit_put(struct service_signals *signals, struct found found) {
    const struct signals_agency *agency = signals->agencies[found.agency];
    struct store_signal last;
    struct case_standing standing = {.joins = false};
    bool is_found = false;
    TRY(last_find(signals, &found.hit, &is_found, &last));
    if (is_found && last.log_index >= found.hit.log_index) {
        return again_note(signals, &found); /* it was come to before a crash */
    }
    if (is_found) {
        TRY(standing_read(signals, &last.review, &standing));
    }
    if (standing.joins) {
        return row_add(signals, &found.hit, &last.review);
    }
    enum signals_room room = signals_case_room(agency, found.hit.rule, found.hit.at_ms);
    if (room != SIGNALS_ROOM || signals->waiting_count >= LIMIT_SIGNALS_WAITING) {
        return left_out_put(signals, &found, room);
    }
    return case_begin(signals, &found);
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
    if (back.is_over) {
        /* Not looked at: what was counted must not be written as if it were. */
        return lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG);
    }
    if (back.count == 0) {
        return LG_OK;
    }
    found.asked = &back.items[0];
    return hit_put(signals, found);
}

struct lg_err service_signals_hit(struct service_signals *signals, size_t agency,
                                  const struct signals_hit *hit, const struct index_asked *asked) {
    const struct found found = {
        .agency = agency, .hit = *hit, .asked = asked, .counted = hit->rule};
    bool is_this = asked != NULL && asked->position == hit->log_index;
    return is_this ? hit_put(signals, found) : back_put(signals, found);
}
