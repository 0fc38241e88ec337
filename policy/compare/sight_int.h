/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader of a replay may be told, inside policy/compare only.
 *
 * A draft is a question that its author words freely: put to one answer it would tell whatever the
 * record of that answer holds. So what a party was not told when the question was asked, it is not
 * told by a replay either, and whether something is held back follows from the question and the
 * texts alone, never from what was found:
 *
 *   a source whose clause does not tell who asks has no part in the replay of that answer
 *   who asked has none in fields that hang on the person's consent, objection or opt-out, where
 * data is sensitive or hidden; and how often others asked about the person is left out of account
 * for all that it reads */
#ifndef POLICY_COMPARE_SIGHT_INT_H
#define POLICY_COMPARE_SIGHT_INT_H

#include "policy/decide/permit_int.h"
#include "policy/explain/explain.h"

/* Whether the reader may be told of this source's answer at all. reader 0: of everything. */
bool policy_sight_of_source(const struct permit *decided, struct span source,
                            enum policy_reader reader);

/* A field of one source under both texts. */
struct sight_field {
    const struct permit *decided;
    const struct permit *draft;
    struct span source;
    struct span field;
};
enum sight {
    SIGHT_NOTHING,
    SIGHT_TEXTS, /* of what the texts say, but not of what is recorded of the person */
    SIGHT_ALL,
};
enum sight policy_sight_of_field(const struct sight_field *it, enum policy_reader reader);

/* Whether consent, objection or opt-out of the person may decide on the field. */
bool policy_sight_hangs_on_person(const struct permit *permit, struct span source,
                                  struct span field);

/* A reason as the reader may read it. */
enum policy_reason policy_sight_reason(const struct policy_ruling *ruling,
                                       enum policy_reader reader);

/* What is known of a source that was not asked: nothing of the person, no use of a limit. LIMIT
 * POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_sight_of_nobody(const struct permit *permit, struct arena *arena,
                                                 struct policy_facts *out_facts);
/* Leaves out how often anybody asked about the person. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_sight_drop_subject(struct arena *arena,
                                                    struct policy_facts *facts);

#endif
