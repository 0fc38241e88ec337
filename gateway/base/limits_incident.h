/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of incidents; what all of them are for is said in gateway/base/limits.h. */
#ifndef GATEWAY_BASE_LIMITS_INCIDENT_H
#define GATEWAY_BASE_LIMITS_INCIDENT_H

enum {
    /* Open incidents of one agency: more than an office sees to at once, and a bounded list for
     * every one of its officers. */
    LIMIT_INCIDENT_OPEN = 64,
    /* Incidents that an agency opens in a day (24 hours): each may put notices before officers of
     * others, closed or not. */
    LIMIT_INCIDENT_DAY = 32,
    /* Incidents of one page. */
    LIMIT_INCIDENT_PAGE = 32,
    /* Changes of one incident beside its first: decisions that are taken back and taken again, and
     * runs of notices, which leave some for the decision that the law wants; one more is left for
     * the last. */
    LIMIT_INCIDENT_STEPS = 32,
    LIMIT_INCIDENT_STEPS_TO_DECIDE = 8,
    /* Entries that an officer names one by one. */
    LIMIT_INCIDENT_NAMED = 16,
    /* Entries of one notice: with its words it fits into an entry of the log. */
    LIMIT_INCIDENT_NOTICE_ENTRIES = 128,
    /* Notices of one incident, and of these to one agency: what an officer of one agency can put
     * before those of another, and what every run reads to send nothing twice. */
    LIMIT_INCIDENT_NOTICES = 128,
    LIMIT_INCIDENT_AGENCY_NOTICES = 16,
    /* Notices of one run: with the step that they belong to, one batch of the log. */
    LIMIT_INCIDENT_RUN = 32,
    /* Notices of one page of a recipient. */
    LIMIT_INCIDENT_NOTICE_PAGE = 16,
    /* Entries of a page of notices whose questions are looked up: a point read each. */
    LIMIT_INCIDENT_QUESTIONS = 512,
    /* Rows of the index that one look reads before others of the pool come between, and looks of
     * one run. */
    LIMIT_INCIDENT_LOOK = 256,
    LIMIT_INCIDENT_LOOKS = 64,
    /* Days that may have passed since the agency became aware: a date further back is a slip. */
    LIMIT_INCIDENT_AWARE_DAYS = 366,
    /* Days in which a recipient may be asked to act. */
    LIMIT_INCIDENT_RECALL_DAYS = 90,
    /* Overdue incidents that one turn escalates: an entry each. */
    LIMIT_INCIDENT_TURN = 16,
    /* Bytes of a sentence: three of them and the names fit into an entry. */
    LIMIT_INCIDENT_SENTENCE = 500,
};

#endif
