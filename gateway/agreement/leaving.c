/* SPDX-License-Identifier: Apache-2.0 */
/* Whose enrolments go with a party, or with an agreement. */
#include <stdio.h>

#include "gateway/agreement/book_int.h"

enum { MS_PER_S = 1000, WORD_BITS = 64 };

struct leavers {
    struct agreement_leaver *items;
    size_t most;
    size_t count;
};

static bool has_gone(const struct kept_agreement *agreement, const struct kept_version *version,
                     struct span party, const struct agreement_facts *facts) {
    const struct policy *policy = agreement_kept_policy(version);
    const struct kept_act *notice = agreement_notice(agreement, version, party);
    enum agreement_state state = agreement_state_of(facts);
    if (state == AGREEMENT_STATE_EXPIRED || state == AGREEMENT_STATE_ENDED) {
        return !policy_returns_on_expiry(policy);
    }
    return notice != NULL && facts->today >= notice->entry.signed_line.day &&
           !policy_returns_on_leaving(policy, party);
}

static void leaver_add(struct leavers *leavers, const struct kept_agreement *agreement,
                       uint32_t version, struct span party) {
    if (leavers->count == leavers->most) {
        return;
    }
    struct agreement_leaver *leaver = &leavers->items[leavers->count++];
    *leaver = (struct agreement_leaver){.version = version};
    (void)snprintf(leaver->agreement, sizeof leaver->agreement, "%s", agreement->id);
    (void)snprintf(leaver->party, sizeof leaver->party, "%.*s", (int)party.len,
                   (const char *)party.ptr);
}

static bool is_left(const struct kept_version *version, size_t party) {
    return (version->left[party / WORD_BITS] >> party % WORD_BITS & 1U) != 0;
}

static void agreement_leavers(const struct kept_agreement *agreement, int64_t now_s,
                              struct leavers *leavers) {
    const struct kept_version *version = agreement_governing(agreement, now_s);
    const struct policy *policy = agreement_kept_policy(version);
    struct agreement_facts facts;
    if (policy == NULL) {
        return; /* a broken text cannot say what it wants */
    }
    agreement_facts_of(agreement, version, now_s, &facts);
    for (size_t i = 0; i < policy_party_count(policy); i++) {
        struct span party = policy_party_at(policy, i).id;
        if (!is_left(version, i) && has_gone(agreement, version, party, &facts)) {
            leaver_add(leavers, agreement, version->number, party);
        }
    }
}

size_t agreement_book_leavers(struct agreement_book *book, struct agreement_leaver *out_leavers,
                              size_t most) {
    struct clock clock = book->setup.clock;
    struct leavers leavers = {.items = out_leavers, .most = most};
    (void)pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < book->count; i++) {
        agreement_leavers(book->agreements[i], clock_wall_ms(&clock) / MS_PER_S, &leavers);
    }
    (void)pthread_mutex_unlock(&book->mutex);
    return leavers.count;
}

static void left_mark(struct kept_version *version, struct span party) {
    const struct policy *policy = agreement_kept_policy(version);
    for (size_t i = 0; policy != NULL && i < policy_party_count(policy); i++) {
        if (span_equal(policy_party_at(policy, i).id, party)) {
            version->left[i / WORD_BITS] |= (uint64_t)1 << i % WORD_BITS;
        }
    }
}

void agreement_book_left(struct agreement_book *book, const struct agreement_leaver *leaver) {
    (void)pthread_mutex_lock(&book->mutex);
    const struct kept_agreement *agreement =
        agreement_kept_find(book, span_text(leaver->agreement));
    struct kept_version *version =
        agreement == NULL ? NULL : agreement_kept_version(agreement, leaver->version);
    if (version != NULL) {
        left_mark(version, span_text(leaver->party));
    }
    (void)pthread_mutex_unlock(&book->mutex);
}
