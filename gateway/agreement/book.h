/* SPDX-License-Identifier: Apache-2.0 */
/* Every agreement that this gateway ever had, with all its versions and all that was done to them.
 *
 * Texts and signature lines are files under one folder, kept for ever:
 *
 *   ID/VERSION.isa      the text, byte for byte as it was signed
 *   ID/VERSION.sig      signature lines (line.h), in the order in which they came
 *   ID/VERSION.report   the reports that were attached to the proposal, where there were any
 *   ID/VERSION.cases    the test cases beside it, where there were any
 *
 *   .grounds/HASH.floor, HASH.register
 *                       what the texts were ever compiled under, by SHA-256
 *
 * each written whole or not at all. What was done is the log's: an act counts from when its entry
 * is durable, and a file without an entry is nothing. So whatever a crash cuts off, the act either
 * happened or did not.
 *
 * One act:  agreement_book_prepare   checks it, writes its files, gives the body for the log
 *           (the caller commits an entry of kind AGREEMENT or STOP)
 *           agreement_book_apply     from the log, in its order: takes effect for every worker
 *           agreement_book_release   in any case
 *
 * At a start all acts are applied again from the store, and every version is verified from its
 * files: hash of the text, every signature line that the log knows, the key of each, the founding
 * keys that the partnership pins. Whatever does not fit makes the version BROKEN: it is not in
 * force, whatever else holds, and neither is an older one in its place.
 *
 * Keys. A party signs a version with its key of the newest one before that was in force and that
 * it signed itself; where there is none, with the key of its own section, which has to be the
 * `signing-key` of the partnership's file. Other acts on a version are signed with that same key
 * until the party has signed the version, and from then on with the key of its section there. That
 * file pins founding
 * keys, and they never change there: a new key comes in by a version that the old one signed. The
 * configuration would be the other place for the pins; the partnership's file already says who is a
 * party and which key its references are sealed to, and every agency has a copy to compare.
 *
 * Threads: all functions may be called from any thread. apply is called in log order. */
#ifndef GATEWAY_AGREEMENT_BOOK_H
#define GATEWAY_AGREEMENT_BOOK_H

#include "gateway/agreement/entry.h"
#include "gateway/agreement/set.h"
#include "gateway/agreement/state.h"
#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/diag.h"
#include "gateway/config/config.h"

struct agreement_book;

/* All kept but the diag. */
struct agreement_setup {
    const char *folder;                        /* exists, ours alone */
    const struct config_partnership *registry; /* parties and founding keys */
    struct agreement_ground ground;            /* what texts are compiled under */
    struct agreement_live *live;               /* gets each new set */
    struct clock clock;
    /* Whether this gateway can evaluate it; INPUT AGREEMENT_TEXT and the diag say why not. */
    struct lg_err (*fits)(void *ctx, const struct policy *policy, struct diag *diag);
    /* Called after each new set, on the thread that brought it about. May be NULL. */
    void (*on_change)(void *ctx);
    void *ctx;
};

/* An empty book. LIMIT AGREEMENT_MEMORY. */
LG_MUST_USE struct lg_err agreement_book_new(const struct agreement_setup *setup,
                                             struct agreement_book **out_book);
void agreement_book_free(struct agreement_book **book);

/* An act that is durable: index in the log, its time, its body. Errors end the process: STORE
 * AGREEMENT_ENTRY, LIMIT AGREEMENT_MEMORY. An index at or before the last one is passed over. */
LG_MUST_USE struct lg_err agreement_book_apply(struct agreement_book *book, uint64_t index,
                                               int64_t time_ms, struct span body);
/* After everything that the store has was applied: verifies every version from its files and
 * publishes the first set. Broken versions are told in the log. *out_broken: how many there are.
 * LIMIT AGREEMENT_MEMORY, STORE AGREEMENT_FILE. */
LG_MUST_USE struct lg_err agreement_book_open(struct agreement_book *book, size_t *out_broken);

/* To be called every few seconds. What begins or ends by its day does so without it; this looks for
 * moments that lay too far ahead when the last set was made, and tells on_change that a moment has
 * come. LIMIT AGREEMENT_MEMORY: the old set stays, and the next call tries again. */
LG_MUST_USE struct lg_err agreement_book_refresh(struct agreement_book *book);

/* Whether some version of the agreement was ever activated, and whether one with this text was. */
bool agreement_book_is_begun(struct agreement_book *book, struct span id);
bool agreement_book_has_begun(struct agreement_book *book,
                              const uint8_t text[static VAULT_SHA256_SIZE]);

/* ---- Acts ---- */

/* What somebody wants to do. agency, system, user_id, role, display_name: by certificate and actor.
 * agreement and version: of line acts those of the line. text, report, cases: PROPOSE alone. */
struct agreement_wish {
    enum agreement_act act;
    struct span agency;
    struct span system;
    struct span user_id;
    struct span role;
    struct span display_name;
    struct span agreement;
    uint32_t version;
    struct span line;
    struct span text;
    struct span report;
    struct span cases;
};

/* An act that is ready for the log. */
struct agreement_ready {
    char agreement[AGREEMENT_ID_SIZE_MAX + 1];
    uint32_t version;
    bool is_done; /* it is recorded already, word for word: there is nothing to commit */
    uint8_t body[AGREEMENT_BODY_SIZE_MAX];
    struct span written; /* of body */
};

