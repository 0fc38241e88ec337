/* SPDX-License-Identifier: Apache-2.0 */
/* The National Data Opt-Out of a person, as the sources that hold their records stated it. */
#include "gateway/consent/consent_int.h"

static bool row_counts(const struct store_row *row, struct span source,
                       const struct span_list *enrolled_under) {
    bool counts = false;
    for (size_t i = 0; i < enrolled_under->count; i++) {
        counts = counts || span_equal(enrolled_under->items[i], row->agreement);
    }
    return counts && span_equal(row->agency, source);
}

static struct policy_opt_out opt_out_of(const struct store_row *row) {
    return (struct policy_opt_out){
        .is_known = row->opt_out.state != OPT_OUT_NOT_STATED,
        .applies = row->opt_out.state == OPT_OUT_APPLIES,
        .as_of_day = row->opt_out.as_of_day,
    };
}

static struct lg_err rows_read(struct store_reader *reader, const struct person_id *person,
                               struct arena *arena, const struct store_row **out_rows,
                               size_t *out_count) {
    static const struct person_id NOBODY = {.bytes = {0}};
    struct store_row *rows = NULL;
    TRY(store_rows_read(reader, person != NULL ? person : &NOBODY, arena, &rows, out_count));
    *out_rows = rows;
    return LG_OK;
}

struct lg_err consent_opt_outs_read(struct store_reader *reader,
                                    const struct consent_question *question, struct arena *arena,
                                    struct policy_opt_out **out_opt_outs) {
    size_t source_count = policy_permit_source_count(question->permit);
    struct policy_opt_out *opt_outs = arena_array(arena, source_count, sizeof *opt_outs);
    if (opt_outs == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    const struct store_row *rows = question->rows;
    size_t row_count = question->row_count;
    if (!question->has_rows) {
        TRY(rows_read(reader, question->person, arena, &rows, &row_count));
    }
    for (size_t i = 0; question->enrolled_under != NULL && i < source_count; i++) {
        struct span source = policy_permit_source(question->permit, i);
        for (size_t j = 0; j < row_count; j++) {
            if (row_counts(&rows[j], source, &question->enrolled_under[i])) {
                opt_outs[i] = opt_out_of(&rows[j]);
            }
        }
    }
    *out_opt_outs = opt_outs;
    return LG_OK;
}
