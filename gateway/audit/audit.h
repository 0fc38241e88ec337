/* SPDX-License-Identifier: Apache-2.0 */
/* The log that every question and every disclosure enters before it happens. Append-only, one
 * order, a Merkle tree over its entries (RFC 9162, section 2.1), checkpoints signed as C2SP notes.
 *
 * A commit is asynchronous: the entry is built on the calling thread, one sequencer thread writes
 * what waits as one frame with one flush, and the outcome comes back on the caller's loop. Only
 * this module makes a `struct receipt`, and only after the flush. An error while writing or
 * flushing ends the process (audit.md I9): a log that may have lost an entry answers nobody. */
#ifndef GATEWAY_AUDIT_AUDIT_H
#define GATEWAY_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/clock.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"
#include "gateway/loop/loop.h"
#include "gateway/model/model.h"
#include "gateway/vault/vault.h"

enum audit_code {
    AUDIT_FIELDS = 1,   /* INPUT: an entry's fields are outside their ranges */
    AUDIT_ENTRY_SIZE,   /* LIMIT: the entry would be longer than 4 KiB */
    AUDIT_QUEUE_FULL,   /* LIMIT: more waits than the disk takes away */
    AUDIT_MEMORY,       /* LIMIT: no memory */
    AUDIT_CLOSED,       /* INTERNAL: the log is being closed */
    AUDIT_NO_SPACE,     /* STORE: below the reserve only denials and outcomes are taken (I10) */
    AUDIT_IO,           /* STORE: a file could not be read or written */
    AUDIT_LOCKED,       /* STORE: another process has this log open */
    AUDIT_CORRUPT,      /* STORE: the journal breaks an invariant; nothing was changed */
    AUDIT_BEHIND,       /* STORE: the journal is shorter than what was once made durable (I4) */
    AUDIT_FOREIGN,      /* CONFIG: the folder holds the log of another origin */
    AUDIT_KEYS,         /* STORE: no subject key could be had */
    AUDIT_RANGE,        /* INPUT: index or size beyond the log, or sizes in the wrong order */
    AUDIT_LEAF_FORMAT,  /* INPUT: bytes that are not an entry */
    AUDIT_LEAF_VERSION, /* INPUT; STORE in a journal: an entry of another version than 2 */
    AUDIT_DETAIL,       /* INPUT: a detail that is not the one which the leaf commits to */
    AUDIT_SEALED,       /* INPUT: the sealed part does not open under this key */
    AUDIT_KEY_FORMAT,   /* INPUT: text that is not a verifier key */
    AUDIT_NOTE_FORMAT,  /* INPUT: text that is not a signed note or checkpoint */
    AUDIT_UNSIGNED,     /* INPUT: no signature by a key that we were given */
    AUDIT_SIGNATURE,    /* INPUT: a signature by a key that we were given is wrong */
    AUDIT_ORIGIN,       /* INPUT: the checkpoint is of another log than the key */
    AUDIT_PROOF_FORMAT, /* INPUT: text that is not a proof, or without the leaf it is about */
    AUDIT_PATH,         /* INPUT: the path does not lead to the root */
    AUDIT_ABSENT,       /* STORE: no such file; stays inside this module */
    AUDIT_FROZEN,       /* STORE: a witness knows more of this log, or another (witnessed.h) */
    AUDIT_EARLIER,      /* INPUT: the log is not what it was at the earlier checkpoint */
};

