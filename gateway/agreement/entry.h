/* SPDX-License-Identifier: Apache-2.0 */
/* An act on an agreement as the log seals it, in entries of kind AGREEMENT and STOP, and as the
 * store keeps it.
 *
 *    4  "AGR1"
 *    1  act: enum agreement_act
 *    4  version of the agreement
 *   32  SHA-256 of the text
 *    1  whether reports were attached: 0 or 1
 *   32  SHA-256 of the reports, or zeros
 *    -  agreement, signature line with its newline (empty for propose and activate), agency,
 *       system, user id, role, display name: each after a 16-bit length
 *
 * Valid where the act is known, names are in their ranges, an act that is signed has a line of the
 * same act, agreement, version, text and reports by that agency, and nothing is left over. */
#ifndef GATEWAY_AGREEMENT_ENTRY_H
#define GATEWAY_AGREEMENT_ENTRY_H

#include "gateway/agreement/line.h"

enum { AGREEMENT_BODY_SIZE_MAX = LIMIT_AUDIT_SEALED };

/* Spans are borrowed. signed_line counts where the act has a line. */
struct agreement_entry {
    enum agreement_act act;
    struct span agreement;
    uint32_t version;
    uint8_t text[VAULT_SHA256_SIZE];
    bool has_report;
    uint8_t report[VAULT_SHA256_SIZE];
    struct span line;
    struct span agency;
    struct span system;
    struct span user_id;
    struct span role;
    struct span display_name;
    struct agreement_line signed_line; /* of `line`, read */
};

/* True where the bytes are meant to be an act of ours: entries of kind STOP are of others too. */
bool agreement_entry_is(struct span body);
/* INPUT AGREEMENT_LINE where a part is outside its range. */
LG_MUST_USE struct lg_err agreement_entry_encode(const struct agreement_entry *entry,
                                                 uint8_t out[static AGREEMENT_BODY_SIZE_MAX],
                                                 struct span *out_body);
/* STORE AGREEMENT_ENTRY unless valid. */
LG_MUST_USE struct lg_err agreement_entry_decode(struct span body,
                                                 struct agreement_entry *out_entry);
/* The code that stands in clear in the log: "SUSPEND" and so on; a static string. */
const char *agreement_entry_code(enum agreement_act act);
/* Whether the act takes something away: an entry of kind STOP, which makes what rests on the
 * agreement stale. */
bool agreement_act_stops(enum agreement_act act);
/* True for acts that let something begin or go on: none of them is done by an agency that is
 * stopped, while what stops sharing stays open to it. */
bool agreement_act_starts(enum agreement_act act);

#endif
