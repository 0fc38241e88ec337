/* SPDX-License-Identifier: Apache-2.0 */
/* One question under way, as the steps of the line see it. */
#ifndef GATEWAY_QUERY_QUERY_INT_H
#define GATEWAY_QUERY_QUERY_INT_H

#include "gateway/consent/use.h"
#include "gateway/query/plain.h"
#include "gateway/query/query.h"
#include "gateway/review/review.h"

/* What a step says: go on, wait for an event that calls query_resume, or stop the line because an
 * end was set (query_refuse, query_fail). */
enum step { STEP_NEXT, STEP_WAIT, STEP_STOP };

/* What the release of something rests on: scopes, and the size of the log at which they were read.
 */
struct query_basis {
    const struct store_tag *scopes;
    size_t scope_count;
    uint64_t applied_through;
};

/* What the release of something rests on: a consent, or (kind OBJECTION) that nobody objected. */
struct query_reliance {
    const struct policy_term *term;
    struct consent_id consent;
    enum consent_kind kind;
    uint8_t refusals; /* as in struct consent_reliance */
    bool is_by_asker;
};

/* A person whom an answer names and who passed the line as a subject of their own. */
struct query_link {
    size_t record; /* index of the record and of the link in it */
    size_t link;
    bool is_released; /* in the extract */
    struct located located;
    struct query_basis basis;
    struct query_reliance *relied; /* what showing them rests on */
    size_t relied_count;
    struct span pseudonym;
};

enum part_stage { PART_WAITING, PART_READY, PART_IN_GATE, PART_RELEASED };

/* One source's line of the answer. */
struct query_part {
    struct query *query;
    size_t source; /* index in the permit */
    struct span agency;
    bool is_hidden;
    bool is_in_case; /* something of it was asked because of the emergency */
    enum part_stage stage;
    enum source_state state;
    struct locate_target target;
    struct call_reference reference; /* of this source alone */
    struct fetch_request fetch;
    struct source_leg *leg;
    struct arena *memory; /* of the answer and what is made of it; NULL where there was no call */
    bool was_answered;    /* whatever became of the answer */
    bool has_answer;      /* and it may be used */
    struct answer answer;
    int64_t slot_ms; /* hidden and called: when its line leaves; else 0 */
    struct loop_timer slot;
    struct query_link *links;
    size_t link_count;
    bool is_too_long;          /* its line was left out, or the reply could not have been sent */
    bool is_tried;             /* minimise runs to see whether anything would be shown */
    enum policy_reason denied; /* why an answer that came may not be used */
    bool is_withheld;          /* the source judged so: its code and office, of the answer */
    struct withholding withholding;
    struct policy_facts withheld_facts; /* and the decision with that judgement in it */
    struct policy_outcome withheld_outcome;
    struct extract extract;
    const struct policy_outcome *seen; /* what the caller may see of the decision */
    struct span result;
    size_t line_len; /* of the result, as the caller gets it; 0: not measured */
    struct audit_commitment commitment;
    struct receipt *receipt;
    struct reply_part released;
};

/* A pseudonym that is being fetched: where its text goes, and what will be kept. */
struct query_name {
    struct located located;
    struct span *out_text;
    struct locate_blinded blinded;
    struct vault_point point;
};

/* A declared emergency. Zeroed: none. */
struct query_emergency {
    struct policy_emergency facts; /* for policy_decide */
    bool has_second;               /* another person confirmed the question */
    struct store_tag opener;
    bool holds_place; /* among the openings under way */
    bool is_beyond;   /* the hard line of the budget, which it lifts */
    bool is_open;     /* its review case is durable */
    bool was_used;    /* something may be shared because of it, or was asked beyond a budget */
    struct review_opening opening;
};

struct query {
    struct query_worker *worker;
    enum query_kind kind;
    struct arena *arena;
    const struct caller *caller;
    const struct question *question;
    int64_t deadline_ms;
    int64_t begun_wall_ms;
    int64_t begun_mono_ms;
    const struct query_events *events;
    void *ctx;
    bool is_text;

    struct query_agreements agreements; /* in force when it was decided */
    bool is_stopped;                    /* what it rests on was stopped since */
    struct query *next;                 /* among the worker's questions */
    struct query **link;

    struct query_emergency emergency;
    const struct permit *permit;
    struct locate_asker asker;
    struct query_plain *plain; /* a look-up in clear under way */
    bool has_tokens;           /* it came back, with these */
    enum grpc_status tokens_status;
    struct store_search tokens;
    struct located located;
    uint64_t located_turn; /* of the loop: when it was read */
    const struct grant *grant;
    uint64_t owed;    /* of the counters; 0: nothing */
    bool is_budgeted; /* one was taken from the budget */
    struct loop_job reserve_job;
    bool is_reserving;
    struct lg_err reserve_error;
    struct span agreement; /* that decided, for pseudonyms and entries */
    uint32_t agreement_version;
    struct span today; /* in the agreement's zone */

    struct query_part *parts;
    size_t part_count;
    struct span pseudonym; /* made or found */
    bool is_named;         /* and the caller may know that there is somebody */
    struct lg_err refused; /* the reference to a person was; told after its DENIAL */

