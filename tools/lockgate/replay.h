/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCKGATE_REPLAY_H
#define TOOLS_LOCKGATE_REPLAY_H

/* `lockgate agreement replay DRAFT.isa`: with --records over a file of exported records, as
 * tool_agreement_rehearse; with --config FILE --from DATE --to DATE --user ID --role ID
 * [--expected FILE] [--json] over the log of a gateway, whose officer asks. Both days are UTC, and
 * both belong to the period. Exits as tool_agreement_rehearse, EXIT_TOOL_REFUSED also where the
 * gateway refuses, EXIT_TOOL_UNREACHABLE where it does not answer. */
int tool_agreement_replay(int argc, char **argv);

#endif
