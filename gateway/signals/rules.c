/* SPDX-License-Identifier: Apache-2.0 */
/* The rules: one function each, over one event and what is counted of its user. */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/signals/signals_int.h"

enum { DAY_MS = 24 * 3600 * 1000 };

struct hits {
    struct signals_hit *items;
    size_t count;
};

static void hit_add(struct hits *hits, const struct signals_event *event, enum signals_rule rule) {
    ASSERT(hits->count < SIGNALS_HITS_MAX);
    hits->items[hits->count++] = (struct signals_hit){
        .rule = rule, .log_index = event->log_index, .at_ms = event->at_ms, .user = event->user};
}

/* ---- What one event shows by itself ---- */

static void marks_rule(const struct signals_event *event, struct hits *hits) {
    if (event->is_own_record) {
        hit_add(hits, event, SIGNALS_OWN_RECORD);
    } else if (event->is_colleague) {
        hit_add(hits, event, SIGNALS_COLLEAGUE);
    }
    if (event->is_canary) {
        hit_add(hits, event, SIGNALS_CANARY);
    }
}

static void hours_rule(const struct signals_event *event, struct hits *hits) {
    if (event->is_outside_hours && event->kind != SIGNALS_REFUSAL) {
        hit_add(hits, event, SIGNALS_HOURS);
    }
}

static void case_rule(const struct signals_event *event, struct hits *hits) {
    if (event->lacks_case && event->kind == SIGNALS_ASK) {
        hit_add(hits, event, SIGNALS_NO_CASE);
    }
}

/* ---- What is counted ---- */

static void volume_rule(struct signals_agency *agency, struct signals_user *user,
                        const struct signals_event *event, struct hits *hits) {
    if (event->kind != SIGNALS_ASK) {
        return;
    }
    user->asked += user->asked < UINT32_MAX ? 1 : 0;
    if (!user->is_over && user->asked > signals_volume_line(agency, &event->role)) {
        user->is_over = true;
        hit_add(hits, event, SIGNALS_VOLUME);
    }
}

static void refusals_drop(struct signals_user *user, size_t count) {
    ASSERT(count <= user->refusal_count);
    user->refusal_count = (uint8_t)(user->refusal_count - count);
    memmove(user->refusals, &user->refusals[count], user->refusal_count * sizeof *user->refusals);
}

static void refusals_rule(struct signals_user *user, const struct signals_event *event,
                          struct hits *hits) {
    if (event->kind != SIGNALS_REFUSAL) {
        return;
    }
    while (user->refusal_count > 0 &&
           event->at_ms - user->refusals[0] >= LIMIT_SIGNALS_REFUSALS_MS) {
        refusals_drop(user, 1);
    }
    user->refusals[user->refusal_count++] = event->at_ms;
    if (user->refusal_count == LIMIT_SIGNALS_REFUSALS) {
        refusals_drop(user, LIMIT_SIGNALS_REFUSALS);
        hit_add(hits, event, SIGNALS_REFUSALS);
    }
}

/* ---- Searches without a view ---- */

static bool is_alone(const struct signals_search *search, int64_t now_ms) {
    return now_ms - search->at_ms > LIMIT_SIGNALS_VIEW_MS;
}

/* Keeps those that are not older than a day, and of those that a question may still follow none
 * where one came. */
static void searches_keep(struct signals_user *user, int64_t now_ms, bool is_followed) {
    size_t kept = 0;
    for (size_t i = 0; i < user->search_count; i++) {
        const struct signals_search *search = &user->searches[i];
        bool is_old = now_ms - search->at_ms >= LIMIT_SIGNALS_SEARCHES_MS + LIMIT_SIGNALS_VIEW_MS;
        if (!is_old && (!is_followed || is_alone(search, now_ms))) {
            user->searches[kept++] = *search;
        }
    }
    user->search_count = (uint8_t)kept;
}

