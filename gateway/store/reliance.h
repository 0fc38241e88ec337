/* SPDX-License-Identifier: Apache-2.0 */
/* Who received what on the strength of a consent, derived from the log as consents are: so that a
 * withdrawal can be told to each recipient that relied on it (UK GDPR, Article 19). A row is one
 * recipient, source, purpose and category of data under one consent. It ends with the consent, and
 * is settled when its recipient has acknowledged the notice. */
#ifndef GATEWAY_STORE_RELIANCE_H
#define GATEWAY_STORE_RELIANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/store.h"

enum {
    STORE_RELIANCE_BODY_MAX = LIMIT_STORE_RELIANCE_BODY,
    STORE_USES_MAX = LIMIT_STORE_USES,
    STORE_NOTICE_ROWS_MAX = LIMIT_STORE_NOTICE_ROWS,
};

/* What makes a row one of its own. */
struct store_use_key {
    uint8_t rests_on; /* the consent module's own: a consent of a kind, or that nobody objected */
    struct consent_id consent; /* or whatever fact says so, or the person */
    struct span recipient;
    struct span agreement;
    struct span purpose;
    struct span source;
    struct span category;
};

struct store_use {
    struct store_use_key key;
    struct span body; /* the consent module's own format, 1 to STORE_RELIANCE_BODY_MAX */
};

/* Names one notice: everything that this change of consent ended for this recipient under this
 * agreement, of one kind of consent. */
struct store_notice_key {
    struct span recipient;
    struct span agreement;
    enum consent_kind kind;
    uint64_t ended_index;
};
LG_MUST_USE struct lg_err store_notice_tag(const struct store *store,
                                           const struct store_notice_key *key,
                                           struct store_tag *out_tag);
/* The id by which a source's side knows the notice: two sources have none in common. */
LG_MUST_USE struct lg_err store_notice_side_tag(const struct store *store,
                                                const struct store_tag *notice, struct span party,
                                                struct store_tag *out_tag);

/* What is counted of a fact. Values are stored. */
enum store_tally_what {
    STORE_TALLY_GIVEN,
    STORE_TALLY_REFUSED,
    STORE_TALLY_WITHDRAWN,
    STORE_TALLY_OBJECTED,
    STORE_TALLY_END
};
struct store_tally_mark {
    struct span agency; /* that recorded it; empty: not counted */
    int32_t month;      /* years * 12 + month from 0, UTC */
    enum store_tally_what what;
};

enum store_change_kind { STORE_CHANGE_CONSENT = 1, STORE_CHANGE_USES, STORE_CHANGE_ACKNOWLEDGED };

/* One CONSENT entry of the log, to be applied by store_changes_apply. A fact ends the person's rows
 * that it covers, those that reach the store after it as well: between a release and its row stands
 * another entry. */
struct store_consent_change {
    enum store_change_kind kind;
    uint64_t log_index;
    struct store_consent consent; /* CONSENT; log_index as above */
    struct store_tally_mark tally;
    struct person_id person;      /* USES: whom they are about */
    const struct store_use *uses; /* at most STORE_USES_MAX */
    size_t use_count;
    uint64_t released_index; /* USES: no later than any of their releases */
    struct store_tag notice; /* ACKNOWLEDGED */
};

/* Whether the fact ends the reliance, and which notice tells of it. Both bodies are the consent
 * module's own. Must not call the store's writers. */
struct store_ending {
    void *ctx;
    struct lg_err (*find)(void *ctx, struct span fact_body, struct span use_body, bool *out_ends,
                          struct store_notice_key *out_key);
};

/* Whether there is such a row, ended or not. */
LG_MUST_USE struct lg_err store_use_find(struct store_reader *reader,
                                         const struct store_use_key *key, bool *out_found);

/* An ended row, as its recipient or its source gets to see it. */
struct store_reliance {
    struct person_id person;
    struct store_tag notice;
    uint64_t ended_index;
    uint64_t acknowledged_index; /* 0: outstanding */
    uint64_t row;                /* its place among those of a notice */
    struct span body;
};

/* Which rows: of one recipient or of one source, whose consent ended at or after from_index, and
 * of those of from_index what comes after this notice and row; with outstanding_only those that
 * were not acknowledged. */
struct store_reliance_search {
    struct span party;
    bool is_source;
    bool outstanding_only;
    uint64_t from_index;
    struct store_tag after_notice; /* zeros: from the first */
    uint64_t after_row;
};

/* Where a party's next page begins, as that party carries it: sealed, as the index itself would
 * tell two parties that they were told of one change. For it and its side alone. */
enum {
    STORE_NOTICE_PAGE_PLAIN = 8 + STORE_TAG_SIZE + 8,
    STORE_NOTICE_PAGE_SIZE = STORE_NOTICE_PAGE_PLAIN + VAULT_SEAL_OVERHEAD
};
void store_notice_page_seal(const struct store *store, const struct store_reliance_search *search,
                            uint8_t out[static STORE_NOTICE_PAGE_SIZE]);
/* Sets from_index, after_notice and after_row of the search, whose party and side it must have been
 * sealed for. INPUT STORE_FIELDS. */
LG_MUST_USE struct lg_err store_notice_page_open(const struct store *store, struct span page,
                                                 struct store_reliance_search *search);

/* In the order of ended_index and notice, at most STORE_NOTICE_ROWS_MAX; in the arena. */
LG_MUST_USE struct lg_err store_reliances_read(struct store_reader *reader,
                                               const struct store_reliance_search *search,
                                               struct arena *arena,
                                               struct store_reliance **out_rows, size_t *out_count);
/* What an agency recorded in a month. */
struct store_tally {
    uint32_t counts[STORE_TALLY_END];
};
LG_MUST_USE struct lg_err store_tally_read(struct store_reader *reader, struct span agency,
                                           int32_t month, struct store_tally *out_tally);

/* All rows of one notice, at most STORE_NOTICE_ROWS_MAX; in the arena. */
LG_MUST_USE struct lg_err store_notice_read(struct store_reader *reader,
                                            const struct store_tag *notice, struct arena *arena,
                                            struct store_reliance **out_rows, size_t *out_count);

#endif
