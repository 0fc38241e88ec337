/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement ...` against a gateway: what an officer of a party does with an agreement in
 * the course of its life. argv starts after the verb. Exit codes: 0; 1 where something cannot be
 * read or the gateway takes it as wrong; 2; 3 where the state or the party does not allow it; 6
 * where the gateway cannot be reached. */
#ifndef TOOLS_LOCKGATE_LIFE_H
#define TOOLS_LOCKGATE_LIFE_H

int tool_agreement_propose(int argc, char **argv);
/* With --config at a gateway, else beside the file (agreement_sign.h). */
int tool_agreement_sign(int argc, char **argv);
int tool_agreement_refuse(int argc, char **argv);
int tool_agreement_activate(int argc, char **argv);
int tool_agreement_suspend(int argc, char **argv);
int tool_agreement_resume(int argc, char **argv);
int tool_agreement_withdraw(int argc, char **argv);
int tool_agreement_review(int argc, char **argv);
int tool_agreement_end(int argc, char **argv);
/* Days of review and last days that are due within 90, 30 or 7 days, or have passed. */
int tool_agreement_due(int argc, char **argv);
int tool_agreement_list(int argc, char **argv);
/* `show ID --config FILE`. */
int tool_agreement_show_at(int argc, char **argv);

#endif
