/* SPDX-License-Identifier: Apache-2.0 */
/* Which lane a request takes when there are more than can be answered: urgent is a declared
 * emergency, and what is asked for a purpose that the partnership calls urgent, or for one that an
 * agreement in force puts within it. What a caller makes urgent beyond its share gains it nothing
 * (grpc/admission.h). */
#include "gateway/service/service_int.h"
#include "gateway/wire/glance.h"

static bool is_within(struct agreement_forces forces, struct span urgent, struct span purpose) {
    if (span_equal(urgent, purpose)) {
        return true;
    }
    for (size_t i = 0; i < forces.count; i++) {
        if (policy_purpose_covers(forces.force[i].policy, urgent, purpose)) {
            return true;
        }
    }
    return false;
}

static enum grpc_lane lane_of(const struct service *service, struct wire_glance seen) {
    const struct config_partnership *registry = service->worker->gateway->registry;
    if (seen.has_emergency) {
        return GRPC_LANE_URGENT;
    }
    for (uint32_t i = 0; seen.purpose.len > 0 && i < registry->urgent_purpose_count; i++) {
        if (is_within(query_agreements_now(service->worker),
                      span_text(registry->urgent_purposes[i]), seen.purpose)) {
            return GRPC_LANE_URGENT;
        }
    }
    return GRPC_LANE_NORMAL;
}

enum grpc_lane service_lane_ask(void *ctx, struct span message) {
    return lane_of(ctx, wire_ask_request_glance(message));
}

enum grpc_lane service_lane_can_ask(void *ctx, struct span message) {
    return lane_of(ctx, wire_can_ask_request_glance(message));
}

enum grpc_lane service_lane_find(void *ctx, struct span message) {
    return lane_of(ctx, wire_find_request_glance(message));
}