    struct query_name *names; /* under way in this gate */
    size_t name_count;
    struct query_keys_call *keys_call;
    struct loop_job names_job;
    struct lg_err names_error;

    const struct query_step *table; /* line, then gate */
    size_t step;
    unsigned stale_count;
    uint64_t ask_index;     /* of the ASK entry, once it is durable */
    bool is_asked;          /* the ASK entry is durable */
    bool is_collecting;     /* waits for parts to be ready, and for nothing else */
    unsigned relied_rounds; /* commits of the step relied in this gate */
    bool has_commit_result;
    enum audit_result commit_result;
    bool is_committing; /* an audit commit is under way: its outcome must be awaited */
    bool is_working;    /* a job of the pool is under way */
    bool is_cancelled;
    bool is_ended; /* on_end was called or may not be */
    bool has_outcome;
    bool is_finalled;      /* the terminal entry is written or under way */
    bool gate_releases;    /* some line of the gate is a RELEASE: its conditions count */
    bool awaits_witnesses; /* the step witnessed waits, and for nothing of ours */
    bool is_round_over;    /* of the witnesses, since they were asked for this gate */
    bool is_unconfirmed;   /* what is in the gate will not leave */
    bool is_lost;          /* what was released did not get into the transport */
    struct loop_later resume;
    struct loop_timer hold; /* until the slot of what is in the gate */
    struct query_end end;
    struct verdict verdict;
    struct receipt *refusal_receipt;
};

struct query_step {
    const char *name;
    enum step (*run)(struct query *query);
};

/* query.c: runs the current step again, or the one after it, at the end of this loop turn. */
void query_resume(struct query *query);
void query_proceed(struct query *query);
/* Ends the question with a status; the log gets an end where it was asked. */
enum step query_fail(struct query *query, struct lg_err err);
/* The same for what has no answer but a status of its own. */
enum step query_fail_status(struct query *query, enum grpc_status status, const char *message);

/* The steps, each in the file of its name. */
enum step step_permit(struct query *query);
enum step step_budget(struct query *query);
enum step step_person(struct query *query);
enum step step_declared(struct query *query);
enum step step_grant(struct query *query);
enum step step_reserved(struct query *query);
enum step step_targets(struct query *query);
enum step step_opened(struct query *query);
enum step step_asked(struct query *query);
enum step step_collect(struct query *query);
enum step step_links(struct query *query);
enum step step_names(struct query *query);
enum step step_extract(struct query *query);
enum step step_room(struct query *query);
enum step step_receipt(struct query *query);
enum step step_witnessed(struct query *query);
enum step step_relied(struct query *query);
enum step step_reply(struct query *query);

/* agreements.c: among the worker's questions, from begin to end. */
void query_running_add(struct query *query);
void query_running_remove(struct query *query);

/* query.c: back to the targets of a grant that was made anew, before anybody was asked. */
void query_targets_again(struct query *query);

/* query.c: back to the first step of the gate with the parts that are in it. */
void query_gate_again(struct query *query);

/* reply.c: builds the end of the question when every part is released; STEP_STOP. */
enum step query_reply_end(struct query *query);

/* What the end of a question needs after the last answer; of it what names may take, and what must
 * be left when a caller who does not read is given up. */
enum { QUERY_RESERVE_MS = 250, QUERY_NAMES_RESERVE_MS = 100, QUERY_ROOM_RESERVE_MS = 50 };

/* witnessed.c: whether its answers leave only when witnesses have seen the log. By the permit
 * alone: the same whoever the person is. */
bool query_needs_witnesses(const struct query *query);
/* commit.c: that what is in the gate may leave after all, as one OUTCOME: made stale by what made
 * the RELEASE stale, and the end of the question where these lines are its last. Comes back to the
 * current step. */
LG_MUST_USE struct lg_err query_confirm_commit(struct query *query);

/* collect.c: takes the ready parts into the gate; false when the gate has to wait. */
bool query_gate_take(struct query *query);
bool query_all_released(const struct query *query);
/* When what is in the gate may leave. */
int64_t query_gate_due(const struct query *query);
/* Stops legs and timers. */
void query_legs_stop(struct query *query);

/* permit.c: writes the DENIAL of a question that was not asked; comes back to the current step. */
LG_MUST_USE struct lg_err query_refusal_commit(struct query *query, struct span reason);

/* permit.c: the DENIAL of a stopped caller. */
LG_MUST_USE struct lg_err query_stopped_refuse(struct query *query);

/* emergency.c: what a declared emergency comes to, before policy decides. */
LG_MUST_USE struct lg_err query_emergency_read(struct query *query);
/* Gives back what it holds; when the question is over. */
void query_emergency_done(struct query *query);
/* Whether something is shared because of it, by what the caller may see. */
bool query_emergency_is_used(const struct query *query);
/* By now it stands in at some source for which it was not used when the question was asked. */
bool query_emergency_is_new(const struct query *query);
bool query_part_uses_emergency(const struct query *query, const struct query_part *part);
void query_emergency_note(const struct query *query, struct ask_reply *reply);

