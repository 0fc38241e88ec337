/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of the newest LIMIT_AUDIT_HINTS entries, filled by the sequencer before it publishes them.
 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/audit/hints.h"

#include <stdlib.h>

#include "gateway/audit/audit_int.h"
#include "gateway/base/assert.h"
#include "gateway/base/limits_index.h"

struct audit_hints {
    pthread_mutex_t lock;
    uint64_t first; /* of this process */
    uint64_t end;
    struct audit_hint ring[LIMIT_AUDIT_HINTS];
};

struct lg_err audit_hints_new(uint64_t size, struct audit_hints **out_hints) {
    struct audit_hints *hints = calloc(1, sizeof *hints);
    if (hints == NULL || pthread_mutex_init(&hints->lock, NULL) != 0) {
        free(hints);
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    hints->first = size;
    hints->end = size;
    *out_hints = hints;
    return LG_OK;
}

void audit_hints_free(struct audit_hints **hints) {
    if (*hints != NULL) {
        (void)pthread_mutex_destroy(&(*hints)->lock);
        vault_wipe(*hints, sizeof **hints);
        free(*hints);
        *hints = NULL;
    }
}

void audit_hints_add(struct audit_hints *hints, struct receipt *const *receipts, size_t count) {
    (void)pthread_mutex_lock(&hints->lock);
    for (size_t i = 0; i < count; i++) {
        ASSERT(receipts[i]->index == hints->end);
        hints->ring[hints->end % LIMIT_AUDIT_HINTS] = (struct audit_hint){
            .is_known = true,
            .has_person = receipts[i]->has_person,
            .person = receipts[i]->person,
        };
        hints->end++;
    }
    (void)pthread_mutex_unlock(&hints->lock);
}

void audit_hint_find(struct audit_log *log, uint64_t index, struct audit_hint *out_hint) {
    struct audit_hints *hints = log->hints;
    *out_hint = (struct audit_hint){.is_known = false};
    (void)pthread_mutex_lock(&hints->lock);
    if (index >= hints->first && index < hints->end && hints->end - index <= LIMIT_AUDIT_HINTS) {
        *out_hint = hints->ring[index % LIMIT_AUDIT_HINTS];
    }
    (void)pthread_mutex_unlock(&hints->lock);
}
