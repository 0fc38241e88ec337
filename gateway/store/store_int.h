/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the store: connections, statements, sealing. */
#ifndef GATEWAY_STORE_STORE_INT_H
#define GATEWAY_STORE_STORE_INT_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "gateway/store/duties.h"
#include "gateway/store/erasure.h"
#include "gateway/store/incidents.h"
#include "gateway/store/sar.h"
#include "gateway/store/store.h"

/* ---- Statements: the text of each is in sql.c -------------------------------------------------
 */

enum store_sql {
    SQL_BEGIN,
    SQL_BEGIN_WRITE,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_META_GET,
    SQL_META_PUT,
    SQL_PERSON_ADD,
    SQL_PERSON_GET,
    SQL_PERSON_AFTER,
    SQL_PERSON_ALIAS,
    SQL_ALIASES,
    SQL_RECORD_GET,
    SQL_RECORD_PUT,
    SQL_RECORD_DELETE,
    SQL_RECORD_OF_PERSON,
    SQL_RECORD_MOVE,
    SQL_RECORD_OF_AGENCY,
    SQL_RECORD_OF_ENROLMENT,
    SQL_AGENCY_COUNT,
    SQL_TOKEN_ADD,
    SQL_TOKEN_ROWS,
    SQL_TOKEN_COUNT,
    SQL_TOKEN_DELETE,
    SQL_PSEUDONYM_ADD,
    SQL_PSEUDONYM_GET,
    SQL_PSEUDONYM_FIND,
    SQL_CONSENT_ADD,
    SQL_CONSENT_GET,
    SQL_CONSENT_OF_PERSON,
    SQL_CONSENT_MOVE,
    SQL_SUPPRESS_ADD,
    SQL_SUPPRESS_TOKEN,
    SQL_SUPPRESS_LOOK,
    SQL_SUPPRESS_EPOCH,
    SQL_SUPPRESS_TOKEN_DROP,
    SQL_SUPPRESS_SWEEP,
    SQL_SUPPRESS_OF_PERSON,
    SQL_SUPPRESSED_ADD,
    SQL_SUPPRESSED_MOVE,
    SQL_SUPPRESSED_DELETE,
    SQL_SUPPRESSED_READ,
    SQL_REVIEW_ADD,
    SQL_REVIEW_RISE,
    SQL_REVIEW_LAPSE,
    SQL_REVIEW_DUE,
    SQL_REVIEW_GET,
    SQL_REVIEW_COUNT,
    SQL_SIDE_ADD,
    SQL_SIDE_NEXT,
    SQL_SIDE_GET,
    SQL_SIDE_LIST,
    SQL_ACT_ADD,
    SQL_ACT_LIST,
    SQL_ACT_CLOSED,
    SQL_STOP_PUT,
    SQL_STOP_DELETE,
    SQL_STOP_GET,
    SQL_STOP_LIST,
    SQL_STOP_COUNT,
    SQL_AGREEMENT_ACT_ADD,
    SQL_AGREEMENT_ACT_LIST,
    SQL_COUNTER_PUT,
    SQL_COUNTER_DROP,
    SQL_COUNTER_LIST,
    SQL_CONSENT_SINCE,
    SQL_RELIANCE_ADD,
    SQL_RELIANCE_GET,
    SQL_RELIANCE_OPEN,
    SQL_RELIANCE_END,
    SQL_RELIANCE_ACKNOWLEDGE,
    SQL_RELIANCE_OF_RECIPIENT,
    SQL_RELIANCE_OF_SOURCE,
    SQL_RELIANCE_OF_NOTICE,
    SQL_RELIANCE_MOVE,
    SQL_TALLY_ADD,
    SQL_TALLY_GET,
    SQL_PERSON_OF_KEY,
    SQL_PERSON_DELETE,
    SQL_PSEUDONYM_DELETE,
    SQL_CONSENT_DELETE,
    SQL_RELIANCE_DELETE,
    SQL_ERASURE_ADD,
    SQL_ERASURE_DROP,
    SQL_ERASURE_REFUSE,
    SQL_ERASURE_DECIDED,
    SQL_ERASURE_ANY_HELD,
    SQL_ERASURE_FIND,
    SQL_ERASURE_HELD_BY,
    SQL_ERASURE_GET,
    SQL_ERASURE_LIST,
    SQL_ERASURE_DONE,
    SQL_SAR_ADD,
    SQL_SAR_MOVE,
    SQL_SAR_CLOSE,
    SQL_SAR_GET,
    SQL_SAR_LIST,
    SQL_SAR_COUNT,
    SQL_SAR_STEP_ADD,
    SQL_SAR_STEPS,
    SQL_SAR_MARK_PUT,
    SQL_SAR_MARK_DROP,
    SQL_SAR_MARK_GET,
    SQL_SAR_MARK_COUNT,
    SQL_SAR_MARKS,
    SQL_SAR_IS_OPEN,
    SQL_SAR_STEPS_ERASE,
    SQL_SAR_MARKS_ERASE,
    SQL_SAR_ERASE,
    SQL_SIGNAL_ADD,
    SQL_SIGNAL_LAST,
    SQL_SIGNAL_OF_CASE,
    SQL_SIGNAL_HAS,
    SQL_SIGNAL_EARLIER,
    SQL_SIGNAL_WAIT_ADD,
    SQL_SIGNAL_WAIT_IS,
    SQL_SIGNAL_WAIT_COUNT,
    SQL_SIGNAL_WAIT_LIST,
    SQL_SIGNAL_WAIT_DROP,
    SQL_SIGNAL_FORGET,
    SQL_SIGNAL_COUNT_PUT,
    SQL_SIGNAL_COUNT_DROP,
    SQL_SIGNAL_COUNT_LIST,
    SQL_MARK_ADD,
    SQL_MARK_DROP,
    SQL_MARK_COUNT,
    SQL_MARK_HAS,
    SQL_MARK_MATCH,
    SQL_MARK_PERSONS,
    SQL_MARK_ERASE,
    SQL_MARK_LEAVE,
    SQL_KEYS_FIRST,
    SQL_BUCKET_GET = SQL_KEYS_FIRST,
    SQL_BUCKET_ADD,
    SQL_KEY_GET,
    SQL_KEY_ADD,
    SQL_KEY_AFTER,
    SQL_KEY_DESTROY,
    SQL_KEY_SWEEP,
    SQL_BUCKET_DESTROY,
    SQL_DESTROYED_ADD,
    SQL_DESTROYED_GET,
    SQL_DESTROYED_QUARTERS,
    SQL_KEY_QUARTERS,
    SQL_FORGET_ADD,
    SQL_FORGET_NEXT,
    SQL_FORGET_END,
    SQL_SIDE_PUT,
    SQL_SIDE_IS,
    SQL_SIDE_SUBJECT_POSITIONS,
    SQL_SIDE_FORGET,
    SQL_SIDE_BETWEEN,
    SQL_SIDE_PERSONS,
    SQL_SIDE_DETAILED_DROP,
    SQL_PACE_PUT,
    SQL_PACE_FROM,
    SQL_PACE_TO,
    SQL_SIDES_FIRST,
    SQL_SIDES_OF_SUBJECT = SQL_SIDES_FIRST,
    SQL_SIDES_OF_QUESTION,
    SQL_SIDES_OF_SYSTEM,
    SQL_SIDES_OF_ACTOR,
    SQL_SIDES_OF_OTHER,
    SQL_SIDES_OF_AGREEMENT,
    SQL_SIDES_OF_PURPOSE,
    SQL_SIDES_IN_EMERGENCY,
    SQL_SIDES_OF_KIND,
    SQL_SIDES,
    SQL_DUTY_ADD,
    SQL_DUTY_LIST,
    SQL_DUTY_LIST_OPEN,
    SQL_DUTY_OVER,
    SQL_DUTY_PAST,
    SQL_DUTY_GET,
    SQL_DUTY_STATE_MAKE,
    SQL_DUTY_TAKEN,
    SQL_DUTY_DONE,
    SQL_DUTY_ESCALATED,
    SQL_DUTY_STATE_GET,
    SQL_DUTY_STATE_NEXT,
    SQL_DUTY_TELLINGS,
    SQL_INCIDENT_ADD,
    SQL_INCIDENT_SUBJECT_ADD,
    SQL_INCIDENT_SUBJECT_GET,
    SQL_INCIDENT_SUBJECT_MOVE,
    SQL_INCIDENT_SUBJECT_ERASE,
    SQL_INCIDENT_TURN,
    SQL_INCIDENT_STEP_ADD,
    SQL_INCIDENT_STEPS,
    SQL_INCIDENT_LAPSE,
    SQL_INCIDENT_GET,
    SQL_INCIDENT_COUNT,
    SQL_INCIDENT_LIST,
    SQL_INCIDENT_ESCALATED,
    SQL_INCIDENT_DUE,
    SQL_INCIDENT_NOTICE_ADD,
    SQL_INCIDENT_NOTICE_GET,
    SQL_INCIDENT_NOTICES_OF,
    SQL_INCIDENT_NOTICES_TO,
    SQL_INCIDENT_NOTICES_MOVE,
    SQL_INCIDENT_NOTICES_ERASE,
    SQL_INCIDENT_ANSWER,
    SQL_COUNT,
};

