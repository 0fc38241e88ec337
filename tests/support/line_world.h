/* SPDX-License-Identifier: Apache-2.0 */
/* The whole line in one loop whose time the test owns: store, locate, consents and log in a folder
 * of their own, policy on a small agreement, the source pool and the key service's client against
 * agencies and a key service of the test, and the gateway's services with a client of theirs.
 *
 *   care    asks                          homes   open, asked first
 *   trust   hidden, special               school  open; `welfare` is special and needs consent
 *
 * Only the log's sequencer and the pool are threads of their own. */
#ifndef TESTS_SUPPORT_LINE_WORLD_H
#define TESTS_SUPPORT_LINE_WORLD_H

#include "gateway/edge/edge.h"
#include "gateway/query/query.h"
#include "gateway/service/service.h"
#include "gateway/wire/disclosures.h"
#include "gateway/wire/source.h"
#include "tests/support/ca.h"
#include "tests/support/store_support.h"

enum {
    LINE_SLOT_MS = 2500,
    LINE_TIMEOUT_MS = 2000,
    LINE_DEADLINE_MS = 5000,
    LINE_HELD_MAX = 64,
    LINE_PARTS_MAX = 8,
    LINE_LOG_MAX = 64,
    LINE_SEGMENT_SIZE = 512 * 1024,
};

enum line_agency_id { LINE_HOMES, LINE_SCHOOL, LINE_TRUST, LINE_AGENCIES };

/* What an agency does with a Fetch. */
enum line_manner {
    LINE_ANSWERS,
    LINE_HOLDS, /* until line_agency_release */
    LINE_FAILS, /* status INTERNAL */
    LINE_LIES,  /* the reference of another call */
    LINE_TALKS_RUBBISH,
    LINE_TALKS_LONG, /* more than LIMIT_SOURCE_ANSWER */
    LINE_IS_DOWN,    /* status UNAVAILABLE */
    LINE_SPOILS,     /* each @@@ of its answer is U+202E, which turns text round */
};

struct line_world;

struct line_agency {
    struct line_world *world;
    const char *name;
    struct grpc_server *server;
    struct vault_key *box;
    enum line_manner manner;
    bool is_kind_to_decoys; /* which are answered whatever the manner */
    struct answer answer;   /* for real references; its call reference is put in */
    struct grpc_call *held[LINE_HELD_MAX];
    struct call_reference held_reference[LINE_HELD_MAX];
    bool held_is_real[LINE_HELD_MAX];
    size_t held_count;
    unsigned fetches;
    unsigned real_fetches;
    unsigned cancelled;
    unsigned acknowledged;
    struct fetch_request last; /* in the world's arena */
    struct span last_message;
    struct span last_receipt_leaf;
};

struct line_keys {
    struct line_world *world;
    struct grpc_server *server;
    struct vault_scalar scalar;
    enum line_manner manner;
    struct grpc_call *held[LINE_HELD_MAX];
    struct span held_elements[LINE_HELD_MAX];
    size_t held_count;
    unsigned calls;
    struct grpc_call *held_evaluations[LINE_HELD_MAX];
    size_t held_evaluation_count;
    unsigned evaluations;
};

struct line_world {
    struct support_ca ca;
    struct support_files files[4];
    struct tls_context *gateway_client;
    struct tls_context *gateway_server;
    struct tls_context *agency_server;
    struct tls_context *caller_client;
    int64_t mono_ms;
    int64_t wall_ms;

    struct store_support store;
    struct vault_key *index_key;
    struct vault_key *sign_key;
    struct vault_key *mark_key;
    struct arena *arena; /* of one test */
    char log_folder[STORE_SUPPORT_PATH];
    struct policy *policy;
    struct policy_force force;
    struct agreement_live *agreements;
    struct config_partnership registry;
    struct config_party parties[4];
    struct config_system systems[4];
    struct config_source sources[LINE_AGENCIES];

    struct query_gateway gateway;
    struct query_worker worker;
    struct http2_host *host;
    struct service *service;
    struct grpc_server *server;
    struct grpc_channel *channel; /* of care's case system */
    struct line_agency agencies[LINE_AGENCIES];
    struct line_keys keys;
    struct caller caller;
    uint8_t next_id;
};

/* Group set-up and tear-down: certificates. *state is the world; source_dir is LOCKGATE_SOURCE. */
int line_world_setup(void **state, const char *source_dir);
int line_world_teardown(void **state);
/* For each test: everything else. */
int line_world_open(void **state);
/* Brings world->force into force, for questions that begin from now on. */
void line_world_agreements_put(struct line_world *world);
int line_world_close(void **state);

