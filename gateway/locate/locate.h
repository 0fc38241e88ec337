/* SPDX-License-Identifier: Apache-2.0 */
/* From what a caller knows of a person to the person, and from the person to what each source
 * understands. A stage of the line: nothing here decides whether anything may be shared.
 *
 * What the caller learns rests on rows of sources whose existence it may learn (is_visible) and on
 * nothing else; a handle may still bind a person that only hidden sources know, so that a hidden
 * source's answer under consent works. Whether somebody was found changes neither the size of
 * anything nor, as far as a database allows, the work done.
 *
 * Functions with a store_reader run on its thread; those that say so block and belong on the pool.
 */
#ifndef GATEWAY_LOCATE_LOCATE_H
#define GATEWAY_LOCATE_LOCATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/store/store.h"
#include "gateway/vault/vault.h"

enum locate_code {
    LOCATE_REFERENCE = 1, /* INPUT: no person, or one in clear that was not turned into tokens */
    LOCATE_TOKEN,         /* INPUT: a token not sealed to this index, or not what its frame says */
    LOCATE_HANDLE,        /* INPUT: no handle, or not of this caller, purpose and agreement */
    LOCATE_HANDLE_OLD,    /* INPUT: the handle was this caller's and its time is over */
    LOCATE_PSEUDONYM,     /* INPUT: no pseudonym of this recipient under this agreement; the same
                             whether or not it is somebody else's */
    LOCATE_ELEMENT,       /* PEER: what the key service sent is no element of the group */
    LOCATE_SOURCE,        /* INTERNAL: a source without a box key or beyond the ceiling */
    LOCATE_MEMORY,        /* LIMIT: no memory, or the arena is used up */
};

enum {
    LOCATE_HANDLE_SIZE = 88,
    LOCATE_HANDLE_LIFE_MS = LIMIT_LOCATE_HANDLE_MS,
    LOCATE_SOURCES_MAX = LIMIT_LOCATE_SOURCES,
    LOCATE_ROW_PSEUDONYM_SIZE = 26, /* base32 of 16 bytes, without NUL */
};

/* The keys of this stage. Immutable once made; any thread. */
struct locate;

/* store and index_key (kind BOX, opens tokens) are kept until locate_free; root (kind SECRET) is
 * used during the call. LIMIT. The caller frees it with locate_free. */
LG_MUST_USE struct lg_err locate_new(struct store *store, struct vault_key *root,
                                     struct vault_key *index_key, struct locate **out_locate);
void locate_free(struct locate **locate);

/* ---- Who asks, and whose rows count -----------------------------------------------------------
 */

/* One agency of the partnership. Rows count only where they were enrolled under an agreement of
 * enrolled_under: those whose enrol clause for this agency is in force now. is_visible: this caller
 * may learn that the agency knows the person (policy_permit_findable). */
struct locate_source {
    struct span agency;
    struct span_list enrolled_under;
    bool is_visible;
};

/* For whom a person is located. All agencies of the partnership stand in `sources`. All borrowed.
 */
struct locate_asker {
    const struct caller *caller;
    struct span agreement; /* as the request names it, or as it was resolved: alike at every step */
    struct span purpose;
    const struct locate_source *sources;
    size_t source_count; /* at most LOCATE_SOURCES_MAX */
    /* What locate_scope_make makes of the sources, where that is kept; NULL: made as needed. */
    const struct store_scope *scope;
    size_t scope_count;
    int64_t now_ms; /* UTC */
};

/* The asker's sources as the store counts them: one entry for each agency and agreement, in the
 * arena. INTERNAL LOCATE_SOURCE, LIMIT. */
LG_MUST_USE struct lg_err locate_scope_make(const struct locate *locate,
                                            const struct locate_asker *asker, struct arena *arena,
                                            struct store_scope **out_scope, size_t *out_count);

/* One look-up: with what, where, for whom, and into which memory. */
struct locate_look {
    const struct locate *locate;
    struct store_reader *reader;
    const struct locate_asker *asker;
    struct arena *arena;
};

/* The person, or none. Where is_known is false, person is random and point nobody's: work goes on
 * as if they were somebody's, and no look-up finds them.
 *
 * is_enough: the band "enough": identified by rows that this caller may know of (or by a pseudonym
 * that it holds). Where is_known but not is_enough, only hidden sources tell who it is, and only
 * what they release under consent may depend on it: for open sources the person is none. */
struct located {
    bool is_known;
    bool is_enough;
    bool is_visible; /* some visible row of the person is there */
    struct person_id person;
    struct vault_point point; /* M */
    /* The person's rows, in the memory of the look-up, where it read them; else NULL. */
    const struct store_row *rows;
    size_t row_count;
    bool has_rows;
};

/* ---- Finding ----------------------------------------------------------------------------------
 */

/* Opens tokens as they came in a message; each is what its class and epoch say. out_tokens in the
 * arena. INPUT LOCATE_TOKEN (none, more than STORE_TOKENS_MAX, or one that is wrong), LIMIT. About
 * 0.1 ms a token: a batch of enrolment belongs on the pool. */
LG_MUST_USE struct lg_err locate_tokens_open(const struct locate *locate,
                                             const struct token *tokens, size_t count,
                                             struct arena *arena, struct store_token **out_tokens);

