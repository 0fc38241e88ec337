/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the agency's record: what left, the gateway's receipt of it, what did not leave. */
#ifndef TOOLS_CONNECTOR_LEFT_H
#define TOOLS_CONNECTOR_LEFT_H

#include "gateway/base/arena.h"
#include "gateway/model/model.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/source.h"
#include "tools/record/record.h"

/* An answer that is about to leave. */
struct connector_left {
    const struct fetch_request *request;
    const struct answer *answer;
    struct span reply;     /* the bytes that leave */
    struct vault_key *key; /* of the agency alone, kind SECRET: salts the commitment to them */
    int64_t now_ms;
};

/* As record_book_add: until record_book_flush has returned the answer may not leave. */
LG_MUST_USE struct lg_err connector_left_add(struct record_book *book, struct arena *arena,
                                             const struct connector_left *left);
LG_MUST_USE struct lg_err connector_left_receipt(struct record_book *book, struct arena *arena,
                                                 int64_t now_ms,
                                                 const struct wire_acknowledge_request *request);
/* The call was over before its answer left. */
LG_MUST_USE struct lg_err connector_left_unsent(struct record_book *book, struct arena *arena,
                                                int64_t now_ms, const struct call_reference *call);

#endif
