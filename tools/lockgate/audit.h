/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit ...`: what the holder of a receipt can do without anybody's help. */
#ifndef TOOLS_LOCKGATE_AUDIT_H
#define TOOLS_LOCKGATE_AUDIT_H

/* `audit verify FILE --key VKEYFILE [--payload FILE] [--witness FILE [--quorum N]] [--html]`; argv
 * starts after the verb. FILE holds one receipt or several, VKEYFILE the log's verifier key, the
 * payload file the bytes that one of the receipts is about, the witness file one verifier key a
 * line, of which a quorum (all) must have cosigned each checkpoint. Prints what was checked for
 * each, and VERIFIED when everything held, or a page to print (nothing where it did not). Gives 0;
 * 1 where a file cannot be read; 2 for wrong usage; 5 where something did not hold. */
int tool_audit_verify(int argc, char **argv);

#endif
