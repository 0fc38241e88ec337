/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate completion bash`. */
#ifndef TOOLS_LOCKGATE_COMPLETION_H
#define TOOLS_LOCKGATE_COMPLETION_H

/* Prints a script that completes nouns, verbs and flags in bash. argv starts after the verb. Gives
 * 0, or 2 where there is a word more. */
int tool_completion_bash(int argc, char **argv);

#endif
