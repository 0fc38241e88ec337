/* SPDX-License-Identifier: Apache-2.0 */
/* What the gateway keeps on disk besides the log: the index of persons, consents, pseudonyms and
 * the keys of log entries. Typed operations over two SQLite files in one folder, and the only door
 * to SQLite of the gateway.
 *
 *   lockgate.db  persons, records, tokens, pseudonyms, consents, applied_through
 *   keys.db      subject keys, wrapped: a file of its own so that a destroyed key is gone
 *
 * Nothing that names a person stands in clear in either: values are sealed under keys of the store
 * with table and row bound in, look-ups go by keyed 16-byte tags. What a thief of the files sees is
 * how many rows there are and which belong together.
 *
 * Threads: every function with a `struct store *` may be called from any thread and may block on
 * the disk; one connection writes. A `struct store_reader` belongs to one thread at a time and
 * never waits for a writer. Both keep the store alive only by the caller's care: free readers
 * first.
 *
 * The first error of the disk latches: nothing is written any more (SQLite 3.40 can lose a commit
 * that follows a failed one, security.md M1), and every write gives STORE STORE_LATCHED until the
 * process starts anew. */
#ifndef GATEWAY_STORE_STORE_H
#define GATEWAY_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/vault/vault.h"

enum store_code {
    STORE_FOLDER = 1, /* CONFIG: folder cannot be made, is not ours or not private */
    STORE_LOCKED,     /* CONFIG: another process has this store open */
    STORE_SCHEMA,     /* CONFIG: files of another version, or not a store at all */
    STORE_KEY,        /* CONFIG: files were made with another root key */
    STORE_IO,         /* STORE: the disk or SQLite failed; writing stops */
    STORE_LATCHED,    /* STORE: an earlier failure stopped writing */
    STORE_CORRUPT,    /* STORE: a row does not open or breaks its shape */
    STORE_MEMORY,     /* LIMIT: no memory, or the arena is used up */
    STORE_FIELDS,     /* INPUT: a batch or field outside its range; nothing was written */
};

/* ---- Opening --------------------------------------------------------------------------------- */

struct store;
struct store_reader;

/* Opens or makes the store in `folder` (made with mode 0700 where missing). root: kind SECRET, only
 * used during the call. CONFIG STORE_FOLDER, STORE_LOCKED, STORE_SCHEMA, STORE_KEY with diag; STORE
 * STORE_IO; LIMIT STORE_MEMORY. vault_init comes first. */
LG_MUST_USE struct lg_err store_open(const char *folder, struct vault_key *root, struct diag *diag,
                                     struct store **out_store);
/* Closes; accepts NULL and sets the pointer to NULL. */
void store_free(struct store **store);
/* A read-only handle for one thread. STORE STORE_IO, LIMIT STORE_MEMORY. */
LG_MUST_USE struct lg_err store_reader_open(struct store *store, struct store_reader **out_reader);
void store_reader_free(struct store_reader **reader);
/* Between the two, all reads see the store as it was at the first of them: one transaction, with
 * one lock, for what one piece of work reads without waiting for anything. What is committed
 * meanwhile is seen after store_reader_let_go, so nobody holds a reader from one turn of a loop to
 * another. */
void store_reader_hold(struct store_reader *reader);
void store_reader_let_go(struct store_reader *reader);
bool store_reader_is_held(const struct store_reader *reader);
const struct store *store_reader_store(const struct store_reader *reader);
/* True once a failure stopped all writing. */
bool store_is_latched(const struct store *store);

/* ---- Tags ------------------------------------------------------------------------------------ */

/* A keyed digest that means something to this store alone. */
enum { STORE_TAG_SIZE = 16 };
struct store_tag {
    uint8_t bytes[STORE_TAG_SIZE];
};

/* What a tag is about; tags of two purposes never meet. */
enum store_tag_kind {
    STORE_TAG_SCOPE_PERSON = 1, /* what a grant rests on (audit conditions) */
    STORE_TAG_SCOPE_AGREEMENT,
    STORE_TAG_SCOPE_CALLER,
    STORE_TAG_COUNTER, /* key of a limit's counter in memory */
    STORE_TAG_ROW,     /* row pseudonyms */
    STORE_TAG_OPENER,  /* whom a review case counts for */
    STORE_TAG_PUBLIC_END,
};

enum { STORE_TAG_PARTS_MAX = 8 };

