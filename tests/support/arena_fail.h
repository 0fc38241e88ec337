/* SPDX-License-Identifier: Apache-2.0 */
/* Each request to an arena failing in turn, one by one: not the few blocks that an arena takes, but
 * every piece that is asked of one. The linker puts these functions in place of the arena's own
 * (tests/unit/CMakeLists.txt, policy_arena*_test); the one that fails leaves the arena failed, as
 * the real ones do. */
#ifndef TESTS_SUPPORT_ARENA_FAIL_H
#define TESTS_SUPPORT_ARENA_FAIL_H

#include <stdbool.h>

#include "gateway/base/arena.h"

/* What is tried. Gives what the module gave; arena is empty and its own. */
typedef struct lg_err (*arena_attempt)(void *ctx, struct arena *arena);

/* The attempt once for each request that it makes, that one failing: it says LIMIT, or goes well
 * where it does without. At the end once more with none. Fails the test otherwise. */
void arena_fail_each(void *ctx, arena_attempt attempt);

/* While it is paused nothing fails and nothing is counted: for what a test does of its own in
 * between. Gives what it was before. */
bool arena_fail_pause(bool pause);

#endif
