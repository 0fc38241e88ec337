/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of admission: what its files offer each other. */
#ifndef GATEWAY_GRPC_ADMISSION_INT_H
#define GATEWAY_GRPC_ADMISSION_INT_H

#include "gateway/grpc/admission.h"

/* ---- lines (admission_line.c) ---- */

/* At the end of its party's line; the ticket is WAITING then. */
void admission_line_add(struct admission *admission, struct admission_ticket *ticket);
void admission_line_remove(struct admission *admission, struct admission_ticket *ticket);
/* Tickets of all lanes. */
uint32_t admission_waiting(const struct admission *admission);

/* ---- measures (admission_measure.c) ---- */

/* The shortest time in which a call of the method was answered lately; 0: not known. */
int64_t admission_pace_read(const struct admission_pace *pace, int64_t now_ms);
void admission_pace_note(struct admission_pace *pace, int64_t took_ms, int64_t now_ms);
/* How long this ticket would wait at the end of its line. */
int64_t admission_wait_for(const struct admission *admission, const struct admission_ticket *ticket,
                           int64_t now_ms);
/* The ticket has just left its line. */
void admission_place_note(const struct admission_ticket *ticket, int64_t now_ms);
/* What our own part of a call took that has ended. */
void admission_own_note(struct admission *admission, const struct admission_ticket *ticket,
                        int64_t own_ms, int64_t now_ms);

#endif
