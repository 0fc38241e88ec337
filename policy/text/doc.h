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
#ifndef POLICY_TEXT_DOC_H
#define POLICY_TEXT_DOC_H

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "policy/lint/finding.h"

/* value runs over its lines as they stand in the file, comments between them blanked out: every
 * word keeps its own line and column. */
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
    struct span text; /* of the file, byte for byte but for comments, which are blank */
    struct doc_section *sections;
    uint32_t section_count;
    struct doc_setting *settings;
    uint32_t setting_count;
};

/* Reads the text into the arena, into which all spans point. CONFIG with the diag filled; LIMIT
 * POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_doc_read(struct span text, struct arena *arena, struct diag *diag,
                                          struct doc *out_doc);
/* The same with as many faults as there are (E00, E14); CONFIG where there is one. */
LG_MUST_USE struct lg_err policy_doc_check(struct span text, struct arena *arena,
                                           const struct policy_faults *faults, struct doc *out_doc);
/* Line and column of a byte of doc->text; false where ptr is not one. */
bool policy_doc_spot(const struct doc *doc, const uint8_t *ptr, uint32_t *out_line,
                     uint32_t *out_column);

#endif
