/* SPDX-License-Identifier: Apache-2.0 */
/* From versions and acts to what is in force, now and at each moment that is known to come. */
#include <stdlib.h>

#include "gateway/agreement/book_int.h"
#include "gateway/base/log.h"

enum { STAGES_BUDGET = 33554432, MS_PER_S = 1000 };

/* Moments ascending, without repeats. */
struct moments {
    int64_t now_s;
    int64_t at_s[LIMIT_AGREEMENT_STAGES];
    size_t count;
};

/* What lies beyond the nearest moments is worked out when those have come: a set is published anew
 * by each act and each start. */
static void moment_add(struct moments *moments, int64_t at_s) {
    size_t at = moments->count;
    while (at > 0 && moments->at_s[at - 1] > at_s) {
        at--;
    }
    bool is_there = at > 0 && moments->at_s[at - 1] == at_s;
    if (at_s <= moments->now_s || is_there || at == LIMIT_AGREEMENT_STAGES) {
        return;
    }
    if (moments->count == LIMIT_AGREEMENT_STAGES) {
        moments->count--;
    }
    for (size_t i = moments->count; i > at; i--) {
        moments->at_s[i] = moments->at_s[i - 1];
    }
    moments->at_s[at] = at_s;
    moments->count++;
}

static void version_moments(const struct kept_version *version, struct moments *moments) {
    const struct policy *policy = agreement_kept_policy(version);
    if (policy == NULL || !version->is_activated) {
        return;
    }
    moment_add(moments, policy_day_begins(policy, policy_days(policy).first_day));
    for (size_t i = 0; i < version->count; i++) {
        const struct agreement_entry *entry = &version->acts[i].entry;
        if (entry->act == AGREEMENT_WITHDRAW || entry->act == AGREEMENT_END) {
            moment_add(moments, policy_day_begins(policy, entry->signed_line.day));
        }
    }
}

static void moments_find(const struct agreement_book *book, struct moments *moments) {
    for (size_t i = 0; i < book->count; i++) {
        for (size_t j = 0; j < book->agreements[i]->count; j++) {
            version_moments(book->agreements[i]->versions[j], moments);
        }
    }
}

/* ---- One agreement at one moment ---- */

/* The parties of a version that something holds of, in the order of the text. */
struct listing {
    const struct kept_agreement *agreement;
    const struct kept_version *version;
    const struct policy *policy;
    int32_t today;
};

static bool is_suspended(const struct listing *at, struct span party) {
    return agreement_is_suspended(at->agreement, at->version, party);
}

static bool is_unsigned(const struct listing *at, struct span party) {
    return !agreement_is_bound(at->agreement, at->version, party);
}

static bool is_withdrawn(const struct listing *at, struct span party) {
    const struct kept_act *notice = agreement_notice(at->agreement, at->version, party);
    return notice != NULL && at->today >= notice->entry.signed_line.day;
}

static struct span_list parties_of(const struct listing *at, struct arena *arena,
                                   bool (*holds)(const struct listing *, struct span)) {
    size_t count = policy_party_count(at->policy);
    struct span *items = arena_array(arena, count, sizeof *items);
    struct span_list list = {.items = items};
    for (size_t i = 0; items != NULL && i < count; i++) {
        struct span party = policy_party_at(at->policy, i).id;
        if (holds(at, party)) {
            items[list.count++] = party;
        }
    }
    return list;
}

static void force_make(const struct listing *at, const struct agreement_facts *facts,
                       struct arena *arena, struct policy_force *out_force) {
    *out_force = (struct policy_force){
        .policy = at->policy,
        .is_suspended = facts->is_suspended,
        .is_unsigned = !facts->is_signed,
        .suspended = parties_of(at, arena, is_suspended),
        .unsigned_parties = parties_of(at, arena, is_unsigned),
        .withdrawn = parties_of(at, arena, is_withdrawn),
        .has_review_day = true,
        .review_day = facts->days.review_day,
    };
}

/* Ended and broken ones are not in it; all else says by its reason why nothing is shared. */
static bool entry_make(const struct kept_agreement *agreement, int64_t at_s, struct arena *arena,
                       struct agreement_stage_entry *out_entry) {
    const struct kept_version *version = agreement_governing(agreement, at_s);
    struct agreement_facts facts;
    if (version == NULL) {
        return false;
    }
    agreement_facts_of(agreement, version, at_s, &facts);
    enum agreement_state state = agreement_state_of(&facts);
    if (state == AGREEMENT_STATE_BROKEN || state == AGREEMENT_STATE_ENDED) {
        return false;
    }
    const struct listing at = {agreement, version, agreement_kept_policy(version), facts.today};
    out_entry->text = version->text;
    force_make(&at, &facts, arena, &out_entry->force);
    return true;
}

/* ---- What binds on ---- */

static size_t versions_of(const struct agreement_book *book) {
    size_t count = 0;
    for (size_t i = 0; i < book->count; i++) {
        count += book->agreements[i]->count;
    }
    return count;
}

/* A broken one is read for what it says of data. */
static struct agreement_text *word_of(const struct kept_version *version) {
    return version->text != NULL ? version->text : version->word;
}

