/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the book. All but the files is under the book's mutex. While an agreement is busy
 * nothing else changes its versions, acts and texts: whoever made it busy reads them without. While
 * it is compiling, only acts that stop something are added: a snapshot is read. */
#ifndef GATEWAY_AGREEMENT_BOOK_INT_H
#define GATEWAY_AGREEMENT_BOOK_INT_H

#include <pthread.h>

#include "gateway/agreement/book.h"
#include "policy/signing.h"

/* An act that happened. entry points into body, which the act owns. */
struct kept_act {
    uint64_t index;
    int64_t time_ms;
    uint8_t *body;
    struct agreement_entry entry;
};

/* One version. text is NULL where it is broken, and until it was loaded. */
struct kept_version {
    uint32_t number;
    uint8_t text_hash[VAULT_SHA256_SIZE];
    bool has_report;
    uint8_t report_hash[VAULT_SHA256_SIZE];
    struct agreement_text *text;
    struct agreement_text *word; /* of a broken one: its text, for what it says of data; or NULL */
    bool is_broken;
    bool is_activated;
    struct kept_act *acts;
    size_t count;
    /* both sides: party i's signature over the version that this one replaces still counts. */
    bool is_accession;
    bool carries[LIMIT_POLICY_PARTIES];
    uint64_t left[LIMIT_POLICY_PARTIES / 64]; /* bit i: what party i enrolled is deleted */
};

struct kept_agreement {
    char id[AGREEMENT_ID_SIZE_MAX + 1];
    bool is_busy;
    bool is_compiling;              /* for an activation: meanwhile nothing but stops is begun */
    struct agreement_text *pending; /* of a proposal between prepare and apply */
    uint8_t pending_hash[VAULT_SHA256_SIZE];
    struct kept_version *versions[LIMIT_AGREEMENT_VERSIONS];
    size_t count;
};

/* What was found for a mark of none of the texts here. text NULL: nothing. */
struct old_text {
    bool is_set;
    uint8_t mark[VAULT_SHA256_SIZE];
    struct agreement_text *text;
};

struct agreement_book {
    struct agreement_setup setup;
    pthread_mutex_t mutex;
    bool is_open;
    bool has_index;
    uint64_t last_index;
    int64_t next_s; /* when what was published last changes by itself */
    struct kept_agreement *agreements[LIMIT_AGREEMENTS];
    size_t count;
    struct old_text old_texts[LIMIT_AGREEMENT_OLD_TEXTS];
    size_t old_next; /* the place that is given next */
};

LG_MUST_USE struct lg_err agreement_fail(enum lg_class klass, enum agreement_code code);
/* NULL where there is none. */
struct kept_agreement *agreement_kept_find(const struct agreement_book *book, struct span id);
struct kept_version *agreement_kept_version(const struct kept_agreement *agreement,
                                            uint32_t number);
/* The policy, or NULL. */
const struct policy *agreement_kept_policy(const struct kept_version *version);

/* Whether the names in the folder are durable now. */
bool agreement_folder_sync(const char *path);
/* Makes durable what texts are compiled under, once. STORE AGREEMENT_FILE. */
LG_MUST_USE struct lg_err agreement_grounds_keep(const struct agreement_book *book);
/* The text of this mark under a floor and a register of old, without the mutex: reads files and
 * compiles. *out_text NULL: there is none; the caller frees it. LIMIT, STORE AGREEMENT_FILE. */
LG_MUST_USE struct lg_err agreement_grounds_find(struct agreement_book *book, struct span mark,
                                                 struct agreement_text **out_text);
void agreement_grounds_forget(struct agreement_book *book);

/* Whether a wish has to wait for another act on this agreement. */
bool agreement_kept_is_taken(const struct kept_agreement *agreement, enum agreement_act act);
/* The agreement of this id, made where there is none, for one act at a time: LIMIT AGREEMENT_BUSY
 * with the diag where another is under way. */
