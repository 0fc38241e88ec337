/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of signals of misuse (gateway/signals): where a rule hit, and what is counted of an
 * agency's people. Derived from the log; users stand here as tags alone. */
#ifndef GATEWAY_STORE_SIGNALS_H
#define GATEWAY_STORE_SIGNALS_H

#include "gateway/base/limits_signals.h"
#include "gateway/store/store.h"

/* A rule that hit. opener: STORE_TAG_OPENER of agency and user. */
struct store_signal {
    struct store_tag opener;
    uint32_t rule;
    uint64_t log_index; /* of the entry that it is about */
    int64_t at_ms;
    struct review_id review; /* the case that it is in */
};

/* Adds them in one transaction; those that are there stay as they are, and beyond
 * LIMIT_SIGNALS_HITS of one case nothing is added. STORE STORE_IO, STORE_LATCHED. */
LG_MUST_USE struct lg_err store_signals_add(struct store *store, const struct store_signal *signals,
                                            size_t count);
/* The newest of a rule and user. */
LG_MUST_USE struct lg_err store_signal_last(struct store_reader *reader,
                                            const struct store_tag *opener, uint32_t rule,
                                            bool *out_found, struct store_signal *out_signal);

/* A case's hits: how many are kept, the newest of them, and how many of the same rule and user came
 * before it, at most STORE_REVIEW_COUNT_MAX. */
struct store_signals_of {
    uint32_t count;
    uint32_t earlier;
    size_t shown_count;
    struct store_signal shown[LIMIT_SIGNALS_HITS_SHOWN];
};
LG_MUST_USE struct lg_err store_signals_of_case(struct store_reader *reader,
                                                const struct review_id *review,
                                                struct store_signals_of *out_of);

/* Whether somebody has a hit in a case that is kept. */
LG_MUST_USE struct lg_err store_signal_has(struct store_reader *reader,
                                           const struct review_id *review,
                                           const struct store_tag *opener, bool *out_has);

/* ---- Cases that wait ------------------------------------------------------------------------- */

/* A case that is to be opened at a moment that its hit does not tell. body: bytes of the review
 * module, at most STORE_REVIEW_BODY_MAX; sealed in the file. */
struct store_signal_wait {
    struct review_id review;
    struct span body;
};
/* Adds the hits, as store_signals_add, and lets the case wait that they belong to, in one
 * transaction; one that waits stays as it is. Errors as there; INPUT STORE_FIELDS. */
LG_MUST_USE struct lg_err store_signals_wait(struct store *store,
                                             const struct store_signal *signals, size_t count,
                                             const struct store_signal_wait *wait);
LG_MUST_USE struct lg_err store_signal_is_waiting(struct store_reader *reader,
                                                  const struct review_id *review, bool *out_is);
LG_MUST_USE struct lg_err store_signals_waiting_count(struct store_reader *reader,
                                                      size_t *out_count);
/* At most LIMIT_SIGNALS_WAITING, by their ids, in the arena. A body that the disk changed comes
 * empty: one case must not keep all others from being opened. */
LG_MUST_USE struct lg_err store_signals_waiting(struct store_reader *reader, struct arena *arena,
                                                struct store_signal_wait **out_waiting,
                                                size_t *out_count);
/* What was opened waits no more, and the next moment is then, in one transaction. */
LG_MUST_USE struct lg_err store_signals_opened(struct store *store,
                                               const struct store_signal_wait *opened, size_t count,
                                               int64_t next_ms);
/* *out_found false before there was a moment. */
LG_MUST_USE struct lg_err store_signals_moment(struct store_reader *reader, bool *out_found,
                                               int64_t *out_next_ms);

/* ---- Marks ----------------------------------------------------------------------------------- */

/* Values are stored. STAFF: somebody who acts for the agency; label is their user id. CANARY: a
 * record of the agency's own that nobody has a reason to see; label is its own name for it. */
enum store_mark_kind { STORE_MARK_STAFF = 1, STORE_MARK_CANARY };

/* A person marked by tokens alone; neither label nor identity is kept in clear. */
struct store_mark {
    struct span agency;
    enum store_mark_kind kind;
    struct span label;
    const struct store_tag *tags; /* of tokens: store_mark_tags */
    size_t tag_count;             /* 0: the mark is taken off; at most STORE_TOKENS_MAX */
};
LG_MUST_USE struct lg_err store_mark_tags(const struct store *store,
                                          const struct store_token *tokens, size_t count,
                                          struct store_tag *out_tags);
/* Whom a label stands for; of STAFF whatever the case of its letters. */
LG_MUST_USE struct lg_err store_mark_label(const struct store *store, const struct store_mark *mark,
                                           struct store_tag *out_label);
/* Puts it in place of what the label had before. out_count: labels of the kind that the agency has
 * then; *out_is_full: it would have had more than LIMIT_SIGNALS_MARKS, and nothing was changed. */
struct store_marked {
    uint32_t count;
    bool is_full;
};
LG_MUST_USE struct lg_err store_mark_put(struct store *store, const struct store_mark *mark,
                                         struct store_marked *out_marked);

/* The same as a change of the log (store_changes_apply). */
struct store_mark_change {
    uint64_t log_index;
    struct store_mark mark;
};
/* Labels of the kind that the agency has, and whether the label of this mark is one. */
struct store_mark_standing {
    uint32_t count;
    bool has;
};
LG_MUST_USE struct lg_err store_mark_standing(struct store_reader *reader,
                                              const struct store_mark *mark,
                                              struct store_mark_standing *out_standing);

/* A token that a record of a person and a mark have in common. */
struct store_mark_match {
    enum store_mark_kind kind;
    struct store_tag label;
    enum token_class token_class;
    struct store_tag enrolment; /* of the record */
};
/* Of a person: with the agency's staff, and of canaries with those that an agency marked among its
 * own records. At most LIMIT_SIGNALS_MATCHES of each; in the arena. */
struct store_mark_matches {
    struct store_mark_match *items;
    size_t count;
};
LG_MUST_USE struct lg_err store_marks_match(struct store_reader *reader, struct span agency,
                                            const struct person_id *person, struct arena *arena,
                                            struct store_mark_matches *out_matches);

/* People some record of whom has such a token, at most LIMIT_SIGNALS_PERSONS; in the arena. */
LG_MUST_USE struct lg_err store_marks_persons(struct store_reader *reader, struct span agency,
                                              struct arena *arena, struct person_id **out_persons,
                                              size_t *out_count);

/* ---- Counts ---------------------------------------------------------------------------------- */

/* What is counted of one agency's people: bytes of the signals module. */
struct store_signal_counts {
    struct span agency;
    struct span body;
};
enum { STORE_SIGNALS_BODY_MAX = 5 << 17 };

/* Replaces the counts of these agencies and says up to which size of the log they go, in one
 * transaction, and deletes hits from before forget_ms. Errors as above; INPUT STORE_FIELDS. */
struct store_signals_written {
    const struct store_signal_counts *counts;
    size_t count;
    uint64_t through;
    int64_t forget_ms;
};
LG_MUST_USE struct lg_err store_signals_write(struct store *store,
                                              const struct store_signals_written *written);
/* out_body empty where nothing was written of the agency; in the arena. STORE STORE_CORRUPT. */
LG_MUST_USE struct lg_err store_signals_read(struct store_reader *reader, struct span agency,
                                             struct arena *arena, struct span *out_body);
/* *out_found false before the first were written. */
LG_MUST_USE struct lg_err store_signals_through(struct store_reader *reader, bool *out_found,
                                                uint64_t *out_through);

#endif
