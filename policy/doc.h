/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of an `.isa` file, before any of its words means anything.
 *
 *   section   at the left margin: a kind, then its own words
 *   setting   indented by two spaces: NAME: VALUE
 *   more      indented by four spaces or more: the value goes on
 *   comment   the first character that is not a space is #
 *
 * One form only, so that the text that is signed is the text that was read: UTF-8 without a byte
 * order mark, lines end in LF, no tabs, no character that a reviewer cannot see. */
#ifndef POLICY_DOC_H
#define POLICY_DOC_H

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

/* value holds one '\n' for each line break inside it, so that a word's own line can be told. */
struct doc_setting {
    struct span name;
    struct span value;
    uint32_t line;
};

struct doc_section {
    struct span kind;
    struct span head; /* what follows the kind on its line */
    uint32_t line;
    uint32_t first; /* of its settings */
    uint32_t count;
};

struct doc {
    struct doc_section *sections;
    uint32_t section_count;
    struct doc_setting *settings;
    uint32_t setting_count;
};

/* Reads the text into the arena. Spans point into text or arena. CONFIG with the diag filled;
 * LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_doc_read(struct span text, struct arena *arena, struct diag *diag,
                                          struct doc *out_doc);

#endif
