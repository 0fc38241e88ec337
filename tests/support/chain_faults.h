/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of a chain that one text of an extension cannot say: keys, signatures, times, who issued
 * what, lists, sizes. */
#ifndef TESTS_SUPPORT_CHAIN_FAULTS_H
#define TESTS_SUPPORT_CHAIN_FAULTS_H

#include "tests/support/chain.h"

/* What a fault made for its plan, freed after both tries. */
struct chain_fault_memory {
    const struct chain_world *world;
    EVP_PKEY *keys[4];
    size_t key_count;
    struct span raw;
    char text[65536];
};

void chain_fault_memory_done(struct chain_fault_memory *memory);

struct chain_fault {
    const char *name;
    bool is_for_both; /* also for a server's chain */
    /* Changes a good plan; without the fault (`is_bad` false) into its twin. */
    void (*make)(struct chain_plan *plan, bool is_bad, struct chain_fault_memory *memory);
    const char
        *why; /* part of what we say to ourselves; "": the library turns it away before that */
};

const struct chain_fault *chain_faults(size_t *out_count);

#endif
