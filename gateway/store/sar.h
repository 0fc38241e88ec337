/* SPDX-License-Identifier: Apache-2.0 */
/* Subject access requests, derived from the log: a request, its steps, and the lines of its report
 * that are withheld. What the steps mean is gateway/sar's to say. */
#ifndef GATEWAY_STORE_SAR_H
#define GATEWAY_STORE_SAR_H

#include "gateway/base/limits_sar.h"
#include "gateway/store/store.h"

enum { STORE_SAR_BODY_MAX = LIMIT_STORE_REVIEW_BODY };

/* One SUBJECT_ACCESS entry. */
struct store_sar {
    uint64_t log_index;
    uint64_t number; /* of the request: the log index of its first entry */
    bool opens;
    bool closes;
    bool exports; /* an answer was made */
    bool marks;   /* the line is withheld from now on, or with is_lifted no longer */
    bool is_lifted;
    uint64_t line;
    struct person_id person; /* opens: whom it is about, or a random one. As read: by now */
    struct span agency; /* whose officer acts: of one that is not the request's nothing is done */
    struct span body;   /* 1 to STORE_SAR_BODY_MAX */
};

struct store_sars {
    struct store_sar *items;
    size_t count;
};

/* The agency's request of this number, open or closed; spans in the arena. NULL: none. agency is
 * empty. */
LG_MUST_USE struct lg_err store_sar_find(struct store_reader *reader, struct span agency,
                                         uint64_t number, struct arena *arena,
                                         struct store_sar **out_row);
/* The agency's requests, open or closed, newest first, at most LIMIT_SAR_OPEN. */
LG_MUST_USE struct lg_err store_sar_list(struct store_reader *reader, struct span agency,
                                         bool is_closed, struct arena *arena,
                                         struct store_sars *out_rows);
LG_MUST_USE struct lg_err store_sar_open_count(struct store_reader *reader, struct span agency,
                                               size_t *out_count);
/* Its steps but for the first and the marks, in their order. */
LG_MUST_USE struct lg_err store_sar_steps_read(struct store_reader *reader, uint64_t number,
                                               struct arena *arena, struct store_sars *out_rows);
/* Its marks that stand, in rising line. */
LG_MUST_USE struct lg_err store_sar_marks_read(struct store_reader *reader, uint64_t number,
                                               struct arena *arena, struct store_sars *out_rows);
LG_MUST_USE struct lg_err store_sar_mark_count(struct store_reader *reader, uint64_t number,
                                               size_t *out_count);
/* The log index of the mark that stands on a line; 0 where there is none. */
LG_MUST_USE struct lg_err store_sar_mark_find(struct store_reader *reader, uint64_t number,
                                              uint64_t line, uint64_t *out_index);

#endif
