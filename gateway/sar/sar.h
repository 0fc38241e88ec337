/* SPDX-License-Identifier: Apache-2.0 */
/* Subject access requests: a person, or somebody for them, asks an agency what was shared about
 * them (UK GDPR, Article 15; Data Protection Act 2018, section 45 where Part 3 applies).
 *
 * Every step is a SUBJECT_ACCESS entry of the log, sealed under the person's key: who opened,
 * extended, paused, marked a line, closed, and why. What a request is now follows from its entries
 * alone, in their order, so a step that came too late changes nothing, for everybody alike.
 *
 * An erasure of the person waits for the answer: while a request about them is open, their keys are
 * not destroyed (gateway/store/erasure.h). The answer is owed whatever else the person asked for
 * (Article 12(3)), and destroying what it would be made of in its stead is what section 173 of the
 * Data Protection Act 2018 forbids. Closed requests go with the person: what was answered is then
 * the person's copy and the agency's own file. One that was opened while the erasure was under way
 * stays, about nobody: the answer is that nothing is held.
 *
 * A request is opened whether or not the index knows whom it is about: an agency owes an answer to
 * anybody who asks, and one that learned by opening whether somebody is known would have asked
 * without an agreement. A request about nobody finds nothing, by the same work. */
#ifndef GATEWAY_SAR_SAR_H
#define GATEWAY_SAR_SAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_sar.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/store/sar.h"
#include "gateway/vault/vault.h"

enum sar_code {
    SAR_FIELDS = 1, /* INPUT: a field is missing, outside its range, or longer than an entry */
    SAR_BODY,       /* INPUT: bytes that are not what a SUBJECT_ACCESS entry has */
    SAR_MEMORY,     /* LIMIT: the arena is used up */
};

/* The reason that every such entry has in clear: which step it is stands in the sealed part. */
#define SAR_REASON "SUBJECT_ACCESS"

/* ---- The clock ------------------------------------------------------------------------------- */

/* Days are those of base/day.h, and today is the civil day of the United Kingdom there: a period
 * of the statute is one of days as the person and the office have them. */
struct sar_clock {
    int32_t received;     /* the day on which the request came, a working day or not */
    int32_t paused_days;  /* in which an answer of the person was waited for */
    int32_t extra_months; /* 0 to SAR_EXTRA_MONTHS_MAX */
};
enum { SAR_EXTRA_MONTHS_MAX = 2 };

/* The last day for the answer: the corresponding date of the next month, or the last day of that
 * month where it has no such date (UK GDPR, Article 12(3)); later by what was paused, and by the
 * months of an extension; where that is no working day, the next one. */
int32_t sar_due_day(const struct sar_clock *clock);
/* Not a Saturday, a Sunday or a bank holiday of England and Wales: those that the Banking and
 * Financial Dealings Act 1971 and custom fix, computed, with their substitutes. Days that are
 * proclaimed for one year only are not known; the day due is then earlier than it has to be. */
bool sar_is_working_day(int32_t day);

/* ---- Exemptions ------------------------------------------------------------------------------ */

/* Why a line may be withheld. */
struct sar_exemption {
    const char *code;
    const char *words;   /* for the person: after "withheld because of" */
    const char *statute; /* where it stands */
    /* Whether the person is told that lines were withheld under it: not where to tell would do the
     * harm that it is there to prevent (DPA 2018, section 45(5) and (6); Schedule 2, paragraph 2;
     * Schedule 3). Such lines are counted for the officers alone. */
    bool is_told;
};
/* All, in the order of their numbers, which are stored: never renumbered. */
size_t sar_exemptions(const struct sar_exemption **out_exemptions);
/* NULL for a code that is none. *out_number: from 1. */
const struct sar_exemption *sar_exemption_find(struct span code, uint8_t *out_number);
/* NULL for 0 and for a number that is none. */
const struct sar_exemption *sar_exemption_at(uint8_t number);

/* ---- Steps ----------------------------------------------------------------------------------- */

/* Values are stored. */
enum sar_step_kind {
    SAR_OPEN = 1,
    SAR_EXTEND,   /* by months; before the day on which it would first be due, once */
    SAR_PAUSE,    /* from day, no pause before it: the person was asked who they are, or what they
                   * mean; not once the day of the answer has passed */
    SAR_RESUME,   /* from day: they answered */
    SAR_WITHHOLD, /* line, under exemption */
    SAR_REVEAL,   /* line: the mark is taken back */
    SAR_CLOSE,
    SAR_EXPORT, /* answer: what the person gets was made, and is given to somebody */
    SAR_STEP_END
};

/* Values are stored. UK GDPR, Article 12A, as the Data (Use and Access) Act 2025, section 76, has
 * it: both stop the clock. */
enum sar_pause {
    SAR_PAUSE_NONE = 0,
    SAR_PAUSE_IDENTITY = 1,
    SAR_PAUSE_CLARIFICATION,
    SAR_PAUSE_END
};

