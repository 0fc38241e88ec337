/* SPDX-License-Identifier: Apache-2.0 */
/* An agency's own record of what it was asked and what left, kept where the gateway cannot reach
 * it, so that both can be compared (`lockgate audit reconcile`). Codes, names of items, counts and
 * digests: never a value, a person's name or a reference to one.
 *
 * A folder of files 00000001.rec, 00000002.rec and so on. Entries are only ever added, to the
 * newest; each is chained to all before it, across files, so that whatever is changed, removed or
 * put in breaks the chain from there on. Beside them the file `durable` says how far a flush has
 * acknowledged them, so that an end that was never acknowledged is told from one that was changed
 * (mark.c). The chain has no key: who writes the whole record anew can
 * make another that hangs together. That is what the receipts in it, and the gateway's log, are
 * for. entry.c and write.c draw the bytes. */
#ifndef TOOLS_RECORD_RECORD_H
#define TOOLS_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"

/* Codes of LG_TOOLS. */
enum record_code {
    RECORD_IO = 340, /* STORE: the file system said no; the diag says where */
    RECORD_FORMAT,   /* INPUT: bytes that are no entry, or no file, of a record */
    RECORD_FIELDS,   /* INPUT: an entry out of its range: names too long, items too many */
    RECORD_BROKEN,   /* STORE: an earlier flush failed: what the disk holds is not known */
    RECORD_LOCKED,   /* STORE: another process writes to this record */
};

/* Files of a folder that are read at once: sixteen times what a connector keeps. */
enum {
    RECORD_HASH_SIZE = 32,
    RECORD_HEAD_SIZE = 64,
    RECORD_FILES_MAX = 1024,
    /* Places of damage that are told apart: more are one thing, that the record is ruined. */
    RECORD_DAMAGES_MAX = 32,
};

enum record_kind {
    RECORD_LEFT = 1, /* what was asked, and the answer that is about to leave */
    RECORD_RECEIPT,  /* the gateway's receipt of its log's leaf for that answer */
    RECORD_UNSENT,   /* the answer did not leave: the call was over before */
    RECORD_KIND_END
};

/* One entry; spans are borrowed. Names are at most 128 bytes. */
struct record_entry {
    enum record_kind kind;
    int64_t time_ms;            /* UTC, 0 or more */
    struct call_reference call; /* of the question to this source */
    /* LEFT; agreement and purpose as they were sent, purpose empty where it was not */
    struct span agreement;
    uint32_t agreement_version;
    struct span purpose;
    struct span withheld;                     /* code of the source's own decision, or empty */
    struct span_list items;                   /* asked for, at most LIMIT_WIRE_ITEMS */
    uint8_t gave[(LIMIT_WIRE_ITEMS + 7) / 8]; /* bit i: items[i] left */
    uint32_t record_count;                    /* that left */
    uint8_t payload[RECORD_HASH_SIZE]; /* SHA-256(salt, bytes that left); the salt is the agency's
                                          own: a plain digest of somebody's data can be guessed */
    /* RECEIPT */
    uint64_t index;
    uint8_t leaf_hash[RECORD_HASH_SIZE];
    bool has_commitment;
    uint8_t commitment[RECORD_HASH_SIZE]; /* of the leaf */
};

/* ---- writing (write.c) ---- */

/* How much is kept; zeros: 16 MiB and 64 files. */
struct record_sizes {
    uint64_t file_max; /* bytes of one file, from where on the next one begins */
    uint32_t files;    /* the oldest go where there would be more; at least 2 */
};

/* A record that is open for adding. One thread; one process a folder. */
struct record_book {
    char folder[4096];
    struct record_sizes sizes;
    int lock_fd;
    int fd;      /* of the newest file */
    int mark_fd; /* of how far it is acknowledged */
    uint32_t number;
    uint64_t len;                    /* of the newest file up to its last whole entry */
    uint8_t chain[RECORD_HASH_SIZE]; /* after that entry */
    bool is_torn;                    /* bytes of no entry are behind it */
    bool is_dirty;                   /* not on the disk yet */
    bool is_broken;
    uint32_t dropped; /* files that went because there were too many, since it was opened */
    uint32_t lost;    /* acknowledged bytes that were damaged when it was opened: the record says so
                         of itself from then on */
    uint32_t before_lost; /* the same, until a head has it */
};

/* The folder is made where it is missing. What a crash left unfinished behind the last whole entry
 * stays where it is: the next entry begins a new file. Where what had been acknowledged is damaged
 * a new file is begun at once, whose head says so. STORE RECORD_IO, RECORD_LOCKED; INPUT
 * RECORD_FORMAT: the newest file has no head, and is to be moved away. Closed by record_book_close,
 * after an error too. */
LG_MUST_USE struct lg_err record_book_open(const char *folder, const struct record_sizes *sizes,
                                           int64_t now_ms, struct diag *diag,
                                           struct record_book *out_book);
