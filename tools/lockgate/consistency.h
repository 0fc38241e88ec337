/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit consistency`: that the log still begins with what it was. */
#ifndef TOOLS_LOCKGATE_CONSISTENCY_H
#define TOOLS_LOCKGATE_CONSISTENCY_H

/* `audit consistency FILE --key VKEYFILE --config FILE`; argv starts after the verb. FILE is an
 * earlier receipt or checkpoint, of which only the signed size and root are used. Fetches the
 * newest checkpoint with the proof between the two, and checks both here. Gives an enum exit_tool;
 * NOT_VERIFIED where the log is shorter now, or another. */
int tool_audit_consistency(int argc, char **argv);

#endif
