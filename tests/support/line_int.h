/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the line's world share. */
#ifndef TESTS_SUPPORT_LINE_INT_H
#define TESTS_SUPPORT_LINE_INT_H

#include "tests/support/line_world.h"

void line_agencies_open(struct line_world *world);
void line_keys_open(struct line_world *world);
/* Both. */
void line_agencies_close(struct line_world *world);

#endif
