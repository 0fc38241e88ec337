/* SPDX-License-Identifier: Apache-2.0 */
/* The edge: what stands between an agency's records and the partnership. It normalises a person's
 * identity, turns it into tokens that only the index can compare (subjects.md 5.3, 6.1), and seals
 * the agency's own references. Used by the connector, and by the gateway for look-ups in clear. The
 * only door to utf8proc.
 *
 * The way of a token: identity -> edge_tokens_prepare -> blinded batches -> (key service) ->
 * edge_tokens_finish, which checks the proof -> edge_token_seal -> (index) -> edge_token_open.
 * vault_init comes first. Personal data stays in the caller's arena. */
#ifndef GATEWAY_EDGE_EDGE_H
#define GATEWAY_EDGE_EDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/vault/vault.h"

enum edge_code {
    EDGE_PEOPLE = 1, /* LIMIT: more people, names or postcodes than one batch may hold */
    EDGE_EPOCH,      /* INPUT: no epoch */
    EDGE_REPLY,      /* PEER: the key service's answer is not for this batch or its proof fails */
    EDGE_TOKEN,      /* INPUT: not a token sealed to this index */
    EDGE_PINS,       /* CONFIG: a file of pinned keys that cannot be */
    EDGE_REFERENCE,  /* INPUT: reference too long or empty, or not sealed to this agency */
};

/* ---- Identity, as given and as compared */

struct edge_name {
    struct span given_name;
    struct span family_name;
};

enum {
    EDGE_ALIAS_MAX = LIMIT_EDGE_ALIASES,
    EDGE_NAME_SIZE = 64,       /* plain letters kept of one name */
    EDGE_IDENTIFIER_SIZE = 32, /* characters of an identifier */
    EDGE_SCHEME_SIZE = 32,
    EDGE_POSTCODE_SIZE = 7, /* a UK postcode without its space */
    EDGE_BORN_SIZE = 8,
    EDGE_SOUND_SIZE = 4,
};

/* A person as an agency writes them: UTF-8, any part may be empty. Borrowed. born is YYYY-MM-DD;
 * scheme is "nhs", or a name of [a-z0-9-], 1 to 32. */
struct edge_identity {
    struct identity primary;
    const struct edge_name *aliases; /* other and previous names: more tokens of the same classes */
    size_t alias_count;              /* EDGE_ALIAS_MAX are read */
    const struct span *postcodes;    /* previous postcodes */
    size_t postcode_count;           /* EDGE_ALIAS_MAX are read */
};

/* What was given but could not be used; that part counts as missing. A stand-in date and a "no
 * fixed abode" code are missing without being flaws. */
enum edge_flaw {
    EDGE_FLAW_NAME = 1,     /* not UTF-8, too long, or letters that have no plain a-z form */
    EDGE_FLAW_BORN = 2,     /* not a date of the calendar between 1880 and 2099 */
    EDGE_FLAW_POSTCODE = 4, /* not of the shape of a UK postcode */
    EDGE_FLAW_IDENTIFIER =
        8, /* wrong length, check digit or range, or a scheme of no known shape */
};

/* One name as plain a-z, NUL-terminated; empty where missing. */
struct edge_plain_name {
    char given[EDGE_NAME_SIZE + 1];
    char family[EDGE_NAME_SIZE + 1];
};

/* A normalised identity. Always true: every text is NUL-terminated, in its canonical form or empty;
 * born is YYYYMMDD; scheme is set exactly when identifier is; names[0] and postcodes[0] are the
 * primary ones, and further ones are not empty. */
struct edge_plain {
    struct edge_plain_name names[1 + EDGE_ALIAS_MAX];
    size_t name_count; /* 1 or more */
    char born[EDGE_BORN_SIZE + 1];
    char postcodes[1 + EDGE_ALIAS_MAX][EDGE_POSTCODE_SIZE + 1];
    size_t postcode_count; /* 1 or more */
    char identifier[EDGE_IDENTIFIER_SIZE + 1];
    char scheme[EDGE_SCHEME_SIZE + 1];
    unsigned flaws; /* of enum edge_flaw */
};