enum {
    AUDIT_HASH_SIZE = 32,
    AUDIT_SALT_SIZE = 32,
    AUDIT_TAG_SIZE = 16,
    AUDIT_DETAIL_SIZE_MAX = 318, /* a part's detail: entry.c */
    AUDIT_SCOPE_SIZE = 16,
    AUDIT_CODE_SIZE_MAX = 63,                     /* agency, agreement, purpose, basis, reason */
    AUDIT_ENTRY_SIZE_MAX = LIMIT_AUDIT_ENTRY,     /* audit.md 4.1 */
    AUDIT_SEALED_SIZE_MAX = LIMIT_AUDIT_SEALED,   /* caller's bytes in the sealed part */
    AUDIT_BATCH_MAX = LIMIT_AUDIT_BATCH,          /* entries of one commit */
    AUDIT_CONDITION_MAX = LIMIT_AUDIT_CONDITIONS, /* conditions or changed scopes of one commit */
    AUDIT_PATH_MAX = 63,             /* hashes of an inclusion path (c2sp.org/tlog-proof) */
    AUDIT_CONSISTENCY_MAX = 63,      /* hashes of a consistency proof (c2sp.org/tlog-witness) */
    AUDIT_ORIGIN_SIZE_MAX = 128,     /* name of the log: a line of the checkpoint */
    AUDIT_CHECKPOINT_SIZE_MAX = 512, /* body and our one signature */
    AUDIT_PROOF_SIZE_MAX = 24576,    /* text of one proof that we write */
    AUDIT_VKEY_SIZE_MAX = 192,       /* text of a verifier key that we write */
    AUDIT_TEXT_SIZE_MAX = 15360, /* of a note that we sign: with its signature as LIMIT_WIRE_NOTE */
};

/* ---- What an entry holds -------------------------------------------------------------------- */

/* Values are those of the stored format; never renumbered. */
enum audit_kind {
    AUDIT_ASK = 1,        /* a question, before anybody is asked */
    AUDIT_RELEASE = 2,    /* one source's part, before it leaves; also for "nothing to show" */
    AUDIT_OUTCOME = 3,    /* not delivered, abandoned, or confirmed by witnesses before it left */
    AUDIT_DENIAL = 4,     /* a refusal */
    AUDIT_SEARCH = 5,     /* a look into index, consents or log, before it happens */
    AUDIT_ERASURE = 6,    /* keys to be destroyed, or held; `items` names them in clear */
    AUDIT_AGREEMENT = 7,  /* an agreement proposed, signed, in force, ended */
    AUDIT_NODE_EPOCH = 8, /* a gateway process took over the log; written by this module */
    AUDIT_ROLLUP = 9,     /* hourly counts */
    AUDIT_PAD = 10,       /* hides traffic volume */
    AUDIT_CONSENT = 11,   /* a consent given, refused or withdrawn */
    AUDIT_STOP = 12,      /* suspension, revocation, withdrawal of a party */
    AUDIT_ENROL = 13,     /* people enrolled or retired */
    AUDIT_REVIEW = 14,    /* a review case opened, taken, closed; the person told */
    /* A subject access request opened, stepped on, closed. */
    AUDIT_SUBJECT_ACCESS = 15,
    AUDIT_DUTY = 16, /* what an officer did about a duty, or that its day has passed */
    AUDIT_INCIDENT =
        17, /* an incident opened, told of, decided, closed; answered by who was told */
    /* With each erasure of a person, always of one size: what is not to be forgotten of them, if
     * anything is. */
    AUDIT_SUPPRESSION = 18,
    AUDIT_KIND_END
};

/* Values are stored. */
enum audit_decision {
    AUDIT_DECISION_NONE = 0,
    AUDIT_DECISION_PERMIT = 1,
    AUDIT_DECISION_PARTIAL = 2,
    AUDIT_DECISION_REFUSE = 3,
    AUDIT_DECISION_NOT_DELIVERED = 4, /* OUTCOME */
    AUDIT_DECISION_ABANDONED = 5,     /* OUTCOME, written at start for what a crash cut off */
    AUDIT_DECISION_END
};

/* Values are stored. */
enum audit_flag {
    AUDIT_FLAG_FINAL = 1,            /* the question's one terminal entry */
    AUDIT_FLAG_CLEAR_IDENTIFIER = 2, /* an identifier was sent in clear (README rule 9) */
    AUDIT_FLAG_EMERGENCY = 4,        /* under a declared emergency */
    AUDIT_FLAG_CLOCK_HELD = 8, /* the clock stepped back; time was held (I7). Set here alone */
};

/* Values are stored: what `items` holds. */
enum audit_items_form { AUDIT_ITEMS_NONE = 0, AUDIT_ITEMS_BITMAP = 1, AUDIT_ITEMS_DIGEST = 2 };

