/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCKGATE_REHEARSE_H
#define TOOLS_LOCKGATE_REHEARSE_H

#include "policy/compare/rehearse.h"

/* `lockgate agreement replay DRAFT.isa --records FILE [--expected FILE] [--floor FILE]
 * [--totals] [--json]`:
 * what the draft would have answered to questions that were asked. The file of what is expected has
 * a line `CLAUSE ROLE PURPOSE` for each row that may be newly visible (# begins a remark). Exits
 * EXIT_TOOL_DONE, EXIT_TOOL_REFUSED where a row is newly visible that is not expected,
 * EXIT_TOOL_FAILED where a file cannot be read or evaluated. */
int tool_agreement_rehearse(int argc, char **argv);

/* How a report is printed. is_totals: as it may be attached to a proposal (rehearse_totals.h). */
struct rehearse_form {
    bool is_totals;
    bool is_json;
};

/* Prints a report and gives the exit code by what is expected. */
enum { REHEARSE_EXPECTED_SIZE_MAX = 1048576 };
int rehearse_tell(const struct policy_rehearsal *report, struct span expected,
                  struct rehearse_form form);

#endif
