/* SPDX-License-Identifier: Apache-2.0 */
/* Checking an agreement before it is proposed: every fault that stops it, and every doubt that the
 * lead has to answer before anybody signs (design, 15.3). Pure, like the rest of policy. */
#ifndef POLICY_LINT_LINT_H
#define POLICY_LINT_LINT_H

#include "policy/lint/finding.h"
#include "policy/policy.h"
#include "policy/register/register.h"

/* As policy_compile, but goes on after a fault and adds all that do not follow from another one:
 * first those of lines (E00, E14), then of sections and settings, of values, of rules, of promises;
 * each step is taken only where the text was sound so far. CONFIG POLICY_TEXT_WRONG with at least
 * one finding; LIMIT POLICY_MEMORY. Findings come sorted by place. */
LG_MUST_USE struct lg_err policy_check(struct span text, struct span floor,
                                       struct policy_findings *findings,
                                       struct policy **out_policy);

/* The same under a register of statutes, as policy_compile_law; law may be NULL. */
LG_MUST_USE struct lg_err policy_check_law(struct span text, struct span floor,
                                           const struct policy_register *law,
                                           struct policy_findings *findings,
                                           struct policy **out_policy);

/* Adds what the lead has to answer (W rules), sorted by place. A finding is no refusal: the same
 * agreement may be signed once it is answered. Work space comes from the arena of the findings,
 * some ten times the text and a bit for each role and category. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_lint(const struct policy *policy,
                                      struct policy_findings *findings);

#endif
