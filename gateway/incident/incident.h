/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents: personal data came to somebody whom it should not have reached, or may have. What an
 * agency does about one is the register of UK GDPR, Article 33(5); the clock is Article 33(1)'s.
 *
 * Every step is an INCIDENT entry of the log. It is sealed under the quarter's nobody key and holds
 * no person; only where an incident is of a person, an entry of its own (SUBJECT) says of whom, and
 * that and the notices, whose entries would stand together, are sealed under the person's key and
 * go with an erasure. The register keeps the rest: facts, effects, measures and numbers. Its words
 * outlive an erasure, also of an incident of a person, on UK GDPR, Article 17(3)(b) and (e): they
 * are the record of Article 33(5). An officer is told to name nobody in them; nothing enforces it.
 *
 * What an incident is now follows from its entries alone, in their order. A step names the version
 * that it was made for; one that came too late changes nothing, for everybody alike.
 *
 * An incident shows nothing that its agency's officers could not find in the log themselves: its
 * scope is rows of the agency's own side. */
#ifndef GATEWAY_INCIDENT_INCIDENT_H
#define GATEWAY_INCIDENT_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_incident.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/store/incidents.h"

enum incident_code {
    INCIDENT_FIELDS = 1, /* INPUT: a field is missing, outside its range, or longer than an entry */
    INCIDENT_BODY,       /* INPUT: bytes that are not the body of an INCIDENT entry */
    INCIDENT_MEMORY,     /* LIMIT: the arena is used up */
};

/* The reason that every such entry has in clear: which step it is stands in the sealed part. */
#define INCIDENT_REASON "INCIDENT"

/* ---- Steps ----------------------------------------------------------------------------------- */

/* Values are stored. */
enum incident_kind {
    INCIDENT_WRONG_PERSON = 1, /* asked about, or answered about, somebody else */
    INCIDENT_WRONG_MERGE,      /* two persons were taken for one */
    INCIDENT_LOST_DEVICE,
    INCIDENT_COMPROMISED_SYSTEM,
    INCIDENT_KIND_END
};

/* Values are stored. */
enum incident_step_kind {
    INCIDENT_OPEN = 1,
    INCIDENT_SUBJECT, /* whom it is about, with its OPEN */
    INCIDENT_NOTIFY,  /* notices go out, with their entries */
    INCIDENT_NOTICE,  /* to one agency, which it is an entry of */
    INCIDENT_ACKNOWLEDGE,
    INCIDENT_DECIDE,
    INCIDENT_CLOSE,
    INCIDENT_ESCALATE, /* by the gateway: the clock ran out, and nothing was decided */
    INCIDENT_STEP_END
};

/* Values are stored. UK GDPR, Article 33(1): whether the Commissioner is notified. */
enum incident_ico {
    INCIDENT_ICO_NONE = 0,
    INCIDENT_ICO_NOTIFY,
    INCIDENT_ICO_NOT,
    INCIDENT_ICO_END
};
/* Values are stored. Article 34: whether the persons are told. */
enum incident_persons {
    INCIDENT_PERSONS_NONE = 0,
    INCIDENT_PERSONS_TELL,
    INCIDENT_PERSONS_NOT,
    INCIDENT_PERSONS_END
};
/* Values are stored: what a recipient did. */
enum incident_outcome {
    INCIDENT_OUTCOME_NONE = 0,
    INCIDENT_OUTCOME_DESTROYED,
    INCIDENT_OUTCOME_RETURNED,
    INCIDENT_OUTCOME_KEPT, /* on a ground that the sentence names */
    INCIDENT_OUTCOME_NOT_HELD,
    INCIDENT_OUTCOME_NOTED, /* of a source: it was told, and sees to its own duties */
    INCIDENT_OUTCOME_END
};

