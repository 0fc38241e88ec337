/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement ...`: what can be done with the text of an agreement, offline. Every argv
 * starts after the verb; every function gives 2 for wrong usage. */
#ifndef TOOLS_LOCKGATE_AGREEMENT_H
#define TOOLS_LOCKGATE_AGREEMENT_H

/* `agreement check FILE.isa [--floor FILE] [--register FILE] [--cases FILE.csv] [--json]`. Prints
 * each finding as `FILE:LINE:COLUMN: CODE sentence`, then what each rule is about; then what the
 * agreement holds, or each column of a case that differs and `N passed, N failed`. With --json all
 * of it is one object. Gives 0, doubts (W) or not; 1 where a file cannot be read or evaluated; 5
 * where a case failed. */
int tool_agreement_check(int argc, char **argv);

/* `agreement format FILE.isa [--write | --check]`. Prints the one form of the text; --write puts it
 * in place of the file, --check prints what differs and gives 1 where anything does. 1 too where
 * the file cannot be read, put into its form or written. */
int tool_agreement_format(int argc, char **argv);

/* `agreement show FILE.isa [--as text|schedule|processing|json|decision-form] [--floor FILE]
 * [--register FILE]`.
 * Prints a form of the agreement. Gives 0, or 1 where it cannot be read or evaluated. */
int tool_agreement_show(int argc, char **argv);

#endif
