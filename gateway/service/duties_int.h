/* SPDX-License-Identifier: Apache-2.0 */
/* What listing duties, acting on them and their escalation share. */
#ifndef GATEWAY_SERVICE_DUTIES_INT_H
#define GATEWAY_SERVICE_DUTIES_INT_H

#include "gateway/duty/duty.h"
#include "gateway/index/index.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/duties.h"

/* Of a row, as it stands. Point reads; spans in the arena. */
LG_MUST_USE struct lg_err service_duty_standing(struct store_reader *reader,
                                                const struct store_duty *duty, int64_t now_ms,
                                                struct arena *arena,
                                                struct duty_standing *out_standing);
/* Of an emergency. */
LG_MUST_USE struct lg_err service_telling_standing(struct store_reader *reader,
                                                   const struct store_review *review,
                                                   int64_t now_ms, struct arena *arena,
                                                   struct duty_standing *out_standing);
/* As it travels. is_foreign: to officers of another agency, whom it was escalated to. */
LG_MUST_USE struct lg_err service_duty_show(const struct duty_standing *standing, bool is_foreign,
                                            struct arena *arena, struct wire_duty *out_duty);
/* False after it refused: there is no index to list from. */
bool service_duties_have_index(struct service_call *call);

#endif
