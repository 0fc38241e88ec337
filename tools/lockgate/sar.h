/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate sar open|list|extend|pause|resume|withhold|reveal|close|collect|export`: subject access
 * requests of an officer's agency. argv starts after the verb; exit codes of exit.h. */
#ifndef TOOLS_LOCKGATE_SAR_H
#define TOOLS_LOCKGATE_SAR_H

int tool_sar_open(int argc, char **argv);
int tool_sar_list(int argc, char **argv);
int tool_sar_extend(int argc, char **argv);
int tool_sar_pause(int argc, char **argv);
int tool_sar_resume(int argc, char **argv);
/* Looks first whether the line is one of the report. */
int tool_sar_withhold(int argc, char **argv);
int tool_sar_reveal(int argc, char **argv);
int tool_sar_close(int argc, char **argv);
/* The lines as the officer reads them, with marks. */
int tool_sar_collect(int argc, char **argv);
/* What the person gets, on standard output. */
int tool_sar_export(int argc, char **argv);

#endif
