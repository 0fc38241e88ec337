/* SPDX-License-Identifier: Apache-2.0 */
/* What a person agreed to, refused or withdrew, and the step of the line that rests on it: a permit
 * and a person become a grant.
 *
 * The log is the truth: a consent is the sealed body of a CONSENT entry, the store holds a row
 * derived from it with the entry's index. Every change is a fact of its own; for one person,
 * purpose and category the newest fact wins. A grant carries the size of the log that its facts
 * were read at and the scopes that it rests on, so that a RELEASE is refused as stale when a change
 * to one of them was put in order since (audit.md 4.8). */
#ifndef GATEWAY_CONSENT_CONSENT_H
#define GATEWAY_CONSENT_CONSENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/clock.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/store/store.h"
#include "gateway/store/suppress.h"
#include "policy/policy.h"

enum consent_code {
    CONSENT_FIELDS = 1, /* INPUT: state, dates, names or their number outside their ranges */
    CONSENT_UNKNOWN,    /* INPUT: this person has no consent of that id */
    CONSENT_BODY,       /* INPUT: bytes that are not the body of a CONSENT entry */
    CONSENT_FULL,       /* LIMIT: this person has CONSENT_RECORDS_MAX facts; withdrawals still go */
    CONSENT_MEMORY,     /* LIMIT: no memory, or the arena is used up */
    CONSENT_PAGE,       /* INPUT: no page of these notices */
    CONSENT_NAME,       /* INPUT: a purpose, category or recipient that no agreement knows */
};

enum {
    CONSENT_NAMES_MAX = LIMIT_CONSENT_NAMES,
    CONSENT_NAME_SIZE_MAX = LIMIT_CONSENT_NAME,
    CONSENT_REFERENCE_SIZE_MAX = LIMIT_CONSENT_REFERENCE,
    CONSENT_LANGUAGE_SIZE_MAX = LIMIT_CONSENT_LANGUAGE,
    CONSENT_ACTOR_SIZE_MAX = LIMIT_CONSENT_ACTOR,
    CONSENT_RECORDS_MAX = LIMIT_CONSENT_RECORDS,
    CONSENT_SCOPES_MAX = LIMIT_CONSENT_SCOPES,
};

/* ---- Settling --------------------------------------------------------------------------------
 */

/* Counters of limits: leaky buckets in memory, shared by all workers, of one fixed size. When the
 * table is full a new counter counts as used up: refusal, never oversight. Once kept, they outlive
 * the program, also one that is killed: a use waits until the store holds a moment that is not
 * before its own (counters.c). */
struct consent_counters;

/* store is kept until consent_counters_free, with which the caller frees it. LIMIT CONSENT_MEMORY.
 */
LG_MUST_USE struct lg_err consent_counters_new(struct store *store,
                                               struct consent_counters **out_counters);
/* Takes up what an earlier run left, and keeps them from now on. Before the first use; `clock` is
 * the one that mono_ms of all uses comes from. Errors of the store. */
LG_MUST_USE struct lg_err consent_counters_keep(struct consent_counters *counters,
                                                const struct clock *clock);
/* Leaves every counter exactly where it is: after the last use. Errors of the store. */
LG_MUST_USE struct lg_err consent_counters_settle(struct consent_counters *counters,
                                                  int64_t mono_ms);
/* Makes durable what is owed. Blocks on the disk; any thread. Errors of the store: nothing that
 * rests on it may go on. */
LG_MUST_USE struct lg_err consent_counters_flush(struct consent_counters *counters);
/* Whether what was owed at this number is durable; 0 always is. */
bool consent_counters_are_durable(struct consent_counters *counters, uint64_t number);

/* One use of a counter. goes_beyond: it is counted also where the count is reached. */
struct consent_use {
    struct store_tag key; /* STORE_TAG_COUNTER */
    struct policy_rate rate;
    int64_t mono_ms;
    bool goes_beyond;
};
/* before: uses inside the window; owed: what rests on it waits for this number, 0 for nothing. */
struct consent_used {
    uint32_t before;
    bool is_taken;
    uint64_t owed;
};
/* LIMIT CONSENT_MEMORY where too much is owed at once. */
LG_MUST_USE struct lg_err consent_counters_use(struct consent_counters *counters,
                                               const struct consent_use *use,
                                               struct consent_used *out_used);
void consent_counters_free(struct consent_counters **counters);

/* The permit settled for one person. Only consent_settle makes one. Lives in the arena, and needs
 * the permit. */
struct grant;

/* About whom, and for whom, a permit is settled.
 *
 * person NULL: none. is_enough false (see struct located): sources with open existence are settled
 * as if there were nobody, so that nothing a caller sees of them tells that a hidden source knows
 * somebody; the per-subject limit counts only where is_enough. is_uncounted: as if nobody had ever
 * used any limit, and without using one.
 *
 * enrolled_under[i]: the agreements under which a record of the permit's source i counts for this
 * caller; what other records say of the National Data Opt-Out is as if it were not there. NULL:
 * none counts. */
