/* SPDX-License-Identifier: Apache-2.0 */
/* Where a version stands, from the acts on it. */
#include "gateway/agreement/book_int.h"
#include "policy/accession.h"

bool agreement_has_act(const struct kept_version *version, enum agreement_act act,
                       struct span party, const struct kept_act **out_act) {
    for (size_t i = version->count; i > 0; i--) {
        const struct kept_act *kept = &version->acts[i - 1];
        if (kept->entry.act == act && (party.len == 0 || span_equal(kept->entry.agency, party))) {
            if (out_act != NULL) {
                *out_act = kept;
            }
            return true;
        }
    }
    return false;
}

/* ---- Signatures ---- */

static const struct kept_version *predecessor_of(const struct kept_agreement *agreement,
                                                 const struct kept_version *version) {
    const struct policy *policy = agreement_kept_policy(version);
    return policy == NULL ? NULL : agreement_kept_version(agreement, policy_replaces(policy));
}

void agreement_accession_find(const struct kept_agreement *agreement,
                              struct kept_version *version) {
    const struct policy *before = agreement_kept_policy(predecessor_of(agreement, version));
    OWN(arena_free) struct arena *arena = NULL;
    version->is_accession = false;
    if (before == NULL || lg_failed(arena_new(LIMIT_POLICY_MEMORY, &arena)) ||
        lg_failed(policy_accession(before, agreement_kept_policy(version), arena, version->carries,
                                   &version->is_accession))) {
        version->is_accession = false; /* then everybody signs */
    }
}

/* What was never in force, or was ended, binds nobody in what replaces it. */
static bool is_accession(const struct kept_agreement *agreement,
                         const struct kept_version *version) {
    const struct kept_version *before = predecessor_of(agreement, version);
    return version->is_accession && before != NULL && before->is_activated &&
           !agreement_has_act(before, AGREEMENT_END, span_of(NULL, 0), NULL);
}

static bool carries(const struct kept_agreement *agreement, const struct kept_version *version,
                    struct span party) {
    const struct policy *policy = agreement_kept_policy(version);
    bool may = is_accession(agreement, version);
    for (size_t i = 0; may && i < policy_party_count(policy); i++) {
        if (span_equal(policy_party_at(policy, i).id, party)) {
            return version->carries[i];
        }
    }
    return false;
}

/* It signed, and has not refused after that. */
static bool has_signed(const struct kept_version *version, struct span party) {
    const struct kept_act *signature = NULL;
    const struct kept_act *refusal = NULL;
    return agreement_has_act(version, AGREEMENT_SIGN, party, &signature) &&
           !(agreement_has_act(version, AGREEMENT_REFUSE, party, &refusal) &&
             refusal->index > signature->index);
}

bool agreement_is_bound(const struct kept_agreement *agreement, const struct kept_version *version,
                        struct span party) {
    while (version != NULL && version->text != NULL) {
        if (has_signed(version, party)) {
            return true;
        }
        bool goes_on = carries(agreement, version, party);
        version = goes_on ? predecessor_of(agreement, version) : NULL;
        /* Who gave notice is not taken along. */
        if (version != NULL && agreement_has_act(version, AGREEMENT_WITHDRAW, party, NULL)) {
            return false;
        }
    }
    return false;
}

/* ---- Stops ---- */

/* The newest version older than this one that was ever in force or will be, or NULL. */
static const struct kept_version *activated_before(const struct kept_agreement *agreement,
                                                   const struct kept_version *version) {
    for (size_t i = agreement->count; i > 0; i--) {
        const struct kept_version *older = agreement->versions[i - 1];
        if (older->number < version->number && older->is_activated) {
            return older;
        }
    }
    return NULL;
}

/* The party's last act of either kind on a version, or NULL. */
static const struct kept_act *last_of(const struct kept_version *version, struct span party,
                                      enum agreement_act one, enum agreement_act other) {
    for (size_t i = version->count; i > 0; i--) {
        const struct kept_act *kept = &version->acts[i - 1];
        bool is_one = kept->entry.act == one || kept->entry.act == other;
        if (is_one && span_equal(kept->entry.agency, party)) {
            return kept;
        }
    }
    return NULL;
}

/* What a party stopped stays stopped in every later version, unless it signed that one, or undid
 * it there, after that. Returns the `stop` that stands, or NULL. */
static const struct kept_act *stop_find(const struct kept_agreement *agreement,
                                        const struct kept_version *version, struct span party,
                                        enum agreement_act stop, enum agreement_act undo) {
    bool has_answered = false;
    uint64_t answered = 0; /* index of the newest act that lifts what came before it */
    for (; version != NULL; version = activated_before(agreement, version)) {
        const struct kept_act *act = last_of(version, party, stop, undo);
        const struct kept_act *signature = last_of(version, party, AGREEMENT_SIGN, AGREEMENT_SIGN);
        bool counts = act != NULL && (!has_answered || act->index > answered);
        if (counts && act->entry.act == stop) {
            return act;
        }
        const struct kept_act *const lifts[] = {counts ? act : NULL, signature};
        for (size_t i = 0; i < sizeof lifts / sizeof *lifts; i++) {
            if (lifts[i] != NULL && (!has_answered || lifts[i]->index > answered)) {
                has_answered = true;
                answered = lifts[i]->index;
            }
        }
    }
    return NULL;
}

bool agreement_is_suspended(const struct kept_agreement *agreement,
                            const struct kept_version *version, struct span party) {
    return stop_find(agreement, version, party, AGREEMENT_SUSPEND, AGREEMENT_RESUME) != NULL;
}

/* Whether the party's suspension made on `at` itself stands in this later version, whatever else it
 * has suspended in one between: a resumption or a signature there, after that, lifts it. */