/* Tag over up to STORE_TAG_PARTS_MAX length-prefixed parts of at most 512 bytes in all. INPUT
 * STORE_FIELDS beyond. */
LG_MUST_USE struct lg_err store_tag_make(const struct store *store, enum store_tag_kind kind,
                                         const struct span *parts, size_t count,
                                         struct store_tag *out_tag);
/* The same where the last part is the id of somebody who acts: agencies write one person's in upper
 * or lower case. Everything that is kept or counted by a person goes by this. */
LG_MUST_USE struct lg_err store_user_tag_make(const struct store *store, enum store_tag_kind kind,
                                              const struct span *parts, size_t count,
                                              struct store_tag *out_tag);
/* Names one agency's people enrolled under one agreement; rows carry it. */
LG_MUST_USE struct lg_err store_enrolment_tag(const struct store *store, struct span agency,
                                              struct span agreement, struct store_tag *out_tag);

/* ---- Agreement of tokens: pure --------------------------------------------------------------- */

/* A token as the index compares it: N = k*H(x) of subjects.md 5.3. Secret outside the index. */
struct store_token {
    enum token_class token_class;
    uint32_t epoch; /* 1 or more */
    uint8_t point[MODEL_POINT_SIZE];
};

/* Bit 1 << enum token_class of each class in which some token agrees. contradicted: both sides have
 * identifiers of one epoch and none agrees. */
struct store_evidence {
    unsigned classes;
    bool is_contradicted;
};

/* Whether this evidence alone says "the same person": the identifier agrees, or two composite
 * classes that do not imply each other do:
 *
 *   A + D   forename, surname, birth  and  forename sound, birth, district
 *   A + E   forename, surname, birth  and  birth, postcode
 *
 * A implies C, so A + C is one class. Sets without A (C + D + E and less) hold for twins of like
 * names and never decide. Contradicted evidence never does. */
bool store_evidence_is_enough(const struct store_evidence *evidence);

/* One person who shares a token with what is looked for. */
struct store_candidate {
    struct person_id person;
    struct store_evidence all;     /* counting every row in scope */
    struct store_evidence visible; /* counting visible rows only */
    bool has_visible; /* some visible row at all; only told where `all` is enough by its classes */
};

/* The one candidate whose evidence is enough and whom no other comes close to, or
 * STORE_MATCH_NONE. Close is: enough as well. An agreeing identifier with a composite class beside
 * it outweighs composites alone. */
#define STORE_MATCH_NONE SIZE_MAX
size_t store_match_find(const struct store_evidence *evidence, size_t count);

/* ---- The index ------------------------------------------------------------------------------- */

enum {
    STORE_REFERENCE_SIZE = 112, /* a reference sealed to its agency */
    STORE_NAME_SIZE_MAX = 63,   /* an agency, agreement or recipient */
    STORE_TOKENS_MAX = LIMIT_STORE_TOKENS,
    STORE_BATCH_MAX = LIMIT_STORE_BATCH,
    STORE_RETIRE_MAX = LIMIT_STORE_RETIRE,
    STORE_BLOCK_MAX = LIMIT_STORE_BLOCK,
    STORE_ROWS_MAX = LIMIT_STORE_ROWS,
    STORE_CANDIDATES_MAX = STORE_TOKENS_MAX * STORE_BLOCK_MAX,
};

/* The National Data Opt-Out of one record, as its agency stated it. as_of_day: of the result that
 * it was read from, days since 1970-01-01, 0 where it is not stated. */
struct store_opt_out {
    enum opt_out state;
    int32_t as_of_day;
};

struct store_record {
    struct record_tag record_tag;
    struct span reference; /* exactly STORE_REFERENCE_SIZE */
    const struct store_token *tokens;
    size_t token_count; /* 1 to STORE_TOKENS_MAX */
    struct store_opt_out opt_out;
};

/* Records of one agency in one transaction. quarter as in audit entries: year * 4 + quarter. */
struct store_enrolment {
    struct span agency;
    struct span agreement;
    int64_t now_ms;
    uint32_t quarter;
    const struct store_record *records;
    size_t count; /* 1 to STORE_BATCH_MAX */
};

enum store_enrolled_how {
    STORE_ADDED = 1,
    STORE_UPDATED,
    STORE_UNCHANGED, /* tokens, agreement and opt-out as before; the reference and the day of the
                        opt-out were replaced all the same */
    STORE_DUPLICATE, /* not taken: this agency has another record of the same person */
};

