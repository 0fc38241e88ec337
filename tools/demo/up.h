/* SPDX-License-Identifier: Apache-2.0 */
/* The demo partnership as a whole. */
#ifndef TOOLS_DEMO_UP_H
#define TOOLS_DEMO_UP_H

#include <stdbool.h>

#include "tools/demo/site.h"

/* Makes what is missing, starts every program, waits until each answers its health check and puts
 * the people into the index. Does nothing where all of it runs already. Says on stderr what it
 * does. On an error nothing is left running. */
LG_MUST_USE struct lg_err demo_up(struct demo_site *site, struct diag *diag);
/* Ends the programs that `up` started; the folder stays. *out_count: how many ran. */
void demo_down(const struct demo_site *site, size_t *out_count);
/* Prints what runs and where; false where not all of it does. */
bool demo_status(const struct demo_site *site, FILE *out);

#endif