/* Turns the loop until *flag, and fails the test where that does not come. */
void line_until(struct line_world *world, const bool *flag);
/* A few turns: what is under way on this machine arrives. */
void line_settle(struct line_world *world);
/* Moves time and settles. */
void line_pass(struct line_world *world, int64_t ms);
/* Until the agency has been asked so many times. */
void line_until_fetched(struct line_world *world, enum line_agency_id agency, unsigned fetches);

/* A person, by number, that these agencies hold (bits 1 << line_agency_id); real references. */
struct person_id line_person(struct line_world *world, uint32_t number, unsigned held_by);
struct record_tag line_tag(uint32_t number);
/* A handle for them as Find would have given it. */
struct span line_handle(struct line_world *world, const struct person_id *person, bool is_enough);
/* The same for nobody. */
struct span line_handle_nobody(struct line_world *world);
/* Records a consent of that state for all purposes and one category (NULL: all); durable and
 * applied when it returns. */
void line_consent(struct line_world *world, const struct person_id *person,
                  enum consent_state state, const char *category);
/* The same of one kind, for all categories. */
void line_consent_of(struct line_world *world, const struct person_id *person,
                     enum consent_kind kind, enum consent_state state);
/* The same of all categories, on its way only: what the next turn reads of the store is before it,
 * what that turn commits comes after it. */
void line_consent_begin(struct line_world *world, const struct person_id *person,
                        enum consent_state state);

/* Writes one entry; durable and applied when it returns. */
void line_log_put(struct line_world *world, struct audit_entry_fields *fields);

/* One record "rec-1" with these items (name, value pairs up to a NULL), and links. */
struct answer line_answer(struct line_world *world, const char *const *items, const uint32_t *links,
                          size_t link_count);
void line_agency_release(struct line_world *world, enum line_agency_id agency);
void line_keys_release(struct line_world *world);

/* ---- a question at the line itself */

struct line_part {
    struct extract extract;
    struct span result;
    struct span pseudonym;
    struct span leaf;
    struct span detail;
};

struct line_ask {
    struct line_world *world;
    struct question question;
    enum query_kind kind;
    bool refuses_parts; /* what the stream's end does when it is full */
    size_t text_factor; /* above 0: lines take so many times their bytes, as text */
    unsigned full_for;  /* so many times there is no room in the transport */
    size_t reserved;    /* what was set aside last */
    size_t sent;        /* bytes of messages since then; of a stream, of its parts */
    unsigned reserves;
    unsigned measures;
    struct query *query;
    int64_t deadline_ms;
    size_t memory; /* of the question */
    bool is_ended;
    bool is_closed;
    unsigned ends;
    enum grpc_status status;
    struct verdict verdict;
    struct span pseudonym;
    bool has_refusal_receipt;
    bool has_emergency;
    struct emergency_note emergency; /* office: of the policy */
    struct line_part parts[LINE_PARTS_MAX];
    size_t part_count;
    int64_t ended_ms;
};

/* A question of care's worker about a handle, for child safeguarding, all sources and items. */
struct line_ask line_ask_of(struct line_world *world, enum query_kind kind, struct span handle);
void line_ask_begin(struct line_ask *ask);
/* begin, and until it is closed; time moves only where `passes`. */
void line_ask_run(struct line_ask *ask, bool passes);
/* The part of this agency; fails the test where there is none. */
const struct line_part *line_part_of(const struct line_ask *ask, const char *agency);
/* The value of an item in the part's first record, as text in the world's arena; "" where it is
 * absent. */
const char *line_value(const struct line_ask *ask, const char *agency, const char *item);

/* What the receipt of this agency's part tells beyond the leaf. */
struct audit_detail line_detail(const struct line_ask *ask, const char *agency);

/* ---- the log */

struct line_log {
    struct audit_entry entries[LINE_LOG_MAX];
    struct span leaves[LINE_LOG_MAX];
    size_t count;
    size_t finals; /* ends of questions: named by a frame, or by an entry with the flag FINAL */
};

/* Entries from index `from` on. */
void line_log_read(struct line_world *world, uint64_t from, struct line_log *out_log);
size_t line_log_count(const struct line_log *log, enum audit_kind kind);
/* Ends of questions. */
size_t line_log_finals(const struct line_log *log);
/* The one entry of this kind and source; fails the test unless there is exactly one. */
const struct audit_entry *line_log_one(const struct line_log *log, enum audit_kind kind,
                                       const char *source);

#endif