struct store_enrolled {
    enum store_enrolled_how how;
    uint32_t tokens_cut;     /* tokens left out because their block is full */
    bool is_merged;          /* two persons became one: grants that rest on either are stale */
    bool is_opted_out;       /* the opt-out did not apply before: grants on the person are stale */
    struct person_id person; /* that one; the other is among its aliases */
};

/* Takes the records into the index, each joined to a person (store_match_find over the whole index)
 * or given a new one with a random M and, in keys.db, a key for the quarter. A record that is
 * known has tokens, reference and agreement replaced; it stays with its person unless its
 * identifier now contradicts the others', and a person that it alone made up is merged into the one
 * it turns out to be (the older M stays, the other becomes an alias). out_results[count].
 * INPUT STORE_FIELDS; STORE STORE_IO, STORE_LATCHED, STORE_CORRUPT; LIMIT STORE_MEMORY. */
LG_MUST_USE struct lg_err store_enrol(struct store *store, const struct store_enrolment *batch,
                                      struct store_enrolled *out_results);
/* Takes the agency's records with these tags (at most STORE_RETIRE_MAX) out, tokens and references
 * with them. Persons, consents and pseudonyms stay. */
LG_MUST_USE struct lg_err store_retire(struct store *store, struct span agency,
                                       const struct record_tag *tags, size_t count,
                                       size_t *out_retired);
/* Takes every record of a party out that leaves. Several transactions; safe to repeat. */
LG_MUST_USE struct lg_err store_party_leave(struct store *store, struct span agency,
                                            uint64_t *out_removed);
/* The same of what a party enrolled under one agreement. */
LG_MUST_USE struct lg_err store_enrolment_leave(struct store *store, struct span agency,
                                                struct span agreement, uint64_t *out_removed);
/* Records of one agency, for counts. */
LG_MUST_USE struct lg_err store_agency_count(struct store_reader *reader, struct span agency,
                                             uint64_t *out_count);

/* Which rows count in a look-up, by enrolment tag; rows of others are as if they were not there. */
struct store_scope {
    struct store_tag enrolment;
    bool is_visible;
};

/* Everybody who shares a token, with the evidence. `scope` NULL: every row counts and is visible.
 * One read transaction. A block at its ceiling gives no evidence. out_candidates in the arena, in
 * the order of person ids. INPUT STORE_FIELDS; STORE STORE_IO, STORE_CORRUPT; LIMIT STORE_MEMORY.
 */
struct store_search {
    const struct store_token *tokens;
    size_t token_count;
    const struct store_scope *scope;
    size_t scope_count;
};
LG_MUST_USE struct lg_err store_candidates_find(struct store_reader *reader,
                                                const struct store_search *search,
                                                struct arena *arena,
                                                struct store_candidate **out_candidates,
                                                size_t *out_count);

/* One agency's row of a person. Spans in the arena. */
struct store_row {
    struct person_id person;
    struct record_tag record_tag;
    struct span agency;
    struct span agreement; /* enrolled under */
    struct store_tag enrolment;
    struct span reference;
    int64_t updated_ms;
    struct store_opt_out opt_out;
};

/* The person's rows, at most STORE_ROWS_MAX, in the order in which they came. */
LG_MUST_USE struct lg_err store_rows_read(struct store_reader *reader,
                                          const struct person_id *person, struct arena *arena,
                                          struct store_row **out_rows, size_t *out_count);
/* The row of an agency's own record, in the arena; NULL where there is none. */
LG_MUST_USE struct lg_err store_record_find(struct store_reader *reader, struct span agency,
                                            const struct record_tag *record_tag,
                                            struct arena *arena, const struct store_row **out_row);

struct store_person {
    struct person_id id;      /* the one that an alias stands for */
    struct vault_point point; /* M */
};

/* The person of this id, through an alias where two were merged. */
LG_MUST_USE struct lg_err store_person_find(struct store_reader *reader,
                                            const struct person_id *person, bool *out_found,
                                            struct store_person *out_person);
/* The id and those of all its aliases, in the arena: whose grants a change of consent touches. */
LG_MUST_USE struct lg_err store_aliases_read(struct store_reader *reader,
                                             const struct person_id *person, struct arena *arena,
                                             struct person_id **out_ids, size_t *out_count);

/* ---- Pseudonyms ------------------------------------------------------------------------------ */

/* A person under one agreement for one recipient. */
struct store_owner {
    struct person_id person;
    struct span agreement;
    struct span recipient;
};