/* Normalises. Cannot fail: what cannot be used is missing and told in flaws. Aliases beyond
 * EDGE_ALIAS_MAX are not read. The caller wipes out_plain where it is not in an arena. */
void edge_identity_normalise(const struct edge_identity *identity, struct edge_plain *out_plain);

/* Whether this is an NHS number: ten digits with their check digit, of a range that is issued (or
 * 999, test records), and not one digit ten times. */
bool edge_nhs_number_fits(const char *text);

/* The sound of a plain a-z name: one letter and three digits; empty for an empty name. */
void edge_name_sound(const char *name, char out[static EDGE_SOUND_SIZE + 1]);

/* ---- Tokens */

/* The content of the classes of model's enum token_class (subjects.md 6.1):
 *   N  identifier with its scheme                 A  forename, surname, born
 *   C  forename initial, surname sound, born      D  forename sound, born, postcode district
 *   E  born, postcode */
enum {
    EDGE_RULE_VERSION = 1, /* part of every token: changes with any rule of normalisation */
    EDGE_PEOPLE_MAX = LIMIT_EDGE_PEOPLE,
    EDGE_TOKENS_MAX = LIMIT_EDGE_TOKENS, /* of one person */
};

/* What goes to the key service in one call: 1 to VAULT_BATCH_MAX elements of one class. */
struct edge_batch {
    enum token_class token_class;
    uint32_t epoch;
    size_t count;
    const struct vault_point *blinded;
    const uint32_t *owner; /* for each element, the index of its person in the prepared list */
    const struct vault_scalar *unblind; /* secret */
};

struct edge_plan {
    struct edge_batch *batches; /* in the order of classes */
    size_t batch_count;
    size_t token_count;    /* over all batches */
    const unsigned *flaws; /* for each person, of enum edge_flaw */
};

/* Normalises, encodes and blinds `count` people (1 to EDGE_PEOPLE_MAX) for an epoch (1 or more).
 * Equal tokens of one person are made once. Everything lives in the arena. LIMIT EDGE_PEOPLE or
 * ARENA_FULL, INPUT EDGE_EPOCH. About 0.1 ms a token: not for the event loop beyond a few people.
 */
LG_MUST_USE struct lg_err edge_tokens_prepare(struct arena *arena,
                                              const struct edge_identity *people, size_t count,
                                              uint32_t epoch, struct edge_plan *out_plan);

/* What the key service answered for one batch. */
struct edge_reply {
    uint32_t epoch; /* of the key it says it used */
    const struct vault_point *evaluated;
    size_t count;
    const struct vault_proof *proof;
};

/* N = k·H(x) with what it is a token of. Equal for equal people; secret outside the index. */
struct edge_token {
    enum token_class token_class;
    uint32_t epoch;
    struct vault_point point;
};

/* Checks the proof against the pinned public key of the batch's class and epoch, then unblinds into
 * out_tokens[batch->count], in the order of batch->owner. The caller wipes them. PEER EDGE_REPLY:
 * nothing was unblinded; the key service used another key, or somebody changed its answer. */
LG_MUST_USE struct lg_err edge_tokens_finish(const struct edge_batch *batch,
                                             const struct vault_point *public_key,
                                             const struct edge_reply *reply,
                                             struct edge_token *out_tokens);

enum { EDGE_TOKEN_SEALED_SIZE = 32 + 1 + 4 + VAULT_BOX_OVERHEAD };

struct edge_sealed_token {
    uint8_t bytes[EDGE_TOKEN_SEALED_SIZE];
};

/* Seals a token to the index's public key. INPUT EDGE_TOKEN where that key is not one. */
LG_MUST_USE struct lg_err edge_token_seal(const struct vault_box_public *index,
                                          const struct edge_token *token,
                                          struct edge_sealed_token *out_sealed);
/* The index's side; sealed as it came in the message. INPUT EDGE_TOKEN for another size, key,
 * class or an element that is none. The caller wipes the token. */
LG_MUST_USE struct lg_err edge_token_open(struct vault_key *index_key, struct span sealed,
                                          struct edge_token *out_token);

