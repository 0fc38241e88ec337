/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/rehearse_totals.h"

#include <stdio.h>

#include "tools/lockgate/json.h"

enum { SMALL = 8, ROUND = 5 };

/* Fields of one clause that took the same turn. */
struct total {
    enum policy_turn turn;
    struct span clause;
    uint64_t count;
};

/* The rows from *next on that are of one turn and clause; they stand together. */
static struct total total_take(const struct policy_rehearsal *report, size_t *next) {
    const struct policy_turns *first = &report->rows[*next];
    struct total total = {.turn = first->turn, .clause = first->clause};
    while (*next < report->row_count && report->rows[*next].turn == total.turn &&
           span_equal(report->rows[*next].clause, total.clause)) {
        total.count += report->rows[*next].count;
        (*next)++;
    }
    return total;
}

static uint64_t rounded(uint64_t count) {
    return (count + ROUND / 2) / ROUND * ROUND;
}

static void print_text(const struct total *total) {
    struct span clause = total->clause.len == 0 ? span_text("-") : total->clause;
    printf("%-18s  %-8.*s  ", policy_turn_name(total->turn), (int)clause.len,
           (const char *)clause.ptr);
    if (total->count < SMALL) {
        printf("fewer than %d\n", SMALL);
    } else {
        printf("about %llu\n", (unsigned long long)rounded(total->count));
    }
}

static void print_json(const struct total *total, bool is_first) {
    printf("%s\n{\"turn\":\"%s\",\"clause\":", is_first ? "" : ",", policy_turn_name(total->turn));
    json_text(stdout, total->clause);
    if (total->count < SMALL) {
        printf(",\"fewer_than\":%d}", SMALL);
    } else {
        printf(",\"about\":%llu}", (unsigned long long)rounded(total->count));
    }
}

void rehearse_totals_print(const struct policy_rehearsal *report, bool json) {
    size_t next = 0;
    if (json) {
        printf("{\"totals\":[");
    } else {
        printf("What the draft would have answered otherwise, in fields, to questions that were "
               "asked\n");
    }
    while (next < report->row_count) {
        bool is_first = next == 0;
        struct total total = total_take(report, &next);
        if (json) {
            print_json(&total, is_first);
        } else {
            print_text(&total);
        }
    }
    if (json) {
        printf("],\n\"limit\":\"%s\"}\n", policy_rehearse_limit);
    } else {
        printf("%s%s\n", report->row_count == 0 ? "Nothing.\n" : "", policy_rehearse_limit);
    }
}
