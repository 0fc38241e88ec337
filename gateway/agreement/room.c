/* SPDX-License-Identifier: Apache-2.0 */
/* Room for versions and acts, asked before anything is durable. */
#include "gateway/agreement/book_int.h"

static struct lg_err no_room(struct diag *diag, const char *sentence) {
    diag_set(diag, 0, "%s", sentence);
    return agreement_fail(LG_CLASS_INPUT, AGREEMENT_STATE);
}

static bool was_proposed_by(const struct kept_version *version, struct span party) {
    return agreement_has_act(version, AGREEMENT_PROPOSE, party, NULL);
}

struct lg_err agreement_room_version(const struct kept_agreement *agreement, struct span party,
                                     struct diag *diag) {
    size_t waiting = 0;
    bool leads = false; /* the newest that was activated */
    for (size_t i = 0; agreement != NULL && i < agreement->count; i++) {
        const struct kept_version *version = agreement->versions[i];
        const struct policy *policy = agreement_kept_policy(version);
        waiting += !version->is_activated && was_proposed_by(version, party) ? 1 : 0;
        if (version->is_activated) {
            leads = policy != NULL && span_equal(policy_lead(policy), party);
        }
    }
    if (waiting >= LIMIT_AGREEMENT_PROPOSED) {
        return no_room(diag, "your agency has 16 versions that were never activated: let another "
                             "party propose");
    }
    size_t most = LIMIT_AGREEMENT_VERSIONS - (leads ? 0 : LIMIT_AGREEMENT_VERSIONS_LEAD);
    return agreement == NULL || agreement->count < most
               ? LG_OK
               : no_room(diag, "the agreement has as many versions as it can have: let the lead "
                               "propose, or begin an agreement with another id");
}

/* An end that is set again for another day is an act like others. */
static bool stops(const struct kept_version *version, enum agreement_act act) {
    bool ends_first =
        act == AGREEMENT_END && !agreement_has_act(version, AGREEMENT_END, span_of(NULL, 0), NULL);
    return ends_first || act == AGREEMENT_SUSPEND || act == AGREEMENT_WITHDRAW;
}

static size_t resumes_of(const struct kept_version *version, struct span party) {
    size_t count = 0;
    for (size_t i = 0; i < version->count; i++) {
        const struct agreement_entry *entry = &version->acts[i].entry;
        count += entry->act == AGREEMENT_RESUME && span_equal(entry->agency, party) ? 1 : 0;
    }
    return count;
}

struct lg_err agreement_room_act(const struct kept_version *version, enum agreement_act act,
                                 struct span party, struct span line, struct diag *diag) {
    if (act == AGREEMENT_RESUME && resumes_of(version, party) >= LIMIT_AGREEMENT_RESUMES) {
        return no_room(diag,
                       "your agency has suspended and resumed this version 8 times: it goes on "
                       "with a new version that it signs");
    }
    size_t kept = stops(version, act) ? 0 : LIMIT_AGREEMENT_ACTS_STOP;
    size_t size = line.len + kept * AGREEMENT_LINE_SIZE_MAX;
    for (size_t i = 0; i < version->count; i++) {
        size += version->acts[i].entry.line.len;
    }
    return version->count + kept < LIMIT_AGREEMENT_ACTS && size <= LIMIT_AGREEMENT_SIGNATURES_SIZE
               ? LG_OK
               : no_room(diag,
                         "the version has as many acts as it can have: propose a new version");
}
