/* SPDX-License-Identifier: Apache-2.0 */
/* Our own short lists of words. */
#ifndef TOOLS_DEMO_NAMES_H
#define TOOLS_DEMO_NAMES_H

#include <stddef.h>

struct demo_words {
    const char *const *words;
    size_t count;
};

enum demo_list {
    DEMO_GIVEN_NAMES,
    DEMO_FAMILY_NAMES,
    DEMO_STREETS,
    DEMO_WORKERS,
    DEMO_PRACTICES,
    DEMO_CONDITIONS,
    DEMO_MEDICINES,
    DEMO_OFFENCES,
    DEMO_GOALS,
    DEMO_LISTS,
};

struct demo_words demo_words(enum demo_list list);

/* Places with their outward postcodes. */
struct demo_place {
    const char *name;
    const char *outward;
};
const struct demo_place *demo_places(size_t *out_count);

#endif