/* NUL-terminated. */
const char *store_sql_text(enum store_sql sql);
/* Those of SQL_INCIDENT_: sql_incident.c. */
const char *store_sql_incident(enum store_sql sql);

/* ---- One connection ----------------------------------------------------------------------------
 */

/* is_broken: the disk or SQLite failed on it. is_held: reads until it is let go share one
 * transaction, which is_open says has begun. */
struct store_db {
    sqlite3 *handle;
    sqlite3_stmt *statements[SQL_COUNT];
    bool is_broken;
    bool is_held;
    bool is_open;
};

struct store_db_options {
    bool keys;        /* keys.db; otherwise lockgate.db */
    bool entries;     /* entries.db */
    bool is_readonly; /* never writes and never checkpoints */
};

/* Statements that make each file, one after the other; NULL after the last. */
const char *store_sql_schema(struct store_db_options options, size_t index);

/* Opens the file, which exists, and sets it up; the writer makes the schema in an empty one. CONFIG
 * STORE_SCHEMA with diag, STORE STORE_IO, LIMIT STORE_MEMORY. */
LG_MUST_USE struct lg_err store_db_open(struct store_db *db, const char *path,
                                        struct store_db_options options, struct diag *diag);
void store_db_close(struct store_db *db);
/* BEGIN for reading or writing; a held connection reads in the transaction that it has. */
LG_MUST_USE struct lg_err store_db_begin(struct store_db *db, bool for_writing);
/* COMMIT where err is LG_OK, else ROLLBACK; gives err or what the commit failed with. */
LG_MUST_USE struct lg_err store_db_end(struct store_db *db, struct lg_err err);
void store_db_hold(struct store_db *db);
void store_db_let_go(struct store_db *db);
/* Moves the write-ahead file into the database and cuts it to nothing. False where a reader is in
 * the way (the next call does it otherwise) and on an error. */
