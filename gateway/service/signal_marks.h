/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a question was about its own user, a colleague, or a record that nobody should ask for:
 * by tokens that a mark and a record of the person have in common. */
#ifndef GATEWAY_SERVICE_SIGNAL_MARKS_H
#define GATEWAY_SERVICE_SIGNAL_MARKS_H

#include "gateway/index/index.h"
#include "gateway/query/query.h"

/* The people whom an agency's marks may be about, by what their keys of a quarter make of them:
 * made once, for entries that the log does not remember, as after a crash, and left again when it
 * does. So such a question costs a look and not a key for everybody who is marked. LIMIT. */
struct service_marks_known;
LG_MUST_USE struct lg_err service_marks_known_new(struct service_marks_known **out_known);
void service_marks_known_free(struct service_marks_known **known);

struct service_marks_look {
    const struct query_gateway *gateway;
    struct store_reader *reader;
    struct query_askers *askers;
    struct service_marks_known *known;
    const struct index_asked *asked; /* a question about somebody */
};

struct service_marks {
    bool is_own_record;
    bool is_colleague;
    bool is_canary;
};

/* Only records count whose existence the user's agency may learn by that question: else officers,
 * who may mark whom they please, would learn from a case what hidden sources hold. Errors of the
 * store and of policy; LIMIT. */
LG_MUST_USE struct lg_err service_marks_find(const struct service_marks_look *look,
                                             struct service_marks *out_marks);

#endif
