/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate explain ...` and `lockgate can ask`: why, and whether. */
#ifndef TOOLS_LOCKGATE_EXPLAIN_H
#define TOOLS_LOCKGATE_EXPLAIN_H

/* `explain CODE`: the sentence of a reason code. `explain ID --config FILE ...`: the decision in
 * the log's entry of that index, or of the question with that request id in hex. Gives 0; 3 where
 * it is not explained to this caller; 6 where the gateway cannot be reached; 1 and 2. argv starts
 * at the name. */
int tool_explain(int argc, char **argv);
/* `can ask --config FILE ...`: what `Ask` would be allowed to do; nothing is looked up. Gives 0
 * where all of it is permitted, 3 where none is, 4 where some is. argv starts after the verb. */
int tool_can_ask(int argc, char **argv);

#endif