struct consent_question {
    const struct permit *permit;
    const struct caller *caller;
    const struct person_id *person;
    bool is_enough;
    bool is_uncounted;
    int64_t mono_ms; /* for the limits */
    const struct span_list *enrolled_under;
    /* The person's rows, where they were read at the moment at which the reader reads. */
    const struct store_row *rows;
    size_t row_count;
    bool has_rows; /* else they are read */
};

/* Reads the person's facts and applied_through in one transaction, then the opt-out as each source
 * stated it (never earlier: what changes after applied_through makes the grant stale), settles
 * every source, and takes one from each limit that a shared field falls under, unless it is not
 * counted. The work is the same with and without a person. Errors of store and policy; LIMIT
 * CONSENT_MEMORY. */
LG_MUST_USE struct lg_err consent_settle(struct consent_counters *counters,
                                         struct store_reader *reader,
                                         const struct consent_question *question,
                                         struct arena *arena, const struct grant **out_grant);

/* What follows for a source. */
enum consent_call {
    CONSENT_CALL_NO = 0, /* refused: it is not asked */
    CONSENT_CALL_HELD,   /* shared and open: asked where it holds the person */
    CONSENT_CALL_ALWAYS, /* shared and hidden: asked in any case, by a decoy where it does not */
    CONSENT_CALL_DECOY,  /* hidden, permitted, and the person's consent says no: asked by a decoy */
};

const struct permit *consent_grant_permit(const struct grant *grant);
/* Sources as in the permit; index below policy_permit_source_count. */
enum consent_call consent_grant_call(const struct grant *grant, size_t source);
/* The true outcome: what minimise obeys and the sealed part of an entry holds. rulings[i] is about
 * field i of the permit. */
const struct policy_outcome *consent_grant_outcome(const struct grant *grant, size_t source);
/* The outcome as the caller may see it while nothing is released: for a hidden source that of
 * nobody, so that consent of a person whom only it knows does not show. */
const struct policy_outcome *consent_grant_shown(const struct grant *grant, size_t source);
/* What consent_grant_outcome was settled with: for the decision record. */
const struct policy_facts *consent_grant_facts(const struct grant *grant, size_t source);
/* consent_grant_shown over all sources: decision, reason, clauses, duties; no rulings. */
const struct policy_outcome *consent_grant_shown_all(const struct grant *grant);

/* What the grant rests on, for the conditions of a RELEASE: person (a tag of nobody where there is
 * none), the caller, and every agreement that decided. */
/* What has to be durable before anything rests on the grant: see consent_counters_are_durable. */
uint64_t consent_grant_owed(const struct grant *grant);
uint64_t consent_grant_applied_through(const struct grant *grant);
size_t consent_grant_scope_count(const struct grant *grant);
const struct store_tag *consent_grant_scope(const struct grant *grant, size_t index);

/* Scopes that a change touches; the same bytes as in grants. For STOP and AGREEMENT entries: */
LG_MUST_USE struct lg_err consent_scope_agreement(const struct store *store, struct span agreement,
                                                  struct store_tag *out_scope);
/* An agency with all its systems has an empty system; a grant rests on both. */
LG_MUST_USE struct lg_err consent_scope_caller(const struct store *store, struct span agency,
                                               struct span system, struct store_tag *out_scope);
/* For CONSENT entries: the person and every alias. In the arena. */
LG_MUST_USE struct lg_err consent_scopes_person(struct store_reader *reader,
                                                const struct person_id *person, struct arena *arena,
                                                struct store_tag **out_scopes, size_t *out_count);

/* ---- Changes ---------------------------------------------------------------------------------
 */

/* A change ready for the log. body goes into the sealed part of a CONSENT entry. */
struct consent_change {
    struct consent_id id;
    struct span body; /* in the arena */
};

/* Names that a consent or withdrawal carries, against the agreements in force: one that none of
 * them knows would cover nothing, so that a mistyped withdrawal would stop nothing. To be asked
 * before a change is made. INPUT CONSENT_NAME. */
LG_MUST_USE struct lg_err consent_names_check(const struct policy_force *force, size_t force_count,
                                              const struct consent *consent);

/* Who records, as the gateway knows them. */
struct consent_recorder {
    struct span party;
    struct span user_id;
    struct span role;
    int64_t now_ms;
};

/* A consent, refusal or objection to be recorded. From `consent`: kind, state (GIVEN or REFUSED; an
 * objection REFUSED or, once lifted, WITHDRAWN), explicit_consent, purposes, categories,
 * recipients, sources, from, until, and of how all but who recorded it; everything else is the
 * gateway's. */
struct consent_draft {
    const struct person_id *person;
    const struct consent *consent;
    struct consent_recorder recorder;
};