/* The pseudonym that was given out before; *out_found false where none was. */
LG_MUST_USE struct lg_err store_pseudonym_get(struct store_reader *reader,
                                              const struct store_owner *owner, bool *out_found,
                                              struct vault_point *out_pseudonym);
/* Who gets pseudonyms of their own. */
struct store_recipient {
    struct span agreement;
    struct span recipient;
};

/* Whose pseudonym this is, under that agreement and for that recipient alone. */
LG_MUST_USE struct lg_err store_pseudonym_find(struct store_reader *reader,
                                               const struct store_recipient *recipient,
                                               const struct vault_point *pseudonym, bool *out_found,
                                               struct person_id *out_person);
struct store_pseudonym {
    struct store_owner owner;
    struct vault_point pseudonym;
};
/* Keeps them, all or none; those that are there already stay as they are. At most STORE_BATCH_MAX.
 */
LG_MUST_USE struct lg_err
store_pseudonyms_put(struct store *store, const struct store_pseudonym *pseudonyms, size_t count);

/* ---- Consents: facts derived from the log -----------------------------------------------------
 */

enum {
    STORE_CONSENT_BODY_MAX = LIMIT_STORE_CONSENT_BODY,
    STORE_CONSENTS_MAX = LIMIT_STORE_CONSENTS,
    STORE_APPLY_MAX = LIMIT_STORE_APPLY,
};

struct store_consent {
    struct consent_id id;
    struct person_id person;
    uint64_t log_index;
    struct span body; /* the consent module's own format, 1 to STORE_CONSENT_BODY_MAX */
};

/* Writes the facts and applied_through in one transaction; a fact below the store's own
 * applied_through was written before and is passed over. An alias is resolved to its person.
 * Ascending log_index, each below `through`. count may be 0: then only applied_through moves. */
LG_MUST_USE struct lg_err store_consents_apply(struct store *store,
                                               const struct store_consent *consents, size_t count,
                                               uint64_t through);
/* Log entries whose changes are in the store: the size to replay from. */
LG_MUST_USE struct lg_err store_applied_through(struct store_reader *reader, uint64_t *out_through);

/* Facts of one person, newest first, and applied_through, read in ONE transaction. person NULL:
 * nobody; the same work, no facts. At most STORE_CONSENTS_MAX; bodies in the arena. */
struct store_consents {
    const struct store_consent *items;
    size_t count;
    uint64_t applied_through;
};
LG_MUST_USE struct lg_err store_consents_read(struct store_reader *reader,
                                              const struct person_id *person, struct arena *arena,
                                              struct store_consents *out_consents);
/* One fact by its id, whoever it is about. */
LG_MUST_USE struct lg_err store_consent_find(struct store_reader *reader,
                                             const struct consent_id *id, struct arena *arena,
                                             bool *out_found, struct store_consent *out_consent);

/* ---- Reviews and stops: derived from the log ---------------------------------------------------
 */

enum {
    STORE_REVIEW_BODY_MAX = LIMIT_STORE_REVIEW_BODY,
    STORE_REVIEW_SIDES_MAX = LIMIT_STORE_REVIEW_SIDES,
    STORE_REVIEW_ACTS_MAX = LIMIT_STORE_REVIEW_ACTS,
    /* So many acts of one case are stored before those that do not close it are passed over; before
     * its lapse LIMIT_STORE_REVIEW_ACTS_LAPSE fewer. Escalations, after which somebody has to take
     * it, end earlier. */
    STORE_REVIEW_ACTS_OPEN_MAX = LIMIT_STORE_REVIEW_ACTS - LIMIT_STORE_REVIEW_ACTS_LAST,
    STORE_REVIEW_ACTS_ESCALATED_MAX = LIMIT_STORE_REVIEW_ACTS - LIMIT_STORE_REVIEW_ACTS_KEPT,
    STORE_REVIEW_LIST_MAX = LIMIT_STORE_REVIEW_LIST,
    STORE_REVIEW_COUNT_MAX = LIMIT_STORE_REVIEW_COUNT,
    STORE_REVIEWS_DUE_MAX = LIMIT_STORE_REVIEWS_DUE,
    STORE_STOPS_MAX = LIMIT_STORE_STOPS,
    STORE_COUNTERS_MAX = LIMIT_STORE_COUNTERS,
};

