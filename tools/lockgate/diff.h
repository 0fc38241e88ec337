/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCKGATE_DIFF_H
#define TOOLS_LOCKGATE_DIFF_H

/* `lockgate agreement diff OLD.isa NEW.isa [--floor FILE] [--json]`: what a new version changes, a
 * line for each way. Exits EXIT_TOOL_DONE where nothing becomes more visible (no difference, words
 * only, stronger, gone), EXIT_TOOL_REFUSED where something is newly visible, weaker or changed both
 * ways, EXIT_TOOL_FAILED where a file cannot be read or evaluated. */
int tool_agreement_diff(int argc, char **argv);

#endif
