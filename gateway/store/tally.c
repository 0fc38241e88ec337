/* SPDX-License-Identifier: Apache-2.0 */
/* How many consents an agency recorded in a month, by what they say: counted as they are applied,
 * so that a count opens nobody's record. */
#include "gateway/store/changes_int.h"

struct lg_err store_tally_add(struct store *store, const struct store_tally_mark *mark) {
    struct store_tag agency;
    TRY(store_tag_of(store, STORE_TAG_AGENCY, &mark->agency, 1, &agency));
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_TALLY_ADD);
    store_query_number(&query, 1, mark->month);
    store_query_bytes(&query, 2, store_tag_span(&agency));
    store_query_number(&query, 3, mark->what);
    return store_query_run(&query);
}

struct lg_err store_tally_read(struct store_reader *reader, struct span agency, int32_t month,
                               struct store_tally *out_tally) {
    struct store_tag tag;
    struct store_tally tally = {.counts = {0}};
    TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_TALLY_GET);
    store_query_number(&query, 1, month);
    store_query_bytes(&query, 2, store_tag_span(&tag));
    while (store_query_next(&query)) {
        int64_t what = store_query_column_number(&query, 0);
        int64_t count = store_query_column_number(&query, 1);
        if (what < 0 || what >= STORE_TALLY_END || count < 0 || count > UINT32_MAX) {
            return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
        }
        tally.counts[what] = (uint32_t)count;
    }
    TRY(store_query_end(&query));
    *out_tally = tally;
    return LG_OK;
}
