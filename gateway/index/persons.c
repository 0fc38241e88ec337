/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/index/index_int.h"

struct lg_err index_persons_read(struct index_log *index, uint64_t first, size_t count,
                                 struct store_entry_person *out_persons) {
    const struct store_entry_stretch stretch = {
        .first = first, .count = count, .agencies = index->config.agencies};
    struct store_coverage coverage;
    if (!index_is_ready(index)) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO);
    }
    TRY(store_entries_coverage(index->entries, &coverage));
    if (coverage.size < first + count) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO);
    }
    return store_entries_persons(index->entries, &stretch, out_persons);
}
