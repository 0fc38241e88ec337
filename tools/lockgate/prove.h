/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCKGATE_PROVE_H
#define TOOLS_LOCKGATE_PROVE_H

/* `lockgate agreement prove FILE.isa [--floor FILE] [--with OTHER.isa ...] [--promise TEXT]`: every
 * promise of the agreement, over it and the others in force beside it, and one more given as
 * `never who: police/ROLE sees: CATEGORY.FIELD without: consent`. Exits EXIT_TOOL_DONE where all
 * hold, EXIT_TOOL_NOT_VERIFIED where one is broken, EXIT_TOOL_FAILED where a file cannot be read or
 * evaluated. */
int tool_agreement_prove(int argc, char **argv);

#endif