static bool is_in(const struct agreement_stage *stage, const struct agreement_text *text) {
    for (size_t i = 0; i < stage->count; i++) {
        if (stage->entries[i].text == text) {
            return true;
        }
    }
    return false;
}

/* Versions that began and are not in the stage, from the newest down, but those that add nothing to
 * a later one that binds. What is held is what the versions keep. */
static void bystanders_add(const struct kept_agreement *agreement, int64_t at_s,
                           struct agreement_stage_bystander *list, struct agreement_stage *stage) {
    const struct kept_version *governing = agreement_governing(agreement, at_s);
    const struct policy *binds = NULL; /* the last that does */
    for (size_t i = agreement->count; governing != NULL && i > 0; i--) {
        const struct kept_version *version = agreement->versions[i - 1];
        struct agreement_text *text = word_of(version);
        if (version->number > governing->number || !version->is_activated || text == NULL) {
            continue;
        }
        const struct policy *policy = agreement_text_policy(text);
        bool is_superseded = version != governing;
        bool is_in_force = is_in(stage, text);
        bool adds = policy_binds(policy, is_superseded) &&
                    (binds == NULL || !policy_binds_within(policy, binds, is_superseded));
        if (!is_in_force && adds) {
            list[stage->bystander_count++] =
                (struct agreement_stage_bystander){text, is_superseded};
        }
        binds = is_in_force || adds ? policy : binds;
    }
}

static struct lg_err bystanders_make(const struct agreement_book *book, int64_t at_s,
                                     struct arena *arena, struct agreement_stage *stage) {
    struct agreement_stage_bystander *list = arena_array(arena, versions_of(book), sizeof *list);
    TRY(arena_failed(arena));
    stage->bystanders = list;
    for (size_t i = 0; i < book->count; i++) {
        bystanders_add(book->agreements[i], at_s, list, stage);
    }
    return LG_OK;
}

static struct lg_err stage_make(const struct agreement_book *book, int64_t at_s,
                                struct arena *arena, struct agreement_stage *out_stage) {
    struct agreement_stage_entry *entries = arena_array(arena, book->count, sizeof *entries);
    TRY(arena_failed(arena));
    out_stage->entries = entries;
    for (size_t i = 0; i < book->count; i++) {
        struct agreement_stage_entry entry;
        if (!entry_make(book->agreements[i], at_s, arena, &entry)) {
            continue;
        }
        if (out_stage->count == LIMIT_POLICY_AGREEMENTS) {
            log_line(LOG_ERROR, "agreement.too-many", "in-force-at-most=%d left-out=%s",
                     LIMIT_POLICY_AGREEMENTS, book->agreements[i]->id);
            continue;
        }
        entries[out_stage->count++] = entry;
    }
    TRY(bystanders_make(book, at_s, arena, out_stage));
    return arena_failed(arena);
}

/* What a version said of data outlives it. Where one that began cannot be read, nobody can tell
 * which data of which agreement it locks: nothing is in force until its text is back. */
static bool is_readable(const struct agreement_book *book) {
    bool is_readable = true;
    for (size_t i = 0; i < book->count; i++) {
        for (size_t j = 0; j < book->agreements[i]->count; j++) {
            const struct kept_version *version = book->agreements[i]->versions[j];
            if (version->is_activated && word_of(version) == NULL) {
                log_line(LOG_ERROR, "agreement.unread",
                         "agreement=%s version=%u effect=\"nothing is shared\" do=\"put the text "
                         "that was signed back, and start again\"",
                         book->agreements[i]->id, (unsigned)version->number);
                is_readable = false;
            }
        }
    }
    return is_readable;
}

static struct lg_err stages_make(const struct agreement_book *book, struct arena *arena,
                                 struct agreement_set **out_set) {
    struct clock clock = book->setup.clock;
    struct moments moments = {.now_s = clock_wall_ms(&clock) / MS_PER_S};
    const struct agreement_stage nothing = {.from_s = INT64_MIN};
    if (!is_readable(book)) {
        return agreement_set_new(&nothing, 1, out_set);
    }
    moments_find(book, &moments);
    struct agreement_stage *stages = arena_array(arena, moments.count + 1, sizeof *stages);
    TRY(arena_failed(arena));
    stages[0].from_s = INT64_MIN;
    TRY(stage_make(book, moments.now_s, arena, &stages[0]));
    for (size_t i = 0; i < moments.count; i++) {
        stages[i + 1].from_s = moments.at_s[i];
        TRY(stage_make(book, moments.at_s[i], arena, &stages[i + 1]));
    }
    return agreement_set_new(stages, moments.count + 1, out_set);
}

struct lg_err agreement_publish(struct agreement_book *book) {
    OWN(arena_free) struct arena *arena = NULL;
    struct agreement_set *set = NULL;
    TRY(arena_new(STAGES_BUDGET, &arena));
    TRY(stages_make(book, arena, &set));
    struct clock clock = book->setup.clock;
    book->next_s = agreement_set_next(set, clock_wall_ms(&clock) / MS_PER_S);
    agreement_live_put(book->setup.live, set);
    return LG_OK;
}
