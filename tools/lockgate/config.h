/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate config ...`: what a program would say to its file, before it is started with it. */
#ifndef TOOLS_LOCKGATE_CONFIG_H
#define TOOLS_LOCKGATE_CONFIG_H

#include "gateway/config/describe.h"

/* FILE [--as KIND]: reads it as the program would, and what it names. Exit code 0, 1, 2. */
int tool_config_check(int argc, char **argv);
/* FILE [--as KIND] [--json]: every setting with its value and where it comes from. */
int tool_config_show(int argc, char **argv);
/* KIND: what may stand in such a file. */
int tool_config_schema(int argc, char **argv);

/* What the file at `path`, which was taken, names: certificates, keys, texts and folders. CONFIG
 * with a sentence in *diag about the first that the program could not work with. */
LG_MUST_USE struct lg_err config_beside_check(enum config_kind kind, const char *path,
                                              struct diag *diag);

#endif
