/* SPDX-License-Identifier: Apache-2.0 */
/* An agreement as it is at one moment. */
#include <stdlib.h>

#include "gateway/agreement/book_int.h"

struct agreement_snapshot {
    struct kept_agreement agreement;
    struct kept_version versions[LIMIT_AGREEMENT_VERSIONS];
    struct kept_act acts[]; /* of all versions, one after the other */
};

static size_t acts_of(const struct kept_agreement *agreement) {
    size_t count = 0;
    for (size_t i = 0; i < agreement->count; i++) {
        count += agreement->versions[i]->count;
    }
    return count;
}

struct lg_err agreement_snapshot_make(const struct kept_agreement *agreement,
                                      struct agreement_snapshot **out_snapshot) {
    struct kept_act *act = NULL;
    size_t size = acts_of(agreement) * sizeof *act; /* bounded by LIMIT_AGREEMENT_ACTS a version */
    struct agreement_snapshot *snapshot = calloc(1, sizeof *snapshot + size);
    if (snapshot == NULL) {
        return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY);
    }
    act = snapshot->acts;
    snapshot->agreement = *agreement;
    for (size_t i = 0; i < agreement->count; i++) {
        struct kept_version *version = &snapshot->versions[i];
        *version = *agreement->versions[i];
        snapshot->agreement.versions[i] = version;
        for (size_t j = 0; j < version->count; j++) {
            act[j] = version->acts[j];
        }
        version->acts = act;
        act += version->count;
    }
    *out_snapshot = snapshot;
    return LG_OK;
}

const struct kept_agreement *agreement_snapshot_of(const struct agreement_snapshot *snapshot) {
    return &snapshot->agreement;
}

void agreement_snapshot_free(struct agreement_snapshot **snapshot) {
    free(*snapshot);
    *snapshot = NULL;
}
