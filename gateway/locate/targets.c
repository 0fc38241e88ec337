/* SPDX-License-Identifier: Apache-2.0 */
/* From a person to what each source understands.
 *
 *   call     person's row there, in scope     asked with
 *   NO       -                                not asked
 *   HELD     yes, and is_enough               the row's reference
 *   HELD     otherwise                        not asked: nothing to show
 *   ALWAYS   yes                              the row's reference
 *   ALWAYS   no                               a decoy
 *   DECOY    -                                a decoy
 *
 * The rows are read, here or when the person was located, and every decoy is made whoever it is, so
 * that neither count nor time of what leaves tells whether a hidden source knows somebody
 * (README.md, rule 5). */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/edge/edge.h"
#include "gateway/locate/locate_int.h"

static_assert((size_t)STORE_REFERENCE_SIZE == (size_t)EDGE_REFERENCE_SIZE,
              "one size of references");

/* Whether a row was enrolled under an agreement that still lets it count. */
static bool row_counts(const struct locate_asker *asker, const struct store_row *row) {
    for (size_t i = 0; i < asker->source_count; i++) {
        const struct locate_source *source = &asker->sources[i];
        bool is_own = span_equal(source->agency, row->agency);
        for (size_t j = 0; is_own && j < source->enrolled_under.count; j++) {
            if (span_equal(source->enrolled_under.items[j], row->agreement)) {
                return true;
            }
        }
    }
    return false;
}

static const struct store_row *row_find(const struct locate_asker *asker, struct span agency,
                                        const struct store_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (span_equal(rows[i].agency, agency) && row_counts(asker, &rows[i])) {
            return &rows[i];
        }
    }
    return NULL;
}

static struct lg_err decoy_make(const struct locate_target_query *query, struct arena *arena,
                                struct span *out_reference) {
    if (query->box == NULL) {
        return locate_fail(LG_CLASS_INTERNAL, LOCATE_SOURCE);
    }
    struct edge_sealed_reference *decoy = arena_alloc(arena, sizeof *decoy);
    if (decoy == NULL) {
        return locate_fail(LG_CLASS_LIMIT, LOCATE_MEMORY);
    }
    if (lg_failed(edge_reference_decoy(query->box, decoy))) {
        return locate_fail(LG_CLASS_INTERNAL, LOCATE_SOURCE);
    }
    *out_reference = span_of(decoy->bytes, sizeof decoy->bytes);
    return LG_OK;
}

static struct lg_err target_make(const struct locate_target_query *query,
                                 const struct store_row *row, bool is_enough, struct arena *arena,
                                 struct locate_target *out_target) {
    *out_target = (struct locate_target){0};
    if (query->call == LOCATE_CALL_NO) {
        return LG_OK;
    }
    if (query->call == LOCATE_CALL_HELD) {
        out_target->is_called = row != NULL && is_enough;
        out_target->reference = out_target->is_called ? row->reference : span_of(NULL, 0);
        return LG_OK;
    }
    struct span decoy;
    TRY(decoy_make(query, arena, &decoy));
    out_target->is_called = true;
    out_target->is_decoy = row == NULL || query->call == LOCATE_CALL_DECOY;
    out_target->reference = out_target->is_decoy ? decoy : row->reference;
    return LG_OK;
}

struct lg_err locate_targets(const struct locate_look *look, const struct located *located,
                             const struct locate_target_query *queries, size_t count,
                             struct locate_target *out_targets) {
    if (look->asker->source_count > LOCATE_SOURCES_MAX || count > LOCATE_SOURCES_MAX) {
        return locate_fail(LG_CLASS_INTERNAL, LOCATE_SOURCE);
    }
    const struct store_row *rows = located->rows;
    size_t row_count = located->row_count;
    if (!located->has_rows) {
        struct store_row *read = NULL;
        TRY(store_rows_read(look->reader, &located->person, look->arena, &read, &row_count));
        rows = read;
    }
    for (size_t i = 0; i < count; i++) {
        const struct store_row *row = row_find(look->asker, queries[i].agency, rows, row_count);
        TRY(target_make(&queries[i], row, located->is_enough, look->arena, &out_targets[i]));
    }
    return LG_OK;
}
