/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate duty list|take|attest`: what officers see to about what was received. Exit codes of
 * exit.h. */
#ifndef TOOLS_LOCKGATE_DUTY_H
#define TOOLS_LOCKGATE_DUTY_H

int tool_duty_list(int argc, char **argv);
int tool_duty_take(int argc, char **argv);
int tool_duty_attest(int argc, char **argv);

#endif