/* SHA-256(salt, payload) and its random salt. A plain hash of personal data could be guessed. */
struct audit_commitment {
    uint8_t salt[AUDIT_SALT_SIZE];
    uint8_t hash[AUDIT_HASH_SIZE];
};

/* Draws a salt and commits to the bytes. */
void audit_commitment_make(struct span payload, struct audit_commitment *out_commitment);

/* What the leaf of one source's part does not show. The leaf goes to its source, and two sources
 * must not be able to put theirs side by side (README, rule 13); so all that the question gave to
 * each of its parts stands here: in the leaf as a salted hash, open in the requester's receipt, and
 * in the sealed part. Codes and ranges as in struct audit_entry_fields. */
struct audit_detail {
    int64_t time_ms;               /* set by the log */
    unsigned flags;                /* enum audit_flag that callers may set, and CLOCK_HELD */
    uint32_t record_count;         /* 0 where existence is hidden */
    struct request_id question_id; /* of the question, as its ASK has it */
    struct span requesting_agency;
    struct span purpose;
    struct span basis;
    struct span reason; /* in full, as the requester may read it */
};

/* One entry to be written. Everything but `person`, `sealed` and `detail` stands in clear in the
 * leaf: codes, never a name, an identifier or a value. Where existence is hidden, `reason` and the
 * detail hold the coarse class only; the true ones go into `sealed`, whose length is hidden in
 * steps. Spans are borrowed until audit_commit returns. Codes are 0 to 63 bytes of printable ASCII.
 *
 * A part is an entry of one source: RELEASE, and DENIAL that names a source agency. It has a detail
 * and a commitment, its leaf shows the day and no time, and its flags, sources and record_count are
 * 0; requesting_agency, purpose and basis are filled in where the clause tells the source so much,
 * and its reason is one that many questions share. Everything else has no detail. */
struct audit_entry_fields {
    enum audit_kind kind;
    struct request_id request_id; /* of the question; of a part a random one of its own */
    struct span source_agency;
    struct span requesting_agency;
    struct span agreement;
    uint32_t agreement_version;
    struct span purpose;
    struct span basis;
    enum audit_decision decision;
    struct span reason;
    uint64_t sources; /* ASK: bit i stands for the i-th agency of the registry */
    enum audit_items_form items_form;
    uint8_t items[32]; /* bitmap of the vocabulary, or SHA-256 of the list of items; of an ERASURE
                          the id of a key, as a digest */
    uint32_t record_count;
    unsigned flags;                            /* enum audit_flag that callers may set */
    const struct audit_commitment *commitment; /* NULL: the entry commits to no payload */
    const struct audit_detail *detail;         /* of a part; NULL for everything else */
    const struct person_id *person;            /* NULL: nobody */
    struct span sealed;                        /* at most AUDIT_SEALED_SIZE_MAX */
};

/* The items of a part: SHA-256 over its own request id, then the names of the items in the order in
 * which they were asked for, each after a 16-bit length. The request id comes first: two sources
 * that were asked for the same items must not have the same digest. */
void audit_part_items(const struct request_id *part, struct span_list items,
                      uint8_t out[static VAULT_SHA256_SIZE]);

/* True for the leaf of one source. */
bool audit_is_part(enum audit_kind kind, struct span source_agency);

/* An entry read back; spans point into the leaf. */
struct audit_entry {
    enum audit_kind kind;
    bool is_part;
    int64_t time_ms;  /* UTC; of a part the beginning of its day */
    uint32_t quarter; /* of that time, year * 4 + quarter from 0: which key seals it */
    struct request_id request_id;
    struct span source_agency;
    struct span requesting_agency;
    struct span agreement;
    uint32_t agreement_version;
    struct span purpose;
    struct span basis;
    enum audit_decision decision;
    struct span reason;
    enum audit_items_form items_form;
    struct span items;      /* 32 bytes, or empty */
    struct span tag;        /* 16 bytes */
    struct span commitment; /* 32 bytes, or empty */
    uint16_t node;          /* not of a part, as are the next four */
    uint64_t epoch;         /* counts starts of the log's process */
    unsigned flags;
    uint32_t record_count;
    uint64_t sources;
    struct span asker;          /* of a part: 16 bytes, tell the requester to the gateway alone */
    struct span detail;         /* of a part: 32 bytes, hash of its detail */
    struct span key_commitment; /* 32 bytes */
    struct span head;           /* all bytes before key_commitment */
    struct span sealed;
};