/* INPUT CONSENT_FIELDS for anything outside its format: names of [a-z0-9.-], 1 to
 * CONSENT_NAME_SIZE_MAX; dates YYYY-MM-DD of the calendar, from not after until; at most
 * CONSENT_NAMES_MAX of each; references of [A-Za-z0-9./_:-]; a kind; evidence where a
 * representative spoke. LIMIT CONSENT_FULL. */
LG_MUST_USE struct lg_err consent_record_make(struct store_reader *reader,
                                              const struct consent_draft *draft,
                                              struct arena *arena,
                                              struct consent_change *out_change);

/* One consent by its id (16 bytes), or, with id empty, every consent of the person of this kind
 * (NOT_STATED: of all kinds) for these purposes, categories and recipients, empty lists meaning
 * all.
 */
struct consent_withdrawal {
    const struct person_id *person;
    struct span id;
    enum consent_kind kind;
    struct span_list purposes;
    struct span_list categories;
    struct span_list recipients;
    struct consent_how how;
    struct consent_recorder recorder;
};

/* A withdrawal is a fact of its own, and the newest of what it covers; it goes in even where no
 * consent was recorded, and at any number of facts, and nothing that comes back tells which it was.
 * INPUT CONSENT_UNKNOWN for an id that this person has no consent of: only who was shown a consent
 * knows its id, and a mistyped one must not pass for a withdrawal. INPUT CONSENT_FIELDS for an
 * objection, which is lifted and not withdrawn, and for anything outside its format. */
LG_MUST_USE struct lg_err consent_withdraw_make(struct store_reader *reader,
                                                const struct consent_withdrawal *withdrawal,
                                                struct arena *arena,
                                                struct consent_change *out_change);

/* Whose consents are shown. */
struct consent_look {
    struct store_reader *reader;
    const struct person_id *person;   /* NULL: nobody, with the same work */
    const struct policy_force *force; /* as in a withdrawal */
    size_t force_count;
};

/* The person's consents as they are shown, newest first: a given one that a later fact withdrew
 * altogether has the state WITHDRAWN. A wider purpose covers a narrower one where every agreement
 * in force that has the narrower says so, as in decisions. In the arena. */
LG_MUST_USE struct lg_err consent_list(const struct consent_look *look, struct arena *arena,
                                       struct consent **out_consents, size_t *out_count);
/* One of them; NULL where the person has none of this id. */
LG_MUST_USE struct lg_err consent_find(const struct consent_look *look, struct span id,
                                       struct arena *arena, const struct consent **out_consent);

/* ---- Log and store --------------------------------------------------------------------------- */

/* The body of a CONSENT entry and what it says; consent.log_index is not part of it. INPUT
 * CONSENT_FIELDS (longer than an entry holds), CONSENT_BODY. Spans of the decoded one point into
 * body and arena. */
LG_MUST_USE struct lg_err consent_entry_encode(const struct person_id *person,
                                               const struct consent *consent, struct arena *arena,
                                               struct span *out_body);
LG_MUST_USE struct lg_err consent_entry_decode(struct span body, struct arena *arena,
                                               struct person_id *out_person,
                                               struct consent *out_consent);

/* A CONSENT entry that is durable. */
struct consent_logged {
    uint64_t log_index;
    struct span body;
};

/* The rows of the store for such entries, out_rows[count], from an arena with CONSENT_APPLY_ENTRY
 * bytes for each; bodies are borrowed. INPUT CONSENT_BODY; LIMIT CONSENT_MEMORY. */
enum { CONSENT_APPLY_ENTRY = 1 << 18 };
LG_MUST_USE struct lg_err consent_rows_make(const struct store *store,
                                            const struct consent_logged *changes, size_t count,
                                            struct arena *arena,
                                            struct store_consent_change *out_rows);
/* Which reliance a fact ends, for the store. Static. */
const struct store_ending *consent_ending(void);

/* Writes the changes to the store with applied_through = through, in one transaction: for audit's
 * apply callback and for replay at start. Blocks on the disk. Ascending log_index; count 0 moves
 * applied_through alone. INPUT CONSENT_BODY (the log holds what this version cannot read: do not
 * start); errors of the store. */
LG_MUST_USE struct lg_err consent_apply(struct store *store, const struct consent_logged *changes,
                                        size_t count, uint64_t through);

/* ---- What is not forgotten with a person (refusals.c) ---- */

/* The facts of a suppression: what of the person's own stops something now, without what leads to
 * them or to its entry; none where nothing does. In the arena; the tokens are left alone. Errors of
 * the store; LIMIT CONSENT_MEMORY. */
LG_MUST_USE struct lg_err consent_refusals_keep(struct store_reader *reader,
                                                const struct person_id *person, int64_t now_ms,
                                                struct arena *arena,
                                                struct store_suppression *out_kept);

#endif
