/* SPDX-License-Identifier: Apache-2.0 */
/* The one way to write an agreement, so that two people who mean the same sign the same bytes.
 *
 *   sections    in their order, one blank line between them; short ones of a kind (one setting at
 *               most) may stand without, if their author wrote none
 *   settings    in the order of the language, `name: value`, indented by two spaces
 *   lists       one space behind each comma, broken behind commas
 *   values      one space between words, broken before column 81, going on indented by four
 *   comments    before a setting: with it; indented behind the last: the end of their section;
 *               others: before the next section, their blank lines kept as one each
 *
 * The order of sections and of items is the author's: the first of two emergencies is tried first.
 * The result reads to the same sections, settings and words as the text (checked each time), and
 * formats to itself. */
#ifndef POLICY_FORMAT_FORMAT_H
#define POLICY_FORMAT_FORMAT_H

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

/* Needs sections and settings in order (E00, E14 and the E01 of names of settings), not values: a
 * draft can be formatted before it compiles. Works for a floor as well. The text comes from the
 * arena. CONFIG POLICY_TEXT_WRONG with the diag filled, also where the text in its one form would
 * be larger than allowed; LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_format(struct span text, struct arena *arena, struct diag *diag,
                                        struct span *out_text);

#endif
