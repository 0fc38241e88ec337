/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of duties; what all of them are for is said in gateway/base/limits.h. */
#ifndef GATEWAY_BASE_LIMITS_DUTY_H
#define GATEWAY_BASE_LIMITS_DUTY_H

enum {
    /* Duties of one page, and of one act: each is an entry of its own, and all are one batch. */
    LIMIT_DUTY_PAGE = 64,
    /* Rows of one look. */
    LIMIT_DUTY_LOOK = 256,
    /* Rows that are looked at for a page in all: an agency's of several years. */
    LIMIT_DUTY_LOOK_ALL = 8192,
    /* Overdue duties that one turn escalates, and cases of which one turn looks whether the person
     * was told: an entry each, flushed one by one. */
    LIMIT_DUTY_TURN = 16,
    /* Bytes of a cursor: a day and an id. */
    LIMIT_WIRE_DUTY_CURSOR = 20,
    /* Days to confirm that nothing was passed on, where the clause says for how long the data may
     * be kept: as long; else a year, which is how often an agreement is reviewed (E12). */
    LIMIT_DUTY_ONWARD_DAYS = 365,
    /* Days in which the person is told: one month (UK GDPR, Article 14(3)(a)), the shortest one. */
    LIMIT_DUTY_TELL_DAYS = 28,
    /* Days that are counted: what an agreement may say is longer than a person lives. */
    LIMIT_DUTY_DAYS = 73000,
};

#endif