/* Values are stored. */
enum sar_outcome {
    SAR_OUTCOME_NONE = 0,
    SAR_OUTCOME_ANSWERED = 1, /* after an EXPORT alone */
    SAR_OUTCOME_REFUSED,      /* manifestly unfounded or excessive: Article 12(5) */
    SAR_OUTCOME_WITHDRAWN,    /* by the person */
    SAR_OUTCOME_END
};

/* Values are stored. */
enum sar_answer_form {
    SAR_ANSWER_NONE = 0,
    SAR_ANSWER_HTML = 1,
    SAR_ANSWER_CSV,
    SAR_ANSWER_JSON,
    SAR_ANSWER_END
};
enum sar_recipient {
    SAR_TO_NOBODY = 0,
    SAR_TO_PERSON = 1,
    SAR_TO_REPRESENTATIVE, /* of a request that somebody makes for the person */
    SAR_TO_END
};

/* An answer as it was made: it can be shown later that a document is this one, and which lines were
 * in it, without anything of them standing here. Digests are of personal data, and sealed under the
 * person's key as all of the entry. */
struct sar_answer {
    enum sar_answer_form form;
    enum sar_recipient to;
    uint64_t covered; /* the log had so many entries */
    uint32_t line_count;
    uint8_t lines[VAULT_SHA256_SIZE];    /* SHA-256 of their log indices, 8 bytes each, highest
                                            first, as they stand in it */
    uint8_t document[VAULT_SHA256_SIZE]; /* SHA-256 of its bytes */
};

/* One step, as it is sealed. What its kind does not need is 0 or empty. */
struct sar_step {
    enum sar_step_kind kind;
    uint64_t number; /* of the request: the log index of its OPEN; 0 in that one itself */
    int64_t at_ms;   /* UTC */
    int32_t day;     /* OPEN: received; PAUSE, RESUME: from when */
    uint8_t months;  /* EXTEND: 1 or 2 */
    enum sar_pause pause;
    enum sar_outcome outcome;
    uint8_t exemption;       /* WITHHOLD: its number */
    uint64_t line;           /* WITHHOLD, REVEAL: log index */
    bool has_person;         /* OPEN: the index knew whom it is about */
    struct person_id person; /* OPEN: else random */
    bool is_represented;     /* OPEN: somebody asks for the person */
    struct span agency;      /* whose officer acts, and through what */
    struct span system;
    struct span user_id;
    struct span role;
    struct span case_reference; /* OPEN: the agency's own; may be empty */
    struct span evidence;       /* OPEN: where the representative's authority is kept */
    struct span reason;         /* a sentence; OPEN has none, EXPORT may have */
    struct sar_answer answer;   /* EXPORT */
};

/* The body of an entry, in the arena. INPUT SAR_FIELDS; LIMIT SAR_MEMORY. */
LG_MUST_USE struct lg_err sar_step_encode(const struct sar_step *step, struct arena *arena,
                                          struct span *out_body);
/* Spans point into the body. INPUT SAR_BODY. */
LG_MUST_USE struct lg_err sar_step_decode(struct span body, struct sar_step *out_step);
/* The store's row for a durable entry. INPUT SAR_BODY. */
LG_MUST_USE struct lg_err sar_row_make(uint64_t log_index, struct span body,
                                       struct store_sar *out_row);

/* ---- A request ------------------------------------------------------------------------------- */

/* What the entries of one request come to, but for the marks on lines. */
struct sar_request {
    uint64_t number;
    struct sar_step opened;
    size_t step_count; /* after the first */
    int32_t paused_days;
    int32_t paused_since; /* where pause is not NONE */
    int32_t resumed_on;   /* the day on which the last pause ended; 0: there was none */
    enum sar_pause pause;
    uint8_t extra_months;
    size_t export_count;
    struct sar_answer answer; /* the last, and when */
    int64_t answered_ms;
    enum sar_outcome outcome; /* NONE: it is open */
    int64_t closed_ms;
    bool is_asked_done; /* of sar_request_read */
};

/* NULL where the step may be done to the request as it is; else the sentence that says why not. Of
 * marks the store tells whether there is one. */
const char *sar_step_fault(const struct sar_request *request, const struct sar_step *step);
/* Does it; one that may not be done changes nothing, and gives false. */
bool sar_step_apply(struct sar_request *request, const struct sar_step *step);
/* The request of a row with its steps, in the arena; is_asked_done: whether the step with log index
 * `asked` was done. INPUT SAR_BODY; errors of reading; LIMIT. */
LG_MUST_USE struct lg_err sar_request_read(struct store_reader *reader, const struct store_sar *row,
                                           uint64_t asked, struct arena *arena,
                                           struct sar_request *out_request);
/* The last day for the answer; where it is paused, as if the person answered today. */
int32_t sar_request_due(const struct sar_request *request, int32_t today);
/* Open, not paused, and the day has passed. */
bool sar_request_is_overdue(const struct sar_request *request, int32_t today);

#endif
