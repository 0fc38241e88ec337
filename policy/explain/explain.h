/* SPDX-License-Identifier: Apache-2.0 */
/* Why a decision came out as it did, for people, and what would make it lawful. Made on demand from
 * text, request and facts: now, or years later from a decision record (policy/record/record.h).
 * This is the one generator of such sentences: replies, console, command line and log use it.
 *
 * Three readers (design, section 12). What the requester reads of special and criminal data, and of
 * what a hidden source holds, follows from the agreement alone: it is the same bytes whether the
 * person is unknown, was never asked, agreed or refused. */
#ifndef POLICY_EXPLAIN_EXPLAIN_H
#define POLICY_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "policy/law/axes.h"
#include "policy/policy.h"

enum policy_reader {
    POLICY_READER_REQUESTER = 1, /* who asked: no state of consent */
    POLICY_READER_SOURCE,  /* officer of the agency asked: of who asked what its clause tells */
    POLICY_READER_AUDITOR, /* everything that was decided on */
};

/* ---- Hints ----------------------------------------------------------------------------------- */

/* One change that would help. Codes are sent and logged by name (policy_hint_name), which never
 * changes. */
enum policy_hint_kind {
    POLICY_HINT_NONE,
    POLICY_HINT_CITE_BASIS,        /* value: the basis */
    POLICY_HINT_CASE_REFERENCE,    /* give it */
    POLICY_HINT_SECOND_PERSON,     /* have one confirm */
    POLICY_HINT_ASK_AT,            /* at_s: from when; value: the same in local time */
    POLICY_HINT_ASK_PERSON,        /* for consent; value: the agency that would record it */
    POLICY_HINT_NO_CONSENT_REASON, /* say why the person is not asked */
    POLICY_HINT_AGE_CLASS,         /* value: child or adult, if that is so */
    POLICY_HINT_TRAINING,          /* value: the training to renew */
    POLICY_HINT_WAIT,              /* value: the limit that earlier questions used up */
    POLICY_HINT_RATIONALE,         /* number: characters at least */
    POLICY_HINT_EMERGENCY_REASON,  /* value: one that the agreement lists */
    POLICY_HINT_EMERGENCY_AGAIN,   /* declare it again, if it goes on */
    POLICY_HINT_EMERGENCY,         /* value: the section, number: characters of its rationale at
                                      least; only where the role may declare it */
    POLICY_HINT_FIVE_REASONS,      /* record all five */
    POLICY_HINT_STATEMENT,         /* state that it is needed for the asker's own public task */
    POLICY_HINT_ASK_PERMISSION,    /* explicit, that sets the duty of confidence aside; value: the
                                      agency that would record it */
    POLICY_HINT_ASK_OFFICER,       /* value: who decides, by office and party; no change of the
                                      request helps */
    POLICY_HINT_ASK_LEAD,          /* value: the party; no change of the request helps */
    POLICY_HINT_END,
};

struct policy_hint {
    enum policy_hint_kind kind;
    struct span value;
    struct span reason; /* with EMERGENCY: one that the section lists */
    int64_t at_s;
    uint32_t number;
};

/* All changes of a set together turn the refusal into a permit; none of them alone need do so. With
 * changes_request false there is nothing that the asker could change. */
struct policy_hint_set {
    const struct policy_hint *hints;
    size_t count;
    bool changes_request;
};

enum { POLICY_HINT_SETS_MAX = 2 };

/* The smallest set without an emergency, then one with, as far as there are; empty where nothing
 * lawful helps. Another purpose is never offered. */
struct policy_hints {
    struct policy_hint_set sets[POLICY_HINT_SETS_MAX];
    size_t count;
};

/* A ruling that refuses; of a permit field not settled yet: policy_ruling_of. facts: those that the
 * ruling was made from. NULL: they are not known; of a ruling that was settled the fact that it
 * names is looked at, and one that was refused before is mended that far, so that consent may still
 * be wanted then. A limit counts as used up where the ruling found it so. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_hints_find(const struct policy_ruling *ruling,
                                            const struct policy_facts *facts, struct arena *arena,
                                            struct policy_hints *out_hints);

/* A question and the facts it is put to, as one value that changes can be made to. Lists that a
 * change adds to are copied into the arena. */
