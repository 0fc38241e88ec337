/* SPDX-License-Identifier: Apache-2.0 */
/* One question as a line of tab-separated columns, read into what the policy engine takes.
 *
 *   forces      SLOT|suspended|unsigned|PARTIES|PARTIES|PARTIES ;...   parties that suspended, did
 *               not sign, withdrew, commas between
 *   agreement, seconds of UTC, recipient, role
 *   trainings   , between
 *   source, purpose, basis
 *   fields      ; between
 *   child, adult or empty; case 0/1; second person 0/1; reason for no consent
 *   emergency   empty, or NAME|REASON|RATIONALE|AGE or empty|COUNT|OVERDUE|CAPACITY
 *   consents    STATE|EXPLICIT|PURPOSES,|CATEGORIES,|RECIPIENTS,|FROM|UNTIL|MS|BY|INDEX|KIND|
 *               SOURCES, ;...   kind as in `consent is`, objection, or not stated
 *   counts      AGREEMENT|LIMIT|PERSON|AGENCY|SUBJECT ;...
 *   law         STATEMENT 0/1;COMPELLING REASON 0/1;NECESSITY five of 0/1;CAPACITY;OPT-OUT empty or
 *               APPLIES 0/1|DAY;HOLDER WITHHOLDS 0/1
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
    struct policy_opt_out opt_out;
    bool holder_withholds;
};

/* `policies` holds a compiled agreement at every slot that the line names. */
struct line_question line_read(struct span line, struct policy *const policies[static LINE_SLOTS],
                               struct arena *arena);
/* The column before the next `mark`, taken off the front; empty where nothing is left. */
struct span line_column(struct span *rest, uint8_t mark);
/* Ends the program: a test wrote nonsense, or memory is used up. */
_Noreturn void line_wrong(const char *what);

#endif
