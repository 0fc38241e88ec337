/* SPDX-License-Identifier: Apache-2.0 */
/* Who may stop whom, and who may lift it. */
#include "gateway/access/access.h"

struct lg_err access_standing(struct store_reader *reader, const struct access_whom *whom,
                              struct arena *arena, uint64_t *out_index,
                              struct access_stop *out_stop) {
    struct store_tag scope;
    struct store_stop row;
    bool found = false;
    *out_index = 0;
    TRY(access_scope_make(store_reader_store(reader), whom, &scope));
    TRY(store_stop_find(reader, &scope, arena, &found, &row));
    if (!found) {
        return LG_OK;
    }
    if (lg_failed(access_stop_decode(row.body, out_stop))) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    *out_index = row.log_index;
    return LG_OK;
}

static bool is_whole_agency(const struct access_whom *whom) {
    return whom->system.len == 0 && whom->user_id.len == 0;
}

/* Whether what the caller does is stopped by it. */
static bool covers(const struct access_whom *whom, const struct caller *caller) {
    bool system = whom->system.len == 0 || span_equal(whom->system, caller->system);
    bool user = whom->user_id.len == 0 || span_equal_folded(whom->user_id, caller->user_id);
    return span_equal(whom->agency, caller->agency) && system && user;
}

enum access_fault access_change_check(const struct access_change *change) {
    const struct access_whom *whom = &change->whom;
    bool is_self = covers(whom, change->caller);
    if (!change->is_host && !span_equal(whom->agency, change->caller->agency)) {
        return ACCESS_FAULT_FOREIGN;
    }
    if (!change->is_host && change->is_of_the_host) {
        return ACCESS_FAULT_HOSTS;
    }
    if (change->is_lifted && is_self && !(change->is_host && is_whole_agency(whom))) {
        return ACCESS_FAULT_SELF;
    }
    bool is_last = !change->is_lifted && change->is_host && is_self && whom->system.len > 0;
    return is_last ? ACCESS_FAULT_LAST : ACCESS_FAULT_NONE;
}