/* All places are taken, and half an hour has passed since the last: it hits, and they are free. */
static bool searches_hit(struct signals_user *user, int64_t now_ms, struct signals_hit *out_hit) {
    searches_keep(user, now_ms, false);
    const struct signals_search *last = &user->searches[LIMIT_SIGNALS_SEARCHES - 1];
    if (user->search_count < LIMIT_SIGNALS_SEARCHES || !is_alone(last, now_ms)) {
        return false;
    }
    *out_hit = (struct signals_hit){.rule = SIGNALS_SEARCHES,
                                    .log_index = last->log_index,
                                    .at_ms = last->at_ms,
                                    .user = user->user};
    user->search_count = 0;
    return true;
}

/* While all places are taken, a further search adds nothing: those before it count. */
static void searches_rule(struct signals_user *user, const struct signals_event *event,
                          struct hits *hits) {
    struct signals_hit hit;
    if (searches_hit(user, event->at_ms, &hit)) {
        ASSERT(hits->count < SIGNALS_HITS_MAX);
        hits->items[hits->count++] = hit;
    }
    if (event->kind == SIGNALS_ASK) {
        searches_keep(user, event->at_ms, true);
    } else if (event->kind == SIGNALS_SEARCH && user->search_count < LIMIT_SIGNALS_SEARCHES) {
        user->searches[user->search_count++] =
            (struct signals_search){.at_ms = event->at_ms, .log_index = event->log_index};
    }
}

static_assert((int)SIGNALS_HITS_MAX >= (int)SIGNALS_RULE_END - 2,
              "an event may hit every rule but one of two marks, and that of the agency");

size_t signals_observe(struct signals_agency *agency, const struct signals_event *event,
                       struct signals_hit out_hits[static SIGNALS_HITS_MAX]) {
    struct hits hits = {.items = out_hits};
    struct signals_user *user = signals_user_get(agency, event);
    marks_rule(event, &hits);
    hours_rule(event, &hits);
    case_rule(event, &hits);
    volume_rule(agency, user, event, &hits);
    refusals_rule(user, event, &hits);
    searches_rule(user, event, &hits);
    return hits.count;
}

bool signals_sweep(struct signals_agency *agency, int64_t now_ms, size_t *place,
                   struct signals_hit *out_hit) {
    while (*place < LIMIT_SIGNALS_USERS) {
        struct signals_user *user = &agency->users[(*place)++];
        if (user->seen_ms != 0 && searches_hit(user, now_ms, out_hit)) {
            return true;
        }
    }
    return false;
}

/* ---- How many cases a day ---- */

bool signals_rule_is_grave(enum signals_rule rule) {
    return rule == SIGNALS_OWN_RECORD || rule == SIGNALS_COLLEAGUE || rule == SIGNALS_CANARY;
}

enum signals_room signals_case_room(const struct signals_agency *agency, enum signals_rule rule,
                                    int64_t at_ms) {
    bool is_today = agency->case_day == (int32_t)(at_ms / DAY_MS);
    uint32_t counted = signals_rule_is_grave(rule) ? agency->grave_count : agency->case_count;
    uint32_t opened = is_today ? counted : 0;
    if (opened == LIMIT_SIGNALS_CASES) {
        return SIGNALS_ROOM_LAST;
    }
    return opened > LIMIT_SIGNALS_CASES ? SIGNALS_ROOM_NONE : SIGNALS_ROOM;
}

void signals_case_note(struct signals_agency *agency, enum signals_rule rule, int64_t at_ms) {
    int32_t day = (int32_t)(at_ms / DAY_MS);
    if (agency->case_day != day) {
        agency->case_day = day;
        agency->case_count = 0;
        agency->grave_count = 0;
    }
    uint32_t *count = signals_rule_is_grave(rule) ? &agency->grave_count : &agency->case_count;
    *count += *count < UINT32_MAX ? 1 : 0;
}