/* INPUT AUDIT_LEAF_FORMAT unless the bytes are exactly one entry as we write it, AUDIT_LEAF_VERSION
 * where they begin with another version. */
LG_MUST_USE struct lg_err audit_entry_decode(struct span leaf, struct audit_entry *out_entry);

/* The detail of a part, from a receipt or from its sealed part; spans point into the bytes. INPUT
 * AUDIT_DETAIL unless the entry is a part that commits to exactly these bytes. */
LG_MUST_USE struct lg_err audit_detail_read(const struct audit_entry *entry, struct span bytes,
                                            struct audit_detail *out_detail);

/* What was sealed. */
struct audit_opened {
    struct span salt;   /* ptr NULL where the entry commits to nothing */
    struct span detail; /* bytes of a part's detail; else empty */
    struct span sealed; /* the submitter's bytes */
};

/* The sealed part under the subject's key of that quarter, in the arena. INPUT AUDIT_SEALED when
 * key or leaf is another than the one it was sealed under, LIMIT when the arena is full. */
LG_MUST_USE struct lg_err audit_entry_open(struct span leaf, struct vault_key *key,
                                           struct arena *arena, struct audit_opened *out_opened);
/* True when the entry is about the subject of this key; needs nothing but the leaf's head. An entry
 * about nobody has a random tag and looks like any other: whether there is a person does not show.
 */
bool audit_entry_is_about(const struct audit_entry *entry, struct vault_key *key);

/* ---- Keys ----------------------------------------------------------------------------------- */

typedef bool (*audit_on_key_fn)(void *ctx, struct vault_key *key);

/* Where the keys of entries are kept: a store of its own (audit.md 4.9), with its own backups.
 * Called from several threads at once. Keys have kind VAULT_KIND_SECRET; the one who asks frees
 * them. A key is durable before it is given out. */
struct audit_keys {
    void *ctx;
    /* The person's key for the quarter, made where there is none yet. */
    struct lg_err (*subject)(void *ctx, const struct person_id *person, uint32_t quarter,
                             struct vault_key **out_key);
    /* The quarter's key for entries without a person, made where there is none yet. */
    struct lg_err (*nobody)(void *ctx, uint32_t quarter, struct vault_key **out_key);
    /* Hands every subject key of the quarter to on_key (borrowed) until it returns false: used for
     * the few changes that a crash left unapplied. */
    struct lg_err (*each)(void *ctx, uint32_t quarter, audit_on_key_fn on_key, void *on_ctx);
    /* Whether any subject's key was ever destroyed, or the quarter's: only then may a change that
     * no key opens be one of somebody who was erased. NULL: it may be. */
    struct lg_err (*any_destroyed)(void *ctx, uint32_t quarter, bool *out_any);
};

/* The quarter of a time, as entries count it. */
uint32_t audit_quarter(int64_t time_ms);

/* ---- The log -------------------------------------------------------------------------------- */

struct audit_log;

/* A change of what grants rest on, durable in the log and now to be applied to the store. */
struct audit_change {
    uint64_t index;
    int64_t time_ms;
    enum audit_kind kind; /* CONSENT, STOP, AGREEMENT, ENROL, REVIEW, ERASURE, SUBJECT_ACCESS,
                             DUTY or INCIDENT */
    struct request_id request_id;
    struct span requesting_agency;
    struct span agreement;
    uint32_t agreement_version;
    struct span reason;
    struct span items;  /* as in struct audit_entry */
    struct span sealed; /* the submitter's bytes, open; of an ERASURE empty where its key is gone */
};

/* Applies the changes to the store in one transaction together with applied_through =
 * changes[count - 1].index + 1. Runs on the sequencer's thread, in log order, after the flush and
 * before the submitter hears of it. An error ends the process: the store would fall behind. */
typedef struct lg_err (*audit_apply_fn)(void *ctx, const struct audit_change *changes,
                                        size_t count);

