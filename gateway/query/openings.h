/* SPDX-License-Identifier: Apache-2.0 */
/* Emergencies that are being declared at this moment, by whom they count for.
 *
 * A declaration counts once its review case is in the store. Between the count and that moment
 * others of the same person must not slip through: each takes a place here before it counts, and
 * gives it back when its question is over. Shared by all workers, of one fixed size; where there is
 * no place more, as many as can be are said to be under way: refusal, never oversight. */
#ifndef GATEWAY_QUERY_OPENINGS_H
#define GATEWAY_QUERY_OPENINGS_H

#include <stdint.h>

#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/store/store.h"

struct query_openings;

/* LIMIT QUERY_ERR_SOURCES without memory. The caller frees it, after all questions. */
LG_MUST_USE struct lg_err query_openings_new(struct query_openings **out_openings);
void query_openings_free(struct query_openings **openings);
/* Takes a place for the opener. How many were taken before it, or UINT32_MAX where none was free:
 * then there is nothing to give back. Any thread. */
uint32_t query_openings_take(struct query_openings *openings, const struct store_tag *opener);
void query_openings_give(struct query_openings *openings, const struct store_tag *opener);

#endif