static bool is_suspended_at(const struct kept_agreement *agreement,
                            const struct kept_version *version, const struct kept_version *at,
                            struct span party) {
    const struct kept_act *act = last_of(at, party, AGREEMENT_SUSPEND, AGREEMENT_RESUME);
    if (act == NULL || act->entry.act != AGREEMENT_SUSPEND) {
        return false;
    }
    while (version != NULL && version != at) {
        const struct kept_act *lift = last_of(version, party, AGREEMENT_RESUME, AGREEMENT_SIGN);
        if (lift != NULL && lift->index > act->index) {
            return false;
        }
        version = activated_before(agreement, version);
    }
    return true;
}

/* Whoever was the lead when it suspended all of it, as long as that stands and it is a party: that
 * another leads the next version does not make less of it. */
bool agreement_is_suspended_whole(const struct kept_agreement *agreement,
                                  const struct kept_version *version) {
    const struct policy *policy = agreement_kept_policy(version);
    const struct kept_version *at = version;
    for (; policy != NULL && at != NULL; at = activated_before(agreement, at)) {
        const struct policy *then = agreement_kept_policy(at);
        struct policy_party party;
        if (then == NULL || !policy_party_find(policy, policy_lead(then), &party)) {
            continue;
        }
        if (is_suspended_at(agreement, version, at, policy_lead(then))) {
            return true;
        }
    }
    return false;
}

const struct kept_act *agreement_notice(const struct kept_agreement *agreement,
                                        const struct kept_version *version, struct span party) {
    return stop_find(agreement, version, party, AGREEMENT_WITHDRAW, AGREEMENT_WITHDRAW);
}

/* ---- Whether it is signed ---- */

static uint32_t signed_count(const struct kept_agreement *agreement,
                             const struct kept_version *version) {
    const struct policy *policy = agreement_kept_policy(version);
    uint32_t count = 0;
    for (size_t i = 0; policy != NULL && i < policy_party_count(policy); i++) {
        count += agreement_is_bound(agreement, version, policy_party_at(policy, i).id);
    }
    return count;
}

/* Who joins has signed, and so has everybody whom a new clause concerns and who was bound before:
 * with the new version nobody loses what held. */
static bool accession_is_signed(const struct kept_agreement *agreement,
                                const struct kept_version *version) {
    const struct kept_version *before = predecessor_of(agreement, version);
    const struct policy *policy = agreement_kept_policy(version);
    for (size_t i = 0; i < policy_party_count(policy); i++) {
        struct policy_party old;
        struct span party = policy_party_at(policy, i).id;
        bool is_new = !policy_party_find(agreement_kept_policy(before), party, &old);
        bool has_left = agreement_notice(agreement, before, party) != NULL;
        bool must = is_new || (agreement_is_bound(agreement, before, party) && !has_left);
        if (must && !agreement_is_bound(agreement, version, party)) {
            return false;
        }
    }
    return true;
}

/* Both sides: a clause needs two, and the lead, who keeps the file, signs each version itself. */
bool agreement_is_signed(const struct kept_agreement *agreement,
                         const struct kept_version *version) {
    const struct policy *policy = agreement_kept_policy(version);
    if (policy == NULL) {
        return false;
    }
    uint32_t count = signed_count(agreement, version);
    if (!policy_signs_both_sides(policy)) {
        return count == policy_party_count(policy);
    }
    if (is_accession(agreement, version) && !accession_is_signed(agreement, version)) {
        return false;
    }
    return count >= 2 && has_signed(version, policy_lead(policy));
}

const struct kept_version *agreement_governing(const struct kept_agreement *agreement,
                                               int64_t at_s) {
    const struct kept_version *first = NULL;
    for (size_t i = agreement->count; i > 0; i--) {
        const struct kept_version *version = agreement->versions[i - 1];
        const struct policy *policy = agreement_kept_policy(version);
        if (!version->is_activated) {
            continue;
        }
        /* A broken one cannot say when it begins: it governs, and nothing is shared under it. */
        if (policy == NULL || policy_local_day(policy, at_s) >= policy_days(policy).first_day) {
            return version;
        }
        first = version;
    }
    return first;
}

static void review_day_set(const struct kept_version *version, struct policy_term_days *days) {
    const struct kept_act *review = NULL;
    if (agreement_has_act(version, AGREEMENT_REVIEW, span_of(NULL, 0), &review)) {
        days->review_day = review->entry.signed_line.day;
    }
}

void agreement_facts_of(const struct kept_agreement *agreement, const struct kept_version *version,
                        int64_t at_s, struct agreement_facts *out_facts) {
    const struct policy *policy = agreement_kept_policy(version);
    const struct kept_act *end = NULL;
    struct agreement_facts facts = {
        .is_proposed = true,
        .is_broken = version->is_broken || policy == NULL,
        .is_refused = agreement_has_act(version, AGREEMENT_REFUSE, span_of(NULL, 0), NULL),
        .is_activated = version->is_activated,
    };
    if (policy != NULL) {
        const struct kept_version *governing = agreement_governing(agreement, at_s);
        facts.signed_count = signed_count(agreement, version);
        facts.is_signed = agreement_is_signed(agreement, version);
        facts.is_suspended = agreement_is_suspended_whole(agreement, version);
        facts.is_superseded = governing != NULL && governing->number > version->number;
        facts.days = policy_days(policy);
        facts.today = policy_local_day(policy, at_s);
        review_day_set(version, &facts.days);
    }
    if (agreement_has_act(version, AGREEMENT_END, span_of(NULL, 0), &end)) {
        facts.has_end = true;
        facts.end_day = end->entry.signed_line.day;
    }
    *out_facts = facts;
}