struct audit_config {
    const char *folder;         /* exists, mode 0700; ours alone */
    const char *origin;         /* name of the log and of its key: no space, no plus */
    struct vault_key *sign_key; /* kind SIGN; kept until audit_log_close */
    struct clock clock;
    struct audit_keys keys;
    audit_apply_fn apply; /* NULL only where no change is ever committed */
    void *apply_ctx;
    uint16_t node;
    uint64_t segment_size;              /* bytes of a journal file; 0: 64 MiB */
    size_t volume_tiles;                /* of 256 entries; 0: LIMIT_AUDIT_VOLUME_TILES */
    const struct audit_file_ops *files; /* NULL: the machine's; tests own others */
};

/* What the start found. */
struct audit_recovery {
    uint64_t size;                /* entries recovered, before this start wrote its own */
    uint64_t generation;          /* of this start */
    bool tail_dropped;            /* an unfinished last frame was left behind */
    uint64_t questions_abandoned; /* ASK entries without an end, now closed (R10) */
};

/* Opens or makes the log and adds nothing to it: takes the folder's lock, checks every invariant of
 * audit.md 5 before the first write, and makes the end that it found durable. Until audit_log_begin
 * the log can be read and frozen, and its checkpoint is of what was found: a log that was put back
 * from an older copy must not sign another root for a size that the newest copy has signed, so
 * whoever may know more is asked in between. diag says what is wrong and what to do. STORE
 * AUDIT_LOCKED, AUDIT_CORRUPT, AUDIT_BEHIND, AUDIT_IO, AUDIT_FROZEN; CONFIG AUDIT_FOREIGN; LIMIT
 * AUDIT_MEMORY. */
LG_MUST_USE struct lg_err audit_log_recover(const struct audit_config *config, struct diag *diag,
                                            struct audit_log **out_log);
/* Once, before the first commit: starts the threads, writes NODE_EPOCH, closes questions that a
 * crash left open. After an error the log can only be closed. STORE AUDIT_KEYS, AUDIT_FROZEN; LIMIT
 * AUDIT_MEMORY. out_recovery may be NULL. */
LG_MUST_USE struct lg_err audit_log_begin(struct audit_log *log, struct diag *diag,
                                          struct audit_recovery *out_recovery);
/* Both, where nobody outside can be asked. Errors of both. */
LG_MUST_USE struct lg_err audit_log_open(const struct audit_config *config, struct diag *diag,
                                         struct audit_recovery *out_recovery,
                                         struct audit_log **out_log);
/* Writes what waits, marks the log as closed, ends the threads, frees. Accepts NULL. Every loop
 * that has commits under way must still run or never run again. */
void audit_log_close(struct audit_log **log);

/* Applies again, through config.apply, every change from from_index (the store's applied_through)
 * on. To be called before the first question. Errors of apply, STORE AUDIT_IO, AUDIT_CORRUPT,
 * AUDIT_KEYS (also: a change opens under no key, and none was destroyed); INPUT AUDIT_RANGE when
 * the store claims more than the log has. */
LG_MUST_USE struct lg_err audit_log_replay(struct audit_log *log, uint64_t from_index,
                                           size_t *out_count);

/* ---- Commit --------------------------------------------------------------------------------- */

/* What a grant was read at, for one person, agreement or caller. applied_through is a size: the
 * number of log entries whose changes the store had applied in the read transaction of the grant.
 */
struct audit_condition {
    uint8_t scope[AUDIT_SCOPE_SIZE];
    uint64_t applied_through;
};

/* A person, agreement or caller that a change touches; the same 16 bytes as in conditions. */
struct audit_scope {
    uint8_t bytes[AUDIT_SCOPE_SIZE];
};

/* 1 to AUDIT_BATCH_MAX entries that enter together, or not at all. They keep their order, but for
 * parts: those of all questions between two changes of one flush are mixed, so that being
 * neighbours in the log does not tell of one question. `conditions` only with ASK or RELEASE
 * entries, or an OUTCOME that permits; `changed` and `changed_all` only with CONSENT, STOP,
 * AGREEMENT, ENROL, REVIEW, ERASURE, SUBJECT_ACCESS, DUTY, INCIDENT and SUPPRESSION entries. All
 * borrowed until
 * audit_commit returns. */
