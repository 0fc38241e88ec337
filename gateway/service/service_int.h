/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers share: a call with its arena and caller, and the search that every read about a
 * person is. */
#ifndef GATEWAY_SERVICE_SERVICE_INT_H
#define GATEWAY_SERVICE_SERVICE_INT_H

#include "gateway/base/limits.h"
#include "gateway/base/limits_explain.h"
#include "gateway/query/plain.h"
#include "gateway/service/service.h"
#include "gateway/wire/explain.h"
#include "gateway/wire/wire.h"
#include "policy/explain/explain.h"

enum service_code { SERVICE_MEMORY = 1, SERVICE_LOG };

/* A system that reads entries of the log, and until when that is entered (pages.c). */
enum { SERVICE_LOOKS = 8 };
struct service_look {
    char agency[64];
    char system[64];
    int64_t until_ms; /* of the loop's clock; 0: free */
};

/* What lanes.c found of a purpose: good for just this list of urgent ones and these agreements. */
enum { SERVICE_LANE_MEMOS = 4, SERVICE_LANE_PURPOSE = 64 };
struct service_lane_memo {
    char *const *urgent;
    uint32_t urgent_count;
    uint64_t serial; /* of the set, whose address may be another's later */
    const struct policy_force *force;
    size_t force_count;
    uint8_t purpose[SERVICE_LANE_PURPOSE];
    size_t purpose_len; /* 0: none */
    bool is_urgent;
};

struct service {
    struct query_worker *worker;
    struct service_sessions sessions; /* find NULL: callers have certificates */
    struct grpc_method *methods;
    size_t method_count;
    struct audit_export *exports; /* streams of the log under way */
    struct page_call *pages;      /* that wait for the bulk pool, or are read there */
    struct service_look looks[SERVICE_LOOKS];
    struct service_lane_memo lanes[SERVICE_LANE_MEMOS];
    size_t lane_next; /* the one that goes next */
};

/* One call under way; the ctx of its grpc_call. */
struct service_call {
    struct service *service;
    struct grpc_call *call;
    struct arena *arena;
    struct caller caller;
    struct query_agreements agreements; /* in force when it came */
    bool is_stale; /* by a session, and some time after the person was asked who they are */
    _Atomic bool is_cancelled; /* read by the pool as well */
    void *work;                /* the handler's own, in the arena */
};

/* Takes a call over. NULL: it was refused (no memory). Freed by service_call_end. */
struct service_call *service_call_begin(struct service *service, struct grpc_call *call);
/* Releases the call and all memory. */
void service_call_end(struct service_call **call);
/* Ends with a status. message NULL: a sentence for the status. */
void service_refuse(struct service_call *call, enum grpc_status status, const char *message);
/* Ends with the status of an error. */
void service_refuse_error(struct service_call *call, struct lg_err err);
/* Sends the one answer and ends; the encoder's error ends it too. */
void service_answer(struct service_call *call, struct lg_err encoded, struct span bytes);
/* False after it refused: the caller could not be made from certificate and actor. */
bool service_authenticate(struct service_call *call, const struct actor *actor);
/* The same for a call without an acting person. */
bool service_authenticate_system(struct service_call *call);
/* True after it refused a caller who is stopped. For calls that are not on the line: there a stop
 * is a DENIAL. */
bool service_is_stopped(struct service_call *call);
/* The opt-out of a record, now_ms UTC. False where state and day do not go together, the day is
 * none of the calendar or comes after today. */
struct wire_enrol_record;
bool service_opt_out_read(const struct wire_enrol_record *record, int64_t now_ms,
                          struct store_opt_out *out_opt_out);
/* False after it refused with the report's sentence. */
bool service_decoded(struct service_call *call, struct lg_err err,
                     const struct wire_report *report);
/* Whether this person reference may come from this caller: identifiers in clear only where the
 * agreement has `look-up: plain`. */
bool service_person_is_usable(const struct service_call *call, const struct person_ref *person,
                              const struct ground *ground);
extern const char service_person_sentence[];
/* What is wrong with a declared emergency or the second person as they were written: a sentence for
 * INVALID_ARGUMENT, or NULL. */
const char *service_emergency_fault(const struct service_call *call,
                                    const struct question *question);
/* on_cancel of every unary method: notes it; the end comes later, or now where a search waits for
 * the key service. `work` of such a call is that search, or NULL. */
void service_on_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);

