/* SPDX-License-Identifier: Apache-2.0 */
/* One question as a line of tab-separated columns, read into what the policy engine takes.
 *
 *   forces      SLOT|suspended|unsigned|PARTIES|PARTIES|PARTIES ;...   parties suspended, not
 * signed and withdrawn, commas between agreement   seconds of UTC   recipient   role   trainings ,
 * source   purpose   basis fields ;    child, adult or empty   case 0/1   second person 0/1 reason
 * for no consent emergency   empty, or NAME|REASON|RATIONALE|AGE or empty|COUNT consents
 * STATE|EXPLICIT|PURPOSES,|CATEGORIES,|RECIPIENTS,|FROM|UNTIL|MS|BY|INDEX|
 *                     KIND|SOURCES, ;...      kind as in `consent is`, objection, or not stated
 * counts AGREEMENT|LIMIT|PERSON|AGENCY|SUBJECT ;...
 *
 * Only the tests write such lines; whatever cannot be read ends the program with its name. */
#ifndef TESTS_ORACLE_DECIDE_LINE_H
#define TESTS_ORACLE_DECIDE_LINE_H

#include "policy/policy.h"

enum { LINE_SLOTS = 64 };

struct line_count {
    struct span agreement;
    struct span limit;
    struct policy_counts counts;
};

/* Spans are borrowed from the line. */
struct line_question {
    struct policy_force *forces;
    size_t force_count;
    struct policy_request request;
    struct consent *consents;
    size_t consent_count;
    struct line_count *counts;
    size_t count_count;
};

/* `policies` holds a compiled agreement at every slot that the line names. */
struct line_question line_read(struct span line, struct policy *const policies[static LINE_SLOTS],
                               struct arena *arena);
/* The column before the next `mark`, taken off the front; empty where nothing is left. */
struct span line_column(struct span *rest, uint8_t mark);
/* Ends the program: a test wrote nonsense, or memory is used up. */
_Noreturn void line_wrong(const char *what);

#endif
