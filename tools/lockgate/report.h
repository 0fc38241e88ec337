/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCKGATE_REPORT_H
#define TOOLS_LOCKGATE_REPORT_H

#include "gateway/wire/reports.h"

/* `lockgate audit report`: the exit code. */
int tool_audit_report(int argc, char **argv);

/* The report on stdout: as text; as CSV (RFC 4180, fields that a spreadsheet would take for a
 * formula after an apostrophe); as one page of HTML, complete in itself. */
void report_text_print(const struct wire_quarter_reply *reply);
void report_csv_print(const struct wire_quarter_reply *reply);
void report_page_print(const struct wire_quarter_reply *reply);

#endif
