/* SPDX-License-Identifier: Apache-2.0 */
/* What was enrolled, so that a second run sends only what changed and a broken one goes on where it
 * stopped. A text file STATE/enrolled:
 *
 *   lockgate-enrolment 1 AGREEMENT EPOCH RULES
 *   TAG DIGEST                              32 hex digits each, a line for each acknowledged record
 *
 * TAG is the record tag; DIGEST a keyed BLAKE2b of the identity as it was sent. Neither can be
 * guessed back without the agency's secret key. A later line replaces an earlier one of its tag; a
 * DIGEST of zeros says that the record was retired, one of ones that it is to be sent again; a last
 * line without its newline was never acknowledged.
 *
 * Another epoch or version of the rules that make tokens: everything is sent again, and who was
 * gone is still known as gone. Another agreement, or a file of something else, is refused:
 * beginning anew would forget records that the gateway still has, and nobody would ever retire
 * them. */
#ifndef TOOLS_CONNECTOR_ENROLLED_H
#define TOOLS_CONNECTOR_ENROLLED_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"
#include "gateway/vault/vault.h"

struct connector_digest {
    uint8_t bytes[VAULT_MAC16_SIZE];
};

struct connector_enrolled;

/* Reads the file or begins a new one; an empty or half written first line is no file yet. STORE
 * CONNECTOR_STATE with a sentence (the disk, another agreement, no such file), LIMIT. */
LG_MUST_USE struct lg_err connector_enrolled_open(const char *state, const char *agreement,
                                                  uint32_t epoch, struct diag *diag,
                                                  struct connector_enrolled **out_enrolled);
void connector_enrolled_close(struct connector_enrolled **enrolled);

/* Whether this very record was acknowledged; marks the tag as one that the agency still has. */
bool connector_enrolled_has(struct connector_enrolled *enrolled, const struct record_tag *tag,
                            const struct connector_digest *digest);
/* Adds lines for acknowledged records; durable when connector_enrolled_flush returns. */
LG_MUST_USE struct lg_err connector_enrolled_add(struct connector_enrolled *enrolled,
                                                 const struct record_tag *tag,
                                                 const struct connector_digest *digest);
LG_MUST_USE struct lg_err connector_enrolled_flush(struct connector_enrolled *enrolled);

/* Tags that were enrolled and not marked since: people whom the agency has no more. Starts at
 * *place 0; false at the end. */
bool connector_enrolled_gone_next(const struct connector_enrolled *enrolled, size_t *place,
                                  struct record_tag *out_tag);
size_t connector_enrolled_count(const struct connector_enrolled *enrolled);

#endif
