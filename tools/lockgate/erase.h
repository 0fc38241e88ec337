/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate erase subject|hold|quarter|decide|list`: what officers do about erasure. Exit codes of
 * exit.h. */
#ifndef TOOLS_LOCKGATE_ERASE_H
#define TOOLS_LOCKGATE_ERASE_H

int tool_erase_subject(int argc, char **argv);
int tool_erase_hold(int argc, char **argv);
int tool_erase_quarter(int argc, char **argv);
int tool_erase_decide(int argc, char **argv);
int tool_erase_list(int argc, char **argv);

#endif
