/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Reports. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_REPORTS_H
#define GATEWAY_WIRE_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

struct wire_quarter_request {
    struct actor actor;
    struct span quarter;
};

struct wire_report_row {
    struct span name;
    uint64_t count;
    bool hidden;
    bool has_percent;
    uint32_t percent;
};

struct wire_report_table {
    struct span name;
    struct span counts;
    uint64_t total;
    bool total_hidden;
    const struct wire_report_row *rows;
    size_t row_count;
};

struct wire_report_agreement {
    struct span id;
    uint32_t version;
    struct span title;
    struct span state;
    struct span review_day;
    struct span last_day;
    struct span rating;
    struct span because;
};

struct wire_report_time {
    struct span kind;
    bool hidden;
    uint32_t median_days;
};

struct wire_quarter_reply {
    struct span quarter;
    const struct wire_report_table *tables;
    size_t table_count;
    const struct wire_report_agreement *agreements;
    size_t agreement_count;
    const struct wire_report_time *review_times;
    size_t review_time_count;
    struct span_list rules;
    struct span_list left_out;
    struct wire_logged logged;
};

/* QuarterReportRequest. Strict. */
LG_MUST_USE struct lg_err wire_quarter_request_decode(struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct wire_quarter_request *out_request);
LG_MUST_USE struct lg_err wire_quarter_request_encode(struct arena *arena,
                                                      const struct wire_quarter_request *request,
                                                      struct span *out_bytes);
/* QuarterReportReply. Lenient. */
LG_MUST_USE struct lg_err wire_quarter_reply_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_quarter_reply *out_reply);
LG_MUST_USE struct lg_err wire_quarter_reply_encode(struct arena *arena,
                                                    const struct wire_quarter_reply *reply,
                                                    struct span *out_bytes);

#endif