/* grant.c: settles the permit for the person. */
LG_MUST_USE struct lg_err query_settle(struct query *query);
/* The lines of all sources, by the grant. LIMIT. */
LG_MUST_USE struct lg_err query_parts_make(struct query *query);
/* For each source of the permit, under which agreements its records count for the asker; in the
 * arena. LIMIT. */
LG_MUST_USE struct lg_err query_enrolled_under(const struct query *query,
                                               const struct permit *permit, struct arena *arena,
                                               const struct span_list **out_lists);
/* Settles as if no limit had been used, and uses none: for people whom an answer names,
 * whose number must not show in what is left of the asker's limits, and for the same question
 * again, which must not be refused for its own first use. */
LG_MUST_USE struct lg_err query_settle_uncounted(const struct query *query,
                                                 const struct consent_question *question,
                                                 struct arena *arena,
                                                 const struct grant **out_grant);
/* What the grant rests on, in the arena: outlives the memory that the grant was made in. */
LG_MUST_USE struct lg_err query_basis_make(const struct grant *grant, struct arena *arena,
                                           struct query_basis *out_basis);
/* An answer that may not be used after all is dropped: consent changed since it was asked for, or
 * its source knows that the question was about somebody of another age. */
void query_part_recheck(struct query *query, struct query_part *part);
/* A source whose answer cannot be worked with loses its own line alone. */
void query_part_spoil(struct query_part *part);

/* extract.c: whether anything of the answer would be shown, pseudonyms apart. */
LG_MUST_USE struct lg_err query_part_try(struct query *query, struct query_part *part,
                                         bool *out_shows);

/* extract.c: the line of a part again, after its answer was dropped. */
LG_MUST_USE struct lg_err query_part_extract(struct query *query, struct query_part *part);

/* person.c: with what, for whom and into which memory this question looks a person up. */
struct locate_look query_look(const struct query *query);
/* Whom the question is about where it is refused before the look-up: by a handle that found enough,
 * which this caller holds. Nothing is read. Everybody else stays nobody. */
void query_person_recall(struct query *query);

/* Versions of the sealed parts, and how many texts each begins with. Those before did not say
 * whether the asker could know of the person, nor whether the source was asked; a part of version 8
 * did not say what duties it laid on who asked. */
enum {
    TRAIL_PART_VERSION_BEFORE = 6,
    TRAIL_VERSION_BEFORE = 7,
    TRAIL_PART_VERSION_DUTYLESS = 8,
    TRAIL_VERSION = 9,
    TRAIL_PART_VERSION = 10,
    TRAIL_ASK_TEXTS = 14,
    TRAIL_PART_TEXTS = 5,
};
/* relied.c: on what it rests that a linked person is shown, in the memory; terms are the permit's.
 * LIMIT. */
LG_MUST_USE struct lg_err query_link_relies(const struct query *query,
                                            const struct policy_outcome *outcome,
                                            struct arena *memory, struct query_link *link);
/* by_asker.c: whether the asker's own agency recorded the consent within the hour before the
 * question, and the entry that puts it on the list of this source's officers; the person is the
 * caller's to set. */
bool query_is_by_asker(const struct query *query, const struct consent *consent);
LG_MUST_USE struct lg_err query_by_asker_entry(const struct query *query, struct span source,
                                               const struct consent_reliance *use,
                                               struct audit_entry_fields *out);

/* withheld.c: a source that decided not to share. Takes the answer away and keeps the judgement; of
 * an open source the line says so, of a hidden one it is that of nobody. */
void query_part_withhold(struct query_part *part);
/* The state of a source of which nothing is shared, by what the requester may read of it. */
enum source_state query_state_of(const struct policy_outcome *outcome);
/* Settles a withheld part anew, by the grant in force: facts and outcome, for line and record. */
LG_MUST_USE struct lg_err query_part_withheld_settle(struct query *query, struct query_part *part);
/* What the caller may see of a part of which nothing is released. */
const struct policy_outcome *query_part_shown(const struct query *query,
                                              const struct query_part *part);

/* trail.c: entries of the log. */
void query_trail_review(const struct query *query, struct span body,
                        struct audit_entry_fields *out);
LG_MUST_USE struct lg_err query_trail_ask(struct query *query, struct audit_entry_fields *out);
LG_MUST_USE struct lg_err query_trail_refusal(struct query *query, struct span reason,
                                              struct audit_entry_fields *out);
LG_MUST_USE struct lg_err query_trail_part(struct query *query, struct query_part *part,
                                           struct audit_entry_fields *out);
LG_MUST_USE struct lg_err query_trail_link(struct query *query, struct query_part *part,
                                           const struct query_link *link,
                                           struct audit_entry_fields *out);
/* What is in the gate is confirmed by witnesses, and leaves. */
LG_MUST_USE struct lg_err query_trail_confirmed(struct query *query, bool is_last,
                                                struct audit_entry_fields *out);
/* is_late: the release is durable and was not delivered; else the question is abandoned. */
LG_MUST_USE struct lg_err query_trail_outcome(struct query *query, bool is_late,
                                              struct audit_entry_fields *out);

#endif
