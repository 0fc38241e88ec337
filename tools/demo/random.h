/* SPDX-License-Identifier: Apache-2.0 */
/* A generator of numbers that gives the same ones for the same seed, everywhere and for good
 * (SplitMix64). For made-up people only; nothing secret comes from it. */
#ifndef TOOLS_DEMO_RANDOM_H
#define TOOLS_DEMO_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct demo_random {
    uint64_t state;
};

/* `stream` keeps the numbers of one use apart from those of another, so that a change to one kind
 * of data leaves the others as they were. */
struct demo_random demo_random_of(uint64_t seed, uint64_t stream);
uint64_t demo_random_next(struct demo_random *random);
/* 0 to below - 1; below at least 1. */
uint32_t demo_random_below(struct demo_random *random, uint32_t below);
/* low to high, both included. */
int demo_random_between(struct demo_random *random, int low, int high);
/* True in `percent` of 100 draws. */
bool demo_random_chance(struct demo_random *random, uint32_t percent);
/* Mixes the order of the indices. */
void demo_random_shuffle(struct demo_random *random, uint32_t *indices, size_t count);

#endif