bool store_db_truncate(struct store_db *db);
/* While it is on, what a statement deletes is overwritten with zeros, whatever pages that takes. */
LG_MUST_USE struct lg_err store_db_overwrite(struct store_db *db, bool is_on);

/* A statement at work. The first error sticks; after it nothing binds, steps or reads. */
struct store_query {
    struct store_db *db;
    sqlite3_stmt *stmt;
    struct lg_err err;
};

struct store_query store_query_of(struct store_db *db, enum store_sql sql);
/* Cleanup handler: gives the statement back. */
void store_query_done(struct store_query *query);
/* Parameters count from 1. Bytes stay the caller's until the query is done. */
void store_query_bytes(struct store_query *query, int parameter, struct span bytes);
void store_query_number(struct store_query *query, int parameter, int64_t number);
void store_query_text(struct store_query *query, int parameter, const char *text);
/* The next row; false after the last and after an error, which store_query_end tells. */
bool store_query_next(struct store_query *query);
/* Columns count from 0. Spans live until the next row. */
struct span store_query_column(struct store_query *query, int column);
int64_t store_query_column_number(struct store_query *query, int column);
/* Exactly `size` bytes, else STORE_CORRUPT sticks. */
void store_query_column_copy(struct store_query *query, int column, uint8_t *out, size_t size);
LG_MUST_USE struct lg_err store_query_end(struct store_query *query);
/* A statement without rows, to its end. */
LG_MUST_USE struct lg_err store_query_run(struct store_query *query);
/* Rows that the last statement changed. */
size_t store_db_changes(const struct store_db *db);

/* ---- The store ---------------------------------------------------------------------------------
 */

