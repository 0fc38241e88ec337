/* SPDX-License-Identifier: Apache-2.0 */
/* The National Data Opt-Out at the agency (NHS England, "Check for National Data Opt-outs"
 * service): the agency sends NHS numbers, and the result names those that may be used, one a line:
 *
 *   file   = [BOM] ["date: " YYYY-MM-DD eol] *line     the date exactly where the mapping has none
 *   line   = [number [","]] eol                        number: ten digits, blanks around and inside
 *   eol    = LF / CR LF
 *
 * Who is in the result may be used. Of a person whose number is not in it the opt-out applies, and
 * of one without a usable number nothing is known. Numbers are looked up here and go nowhere. */
#ifndef TOOLS_CONNECTOR_OPT_OUT_H
#define TOOLS_CONNECTOR_OPT_OUT_H

#include <stdio.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/config/mapping.h"
#include "gateway/model/model.h"

struct connector_opt_out;

/* Reads the result that the mapping names; now_ms: UTC. *out_opt_out is NULL where it names none.
 * CONFIG CONNECTOR_OPT_OUT with line and sentence (never a number) in *diag: a file that cannot be
 * read, a line that is no number or has a wrong check digit, no numbers at all, a date that is
 * missing, none of the calendar or after today; LIMIT CONNECTOR_MEMORY. */
LG_MUST_USE struct lg_err connector_opt_out_open(const struct mapping *mapping, int64_t now_ms,
                                                 struct diag *diag,
                                                 struct connector_opt_out **out_opt_out);
/* The same from a stream, which stays the caller's. */
struct connector_opt_out_file {
    FILE *stream;
    const char *name; /* for the diag */
    const char *date; /* NULL: the first line says it */
};
LG_MUST_USE struct lg_err connector_opt_out_read(const struct connector_opt_out_file *file,
                                                 int64_t now_ms, struct diag *diag,
                                                 struct connector_opt_out **out_opt_out);
/* Accepts NULL; wipes. */
void connector_opt_out_close(struct connector_opt_out **opt_out);

/* Lines with a number, those that are there twice counted twice; 1 or more. */
size_t connector_opt_out_count(const struct connector_opt_out *opt_out);

/* What the result says of a person; NOT_STATED for a NULL one. */
enum opt_out connector_opt_out_of(const struct connector_opt_out *opt_out,
                                  const struct identity *identity);
/* YYYY-MM-DD of the result; empty for NOT_STATED. */
struct span connector_opt_out_day(const struct connector_opt_out *opt_out, enum opt_out state);

#endif
