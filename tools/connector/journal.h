/* SPDX-License-Identifier: Apache-2.0 */
/* The agency's own record of what it was asked and gave: one JSON object a line, appended to
 * STATE/asked.jsonl. Names of items, agreements and codes; never a value, a name or a reference.
 *
 *   {"time":MS,"event":"fetch","call":HEX,"agreement":ID,"version":N,"clauses":[..],"items":[..],
 *    "gave":[..],"records":N}
 *   {"time":MS,"event":"receipt","call":HEX,"index":N,"proof":TEXT}
 *
 * `proof` is the receipt in the form that `lockgate audit verify` reads. */
#ifndef TOOLS_CONNECTOR_JOURNAL_H
#define TOOLS_CONNECTOR_JOURNAL_H

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"
#include "gateway/wire/source.h"

struct connector_journal {
    int fd;
};

/* Opens for appending; the state folder is made where it is missing. STORE CONNECTOR_STATE. */
LG_MUST_USE struct lg_err connector_journal_open(const char *state, struct diag *diag,
                                                 struct connector_journal *out_journal);
void connector_journal_close(struct connector_journal *journal);

/* STORE CONNECTOR_STATE: the line is not in the file; nothing may be given. */
LG_MUST_USE struct lg_err connector_journal_fetch(struct connector_journal *journal,
                                                  struct arena *arena, int64_t now_ms,
                                                  const struct fetch_request *request,
                                                  const struct answer *answer);
LG_MUST_USE struct lg_err connector_journal_receipt(struct connector_journal *journal,
                                                    struct arena *arena, int64_t now_ms,
                                                    const struct wire_acknowledge_request *request);

#endif
