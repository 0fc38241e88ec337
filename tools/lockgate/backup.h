/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate backup make|check|restore`: on the host of the gateway, as the gateway's user. Exit
 * codes of exit.h. */
#ifndef TOOLS_LOCKGATE_BACKUP_H
#define TOOLS_LOCKGATE_BACKUP_H

int tool_backup_make(int argc, char **argv);
int tool_backup_check(int argc, char **argv);
int tool_backup_restore(int argc, char **argv);

#endif
