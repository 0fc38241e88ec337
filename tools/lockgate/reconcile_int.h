/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit reconcile`: what a source wrote down, what the log says, what a recipient kept.
 * Comparing is pure; reading, asking and telling are in files of their own. */
#ifndef TOOLS_LOCKGATE_RECONCILE_INT_H
#define TOOLS_LOCKGATE_RECONCILE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/audit/audit.h"
#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/model/model.h"
#include "tools/record/record.h"

enum reconcile_code {
    RECONCILE_LIMIT = 360, /* LIMIT: more than can be compared at once; the diag says what to do */
    RECONCILE_IO,          /* STORE: a receipt or folder cannot be read; the diag says which */
};

/* Ceilings of one run, each some tens of MiB: a shorter stretch of time is compared then. */
enum {
    RECONCILE_LEFT_MAX = 131072,
    RECONCILE_LEAVES_MAX = 131072,
    RECONCILE_KEPT_MAX = 16384,
    RECONCILE_DIFFERENCES_MAX = 10000,
    /* A page of an honest gateway has a leaf; what never ends would keep the caller for ever. */
    RECONCILE_PAGES_MAX = RECONCILE_LEAVES_MAX,
    /* A receipt travels by itself, after the answer: before that nothing is missing. */
    RECONCILE_SETTLE_MS = 120000,
};

/* What can be wrong. The names are those of review_difference_is_known. */
enum reconcile_kind {
    RECONCILE_LEFT_WITHOUT_LEAF,
    RECONCILE_LEAF_WITHOUT_RECORD,
    RECONCILE_RELEASED_THOUGH_WITHHELD,
    RECONCILE_RELEASED_THOUGH_NOTHING_LEFT,
    RECONCILE_AGREEMENT_DIFFERS,
    RECONCILE_ITEMS_DIFFER,
    RECONCILE_DAY_DIFFERS,
    RECONCILE_COMMITMENT_DIFFERS,
    RECONCILE_LEAF_DIFFERS,
    RECONCILE_RECEIPT_UNPROVEN,
    RECONCILE_RECEIPT_MISSING,
    RECONCILE_ASKED_TWICE,
    RECONCILE_MORE_THAN_LEFT,
    RECONCILE_RECEIPT_NOT_KEPT,
    RECONCILE_ANSWER_DIFFERS,
    RECONCILE_RECORD_DAMAGED,
    RECONCILE_RECEIPT_WITHOUT_ANSWER,
    RECONCILE_COUNT_DIFFERS,
    RECONCILE_KIND_END
};
const char *reconcile_kind_name(enum reconcile_kind kind);
/* One sentence. */
const char *reconcile_kind_words(enum reconcile_kind kind);

/* An answer in the source's record, with the receipt that came for it. */
struct reconcile_left {
    struct call_reference call;
    int64_t time_ms;
    struct span agreement;
    uint32_t agreement_version;
    uint8_t items[VAULT_SHA256_SIZE]; /* as audit_part_items */
    uint32_t record_count;
    bool is_withheld;
    bool is_unsent;
    bool has_receipt;
    uint64_t index;
    uint8_t leaf_hash[AUDIT_HASH_SIZE];
    bool has_commitment;
    uint8_t commitment[AUDIT_HASH_SIZE];
    bool is_contradicted; /* by another receipt for the same call */
    bool is_in_log;       /* set by comparing */
};

/* A receipt in the source's record for a call of which the record has no answer. */
struct reconcile_orphan {
    struct call_reference call;
    int64_t time_ms; /* when it came */
    uint64_t index;
};

/* A leaf whose proof holds: nothing of it is the gateway's word beside its bytes. */
struct reconcile_leaf {
    uint64_t index;
    struct request_id request;  /* of a part the call reference */
    struct request_id question; /* zeros where is_asker_unknown */
    uint8_t leaf_hash[AUDIT_HASH_SIZE];
    enum audit_kind kind;
    bool is_source_side;    /* this agency was asked */
    bool is_requester_side; /* this agency asked; both, where it asks itself */
    bool is_asker_unknown;  /* of a part without its detail, as after an erasure */
    bool is_part;
    struct span source;
    struct span reason; /* as the leaf of a part shows it */
    struct span agreement;
    uint32_t agreement_version;
    bool has_items;
    uint8_t items[VAULT_SHA256_SIZE];
    bool has_commitment;
    uint8_t commitment[AUDIT_HASH_SIZE];
    int64_t time_ms; /* of a part the beginning of its day */
};

/* A receipt that a recipient kept. */
struct reconcile_kept {
    struct span file;
    bool is_proven; /* signature, path and detail hold; else nothing below but `file` is meant */
    uint64_t index;
    struct request_id request;
    uint8_t leaf_hash[AUDIT_HASH_SIZE];
    bool has_commitment;
    uint8_t commitment[AUDIT_HASH_SIZE];
    struct span source;
    struct span agreement;
    int64_t time_ms;
    bool has_count;
    uint32_t record_count; /* of the answer, where it is the one committed to; else as the detail
                              says */
    bool is_miscounted;    /* the detail has another number than the answer */
    bool has_answer;       /* the answer is beside it */
    bool answer_matches;
};

struct reconcile_difference {
    enum reconcile_kind kind;
    bool has_call;
    struct call_reference call;
    bool has_index;
    uint64_t index;
    struct span agreement;
    int64_t time_ms; /* 0: not known */
    struct span file;
    const struct record_damage *damage; /* of RECORD_DAMAGED; else NULL */
};

/* Everything of one run; lists in the arena. */
struct reconcile {
    struct span agency; /* our own, as our certificate names it */
    struct arena *arena;
    struct diag diag;
    /* what is compared: whole days, ms since 1970 UTC, last not included */
    int64_t from_ms;
    int64_t to_ms;
    int64_t settled_ms; /* what happened since is not looked at yet */
    struct record_state record;
    bool has_record;
    struct reconcile_left *left;
    size_t left_count;
    struct reconcile_orphan *orphans;
    size_t orphan_count;
    uint64_t receipt_last; /* highest proven index of the record's receipts; set by comparing */
    struct reconcile_leaf *leaves;
    size_t leaf_count;
    struct reconcile_kept *kept;
    size_t kept_count;
    bool has_kept;
    struct reconcile_difference *differences;
    size_t difference_count;
    uint64_t more; /* differences beyond the ceiling */
    uint64_t agreed;
    uint64_t pending;   /* too new to tell */
    uint64_t unreached; /* leaves of a hidden source of which there is no record */
    uint64_t others;    /* receipts of other agencies' leaves */
    uint64_t unknown;   /* leaves without a kept receipt that do not show who asked */
};

/* ---- leaves (reconcile_leaf.c) ---- */

/* Adds the leaf of a receipt that holds under a checkpoint of that key, if it is one that is
 * compared. INPUT of LG_AUDIT: it does not hold; LIMIT with the diag. `page` is memory for the
 * call. */
LG_MUST_USE struct lg_err reconcile_leaf_add(struct reconcile *it, const struct receipt_form *form,
                                             struct span checkpoint, const struct audit_vkey *vkey,
                                             struct arena *page);

/* ---- order (reconcile_order.c) ---- */

/* By call and time. */
void reconcile_left_sort(struct reconcile *it);
/* Those, leaves by index, and kept receipts by index. */
void reconcile_sort(struct reconcile *it);
/* The first answer of that call in the sorted list, or NULL; others of it stand behind it. */
struct reconcile_left *reconcile_left_find(const struct reconcile *it,
                                           const struct call_reference *call);
const struct reconcile_leaf *reconcile_leaf_find(const struct reconcile *it, uint64_t index);
/* Whether a receipt that holds is kept of that position. */
bool reconcile_is_kept(const struct reconcile *it, uint64_t index);

/* ---- comparing (reconcile_compare.c) ---- */

/* Fills the differences, by time and index. LIMIT. */
LG_MUST_USE struct lg_err reconcile_compare(struct reconcile *it);

/* ---- reading (reconcile_read.c, reconcile_kept.c) ---- */

/* LIMIT, with the diag: more than `most` of what is named. */
LG_MUST_USE struct lg_err reconcile_too_many(struct reconcile *it, const char *what, size_t most);

/* The record at `path`, of the stretch that is compared and two days at both ends of it: `left`,
 * `record` and `orphans`. Read up to three times. STORE, INPUT, LIMIT with the diag. */
LG_MUST_USE struct lg_err reconcile_record_read(struct reconcile *it, const char *path);
/* Receipts in a file, or in the files *.proof of a folder and of its folders; an answer NAME.part
 * beside NAME.proof is checked against it. STORE, LIMIT with the diag. */
LG_MUST_USE struct lg_err reconcile_kept_read(struct reconcile *it, const char *path,
                                              const struct audit_vkey *vkey);

/* ---- telling (reconcile_print.c) ---- */

void reconcile_print(const struct reconcile *it);
void reconcile_print_json(const struct reconcile *it);

#endif