void record_book_close(struct record_book *book);
/* Adds an entry; it is durable when record_book_flush returns. After an error nothing of it counts.
 * INPUT RECORD_FIELDS; STORE RECORD_IO, RECORD_BROKEN. */
LG_MUST_USE struct lg_err record_book_add(struct record_book *book, struct arena *arena,
                                          const struct record_entry *entry);
/* Nothing is done where all is durable. After STORE RECORD_IO the book takes nothing more: only a
 * new start finds out what the disk holds. */
LG_MUST_USE struct lg_err record_book_flush(struct record_book *book);

/* ---- bytes (entry.c) ---- */

enum { RECORD_BODY_MAX = 65536, RECORD_FRAME = 4 + RECORD_HASH_SIZE };

struct record_head {
    uint32_t number;
    int64_t made_ms;
    uint8_t before_chain[RECORD_HASH_SIZE]; /* after the last entry of the file before; zeros for
                                               the first of all */
    uint64_t before_len;  /* bytes of the file before up to there; 0 for the first of all */
    uint32_t before_lost; /* acknowledged bytes of it that were damaged by then */
};
void record_head_write(const struct record_head *head, uint8_t out[static RECORD_HEAD_SIZE]);
/* INPUT RECORD_FORMAT. */
LG_MUST_USE struct lg_err record_head_read(const uint8_t bytes[static RECORD_HEAD_SIZE],
                                           struct record_head *out_head);
/* The chain of a file before its first entry. */
void record_chain_begin(const uint8_t head[static RECORD_HEAD_SIZE],
                        uint8_t out[static RECORD_HASH_SIZE]);
/* The chain after a body. */
void record_chain_next(uint8_t chain[static RECORD_HASH_SIZE], struct span body);
/* In the arena. INPUT RECORD_FIELDS; LIMIT. */
LG_MUST_USE struct lg_err record_body_write(const struct record_entry *entry, struct arena *arena,
                                            struct span *out_body);
/* Spans point into the body; `items` has room for LIMIT_WIRE_ITEMS and takes the list. INPUT
 * RECORD_FORMAT. */
LG_MUST_USE struct lg_err record_body_read(struct span body,
                                           struct span items[static LIMIT_WIRE_ITEMS],
                                           struct record_entry *out_entry);

/* ---- how far it is acknowledged (mark.c) ---- */

struct record_mark {
    uint32_t number; /* 0: there is no mark */
    uint64_t len;    /* of that file, up to there */
    uint8_t chain[RECORD_HASH_SIZE];
};
/* Descriptor for writing, or -1 with errno. */
int record_mark_open(const char *folder);
/* False with errno. */
bool record_mark_write(int fd, const struct record_mark *mark);
/* False, and a mark of zeros, where there is none or it does not hold. */
bool record_mark_read(const char *folder, struct record_mark *out_mark);

/* ---- reading (read.c) ---- */

/* Called for each entry in order; spans are valid for the call. An error ends the reading. */
typedef struct lg_err (*record_on_entry_fn)(void *ctx, const struct record_entry *entry);

/* A place from which on entries that were acknowledged are not known any more. */
struct record_damage {
    uint32_t number;                 /* file */
    uint64_t at;                     /* byte */
    uint8_t chain[RECORD_HASH_SIZE]; /* of the record up to there */
};

/* What a record is like as a whole. */
struct record_state {
    uint32_t first; /* numbers of the files that were read; 0: there are none */
    uint32_t last;
    uint64_t entries;
    uint64_t torn; /* bytes behind last whole entries, where a crash leaves some */
    struct record_damage damages[RECORD_DAMAGES_MAX]; /* the first ones, oldest first */
    size_t damage_count;
};

/* All entries of a folder, oldest file first; of a single file where `path` is one. Every chain is
 * checked, also from file to file. Damage is told in the state; what stands before it in its file,
 * and in other files, is read all the same. STORE RECORD_IO with the diag; errors of on_entry. */
LG_MUST_USE struct lg_err record_read(const char *path, record_on_entry_fn on_entry, void *ctx,
                                      struct diag *diag, struct record_state *out_state);

/* One file as it was read. */
struct record_file {
    struct record_head head;
    uint64_t entries;
    uint64_t len;  /* bytes up to the end of the last whole entry */
    uint64_t size; /* of the file: what is behind that is no entry */
    uint64_t lost; /* acknowledged bytes that are not there, or not as they were */
    uint8_t chain[RECORD_HASH_SIZE];
};
/* INPUT RECORD_FORMAT for a file without a head; STORE RECORD_IO; errors of on_entry. */
LG_MUST_USE struct lg_err record_file_read(const char *path, record_on_entry_fn on_entry, void *ctx,
                                           struct diag *diag, struct record_file *out_file);
/* The number in the name of a file of a record; false for any other name. */
bool record_name_read(const char *name, uint32_t *out_number);

#endif
