/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of review cases, stops, counters and emergencies, each with its reason. */
#ifndef GATEWAY_BASE_LIMITS_CASES_H
#define GATEWAY_BASE_LIMITS_CASES_H

enum {
    /* Bytes of a review case's entry: as much as a log entry's sealed part holds. */
    LIMIT_STORE_REVIEW_BODY = 3072,
    /* Agencies that have a side in one case: who asked, and the sources of one question. */
    LIMIT_STORE_REVIEW_SIDES = 65,
    /* Acts of one case that are read: a case that is handed to and fro stays a bounded read. */
    LIMIT_STORE_REVIEW_ACTS = 64,
    /* Of these, kept from taking and escalating, so that whoever hands a case to and fro does not
     * keep it from being closed and the person from being told: what is refused, and of that what
     * acts which were checked at one moment leave over: for closing and telling, and before its day
     * has passed also for the lapse and for who takes it then. One more is left for who takes it
     * after the last escalation. */
    LIMIT_STORE_REVIEW_ACTS_KEPT = 6,
    LIMIT_STORE_REVIEW_ACTS_LAST = 2,
    LIMIT_STORE_REVIEW_ACTS_LAPSE = 2,
    /* Cases of one list, and those that are counted for one person: as many as a screen pages
     * through, and more than any agreement allows in its window. */
    LIMIT_STORE_REVIEW_LIST = 100,
    LIMIT_STORE_REVIEW_COUNT = 1000,
    /* Overdue cases that are handed on in one turn of the main thread: each is a commit. */
    LIMIT_STORE_REVIEWS_DUE = 16,
    /* How many times as many are looked at where cases before them cannot be read: a store with
     * more of those is lost, and each turn tells of it. */
    LIMIT_SERVICE_REVIEWS_DUE_PAGES = 64,
    /* Differences with the log that one officer has told of under one agreement and that are not
     * closed: more than anybody looks into; a tool gone wild fills no more. */
    LIMIT_SERVICE_DIFFERENCES = 500,
    /* When such a case is due: a week, as others whose day no agreement sets. */
    LIMIT_SERVICE_DIFFERENCE_MS = 604800000,
    /* Stops of one list. */
    LIMIT_STORE_STOPS = 256,
    /* Counters written in one transaction. */
    LIMIT_STORE_COUNTERS = 1024,
    /* Persons who declare an emergency at one moment, as many as questions can be under way: in
     * rows of LIMIT_QUERY_OPENING_WAYS, picked by a keyed digest, so that no agency can fill the
     * row of another. */
    LIMIT_QUERY_OPENINGS = 4096,
    LIMIT_QUERY_OPENING_WAYS = 16,
    /* Budgets of a partnership: a look-up walks the list. */
    LIMIT_CONFIG_BUDGETS = 64,
};

#endif
