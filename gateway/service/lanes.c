/* SPDX-License-Identifier: Apache-2.0 */
/* Which lane a request takes when there are more than can be answered: urgent is a declared
 * emergency, and what is asked for a purpose that the partnership calls urgent, or for one that an
 * agreement in force puts within it. What a caller makes urgent beyond its share gains it nothing
 * (grpc/admission.h). */
#include <string.h>

#include "gateway/service/service_int.h"
#include "gateway/wire/glance.h"

static bool is_within(struct agreement_forces forces, struct span urgent, struct span purpose) {
    for (size_t i = 0; i < forces.count; i++) {
        if (policy_purpose_covers(forces.force[i].policy, urgent, purpose)) {
            return true;
        }
    }
    return false;
}

static bool is_urgent(const struct config_partnership *registry, struct agreement_forces forces,
                      struct span purpose) {
    for (uint32_t i = 0; i < registry->urgent_purpose_count; i++) {
        struct span urgent = span_text(registry->urgent_purposes[i]);
        if (span_equal(urgent, purpose) || is_within(forces, urgent, purpose)) {
            return true;
        }
    }
    return false;
}

/* Thousands of requests a second that are refused are for the same few purposes. */
static struct service_lane_memo memo_of(const struct service *service) {
    const struct config_partnership *registry = service->worker->gateway->registry;
    struct agreement_forces forces = query_agreements_now(service->worker);
    return (struct service_lane_memo){.urgent = registry->urgent_purposes,
                                      .urgent_count = registry->urgent_purpose_count,
                                      .serial = service->worker->agreements.serial,
                                      .force = forces.force,
                                      .force_count = forces.count};
}

static bool memo_is_for(const struct service_lane_memo *memo, const struct service_lane_memo *now,
                        struct span purpose) {
    return memo->purpose_len == purpose.len && memo->serial == now->serial &&
           memo->force == now->force && memo->force_count == now->force_count &&
           memo->urgent == now->urgent && memo->urgent_count == now->urgent_count &&
           memcmp(memo->purpose, purpose.ptr, purpose.len) == 0;
}

/* What no agreement knows is a caller's own text, and not kept beyond its call. */
static bool is_known(struct agreement_forces forces, struct span purpose) {
    return purpose.len <= SERVICE_LANE_PURPOSE && is_within(forces, purpose, purpose);
}

static bool purpose_is_urgent(struct service *service, struct span purpose) {
    struct service_lane_memo now = memo_of(service);
    struct agreement_forces forces = {.force = now.force, .count = now.force_count};
    for (size_t i = 0; i < SERVICE_LANE_MEMOS; i++) {
        if (memo_is_for(&service->lanes[i], &now, purpose)) {
            return service->lanes[i].is_urgent;
        }
    }
    now.is_urgent = is_urgent(service->worker->gateway->registry, forces, purpose);
    if (is_known(forces, purpose)) {
        memcpy(now.purpose, purpose.ptr, purpose.len);
        now.purpose_len = purpose.len;
        service->lanes[service->lane_next] = now;
        service->lane_next = (service->lane_next + 1) % SERVICE_LANE_MEMOS;
    }
    return now.is_urgent;
}

static enum grpc_lane lane_of(struct service *service, struct wire_glance seen) {
    if (seen.has_emergency) {
        return GRPC_LANE_URGENT;
    }
    bool has_list = service->worker->gateway->registry->urgent_purpose_count > 0;
    return has_list && seen.purpose.len > 0 && purpose_is_urgent(service, seen.purpose)
               ? GRPC_LANE_URGENT
               : GRPC_LANE_NORMAL;
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
