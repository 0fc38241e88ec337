/* SPDX-License-Identifier: Apache-2.0 */
/* Where the next page of a report begins. A report takes one look from the budget, so what goes on
 * with it is of the same officer and the same request, and ends soon after its first page: a later
 * look is another one. */
#ifndef GATEWAY_SAR_CURSOR_H
#define GATEWAY_SAR_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/span.h"
#include "gateway/vault/vault.h"

enum { SAR_CURSOR_SIZE = 32, SAR_CURSOR_MS = 10 * 60 * 1000 };

struct sar_cursor {
    struct span agency;
    struct span user_id;
    uint64_t number;   /* of the request */
    uint64_t position; /* before which the page begins */
    int64_t until_ms;  /* UTC: the first page's time and SAR_CURSOR_MS */
};

/* False where the names are longer than any that a call has. */
bool sar_cursor_write(struct vault_key *key, const struct sar_cursor *cursor,
                      uint8_t out[static SAR_CURSOR_SIZE]);
/* Fills position and until_ms; the others are the reader's own. False: it is somebody else's, of
 * another request, over, or none. */
bool sar_cursor_read(struct vault_key *key, struct span bytes, int64_t now_ms,
                     struct sar_cursor *cursor);

#endif