/* Checks the act against the state of this moment and makes its files durable. Until
 * agreement_book_release no other act on that agreement can be prepared, but suspensions, notices
 * and ends while an activation compiles, after which it is checked anew. INPUT AGREEMENT_TEXT,
 * AGREEMENT_LINE, AGREEMENT_SIGNATURE, AGREEMENT_UNKNOWN, AGREEMENT_STATE, AGREEMENT_NOT_YOURS,
 * each with a sentence for people in the diag; LIMIT AGREEMENT_BUSY, AGREEMENT_MEMORY; STORE
 * AGREEMENT_FILE. On an error nothing has to be released. */
LG_MUST_USE struct lg_err agreement_book_prepare(struct agreement_book *book,
                                                 const struct agreement_wish *wish,
                                                 struct diag *diag, struct agreement_ready *out);
void agreement_book_release(struct agreement_book *book, const struct agreement_ready *ready);

/* Fills in what a line says of the version, for who sends the rest: text, reports and key id. act,
 * agreement, version and party are set. INPUT AGREEMENT_UNKNOWN, AGREEMENT_STATE,
 * AGREEMENT_SIGNATURE with the diag. */
LG_MUST_USE struct lg_err agreement_book_line(struct agreement_book *book, struct diag *diag,
                                              struct agreement_line *line);

/* ---- Leaving ---- */

/* A party whose enrolments under an agreement are to be deleted: it has left, or the agreement has
 * expired or was ended, and the text says `delete` for that (`return`: the party takes them out
 * itself; look-ups leave them out at once either way). */
struct agreement_leaver {
    char agreement[AGREEMENT_ID_SIZE_MAX + 1];
    char party[AGREEMENT_ID_SIZE_MAX + 1];
    uint32_t version;
};
/* At most `most` of those that were not marked as done; how many. */
size_t agreement_book_leavers(struct agreement_book *book, struct agreement_leaver *out_leavers,
                              size_t most);
/* They are deleted: until the next start, and until another version governs, it is not listed. */
void agreement_book_left(struct agreement_book *book, const struct agreement_leaver *leaver);

/* ---- Reading ---- */

struct agreement_party_info {
    struct span party;
    struct span office; /* as the text names it */
    bool has_signed;
    bool is_carried; /* it did not sign this version: what it signed before still binds it */
    bool has_refused;
    int64_t signed_s;
    struct span held; /* the office that the signature names */
    uint8_t key_id[AGREEMENT_KEY_ID_SIZE];
    bool is_suspended;     /* its own clauses */
    int32_t withdrawn_day; /* AGREEMENT_NO_DAY: it did not withdraw */
};

/* A version as it stands. Spans in the arena. */
struct agreement_info {
    struct span id;
    uint32_t version;
    uint32_t replaces;
    struct span title;
    enum agreement_state state;
    uint8_t text[VAULT_SHA256_SIZE];
    bool has_report;
    uint8_t report[VAULT_SHA256_SIZE];
    struct policy_term_days days; /* with the day of review as the last review left it */
    int32_t end_day;              /* AGREEMENT_NO_DAY: none was set */
    struct span lead;
    bool signs_both_sides;
    int32_t today; /* local; 0 where the text cannot be read */
    const struct agreement_party_info *parties;
    size_t party_count;
};

/* Every version, agreements by id, versions ascending. LIMIT AGREEMENT_MEMORY. */
LG_MUST_USE struct lg_err agreement_book_list(struct agreement_book *book, struct arena *arena,
                                              struct agreement_info **out_infos, size_t *out_count);
/* version 0: the one in force, else the newest. INPUT AGREEMENT_UNKNOWN. */
LG_MUST_USE struct lg_err agreement_book_find(struct agreement_book *book, struct span id,
                                              uint32_t version, struct arena *arena,
                                              struct agreement_info *out_info);
enum agreement_file {
    AGREEMENT_FILE_TEXT,
    AGREEMENT_FILE_LINES,
    AGREEMENT_FILE_REPORT,
    AGREEMENT_FILE_CASES
};
/* What is on disk, in the arena; empty where there is no such file. INPUT AGREEMENT_UNKNOWN, STORE
 * AGREEMENT_FILE, LIMIT AGREEMENT_MEMORY. */
struct agreement_which {
    struct span id;
    uint32_t version;
    enum agreement_file file;
};
LG_MUST_USE struct lg_err agreement_book_read(struct agreement_book *book,
                                              const struct agreement_which *which,
                                              struct arena *arena, struct span *out_bytes);
/* The compiled text of a version, broken ones excepted: for decisions to be explained against the
 * text under which they were made. The caller frees it. INPUT AGREEMENT_UNKNOWN. */
LG_MUST_USE struct lg_err agreement_book_text(struct agreement_book *book, struct span id,
                                              uint32_t version, struct agreement_text **out_text);
/* The same of the version that a decision record names, whatever became of it since, and of floor
 * and register. May read files and compile: not on a worker's loop. INPUT AGREEMENT_UNKNOWN, STORE
 * AGREEMENT_FILE, LIMIT. */
LG_MUST_USE struct lg_err agreement_book_text_marked(struct agreement_book *book, struct span mark,
                                                     struct agreement_text **out_text);
/* A draft, compiled under what the texts of this gateway are compiled under. The caller frees it.
 * INPUT AGREEMENT_TEXT with the diag, LIMIT. */
LG_MUST_USE struct lg_err agreement_book_draft(struct agreement_book *book, struct span text,
                                               struct diag *diag, struct agreement_text **out_text);

#endif
