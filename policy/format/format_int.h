/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the formatter: the text taken apart with its comments. */
#ifndef POLICY_FORMAT_FORMAT_INT_H
#define POLICY_FORMAT_FORMAT_INT_H

#include "policy/load/load.h"
#include "policy/text/out.h"

/* One line of comment, from its # on. */
struct note {
    struct span text;
    bool is_indented;
    bool after_blank; /* a blank line stands before it */
};

/* Notes from `first` up to `end`. */
struct notes {
    uint32_t first;
    uint32_t end;
};

/* What belongs to each section and setting of doc, by index. */
struct sheet {
    struct load load; /* doc and kinds */
    struct note *notes;
    uint32_t note_count;
    struct notes *of_settings;
    struct notes *before; /* sections */
    struct notes *behind; /* the settings of a section */
    bool *after_blank;    /* a blank line stands right before the section's own line */
    struct notes at_end;
};

/* Reads a text. CONFIG with the diag filled; LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_sheet_read(struct span text, struct policy *scratch,
                                            struct diag *diag, struct sheet *out_sheet);
/* Reads what was written and compares it word for word with the sheet that it was written from: a
 * formatter that loses or changes one would have people sign what nobody wrote. CONFIG with the
 * sheet's diag filled where it differs; LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_format_check(const struct sheet *sheet, struct span text,
                                              struct policy *scratch);
/* A value in its one form before it is broken into lines. */
void policy_format_value(enum section_kind kind, const char *name, struct span value,
                         struct out *out);
/* Whether the setting holds a list between commas; free text keeps its commas as they are. */
bool policy_format_is_list(enum section_kind kind, const char *name);

#endif
