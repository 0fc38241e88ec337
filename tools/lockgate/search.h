/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit search|tail|export|show`: the log as an officer of one agency may read it. Every
 * call is logged before anything is shown. argv starts after the verb. Gives 0, also where nothing
 * was found; 3 where it was refused; 5 where a proof does not hold; 6 where the gateway cannot be
 * reached; 1 and 2. */
#ifndef TOOLS_LOCKGATE_SEARCH_H
#define TOOLS_LOCKGATE_SEARCH_H

/* A table, or with --json the reply of each page on a line. */
int tool_audit_search(int argc, char **argv);
/* What is new, every so often, oldest first within a page; looks themselves are left out. */
int tool_audit_tail(int argc, char **argv);
/* The receipts of everything found, one after the other, for `audit verify`; each was checked. */
int tool_audit_export(int argc, char **argv);
/* One entry: the decision by axes, items and marks, and whether its proof holds. */
int tool_audit_show(int argc, char **argv);

#endif