/* A read about a person is on the line (README, rule 6): policy first, then a SEARCH entry, and
 * only then the look-up. */
struct service_search {
    struct service_call *call;
    struct question question; /* id, person, ground, age class */
    const struct permit *permit;
    struct verdict verdict;
    bool is_refused;
    struct locate_asker asker;
    struct located located;  /* where it was looked up */
    struct receipt *receipt; /* of the SEARCH, or of the DENIAL */
    bool wants_person;
    bool counts;      /* it looks at a person: takes from the budget */
    const char *what; /* code of the reason for it, in clear in the entry; NULL: none */
    enum query_budget_state budget;
    uint64_t owed;
    struct loop_job reserve_job;
    struct lg_err reserve_error;
    struct query_plain *plain;
    /* After the entry is durable: located unless is_refused or !wants_person. Ends the call. */
    void (*on_located)(struct service_search *search);
};

/* Runs policy, log and look-up; `search` is in the call's arena with call, question, wants_person
 * and on_located set. May end the call itself. */
void service_search_begin(struct service_search *search);
/* What the log has for the reply. */
LG_MUST_USE struct lg_err service_search_logged(struct service_search *search,
                                                struct wire_logged *out_logged);
/* Frees the receipt, ends the call with the answer. */
void service_search_answer(struct service_search *search, struct lg_err encoded, struct span bytes);

/* Commits one entry and comes back on this worker. The entry's spans are borrowed for the call. */
struct service_commit {
    struct service_call *call;
    struct receipt *receipt; /* NULL: it did not become durable */
    void (*on_committed)(struct service_commit *commit);
    void *ctx;
    size_t receipt_at; /* which entry of the batch the receipt is of */
};
LG_MUST_USE struct lg_err service_commit_begin(struct service_commit *commit,
                                               const struct audit_batch *batch);

/* False after it refused: not an officer, or stopped themselves. */
bool service_officer_authenticate(struct service_call *call, const struct actor *actor);
/* Commits the SEARCH entry of an officer's look; `what` is its reason in clear. */
LG_MUST_USE struct lg_err service_officer_look(struct service_commit *commit, const char *what);
/* What the log has for the reply. */
LG_MUST_USE struct lg_err service_commit_logged(struct service_commit *commit,
                                                struct wire_logged *out_logged);
/* False after it refused: the entry did not become durable. */
bool service_commit_is_durable(struct service_commit *commit);
/* Frees the receipt, ends the call with the answer. */
void service_commit_answer(struct service_commit *commit, struct lg_err encoded, struct span bytes);

/* The messages of one answer: a part for each source and the end, or one alone. Borrowed. */
enum { SERVICE_TRANSCRIPT_MAX = LIMIT_QUERY_SOURCES + 1 };
struct service_transcript {
    struct span messages[SERVICE_TRANSCRIPT_MAX];
    size_t count;
};
LG_MUST_USE struct lg_err service_transcript_add(struct service_transcript *transcript,
                                                 struct span message);
/* All of them as one run of bytes, in the arena. */
LG_MUST_USE struct lg_err service_transcript_join(const struct service_transcript *transcript,
                                                  struct arena *arena, struct span *out_joined);
/* Sends them and finishes; false where they do not fit, which the call then tells. */
bool service_transcript_send(struct grpc_call *call, struct span joined);

/* lanes.c: the lane of a request. */
enum grpc_lane service_lane_ask(void *ctx, struct span message);
enum grpc_lane service_lane_can_ask(void *ctx, struct span message);
enum grpc_lane service_lane_find(void *ctx, struct span message);

/* explained.c: explanations as they travel. Texts longer than a message holds are cut. */
LG_MUST_USE struct lg_err service_explained_item(const struct policy_explanation *from,
                                                 struct arena *arena,
                                                 struct wire_explained_item *out_item);
LG_MUST_USE struct lg_err service_explained_source(const struct policy_explained_source *from,
                                                   struct arena *arena,
                                                   struct wire_explained_source *out_source);

