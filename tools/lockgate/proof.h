/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit proof INDEX`: an entry's receipt from the gateway, as text. */
#ifndef TOOLS_LOCKGATE_PROOF_H
#define TOOLS_LOCKGATE_PROOF_H

/* argv starts after the verb. Prints the receipt (c2sp.org/tlog-proof) on stdout and nothing else.
 * Gives an enum exit_tool; REFUSED with the gateway's sentence where the entry is not shown. */
int tool_audit_proof(int argc, char **argv);

#endif
