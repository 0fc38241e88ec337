/* SPDX-License-Identifier: Apache-2.0 */
/* Signature lines: what a party signs about an agreement, as one line of text beside its file.
 *
 *   ACT  AGREEMENT  VERSION  TEXT  REPORT  PARTY  OFFICE  KEY  TIME  DAY  REASON  SIGNATURE
 *
 * twelve fields with one tab between them and one newline after the last:
 *
 *   ACT        sign refuse suspend resume withdraw review end
 *   AGREEMENT  its id; VERSION: its number, no leading zero
 *   TEXT       SHA-256 of the text, 64 lower-case hex digits (agreement_text_hash)
 *   REPORT     SHA-256 of the reports that were attached, or -
 *   PARTY      the party's id; OFFICE: the office held, 1 to 128 bytes
 *   KEY        the first 8 bytes of the SHA-256 of the Ed25519 public key, 16 lower-case hex digits
 *   TIME       YYYY-MM-DDTHH:MM:SSZ
 *   DAY        YYYY-MM-DD: review: the next day of review; withdraw, end: the first day on which
 *              the party, or the agreement, is no longer in it; - for the others
 *   REASON     1 to 500 bytes with refuse, suspend, withdraw and end; - for the others
 *   SIGNATURE  Ed25519 (RFC 8032) in base64 over "lockgate agreement 1" and a newline, followed by
 *              the line's bytes from ACT to the tab before SIGNATURE, that tab left out
 *
 * A line is valid where it is byte for byte what agreement_line_write gives for its fields; there
 * is one way to write each, so a changed byte is a bad line or a bad signature. */
#ifndef GATEWAY_AGREEMENT_LINE_H
#define GATEWAY_AGREEMENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/base/span.h"
#include "gateway/vault/vault.h"

enum agreement_code {
    AGREEMENT_MEMORY = 1, /* LIMIT: no memory, or more agreements, versions or acts than allowed */
    AGREEMENT_LINE,       /* INPUT: not a signature line as we write it */
    AGREEMENT_SIGNATURE,  /* INPUT: signed by another key, or something was changed */
    AGREEMENT_ENTRY,      /* STORE: a stored act is not one */
    AGREEMENT_TEXT,       /* INPUT: the text cannot be in force here; the diag says why */
    AGREEMENT_UNKNOWN,    /* INPUT: no such agreement or version */
    AGREEMENT_STATE,      /* INPUT: the act does not fit the state; the diag says which and why */
    AGREEMENT_NOT_YOURS,  /* INPUT: this party may not do that */
    AGREEMENT_BUSY,       /* LIMIT: another act on this agreement is under way */
    AGREEMENT_FILE,       /* STORE: a file could not be read or written */
    AGREEMENT_SEED,       /* CONFIG: an agreement of the configuration cannot be founded */
};

/* Values are stored. PROPOSE and ACTIVATE have no line: an officer's certificate is enough, as
 * neither brings anything into force that was not signed. */
enum agreement_act {
    AGREEMENT_PROPOSE = 1,
    AGREEMENT_SIGN = 2,
    AGREEMENT_REFUSE = 3,
    AGREEMENT_ACTIVATE = 4,
    AGREEMENT_SUSPEND = 5,
    AGREEMENT_RESUME = 6,
    AGREEMENT_WITHDRAW = 7,
    AGREEMENT_REVIEW = 8,
    AGREEMENT_END = 9,
    AGREEMENT_ACT_END
};

enum {
    AGREEMENT_KEY_ID_SIZE = 8,
    AGREEMENT_ID_SIZE_MAX = 63,
    AGREEMENT_OFFICE_SIZE_MAX = 128,
    AGREEMENT_REASON_SIZE_MAX = 500,
    AGREEMENT_LINE_SIZE_MAX = 1280, /* with its newline */
    AGREEMENT_NO_DAY = INT32_MIN,
};

/* Spans are borrowed from what it was read from. */
struct agreement_line {
    enum agreement_act act;
    struct span agreement;
    uint32_t version;
    uint8_t text[VAULT_SHA256_SIZE];
    bool has_report;
    uint8_t report[VAULT_SHA256_SIZE];
    struct span party;
    struct span office;
    uint8_t key_id[AGREEMENT_KEY_ID_SIZE];
    int64_t time_s;
    int32_t day; /* AGREEMENT_NO_DAY where the act has none */
    struct span reason;
    struct vault_signature signature;
};

/* "sign" and so on; "propose" and "activate" too. A static string. */
const char *agreement_act_name(enum agreement_act act);
/* The act with that name, or AGREEMENT_ACT_END. */
enum agreement_act agreement_act_find(struct span name);
/* What has to stand in a line of the act. */
bool agreement_act_has_line(enum agreement_act act);
bool agreement_act_has_day(enum agreement_act act);
bool agreement_act_has_reason(enum agreement_act act);

/* The hash that is signed. The one place that says over what. */
void agreement_text_hash(struct span text, uint8_t out[static VAULT_SHA256_SIZE]);
void agreement_key_id(const struct vault_sign_public *key,
                      uint8_t out[static AGREEMENT_KEY_ID_SIZE]);
/* A public key as agreements and partnerships write it: 64 hex digits. INPUT AGREEMENT_SIGNATURE.
 */
LG_MUST_USE struct lg_err agreement_key_read(struct span text, struct vault_sign_public *out_key);

/* Fills in key id and signature; all else is the caller's. INPUT AGREEMENT_LINE where a field is
 * outside its range. */
LG_MUST_USE struct lg_err agreement_line_sign(struct agreement_line *line, struct vault_key *key);
/* The line with its newline. INPUT AGREEMENT_LINE. */
LG_MUST_USE struct lg_err agreement_line_write(const struct agreement_line *line,
                                               uint8_t out[static AGREEMENT_LINE_SIZE_MAX],
                                               struct span *out_written);
/* Reads one line, newline included or not. INPUT AGREEMENT_LINE. */
LG_MUST_USE struct lg_err agreement_line_read(struct span text, struct agreement_line *out_line);
/* INPUT AGREEMENT_SIGNATURE unless this key signed exactly these fields. */
LG_MUST_USE struct lg_err agreement_line_verify(const struct agreement_line *line,
                                                const struct vault_sign_public *key);

#endif
