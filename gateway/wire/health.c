/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of grpc.health.v1, for their JSON alone: grpc reads and writes their bytes itself.
 */
#include <grpc/health/v1/health.pb-c.h>

#include "gateway/wire/wire_int.h"

struct health_request {
    struct span service;
};

struct health_reply {
    Grpc__Health__V1__HealthCheckResponse__ServingStatus status;
};

static const struct shape_row health_request_rows[] = {
    ROW_TEXT(1, struct health_request, service, 0, LIMIT_WIRE_NAME),
};

static const struct shape shape_health_request = SHAPE_OF(
    grpc__health__v1__health_check_request__descriptor, struct health_request, health_request_rows);

static const struct wire_message message_health_request = WIRE_REQUEST(shape_health_request);

static const struct shape_row health_reply_rows[] = {
    ROW_ENUM(1, struct health_reply, status, false),
};

static const struct shape shape_health_reply = SHAPE_OF(
    grpc__health__v1__health_check_response__descriptor, struct health_reply, health_reply_rows);

static const struct wire_message message_health_reply = WIRE_REPLY(shape_health_reply);

const struct wire_message *const wire_health_messages[] = {&message_health_request,
                                                           &message_health_reply, NULL};