/* The state of a case only ever rises: of two acts the one that goes further counts. */
enum store_review_state {
    STORE_REVIEW_OPEN = 1,
    STORE_REVIEW_TAKEN,
    STORE_REVIEW_ESCALATED,
    STORE_REVIEW_CLOSED,
};

/* A case. kind and body are the review module's own. */
struct store_review {
    struct review_id id;
    uint32_t kind;
    enum store_review_state state;
    struct store_tag opener; /* STORE_TAG_OPENER */
    int64_t opened_ms;
    int64_t due_ms;
    uint64_t log_index;
    struct span body; /* 1 to STORE_REVIEW_BODY_MAX */
};
/* sides: agencies that see the case, the one that reviews it first; at most STORE_REVIEW_SIDES_MAX.
 */
struct store_review_open {
    struct store_review review;
    struct span_list sides;
};
/* What was done with a case: state is the least that it has from then on. is_lapse: it was past its
 * day, and next_side (not empty) reviews it too from then on. */
struct store_review_act {
    struct review_id id;
    enum store_review_state state;
    bool is_lapse;
    struct span next_side;
    uint64_t log_index;
    struct span body;
};
/* A caller stopped, or no longer: scope is STORE_TAG_SCOPE_CALLER. Where another stop stands by
 * then than the one that it was to replace or lift, it changes nothing; a firm stop replaces any.
 */
struct store_stop {
    struct store_tag scope;
    bool is_lifted;
    bool is_firm;
    uint64_t log_index;
    uint64_t replaces;  /* log_index of the one that stood when it was asked for; 0: none did */
    struct span agency; /* whose stop it is */
    struct span body;
};

/* What was done to an agreement: agreement/entry.h says what the body is. */
struct store_agreement_act {
    uint64_t log_index;
    int64_t time_ms;
    struct span body; /* at most STORE_AGREEMENT_BODY_MAX */
};
enum { STORE_AGREEMENT_BODY_MAX = LIMIT_AUDIT_SEALED };
struct store_consent_change;
struct store_ending;
struct store_erasure;
struct store_suppression;
struct store_sar;
struct store_duty_act;
struct store_incident_change;

/* Everything that one run of log entries changes, each list in ascending log_index below `through`.
 */
struct store_changes {
    const struct store_consent_change *consents; /* reliance.h */
    size_t consent_count;
    const struct store_ending *ending; /* needed with uses; NULL: facts end nothing */
    const struct store_review_open *opens;
    size_t open_count;
    const struct store_review_act *acts;
    size_t act_count;
    const struct store_stop *stops;
    size_t stop_count;
    const struct store_agreement_act *agreement_acts;
    size_t agreement_act_count;
    const struct store_erasure *erasures; /* erasure.h */
    size_t erasure_count;
    const struct store_suppression *suppressions; /* suppress.h */
    size_t suppression_count;
    const struct store_sar *sars; /* sar.h */
    size_t sar_count;
    const struct store_duty_act *duty_acts; /* duties.h */
    size_t duty_act_count;
    const struct store_mark_change *marks; /* signals.h */
    size_t mark_count;
    const struct store_incident_change *incidents; /* incidents.h */
    size_t incident_count;
    uint64_t through;
};

/* Writes them and applied_through in one transaction; what is below the store's own applied_through
 * was written before and is passed over. A case that exists already, and an act on one that does
 * not, change nothing. INPUT STORE_FIELDS; errors of writing. */
LG_MUST_USE struct lg_err store_changes_apply(struct store *store,
                                              const struct store_changes *changes);

/* Every act on agreements to on_act, in the order of the log, until it gives an error; bodies are
 * borrowed for the call. That error; errors of reading. */
LG_MUST_USE struct lg_err
store_agreement_acts_each(struct store_reader *reader,
                          struct lg_err (*on_act)(void *ctx, const struct store_agreement_act *act),
                          void *ctx);

/* The case of this id, spans in the arena; *out_found false where there is none. */
LG_MUST_USE struct lg_err store_review_find(struct store_reader *reader, const struct review_id *id,
                                            struct arena *arena, bool *out_found,
                                            struct store_review *out_review);
/* Cases that count for one opener, at most STORE_REVIEW_COUNT_MAX: of this kind, opened after a
 * moment, due before one; is_unclosed: those that are not closed alone. */
struct store_review_count {
    struct store_tag opener;
    uint32_t kind;
    int64_t opened_after_ms;
    int64_t due_before_ms;
    bool is_unclosed;
};
LG_MUST_USE struct lg_err store_reviews_count(struct store_reader *reader,
                                              const struct store_review_count *which,
                                              uint32_t *out_count);
