/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement that the store runs. Values that come from outside are bound, never spelled. What
 * the tables hold is in schema.c. */
#include "gateway/base/assert.h"
#include "gateway/store/store_int.h"

/* Sides of one agency, newest first, by the index that leads to the fewest; what is 0 or NULL
 * narrows nothing. */
#define SIDE_COLUMNS                                                                               \
    "position, role, subject, question, other, agreement, purpose, basis, time, kind, decision,"   \
    " emergency, system, actor, received, body"
#define SIDES_FROM "SELECT " SIDE_COLUMNS " FROM side"
#define SIDES_OF " WHERE agency = ?1"
#define SIDES_REST                                                                                 \
    " AND position < ?2 AND position >= ?3 AND time >= ?4 AND time < ?5"                           \
    " AND (?6 = 0 OR role = ?6) AND (?7 = 0 OR other = ?7) AND (?8 = 0 OR agreement = ?8)"         \
    " AND (?9 = 0 OR purpose = ?9) AND (?10 = 0 OR basis = ?10) AND (?11 = 0 OR kind = ?11)"       \
    " AND (?12 = 0 OR decision = ?12) AND (?13 = 0 OR emergency = 1)"                              \
    " AND (?14 IS NULL OR question = ?14) AND (?15 IS NULL OR subject = ?15)"                      \
    " AND (?17 = 0 OR system = ?17) AND (?18 = 0 OR actor = ?18)"                                  \
    " ORDER BY position DESC, role LIMIT ?16"

/* Of an entry ?1 of the agency ?3 on the request ?2. */
#define SAR_IS_OPEN                                                                                \
    "EXISTS (SELECT 1 FROM sar WHERE log_index = ?2 AND agency_tag = ?3 AND is_closed = 0)"
#define DUTY_FROM "SELECT duty_id, kind, due_day, count, through, body FROM duty"

