/* SPDX-License-Identifier: Apache-2.0 */
/* The ceilings of the quarterly report, a part of limits.h, which is what other files include. */
#ifndef GATEWAY_BASE_LIMITS_REPORT_H
#define GATEWAY_BASE_LIMITS_REPORT_H

enum {
    /* Entries of one turn on the pool, so that others get theirs and who goes away ends it. */
    LIMIT_REPORT_STEP = 512,
    /* Closed cases of one read. */
    LIMIT_REPORT_CLOSED = 256,
    /* Days that a review can take and be told apart: a case that was open for longer counts so. */
    LIMIT_REPORT_DAYS = 400,
    /* Tables, rows of one and sentences of a reply: more than agreements, parties and reasons. */
    LIMIT_REPORT_TABLES = 16,
    LIMIT_REPORT_ROWS = 256,
    LIMIT_REPORT_WORDS = 16,
};

#endif