struct audit_batch {
    const struct audit_entry_fields *entries;
    size_t count;
    const struct audit_condition *conditions;
    size_t condition_count;
    const struct audit_scope *changed;
    size_t changed_count;
    bool changed_all; /* more scopes than can be named: every grant made so far is stale */
    const struct request_id *ends; /* the question that ends with this batch, or NULL */
};

/* Proof that an entry is durable: index, leaf, path and the checkpoint signed over it. Immutable.
 */
struct receipt;

enum audit_result {
    AUDIT_REFUSED_STALE = 0, /* a change that touches a condition came first: nothing was written */
    AUDIT_REFUSED_MEMORY,    /* no memory for the checkpoint: nothing was written */
    AUDIT_REFUSED_SPACE,     /* below the reserve (I10): nothing was written */
    AUDIT_COMMITTED,         /* durable */
};

/* receipts: one an entry, in the order of the batch; NULL and 0 unless COMMITTED. Borrowed for the
 * call: audit_receipt_hold what is to stay. */
struct audit_outcome {
    enum audit_result result;
    const struct receipt *const *receipts;
    size_t receipt_count;
};

typedef void (*audit_on_done_fn)(void *ctx, const struct audit_outcome *outcome);

/* Builds the entries and queues them; they are taken at the end of this turn, and on_done runs
 * once, in a later turn. On an error nothing was queued and on_done does not run. `loop`'s thread
 * alone. INPUT AUDIT_FIELDS; LIMIT AUDIT_ENTRY_SIZE, AUDIT_QUEUE_FULL, AUDIT_MEMORY; STORE
 * AUDIT_KEYS; INTERNAL AUDIT_CLOSED. */
LG_MUST_USE struct lg_err audit_commit(struct audit_log *log, const struct audit_batch *batch,
                                       struct loop *loop, audit_on_done_fn on_done, void *ctx);
/* The same for programs and threads without a loop: waits, and on_done runs on the calling thread
 * before it returns. Any thread. */
LG_MUST_USE struct lg_err audit_commit_wait(struct audit_log *log, const struct audit_batch *batch,
                                            audit_on_done_fn on_done, void *ctx);

/* ---- Receipts ------------------------------------------------------------------------------- */

/* One more holder; freed by audit_receipt_free. Any thread. */
struct receipt *audit_receipt_hold(const struct receipt *receipt);
void audit_receipt_free(struct receipt **receipt);

uint64_t audit_receipt_index(const struct receipt *receipt);
enum audit_kind audit_receipt_kind(const struct receipt *receipt);
struct request_id audit_receipt_request_id(const struct receipt *receipt);
struct span audit_receipt_leaf(const struct receipt *receipt);
size_t audit_receipt_path_count(const struct receipt *receipt);
/* 32 bytes; i < path_count. */
struct span audit_receipt_path(const struct receipt *receipt, size_t i);
/* The signed note that all receipts of one flush share. */
struct span audit_receipt_checkpoint(const struct receipt *receipt);
/* Entries under that checkpoint: all of one commit are among them. */
uint64_t audit_receipt_size(const struct receipt *receipt);
/* The gate of every release: true only when the receipt's leaf commits to exactly these bytes. */
bool audit_receipt_commitment_matches(const struct receipt *receipt,
                                      const uint8_t salt[static AUDIT_SALT_SIZE],
                                      struct span payload);
/* As it travels, with a part's detail: whoever hands it to a source takes that out. Leaf, hashes,
 * salt and detail stay where they are (borrowed); the list comes from the arena. LIMIT when it is
 * full. */
LG_MUST_USE struct lg_err audit_receipt_form(const struct receipt *receipt, struct span salt,
                                             struct arena *arena, struct receipt_form *out_form);

/* ---- Reading (any thread) ------------------------------------------------------------------- */

/* The newest signed checkpoint: everything under it is durable (I2). */
void audit_checkpoint_read(struct audit_log *log, char out[static AUDIT_CHECKPOINT_SIZE_MAX],
                           size_t *out_len);
