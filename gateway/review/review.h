/* SPDX-License-Identifier: Apache-2.0 */
/* Cases that somebody looks at afterwards: break-glass, anomalies, consents that the asker itself
 * recorded, budgets whose soft line was crossed, differences between the log and what its parties
 * wrote down themselves.
 *
 * The log is the truth: opening a case and every act on it are REVIEW entries (sealed body below),
 * and the store holds what is derived from them. What an entry says is durable and applied before
 * whoever wrote it hears of it. A case is reviewed by officers of one agency, never by the person
 * whose doing it is about, nor by the second person who confirmed it. Until it is closed as safe,
 * the person whom it is about is not told (law.md 4.3, rule 10; DPA 2018 Sch 2 para 2 and Sch 3
 * para 5 are why telling can be unsafe or unlawful). */
#ifndef GATEWAY_REVIEW_REVIEW_H
#define GATEWAY_REVIEW_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/store/store.h"

enum review_code {
    REVIEW_FIELDS = 1, /* INPUT: a field is outside its range, or all are longer than an entry */
    REVIEW_BODY,       /* INPUT: bytes that are not the body of a REVIEW entry */
    REVIEW_MEMORY,     /* LIMIT: the arena is used up */
};

/* Values are stored. */
enum review_kind {
    REVIEW_EMERGENCY = 1,
    REVIEW_ANOMALY,
    REVIEW_CONSENT_BY_ASKER,
    REVIEW_BUDGET,
    REVIEW_DIFFERENCE, /* between an agency's own record, or its receipts, and the log */
    REVIEW_KIND_END
};
/* "emergency", "anomaly", "consent-by-asker", "budget", "difference": a static string. */
const char *review_kind_name(enum review_kind kind);

/* Whose doing a case is, and under which agreement: for whom earlier cases are counted. */
struct review_opener {
    struct span agency;
    struct span user_id;
    struct span agreement; /* may be empty */
};
LG_MUST_USE struct lg_err review_opener_tag(const struct store *store,
                                            const struct review_opener *opener,
                                            struct store_tag *out_tag);

/* A case as it is opened. Texts that are not known are empty. */
struct review_opening {
    struct review_id id; /* random; of an emergency also its declaration */
    enum review_kind kind;
    struct span reviewer; /* agency whose officers review it */
    struct review_opener opener;
    struct span system;
    struct span role;
    struct span purpose;
    struct span case_reference;
    int64_t opened_ms;
    int64_t due_ms;
    bool has_person; /* one whom the opener may know: others must not show by anything here */
    struct person_id person;
    struct span cause; /* code: an emergency's reason, a budget's purpose, the rule of an anomaly */
    struct span rationale;
    enum capacity capacity;     /* to consent, of the person asked about */
    struct span capacity_basis; /* how that is known: a code */
    struct span second_user;    /* who confirmed it, of the opener's agency */
    struct span second_role;
    struct span tell_office;  /* whom the agreement has told */
    int64_t tell_due_ms;      /* 0 where nobody */
    struct span_list sources; /* agencies that were asked; they see that there is a case */
};

enum review_act_kind {
    REVIEW_TAKE = 1,
    REVIEW_CLOSE,
    REVIEW_ESCALATE,
    REVIEW_TELL,
    REVIEW_LAPSE, /* the gateway's own: the day has passed, and officers of `agency` see it too */
    REVIEW_ACT_END
};

/* What somebody does with a case; of LAPSE nobody: user and role are empty. */
struct review_act {
    struct review_id id;
    enum review_act_kind kind;
    int64_t at_ms;
    struct span agency;
    struct span user_id;
    struct span role;
    struct span outcome; /* CLOSE: "justified" or "not-justified" */
    struct span telling; /* CLOSE: how the person is told, a code of review_telling_is_known */
    struct span channel; /* TELL: the safe channel that was used */
    struct span reasons; /* CLOSE, ESCALATE: a sentence */
};

/* "tell": the person may be told now. "tell-later": not yet, the case stays on the list of what is
 * due. "do-not-tell-crime", "do-not-tell-harm": telling would prejudice the purposes of crime
 * prevention (DPA 2018 Sch 2 para 2), or is likely to cause serious harm (Sch 3 para 5).
 * "not-needed": there is nobody to tell. */
bool review_telling_is_known(struct span telling);
/* "in-person", "telephone-agreed", "letter-agreed", "representative": ways that the person or those
 * who look after them named as safe. */
bool review_channel_is_known(struct span channel);
/* What a case of kind DIFFERENCE can be about: its cause. The words are those of `lockgate audit
 * reconcile`. */
bool review_difference_is_known(struct span cause);

/* ---- Entries ---- */

/* The body of the entry that opens a case, in the arena. INPUT REVIEW_FIELDS; LIMIT. */
LG_MUST_USE struct lg_err review_opening_encode(const struct review_opening *opening,
                                                struct arena *arena, struct span *out_body);
