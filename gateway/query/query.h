/* SPDX-License-Identifier: Apache-2.0 */
/* The line of one question, from a decoded request to the last receipt.
 *
 *   line   permit -> (budget) -> person -> (declared) -> grant -> (reserved) -> targets
 *          -> ([opened]) -> [asked]
 *   then   every source answers, runs out of time, or is not asked at all
 *   gate   answers -> links -> names -> extract -> room -> [receipt] -> ([witnessed]) -> [relied]
 *          -> reply
 *
 * permit   policy_decide: what the agreements in force allow this caller. Nothing was looked up, so
 *          a refusal says nothing about the person. A whole refusal ends here, with a DENIAL.
 * budget   one is taken from what this user may look at for this purpose.
 * person   locate_person: handle, tokens or pseudonym to a person, or to none: then all goes on as
 *          none. A reference that is not this caller's is a DENIAL.
 * declared a question that goes on under an earlier emergency is about the same person.
 * grant    consent_settle: the permit for this person, with the size of the log it was read at.
 * reserved where a limit's counter went past what the store holds, it is durable first.
 * targets  locate_targets: each source's own reference; hidden sources always get one, a decoy
 *          where they do not hold the person.
 * opened   audit_commit(REVIEW): where an emergency is used, its review case is durable first.
 * asked    audit_commit(ASK): durable before any agency hears of it. A consent or a stop that came
 *          first makes the grant stale: it is made anew, and with it the targets.
 * collect  source_leg_begin: all at once; a hidden source's line is ready just before its slot,
 *          whatever came.
 * links    people whom an answer names pass policy, consent and existence as subjects of their own.
 * names    pseudonyms s*M for the person and the links; the key service sees blinded points only.
 * extract  minimise_apply, and the very bytes that will leave.
 * room     a place in the transport for what is to leave: a line that no message can carry is left
 *          out before the log says that it left.
 * receipt  audit_commit(RELEASE), one leaf a source, each committing to its bytes. A consent that
 *          changed since the grant makes it stale: the grant is made anew, and what is no longer
 *          granted becomes a DENIAL.
 * witnessed where an agreement asks for it: enough witnesses have cosigned the log with the RELEASE
 *          in it, and then audit_commit(OUTCOME) says that nothing it rests on changed meanwhile.
 *          Else nothing leaves, and an OUTCOME says so.
 * relied   audit_commit(CONSENT): who receives what on the strength of a consent, the first time,
 *          so that its end can be told to everybody who relied on it.
 * reply    release_part: only what a receipt commits to, and what is hidden at its slot; answers
 *          are wiped.
 *
 * Ask passes the gate once with all sources, Watch once for each that is ready. A question whose
 * caller went away still ends in the log. One query belongs to one worker's thread; every step is
 * pure or asynchronous. */
#ifndef GATEWAY_QUERY_QUERY_H
#define GATEWAY_QUERY_QUERY_H

#include "gateway/agreement/book.h"
#include "gateway/agreement/set.h"
#include "gateway/audit/audit.h"
#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"
#include "gateway/consent/consent.h"
#include "gateway/grpc/grpc.h"
#include "gateway/locate/locate.h"
#include "gateway/loop/loop.h"
#include "gateway/loop/pool.h"
#include "gateway/minimise/minimise.h"
#include "gateway/model/model.h"
#include "gateway/query/askers.h"
#include "gateway/query/budget.h"
#include "gateway/query/keys.h"
#include "gateway/query/openings.h"
#include "gateway/query/register.h"
#include "gateway/source/source.h"
#include "gateway/store/store.h"
#include "policy/policy.h"
#include "policy/record/record.h"

struct index_log;

enum query_code {
    QUERY_ERR_SOURCES = 16, /* LIMIT: more sources, links or memory than one question may have */
    QUERY_ERR_TRAIL,        /* LIMIT: reasons and references together are too long for the log */
    QUERY_ERR_KEYS,         /* PEER: the key service's answer is not to what was asked */
    QUERY_ERR_RECORD,       /* INPUT: a sealed part that no question of this version wrote */
};

