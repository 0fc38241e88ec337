/* SPDX-License-Identifier: Apache-2.0 */
/* Findings of a check as people and programs read them. */
#ifndef TOOLS_LOCKGATE_AGREEMENT_FINDINGS_H
#define TOOLS_LOCKGATE_AGREEMENT_FINDINGS_H

#include <stdio.h>

#include "policy/lint/finding.h"

/* Which file a place is in. floor may be NULL. */
struct finding_files {
    const char *agreement;
    const char *floor;
};

/* One line a finding, then the rules that were met: what they are about and what to do. */
void findings_print(FILE *stream, const struct policy_findings *findings,
                    const struct finding_files *files);
/* `"errors":N,"warnings":N,"findings":[...]`, one object a finding: file, code, line, column,
 * sentence, title, why, what_to_do. */
void findings_print_json(FILE *stream, const struct policy_findings *findings,
                         const struct finding_files *files);
/* E rules among them. */
uint32_t findings_errors(const struct policy_findings *findings);

#endif
