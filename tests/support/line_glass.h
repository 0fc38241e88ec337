/* SPDX-License-Identifier: Apache-2.0 */
/* The line's world under an agreement with break-glass: care/worker and care/senior may declare it,
 * three a day for four hours, and only the senior's sets a refusal aside. Arrears of homes, the
 * school's attendance (for the senior) and the trust's status need a consent or an emergency; the
 * trust's allergies need none, but an objection refers. */
#ifndef TESTS_SUPPORT_LINE_GLASS_H
#define TESTS_SUPPORT_LINE_GLASS_H

#include "tests/support/line_world.h"

/* For each test, in place of line_world_open. */
int line_glass_open(void **state);
/* Homes about somebody, under an emergency of an adult who cannot consent. */
struct line_ask line_glass_ask(struct line_world *w, const struct person_id *person);
/* The same under an earlier declaration, with no words of its own. */
struct line_ask line_glass_again(struct line_world *w, const struct person_id *person,
                                 const struct review_id *id);
/* The verdict's code; fails the test where it is another. */
void line_glass_expect(const struct line_ask *ask, const char *code);
/* The code under which arrears were held back, "" where they were shared. */
const char *line_glass_refusal(const struct line_ask *ask);
/* Declares anew, and line_glass_refusal of that; out_id: its case, may be NULL. */
const char *line_glass_declare(struct line_world *w, const struct person_id *person,
                               struct review_id *out_id);

#endif
