/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of the life of agreements. */
#ifndef GATEWAY_BASE_LIMITS_AGREEMENT_H
#define GATEWAY_BASE_LIMITS_AGREEMENT_H

enum {
    /* Agreements that a gateway ever had, versions of one, and acts on one version: a version a
     * month for twenty years, and a hundred parties that sign, suspend and resume. What an officer
     * can send is bounded all the same. */
    LIMIT_AGREEMENTS = 64,
    LIMIT_AGREEMENT_VERSIONS = 256,
    LIMIT_AGREEMENT_ACTS = 2048,
    /* Versions that one party proposed and that were never activated, and how many of all are left
     * for the lead: a party that proposes without end must not use up what a new version needs. */
    LIMIT_AGREEMENT_PROPOSED = 16,
    LIMIT_AGREEMENT_VERSIONS_LEAD = 64,
    /* Of the acts, how many are left for those that stop: whoever suspends and resumes without end
     * must not use up what the others need to suspend, to leave, and to end it. */
    LIMIT_AGREEMENT_ACTS_STOP = 512,
    /* How often one party resumes what it suspended on one version: more than a year needs, and of
     * all parties together half of the acts. */
    LIMIT_AGREEMENT_RESUMES = 8,
    /* Floors, and registers, that texts were ever compiled under: one a quarter for sixteen years.
     * And texts under those of old that are kept for who explains many decisions of one time. */
    LIMIT_AGREEMENT_GROUNDS = 64,
    LIMIT_AGREEMENT_OLD_TEXTS = 16,
    /* Signature lines beside one version. */
    LIMIT_AGREEMENT_SIGNATURES_SIZE = 2097152,
    /* A text, the reports that are attached to it and the test cases beside it: some thousand lines
     * each. Together with the signatures they fit one answer. */
    LIMIT_AGREEMENT_TEXT_SIZE = 262144,
    LIMIT_AGREEMENT_REPORT_SIZE = 131072,
    /* Of the reports, what the proposer attaches; the changes have the rest. */
    LIMIT_AGREEMENT_ATTACHED_SIZE = 65536,
    LIMIT_AGREEMENT_CASES_SIZE = 65536,
    /* A request that carries all three, and who sends it. */
    LIMIT_SERVICE_AGREEMENT_REQUEST = 397312,
    /* The sentence of one difference between two versions: it lists every role and field. */
    LIMIT_AGREEMENT_CHANGE_SENTENCE = 65536,
    /* Entries of the log that one replay looks through, and answers of the reader's side that it
     * puts to the draft: each is opened by trying the key of every person, and an officer could
     * otherwise keep the bulk lane busy for ever. A few days of a busy hub. */
    LIMIT_SERVICE_REPLAY_SCAN = 262144,
    LIMIT_SERVICE_REPLAY_ANSWERS = 16384,
    /* Entries of one turn on the pool, so that others get theirs and who goes away ends it. */
    LIMIT_SERVICE_REPLAY_STEP = 128,
    /* Moments at which what is in force changes by itself: first days, ends and withdrawals that
     * are still to come. */
    LIMIT_AGREEMENT_STAGES = 64,
};

#endif
