/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement ...`: what can be done with an agreement offline. */
#ifndef TOOLS_LOCKGATE_AGREEMENT_H
#define TOOLS_LOCKGATE_AGREEMENT_H

/* `agreement check FILE.isa [--floor FILE] [--cases FILE.csv]`; argv starts after the verb. Prints
 * what the agreement holds, or each column of a case that differs and `N passed, N failed`. Gives
 * 0; 1 where a file cannot be read or evaluated; 2 for wrong usage; 5 where a case failed. */
int tool_agreement_check(int argc, char **argv);

#endif