LG_MUST_USE struct lg_err agreement_kept_enter(struct agreement_book *book, struct span id,
                                               struct diag *diag,
                                               struct kept_agreement **out_agreement);

/* ---- files.c ---- */

enum { AGREEMENT_PATH_SIZE = 4096 };

/* Makes the agreement's folder where it is missing and writes the file. STORE AGREEMENT_FILE. */
LG_MUST_USE struct lg_err agreement_file_write(const struct agreement_book *book, struct span id,
                                               uint32_t version, enum agreement_file which,
                                               struct span bytes);
/* A malloced copy, empty (NULL) where there is no such file. STORE AGREEMENT_FILE, LIMIT. */
LG_MUST_USE struct lg_err agreement_file_read(const struct agreement_book *book, struct span id,
                                              uint32_t version, enum agreement_file which,
                                              struct span *out_bytes);
void agreement_file_free(struct span *bytes);

/* ---- snapshot.c ---- */

/* An agreement as it is at one moment: read without the mutex while stops are applied to it. Texts
 * and bodies are the book's own, and stay while the agreement is compiling. */
struct agreement_snapshot;
/* Under the mutex. LIMIT AGREEMENT_MEMORY. The caller frees it. */
LG_MUST_USE struct lg_err agreement_snapshot_make(const struct kept_agreement *agreement,
                                                  struct agreement_snapshot **out_snapshot);
const struct kept_agreement *agreement_snapshot_of(const struct agreement_snapshot *snapshot);
void agreement_snapshot_free(struct agreement_snapshot **snapshot);

/* ---- verify.c ---- */

/* Whose key a party acts with on a version. Where it has signed that version itself: the one of
 * that version's section. Else, and for sign and refuse: the one of the newest version before it
 * that was in force and that the party signed; where there is none, the pinned one, and its section
 * must have that. So a key changes by a signature of the old one alone. INPUT AGREEMENT_SIGNATURE
 * where there is no usable key, with the diag. */
struct agreement_signing {
    const struct config_partnership *registry;
    const struct policy *policy;
    const struct kept_agreement *agreement; /* NULL: there is no version before */
    const struct kept_version *version;     /* of the policy; NULL: it is not proposed yet */
    uint64_t before;                        /* signatures from this index on do not count yet */
};
LG_MUST_USE struct lg_err agreement_signing_key(const struct agreement_signing *signing,
                                                enum agreement_act act, struct span party,
                                                struct diag *diag,
                                                struct vault_sign_public *out_key);
/* Of a version, as of now. One that only paper knows tells no keys, and the partnership's pins do.
 * INPUT AGREEMENT_SIGNATURE where the one that it replaces is broken. agreement NULL: there is none
 * yet. */
LG_MUST_USE struct lg_err agreement_signing_make(const struct agreement_book *book,
                                                 const struct kept_agreement *agreement,
                                                 const struct policy *policy, struct diag *diag,
                                                 struct agreement_signing *out_signing);
/* That every party has a key that it could sign with. */
LG_MUST_USE struct lg_err agreement_signing_check(const struct agreement_signing *signing,
                                                  struct diag *diag);
/* A version read from its files and verified: its text and whose signatures carry over; text NULL:
 * it does not fit, which was told in the log, and word is what it says of data, where the text on
 * disk is the one that was proposed and compiles without a floor. Compiles and reads the disk:
 * without the mutex where the agreement is busy with this act, as nothing of it changes then. */
struct agreement_verified {
    struct agreement_text *text;
    struct agreement_text *word;
    bool is_accession;
    bool carries[LIMIT_POLICY_PARTIES];
};
void agreement_verified_make(const struct agreement_book *book,
                             const struct kept_agreement *agreement,
                             const struct kept_version *version,
                             struct agreement_verified *out_verified);
