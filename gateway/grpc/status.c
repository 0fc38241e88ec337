/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses and what maps to them (status document; http-grpc-status-mapping; PROTOCOL-HTTP2). */
#include "gateway/grpc/grpc_int.h"

struct status_row {
    const char *name;
    const char *digits;
};

static const struct status_row STATUSES[GRPC_STATUS_COUNT] = {
    [GRPC_OK] = {"OK", "0"},
    [GRPC_CANCELLED] = {"CANCELLED", "1"},
    [GRPC_UNKNOWN] = {"UNKNOWN", "2"},
    [GRPC_INVALID_ARGUMENT] = {"INVALID_ARGUMENT", "3"},
    [GRPC_DEADLINE_EXCEEDED] = {"DEADLINE_EXCEEDED", "4"},
    [GRPC_NOT_FOUND] = {"NOT_FOUND", "5"},
    [GRPC_ALREADY_EXISTS] = {"ALREADY_EXISTS", "6"},
    [GRPC_PERMISSION_DENIED] = {"PERMISSION_DENIED", "7"},
    [GRPC_RESOURCE_EXHAUSTED] = {"RESOURCE_EXHAUSTED", "8"},
    [GRPC_FAILED_PRECONDITION] = {"FAILED_PRECONDITION", "9"},
    [GRPC_ABORTED] = {"ABORTED", "10"},
    [GRPC_OUT_OF_RANGE] = {"OUT_OF_RANGE", "11"},
    [GRPC_UNIMPLEMENTED] = {"UNIMPLEMENTED", "12"},
    [GRPC_INTERNAL] = {"INTERNAL", "13"},
    [GRPC_UNAVAILABLE] = {"UNAVAILABLE", "14"},
    [GRPC_DATA_LOSS] = {"DATA_LOSS", "15"},
    [GRPC_UNAUTHENTICATED] = {"UNAUTHENTICATED", "16"},
};

static const struct status_row *row_of(enum grpc_status status) {
    return (unsigned)status < GRPC_STATUS_COUNT ? &STATUSES[status] : &STATUSES[GRPC_UNKNOWN];
}

const char *grpc_status_name(enum grpc_status status) {
    return row_of(status)->name;
}

const char *grpc_status_digits(enum grpc_status status) {
    return row_of(status)->digits;
}

enum grpc_status grpc_status_of_error(struct lg_err err) {
    switch (lg_err_class(err)) {
    case LG_CLASS_NONE:
        return GRPC_OK;
    case LG_CLASS_INPUT:
        return GRPC_INVALID_ARGUMENT;
    case LG_CLASS_LIMIT:
        return GRPC_RESOURCE_EXHAUSTED;
    case LG_CLASS_PEER:
    case LG_CLASS_STORE:
        return GRPC_UNAVAILABLE;
    case LG_CLASS_CONFIG:
    case LG_CLASS_INTERNAL:
        return GRPC_INTERNAL;
    }
    return GRPC_INTERNAL;
}

enum grpc_status grpc_status_of_http(unsigned http_status) {
    switch (http_status) {
    case 400:
    case 431:
        return GRPC_INTERNAL;
    case 401:
        return GRPC_UNAUTHENTICATED;
    case 403:
        return GRPC_PERMISSION_DENIED;
    case 404:
        return GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return GRPC_UNAVAILABLE;
    default:
        return GRPC_UNKNOWN;
    }
}

enum grpc_status grpc_status_of_reset(uint32_t error) {
    switch (error) {
    case HTTP2_REFUSED_STREAM:
        return GRPC_UNAVAILABLE;
    case HTTP2_CANCEL:
        return GRPC_CANCELLED;
    case HTTP2_ENHANCE_YOUR_CALM:
        return GRPC_RESOURCE_EXHAUSTED;
    case HTTP2_INADEQUATE_SECURITY:
        return GRPC_PERMISSION_DENIED;
    default:
        return GRPC_INTERNAL;
    }
}

enum grpc_status grpc_status_read(struct span text) {
    int64_t number = 0;
    if (!grpc_number_read(text, &number) || number >= GRPC_STATUS_COUNT) {
        return GRPC_UNKNOWN;
    }
    return (enum grpc_status)number;
}
