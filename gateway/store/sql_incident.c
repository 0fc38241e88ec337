/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about incidents. Whatever changes something names what it rests on, so that entries of
 * the log that come too late change nothing, on a replay as the first time. */
#include "gateway/base/assert.h"
#include "gateway/store/store_int.h"

#define INCIDENT_FROM                                                                              \
    "SELECT incident_id, log_index, turn, is_closed, escalated_index, body FROM incident"
#define INCIDENT_NOTICE_FROM                                                                       \
    "SELECT log_index, person_id, body, answer, answer_index FROM incident_notice"

static const char *const texts[] = {
    [SQL_INCIDENT_ADD] =
        "INSERT INTO incident (incident_id, log_index, agency_tag, turn, mark, due_ms, opened_ms,"
        " is_closed, body) SELECT ?1, ?2, ?3, 1, ?4, ?5, ?8, 0, ?6"
        " WHERE (SELECT count(*) FROM incident WHERE agency_tag = ?3 AND is_closed = 0) < ?7"
        " AND (SELECT count(*) FROM incident WHERE agency_tag = ?3 AND opened_ms > ?9) < ?10"
        " ON CONFLICT (incident_id) DO NOTHING",
    [SQL_INCIDENT_SUBJECT_ADD] =
        "INSERT INTO incident_subject (incident_id, log_index, person_id)"
        " SELECT ?1, ?2, ?5 FROM incident WHERE incident_id = ?1 AND agency_tag = ?3 AND mark = ?4"
        " AND turn = 1 ON CONFLICT (incident_id) DO NOTHING",
    [SQL_INCIDENT_SUBJECT_GET] = "SELECT person_id FROM incident_subject WHERE incident_id = ?1",
    [SQL_INCIDENT_SUBJECT_MOVE] = "UPDATE incident_subject SET person_id = ?1 WHERE person_id = ?2",
    [SQL_INCIDENT_SUBJECT_ERASE] = "DELETE FROM incident_subject WHERE person_id = ?1",
    [SQL_INCIDENT_TURN] =
        "UPDATE incident SET turn = turn + 1, mark = ?4,"
        " due_ms = iif(?6 = 1, 0, due_ms), is_closed = ?7"
        " WHERE incident_id = ?1 AND agency_tag = ?3 AND turn = ?5 AND is_closed = 0 AND turn < ?8",
    [SQL_INCIDENT_STEP_ADD] =
        "INSERT INTO incident_step (incident_id, log_index, body) VALUES (?1, ?2, ?3)",
    [SQL_INCIDENT_STEPS] = "SELECT log_index, body FROM incident_step WHERE incident_id = ?1"
                           " ORDER BY log_index",
    [SQL_INCIDENT_LAPSE] = "UPDATE incident SET escalated_index = ?2, next_tag = ?4"
                           " WHERE incident_id = ?1 AND agency_tag = ?3 AND escalated_index = 0"
                           " AND due_ms > 0 AND is_closed = 0",
    [SQL_INCIDENT_GET] = INCIDENT_FROM " WHERE incident_id = ?1 AND agency_tag = ?2",
    [SQL_INCIDENT_COUNT] = "SELECT count(*) FILTER (WHERE is_closed = 0),"
                           " count(*) FILTER (WHERE opened_ms > ?2) FROM incident"
                           " WHERE agency_tag = ?1 AND (is_closed = 0 OR opened_ms > ?2)",
    [SQL_INCIDENT_LIST] = INCIDENT_FROM " WHERE agency_tag = ?1 AND log_index < ?2"
                                        " AND (?3 = 1 OR is_closed = 0)"
                                        " ORDER BY log_index DESC LIMIT ?4",
    [SQL_INCIDENT_ESCALATED] = INCIDENT_FROM " WHERE next_tag = ?1 AND escalated_index < ?2"
                                             " AND (?3 = 1 OR is_closed = 0)"
                                             " ORDER BY escalated_index DESC LIMIT ?4",
    [SQL_INCIDENT_DUE] = INCIDENT_FROM " WHERE due_ms > 0 AND due_ms < ?1 AND escalated_index = 0"
                                       " ORDER BY due_ms",
    [SQL_INCIDENT_NOTICE_ADD] =
        "INSERT INTO incident_notice (log_index, incident_id, agency_tag, person_id, answer_index,"
        " body) SELECT ?2, ?1, ?3, ?5, 0, ?6 FROM incident WHERE incident_id = ?1 AND mark = ?4"
        " AND (SELECT count(*) FROM incident_notice WHERE incident_id = ?1) < ?7"
        " AND (SELECT count(*) FROM incident_notice WHERE incident_id = ?1 AND agency_tag = ?3)"
        " < ?8",
    [SQL_INCIDENT_NOTICE_GET] = INCIDENT_NOTICE_FROM " WHERE agency_tag = ?1 AND log_index = ?2",
    [SQL_INCIDENT_NOTICES_OF] = INCIDENT_NOTICE_FROM " WHERE incident_id = ?1 ORDER BY log_index",
    [SQL_INCIDENT_NOTICES_TO] = INCIDENT_NOTICE_FROM " WHERE agency_tag = ?1 AND log_index < ?2"
                                                     " ORDER BY log_index DESC LIMIT ?3",
    [SQL_INCIDENT_NOTICES_MOVE] = "UPDATE incident_notice SET person_id = ?1 WHERE person_id = ?2",
    [SQL_INCIDENT_NOTICES_ERASE] = "DELETE FROM incident_notice WHERE person_id = ?1",
    [SQL_INCIDENT_ANSWER] =
        "UPDATE incident_notice SET answer = ?5, answer_index = ?2 WHERE log_index = ?4"
        " AND incident_id = ?1 AND agency_tag = ?3 AND answer_index = 0",
};

const char *store_sql_incident(enum store_sql sql) {
    ASSERT(sql >= SQL_INCIDENT_ADD && sql <= SQL_INCIDENT_ANSWER);
    return texts[sql];
}
