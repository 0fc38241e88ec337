/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of enrolment: one batch and one record at work. */
#ifndef GATEWAY_STORE_ENROL_INT_H
#define GATEWAY_STORE_ENROL_INT_H

#include "gateway/store/store_int.h"

struct enrol_state {
    struct store *store;
    const struct store_enrolment *batch;
    struct store_tag agency;
    struct store_tag enrolment;
    struct person_id made[STORE_BATCH_MAX]; /* new persons: their keys come before the commit */
    size_t made_count;
};

/* One record at work. */
struct enrol_record {
    const struct store_record *given;
    struct store_token tokens[STORE_TOKENS_MAX]; /* without repeats */
    struct store_tag tags[STORE_TOKENS_MAX];     /* sorted; tokens alike */
    size_t token_count;
    struct store_tag key;
    struct store_tag token_set;
    bool is_known;
    int64_t record_no;
    struct person_id person;
    bool is_same; /* tokens and agreement as before */
    bool is_opt_out_changed;
    bool is_opted_out; /* did not apply, and may apply now */
    bool is_merged;
};

/* What the rows of a person say: how many there are, whether one is of the batch's agency, whether
 * one has an identifier of an epoch in which the record has one as well. */
struct enrol_view {
    size_t rows;
    bool has_agency;
    bool has_identifier;
};

/* Tokens without repeats, the digest of all, and the row that is there. */
LG_MUST_USE struct lg_err enrol_record_read(struct enrol_state *state,
                                            const struct store_record *given,
                                            struct enrol_record *out_record);
LG_MUST_USE struct lg_err enrol_person_look(struct enrol_state *state,
                                            const struct person_id *person,
                                            const struct enrol_record *record,
                                            struct enrol_view *out_view);
/* A new person with a random M. */
LG_MUST_USE struct lg_err enrol_person_add(struct enrol_state *state, struct person_id *out_person);
/* Writes the row under record->person; sets record_no. */
LG_MUST_USE struct lg_err enrol_record_put(struct enrol_state *state, struct enrol_record *record);
LG_MUST_USE struct lg_err enrol_tokens_add(struct enrol_state *state,
                                           const struct enrol_record *record, uint32_t *out_cut);
/* The row and its tokens. */
LG_MUST_USE struct lg_err enrol_record_delete(struct store_db *db, int64_t record_no);

/* Makes one of the record's person and of another, who share no agency: the older keeps its M, the
 * other becomes an alias. record->person is the one that stays, is_merged is set; both are left as
 * they are where a ceiling forbids it. */
LG_MUST_USE struct lg_err enrol_merge(struct store *store, const struct person_id *other,
                                      struct enrol_record *record);

#endif