/* Entries under the newest checkpoint. */
uint64_t audit_size(struct audit_log *log);
/* The log's verifier key as text, with NUL. */
void audit_vkey_write(const struct audit_log *log, char out[static AUDIT_VKEY_SIZE_MAX]);
/* A text of the gateway's own, signed by the log's key as a note (C2SP signed-note): lines of
 * UTF-8, the last one ended, at most AUDIT_TEXT_SIZE_MAX bytes. INPUT AUDIT_NOTE_FORMAT for what no
 * note holds and for a text whose first line is the log's origin, as a checkpoint's is. In the
 * arena. */
LG_MUST_USE struct lg_err audit_text_sign(struct audit_log *log, struct span text,
                                          struct arena *arena, struct span *out_note);
/* Whether the agency asked the question of which the entry is: it stands in clear, or a part's
 * asker tag is its. STORE AUDIT_KEYS. */
LG_MUST_USE struct lg_err audit_entry_is_asked_by(struct audit_log *log,
                                                  const struct audit_entry *entry,
                                                  struct span agency, bool *out_is);
/* The stored bytes of an entry. INPUT AUDIT_RANGE, STORE AUDIT_IO, AUDIT_CORRUPT (they do not hash
 * to what the tree holds), LIMIT. */
LG_MUST_USE struct lg_err audit_entry_get(struct audit_log *log, uint64_t index,
                                          struct arena *arena, struct span *out_leaf);

/* Opens the entry, whoever it is about: the key of every person of its quarter is tried, and then
 * nobody's, so that the work says nothing about the person. It grows with them: not for a worker.
 * *out_found false: the person was erased. Spans from the arena. Errors of audit_entry_get, STORE
 * AUDIT_KEYS, LIMIT. */
LG_MUST_USE struct lg_err audit_entry_unseal(struct audit_log *log, struct span leaf,
                                             struct arena *arena, struct audit_opened *out_opened,
                                             bool *out_found);

/* The same for many entries: the keys of a quarter are gone through once for each run of entries of
 * that quarter. leaf is given; opened and found are filled. Errors of audit_entry_unseal. */
struct audit_unsealing {
    struct span leaf;
    struct audit_opened opened;
    bool found;
};
LG_MUST_USE struct lg_err audit_entries_unseal(struct audit_log *log, struct audit_unsealing *items,
                                               size_t count, struct arena *arena);

struct audit_hash {
    uint8_t bytes[AUDIT_HASH_SIZE];
};

struct audit_path {
    size_t count;
    struct audit_hash hashes[AUDIT_PATH_MAX];
};

/* Inclusion of leaf `index` in the tree of `size` (0: the newest checkpoint's, which *size then
 * tells), its leaf hash and that tree's root. INPUT AUDIT_RANGE, STORE AUDIT_IO. */
struct audit_inclusion {
    uint64_t index;
    uint64_t size;
    struct audit_hash leaf_hash;
    struct audit_hash root;
    struct audit_path path;
};
LG_MUST_USE struct lg_err audit_prove(struct audit_log *log, uint64_t index, uint64_t size,
                                      struct audit_inclusion *out_inclusion);
/* That the tree of from_size (1 or more) is the beginning of the tree of to_size. INPUT
 * AUDIT_RANGE, STORE AUDIT_IO. */
LG_MUST_USE struct lg_err audit_consistency(struct audit_log *log, uint64_t from_size,
                                            uint64_t to_size, struct audit_path *out_path);
/* An entry's receipt as it travels, against the newest checkpoint that witnesses have cosigned
 * where that covers it, else against the newest; everything lives in the arena. The salt is the
 * caller's to add. Errors of audit_entry_get and audit_prove. */
LG_MUST_USE struct lg_err audit_entry_receipt(struct audit_log *log, uint64_t index,
                                              struct arena *arena, struct receipt_form *out_form,
                                              struct span *out_checkpoint);

/* Receipts of several entries under one checkpoint, chosen as above by the newest of them. */
struct audit_receipts_under {
    struct span checkpoint;
    uint64_t size;
};
LG_MUST_USE struct lg_err audit_receipts_checkpoint(struct audit_log *log, uint64_t newest,
                                                    struct arena *arena,
                                                    struct audit_receipts_under *out_under);
