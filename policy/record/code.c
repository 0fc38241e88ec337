/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons as numbers that outlive versions: FNV-1a of the name in 32 bits, its halves joined by
 * exclusive or. Names never change; a test holds all of them apart. */
#include "policy/record/record.h"

uint16_t policy_record_code(enum policy_reason reason) {
    if (reason == POLICY_REASON_NONE) {
        return 0;
    }
    uint32_t hash = 2166136261U;
    for (const char *at = policy_reason_name(reason); *at != 0; at++) {
        hash = (hash ^ (uint8_t)*at) * 16777619U;
    }
    return (uint16_t)(hash >> 16 ^ hash);
}

enum policy_reason policy_record_code_find(uint16_t code) {
    enum policy_reason reason = POLICY_REASON_NONE;
    while (reason < POLICY_REASON_END && policy_record_code(reason) != code) {
        reason++;
    }
    return reason;
}
