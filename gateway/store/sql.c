/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement that the store runs, and the schema. Values that come from outside are bound,
 * never spelled.
 *
 * lockgate.db
 *   meta       name -> value: applied_through, and a sealed text that tells a wrong root key
 *   person     seq in order of coming; alias_of names the person that it was merged into; body is M
 *   record     one agency's row of a person; record_key is a tag of agency and its record tag;
 *              token_set tells whether tokens changed; identifier_epoch is 0 without an identifier
 *   token      a tag of class, epoch and N; body is N, for the rotation of token keys
 *   pseudonym  a tag of person, agreement, recipient, and one of agreement, recipient, pseudonym
 *   consent    a fact from the log
 * keys.db
 *   bucket       a key for each quarter, wrapped under the root: destroyed, its subject keys are
 *                gone
 *   subject_key  one for each quarter and person (a tag; nobody has one as well) under the bucket
 */
#include "gateway/base/assert.h"
#include "gateway/store/store_int.h"

static const char *const texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN",
    [SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_META_GET] = "SELECT value FROM meta WHERE name = ?1",
    [SQL_META_PUT] = "INSERT INTO meta (name, value) VALUES (?1, ?2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [SQL_PERSON_ADD] = "INSERT INTO person (person_id, alias_of, body) VALUES (?1, NULL, ?2)",
    [SQL_PERSON_GET] = "SELECT p.seq, p.person_id, p.body FROM person q"
                       " JOIN person p ON p.person_id = coalesce(q.alias_of, q.person_id)"
                       " WHERE q.person_id = ?1",
    [SQL_PERSON_AFTER] = "SELECT seq, person_id FROM person WHERE seq > ?1 AND alias_of IS NULL"
                         " ORDER BY seq LIMIT ?2",
    [SQL_PERSON_ALIAS] = "UPDATE person SET alias_of = ?1 WHERE person_id = ?2 OR alias_of = ?2",
    [SQL_ALIASES] = "SELECT person_id FROM person WHERE alias_of = ?1 ORDER BY seq LIMIT ?2",
    [SQL_RECORD_GET] = "SELECT record_no, person_id, token_set, enrolment_tag, body FROM record"
                       " WHERE record_key = ?1",
    [SQL_RECORD_PUT] =
        "INSERT INTO record (record_key, person_id, agency_tag, enrolment_tag, token_set,"
        " identifier_epoch, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (record_key) DO UPDATE SET person_id = excluded.person_id,"
        " enrolment_tag = excluded.enrolment_tag, token_set = excluded.token_set,"
        " identifier_epoch = excluded.identifier_epoch, body = excluded.body"
        " RETURNING record_no",
    [SQL_RECORD_DELETE] = "DELETE FROM record WHERE record_no = ?1",
    /* In no order: SQLite would build a table to sort a handful of rows. */
    [SQL_RECORD_OF_PERSON] =
        "SELECT record_key, enrolment_tag, agency_tag, identifier_epoch, body, record_no"
        " FROM record WHERE person_id = ?1 LIMIT ?2",
    [SQL_RECORD_MOVE] = "UPDATE record SET person_id = ?1, body = ?2 WHERE record_key = ?3",
    [SQL_RECORD_OF_AGENCY] = "SELECT record_no FROM record WHERE agency_tag = ?1 LIMIT ?2",
    [SQL_AGENCY_COUNT] = "SELECT count(*) FROM record WHERE agency_tag = ?1",
    [SQL_TOKEN_ADD] = "INSERT INTO token (token_tag, record_no, class, epoch, body)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_TOKEN_ROWS] =
        "SELECT r.person_id, r.enrolment_tag FROM token t"
        " JOIN record r ON r.record_no = t.record_no WHERE t.token_tag = ?1 LIMIT ?2",
    [SQL_TOKEN_COUNT] = "SELECT count(*) FROM (SELECT 1 FROM token WHERE token_tag = ?1 LIMIT ?2)",
    [SQL_TOKEN_DELETE] = "DELETE FROM token WHERE record_no = ?1",
    [SQL_PSEUDONYM_ADD] = "INSERT INTO pseudonym (owner_tag, pseudonym_tag, person_id, body)"
                          " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (owner_tag) DO NOTHING",
    [SQL_PSEUDONYM_GET] = "SELECT body FROM pseudonym WHERE owner_tag = ?1",
    [SQL_PSEUDONYM_FIND] = "SELECT person_id FROM pseudonym WHERE pseudonym_tag = ?1",
    [SQL_CONSENT_ADD] = "INSERT INTO consent (consent_id, person_id, log_index, body)"
                        " VALUES (?1, ?2, ?3, ?4)",
    [SQL_CONSENT_GET] = "SELECT consent_id, person_id, log_index, body FROM consent"
                        " WHERE consent_id = ?1",
    [SQL_CONSENT_OF_PERSON] = "SELECT consent_id, person_id, log_index, body FROM consent"
                              " WHERE person_id = ?1 ORDER BY log_index DESC LIMIT ?2",
    [SQL_CONSENT_MOVE] = "UPDATE consent SET person_id = ?1 WHERE person_id = ?2",
    [SQL_BUCKET_GET] = "SELECT body FROM bucket WHERE quarter = ?1",
    [SQL_BUCKET_ADD] = "INSERT INTO bucket (quarter, body) VALUES (?1, ?2)",
    [SQL_KEY_GET] = "SELECT body FROM subject_key WHERE quarter = ?1 AND subject_tag = ?2",
    [SQL_KEY_ADD] = "INSERT INTO subject_key (quarter, subject_tag, body) VALUES (?1, ?2, ?3)",
    [SQL_KEY_AFTER] = "SELECT subject_tag, body FROM subject_key WHERE quarter = ?1"
                      " AND subject_tag > ?2 ORDER BY subject_tag LIMIT ?3",
};

