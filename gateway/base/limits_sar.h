/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of subject access requests, each with its reason. */
#ifndef GATEWAY_BASE_LIMITS_SAR_H
#define GATEWAY_BASE_LIMITS_SAR_H

enum {
    /* Open requests of one agency: more than an office answers in three months, and a bounded list
     * for every one of its officers. */
    LIMIT_SAR_OPEN = 128,
    /* Steps of one request beside its first and the marks on lines: one extension, and as many
     * pauses as anybody answers. One more is left for the last. */
    LIMIT_SAR_STEPS = 16,
    /* Exports of one request beside these: each is an answer that was made, once more where a line
     * was withheld too much. As many are left however many steps there were. */
    LIMIT_SAR_EXPORTS = 8,
    LIMIT_SAR_ALL_STEPS = LIMIT_SAR_STEPS + LIMIT_SAR_EXPORTS + 1,
    /* Lines of one request that are withheld: each page of the report reads them all. */
    LIMIT_SAR_MARKS = 512,
    /* Review cases that a page of the report looks through for those about its person, the newest
     * first, and how many of them it keeps: more than an agency has in years, and than are about
     * anybody. Beyond them no emergency is shown to the person. */
    LIMIT_SAR_CASES = 8192,
    LIMIT_SAR_PERSON_CASES = 256,
    /* Days back for which a request may still be entered: a date further back is a slip. */
    LIMIT_SAR_RECEIVED_DAYS = 366,
    /* Requests of one list: the open ones, and as many closed ones of late. */
    LIMIT_WIRE_SAR_LIST = 256,
};

#endif
