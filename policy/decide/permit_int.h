/* SPDX-License-Identifier: Apache-2.0 */
/* A permit from inside: every agreement that was asked, and what each says of every field. */
#ifndef POLICY_DECIDE_PERMIT_INT_H
#define POLICY_DECIDE_PERMIT_INT_H

#include "policy/calendar.h"
#include "policy/policy_int.h"

/* An emergency as one agreement sees it. section NULL: it provides none of that name. */
struct emergency_state {
    const struct emergency *section;
    bool is_valid;
    bool is_senior;           /* may set a refusal aside */
    enum policy_reason fault; /* first fault of one that was declared and is not valid, else NONE */
};

/* A signed text whose word on data binds under every agreement. */
struct binding {
    const struct policy *policy;
    const uint8_t *hash;
    bool is_superseded;
};

/* What agreements say of a field of a source as such; the strictest word of them. */
struct data_marks {
    bool is_patient;
    bool says_patient; /* yes, or no by the agreement that is asked */
    bool is_confidential;
    bool has_opt_out; /* at most opt_out_days old */
    uint32_t opt_out_days;
};

/* One agreement for one request. policy NULL: there is none, and refusal says so. */
struct scope {
    const struct policy *policy;
    struct policy_force force;
    const struct policy_request *request;
    uint32_t recipient; /* POLICY_NONE where the agreement does not know the name; likewise below */
    uint32_t role;
    uint32_t purpose;
    uint32_t basis;
    struct local_time now;
    struct emergency_state emergency;
    bool field_unknown; /* one of the fields asked for */
    bool is_proof;      /* powers are in force as on law_day, whatever day it is */
    int32_t law_day;
    bool review_due;
    const struct binding *bindings; /* itself among them, where it says something of data */
    size_t binding_count;
};

/* One source under one agreement: what is the same for all its fields, found once. */
struct seat {
    const struct scope *scope;
    uint32_t source; /* POLICY_NONE where the agreement does not know it */
    bool is_alone;   /* no other agreement is asked: how closely it fits does not matter */
    enum policy_reason refusal; /* of the agreement as a whole, NONE where it is open */
    enum policy_reason stage;
    uint32_t checks;
};

/* What one agreement says of one field of one source. */
struct candidate {
    struct policy_term term;
    const struct scope *scope;
    const struct clause *clause; /* that governs; NULL where the question did not get that far */
    enum policy_reason stage;    /* how far it got: the check that failed */
    enum treatment treatment;    /* the clause's, refused or not; NONE where there is no clause */
    uint32_t source;
    uint32_t field;
    uint32_t fit;
    uint32_t checks;
    bool needs_reason;
    bool untold;           /* the person is not told: it would prejudice the purposes of crime */
    bool agreement_by_law; /* the power, not the clause, asks for the person's agreement */
    bool lifts_confidence; /* all powers that are relied on do */
    bool objection_by_law; /* one of them refers what the person objects to */
    bool duty_outlives;    /* the agreement is not in force, and a duty exists all the same */
    struct data_marks marks;
    uint32_t axes;
    const struct register_entry *law; /* that is relied on, or that came nearest; NULL: none */
};

struct permit_source {
    struct span id;
    enum policy_reason refusal;
    bool is_hidden;
    enum policy_tells tells;
    struct seat *seats; /* [scope] */
    size_t field_count;
    struct candidate *candidates; /* [field][scope] */
    size_t *leads;                /* of each field: the scope that comes first */
};

struct limit_ref {
    const struct policy *policy;
    uint32_t limit;
};

/* Always true: scope_count is 1 or more; candidates of a source are field_count * scope_count. */
struct permit {
    struct policy_request request;
    struct scope *scopes;
    size_t scope_count;
    struct permit_source *sources;
    size_t source_count;
    size_t source_room;
    struct limit_ref *limits;
    size_t limit_count;
    size_t limit_room;
    size_t term_count; /* over all sources and agreements */
    struct binding *bindings;
    size_t binding_count;
};

