/* SPDX-License-Identifier: Apache-2.0 */
/* The whole set of the demo's sources in one call. */
#ifndef TOOLS_DEMO_GENERATE_H
#define TOOLS_DEMO_GENERATE_H

#include <stdio.h>

#include "tools/demo/sources.h"

/* Sources, mappings and `canaries` into the folder, which is made where it is missing. */
LG_MUST_USE struct lg_err demo_generate(const struct demo_world *world, const char *folder,
                                        struct diag *diag);
/* The achieved shares, for people. */
void demo_statistics_print(const struct demo_world *world, FILE *file);

#endif