/* Answers under these agreements leave only when so many witnesses have cosigned a checkpoint of
 * the log that covers their RELEASE (audit.md 4.4). */
struct query_quorum {
    const struct span *agreements;
    size_t agreement_count;
    /* Of those: a question with a valid emergency of such an agreement waits for nobody. */
    const struct span *at_once;
    size_t at_once_count;
    size_t needed; /* 1 to LIMIT_WITNESS_COUNT */
    /* Asks the witnesses at once; any thread, as often as one likes. */
    void (*hurry)(void *ctx);
    void *ctx;
};

/* What all workers share; nothing of it changes while they run, but for what is in force. All
 * borrowed. */
struct query_gateway {
    const struct config_partnership *registry;
    struct agreement_live *agreements; /* what is in force; replaced whole while they run */
    struct agreement_book *book;       /* every agreement, for the service Agreements */
    struct audit_log *log;
    struct index_log *index; /* for the service Audit; NULL: it has no search */
    struct store *store;
    struct locate *locate;
    struct consent_counters *counters;
    struct query_register *reg;
    struct query_openings *openings;
    const struct query_quorum *quorum; /* NULL: no answer waits for witnesses */
    struct loop_pool *pool;            /* what a question waits for */
    struct loop_pool *bulk;     /* enrolments: batches of them, which no question stands behind */
    struct vault_key *mark_key; /* kind SECRET: keys of the register */
    const struct minimise_ward *wards;
    size_t ward_count;
    struct config_limits limits;
    size_t message_max; /* bytes of the longest message that can be sent */
    struct clock clock;
};

/* What one worker has of its own. */
struct query_worker {
    const struct query_gateway *gateway;
    struct loop *loop;
    struct store_reader *reader;
    struct source_pool *sources;
    struct query_keys *keys;
    struct query_askers *askers;
    struct arena_shelf *shelf; /* for what a question remembers */
    struct agreement_view agreements;
    struct query *running; /* its questions under way */
};

enum query_kind { QUERY_ASK, QUERY_WATCH };

/* How a question ended. With status OK exactly one reply: for Ask the whole, for Watch the last
 * message. Otherwise message is for the peer's eyes; static. */
struct query_end {
    enum grpc_status status;
    const char *message;
    const struct ask_reply *reply;
};

/* Called on the worker's thread. on_part: Watch only; a released part of one source. on_end: once,
 * unless the query was cancelled. Both say whether the transport took it: what it did not take is
 * logged as not delivered, and a Watch ends with it. on_closed: last of all, always: its entries
 * are written, its memory goes after the call. */
struct query_events {
    bool (*on_part)(void *ctx, const struct reply_part *part, struct span pseudonym,
                    struct span checkpoint);
    bool (*on_end)(void *ctx, const struct query_end *end);
    void (*on_closed)(void *ctx);
    /* May be NULL: it waits for agencies, for the key service or for a slot, or goes on. */
    void (*on_rest)(void *ctx, bool rests);
    /* May be NULL: as long as it is. Bytes of one line as the caller's form of the message carries
     * it; SIZE_MAX where it cannot be carried. */
    size_t (*on_measure)(void *ctx, struct span result);
    /* May be NULL: there is room. Sets room for so many bytes aside until they are sent; false
     * while the caller has to read first. */
    bool (*on_reserve)(void *ctx, size_t len);
};

struct query;

struct query_start {
    struct query_worker *worker; /* kept */
    enum query_kind kind;
    struct arena *arena; /* given: holds caller and question */
    const struct caller *caller;
    const struct question *question;
    int64_t deadline_ms;               /* monotonic */
    const struct query_events *events; /* kept */
    void *ctx;
    bool is_text; /* messages travel as text: receipts take up to half as many bytes again */
};

/* Begins a question; all callbacks come later, from the loop. LIMIT: nothing was begun, and the
 * arena is the caller's again. */
LG_MUST_USE struct lg_err query_begin(const struct query_start *start, struct query **out_query);
/* The caller went away: legs are cancelled, the log gets its end, then on_closed. Neither on_part
 * nor on_end comes any more. */