/* One side of a case: id is what that side calls it, so that two sources of one question have
 * nothing that they could compare; the agency that reviews has the case's own. */
struct store_review_side {
    struct review_id id;
    bool is_found;
    bool is_own; /* it reviews the case */
    struct store_review review;
};
/* is_found false: this agency has no side of that name. */
LG_MUST_USE struct lg_err store_review_side_find(struct store_reader *reader, struct span agency,
                                                 const struct review_id *id, struct arena *arena,
                                                 struct store_review_side *out_side);
/* The agency's cases below this log index, newest first, at most STORE_REVIEW_LIST_MAX; without
 * those of one kind and opener, or in which that opener has a hit (signals.h). kept_kind 0: with
 * all. */
struct store_review_list {
    struct span agency;
    uint64_t before_index;
    bool is_unclosed;
    uint32_t kept_kind;
    struct store_tag kept_opener;
};
LG_MUST_USE struct lg_err
store_reviews_list(struct store_reader *reader, const struct store_review_list *which,
                   struct arena *arena, struct store_review_side **out_sides, size_t *out_count);
struct store_review_due {
    struct review_id id;
    int64_t due_ms;
};
struct store_due_look {
    int64_t now_ms;
    const struct store_review_due *after; /* NULL: from the first */
};
/* Cases that are not closed, whose day ended before now_ms and of which no lapse was applied, the
 * longest due first: at most STORE_REVIEWS_DUE_MAX, in the arena. */
LG_MUST_USE struct lg_err store_reviews_due(struct store_reader *reader,
                                            const struct store_due_look *look, struct arena *arena,
                                            struct store_review_due **out_dues, size_t *out_count);
/* Cases that were closed by entries from `from` to before `to`, in the order of the log: at most
 * `count` are written to `out`. */
struct store_review_closing {
    uint64_t log_index; /* of the entry that closed it */
    struct review_id id;
    uint32_t kind;
    int64_t opened_ms;
};
struct store_closing_look {
    uint64_t from;
    uint64_t to;
    size_t count;
};
LG_MUST_USE struct lg_err store_reviews_closed(struct store_reader *reader,
                                               const struct store_closing_look *look,
                                               struct store_review_closing *out, size_t *out_count);
/* What was done with a case, in the order of the log; bodies in the arena. */
LG_MUST_USE struct lg_err store_review_acts_read(struct store_reader *reader,
                                                 const struct review_id *id, struct arena *arena,
                                                 struct store_review_act **out_acts,
                                                 size_t *out_count);

/* False while nobody was stopped since the start, nor is. */
bool store_has_stops(const struct store *store);
/* Whether one of these scopes is stopped. */
LG_MUST_USE struct lg_err store_stop_check(struct store_reader *reader,
                                           const struct store_tag *scopes, size_t count,
                                           bool *out_stopped);
/* The stop of one scope; its agency is left empty, the body is in the arena. */
LG_MUST_USE struct lg_err store_stop_find(struct store_reader *reader,
                                          const struct store_tag *scope, struct arena *arena,
                                          bool *out_found, struct store_stop *out_stop);
/* An agency's stops (empty: everybody's), at most STORE_STOPS_MAX; spans in the arena. */
LG_MUST_USE struct lg_err store_stops_list(struct store_reader *reader, struct span agency,
                                           struct arena *arena, struct store_stop **out_stops,
                                           size_t *out_count);

/* ---- Counters of limits, as far as they were reserved ------------------------------------------
 */

struct store_counter {
    struct store_tag key; /* STORE_TAG_COUNTER */
    int64_t empty_at_us;  /* UTC, microseconds */
};
/* Keeps them, all or none, at most STORE_COUNTERS_MAX. */
LG_MUST_USE struct lg_err store_counters_put(struct store *store,
                                             const struct store_counter *counters, size_t count);
/* Keeps these and no others, all or none; any number of them. */
LG_MUST_USE struct lg_err
store_counters_replace(struct store *store, const struct store_counter *counters, size_t count);
/* Drops those that are empty by then, and hands the rest to on_counter. At start. */
LG_MUST_USE struct lg_err
store_counters_load(struct store *store, int64_t now_us,
                    void (*on_counter)(void *ctx, const struct store_counter *it), void *ctx);

#endif