/* The body of the entry of an act. */
LG_MUST_USE struct lg_err review_act_encode(const struct review_act *act, struct arena *arena,
                                            struct span *out_body);
/* What a body says; spans point into body and arena. Exactly one of the two is filled. INPUT
 * REVIEW_BODY; LIMIT REVIEW_MEMORY. */
struct review_entry {
    bool is_opening;
    struct review_opening opening;
    struct review_act act;
};
LG_MUST_USE struct lg_err review_entry_decode(struct span body, struct arena *arena,
                                              struct review_entry *out_entry);

/* Whom the leaf of an entry about a case names as its agency: whoever wrote it, but nobody where
 * the case is kept from one of the agency's own officers, whose doing it is. The log is shown to
 * all officers alike, and entries without a case in the list would be theirs. The body says whose
 * it is. */
struct span review_leaf_agency(enum review_kind kind, struct span agency);

/* A REVIEW entry that is durable. */
struct review_logged {
    uint64_t log_index;
    struct span body;
};
/* Rows of the store for such entries: openings and acts, each in their order, in lists with room
 * for `count`. Spans in the arena or borrowed from the bodies. INPUT REVIEW_BODY (the log holds
 * what this version cannot read: do not start); LIMIT REVIEW_MEMORY. */
struct review_rows {
    struct store_review_open *opens;
    size_t open_count;
    struct store_review_act *acts;
    size_t act_count;
};
LG_MUST_USE struct lg_err review_rows_make(const struct store *store,
                                           const struct review_logged *entries, size_t count,
                                           struct arena *arena, struct review_rows *out_rows);

/* ---- Cases ---- */

struct review_who {
    struct span agency;
    struct span user_id;
};

/* A case as it stands: its opening and what its acts, in the order of the log, made of it. */
struct review_case {
    struct review_opening opening;
    uint64_t log_index;
    enum store_review_state state;
    size_t act_count;         /* that the store holds */
    struct span taken_agency; /* the present reviewer; empty while nobody */
    struct span taken_by;
    struct review_who escalated_by[STORE_REVIEW_ACTS_MAX]; /* who may not take it again */
    size_t escalated_count;
    int64_t lapsed_ms;     /* 0: not */
    struct span lapsed_to; /* the agency whose officers see it since */
    int64_t seen_ms;       /* when somebody took it first; 0: nobody did */
    struct span outcome;   /* "justified", "not-justified", or empty */
    struct span reasons;
    struct span telling;
    int64_t closed_ms;
    int64_t told_ms; /* 0: not told */
    struct span channel;
};
/* STORE STORE_CORRUPT for a body that cannot be read; errors of the store. */
LG_MUST_USE struct lg_err review_case_read(struct store_reader *reader,
                                           const struct store_review *review, struct arena *arena,
                                           struct review_case *out_case);
/* What an act that was checked makes of the case. */
void review_case_apply(struct review_case *it, const struct review_act *act);
bool review_case_is_overdue(const struct review_case *it, int64_t now_ms);
/* The body of the entry by which an overdue case, not lapsed, is handed on to `next`, an agency: it
 * is open for everybody who may review it again, there and where it was. As review_act_encode. */
LG_MUST_USE struct lg_err review_lapse_encode(const struct review_case *it, struct span next,
                                              int64_t now_ms, struct arena *arena,
                                              struct span *out_body);
/* Of an emergency: "blocked" until the case is closed, then the telling that was decided, "told"
 * once it was done. Empty for other kinds. A static string or a span of the case. */
struct span review_case_telling(const struct review_case *it);

/* Why an act may not be done now; NONE where it may. */
enum review_fault {
    REVIEW_FAULT_NONE,
    REVIEW_FAULT_OWN,       /* it is this person's own doing, or they confirmed it */
    REVIEW_FAULT_CLOSED,    /* it is closed */
    REVIEW_FAULT_NOT_TAKEN, /* this person has not taken it */
    REVIEW_FAULT_TAKEN,     /* this person has it already */
    REVIEW_FAULT_OUTCOME,   /* the outcome is none that is known, or has no sentence */
    REVIEW_FAULT_TELLING,   /* how the person is told is missing or unknown */
    REVIEW_FAULT_BLOCKED,   /* the review has not said that telling is safe */
    REVIEW_FAULT_TOLD,      /* the person was told */
    REVIEW_FAULT_CHANNEL,   /* not a safe channel that is known */
    REVIEW_FAULT_ESCALATED, /* this person escalated it: somebody else takes it */
    REVIEW_FAULT_FULL,      /* so many acts: whoever has the case closes it */
};
enum review_fault review_act_check(const struct review_case *it, const struct review_act *act);
/* Whether an act that is in the log made the case what it is now, read after it: another that was
 * checked at the same moment may have come before it, or in its place. */
bool review_act_counted(const struct review_case *it, const struct review_act *act);

#endif