LG_MUST_USE struct lg_err audit_receipt_under(struct audit_log *log, uint64_t index,
                                              const struct audit_receipts_under *under,
                                              struct arena *arena, struct receipt_form *out_form);

/* ---- Offline: what a holder of a receipt needs ---------------------------------------------- */

/* Values are those of C2SP signed-note. */
enum audit_key_type { AUDIT_KEY_ED25519 = 1, AUDIT_KEY_COSIGNER = 4 };

/* A verifier key. name is borrowed from the text. */
struct audit_vkey {
    struct span name;
    uint8_t id[4];
    enum audit_key_type type;
    struct vault_sign_public key;
};

/* NAME+ID+KEY, at most one newline after it. INPUT AUDIT_KEY_FORMAT. */
LG_MUST_USE struct lg_err audit_vkey_read(struct span text, struct audit_vkey *out_vkey);

/* The same text of a key, with NUL. */
void audit_vkey_text(const struct audit_vkey *vkey, char out[static AUDIT_VKEY_SIZE_MAX]);

/* A receipt as text: c2sp.org/tlog-proof@v1 with leaf and salt in `extra`, which is this module's:
 * a version byte 2, the leaf, the salt (32 or 0 bytes) and the detail (or nothing), each after a
 * 16-bit length. The text is in the arena. INPUT AUDIT_PROOF_FORMAT for a form that cannot be
 * written; LIMIT. */
LG_MUST_USE struct lg_err audit_proof_write(const struct receipt_form *form, struct span checkpoint,
                                            struct arena *arena, struct span *out_text);

/* The checkpoint that the holder of a receipt had before, as a signed note with whatever
 * cosignatures, and the proof that its tree is the beginning of the new one's (RFC 9162, 2.1.4).
 * checkpoint is empty where there is none. */
struct audit_earlier {
    struct span checkpoint;
    struct span_list path;
};
/* The same with what came before: `extra` then has version 3, and after the detail the earlier
 * checkpoint and the hashes, one after the other, each of the two after a 16-bit length. INPUT
 * AUDIT_PROOF_FORMAT also for more than LIMIT_AUDIT_WITNESSED bytes or AUDIT_CONSISTENCY_MAX
 * hashes. */
LG_MUST_USE struct lg_err audit_proof_write_since(const struct receipt_form *form,
                                                  struct span checkpoint,
                                                  const struct audit_earlier *earlier,
                                                  struct arena *arena, struct span *out_text);

/* A parsed proof; spans point into the text or the arena. leaf is empty where there is no extra of
 * ours: the holder then brings it. */
struct audit_proof {
    struct receipt_form form;
    struct span checkpoint;
    struct audit_earlier earlier;
};
/* Takes the first proof off the front of *text, which may hold several one after the other; *text
 * is then the rest. INPUT AUDIT_PROOF_FORMAT; LIMIT. */
LG_MUST_USE struct lg_err audit_proof_read(struct span *text, struct arena *arena,
                                           struct audit_proof *out_proof);

/* What a checked proof says; size and root come from the signed checkpoint alone. */
struct audit_verified {
    uint64_t size;
    struct audit_hash root;
    struct audit_hash leaf_hash;
    uint64_t earlier_size; /* the log still begins with what it was then; 0: nothing is said */
};
/* LG_OK only when the checkpoint carries a good signature by this key, is of this log, the path
 * leads from the leaf to its root, a detail that comes along is the leaf's, and an earlier
 * checkpoint that does is of this log too, and its tree the beginning of this one's. INPUT
 * AUDIT_NOTE_FORMAT, AUDIT_UNSIGNED, AUDIT_SIGNATURE, AUDIT_ORIGIN, AUDIT_PROOF_FORMAT (no leaf),
 * AUDIT_PATH, AUDIT_DETAIL, AUDIT_LEAF_VERSION, AUDIT_EARLIER. */
LG_MUST_USE struct lg_err audit_proof_verify(const struct audit_proof *proof,
                                             const struct audit_vkey *vkey,
                                             struct audit_verified *out_verified);

#endif
