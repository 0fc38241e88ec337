/* SPDX-License-Identifier: Apache-2.0 */
/* What an agency has to do about what it received, and what was done about it.
 *
 * A duty is of all that one agency received of one source on one day (UTC) under one version of an
 * agreement and one rule: so many entries, one row. Rows are derived from the log's RELEASE entries
 * with those of the index, in entries.db; nothing about a person is in them, and what is destroyed
 * of a person leaves them as they are. Where the file is made anew afterwards, entries that no
 * longer open are not counted again: a row then has fewer, or is not there, and what was attested
 * of it stays attested in the log.
 *
 * What people do is in the log (DUTY entries) and derived from it in lockgate.db. */
#ifndef GATEWAY_STORE_DUTIES_H
#define GATEWAY_STORE_DUTIES_H

#include "gateway/base/limits_duty.h"
#include "gateway/store/entries.h"
#include "gateway/store/store.h"

/* Values are stored. */
enum store_duty_kind {
    STORE_DUTY_KEEP = 1,   /* to be deleted by the due day; rule: days to keep */
    STORE_DUTY_ONWARD = 2, /* not passed on but as agreed; rule: enum policy_onward */
    STORE_DUTY_TELL = 3,   /* the person is to be told; a review case, and no row of entries.db */
};

/* Days are UTC, since 1970-01-01; spans are in the arena where it was read. */
struct store_duty {
    struct store_tag id; /* of all that follows, but for count and through */
    enum store_duty_kind kind;
    struct span agency; /* whose duty it is */
    struct span source;
    struct span agreement;
    uint32_t agreement_version;
    uint32_t rule;
    int32_t day;      /* on which it was received */
    int32_t due_day;  /* the last one on which it is in time */
    uint64_t count;   /* entries */
    uint64_t through; /* position of the newest of them */
};

/* Fills the id. INPUT STORE_FIELDS: names too long. */
LG_MUST_USE struct lg_err store_duty_identify(const struct store *store, struct store_duty *duty);

struct store_duties {
    struct store_duty *items;
    size_t count;
};

/* Duties of an agency (empty: of all, whatever their kind) due before a day, those due first first,
 * beyond `after`. */
struct store_duty_look {
    struct span agency;
    unsigned kind; /* 0: all */
    bool is_open;  /* without those noted as over; of all agencies that is always so */
    int32_t due_before;
    int32_t after_day; /* INT32_MIN: from the first */
    struct store_tag after_id;
    size_t most; /* at most LIMIT_DUTY_LOOK */
};
/* Errors of store_entries_find. */
LG_MUST_USE struct lg_err store_duties_list(struct store_entries *entries,
                                            const struct store_duty_look *look, struct arena *arena,
                                            struct store_duties *out_duties);
/* Notes that these are over, as they are: looks for what is open pass them by from then on, until
 * something is received that adds to them. Only spares work, and is lost with the file. */
LG_MUST_USE struct lg_err store_duties_over(struct store_entries *entries,
                                            const struct store_duty *duties, size_t count);
struct store_duty_key {
    struct span agency;
    struct store_tag id;
};
/* found false: the agency has none of that id. */
LG_MUST_USE struct lg_err store_duty_find(struct store_entries *entries,
                                          const struct store_duty_key *key, struct arena *arena,
                                          bool *out_found, struct store_duty *out_duty);

/* ---- What was done --------------------------------------------------------------------------- */

/* Values are stored. */
enum store_duty_act_kind { STORE_DUTY_TAKEN = 1, STORE_DUTY_DONE = 2, STORE_DUTY_ESCALATED = 3 };

/* From a DUTY entry; body is the duty module's. */
struct store_duty_act {
    uint64_t log_index;
    enum store_duty_act_kind kind;
    struct store_tag duty;
    struct span agency; /* whose duty it is */
    struct span next;   /* of ESCALATED: whose officers see it too; else empty */
    struct span body;   /* at most STORE_REVIEW_BODY_MAX */
};

/* The newest act of each kind, empty where there was none; of ESCALATED the first counts. */
struct store_duty_state {
    struct store_tag duty;
    uint64_t escalated_index;
    struct span taken;
    struct span done;
    struct span escalated;
};
/* All empty where nothing was done. Spans in the arena. */
LG_MUST_USE struct lg_err store_duty_state_read(struct store_reader *reader,
                                                const struct store_tag *duty, struct arena *arena,
                                                struct store_duty_state *out_state);
/* Duties that were escalated to this agency before this log index, newest first: at most
 * LIMIT_DUTY_PAGE. */
struct store_duty_states {
    struct store_duty_state *items;
    size_t count;
};
LG_MUST_USE struct lg_err store_duty_states_next(struct store_reader *reader, struct span agency,
                                                 uint64_t before_index, struct arena *arena,
                                                 struct store_duty_states *out_states);

/* Review cases of a kind that were opened before a moment and whose telling was not escalated: at
 * most LIMIT_DUTY_TURN, the oldest first, beyond `after`. */
struct store_telling {
    struct review_id id;
    int64_t opened_ms;
};
struct store_telling_look {
    uint32_t kind;
    int64_t opened_before_ms;
    struct store_telling after; /* opened_ms INT64_MIN: from the first */
};
LG_MUST_USE struct lg_err store_tellings_list(struct store_reader *reader,
                                              const struct store_telling_look *look,
                                              struct store_telling out[static LIMIT_DUTY_TURN],
                                              size_t *out_count);

#endif
