/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing over twice as many slots as scopes. Keys are mixed with a random number of this
 * process, and no probe is longer than PROBE_MAX: who could choose keys could at most raise the
 * floor, which costs a repeated decision and lets nothing through. */
#include "gateway/audit/scopes.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum { PROBE_MAX = 64 };

struct slot {
    struct audit_scope scope;
    uint64_t end; /* index of the last change and one; 0: empty */
};

struct audit_scopes {
    size_t most;
    size_t count;
    uint64_t seed[2];
    uint64_t floor;    /* grants read before it are stale */
    uint64_t last_end; /* of all changes */
    struct slot slots[];
};

struct lg_err audit_scopes_new(size_t most, struct audit_scopes **out_scopes) {
    ASSERT(most > 0);
    ASSERT((most & (most - 1)) == 0);
    ASSERT(most <= LIMIT_AUDIT_SCOPES);
    struct audit_scopes *scopes = calloc(1, sizeof *scopes + 2 * most * sizeof scopes->slots[0]);
    if (scopes == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    scopes->most = most;
    vault_random(scopes->seed, sizeof scopes->seed);
    *out_scopes = scopes;
    return LG_OK;
}

void audit_scopes_free(struct audit_scopes **scopes) {
    free(*scopes);
    *scopes = NULL;
}

static uint64_t mix(uint64_t value) {
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

static size_t place_of(const struct audit_scopes *scopes, const uint8_t scope[AUDIT_SCOPE_SIZE]) {
    struct reader r = reader_of(span_of(scope, AUDIT_SCOPE_SIZE));
    uint64_t first = reader_u64(&r);
    uint64_t second = reader_u64(&r);
    return (size_t)mix(mix(first ^ scopes->seed[0]) ^ second ^ scopes->seed[1]);
}

/* The slot of the scope, or the empty one where it would go; the end of the table's order (count of
 * slots) when the probe is too long. */
static size_t find(const struct audit_scopes *scopes, const uint8_t scope[AUDIT_SCOPE_SIZE]) {
    size_t mask = 2 * scopes->most - 1;
    size_t place = place_of(scopes, scope);
    for (size_t i = 0; i < PROBE_MAX && i <= mask; i++) {
        const struct slot *slot = &scopes->slots[(place + i) & mask];
        if (slot->end == 0 || memcmp(slot->scope.bytes, scope, AUDIT_SCOPE_SIZE) == 0) {
            return (place + i) & mask;
        }
    }
    return 2 * scopes->most;
}

static void forget_all(struct audit_scopes *scopes) {
    scopes->floor = scopes->last_end;
    scopes->count = 0;
    for (size_t i = 0; i < 2 * scopes->most; i++) {
        scopes->slots[i].end = 0;
    }
}

void audit_scopes_note(struct audit_scopes *scopes, const struct audit_scope *scope,
                       uint64_t index) {
    uint64_t end = index + 1;
    ASSERT(end >= scopes->last_end);
    scopes->last_end = end;
    size_t at = find(scopes, scope->bytes);
    bool is_new = at == 2 * scopes->most || scopes->slots[at].end == 0;
    if (is_new && (at == 2 * scopes->most || scopes->count == scopes->most)) {
        forget_all(scopes);
        at = find(scopes, scope->bytes);
    }
    scopes->count += is_new ? 1 : 0;
    scopes->slots[at].scope = *scope;
    scopes->slots[at].end = end;
}

void audit_scopes_note_all(struct audit_scopes *scopes, uint64_t index) {
    ASSERT(index + 1 >= scopes->last_end);
    scopes->last_end = index + 1;
    forget_all(scopes);
}

bool audit_scopes_is_stale(const struct audit_scopes *scopes,
                           const struct audit_condition *condition) {
    if (condition->applied_through < scopes->floor) {
        return true;
    }
    size_t at = find(scopes, condition->scope);
    if (at == 2 * scopes->most) {
        return false; /* never noted since the floor: noting it would have raised the floor */
    }
    return scopes->slots[at].end > condition->applied_through;
}
