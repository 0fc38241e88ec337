/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing a person from log and index (UK GDPR, Article 17), ending a quarter of the log when its
 * time is over (Article 5(1)(e)), and holding both back (Article 17(3)).
 *
 * Every step is an ERASURE entry of the log: which key it is about stands there in clear, who acted
 * and why in the sealed part, which nobody's key of the quarter opens, since a person's own is what
 * may be destroyed. Two people are needed: an officer of any party asks, and another one, of the
 * host, decides. An agency that needs the entries for a claim, a duty or an inquiry holds the
 * person's keys; while one does, they are not destroyed. Nor are they while an agency owes the
 * person an answer to a subject access request.
 *
 * What an erasure is not: the agencies keep their own records, and one that still knows the person
 * enrols them anew, as somebody whom nothing in the log or the index is about. Consents end with
 * the person. What they refused does not: it is kept by their tokens alone
 * (gateway/store/suppress.h), for whoever comes with them again. */
#ifndef GATEWAY_ERASURE_ERASURE_H
#define GATEWAY_ERASURE_ERASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/store/erasure.h"

enum erasure_code {
    ERASURE_FIELDS = 1, /* INPUT: a text is missing or longer than an entry holds */
    ERASURE_BODY,       /* INPUT: bytes that are not what an ERASURE entry has */
    ERASURE_MEMORY,     /* LIMIT: the arena is used up */
};

/* Who acted, and why: the sealed part. */
struct erasure_act {
    int64_t at_ms; /* UTC */
    struct span agency;
    struct span system;
    struct span user_id;
    struct span role;
    struct span case_reference; /* may be empty */
    struct span reason;         /* a sentence */
    /* Asked for, or done: the tags (STORE_KEY_TAG_SIZE each, rising) of all keys of the person as
     * they were then; else empty. Who decides sees by it that nobody was merged into them since. */
    struct span named;
};

/* The reason that an entry of this step has in clear. */
const char *erasure_reason(enum store_erasure_step step);
/* The body of an ERASURE entry, in the arena. INPUT ERASURE_FIELDS; LIMIT ERASURE_MEMORY. */
LG_MUST_USE struct lg_err erasure_act_encode(const struct erasure_act *act, struct arena *arena,
                                             struct span *out_body);
/* Spans point into the body. INPUT ERASURE_BODY. */
LG_MUST_USE struct lg_err erasure_act_decode(struct span body, struct erasure_act *out_act);

/* The items of an ERASURE entry: the key's id with, in the eight bytes behind its first 17, the
 * index of the ASKED that it decides on (0: of none). In clear, so that it is known whatever became
 * of the key that seals the rest. */
void erasure_items_write(const struct store_key_id *id, uint64_t proposal,
                         uint8_t out[static STORE_KEY_ID_SIZE]);
/* A durable entry: its codes and its items in clear, and its body, which is empty where its key is
 * gone. All borrowed. */
struct erasure_logged {
    uint64_t log_index;
    struct span agency;
    struct span reason;
    struct span items;
    struct span body;
};
/* The store's row for it. INPUT ERASURE_BODY. */
LG_MUST_USE struct lg_err erasure_row_make(const struct erasure_logged *logged,
                                           struct store_erasure *out_row);

/* ---- Rules ---- */

/* A quarter as people write it, "2019-Q1", and as the log counts it: year * 4 + quarter from 0.
 * False for anything else. */
bool erasure_quarter_read(struct span text, uint32_t *out_quarter);
enum { ERASURE_QUARTER_SIZE = 16 };
void erasure_quarter_write(uint32_t quarter, char out[static ERASURE_QUARTER_SIZE]);
/* Whether the time for which a quarter's entries are kept is over: six whole years after it ended
 * (Limitation Act 1980, sections 5 and 9: until then somebody may bring a claim about what was
 * shared). */
bool erasure_quarter_is_due(uint32_t quarter, uint32_t now);

/* Who decides on what somebody asked for. */
struct erasure_decision {
    const struct erasure_act *asked; /* NULL: the log no longer opens who did; only refused then */
    const struct caller *caller;
    bool is_host; /* the caller's agency is the host of the partnership */
    bool is_refusal;
    bool is_held;
    bool is_changed; /* others were merged into the person, or the person into others, since */
    bool is_owed;    /* an answer to a subject access request */
};
/* Why it may not be done; NONE where it may. */
enum erasure_fault {
    ERASURE_FAULT_NONE,
    ERASURE_FAULT_FOREIGN, /* the caller is not of the host */
    ERASURE_FAULT_SELF,    /* whoever asked does not decide; nor anybody where that is not known */
    ERASURE_FAULT_CHANGED, /* it would be done to others than those it was asked for */
    ERASURE_FAULT_HELD,    /* somebody holds the person's keys */
    ERASURE_FAULT_OWED,    /* somebody owes the person an answer */
};
enum erasure_fault erasure_decision_check(const struct erasure_decision *decision);

#endif
