/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the printed forms: the agreement's text, section by section. */
#ifndef POLICY_PRINT_PRINT_INT_H
#define POLICY_PRINT_PRINT_INT_H

#include "policy/load/load.h"
#include "policy/print/print.h"
#include "policy/text/out.h"

struct print {
    const struct policy *policy;
    struct load load; /* doc and kinds of the text */
    struct out out;
};

/* Reads the text of a policy, which compiled before. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_print_begin(const struct policy *policy, struct arena *arena,
                                             struct policy *scratch, struct print *out_print);
/* The raw value of a setting of a section, ptr NULL where it lacks it. */
struct span policy_print_setting(const struct print *print, uint32_t section, const char *name);
/* The section that defines a name of this kind, UINT32_MAX where there is none. */
uint32_t policy_print_section(const struct print *print, enum section_kind kind, struct span name);
/* "LABEL: TEXT" from a column on, broken at blanks before column 81, further lines indented by two
 * more. An empty text leaves a line to write on. */
void policy_print_line(struct out *out, size_t indent, const char *label, struct span text);
/* Words of a value in one line, from the arena; ptr NULL where memory is used up. */
struct span policy_print_words(struct print *print, struct span value);
/* How a share clause treats a datum: "pass", "generalise by ward". */
struct span policy_print_treatment(struct print *print, const struct datum *datum);
/* The section of a clause by its line. */
uint32_t policy_print_clause(const struct print *print, const struct policy_clause *clause);
const char *policy_print_class(enum policy_class data_class);

#endif
