/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of the derived index of the log; what all of them are for is said in
 * gateway/base/limits.h. */
#ifndef GATEWAY_BASE_LIMITS_INDEX_H
#define GATEWAY_BASE_LIMITS_INDEX_H

enum {
    /* Entries of which the log remembers in memory whom they are about, at 16 bytes each: more than
     * a minute of the most that one core answers, while the index falls behind. What is older and
     * not yet in the index is found by trying keys. */
    LIMIT_AUDIT_HINTS = 1 << 21,
    /* Entries that enter the index in one transaction, and are derived in one stretch of memory. */
    LIMIT_INDEX_BATCH = 256,
    /* While the log grows and cores are short, reading it takes at most one part in so many of one,
     * for all that is derived from it; one in two where that is so far behind that the log will
     * soon have forgotten whom entries are about. */
    LIMIT_INDEX_SHARE = 10,
    LIMIT_INDEX_SHARE_BEHIND = 2,
    /* Entries past the index that a search derives in memory: a few seconds' work. Where more are
     * missing, as after its file was deleted, the answer says how far it goes. */
    LIMIT_INDEX_TAIL = 4096,
    /* Keys times entries that a search tries to find out whom entries past the index are about: a
     * second's work. Beyond, the answer says how far it goes. */
    LIMIT_INDEX_TRIALS = 1 << 20,
    /* Ids of one person, one for each that was merged into another, in a search. */
    LIMIT_INDEX_ALIASES = 64,
    /* Quarters that a search for a person goes back: 20 years. */
    LIMIT_INDEX_QUARTERS = 80,
    /* Entries of one page; and bytes of them, of the longest message that is sent. */
    LIMIT_INDEX_PAGE = 1000,
    LIMIT_INDEX_PAGE_DEFAULT = 100,
};

#endif
