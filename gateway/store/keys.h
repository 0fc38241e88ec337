/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of log entries (audit.md 4.6), shaped as gateway/audit/audit.h asks for them; ctx is the
 * `struct store *`. Any thread. A key is durable in keys.db before it is given out; the one who
 * asks frees it. Kind SECRET. Of a person who was erased, or a quarter that ended, a key that
 * nobody has again (erasure.h). */
#ifndef GATEWAY_STORE_KEYS_H
#define GATEWAY_STORE_KEYS_H

#include "gateway/store/store.h"

LG_MUST_USE struct lg_err store_key_subject(void *ctx, const struct person_id *person,
                                            uint32_t quarter, struct vault_key **out_key);
LG_MUST_USE struct lg_err store_key_nobody(void *ctx, uint32_t quarter, struct vault_key **out_key);
/* Every subject key of the quarter to on_key (borrowed) until it returns false. */
LG_MUST_USE struct lg_err store_key_each(void *ctx, uint32_t quarter,
                                         bool (*on_key)(void *on_ctx, struct vault_key *key),
                                         void *on_ctx);
/* Makes missing keys of a quarter, at most STORE_BATCH_MAX persons a call, for the background.
 * *out_left: whether more are missing. */
LG_MUST_USE struct lg_err store_keys_prepare(struct store *store, uint32_t quarter, bool *out_left);

#endif