/* Takes the texts over; without the first the version is broken. */
void agreement_verified_put(struct kept_version *version, struct agreement_verified *verified);
/* Both. */
void agreement_verify(const struct agreement_book *book, const struct kept_agreement *agreement,
                      struct kept_version *version);
/* The text of a version from disk, if it is what was proposed and can be in force here. */
LG_MUST_USE struct lg_err agreement_text_load(const struct agreement_book *book,
                                              const struct kept_agreement *agreement,
                                              const struct kept_version *version, struct diag *diag,
                                              struct agreement_text **out_text);

/* ---- standing.c ---- */

/* Whether the party has a signature that counts. */
bool agreement_has_act(const struct kept_version *version, enum agreement_act act,
                       struct span party, const struct kept_act **out_act);
/* Whether the party's suspension of this version, or of an older one, stands: it has not resumed
 * since, nor signed a newer one. */
bool agreement_is_suspended(const struct kept_agreement *agreement,
                            const struct kept_version *version, struct span party);
/* Whether all of it is suspended: by who leads it, or led the version on which it did that. */
bool agreement_is_suspended_whole(const struct kept_agreement *agreement,
                                  const struct kept_version *version);
/* The party's notice on this version, or on an older one, after which it has signed no newer one;
 * NULL: none. */
const struct kept_act *agreement_notice(const struct kept_agreement *agreement,
                                        const struct kept_version *version, struct span party);
bool agreement_is_signed(const struct kept_agreement *agreement,
                         const struct kept_version *version);
/* Whether a party is bound: by a signature over this version, or by one over an older one that it
 * carries on from. */
bool agreement_is_bound(const struct kept_agreement *agreement, const struct kept_version *version,
                        struct span party);
/* Works out whose signatures carry over; after a text was loaded. */
void agreement_accession_find(const struct kept_agreement *agreement, struct kept_version *version);
/* Facts at a local day; superseded is worked out against the agreement's other versions at at_s. */
void agreement_facts_of(const struct kept_agreement *agreement, const struct kept_version *version,
                        int64_t at_s, struct agreement_facts *out_facts);
/* The version that governs at a moment, or NULL: the newest activated one whose first day has come,
 * else the first that will come. */
const struct kept_version *agreement_governing(const struct kept_agreement *agreement,
                                               int64_t at_s);

/* ---- propose.c ---- */

LG_MUST_USE struct lg_err agreement_propose_prepare(struct agreement_book *book,
                                                    const struct agreement_wish *wish,
                                                    struct diag *diag, struct agreement_ready *out);

/* Runs the test cases; empty: there are none. INPUT AGREEMENT_TEXT with the diag. */
LG_MUST_USE struct lg_err agreement_cases_check(const struct policy *policy, struct span cases,
                                                struct diag *diag);

/* ---- report.c ---- */

/* What is attached to a proposal: the changes against the version that it replaces (before NULL:
 * none), counted first, and what the proposer attached, at most LIMIT_AGREEMENT_ATTACHED_SIZE. In
 * the arena, or `attached` itself. Errors of policy_diff_make; LIMIT. */
LG_MUST_USE struct lg_err agreement_report_make(const struct policy *before,
                                                const struct policy *after, struct span attached,
                                                struct arena *arena, struct span *out_report);

/* ---- room.c ---- */

/* Whether one more version by this party, or one more act on a version, fits: applying what is
 * durable must never fail for want of room. INPUT AGREEMENT_STATE with the diag. agreement NULL:
 * there is none yet. */
LG_MUST_USE struct lg_err agreement_room_version(const struct kept_agreement *agreement,
                                                 struct span party, struct diag *diag);
LG_MUST_USE struct lg_err agreement_room_act(const struct kept_version *version,
                                             enum agreement_act act, struct span party,
                                             struct span line, struct diag *diag);

/* ---- stages.c ---- */

/* Publishes what is in force from the moment on. */
LG_MUST_USE struct lg_err agreement_publish(struct agreement_book *book);

#endif
