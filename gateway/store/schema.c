/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of the three files.
 *
 * lockgate.db
 *   meta         name -> value: applied_through, and a sealed text that tells a wrong root key
 *   person       seq in order of coming; alias_of names the person that it was merged into;
 *                subject_tag is that of keys.db; body is M
 *   record       one agency's row of a person; record_key is a tag of agency and its record tag;
 *                token_set tells whether tokens changed; identifier_epoch is 0 without one
 *   token        a tag of class, epoch and N; body is N, for the rotation of token keys
 *   pseudonym    a tag of person, agreement, recipient, and one of agreement, recipient, pseudonym
 *   consent      a fact from the log
 *   review       a case from the log; opener_tag is whom it counts for; state only rises
 *   review_side  an agency that sees it, and the id by which it does
 *   review_act   what was done with it
 *   stop         a caller who is stopped
 *   agreement_act  what was done to an agreement
 *   counter      a limit's counter: when it is empty again
 *   duty_state   what was done about a duty: the newest act of each kind; next_tag sees it too
 *   incident     an agency's; next_tag sees it too, once the clock ran out; due_ms 0: it stands
 *                still
 *   incident_step, incident_subject, incident_notice  what was done about it, whom it is about,
 *                and who was told, with the answer
 *   erasure      what an ERASURE entry said of a key, as long as it stands; step 3 is for good
 *   sar          a subject access request; person_id is whom it is about, or nobody's
 *   sar_step     what was done with it
 *   sar_mark     a line of its report that is withheld
 *   consent_tally  how many facts of a kind an agency recorded in a month
 *   reliance     a recipient's use of a consent, from the log: tags of what makes it one, of
 *                recipient, source and notice; ended_index and acknowledged_index are 0 until
 *                there is such an entry
 *   suppression, suppression_token, suppressed  what outlives an erasure (suppress.h)
 *   signal_hit   where a rule of misuse hit for a user, and the case that it is in
 *   signal_wait  a case of these rules that is not opened yet
 *   signal_mark  a token of somebody on an agency's staff, or of a record nobody should ask for
 *   signal_count  what is counted of an agency's people for these rules, in pieces
 * keys.db
 *   bucket       a key for each quarter, wrapped under the root: destroyed, its subject keys are
 *                gone
 *   subject_key  one for each quarter and person (a tag; nobody has one as well) under the bucket
 *   destroyed    ids of keys that are gone and not made again (erasure.h)
 *   forget       what entries.db still has to forget of them: a subject's tag, or a quarter
 * entries.db: derived from the log, made again where it is lost (entries.h)
 *   side         an entry as one agency may see it; words are 64-bit tags, 0 where there is none
 *   duty         what one agency has to do about all that it received of one source on one day;
 *                `through` is the newest of those entries
 *   pace         no entry before `position` is later than `time`
 */
#include "gateway/store/store_int.h"

