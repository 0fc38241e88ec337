/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents, derived from the log: what an agency opened, the steps since, whom it is about, and
 * the notices to others with their answers. What the bodies mean is gateway/incident's to say.
 *
 * Rows of a person are the one that says whom an incident is about, and its notices: they go with
 * the person's erasure. The incident and its steps hold no person and stay. */
#ifndef GATEWAY_STORE_INCIDENTS_H
#define GATEWAY_STORE_INCIDENTS_H

#include "gateway/base/limits_incident.h"
#include "gateway/store/store.h"

enum { STORE_INCIDENT_BODY_MAX = LIMIT_STORE_REVIEW_BODY };

/* What an INCIDENT entry does. */
enum store_incident_op {
    STORE_INCIDENT_OPENS = 1, /* once an id, so many at a time, and so many a day */
    STORE_INCIDENT_IS_OF,     /* of a person: in the run of its opening */
    STORE_INCIDENT_STEPS,  /* nothing unless the incident has this version; then it has the next */
    STORE_INCIDENT_TELLS,  /* a notice, in the run of the step before it */
    STORE_INCIDENT_ENDS,   /* a notice is answered; the first answer counts */
    STORE_INCIDENT_LAPSES, /* the clock ran out; the first time counts */
};

/* One INCIDENT entry. */
struct store_incident_change {
    uint64_t log_index;
    enum store_incident_op op;
    struct store_tag id;
    struct store_tag mark; /* of its run */
    uint32_t version;      /* STEPS */
    int64_t at_ms;         /* OPENS: when */
    int64_t due_ms;        /* OPENS: when the clock runs out */
    bool stops_clock;      /* STEPS */
    bool closes;           /* STEPS */
    uint64_t number;       /* ENDS: log index of the notice */
    bool is_of_person;     /* IS_OF, TELLS: it goes with this person */
    struct person_id person;
    struct span agency; /* whose incident it is; TELLS, ENDS: whose notice */
    struct span next;   /* LAPSES: whose officers see it too; or empty */
    struct span body;   /* 1 to STORE_INCIDENT_BODY_MAX */
};

/* The id of an incident: of the agency that opens it, and of its request. INPUT STORE_FIELDS. */
LG_MUST_USE struct lg_err store_incident_id(const struct store *store, struct span agency,
                                            const struct request_id *request,
                                            struct store_tag *out_id);

/* Spans are in the arena. */
struct store_incident {
    struct store_tag id;
    uint64_t log_index;
    uint32_t version;
    bool is_closed;
    uint64_t escalated_index; /* 0: not */
    struct span body;
};
struct store_incidents {
    struct store_incident *items;
    size_t count;
    size_t damaged; /* of store_incidents_due: passed over, for they cannot be unsealed */
};
/* NULL: the agency has none of that id. */
LG_MUST_USE struct lg_err store_incident_find(struct store_reader *reader, struct span agency,
                                              const struct store_tag *id, struct arena *arena,
                                              struct store_incident **out_row);
/* An agency's that are open, and those of the day before a moment (24 hours). */
struct store_incident_count {
    size_t open;
    size_t of_day;
};
LG_MUST_USE struct lg_err store_incident_count(struct store_reader *reader, struct span agency,
                                               int64_t now_ms,
                                               struct store_incident_count *out_count);
/* An agency's, or with is_escalated those of others that were escalated to it; newest first, before
 * a log index (of the escalation), at most LIMIT_INCIDENT_PAGE. */
struct store_incident_look {
    struct span agency;
    bool is_escalated;
    bool is_with_closed;
    uint64_t before;
};
LG_MUST_USE struct lg_err store_incidents_list(struct store_reader *reader,
                                               const struct store_incident_look *look,
                                               struct arena *arena,
                                               struct store_incidents *out_rows);
/* Those of any agency whose clock has run out by now and that were not escalated: at most
 * LIMIT_INCIDENT_TURN, the oldest first. One that is damaged does not keep the others from it. */
LG_MUST_USE struct lg_err store_incidents_due(struct store_reader *reader, int64_t now_ms,
                                              struct arena *arena,
                                              struct store_incidents *out_rows);
/* Its steps, in their order. */
struct store_incident_step {
    uint64_t log_index;
    struct span body;
};
struct store_incident_steps {
    struct store_incident_step *items;
    size_t count;
};
LG_MUST_USE struct lg_err store_incident_steps_read(struct store_reader *reader,
                                                    const struct store_tag *id, struct arena *arena,
                                                    struct store_incident_steps *out_steps);
/* Whom it is about, as merges have it by now; false: nobody, or they were erased. */
LG_MUST_USE struct lg_err store_incident_person(struct store_reader *reader,
                                                const struct store_tag *id, bool *out_found,
                                                struct person_id *out_person);

/* ---- Notices --------------------------------------------------------------------------------- */

struct store_incident_notice {
    uint64_t log_index;
    struct person_id person; /* where is_of_person: under whose key the answer is sealed */
    bool is_of_person;
    struct span body;
    struct span answer; /* empty: none yet */
    uint64_t answer_index;
};
struct store_incident_notices {
    struct store_incident_notice *items;
    size_t count;
};
/* Of an incident, in their order: at most LIMIT_INCIDENT_NOTICES. */
LG_MUST_USE struct lg_err store_incident_notices_of(struct store_reader *reader,
                                                    const struct store_tag *id, struct arena *arena,
                                                    struct store_incident_notices *out_rows);
/* To an agency, newest first, before a log index: at most LIMIT_INCIDENT_NOTICE_PAGE. */
LG_MUST_USE struct lg_err store_incident_notices_to(struct store_reader *reader, struct span agency,
                                                    uint64_t before, struct arena *arena,
                                                    struct store_incident_notices *out_rows);
/* NULL: the agency has none of that number. */
LG_MUST_USE struct lg_err store_incident_notice_find(struct store_reader *reader,
                                                     struct span agency, uint64_t number,
                                                     struct arena *arena,
                                                     struct store_incident_notice **out_row);

#endif
