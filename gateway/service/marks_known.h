/* SPDX-License-Identifier: Apache-2.0 */
/* Whom an agency's marks may be about, by what is in entries (signal_marks.h). */
#ifndef GATEWAY_SERVICE_MARKS_KNOWN_H
#define GATEWAY_SERVICE_MARKS_KNOWN_H

#include "gateway/query/query.h"
#include "gateway/service/signal_marks.h"

/* Whose marks, and of which quarter the entries are. */
struct service_marks_whose {
    const struct query_gateway *gateway;
    struct store_reader *reader;
    struct span agency;
    uint32_t quarter;
};
/* subject: as store_entry_subject makes it. Who was merged into another since has their own key no
 * more: then nobody is found. What is marked after the map was made is about later entries. Errors
 * of the store; LIMIT. */
LG_MUST_USE struct lg_err service_marks_known_find(struct service_marks_known *known,
                                                   const struct service_marks_whose *whose,
                                                   const struct store_tag *subject, bool *out_found,
                                                   struct person_id *out_person);
/* Forgets what was made; the next find makes it again. */
void service_marks_known_leave(struct service_marks_known *known);

#endif
