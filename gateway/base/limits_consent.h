/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of consent and of what follows from it: part of limits.h. */
#ifndef GATEWAY_BASE_LIMITS_CONSENT_H
#define GATEWAY_BASE_LIMITS_CONSENT_H

/* consent */
enum {
    /* Purposes, categories or recipients of one consent, and bytes of one such name. */
    LIMIT_CONSENT_NAMES = 32,
    LIMIT_CONSENT_NAME = 63,
    /* Bytes of a reference to evidence: long enough for a file mark, too short for a story. */
    LIMIT_CONSENT_REFERENCE = 63,
    /* Bytes of a language tag: RFC 5646, 4.4.1, asks that 35 be taken. */
    LIMIT_CONSENT_LANGUAGE = 35,
    /* Bytes of a user id or role: as LIMIT_WIRE_ACTOR. */
    LIMIT_CONSENT_ACTOR = 128,
    /* Facts of a person beyond which none but withdrawals are taken: below LIMIT_STORE_CONSENTS, so
     * that no flood of consents pushes a refusal out of what a question reads. Withdrawals and
     * merges can: what is left out then counts as a refusal. */
    LIMIT_CONSENT_RECORDS = 192,
    /* Conditions of one grant: person, caller and the agreements that decided. */
    LIMIT_CONSENT_SCOPES = 64,
    /* Age at which a consent that the asker itself recorded is no longer looked at for that, and
     * how long the source's officer has to look: milliseconds. */
    LIMIT_CONSENT_FRESH_MS = 3600000,
    LIMIT_CONSENT_REVIEW_MS = 604800000,
    /* A count of people below this is not told: a small number is a person. */
    LIMIT_CONSENT_COUNT_LEAST = 5,
    /* Counters of limits in memory: made-up users cannot grow the table. A power of two. */
    LIMIT_CONSENT_COUNTERS = 65536,
};

/* reliance, and notices of its end */
enum {
    /* Bytes of a row of reliance: names of one purpose and all wider ones, and four more. */
    LIMIT_STORE_RELIANCE_BODY = 2560,
    /* Rows that one entry of the log makes: sources and categories of one release. */
    LIMIT_STORE_USES = 64,
    /* Ended rows that one look at notices reads: what is beyond comes once these are
     * acknowledged. */
    LIMIT_STORE_NOTICE_ROWS = 512,
};

#endif