struct policy_attempt {
    struct policy_request request;
    struct policy_facts facts;
};
/* Makes the change as the asker would: the purpose stays. A limit that is waited for counts as
 * unused, a person who is asked as having agreed. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_hint_apply(const struct policy_hint *hint, struct arena *arena,
                                            struct policy_attempt *attempt);

/* "CITE_BASIS" and so on; a static string. */
const char *policy_hint_name(enum policy_hint_kind kind);
/* "Cite care-act, if it applies." ptr NULL where memory is used up. */
struct span policy_hint_sentence(const struct policy_hint *hint, struct arena *arena);
/* All sets as one text, empty where there are none. */
struct span policy_hints_sentence(const struct policy_hints *hints, struct arena *arena);

/* ---- Explanations ---------------------------------------------------------------------------- */

/* A check with what the agreement asks and what was there; texts for people, empty where there is
 * nothing to say. */
struct policy_explained_check {
    enum policy_check check;
    enum policy_mark mark;
    struct span asked;
    struct span found;
};
/* "basis", "hours" and so on: the name of a check; "not asked", "passed", "failed", "set aside". */
const char *policy_check_name(enum policy_check check);
const char *policy_mark_name(enum policy_mark mark);

enum { POLICY_CHECKS = POLICY_CHECK_LIMIT + 1, POLICY_NEAREST_MAX = 3 };

/* One axis with its verdict and what it rests on: the clause, the provision and who checked it, and
 * so on; empty where it was not asked, or where this reader may not know. */
struct policy_explained_axis {
    enum policy_axis axis;
    enum policy_axis_verdict verdict;
    struct span source;
};

/* A clause that shares the field with others, or for something else. */
struct policy_nearest {
    struct span clause;
    uint32_t line;
    struct span differs; /* "recipient and purpose" */
};

/* One field of one source. */
struct policy_explanation {
    struct span source;
    struct span field;
    enum policy_class data_class;
    enum policy_reason reason; /* NONE: shared; coarse for the requester */
    enum treatment treatment;
    struct span rule; /* with GENERALISE */
    struct span sentence;
    struct span agreement;
    uint32_t agreement_version;
    struct span clause; /* empty where none decided */
    struct span clause_title;
    uint32_t clause_line;
    bool is_floor;
    struct policy_explained_check checks[POLICY_CHECKS];
    size_t check_count; /* those that were asked, in order */
    /* All six in order, as they were judged. For the requester, and where no facts are known, the
     * first half of the decision alone, without confidentiality and objection, which rest on the
     * person: that much follows from agreement, register and question. */
    struct policy_explained_axis axes[POLICY_AXES];
    size_t axis_count;
    struct policy_nearest nearest[POLICY_NEAREST_MAX];
    size_t nearest_count; /* with NO_CLAUSE */
    struct policy_hints hints;
};

/* One source for one reader. */
struct policy_explained_source {
    struct span source;
    enum decision decision;
    enum policy_reason reason;
    const struct policy_explanation *fields;
    size_t field_count;
    struct span_list obligations; /* codes, sorted: "keep=90d" */
};

/* What is explained, and to whom. facts are those of the decision, or of its replay; NULL: none
 * were recorded, and nothing that rests on the person is said to anybody. */
struct policy_explain_what {
    size_t source;
    const struct policy_facts *facts;
    enum policy_reader reader;
};
/* permit: of the decision, or of its replay. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_explain(const struct permit *permit,
                                         const struct policy_explain_what *what,
                                         struct arena *arena,
                                         struct policy_explained_source *out_explained);

/* One field before anything is looked up, for the requester: what of the first half it passes, and
 * what would mend that; consent may still be wanted then. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_explain_term(const struct permit *permit, size_t source,
                                              size_t field, struct arena *arena,
                                              struct policy_explanation *out_explanation);

/* The agreement around a decision. Lists from the arena. */
struct policy_explained_agreement {
    struct span id;
    struct span title;
    uint32_t version;
    struct span lead;
    struct span contact;
    struct span review_day;       /* YYYY-MM-DD */
    struct span last_day;         /* likewise */
    struct span_list signatories; /* party, and the office that signs: "Police (Chief Constable)" */
    struct span emergency_tell; /* who is told of an emergency, and when; empty: none is provided */
};
/* LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err
policy_explain_agreement(const struct policy *policy, struct arena *arena,
                         struct policy_explained_agreement *out_agreement);

#endif
