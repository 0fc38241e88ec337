/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of misuse: rules in words, not scores. Each says of one question, search or refusal, as
 * the log has it, whether an officer of the user's own agency should look at it, and nothing more.
 *
 * Pure: no clock, no disk. What a rule has to remember of somebody is counted here by tags, for
 * each agency by itself and within a ceiling, and written and read back by the caller; counted
 * again from the same entries of the log it comes to the same, so that a crash loses nothing but
 * the time to count again. Integers alone. */
#ifndef GATEWAY_SIGNALS_SIGNALS_H
#define GATEWAY_SIGNALS_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_signals.h"
#include "gateway/base/span.h"
#include "gateway/store/signals.h"
#include "gateway/store/store.h"

enum signals_code {
    SIGNALS_MEMORY = 1, /* LIMIT: no memory */
    SIGNALS_STATE,      /* INPUT: bytes that are not the counts of an agency */
    SIGNALS_MARK,       /* INPUT: bytes that are not the body of an entry of a mark */
};

/* Values are stored. */
enum signals_rule {
    SIGNALS_OWN_RECORD = 1, /* the user is the person asked about */
    SIGNALS_COLLEAGUE,      /* the person asked about is of the user's agency's staff */
    SIGNALS_CANARY,         /* nobody has a reason to see this record */
    SIGNALS_VOLUME,         /* more questions in a day than is usual in the role */
    SIGNALS_HOURS,          /* outside the agency's working hours */
    SIGNALS_NO_CASE,        /* no case reference where the agency expects one */
    SIGNALS_REFUSALS,       /* refused again and again */
    SIGNALS_SEARCHES,       /* searches that no question followed */
    SIGNALS_MANY,           /* the agency's cases of one day are used up */
    SIGNALS_RULE_END
};

/* "own-record", "colleague", ...: a static string, the cause of the case. */
const char *signals_rule_code(enum signals_rule rule);
/* Own record, colleague, canary: what nobody but its user can cause. */
bool signals_rule_is_grave(enum signals_rule rule);
/* What the rule says, for officers: a static sentence; empty for what is no code of a rule. */
const char *signals_sentence(struct span code);

/* ---- Marks ------------------------------------------------------------------------------------
 */

/* What an ENROL entry seals that puts a mark or takes one off: who did, and the mark without its
 * agency, which stands in the leaf. So the log has all that the store has of marks. */
struct signals_mark_entry {
    struct span system;
    struct span user_id;
    struct span role;
    struct span display_name;
    struct store_mark mark;
};
/* The entry's reason: a static string. */
const char *signals_mark_reason(const struct store_mark *mark);
bool signals_mark_is(struct span reason);
/* In the arena. INPUT SIGNALS_MARK: what it holds is too long; LIMIT SIGNALS_MEMORY. */
LG_MUST_USE struct lg_err signals_mark_encode(const struct signals_mark_entry *entry,
                                              struct arena *arena, struct span *out_body);
/* Spans point into body and arena. INPUT SIGNALS_MARK; LIMIT SIGNALS_MEMORY. */
LG_MUST_USE struct lg_err signals_mark_decode(struct span body, struct arena *arena,
                                              struct signals_mark_entry *out_entry);

/* ---- What happened ---------------------------------------------------------------------------
 */

enum signals_kind {
    SIGNALS_ASK = 1, /* a question that was permitted, whatever came of it */
    SIGNALS_REFUSAL, /* a question or search that was refused as a whole */
    SIGNALS_SEARCH,  /* a look for a person, permitted */
};

struct signals_event {
    enum signals_kind kind;
    uint64_t log_index;
    int64_t at_ms; /* no earlier than that of the event before */
    struct store_tag user;
    struct store_tag role;
    bool is_outside_hours;
    bool lacks_case; /* and the agency expects one for this purpose */
    bool is_own_record;
    bool is_colleague;
    bool is_canary;
};

struct signals_hit {
    enum signals_rule rule;
    uint64_t log_index; /* of the entry that it is about */
    int64_t at_ms;
    struct store_tag user;
};

/* ---- Counts of one agency --------------------------------------------------------------------
 */

struct signals_agency;

/* LIMIT. The caller frees it. */
LG_MUST_USE struct lg_err signals_agency_new(struct signals_agency **out_agency);
void signals_agency_free(struct signals_agency **agency);

/* The rules that one event hits, at most SIGNALS_HITS_MAX. */
enum { SIGNALS_HITS_MAX = 8 };
size_t signals_observe(struct signals_agency *agency, const struct signals_event *event,
                       struct signals_hit out_hits[static SIGNALS_HITS_MAX]);
/* What hits by time alone: searches that nothing followed. One a call, from *place on, which begins
 * at 0; false where there is none any more. now_ms: no earlier than that of any event. */
bool signals_sweep(struct signals_agency *agency, int64_t now_ms, size_t *place,
                   struct signals_hit *out_hit);

/* Whether one more case of a rule may be opened on that day. Own record, colleague and canary have
 * as much room again as all other rules together: what anybody can cause does not crowd them out.
 */
enum signals_room { SIGNALS_ROOM, SIGNALS_ROOM_LAST, SIGNALS_ROOM_NONE };
/* LAST: this one says that more were left out (SIGNALS_MANY). */
enum signals_room signals_case_room(const struct signals_agency *agency, enum signals_rule rule,
                                    int64_t at_ms);
/* One was opened, by a hit of this rule. */
void signals_case_note(struct signals_agency *agency, enum signals_rule rule, int64_t at_ms);

/* As it is written, in the arena, and read back into one that is new. LIMIT SIGNALS_MEMORY; INPUT
 * SIGNALS_STATE, then it is as new. */
LG_MUST_USE struct lg_err signals_agency_encode(const struct signals_agency *agency,
                                                struct arena *arena, struct span *out_bytes);
LG_MUST_USE struct lg_err signals_agency_decode(struct span bytes, struct signals_agency *agency);

#endif