/* ---- Pinned keys: what an edge has to know of key service and index */

/* A text file, one key a line, blank lines and lines from "#" left out:
 *
 *   index HEX                the index's X25519 public key, 64 hex digits
 *   token CLASS EPOCH HEX    a token key's public half; CLASS is one of N A C D E
 *
 * Valid: no key is there twice, and every token key is a group element. */
enum { EDGE_PINS_MAX = 5 * 4, EDGE_PINS_TEXT_SIZE = (EDGE_PINS_MAX + 1) * 96 };

struct edge_pin {
    enum token_class token_class;
    uint32_t epoch;
    struct vault_point public_key;
};

struct edge_pins {
    bool has_index;
    struct vault_box_public index;
    struct edge_pin tokens[EDGE_PINS_MAX];
    size_t token_count;
};

/* CONFIG EDGE_PINS, with the line in diag (may be NULL). */
LG_MUST_USE struct lg_err edge_pins_read(struct span text, struct diag *diag,
                                         struct edge_pins *out_pins);
/* The same text; NUL-terminated. */
void edge_pins_write(const struct edge_pins *pins, char out[static EDGE_PINS_TEXT_SIZE]);
/* NULL where none is pinned for this class and epoch. */
const struct vault_point *edge_pins_find(const struct edge_pins *pins, enum token_class token_class,
                                         uint32_t epoch);
/* The newest epoch that has all classes; 0 where there is none. */
uint32_t edge_pins_epoch(const struct edge_pins *pins);

/* ---- The agency's own references */

enum {
    EDGE_LOCAL_SIZE_MAX = 62, /* bytes of an agency's own reference */
    EDGE_REFERENCE_SIZE = 64 + VAULT_BOX_OVERHEAD,
};

/* A local reference or a decoy, sealed to the agency at one fixed size. */
struct edge_sealed_reference {
    uint8_t bytes[EDGE_REFERENCE_SIZE];
};

/* What was inside: a decoy has no local reference. */
struct edge_reference {
    bool is_decoy;
    uint8_t local_len; /* 1 to EDGE_LOCAL_SIZE_MAX; 0 for a decoy */
    uint8_t local[EDGE_LOCAL_SIZE_MAX];
};

/* An agency's two keys, both derived from its one secret key (kind SECRET, in a file of its own):
 * box opens what is sealed to the agency, and its public half stands in partnership.yaml; tag makes
 * record tags. */
struct edge_agency {
    struct vault_key *box; /* kind BOX */
    struct vault_key *tag; /* kind SECRET */
};

/* LIMIT VAULT_MEMORY. To be closed with edge_agency_close. */
LG_MUST_USE struct lg_err edge_agency_open(struct vault_key *secret,
                                           struct edge_agency *out_agency);
/* Wipes both; may be called twice. */
void edge_agency_close(struct edge_agency *agency);

/* Keyed BLAKE2b of the local reference, which the index cannot guess back. tag_key: kind SECRET,
 * the agency's. local 1 to EDGE_LOCAL_SIZE_MAX bytes: INPUT EDGE_REFERENCE. */
LG_MUST_USE struct lg_err edge_record_tag(struct vault_key *tag_key, struct span local,
                                          struct record_tag *out_tag);
/* local as above; INPUT EDGE_REFERENCE. */
LG_MUST_USE struct lg_err edge_reference_seal(const struct vault_box_public *agency,
                                              struct span local,
                                              struct edge_sealed_reference *out_sealed);
/* A reference to nobody. Only the agency, by opening it, can tell it from a real one (README.md,
 * rule 5). INPUT EDGE_REFERENCE where the public key is not one. */
LG_MUST_USE struct lg_err edge_reference_decoy(const struct vault_box_public *agency,
                                               struct edge_sealed_reference *out_sealed);
/* The agency's side. INPUT EDGE_REFERENCE for another size or anything not sealed to this key. */
LG_MUST_USE struct lg_err edge_reference_open(struct vault_key *agency_key, struct span sealed,
                                              struct edge_reference *out_reference);

#endif