/* Handlers, each in the file of its service. */
void service_ask(void *ctx, struct grpc_call *call, struct span message);
void service_watch(void *ctx, struct grpc_call *call, struct span message);
void service_disclosure_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);
void service_can_ask(void *ctx, struct grpc_call *call, struct span message);
void service_find(void *ctx, struct grpc_call *call, struct span message);
void service_evaluate(void *ctx, struct grpc_call *call, struct span message);
void service_evaluate_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);
void service_enrol_open(void *ctx, struct grpc_call *call);
void service_enrol_message(void *ctx, struct grpc_call *call, struct span message);
void service_enrol_end(void *ctx, struct grpc_call *call);
void service_enrol_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);
void service_retire(void *ctx, struct grpc_call *call, struct span message);
void service_consent_record(void *ctx, struct grpc_call *call, struct span message);
void service_consent_withdraw(void *ctx, struct grpc_call *call, struct span message);
void service_consent_show(void *ctx, struct grpc_call *call, struct span message);
void service_consent_list(void *ctx, struct grpc_call *call, struct span message);
void service_consent_receipt(void *ctx, struct grpc_call *call, struct span message);
void service_review_list(void *ctx, struct grpc_call *call, struct span message);
void service_review_get(void *ctx, struct grpc_call *call, struct span message);
void service_review_take(void *ctx, struct grpc_call *call, struct span message);
void service_review_close(void *ctx, struct grpc_call *call, struct span message);
void service_review_open(void *ctx, struct grpc_call *call, struct span message);
void service_review_tell(void *ctx, struct grpc_call *call, struct span message);
void service_review_mark(void *ctx, struct grpc_call *call, struct span message);
void service_access_stop(void *ctx, struct grpc_call *call, struct span message);
void service_access_resume(void *ctx, struct grpc_call *call, struct span message);
void service_access_list(void *ctx, struct grpc_call *call, struct span message);
void service_erasure_propose(void *ctx, struct grpc_call *call, struct span message);
void service_erasure_expiry(void *ctx, struct grpc_call *call, struct span message);
void service_erasure_decide(void *ctx, struct grpc_call *call, struct span message);
void service_erasure_hold(void *ctx, struct grpc_call *call, struct span message);
/* Whether the caller is of the host of the partnership. */
bool service_is_of_host(const struct service_call *call);
void service_erasure_list(void *ctx, struct grpc_call *call, struct span message);
void service_sar_open(void *ctx, struct grpc_call *call, struct span message);
void service_sar_act(void *ctx, struct grpc_call *call, struct span message);
void service_sar_collect(void *ctx, struct grpc_call *call, struct span message);
void service_sar_list(void *ctx, struct grpc_call *call, struct span message);
void service_duty_list(void *ctx, struct grpc_call *call, struct span message);
void service_duty_take(void *ctx, struct grpc_call *call, struct span message);
void service_duty_attest(void *ctx, struct grpc_call *call, struct span message);
void service_incident_open(void *ctx, struct grpc_call *call, struct span message);
void service_incident_scope(void *ctx, struct grpc_call *call, struct span message);
void service_incident_notify(void *ctx, struct grpc_call *call, struct span message);
void service_incident_act(void *ctx, struct grpc_call *call, struct span message);
void service_incident_list(void *ctx, struct grpc_call *call, struct span message);
void service_incident_get(void *ctx, struct grpc_call *call, struct span message);
void service_incident_notices(void *ctx, struct grpc_call *call, struct span message);
void service_incident_acknowledge(void *ctx, struct grpc_call *call, struct span message);
void service_consent_notices(void *ctx, struct grpc_call *call, struct span message);
void service_consent_acknowledge(void *ctx, struct grpc_call *call, struct span message);
void service_consent_counts(void *ctx, struct grpc_call *call, struct span message);
void service_report_quarterly(void *ctx, struct grpc_call *call, struct span message);
void service_audit_search(void *ctx, struct grpc_call *call, struct span message);
void service_audit_export(void *ctx, struct grpc_call *call, struct span message);
void service_audit_export_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);
void service_audit_export_writable(void *ctx, struct grpc_call *call);
void service_audit_get(void *ctx, struct grpc_call *call, struct span message);
void service_audit_explain(void *ctx, struct grpc_call *call, struct span message);
void service_audit_prove(void *ctx, struct grpc_call *call, struct span message);
void service_audit_checkpoint(void *ctx, struct grpc_call *call, struct span message);
void service_audit_consistency(void *ctx, struct grpc_call *call, struct span message);
/* A page under /log/. */
void service_page(void *ctx, struct grpc_call *call, struct span path);
void service_reflection_open(void *ctx, struct grpc_call *call);
void service_reflection_message(void *ctx, struct grpc_call *call, struct span message);
void service_reflection_writable(void *ctx, struct grpc_call *call);
void service_reflection_end(void *ctx, struct grpc_call *call);
void service_reflection_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);

#endif
