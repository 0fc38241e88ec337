/* SPDX-License-Identifier: Apache-2.0 */
/* Settings as words: what a difference in one means, inside policy/compare only. */
#ifndef POLICY_COMPARE_SECTIONS_INT_H
#define POLICY_COMPARE_SECTIONS_INT_H

#include "policy/compare/compare.h"
#include "policy/text/doc.h"
#include "policy/text/words.h"

/* Which section became which: a number in the other text, POLICY_NONE where it has none. */
struct texts {
    struct doc before;
    struct doc after;
    uint32_t *match_before;
    uint32_t *match_after;
};

/* How a difference is read. */
enum term_how {
    TERM_CHANGED, /* no direction */
    TERM_TEXT,    /* words that decide nothing: class TEXT */
    TERM_LIST,    /* a list without an order */
    TERM_MORE,    /* a list: more items are weaker, fewer stronger */
    TERM_RISING,  /* "30 days": longer is weaker */
    TERM_FALLING, /* "at least 40 characters": more is stronger */
    TERM_RATE,    /* "5 per person in 1 day" */
    TERM_GUARD,   /* its coming is stronger, its going weaker */
    TERM_FLAG,    /* likewise of `yes` */
    TERM_OPT_OUT, /* "national, at most 7 days old" or "none": longer is weaker, `none` weakest */
    TERM_OVERDUE, /* "second person from 3, refused from 6": sooner is stronger */
};

/* The kind of a section; of a clause: share, never or enrol. */
struct span policy_section_kind(const struct doc_section *section);
/* NULL where the section does not have it. */
const struct doc_setting *
policy_section_setting(const struct doc *doc, const struct doc_section *section, struct span name);
enum term_how policy_term_how(struct span kind, struct span setting);
/* The same but for blanks, line breaks and the order of a list. */
bool policy_term_same(enum term_how how, struct span before, struct span after);
/* Of a difference; either is NULL where that version is silent. */
enum policy_change_class policy_term_class(enum term_how how, const struct doc_setting *before,
                                           const struct doc_setting *after);
/* Of a section that only one version has. */
enum policy_change_class policy_term_alone(struct span kind, bool is_after);
/* Settings of cells (bits of enum cell_setting) through which a setting of a share clause shows; 0
 * for those that say which cells it governs. */
uint32_t policy_term_cells(struct span setting);

#endif