static const char *const schema_main[] = {
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE person (seq INTEGER PRIMARY KEY, person_id BLOB NOT NULL UNIQUE, alias_of BLOB,"
    " subject_tag BLOB NOT NULL UNIQUE, body BLOB NOT NULL) STRICT",
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
    "CREATE INDEX pseudonym_person ON pseudonym (person_id)",
    "CREATE TABLE consent (consent_id BLOB PRIMARY KEY NOT NULL, person_id BLOB NOT NULL,"
    " log_index INTEGER NOT NULL UNIQUE, body BLOB NOT NULL) STRICT",
    "CREATE INDEX consent_person ON consent (person_id, log_index)",
    "CREATE TABLE review (review_id BLOB PRIMARY KEY NOT NULL, kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL, opener_tag BLOB NOT NULL, opened_ms INTEGER NOT NULL,"
    " due_ms INTEGER NOT NULL, log_index INTEGER NOT NULL UNIQUE, body BLOB NOT NULL,"
    " is_lapsed INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE INDEX review_due ON review (due_ms) WHERE state < 4 AND is_lapsed = 0",
    "CREATE INDEX review_opener ON review (opener_tag, kind, opened_ms)",
    "CREATE TABLE review_side (agency_tag BLOB NOT NULL, log_index INTEGER NOT NULL,"
    " review_id BLOB NOT NULL, side_id BLOB NOT NULL, is_own INTEGER NOT NULL,"
    " PRIMARY KEY (agency_tag, log_index), UNIQUE (agency_tag, side_id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE review_act (log_index INTEGER PRIMARY KEY, review_id BLOB NOT NULL,"
    " state INTEGER NOT NULL, body BLOB NOT NULL) STRICT",
    "CREATE INDEX review_act_of ON review_act (review_id, log_index)",
    "CREATE TABLE stop (scope_tag BLOB PRIMARY KEY NOT NULL, log_index INTEGER NOT NULL UNIQUE,"
    " agency_tag BLOB NOT NULL, body BLOB NOT NULL) STRICT",
    "CREATE TABLE agreement_act (log_index INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " body BLOB NOT NULL) STRICT",
    "CREATE TABLE counter (counter_key BLOB PRIMARY KEY NOT NULL, empty_at_us INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID",
    "CREATE TABLE reliance (reliance_no INTEGER PRIMARY KEY, use_tag BLOB NOT NULL UNIQUE,"
    " person_id BLOB NOT NULL, recipient_tag BLOB NOT NULL, source_tag BLOB NOT NULL,"
    " log_index INTEGER NOT NULL, ended_index INTEGER NOT NULL DEFAULT 0, notice_tag BLOB,"
    " acknowledged_index INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL) STRICT",
    "CREATE TABLE consent_tally (month INTEGER NOT NULL, agency_tag BLOB NOT NULL,"
    " what INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (month, agency_tag, what))"
    " STRICT, WITHOUT ROWID",
    "CREATE INDEX reliance_person ON reliance (person_id, ended_index, reliance_no)",
    "CREATE INDEX reliance_recipient ON reliance (recipient_tag, ended_index)"
    " WHERE ended_index > 0",
    "CREATE INDEX reliance_source ON reliance (source_tag, ended_index) WHERE ended_index > 0",
    "CREATE INDEX reliance_notice ON reliance (notice_tag) WHERE notice_tag IS NOT NULL",
    "CREATE TABLE erasure (log_index INTEGER PRIMARY KEY, key_id BLOB NOT NULL,"
    " step INTEGER NOT NULL, agency_tag BLOB NOT NULL, body BLOB NOT NULL,"
    " proposal INTEGER NOT NULL) STRICT",
    "CREATE INDEX erasure_key ON erasure (key_id, step)",
    "CREATE INDEX erasure_step ON erasure (step, log_index)",
    "CREATE INDEX erasure_proposal ON erasure (proposal) WHERE step = 3",
    "CREATE TABLE sar (log_index INTEGER PRIMARY KEY, agency_tag BLOB NOT NULL,"
    " person_id BLOB NOT NULL, is_closed INTEGER NOT NULL, body BLOB NOT NULL) STRICT",
    "CREATE INDEX sar_agency ON sar (agency_tag, is_closed, log_index)",
    "CREATE INDEX sar_person ON sar (person_id)",
    "CREATE TABLE sar_step (log_index INTEGER PRIMARY KEY, number INTEGER NOT NULL,"
    " body BLOB NOT NULL) STRICT",
    "CREATE INDEX sar_step_of ON sar_step (number, log_index)",
    "CREATE TABLE sar_mark (number INTEGER NOT NULL, line INTEGER NOT NULL,"
    " log_index INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (number, line))"
    " STRICT, WITHOUT ROWID",
    "CREATE TABLE signal_hit (opener_tag BLOB NOT NULL, rule INTEGER NOT NULL,"
    " log_index INTEGER NOT NULL, at_ms INTEGER NOT NULL, review_id BLOB NOT NULL,"
    " PRIMARY KEY (opener_tag, rule, log_index)) STRICT, WITHOUT ROWID",
    "CREATE INDEX signal_hit_case ON signal_hit (review_id, log_index)",
    "CREATE INDEX signal_hit_time ON signal_hit (at_ms)",
    "CREATE TABLE signal_wait (review_id BLOB PRIMARY KEY NOT NULL, body BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID",
    "CREATE TABLE signal_mark (agency_tag BLOB NOT NULL, kind INTEGER NOT NULL,"
    " label_tag BLOB NOT NULL, token_tag BLOB NOT NULL,"
    " PRIMARY KEY (agency_tag, kind, label_tag, token_tag)) STRICT, WITHOUT ROWID",
    "CREATE INDEX signal_mark_token ON signal_mark (token_tag)",
    "CREATE TABLE signal_count (agency_tag BLOB NOT NULL, piece INTEGER NOT NULL,"
    " body BLOB NOT NULL, PRIMARY KEY (agency_tag, piece)) STRICT, WITHOUT ROWID",
    "CREATE TABLE duty_state (duty_id BLOB PRIMARY KEY NOT NULL, agency_tag BLOB NOT NULL,"
    " next_tag BLOB, escalated_index INTEGER NOT NULL DEFAULT 0, taken BLOB, done BLOB,"
    " escalated BLOB) STRICT, WITHOUT ROWID",
    "CREATE INDEX duty_state_next ON duty_state (next_tag, escalated_index)"
    " WHERE next_tag IS NOT NULL",
    "CREATE INDEX review_opened ON review (kind, opened_ms, review_id)",
    "CREATE TABLE incident (incident_id BLOB PRIMARY KEY NOT NULL, log_index INTEGER NOT NULL,"
    " agency_tag BLOB NOT NULL, next_tag BLOB, turn INTEGER NOT NULL, mark BLOB NOT NULL,"
    " due_ms INTEGER NOT NULL, opened_ms INTEGER NOT NULL, is_closed INTEGER NOT NULL,"
    " escalated_index INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX incident_agency ON incident (agency_tag, log_index)",
    "CREATE INDEX incident_opened ON incident (agency_tag, opened_ms)",
    "CREATE INDEX incident_next ON incident (next_tag, escalated_index) WHERE next_tag IS NOT NULL",
    "CREATE INDEX incident_due ON incident (due_ms) WHERE due_ms > 0 AND escalated_index = 0",
    "CREATE TABLE incident_step (log_index INTEGER PRIMARY KEY, incident_id BLOB NOT NULL,"
    " body BLOB NOT NULL) STRICT",
    "CREATE INDEX incident_step_of ON incident_step (incident_id, log_index)",
    "CREATE TABLE incident_subject (incident_id BLOB PRIMARY KEY NOT NULL,"
    " log_index INTEGER NOT NULL, person_id BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX incident_subject_person ON incident_subject (person_id)",
    "CREATE TABLE incident_notice (log_index INTEGER PRIMARY KEY, incident_id BLOB NOT NULL,"
    " agency_tag BLOB NOT NULL, person_id BLOB, answer_index INTEGER NOT NULL, answer BLOB,"
    " body BLOB NOT NULL) STRICT",
    "CREATE INDEX incident_notice_of ON incident_notice (incident_id, log_index)",
    "CREATE INDEX incident_notice_to ON incident_notice (agency_tag, log_index)",
    "CREATE INDEX incident_notice_person ON incident_notice (person_id)"
    " WHERE person_id IS NOT NULL",
    "CREATE TABLE suppression (log_index INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    "CREATE TABLE suppression_token (token_tag BLOB NOT NULL, log_index INTEGER NOT NULL,"
    " class INTEGER NOT NULL, epoch INTEGER NOT NULL, PRIMARY KEY (token_tag, log_index))"
    " STRICT, WITHOUT ROWID",
    "CREATE INDEX suppression_token_of ON suppression_token (log_index)",
    "CREATE TABLE suppressed (person_id BLOB NOT NULL, log_index INTEGER NOT NULL,"
    " PRIMARY KEY (person_id, log_index)) STRICT, WITHOUT ROWID",
    "CREATE INDEX suppressed_of ON suppressed (log_index)",
    NULL,
};

static const char *const schema_entries[] = {
    "CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT",
    "CREATE TABLE side (agency INTEGER NOT NULL, position INTEGER NOT NULL, role INTEGER NOT NULL,"
    " subject BLOB, question BLOB NOT NULL, other INTEGER NOT NULL, agreement INTEGER NOT NULL,"
    " purpose INTEGER NOT NULL, basis INTEGER NOT NULL, time INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, decision INTEGER NOT NULL, emergency INTEGER NOT NULL,"
    " system INTEGER NOT NULL, actor INTEGER NOT NULL, received INTEGER NOT NULL,"
    " body BLOB NOT NULL, PRIMARY KEY (agency, position, role)) STRICT, WITHOUT ROWID",
    "CREATE INDEX side_subject ON side (subject, agency, position) WHERE subject IS NOT NULL",
    "CREATE INDEX side_question ON side (question, agency, position)",
    /* No row where there is no such word; and none for questions and parts, which are most of what
     * there is: whoever looks for those finds them without. */
    "CREATE INDEX side_other ON side (agency, other, position) WHERE other <> 0",
    "CREATE INDEX side_agreement ON side (agency, agreement, position) WHERE agreement <> 0",
    "CREATE INDEX side_purpose ON side (agency, purpose, position) WHERE purpose <> 0",
    "CREATE INDEX side_kind ON side (agency, kind, position) WHERE kind > 2",
    "CREATE INDEX side_emergency ON side (agency, position) WHERE emergency = 1",
    "CREATE INDEX side_system ON side (agency, system, position) WHERE system <> 0",
    "CREATE INDEX side_actor ON side (agency, actor, position) WHERE actor <> 0",
    "CREATE TABLE duty (duty_id BLOB PRIMARY KEY NOT NULL, agency INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, due_day INTEGER NOT NULL, count INTEGER NOT NULL,"
    " through INTEGER NOT NULL, body BLOB NOT NULL, done INTEGER NOT NULL DEFAULT -1)"
    " STRICT, WITHOUT ROWID",
    "CREATE INDEX duty_agency ON duty (agency, due_day, duty_id)",
    "CREATE INDEX duty_open ON duty (agency, due_day, duty_id) WHERE through > done",
    "CREATE INDEX duty_due ON duty (due_day, duty_id) WHERE through > done",
    "CREATE TABLE pace (position INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT",
    "CREATE INDEX pace_time ON pace (time, position)",
    NULL,
};

static const char *const schema_keys[] = {
    "CREATE TABLE bucket (quarter INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    "CREATE TABLE subject_key (quarter INTEGER NOT NULL, subject_tag BLOB NOT NULL,"
    " body BLOB NOT NULL, PRIMARY KEY (quarter, subject_tag)) STRICT, WITHOUT ROWID",
    "CREATE TABLE destroyed (key_id BLOB PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE forget (number INTEGER PRIMARY KEY, what BLOB NOT NULL) STRICT",
    NULL,
};

const char *store_sql_schema(struct store_db_options options, size_t index) {
    const char *const *schema = options.entries ? schema_entries : schema_main;
    return options.keys ? schema_keys[index] : schema[index];
}