static const char *const texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN",
    [SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_META_GET] = "SELECT value FROM meta WHERE name = ?1",
    [SQL_META_PUT] = "INSERT INTO meta (name, value) VALUES (?1, ?2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [SQL_PERSON_ADD] = "INSERT INTO person (person_id, alias_of, subject_tag, body)"
                       " VALUES (?1, NULL, ?3, ?2)",
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
    [SQL_RECORD_OF_ENROLMENT] = "SELECT record_no FROM record WHERE agency_tag = ?1"
                                " AND enrolment_tag = ?3 LIMIT ?2",
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
    [SQL_SUPPRESS_ADD] = "INSERT INTO suppression (log_index, body) VALUES (?1, ?2)"
                         " ON CONFLICT (log_index) DO NOTHING",
    [SQL_SUPPRESS_TOKEN] = "INSERT INTO suppression_token (token_tag, log_index, class, epoch)"
                           " SELECT ?1, ?2, ?3, ?4 WHERE"
                           " (SELECT count(*) FROM suppression_token WHERE log_index = ?2) < ?5"
                           " ON CONFLICT (token_tag, log_index) DO NOTHING",
    [SQL_SUPPRESS_LOOK] = "SELECT log_index FROM suppression_token WHERE token_tag = ?1 LIMIT ?2",
    [SQL_SUPPRESS_EPOCH] = "SELECT 1 FROM suppression_token"
                           " WHERE log_index = ?1 AND class = ?2 AND epoch = ?3 LIMIT 1",
    [SQL_SUPPRESS_TOKEN_DROP] =
        "DELETE FROM suppression_token WHERE log_index = ?1 AND token_tag = ?2",
    [SQL_SUPPRESS_SWEEP] =
        "DELETE FROM suppression WHERE NOT EXISTS (SELECT 1 FROM suppression_token t"
        " WHERE t.log_index = suppression.log_index) AND NOT EXISTS"
        " (SELECT 1 FROM suppressed s WHERE s.log_index = suppression.log_index)",
    /* C says no more than A does beside it (match.c). */
    [SQL_SUPPRESS_OF_PERSON] =
        "SELECT DISTINCT t.token_tag, t.class, t.epoch FROM record r"
        " JOIN token t ON t.record_no = r.record_no WHERE r.person_id = ?1 AND t.class <> 3"
        " ORDER BY t.epoch DESC, t.class LIMIT ?2",
    [SQL_SUPPRESSED_ADD] = "INSERT INTO suppressed (person_id, log_index) VALUES (?1, ?2)"
                           " ON CONFLICT DO NOTHING",
    [SQL_SUPPRESSED_MOVE] = "INSERT INTO suppressed (person_id, log_index)"
                            " SELECT ?1, log_index FROM suppressed WHERE person_id = ?2"
                            " ON CONFLICT DO NOTHING",
    [SQL_SUPPRESSED_DELETE] = "DELETE FROM suppressed WHERE person_id = ?1",
    [SQL_SUPPRESSED_READ] = "SELECT s.log_index, s.body FROM suppressed p"
                            " JOIN suppression s ON s.log_index = p.log_index"
                            " WHERE p.person_id = ?1 ORDER BY s.log_index DESC LIMIT ?2",
    [SQL_REVIEW_ADD] =
        "INSERT INTO review (review_id, kind, state, opener_tag, opened_ms, due_ms, log_index,"
        " body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (review_id) DO NOTHING",
    [SQL_REVIEW_LAPSE] = "UPDATE review SET is_lapsed = 1"
                         " WHERE review_id = ?1 AND state < 4 AND is_lapsed = 0",
    [SQL_REVIEW_DUE] = "SELECT review_id, due_ms FROM review WHERE state < 4 AND is_lapsed = 0"
                       " AND due_ms < ?1 AND (due_ms, review_id) > (?3, ?4)"
                       " ORDER BY due_ms, review_id LIMIT ?2",
    [SQL_REVIEW_RISE] = "UPDATE review SET state = max(state, ?2) WHERE review_id = ?1",
    [SQL_REVIEW_GET] = "SELECT review_id, kind, state, opener_tag, opened_ms, due_ms, log_index,"
                       " body FROM review WHERE review_id = ?1",
    [SQL_REVIEW_COUNT] =
        "SELECT count(*) FROM (SELECT 1 FROM review WHERE opener_tag = ?1 AND kind = ?2"
        " AND opened_ms > ?3 AND due_ms < ?4 AND state < ?5 LIMIT ?6)",
    [SQL_SIDE_ADD] = "INSERT INTO review_side (agency_tag, log_index, review_id, side_id, is_own)"
                     " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    [SQL_SIDE_NEXT] =
        "INSERT INTO review_side (agency_tag, log_index, review_id, side_id, is_own)"
        " SELECT ?1, log_index, review_id, ?3, 1 FROM review WHERE review_id = ?2 AND state < 4"
        " ON CONFLICT (agency_tag, log_index) DO UPDATE SET is_own = 1",
    [SQL_SIDE_GET] = "SELECT review_id, is_own FROM review_side"
                     " WHERE agency_tag = ?1 AND side_id = ?2",
    [SQL_SIDE_LIST] = "SELECT s.review_id, s.side_id, s.is_own FROM review_side s"
                      " JOIN review r ON r.review_id = s.review_id"
                      " WHERE s.agency_tag = ?1 AND s.log_index < ?2 AND r.state < ?3"
                      " AND (r.kind <> ?5 OR (r.opener_tag <> ?6 AND NOT EXISTS (SELECT 1"
                      " FROM signal_hit h WHERE h.review_id = r.review_id AND h.opener_tag = ?6)))"
                      " ORDER BY s.log_index DESC LIMIT ?4",
    [SQL_ACT_ADD] = "INSERT INTO review_act (log_index, review_id, state, body)"
                    " SELECT ?1, ?2, ?3, ?4 WHERE EXISTS"
                    " (SELECT 1 FROM review WHERE review_id = ?2)"
                    " AND (?3 >= ?5 OR"
                    " (SELECT count(*) FROM review_act WHERE review_id = ?2) < ?6 - ?7 *"
                    " (SELECT is_lapsed = 0 FROM review WHERE review_id = ?2))",
    [SQL_ACT_LIST] = "SELECT log_index, state, body FROM review_act WHERE review_id = ?1"
                     " ORDER BY log_index LIMIT ?2",
    /* Telling somebody is an act of a closed case too: the first one closed it. */
    [SQL_ACT_CLOSED] = "SELECT a.log_index, r.kind, r.opened_ms, r.review_id FROM review_act a"
                       " JOIN review r ON r.review_id = a.review_id"
                       " WHERE a.log_index >= ?1 AND a.log_index < ?2 AND a.state = 4"
                       " AND NOT EXISTS (SELECT 1 FROM review_act b WHERE b.review_id ="
                       " a.review_id AND b.state = 4 AND b.log_index < a.log_index)"
                       " ORDER BY a.log_index LIMIT ?3",
    [SQL_STOP_PUT] =
        "INSERT INTO stop (scope_tag, log_index, agency_tag, body) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (scope_tag) DO UPDATE SET log_index = excluded.log_index,"
        " agency_tag = excluded.agency_tag, body = excluded.body"
        " WHERE ?5 IS NULL OR stop.log_index = ?5",
    [SQL_STOP_DELETE] = "DELETE FROM stop WHERE scope_tag = ?1 AND log_index = ?2",
    [SQL_STOP_GET] = "SELECT log_index, body FROM stop WHERE scope_tag = ?1",
    [SQL_STOP_LIST] = "SELECT scope_tag, log_index, body FROM stop"
                      " WHERE ?1 IS NULL OR agency_tag = ?1 ORDER BY log_index DESC LIMIT ?2",
    [SQL_STOP_COUNT] = "SELECT count(*) FROM (SELECT 1 FROM stop LIMIT 1)",
    [SQL_AGREEMENT_ACT_ADD] =
        "INSERT INTO agreement_act (log_index, time_ms, body) VALUES (?1, ?2, ?3)",
    [SQL_AGREEMENT_ACT_LIST] =
        "SELECT log_index, time_ms, body FROM agreement_act ORDER BY log_index",
    [SQL_COUNTER_PUT] = "INSERT INTO counter (counter_key, empty_at_us) VALUES (?1, ?2)"
                        " ON CONFLICT (counter_key) DO UPDATE SET"
                        " empty_at_us = max(empty_at_us, excluded.empty_at_us)",
    [SQL_COUNTER_DROP] = "DELETE FROM counter WHERE empty_at_us <= ?1",
    [SQL_COUNTER_LIST] = "SELECT counter_key, empty_at_us FROM counter",
    [SQL_CONSENT_SINCE] = "SELECT consent_id, person_id, log_index, body FROM consent"
                          " WHERE person_id = ?1 AND log_index > ?2 ORDER BY log_index LIMIT ?3",
    [SQL_RELIANCE_ADD] = "INSERT INTO reliance (use_tag, person_id, recipient_tag, source_tag,"
                         " log_index, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                         " ON CONFLICT (use_tag) DO NOTHING",
    [SQL_RELIANCE_GET] = "SELECT 1 FROM reliance WHERE use_tag = ?1",
    [SQL_RELIANCE_OPEN] = "SELECT reliance_no, use_tag, body FROM reliance"
                          " WHERE person_id = ?1 AND ended_index = 0 AND reliance_no > ?2"
                          " ORDER BY reliance_no LIMIT ?3",
    [SQL_RELIANCE_END] = "UPDATE reliance SET ended_index = ?1, notice_tag = ?2"
                         " WHERE reliance_no = ?3",
    [SQL_RELIANCE_ACKNOWLEDGE] =
        "UPDATE reliance SET acknowledged_index = ?1 WHERE reliance_no IN"
        " (SELECT reliance_no FROM reliance WHERE notice_tag = ?2 AND acknowledged_index = 0"
        " ORDER BY reliance_no LIMIT ?3 - (SELECT count(*) FROM reliance"
        " WHERE notice_tag = ?2 AND acknowledged_index > 0) % ?3)",
    [SQL_RELIANCE_OF_RECIPIENT] =
        "SELECT use_tag, person_id, notice_tag, ended_index, acknowledged_index, body, reliance_no"
        " FROM reliance WHERE recipient_tag = ?1 AND ended_index >= ?2"
        " AND (ended_index, notice_tag, reliance_no) > (?2, ?5, ?6)"
        " AND acknowledged_index <= ?3 ORDER BY ended_index, notice_tag, reliance_no LIMIT ?4",
    [SQL_RELIANCE_OF_SOURCE] =
        "SELECT use_tag, person_id, notice_tag, ended_index, acknowledged_index, body, reliance_no"
        " FROM reliance WHERE source_tag = ?1 AND ended_index >= ?2"
        " AND (ended_index, notice_tag, reliance_no) > (?2, ?5, ?6)"
        " AND acknowledged_index <= ?3 ORDER BY ended_index, notice_tag, reliance_no LIMIT ?4",
    [SQL_RELIANCE_OF_NOTICE] =
        "SELECT use_tag, person_id, notice_tag, ended_index, acknowledged_index, body, reliance_no"
        " FROM reliance WHERE notice_tag = ?1 ORDER BY reliance_no LIMIT ?2",
    [SQL_TALLY_ADD] = "INSERT INTO consent_tally (month, agency_tag, what, count)"
                      " VALUES (?1, ?2, ?3, 1) ON CONFLICT (month, agency_tag, what)"
                      " DO UPDATE SET count = count + 1",
    [SQL_TALLY_GET] = "SELECT what, count FROM consent_tally WHERE month = ?1 AND agency_tag = ?2",
    [SQL_PERSON_OF_KEY] = "SELECT coalesce(alias_of, person_id) FROM person WHERE subject_tag = ?1",
    [SQL_PERSON_DELETE] = "DELETE FROM person WHERE person_id = ?1 OR alias_of = ?1",
    [SQL_PSEUDONYM_DELETE] = "DELETE FROM pseudonym WHERE person_id = ?1",
    [SQL_CONSENT_DELETE] = "DELETE FROM consent WHERE person_id = ?1",
    [SQL_RELIANCE_DELETE] = "DELETE FROM reliance WHERE person_id = ?1",
    [SQL_ERASURE_ADD] = "INSERT INTO erasure (log_index, key_id, step, agency_tag, body, proposal)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_ERASURE_DROP] = "DELETE FROM erasure WHERE key_id = ?1 AND step = ?2"
                         " AND (?3 IS NULL OR agency_tag = ?3)",
    [SQL_ERASURE_REFUSE] = "DELETE FROM erasure WHERE log_index = ?1 AND step = 1",
    [SQL_ERASURE_DECIDED] = "SELECT 1 FROM erasure WHERE proposal = ?1 AND step = 3 LIMIT 1",
    [SQL_ERASURE_ANY_HELD] = "SELECT 1 FROM erasure WHERE step = 4 LIMIT 1",
    [SQL_ERASURE_FIND] = "SELECT 1 FROM erasure WHERE key_id = ?1 AND step = ?2 LIMIT 1",
    [SQL_ERASURE_HELD_BY] = "SELECT 1 FROM erasure WHERE key_id = ?1 AND step = 4"
                            " AND agency_tag = ?2 LIMIT 1",
    [SQL_ERASURE_GET] = "SELECT log_index, key_id, step, body FROM erasure"
                        " WHERE log_index = ?1 AND step <> 3",
    [SQL_ERASURE_LIST] = "SELECT log_index, key_id, step, body FROM erasure"
                         " WHERE step <> 3 AND (?1 IS NULL OR agency_tag = ?1)"
                         " ORDER BY log_index DESC LIMIT ?2",
    [SQL_ERASURE_DONE] = "SELECT log_index, key_id FROM erasure WHERE step = 3 AND log_index > ?1"
                         " ORDER BY log_index LIMIT ?2",
    [SQL_SAR_ADD] = "INSERT INTO sar (log_index, agency_tag, person_id, is_closed, body)"
                    " SELECT ?1, ?3, ?5, 0, ?4 WHERE ?1 = ?2 AND (SELECT count(*) FROM sar"
                    " WHERE agency_tag = ?3 AND is_closed = 0) < ?6",
    [SQL_SAR_MOVE] = "UPDATE sar SET person_id = ?1 WHERE person_id = ?2",
    [SQL_SAR_CLOSE] = "UPDATE sar SET is_closed = 1 WHERE log_index = ?1",
    [SQL_SAR_GET] = "SELECT log_index, body, person_id FROM sar"
                    " WHERE log_index = ?1 AND agency_tag = ?2",
    [SQL_SAR_LIST] = "SELECT log_index, body, person_id FROM sar"
                     " WHERE agency_tag = ?1 AND is_closed = ?2 ORDER BY log_index DESC LIMIT ?3",
    [SQL_SAR_COUNT] = "SELECT count(*) FROM sar WHERE agency_tag = ?1 AND is_closed = 0",
    [SQL_SAR_STEP_ADD] = "INSERT INTO sar_step (log_index, number, body)"
                         " SELECT ?1, ?2, ?4 WHERE " SAR_IS_OPEN
                         " AND (SELECT count(*) FROM sar_step WHERE number = ?2) < ?5",
    [SQL_SAR_STEPS] = "SELECT log_index, body FROM sar_step WHERE number = ?1"
                      " ORDER BY log_index LIMIT ?2",
    [SQL_SAR_MARK_PUT] =
        "INSERT INTO sar_mark (number, line, log_index, body) SELECT ?2, ?5, ?1, ?4"
        " WHERE " SAR_IS_OPEN " AND ((SELECT count(*) FROM sar_mark WHERE number = ?2) < ?6"
        " OR EXISTS (SELECT 1 FROM sar_mark WHERE number = ?2 AND line = ?5))"
        " ON CONFLICT (number, line) DO UPDATE SET log_index = excluded.log_index,"
        " body = excluded.body",
    [SQL_SAR_MARK_DROP] = "DELETE FROM sar_mark WHERE number = ?1 AND line = ?2 AND EXISTS"
                          " (SELECT 1 FROM sar WHERE log_index = ?1 AND agency_tag = ?3"
                          " AND is_closed = 0)",
    [SQL_SAR_MARK_GET] = "SELECT log_index FROM sar_mark WHERE number = ?1 AND line = ?2",
    [SQL_SAR_MARK_COUNT] = "SELECT count(*) FROM sar_mark WHERE number = ?1",
    [SQL_SAR_MARKS] = "SELECT log_index, body, line FROM sar_mark WHERE number = ?1"
                      " ORDER BY line LIMIT ?2",
    [SQL_SAR_IS_OPEN] = "SELECT 1 FROM sar WHERE person_id = ?1 AND is_closed = 0 LIMIT 1",
    [SQL_SAR_STEPS_ERASE] = "DELETE FROM sar_step WHERE number IN"
                            " (SELECT log_index FROM sar WHERE person_id = ?1)",
    [SQL_SAR_MARKS_ERASE] = "DELETE FROM sar_mark WHERE number IN"
                            " (SELECT log_index FROM sar WHERE person_id = ?1)",
    [SQL_SAR_ERASE] = "DELETE FROM sar WHERE person_id = ?1",
    [SQL_RELIANCE_MOVE] = "UPDATE reliance SET person_id = ?1 WHERE person_id = ?2",
    [SQL_SIGNAL_ADD] =
        "INSERT INTO signal_hit (opener_tag, rule, log_index, at_ms, review_id)"
        " SELECT ?1, ?2, ?3, ?4, ?5 WHERE"
        " (SELECT count(*) FROM (SELECT 1 FROM signal_hit WHERE review_id = ?5 LIMIT ?6)) < ?6"
        " ON CONFLICT DO NOTHING",
    [SQL_SIGNAL_LAST] = "SELECT opener_tag, rule, log_index, at_ms, review_id FROM signal_hit"
                        " WHERE opener_tag = ?1 AND rule = ?2 ORDER BY log_index DESC LIMIT 1",
    [SQL_SIGNAL_OF_CASE] = "SELECT opener_tag, rule, log_index, at_ms, review_id FROM signal_hit"
                           " WHERE review_id = ?1 ORDER BY log_index DESC LIMIT ?2",
    [SQL_SIGNAL_HAS] = "SELECT 1 FROM signal_hit WHERE review_id = ?1 AND opener_tag = ?2 LIMIT 1",
    [SQL_SIGNAL_EARLIER] =
        "SELECT count(*) FROM (SELECT 1 FROM signal_hit WHERE opener_tag = ?1 AND rule = ?2"
        " AND log_index < ?3 AND review_id <> ?4 LIMIT ?5)",
    [SQL_SIGNAL_WAIT_ADD] =
        "INSERT INTO signal_wait (review_id, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [SQL_SIGNAL_WAIT_IS] = "SELECT 1 FROM signal_wait WHERE review_id = ?1",
    [SQL_SIGNAL_WAIT_COUNT] = "SELECT count(*) FROM signal_wait",
    [SQL_SIGNAL_WAIT_LIST] = "SELECT review_id, body FROM signal_wait ORDER BY review_id LIMIT ?1",
    [SQL_SIGNAL_WAIT_DROP] = "DELETE FROM signal_wait WHERE review_id = ?1",
    [SQL_SIGNAL_FORGET] = "DELETE FROM signal_hit WHERE at_ms < ?1",
    [SQL_SIGNAL_COUNT_PUT] =
        "INSERT INTO signal_count (agency_tag, piece, body) VALUES (?1, ?2, ?3)",
    [SQL_SIGNAL_COUNT_DROP] = "DELETE FROM signal_count WHERE agency_tag = ?1",
    [SQL_SIGNAL_COUNT_LIST] = "SELECT body FROM signal_count WHERE agency_tag = ?1 ORDER BY piece",
    [SQL_MARK_ADD] = "INSERT INTO signal_mark (agency_tag, kind, label_tag, token_tag)"
                     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    [SQL_MARK_DROP] = "DELETE FROM signal_mark WHERE agency_tag = ?1 AND kind = ?2"
                      " AND label_tag = ?3",
    [SQL_MARK_COUNT] = "SELECT count(DISTINCT label_tag) FROM signal_mark"
                       " WHERE agency_tag = ?1 AND kind = ?2",
    [SQL_MARK_HAS] = "SELECT 1 FROM signal_mark WHERE agency_tag = ?1 AND kind = ?2"
                     " AND label_tag = ?3 LIMIT 1",
    /* Each kind by itself, so that marks of one cannot crowd out the other. */
    [SQL_MARK_MATCH] =
        "SELECT * FROM (SELECT m.kind, m.label_tag, t.class, r.enrolment_tag FROM record r"
        " JOIN token t ON t.record_no = r.record_no"
        " JOIN signal_mark m ON m.token_tag = t.token_tag WHERE r.person_id = ?1"
        " AND m.kind = 1 AND m.agency_tag = ?2 LIMIT ?3) UNION ALL"
        " SELECT * FROM (SELECT m.kind, m.label_tag, t.class, r.enrolment_tag FROM record r"
        " JOIN token t ON t.record_no = r.record_no"
        " JOIN signal_mark m ON m.token_tag = t.token_tag WHERE r.person_id = ?1"
        " AND m.kind = 2 AND m.agency_tag = r.agency_tag LIMIT ?3)",
    [SQL_MARK_PERSONS] =
        "SELECT DISTINCT r.person_id FROM signal_mark m"
        " JOIN token t ON t.token_tag = m.token_tag"
        " JOIN record r ON r.record_no = t.record_no WHERE (m.kind = 1 AND m.agency_tag = ?1)"
        " OR (m.kind = 2 AND m.agency_tag = r.agency_tag) LIMIT ?2",
    [SQL_MARK_ERASE] = "DELETE FROM signal_mark WHERE token_tag IN (SELECT t.token_tag"
                       " FROM record r JOIN token t ON t.record_no = r.record_no"
                       " WHERE r.person_id = ?1)",
    [SQL_MARK_LEAVE] = "DELETE FROM signal_mark WHERE agency_tag = ?1",
    [SQL_BUCKET_GET] = "SELECT body FROM bucket WHERE quarter = ?1",
    [SQL_BUCKET_ADD] = "INSERT INTO bucket (quarter, body) VALUES (?1, ?2)",
    [SQL_KEY_GET] = "SELECT body FROM subject_key WHERE quarter = ?1 AND subject_tag = ?2",
    [SQL_KEY_ADD] = "INSERT INTO subject_key (quarter, subject_tag, body) VALUES (?1, ?2, ?3)",
    [SQL_KEY_AFTER] = "SELECT subject_tag, body FROM subject_key WHERE quarter = ?1"
                      " AND subject_tag > ?2 ORDER BY subject_tag LIMIT ?3",
    [SQL_KEY_DESTROY] = "DELETE FROM subject_key WHERE subject_tag = ?1"
                        " AND quarter IN (SELECT quarter FROM bucket)",
    [SQL_KEY_SWEEP] =
        "DELETE FROM subject_key WHERE quarter = ?1 AND subject_tag IN"
        " (SELECT subject_tag FROM subject_key WHERE quarter = ?1 ORDER BY subject_tag LIMIT ?2)",
    [SQL_BUCKET_DESTROY] = "DELETE FROM bucket WHERE quarter = ?1",
    [SQL_DESTROYED_ADD] = "INSERT INTO destroyed (key_id) VALUES (?1) ON CONFLICT DO NOTHING",
    [SQL_DESTROYED_GET] = "SELECT 1 FROM destroyed WHERE key_id = ?1",
    [SQL_DESTROYED_QUARTERS] = "SELECT key_id FROM destroyed WHERE key_id >= ?1 ORDER BY key_id",
    [SQL_KEY_QUARTERS] = "SELECT quarter FROM subject_key WHERE subject_tag = ?1"
                         " AND quarter IN (SELECT quarter FROM bucket)",
    [SQL_FORGET_ADD] = "INSERT INTO forget (what) VALUES (?1)",
    [SQL_FORGET_NEXT] = "SELECT number, what FROM forget ORDER BY number LIMIT 1",
    [SQL_FORGET_END] = "DELETE FROM forget WHERE number = ?1",
    [SQL_SIDE_PUT] = "INSERT OR REPLACE INTO side (agency, " SIDE_COLUMNS ") VALUES"
                     " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
                     " ?17)",
    [SQL_SIDE_IS] = "SELECT 1 FROM side WHERE agency = ?1 AND position = ?2 AND role = ?3"
                    " AND subject IS ?4 AND question = ?5 AND other = ?6 AND agreement = ?7"
                    " AND purpose = ?8 AND basis = ?9 AND time = ?10 AND kind = ?11"
                    " AND decision = ?12 AND emergency = ?13 AND received = ?16",
    [SQL_SIDE_SUBJECT_POSITIONS] = "SELECT DISTINCT position FROM side WHERE subject = ?1"
                                   " ORDER BY position",
    [SQL_SIDE_FORGET] = "DELETE FROM side WHERE subject = ?1",
    [SQL_SIDE_BETWEEN] = "SELECT DISTINCT position FROM side WHERE time >= ?1 AND time < ?2",
    [SQL_SIDE_PERSONS] = "SELECT position, subject, emergency FROM side WHERE agency = ?1"
                         " AND position >= ?2 AND position < ?3 AND role = 1",
    [SQL_SIDE_DETAILED_DROP] = "DELETE FROM side WHERE time >= ?1 AND time < ?2"
                               " AND length(body) > 0",
    /* No earlier than what came before: a batch of its own may be, where parts count with the end
     * of their day. */
    [SQL_PACE_PUT] = "INSERT OR REPLACE INTO pace (position, time)"
                     " VALUES (?1, max(?2, coalesce((SELECT max(time) FROM pace), ?2)))",
    [SQL_PACE_FROM] = "SELECT max(position) FROM pace WHERE time < ?1",
    [SQL_PACE_TO] = "SELECT min(position) FROM pace WHERE time >= ?1",
    [SQL_SIDES_OF_SUBJECT] =
        SIDES_FROM " INDEXED BY side_subject" SIDES_OF " AND subject = ?15" SIDES_REST,
    [SQL_SIDES_OF_QUESTION] =
        SIDES_FROM " INDEXED BY side_question" SIDES_OF " AND question = ?14" SIDES_REST,
    [SQL_SIDES_OF_OTHER] =
        SIDES_FROM " INDEXED BY side_other" SIDES_OF " AND other = ?7 AND other <> 0" SIDES_REST,
    [SQL_SIDES_OF_AGREEMENT] = SIDES_FROM " INDEXED BY side_agreement" SIDES_OF
                                          " AND agreement = ?8 AND agreement <> 0" SIDES_REST,
    [SQL_SIDES_OF_PURPOSE] = SIDES_FROM " INDEXED BY side_purpose" SIDES_OF
                                        " AND purpose = ?9 AND purpose <> 0" SIDES_REST,
    [SQL_SIDES_OF_SYSTEM] = SIDES_FROM " INDEXED BY side_system" SIDES_OF
                                       " AND system = ?17 AND system <> 0" SIDES_REST,
    [SQL_SIDES_OF_ACTOR] =
        SIDES_FROM " INDEXED BY side_actor" SIDES_OF " AND actor = ?18 AND actor <> 0" SIDES_REST,
    [SQL_SIDES_IN_EMERGENCY] =
        SIDES_FROM " INDEXED BY side_emergency" SIDES_OF " AND emergency = 1" SIDES_REST,
    [SQL_SIDES_OF_KIND] =
        SIDES_FROM " INDEXED BY side_kind" SIDES_OF " AND kind = ?11 AND kind > 2" SIDES_REST,
    [SQL_SIDES] = SIDES_FROM SIDES_OF SIDES_REST,
    [SQL_DUTY_ADD] = "INSERT INTO duty (duty_id, agency, kind, due_day, count, through, body)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (duty_id) DO UPDATE SET"
                     " count = count + excluded.count, through = max(through, excluded.through)",
    [SQL_DUTY_LIST] = DUTY_FROM " WHERE agency = ?1 AND due_day < ?2"
                                " AND (due_day, duty_id) > (?3, ?4) AND (?5 = 0 OR kind = ?5)"
                                " ORDER BY due_day, duty_id LIMIT ?6",
    [SQL_DUTY_LIST_OPEN] = DUTY_FROM " WHERE agency = ?1 AND due_day < ?2 AND through > done"
                                     " AND (due_day, duty_id) > (?3, ?4) AND (?5 = 0 OR kind = ?5)"
                                     " ORDER BY due_day, duty_id LIMIT ?6",
    [SQL_DUTY_OVER] = "UPDATE duty SET done = max(done, ?2) WHERE duty_id = ?1",
    [SQL_DUTY_PAST] = DUTY_FROM " WHERE due_day < ?2 AND (due_day, duty_id) > (?3, ?4)"
                                " AND through > done"
                                " ORDER BY due_day, duty_id LIMIT ?6",
    [SQL_DUTY_GET] = DUTY_FROM " WHERE duty_id = ?1 AND agency = ?2",
    [SQL_DUTY_STATE_MAKE] = "INSERT INTO duty_state (duty_id, agency_tag) VALUES (?1, ?2)"
                            " ON CONFLICT (duty_id) DO NOTHING",
    [SQL_DUTY_TAKEN] = "UPDATE duty_state SET taken = ?3 WHERE duty_id = ?1 AND agency_tag = ?2",
    [SQL_DUTY_DONE] = "UPDATE duty_state SET done = ?3 WHERE duty_id = ?1 AND agency_tag = ?2",
    [SQL_DUTY_ESCALATED] = "UPDATE duty_state SET escalated = ?3, escalated_index = ?4,"
                           " next_tag = ?5 WHERE duty_id = ?1 AND agency_tag = ?2"
                           " AND escalated_index = 0",
    [SQL_DUTY_STATE_GET] = "SELECT duty_id, taken, done, escalated, escalated_index"
                           " FROM duty_state WHERE duty_id = ?1",
    [SQL_DUTY_STATE_NEXT] = "SELECT duty_id, taken, done, escalated, escalated_index"
                            " FROM duty_state WHERE next_tag = ?1 AND escalated_index < ?2"
                            " ORDER BY escalated_index DESC LIMIT ?3",
    [SQL_DUTY_TELLINGS] = "SELECT review_id, opened_ms FROM review WHERE kind = ?1"
                          " AND opened_ms < ?2 AND (opened_ms, review_id) > (?3, ?4)"
                          " AND review_id NOT IN"
                          " (SELECT duty_id FROM duty_state WHERE escalated_index > 0)"
                          " ORDER BY opened_ms, review_id LIMIT ?5",
};

const char *store_sql_text(enum store_sql sql) {
    ASSERT(sql < SQL_COUNT);
    return texts[sql] != NULL ? texts[sql] : store_sql_incident(sql);
}
