/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/demo/random.h"

#include "gateway/base/assert.h"

struct demo_random demo_random_of(uint64_t seed, uint64_t stream) {
    struct demo_random random = {.state = seed * 0x9e3779b97f4a7c15U + stream};
    (void)demo_random_next(&random);
    return random;
}

uint64_t demo_random_next(struct demo_random *random) {
    random->state += 0x9e3779b97f4a7c15U;
    uint64_t mixed = random->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

uint32_t demo_random_below(struct demo_random *random, uint32_t below) {
    ASSERT(below > 0);
    return (uint32_t)((demo_random_next(random) >> 32) * below >> 32);
}

int demo_random_between(struct demo_random *random, int low, int high) {
    ASSERT(low <= high);
    return low + (int)demo_random_below(random, (uint32_t)(high - low) + 1);
}

bool demo_random_chance(struct demo_random *random, uint32_t percent) {
    return demo_random_below(random, 100) < percent;
}

void demo_random_shuffle(struct demo_random *random, uint32_t *indices, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t other = demo_random_below(random, (uint32_t)i);
        uint32_t held = indices[i - 1];
        indices[i - 1] = indices[other];
        indices[other] = held;
    }
}
