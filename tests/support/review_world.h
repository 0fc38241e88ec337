/* SPDX-License-Identifier: Apache-2.0 */
/* A store with review cases, as the log makes them: one case of the police about an emergency, in
 * which homes and school were asked. */
#ifndef TESTS_SUPPORT_REVIEW_WORLD_H
#define TESTS_SUPPORT_REVIEW_WORLD_H

#include "gateway/review/review.h"
#include "tests/support/store_support.h"

enum { REVIEW_DAY_MS = 24 * 3600 * 1000 };

extern const struct review_id review_first; /* {{1}} */

struct review_world {
    struct store_support s;
    uint64_t size;
};

struct review_opening review_emergency(struct review_id id);
void review_commit(struct review_world *w, struct span body);
void review_open(struct review_world *w, const struct review_opening *opening);
struct review_case review_case_of(struct review_world *w, struct review_id id);
struct review_act review_act_of(enum review_act_kind kind, const char *user);
void review_do(struct review_world *w, const struct review_act *act);
enum review_fault review_check(struct review_world *w, const struct review_act *act);
struct review_act review_closing_of(const char *user);
size_t review_listed(struct review_world *w, const char *agency, bool open,
                     struct store_review_side **out_sides);

#endif
