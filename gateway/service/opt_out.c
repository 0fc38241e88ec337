/* SPDX-License-Identifier: Apache-2.0 */
/* The National Data Opt-Out of a record that is enrolled. */
#include "gateway/base/day.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/subjects.h"

bool service_opt_out_read(const struct wire_enrol_record *record, int64_t now_ms,
                          struct store_opt_out *out_opt_out) {
    *out_opt_out = (struct store_opt_out){.state = record->opt_out};
    if (record->opt_out == OPT_OUT_NOT_STATED) {
        return record->opt_out_day.len == 0;
    }
    return record->opt_out < OPT_OUT_END &&
           day_read(record->opt_out_day, &out_opt_out->as_of_day) &&
           out_opt_out->as_of_day <= day_of_ms(now_ms);
}