/* The person of these tokens. Cannot tell "nobody" from "not enough to decide" but by is_known.
 * Errors of the store only. */
LG_MUST_USE struct lg_err locate_find(const struct locate_look *look,
                                      const struct store_search *tokens,
                                      struct located *out_located);

/* A handle for what was located: sealed, of one size, bound to the caller's agency, system and
 * user, to purpose and agreement, and valid for LOCATE_HANDLE_LIFE_MS. */
LG_MUST_USE struct lg_err locate_handle_make(const struct locate *locate,
                                             const struct locate_asker *asker,
                                             const struct located *located,
                                             uint8_t out_handle[static LOCATE_HANDLE_SIZE]);

/* Whom a handle of this asker binds, for an entry about a question that is refused before anything
 * is looked up: no row is read, so that a refusal still says nothing and costs the same. False
 * where the handle is not this asker's, or its time is over; and where the band was not "enough",
 * since the asker could not know of the person then and must not be led to them later. */
bool locate_handle_recall(const struct locate *locate, const struct locate_asker *asker,
                          struct span handle, struct person_id *out_person);

/* The person of a reference: a handle, sealed tokens or the recipient's own pseudonym. Identity in
 * clear becomes tokens first (edge, key service) and goes through locate_find: INPUT
 * LOCATE_REFERENCE here. INPUT LOCATE_TOKEN, LOCATE_HANDLE, LOCATE_HANDLE_OLD, LOCATE_PSEUDONYM;
 * errors of the store. */
LG_MUST_USE struct lg_err locate_person(const struct locate_look *look,
                                        const struct person_ref *reference,
                                        struct located *out_located);

/* The person behind an agency's own record (a link of an answer): none where the index does not
 * hold it or its enrolment is not in scope. is_enough as is_visible: a link is exact. */
LG_MUST_USE struct lg_err locate_linked(const struct locate_look *look, struct span agency,
                                        const struct record_tag *record_tag,
                                        struct located *out_located);

/* ---- Targets ----------------------------------------------------------------------------------
 */

/* What the grant says of one source. */
enum locate_call {
    LOCATE_CALL_NO = 0, /* not asked */
    LOCATE_CALL_HELD,   /* asked where it holds the person (open existence) */
    LOCATE_CALL_ALWAYS, /* asked in any case, with a decoy where it does not (hidden existence) */
    LOCATE_CALL_DECOY,  /* asked with a decoy whatever it holds: hidden, and consent says no */
};

struct locate_target_query {
    struct span agency;
    enum locate_call call;
    const struct vault_box_public *box; /* the agency's public key; NULL only with CALL_NO */
};

/* Whom to ask and by which reference; is_called false: nothing to show. is_decoy stays inside the
 * gateway and goes only into the sealed part of an entry. */
struct locate_target {
    bool is_called;
    bool is_decoy;
    struct span reference; /* STORE_REFERENCE_SIZE bytes where is_called */
};

/* out_targets[count], one for each query in its order; references in the arena. Every decoy that
 * could be needed is made whether or not it is used. INTERNAL LOCATE_SOURCE; errors of the store.
 */
LG_MUST_USE struct lg_err locate_targets(const struct locate_look *look,
                                         const struct located *located,
                                         const struct locate_target_query *queries, size_t count,
                                         struct locate_target *out_targets);

/* ---- Pseudonyms ------------------------------------------------------------------------------ */

/* The text of the person's pseudonym where it was given out before; ptr NULL where it was not: then
 * begin, ask the key service, finish, keep. Text in the arena. */
LG_MUST_USE struct lg_err locate_pseudonym_find(struct store_reader *reader,
                                                const struct store_owner *owner,
                                                struct arena *arena,
                                                struct pseudonym *out_pseudonym);

/* One blinded point under way. unblind is secret: wiped by _finish. */
struct locate_blinded {
    struct vault_point element; /* b*M, for the key service */
    struct vault_scalar unblind;
};

LG_MUST_USE struct lg_err locate_pseudonym_begin(const struct located *located,
                                                 struct locate_blinded *out_blinded);
/* The pseudonym of what the key service gave back, as a point to keep and as text in the arena.
 * PEER LOCATE_ELEMENT. */
LG_MUST_USE struct lg_err locate_pseudonym_finish(struct locate_blinded *blinded,
                                                  struct span evaluated, struct arena *arena,
                                                  struct vault_point *out_point,
                                                  struct pseudonym *out_pseudonym);
/* Makes finished pseudonyms acceptable in later questions: store_pseudonyms_put. Blocks. To be done
 * before they are released, and only for a located.is_known. */

/* The row pseudonym of a source's record or case reference for one recipient under one agreement:
 * keyed BLAKE2b as base32. NUL-terminated. */
struct locate_row {
    struct span agreement;
    struct span recipient;
    struct span agency;
    struct span reference; /* at most 128 bytes */
};
LG_MUST_USE struct lg_err locate_row_pseudonym(const struct locate *locate,
                                               const struct locate_row *row,
                                               char out[static LOCATE_ROW_PSEUDONYM_SIZE + 1]);

#endif
