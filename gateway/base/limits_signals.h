/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings and lines of the signals of misuse, each with its reason. */
#ifndef GATEWAY_BASE_LIMITS_SIGNALS_H
#define GATEWAY_BASE_LIMITS_SIGNALS_H

enum {
    /* People of one agency who are counted at one time, in rows of so many: what an agency's own
     * system makes up pushes out people of that agency alone, and each but the eight last seen of
     * a row. */
    LIMIT_SIGNALS_USER_ROWS = 256,
    LIMIT_SIGNALS_USER_WAYS = 8,
    LIMIT_SIGNALS_USERS = LIMIT_SIGNALS_USER_ROWS * LIMIT_SIGNALS_USER_WAYS,
    /* Roles of one agency: as many as its systems may vouch for, and more. */
    LIMIT_SIGNALS_ROLES = 64,
    /* Days of somebody in a role of which the middle one is the usual: odd, so that there is one.
     * Before there are so many as the second says, nothing is known to be usual. */
    LIMIT_SIGNALS_SAMPLES = 63,
    LIMIT_SIGNALS_SAMPLES_LEAST = 9,
    /* More than so many times the usual is too many, and never less than so many questions a day:
     * a busy day at a duty desk. */
    LIMIT_SIGNALS_VOLUME_TIMES = 3,
    LIMIT_SIGNALS_VOLUME_FLOOR = 50,
    /* Refusals of one person within an hour: somebody who mistypes stops earlier. */
    LIMIT_SIGNALS_REFUSALS = 5,
    LIMIT_SIGNALS_REFUSALS_MS = 3600000,
    /* Searches of one person within a day after each of which no question came for half an hour. */
    LIMIT_SIGNALS_SEARCHES = 10,
    LIMIT_SIGNALS_SEARCHES_MS = 86400000,
    LIMIT_SIGNALS_VIEW_MS = 1800000,
    /* Cases that are opened for one agency a day: what its officers can look at. */
    LIMIT_SIGNALS_CASES = 50,
    /* Cases that wait to be opened, of all agencies: more than a busy day's. A log that takes no
     * entries for days must not fill the store with them. */
    LIMIT_SIGNALS_WAITING = 4096,
    /* Entries that are written when cases are opened are so many or a multiple of it: what is
     * missing is padding, so that the size of the log tells how many there were only where there
     * were many. */
    LIMIT_SIGNALS_COVER = 8,
    /* The moments of opening lie between the first and the second part of this apart, drawn anew
     * each time: with six hours, one hour and eleven. Nobody who asks can wait that long before
     * each question, and officers have two weeks for a case. */
    LIMIT_SIGNALS_EVERY_MS = 21600000,
    LIMIT_SIGNALS_EVERY_LEAST_MS = 1000,
    LIMIT_SIGNALS_EVERY_MOST_MS = 86400000,
    LIMIT_SIGNALS_EVERY_PARTS = 6,
    LIMIT_SIGNALS_EVERY_PARTS_MOST = 11,
    /* Hits of one case that are kept: an officer reads some of them. */
    LIMIT_SIGNALS_HITS = 100,
    /* Hits that are shown with a case: the newest. */
    LIMIT_SIGNALS_HITS_SHOWN = 20,
    /* A hit joins an open case of the same rule and user that is no older than four weeks. */
    LIMIT_SIGNALS_JOIN_DAYS = 28,
    /* How long officers have: as long as they have for what no day is set for. */
    LIMIT_SIGNALS_DUE_DAYS = 14,
    /* How long hits are kept: as earlier ones of the same rule and user. */
    LIMIT_SIGNALS_KEPT_DAYS = 400,
    /* People on the staff list of an agency, and records that it marked: a large council's teams
     * that use the partnership's answers. */
    LIMIT_SIGNALS_MARKS = 4096,
    /* Tokens of one person that meet marks: some records with some tokens each. */
    LIMIT_SIGNALS_MATCHES = 512,
    /* Marked people who are in the map of an agency, for questions about somebody whom the log does
     * not remember, as after a crash: all that one agency's staff list can be. */
    LIMIT_SIGNALS_PERSONS = 4096,
    /* Entries of the log that are looked at together: those of a batch of the index, which come
     * from one reading. */
    LIMIT_SIGNALS_BATCH = 256,
    /* How often the counts are written: what a crash loses is counted again from the log. */
    LIMIT_SIGNALS_WRITE_MS = 60000,
};

#endif