static const char *const schema_main[] = {
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE person (seq INTEGER PRIMARY KEY, person_id BLOB NOT NULL UNIQUE, alias_of BLOB,"
    " body BLOB NOT NULL) STRICT",
    "CREATE INDEX person_alias ON person (alias_of) WHERE alias_of IS NOT NULL",
    "CREATE TABLE record (record_no INTEGER PRIMARY KEY, record_key BLOB NOT NULL UNIQUE,"
    " person_id BLOB NOT NULL, agency_tag BLOB NOT NULL, enrolment_tag BLOB NOT NULL,"
    " token_set BLOB NOT NULL, identifier_epoch INTEGER NOT NULL, body BLOB NOT NULL,"
    " UNIQUE (person_id, agency_tag)) STRICT",
    "CREATE INDEX record_agency ON record (agency_tag)",
    "CREATE TABLE token (token_tag BLOB NOT NULL, record_no INTEGER NOT NULL,"
    " class INTEGER NOT NULL, epoch INTEGER NOT NULL, body BLOB NOT NULL,"
    " PRIMARY KEY (token_tag, record_no)) STRICT, WITHOUT ROWID",
    "CREATE INDEX token_record ON token (record_no)",
    "CREATE TABLE pseudonym (owner_tag BLOB PRIMARY KEY NOT NULL,"
    " pseudonym_tag BLOB NOT NULL UNIQUE, person_id BLOB NOT NULL, body BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID",
    "CREATE TABLE consent (consent_id BLOB PRIMARY KEY NOT NULL, person_id BLOB NOT NULL,"
    " log_index INTEGER NOT NULL UNIQUE, body BLOB NOT NULL) STRICT",
    "CREATE INDEX consent_person ON consent (person_id, log_index)",
    NULL,
};

static const char *const schema_keys[] = {
    "CREATE TABLE bucket (quarter INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    "CREATE TABLE subject_key (quarter INTEGER NOT NULL, subject_tag BLOB NOT NULL,"
    " body BLOB NOT NULL, PRIMARY KEY (quarter, subject_tag)) STRICT, WITHOUT ROWID",
    NULL,
};

const char *store_sql_text(enum store_sql sql) {
    ASSERT(sql < SQL_COUNT);
    return texts[sql];
}

const char *store_sql_schema(bool keys, size_t index) {
    return keys ? schema_keys[index] : schema_main[index];
}