/* One step, as it is sealed. What its kind does not need is 0 or empty. Moments are ms UTC. */
struct incident_step {
    enum incident_step_kind kind;
    struct store_tag id;   /* of the incident */
    struct store_tag mark; /* random; of one run: OPEN and SUBJECT, NOTIFY and its NOTICEs */
    uint32_t version;      /* NOTIFY, DECIDE, CLOSE: of the incident it was made for, from 1 */
    int64_t at_ms;
    enum incident_kind what; /* OPEN, NOTICE, ESCALATE */
    int64_t aware_ms;        /* OPEN, ESCALATE: when the agency became aware */
    int64_t from_ms;         /* OPEN: of a scope by system or user; to_ms 0: no end */
    int64_t to_ms;
    int64_t by_ms;    /* NOTIFY, NOTICE: until when to act */
    uint64_t covered; /* NOTIFY: entries of the log that were looked through */
    enum incident_ico ico;
    enum incident_persons persons;
    enum incident_outcome outcome;
    bool is_recall;          /* NOTICE: to give back; else to know of */
    bool is_quiet;           /* NOTICE: the sender may not know to whom */
    bool is_of_person;       /* OPEN: there is a SUBJECT; the words stay when that is erased */
    bool has_person;         /* SUBJECT, NOTICE, ACKNOWLEDGE: sealed under the person's key */
    struct person_id person; /* SUBJECT, NOTICE: else random */
    uint64_t number;         /* ACKNOWLEDGE: log index of the notice */
    uint32_t entry_count;    /* NOTIFY: in its notices */
    uint32_t notice_count;
    struct span entries; /* OPEN, NOTICE: log indexes, 8 bytes each, rising */
    struct span agency;  /* whose officer acts; of NOTICE and ESCALATE: whose it is */
    struct span system;  /* through what; empty with user and role where the gateway acts */
    struct span user_id;
    struct span role;
    struct span scope_agency; /* OPEN: by system or user; NOTICE: where it is the recipient's own */
    struct span scope_system;
    struct span scope_user;
    struct span other;   /* NOTICE: who sends it, where the recipient may know; ESCALATE: to whom */
    struct span reason;  /* OPEN: the facts; DECIDE, CLOSE, ACKNOWLEDGE: a sentence */
    struct span effects; /* DECIDE */
    struct span delay;   /* DECIDE: why later than the clock */
};

/* The body of an entry, in the arena. INPUT INCIDENT_FIELDS; LIMIT INCIDENT_MEMORY. */
LG_MUST_USE struct lg_err incident_step_encode(const struct incident_step *step,
                                               struct arena *arena, struct span *out_body);
/* Spans point into the body. INPUT INCIDENT_BODY. */
LG_MUST_USE struct lg_err incident_step_decode(struct span body, struct incident_step *out_step);
/* The store's change for a durable entry. INPUT INCIDENT_BODY. */
LG_MUST_USE struct lg_err incident_row_make(uint64_t log_index, struct span body,
                                            struct store_incident_change *out_change);
/* The i-th of a step's entries. */
uint64_t incident_entry_at(const struct incident_step *step, size_t i);
size_t incident_entry_count(const struct incident_step *step);
/* Whether two openings say the same: only then a repeated request is the same. */
bool incident_is_same(const struct incident_step *one, const struct incident_step *other);

/* ---- Incidents ------------------------------------------------------------------------------- */

struct incident_state {
    struct store_tag id;
    uint64_t number; /* log index of the first entry */
    uint32_t version;
    struct incident_step opened;
    struct incident_step decided; /* the last; kind 0: nothing was decided, as in the next two */
    struct incident_step closed;
    bool is_escalated;
    bool is_asked_done;   /* of incident_read */
    uint32_t entry_count; /* of all notices */
    uint32_t notice_count;
    uint64_t covered; /* of the log, by the last run */
};

/* When the 72 hours of Article 33(1) end. */
int64_t incident_due_ms(int64_t aware_ms);
/* Begun hours count: 0 in the last hour, negative once it is past. */
int32_t incident_hours_left(const struct incident_state *state, int64_t now_ms);
bool incident_is_overdue(const struct incident_state *state, int64_t now_ms);
/* NULL where the step may be done; else the sentence that says why not. */
const char *incident_step_fault(const struct incident_state *state,
                                const struct incident_step *step);
/* A row with its steps, in the arena; is_asked_done: whether the step with log index `asked` is one
 * of them. STORE STORE_CORRUPT for what cannot be read; LIMIT. */
LG_MUST_USE struct lg_err incident_read(struct store_reader *reader,
                                        const struct store_incident *row, uint64_t asked,
                                        struct arena *arena, struct incident_state *out_state);

/* ---- Notices --------------------------------------------------------------------------------- */

/* One notice and what was answered. */
struct incident_notice {
    uint64_t number;
    struct incident_step sent;
    struct incident_step answered; /* kind 0: nothing yet */
};
/* STORE STORE_CORRUPT. */
LG_MUST_USE struct lg_err incident_notice_read(const struct store_incident_notice *row,
                                               struct incident_notice *out_notice);
/* The text that is signed: lines, in the arena. LIMIT. */
LG_MUST_USE struct lg_err incident_note_write(const struct incident_notice *notice,
                                              struct arena *arena, struct span *out_text);
/* "wrong-person"; "destroyed". */
const char *incident_kind_word(enum incident_kind kind);
const char *incident_outcome_word(enum incident_outcome outcome);

#endif