/* Subject keys kept open: a question's entries use the same one. Each is a locked page. */
enum { STORE_SUBJECTS = 512, STORE_SUBJECT_WAYS = 8 };
struct store_subject {
    struct store_tag subject;
    uint32_t quarter;
    struct vault_key *key;
    uint64_t used; /* the count of look-ups when it was wanted last */
};

enum { STORE_BUCKETS = 4, STORE_PATH_SIZE = 1024 };

/* A quarter's key, which wraps the subject keys of the quarter; NULL: free. */
struct store_bucket {
    uint32_t quarter;
    struct vault_key *key;
};

/* Who waits for a write: what a person waits for goes before what runs in the background, so that a
 * withdrawal never stands behind a caseload being uploaded. */
enum store_urgency { STORE_BACKGROUND, STORE_URGENT };

/* The one turn to write lockgate.db. */
struct store_turn {
    pthread_mutex_t mutex;
    pthread_cond_t free;
    bool is_taken;
    size_t urgent_waiting;
};

struct store {
    char folder[STORE_PATH_SIZE];
    int lock_fd;
    struct vault_key *seal_key;    /* values at rest */
    struct vault_key *tag_key;     /* look-ups */
    struct vault_key *wrap_key;    /* keys of quarters */
    struct vault_key *entries_key; /* tags of the index of the log */
    atomic_bool is_latched;
    atomic_bool has_stops;
    atomic_uint_fast64_t forgets; /* store_forgets */
    /* Everything of lockgate.db that writes. Taken before keys_mutex where both are. */
    struct store_turn turn;
    struct store_db db;
    int64_t prepared_after; /* row of the last person that store_keys_prepare saw */
    uint32_t prepared_quarter;
    /* Writing, and reading, of keys.db; readers do not wait for a flush. */
    pthread_mutex_t keys_mutex;
    struct store_db keys;
    pthread_mutex_t keys_read_mutex;
    struct store_db keys_reader;
    struct store_bucket buckets[STORE_BUCKETS];
    struct store_subject subjects[STORE_SUBJECTS]; /* under keys_read_mutex, as the buckets */
    uint64_t subject_uses;
    size_t bucket_next; /* place of the next quarter read */
};

struct store_reader {
    struct store *store;
    struct store_db db;
};

LG_MUST_USE struct lg_err store_fail(enum lg_class klass, enum store_code code);

/* A file of the store's folder, made where it is missing. */
LG_MUST_USE struct lg_err store_file_open(struct store *store, struct store_db *db,
                                          struct store_db_options options, struct diag *diag);
/* Removes entries.db and its side files. */
void store_entries_remove(const struct store *store);

void store_turn_take(struct store_turn *turn, enum store_urgency urgency);
void store_turn_give(struct store_turn *turn);
/* A write to lockgate.db: between the two the caller has the turn, in a transaction. _end commits
 * or rolls back, latches where the disk failed, and gives err or the commit's own. */
LG_MUST_USE struct lg_err store_write_begin(struct store *store, enum store_urgency urgency);
LG_MUST_USE struct lg_err store_write_end(struct store *store, struct lg_err err);
/* Latches where a connection that writes is broken. */
void store_latch_check(struct store *store, const struct store_db *db);

/* ---- Tags and sealing --------------------------------------------------------------------------
 */

/* Kinds that stay inside; the public ones come before. */
enum {
    STORE_TAG_RECORD = STORE_TAG_PUBLIC_END,
    STORE_TAG_AGENCY,
    STORE_TAG_ENROLMENT,
    STORE_TAG_TOKEN,
    STORE_TAG_TOKEN_SET,
    STORE_TAG_OWNER,
    STORE_TAG_PSEUDONYM,
    STORE_TAG_SUBJECT,
    STORE_TAG_REVIEW_SIDE,
    STORE_TAG_USE,
    STORE_TAG_RECIPIENT,
    STORE_TAG_DISCLOSER,
    STORE_TAG_NOTICE,
    STORE_TAG_NOTICE_SIDE,
    STORE_TAG_DUTY,
    STORE_TAG_INCIDENT,
    STORE_TAG_SUPPRESSED,
};

enum { STORE_TAG_TEXT_MAX = 640 };

/* As store_tag_make, for every kind. */
LG_MUST_USE struct lg_err store_tag_of(const struct store *store, int kind,
                                       const struct span *parts, size_t count,
                                       struct store_tag *out_tag);
