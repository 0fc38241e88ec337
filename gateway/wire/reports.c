/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Reports. */
#include "gateway/wire/reports.h"

#include <lockgate/v1/reports.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/base/limits_erasure.h"
#include "gateway/base/limits_report.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row request_rows[] = {
    ROW_MESSAGE(1, struct wire_quarter_request, actor, wire_shape_actor, true),
    ROW_TEXT(2, struct wire_quarter_request, quarter, LIMIT_WIRE_QUARTER, LIMIT_WIRE_QUARTER),
};

static const struct shape_row row_rows[] = {
    ROW_TEXT(1, struct wire_report_row, name, 0, LIMIT_WIRE_NAME),
    ROW_U64(2, struct wire_report_row, count, 0),
    ROW_BOOL(3, struct wire_report_row, hidden),
    ROW_BOOL(4, struct wire_report_row, has_percent),
    ROW_U32(5, struct wire_report_row, percent, 0),
};

static const struct shape shape_row_of =
    SHAPE_OF(lockgate__v1__report_row__descriptor, struct wire_report_row, row_rows);

static const struct shape_row table_rows[] = {
    ROW_TEXT(1, struct wire_report_table, name, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct wire_report_table, counts, 0, LIMIT_WIRE_SENTENCE),
    ROW_U64(3, struct wire_report_table, total, 0),
    ROW_BOOL(4, struct wire_report_table, total_hidden),
    ROW_MESSAGES(5, struct wire_report_table, rows, row_count, shape_row_of, 0, LIMIT_REPORT_ROWS),
};

static const struct shape shape_table =
    SHAPE_OF(lockgate__v1__report_table__descriptor, struct wire_report_table, table_rows);

static const struct shape_row agreement_rows[] = {
    ROW_TEXT(1, struct wire_report_agreement, id, 0, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_report_agreement, version, 0),
    ROW_TEXT(3, struct wire_report_agreement, title, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(4, struct wire_report_agreement, state, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(5, struct wire_report_agreement, review_day, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(6, struct wire_report_agreement, last_day, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(7, struct wire_report_agreement, rating, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(8, struct wire_report_agreement, because, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_agreement = SHAPE_OF(lockgate__v1__report_agreement__descriptor,
                                                     struct wire_report_agreement, agreement_rows);

static const struct shape_row time_rows[] = {
    ROW_TEXT(1, struct wire_report_time, kind, 0, LIMIT_WIRE_NAME),
    ROW_BOOL(2, struct wire_report_time, hidden),
    ROW_U32(3, struct wire_report_time, median_days, 0),
};

static const struct shape shape_time =
    SHAPE_OF(lockgate__v1__report_review_time__descriptor, struct wire_report_time, time_rows);

static const struct shape_row reply_rows[] = {
    ROW_TEXT(1, struct wire_quarter_reply, quarter, 0, LIMIT_WIRE_QUARTER),
    ROW_MESSAGES(2, struct wire_quarter_reply, tables, table_count, shape_table, 0,
                 LIMIT_REPORT_TABLES),
    ROW_MESSAGES(3, struct wire_quarter_reply, agreements, agreement_count, shape_agreement, 0,
                 LIMIT_AGREEMENT_VERSIONS),
    ROW_MESSAGES(4, struct wire_quarter_reply, review_times, review_time_count, shape_time, 0,
                 LIMIT_REPORT_TABLES),
    ROW_TEXTS(5, struct wire_quarter_reply, rules, LIMIT_WIRE_SENTENCE, LIMIT_REPORT_WORDS),
    ROW_TEXTS(6, struct wire_quarter_reply, left_out, LIMIT_WIRE_SENTENCE, LIMIT_REPORT_WORDS),
    ROWS_LOGGED(7, struct wire_quarter_reply),
};

static const struct shape shape_request = SHAPE_OF(lockgate__v1__quarter_report_request__descriptor,
                                                   struct wire_quarter_request, request_rows);
static const struct shape shape_reply =
    SHAPE_OF(lockgate__v1__quarter_report_reply__descriptor, struct wire_quarter_reply, reply_rows);

static const struct wire_message message_request = WIRE_REQUEST(shape_request);
static const struct wire_message message_reply = WIRE_REPLY(shape_reply);

struct lg_err wire_quarter_request_decode(struct arena *arena, struct span bytes,
                                          struct wire_report *report,
                                          struct wire_quarter_request *out_request) {
    return wire_message_decode(&message_request, arena, bytes, report, out_request);
}

struct lg_err wire_quarter_request_encode(struct arena *arena,
                                          const struct wire_quarter_request *request,
                                          struct span *out_bytes) {
    return wire_message_encode(&message_request, arena, request, out_bytes);
}

struct lg_err wire_quarter_reply_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_quarter_reply *out_reply) {
    return wire_message_decode(&message_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_quarter_reply_encode(struct arena *arena, const struct wire_quarter_reply *reply,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_reports_messages[] = {&message_request, &message_reply, NULL};
