/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Incidents. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_INCIDENTS_H
#define GATEWAY_WIRE_INCIDENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_incident.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/audit_search.h"
#include "gateway/wire/wire.h"

enum { WIRE_INCIDENT_ID_SIZE = 16, WIRE_INCIDENT_CURSOR_SIZE = 8 };

/* Values are the contract's. */
enum wire_incident_kind {
    WIRE_INCIDENT_KIND_UNSPECIFIED = 0,
    WIRE_INCIDENT_WRONG_PERSON,
    WIRE_INCIDENT_WRONG_MERGE,
    WIRE_INCIDENT_LOST_DEVICE,
    WIRE_INCIDENT_COMPROMISED_SYSTEM,
};
enum wire_incident_ico {
    WIRE_INCIDENT_ICO_UNSPECIFIED = 0,
    WIRE_INCIDENT_ICO_NOTIFY,
    WIRE_INCIDENT_ICO_NOT,
};
enum wire_incident_persons {
    WIRE_INCIDENT_PERSONS_UNSPECIFIED = 0,
    WIRE_INCIDENT_PERSONS_TELL,
    WIRE_INCIDENT_PERSONS_NOT,
};
enum wire_incident_outcome {
    WIRE_INCIDENT_OUTCOME_UNSPECIFIED = 0,
    WIRE_INCIDENT_DESTROYED,
    WIRE_INCIDENT_RETURNED,
    WIRE_INCIDENT_KEPT,
    WIRE_INCIDENT_NOT_HELD,
    WIRE_INCIDENT_NOTED,
};
enum wire_incident_step {
    WIRE_INCIDENT_STEP_UNSPECIFIED = 0,
    WIRE_INCIDENT_DECIDE = 6,
    WIRE_INCIDENT_CLOSE = 7,
};

struct wire_incident_id {
    uint8_t bytes[WIRE_INCIDENT_ID_SIZE];
};

struct wire_incident_entry {
    uint64_t index;
    struct span question_id;
};

struct wire_incident_scope {
    const struct wire_incident_entry *entries;
    size_t entry_count;
    bool of_person;
    struct span agency;
    struct span system;
    struct span user_id;
    int64_t from_ms;
    int64_t to_ms;
};

struct wire_incident_decision {
    enum wire_incident_ico ico;
    enum wire_incident_persons persons;
    struct span reason;
    struct span effects;
    struct span delay;
    int64_t decided_ms;
    struct span decided_by;
};

struct wire_incident {
    struct wire_incident_id incident_id;
    uint64_t number;
    uint32_t version;
    enum wire_incident_kind kind;
    struct span agency;
    int64_t opened_ms;
    struct span opened_by;
    int64_t aware_ms;
    int64_t due_ms;
    int64_t hours_left;
    bool overdue;
    bool escalated;
    struct span facts;
    bool has_scope;
    struct wire_incident_scope scope;
    bool has_decision;
    struct wire_incident_decision decision;
    struct span measures;
    int64_t closed_ms;
    uint32_t notice_count;
    uint32_t entry_count;
    uint64_t covered_size;
};

struct wire_incident_open_request {
    struct request_id id;
    struct actor actor;
    enum wire_incident_kind kind;
    int64_t aware_ms;
    struct span facts;
    struct wire_incident_scope scope;
    bool has_person;
    struct person_ref person;
    bool has_ground;
    struct ground ground;
};
struct wire_incident_open_reply {
    struct verdict verdict;
    bool has_incident;
    struct wire_incident incident;
    struct wire_logged logged;
};

struct wire_incident_scope_request {
    struct actor actor;
    struct wire_incident_id incident_id;
    uint64_t before;
    bool has_ground;
    struct ground ground;
};
struct wire_incident_count {
    struct span agency;
    uint32_t entries;
};
struct wire_incident_scope_reply {
    const struct wire_audit_hit *hits;
    size_t hit_count;
    const struct wire_incident_count *counts;
    size_t count_count;
    uint32_t questions;
    uint64_t next;
    uint64_t covered_size;
    struct wire_logged logged;
    bool cut;
    struct verdict verdict;
};