struct span store_tag_span(const struct store_tag *tag);

/* What a sealed value is bound to. */
struct store_place {
    const char *table;
    struct span row;
    struct span owner; /* a person, or empty */
};

enum {
    STORE_PLAIN_MAX = 4096,
    STORE_SEALED_MAX = STORE_PLAIN_MAX + VAULT_SEAL_OVERHEAD,
};

/* out holds plain.len + VAULT_SEAL_OVERHEAD; key is one of the store's. */
void store_seal(struct vault_key *key, const struct store_place *place, struct span plain,
                uint8_t *out);
/* out holds exactly `size` bytes. STORE STORE_CORRUPT for anything else. */
LG_MUST_USE struct lg_err store_unseal(struct vault_key *key, const struct store_place *place,
                                       struct span sealed, uint8_t *out, size_t size);
/* The same into the arena. */
LG_MUST_USE struct lg_err store_unseal_dup(struct vault_key *key, const struct store_place *place,
                                           struct span sealed, struct arena *arena,
                                           struct span *out_plain);

/* Of a row whose body is bound to its place in the log; `row` holds the place's bytes. */
struct store_log_row {
    uint8_t bytes[8];
};
struct store_place store_log_place(const char *table, uint64_t log_index,
                                   struct store_log_row *row);
/* STORE_TAG_AGENCY. INPUT STORE_FIELDS. */
LG_MUST_USE struct lg_err store_agency_tag(const struct store *store, struct span agency,
                                           struct store_tag *out_tag);

static inline struct span store_person_span(const struct person_id *person) {
    return span_of(person->bytes, sizeof person->bytes);
}

/* signals.c: adds hits. Inside a write. */
struct store_signal;
LG_MUST_USE struct lg_err store_signals_put(struct store *store, const struct store_signal *signals,
                                            size_t count);
/* marks.c: a mark as a change of the log; beyond the ceiling nothing is changed. Inside a write. */
struct store_mark;
struct store_mark_change;
bool store_mark_valid(const struct store_mark_change *change, uint64_t through);
LG_MUST_USE struct lg_err store_mark_apply(struct store *store, const struct store_mark *mark);
/* Takes off what an agency marked. Inside a write. */
LG_MUST_USE struct lg_err store_marks_leave(struct store *store, const struct store_tag *agency);

/* ---- Changes: each inside the one transaction of store_changes_apply ---------------------------
 */

LG_MUST_USE struct lg_err store_review_open(struct store *store,
                                            const struct store_review_open *open);
LG_MUST_USE struct lg_err store_review_act(struct store *store, const struct store_review_act *act);
LG_MUST_USE struct lg_err store_stop_apply(struct store *store, const struct store_stop *stop);
LG_MUST_USE struct lg_err store_agreement_act_add(struct store *store,
                                                  const struct store_agreement_act *act);
/* Sets has_stops from the table; after a change, and at start. */
LG_MUST_USE struct lg_err store_stops_note(struct store *store);

/* ---- Parts that several files use ---------------------------------------------------------------
 */

struct store_found {
    struct store_candidate *candidates;
    size_t count;
};

/* Looks the search up on any connection. */
LG_MUST_USE struct lg_err store_search_run(const struct store *store, struct store_db *db,
                                           const struct store_search *search, struct arena *arena,
                                           struct store_found *out_found);
LG_MUST_USE struct lg_err store_token_tag(const struct store *store,
                                          const struct store_token *token,
                                          struct store_tag *out_tag);
/* Tokens are 1 to STORE_TOKENS_MAX of known classes and an epoch. */
bool store_tokens_valid(const struct store_token *tokens, size_t count);
bool store_name_valid(struct span name);
/* A known state, and a day only with one. */
bool store_opt_out_valid(struct store_opt_out opt_out);
/* A person as the table has them. Where is_there is false, person.id is the one asked for. */
struct store_person_row {
    bool is_there;
    int64_t seq; /* the order in which persons came */
    struct store_person person;
};

/* Resolves an alias on any connection. */
LG_MUST_USE struct lg_err store_person_get(const struct store *store, struct store_db *db,
                                           const struct person_id *person,
                                           struct store_person_row *out_row);

/* The body of a record: what it was enrolled as. */
struct store_body {
    struct record_tag record_tag;
    int64_t updated_ms;
    struct span agency;
    struct span agreement;
    struct span reference;
    struct store_opt_out opt_out;
};

