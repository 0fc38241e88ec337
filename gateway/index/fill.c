/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader of the log (reader.c) brings into the index: rows, and the duties that follow
 * from parts, with how far they go, in one transaction. */
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/index/index_int.h"

struct lg_err index_rows_add(struct index_log *index, const struct index_derived *derived,
                             uint64_t first, size_t count, struct arena *arena) {
    struct store_sides sides = {.coverage = {.size = first + count}, .latest_ms = INT64_MIN};
    struct store_side *rows = arena_array(arena, count * INDEX_SIDES_MAX, sizeof *rows);
    struct index_words *words = arena_alloc(arena, sizeof *words);
    struct store_duties duties;
    struct audit_hash last;
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        size_t added = 0;
        int64_t time_ms = index_latest_ms(&derived[i]);
        TRY(index_sides(index, &derived[i], words, &rows[sides.count], &added));
        sides.count += added;
        sides.latest_ms = time_ms > sides.latest_ms ? time_ms : sides.latest_ms;
    }
    TRY(index_duties_make(index, derived, count, arena, &duties));
    sides.duties = duties.items;
    sides.duty_count = duties.count;
    sides.sides = rows;
    audit_merkle_leaf(derived[count - 1].leaf, &last);
    memcpy(sides.coverage.last, last.bytes, sizeof last.bytes);
    return store_entries_add(index->entries, &sides);
}

struct lg_err index_place(struct index_log *index, uint64_t *out_place) {
    struct store_coverage coverage;
    if (!atomic_load(&index->is_checked) || store_entries_is_ruined(index->entries)) {
        TRY(index_file_check(index));
    }
    TRY(index_forget_locked(index));
    TRY(store_entries_coverage(index->entries, &coverage));
    if (coverage.size > audit_size(index->config.log)) {
        /* Another process wrote it: the next turn begins it anew. */
        store_entries_ruin(index->entries);
        coverage.size = audit_size(index->config.log);
    }
    *out_place = coverage.size;
    return LG_OK;
}
