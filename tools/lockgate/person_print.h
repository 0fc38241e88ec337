/* SPDX-License-Identifier: Apache-2.0 */
/* An answer as people read it, and its receipts as files. */
#ifndef TOOLS_LOCKGATE_PERSON_PRINT_H
#define TOOLS_LOCKGATE_PERSON_PRINT_H

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"

void person_verdict_print(const struct verdict *verdict);

/* A line for each agency with its state, below it the items with their standing, then what was held
 * back and why; at the end the receipts. LIMIT when the arena is full; PEER where a part cannot be
 * read. */
LG_MUST_USE struct lg_err person_answer_print(const struct ask_reply *reply, struct arena *arena);

/* FOLDER/SOURCE.proof and SOURCE.part for each part (the part is what the receipt commits to), and
 * FOLDER/refusal.proof where all was refused. STORE with a sentence in *diag. */
LG_MUST_USE struct lg_err person_receipts_write(const struct ask_reply *reply, const char *folder,
                                                struct arena *arena, struct diag *diag);

#endif