enum {
    STORE_BODY_MAX =
        MODEL_RECORD_TAG_SIZE + 8 + 2 * (2 + STORE_NAME_SIZE_MAX) + STORE_REFERENCE_SIZE + 1 + 4,
};

/* Seals into out[STORE_BODY_MAX + VAULT_SEAL_OVERHEAD]. */
struct span store_body_seal(const struct store *store, const struct store_tag *record_key,
                            const struct person_id *person, const struct store_body *body,
                            uint8_t *out);
/* What the body of a record is bound to. */
struct store_place store_record_place(struct span record_key, const struct person_id *person);
/* Spans in the arena. STORE STORE_CORRUPT. */
LG_MUST_USE struct lg_err store_body_open(const struct store *store,
                                          const struct store_place *place, struct span sealed,
                                          struct arena *arena, struct store_body *out_body);

/* Makes the keys of these persons for a quarter durable, in one transaction of keys.db. */
LG_MUST_USE struct lg_err store_keys_make(struct store *store, const struct person_id *persons,
                                          size_t count, uint32_t quarter);
void store_buckets_free(struct store *store);
/* A person's tag in keys.db; NULL: nobody's. */
LG_MUST_USE struct lg_err store_subject_tag(const struct store *store,
                                            const struct person_id *person,
                                            struct store_tag *out_tag);
/* The same by the tag of the subject; *out_key NULL where there is none. */
LG_MUST_USE struct lg_err store_key_find_tag(struct store *store, const struct store_tag *subject,
                                             uint32_t quarter, struct vault_key **out_key);
/* Forgets keys that were destroyed. Under keys_read_mutex. */
void store_keys_forget(struct store *store, const struct store_key_id *id);
/* Whether keys.db knows the id as destroyed, on any connection. */
LG_MUST_USE struct lg_err store_key_is_destroyed(struct store_db *db, const struct store_key_id *id,
                                                 bool *out_is);
/* Destroys them, durably and for good; safe to repeat. With or without the turn to write. */
LG_MUST_USE struct lg_err store_keys_destroy(struct store *store, const struct store_key_id *ids,
                                             size_t count);
/* Whether keys.db has this one as destroyed. */
LG_MUST_USE struct lg_err store_key_is_gone(struct store *store, const struct store_key_id *id,
                                            bool *out_gone);
/* One step of a subject access request, and the end of a person's, inside the same. */
LG_MUST_USE struct lg_err store_sar_apply(struct store *store, const struct store_sar *it);
LG_MUST_USE struct lg_err store_sar_erase(struct store *store, const struct person_id *person);
bool store_sar_valid(const struct store_sar *it, uint64_t through);
/* Whether some agency has an open one about this person. */
LG_MUST_USE struct lg_err store_sar_is_open(struct store_db *db, const struct person_id *person,
                                            bool *out_open);
/* One step of an incident, and the end of a person's rows, inside the same. */
LG_MUST_USE struct lg_err store_incident_apply(struct store *store,
                                               const struct store_incident_change *it);
LG_MUST_USE struct lg_err store_incident_erase(struct store *store, const struct person_id *person);
bool store_incident_valid(const struct store_incident_change *it, uint64_t through);
/* The person as merges since have it, on the connection that writes. Of nobody the id that was
 * drawn. */
LG_MUST_USE struct lg_err store_person_now(struct store *store, const struct person_id *person,
                                           struct person_id *out_person);
/* One step of an erasure, inside the one transaction of store_changes_apply. */
LG_MUST_USE struct lg_err store_erasure_apply(struct store *store,
                                              const struct store_erasure *erasure);
/* What somebody did about a duty, inside the one transaction of store_changes_apply. */
LG_MUST_USE struct lg_err store_duty_act_apply(struct store *store,
                                               const struct store_duty_act *act);
/* Whether the person was erased, on any connection. */
LG_MUST_USE struct lg_err store_person_is_erased(const struct store *store, struct store_db *db,
                                                 const struct person_id *person, bool *out_is);

struct store_side;
/* What the detail of a side's row is bound to; the place's row is in *text. */
struct store_side_text {
    uint8_t bytes[9];
};
struct store_place store_side_place(const struct store_side *side, struct store_side_text *text);

#endif
