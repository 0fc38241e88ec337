/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCKGATE_RECONCILE_H
#define TOOLS_LOCKGATE_RECONCILE_H

/* `lockgate audit reconcile`: the exit code; EXIT_TOOL_NOT_VERIFIED where there are differences. */
int tool_audit_reconcile(int argc, char **argv);

#endif