static inline void policy_mark_set(uint32_t *checks, enum policy_check check,
                                   enum policy_mark mark) {
    *checks |= (uint32_t)mark << (2 * (uint32_t)check);
}

/* The texts whose word on data binds whatever is asked, into the permit and its scopes. LIMIT
 * POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_law_bindings_make(struct permit *permit,
                                                   const struct policy_force *force,
                                                   size_t force_count, struct arena *arena);
/* Whether it says anything of what was asked. */
bool policy_law_binding_bears(const struct permit *permit, const struct binding *binding);
/* Facts of one agreement that do not depend on the source. */
void policy_scope_init(const struct policy_force *force, const struct policy_request *request,
                       struct scope *out_scope);
/* Why the agreement refuses everything of this source (NONE where it does not), and how far it got.
 * source is POLICY_NONE where the agreement does not know it. */
enum policy_reason policy_scope_refusal(const struct scope *scope, uint32_t source,
                                        enum policy_reason *out_stage, uint32_t *out_checks);
/* Why the agreement as such is not in force for request->recipient at request->at_s, review
 * included; NONE where it is. */
enum policy_reason policy_agreement_refusal(const struct policy_force *force,
                                            const struct policy_request *request);
void policy_emergency_judge(const struct policy *policy, const struct policy_request *request,
                            uint32_t role, uint32_t purpose, struct emergency_state *out_state);
void policy_seat_init(const struct scope *scope, struct span source, struct seat *out_seat);
/* The first half of the decision on one field, by its number in the agreement (POLICY_NONE where it
 * has none). No name is looked up, nothing is allocated. */
void policy_candidate_decide_at(const struct seat *seat, struct span field, uint32_t index,
                                struct candidate *out_candidate);
/* The same by names; there is an agreement. */
void policy_candidate_decide(const struct scope *scope, struct span source, struct span field,
                             struct candidate *out_candidate);
/* The second half. */
void policy_candidate_settle(const struct candidate *candidate, const struct policy_facts *facts,
                             struct policy_ruling *out_ruling, enum policy_reason *out_stage);
/* The same for somebody who was never asked, by the order in which it is told: the asker's limits
 * first. Those on one person count what the asking agency itself asked. */
void policy_candidate_settle_nobody(const struct candidate *candidate,
                                    const struct policy_facts *facts,
                                    struct policy_ruling *out_ruling,
                                    enum policy_reason *out_stage);
/* Whether it is refused for what the person may have said, and nothing that is told may depend on
 * that. */
bool policy_candidate_masks(const struct candidate *candidate, const struct policy_ruling *ruling);
/* What a person's consents come to for one field of one source. */
enum consent_found {
    CONSENT_FOUND_NONE,
    CONSENT_FOUND_GIVEN,
    CONSENT_FOUND_REFUSED,
    CONSENT_FOUND_WITHDRAWN,
    CONSENT_FOUND_EXPIRED,
    CONSENT_FOUND_OUT_OF_SCOPE,
};
struct consent_finding {
    enum consent_found found;
    bool is_explicit;
    const struct consent *fact;      /* that decided, or NULL */
    const struct consent *conflicts; /* as in struct policy_ruling */
};
struct consent_finding policy_consent_find(const struct candidate *candidate,
                                           const struct policy_facts *facts);
/* Kinds of consent that the clause is about, bit 1 << enum consent_kind. */
uint32_t policy_consent_kinds(const struct candidate *candidate);
/* The same for facts of these kinds, bit 1 << enum consent_kind, whatever the clause asks for. */
struct consent_finding policy_consent_find_of(const struct candidate *candidate,
                                              const struct policy_facts *facts, uint32_t kinds);
/* True where the closed list of reasons for not asking has this word. */
bool policy_is_no_consent_reason(struct span reason);

#endif