struct wire_incident_notify_request {
    struct actor actor;
    struct wire_incident_id incident_id;
    uint32_t version;
    int64_t by_ms;
    bool has_ground;
    struct ground ground;
};
struct wire_incident_notify_reply {
    struct wire_incident incident;
    uint32_t notice_count;
    uint32_t entry_count;
    bool more;
    struct wire_logged logged;
    struct verdict verdict;
};

struct wire_incident_act_request {
    struct actor actor;
    struct wire_incident_id incident_id;
    uint32_t version;
    enum wire_incident_step step;
    struct span reason;
    enum wire_incident_ico ico;
    enum wire_incident_persons persons;
    struct span effects;
    struct span delay;
};
struct wire_incident_act_reply {
    struct wire_incident incident;
    struct wire_logged logged;
};

struct wire_incident_list_request {
    struct actor actor;
    bool all;
    bool escalated;
    struct span cursor;
};
struct wire_incident_list_reply {
    const struct wire_incident *incidents;
    size_t incident_count;
    struct span cursor;
    struct wire_logged logged;
};

struct wire_incident_notice {
    uint64_t number;
    struct span recipient;
    struct span sender;
    enum wire_incident_kind kind;
    bool recall;
    int64_t sent_ms;
    int64_t by_ms;
    struct span system;
    const struct wire_incident_entry *entries;
    size_t entry_count;
    uint32_t entry_total;
    bool acknowledged;
    enum wire_incident_outcome outcome;
    struct span reason;
    int64_t acknowledged_ms;
    struct span note;
    bool has_entry_receipt;
    struct receipt_form entry_receipt;
    bool overdue;
};

struct wire_incident_get_request {
    struct actor actor;
    struct wire_incident_id incident_id;
};
struct wire_incident_get_reply {
    struct wire_incident incident;
    const struct wire_incident_notice *notices;
    size_t notice_count;
    struct wire_logged logged;
};

struct wire_incident_notices_request {
    struct actor actor;
    struct span cursor;
};
struct wire_incident_notices_reply {
    const struct wire_incident_notice *notices;
    size_t notice_count;
    struct span cursor;
    struct span entry_checkpoint;
    struct wire_logged logged;
};

struct wire_incident_answer_request {
    struct actor actor;
    uint64_t number;
    enum wire_incident_outcome outcome;
    struct span reason;
};
struct wire_incident_answer_reply {
    struct wire_incident_notice notice;
    struct wire_logged logged;
};

/* Each method's request and reply are the structs of its name above: wire_incident_open_request for
 * WIRE_INCIDENT_OPEN, and so on. */
enum wire_incident_method {
    WIRE_INCIDENT_OPEN,
    WIRE_INCIDENT_SCOPE,
    WIRE_INCIDENT_NOTIFY,
    WIRE_INCIDENT_ACT,
    WIRE_INCIDENT_LIST,
    WIRE_INCIDENT_GET,
    WIRE_INCIDENT_NOTICES,
    WIRE_INCIDENT_ANSWER,
    WIRE_INCIDENT_METHODS
};

/* Strict. */
LG_MUST_USE struct lg_err wire_incident_request_decode(enum wire_incident_method method,
                                                       struct arena *arena, struct span bytes,
                                                       struct wire_report *report,
                                                       void *out_request);
LG_MUST_USE struct lg_err wire_incident_request_encode(enum wire_incident_method method,
                                                       struct arena *arena, const void *request,
                                                       struct span *out_bytes);
/* Lenient. */
LG_MUST_USE struct lg_err wire_incident_reply_decode(enum wire_incident_method method,
                                                     struct arena *arena, struct span bytes,
                                                     struct wire_report *report, void *out_reply);
LG_MUST_USE struct lg_err wire_incident_reply_encode(enum wire_incident_method method,
                                                     struct arena *arena, const void *reply,
                                                     struct span *out_bytes);

#endif