void query_cancel(struct query *query);

/* False where who asks, why, and the names of what is asked for are together longer than the log's
 * entry of the question holds: to be asked before anything is looked up. */
/* The decision record in the sealed part of a question or of a source (trail.c). bytes empty: there
 * is none, as in the entries of links. */
struct query_trail_record {
    bool is_part;
    enum age_class age_class;       /* of a question */
    uint64_t ask_index;             /* of a part: the entry of its question */
    struct withholding withholding; /* of a part that the source withheld; else empty */
    /* Whom the entry is about is somebody whom the asker could know of when they asked: false where
     * only hidden sources knew, or where an older version did not say. */
    bool is_enough;
    uint32_t record_count; /* of a part: records that left, also of a hidden source */
    bool is_called; /* of a part: the source was asked; false too where an older did not say */
    bool is_decoy;  /* of a part: the source was asked about a person whom it does not hold */
    /* What a part lays on who asked; 0: nothing, as where an older did not say. Of a hidden source
     * it says nothing of what it held. */
    uint32_t keep_days;
    enum policy_onward onward;
    struct span bytes;
};
/* INPUT QUERY_ERR_RECORD. Points into `sealed`. */
LG_MUST_USE struct lg_err query_trail_read(struct span sealed,
                                           struct query_trail_record *out_record);
/* The reason in clear of the SEARCH entry of Find. */
extern const char query_find_what[];
extern const char query_trail_sentence[];
bool query_trail_fits(size_t agreement_count, const struct caller *caller,
                      const struct question *question);
/* What a stopped caller is told. */
extern const char query_stopped_code[];
extern const char query_stopped_sentence[];
/* The request of policy_decide for a question's ground, without an emergency; also for searches,
 * CanAsk, and people whom an answer names. */
struct policy_request query_policy_request(const struct caller *caller,
                                           const struct question *question, int64_t now_ms);
/* Who looks for whom. permit: the proof that policy came first. */
struct query_asking {
    const struct query_worker *worker;
    const struct caller *caller;
    const struct question *question;
    const struct permit *permit;
    struct agreement_set *agreements;         /* that the permit was made from */
    const struct policy_emergency *emergency; /* under which it is asked, or NULL */
};

/* Every agency of the partnership as locate wants it, visible where `findable` lists it. Lists from
 * the arena. */
LG_MUST_USE struct lg_err query_asker_make(const struct query_asking *asking, struct arena *arena,
                                           struct locate_asker *out_asker);
/* The id where an agreement of that id is in force, else empty: what a caller wrote and no
 * agreement knows stays out of the log's clear part. */
struct span query_known_agreement(struct agreement_forces forces, struct span agreement);

/* What is in force, at the wall clock of the worker's loop: `set` is held by whoever keeps it, and
 * forces live as long. A question is decided by one, a call begins with one, and both end with the
 * same one, whatever comes into force meanwhile; what is stopped meanwhile ends them. */
struct query_agreements {
    struct agreement_set *set;
    struct agreement_forces forces;
};
/* The newest, held: free it by agreement_set_free(&it.set). */
struct query_agreements query_agreements_hold(struct query_worker *worker);
/* The newest, borrowed until the worker asks again. */
struct agreement_forces query_agreements_now(struct query_worker *worker);
/* Whether something that this permit rests on was suspended, withdrawn or ended since. */
bool query_agreements_stopped(struct query_worker *worker, const struct query_agreements *begun,
                              const struct permit *permit);
/* To be called on the worker's thread when what is in force changed: questions under way that rest
 * on what was stopped end. */
void query_agreements_changed(struct query_worker *worker);
/* To be called on the worker's thread when a witness has cosigned, or (round_over) all have been
 * asked: answers that wait for them look again. */
void query_witnesses_told(struct query_worker *worker, bool round_over);
/* What such a question, or call, ends with. */
struct query_end query_agreements_end(void);
/* The status and sentence for an error of a stage, without anything about the person. */
struct query_end query_end_of_error(struct lg_err err);

#endif
