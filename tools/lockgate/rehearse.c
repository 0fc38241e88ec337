/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/rehearse.h"

#include <stdio.h>

#include "gateway/base/limits.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/isa.h"
#include "tools/lockgate/json.h"
#include "tools/lockgate/options.h"
#include "tools/lockgate/records.h"
#include "tools/lockgate/rehearse_totals.h"

/* Records of some 100,000 questions. */
enum { RECORDS_SIZE_MAX = 268435456 };

struct options {
    const char *file;
    const char *floor;
    const char *statutes;
    const char *records;
    const char *expected;
    struct rehearse_form form;
};

static bool parse(int argc, char **argv, struct options *out_options) {
    struct options options = {0};
    const struct option rows[] = {{.text = &options.file},
                                  {"--floor", .text = &options.floor},
                                  {"--register", .text = &options.statutes},
                                  {"--records", .text = &options.records},
                                  {"--expected", .text = &options.expected},
                                  {"--totals", .is_set = &options.form.is_totals},
                                  {"--json", .is_set = &options.form.is_json}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
    }
    if (options.file == NULL || options.records == NULL) {
        fprintf(stderr, "A draft and --records are needed.\n");
        return false;
    }
    *out_options = options;
    return true;
}

/* ---- what is expected ---- */

static bool line_names(struct span line, const struct policy_turns *row) {
    const struct span wanted[] = {row->clause, row->role, row->purpose};
    struct span words[3];
    size_t count = 0;
    struct span word;
    line = span_trim(line);
    while (line.len > 0 && span_split(&line, ' ', &word)) {
        if (word.len > 0 && count == 3) {
            return false;
        }
        if (word.len > 0) {
            words[count++] = word;
        }
    }
    return count == 3 && span_equal(words[0], wanted[0]) && span_equal(words[1], wanted[1]) &&
           span_equal(words[2], wanted[2]);
}

static bool is_expected(struct span expected, const struct policy_turns *row) {
    struct span line;
    while (expected.len > 0 && span_split(&expected, '\n', &line)) {
        struct span words;
        if (span_split(&line, '#', &words) && line_names(words, row)) {
            return true;
        }
    }
    return false;
}

static size_t unexpected_count(const struct policy_rehearsal *report, struct span expected) {
    size_t count = 0;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct policy_turns *row = &report->rows[i];
        count += row->turn == POLICY_TURN_NEW && !is_expected(expected, row);
    }
    return count;
}

/* ---- printing ---- */

static void print_cell(struct span text, int width) {
    printf("%-*.*s  ", width, (int)text.len, text.len == 0 ? "" : (const char *)text.ptr);
}

static void print_text(const struct policy_rehearsal *report) {
    for (size_t i = 0; i < report->row_count; i++) {
        const struct policy_turns *row = &report->rows[i];
        print_cell(span_text(policy_turn_name(row->turn)), 18);
        print_cell(row->clause.len == 0 ? span_text("-") : row->clause, 8);
        print_cell(row->role, 28);
        print_cell(row->purpose, 20);
        printf("%8llu  ", (unsigned long long)row->count);
        print_cell(row->sample, 0);
        if (row->sample_index > 0) {
            printf("entry %llu", (unsigned long long)row->sample_index);
        }
        printf("\n");
    }
    printf("%s%llu questions", report->row_count == 0 ? "" : "\n",
           (unsigned long long)report->questions);
    for (int i = 0; i < POLICY_TURNS; i++) {
        printf(", %llu %s", (unsigned long long)report->totals[i],
               policy_turn_name((enum policy_turn)i));
    }
    if (report->withheld > 0) {
        printf("\n%llu answers of which something may not be told to you are left out",
               (unsigned long long)report->withheld);
    }
    printf("\n%s\n", policy_rehearse_limit);
}

static void print_json(const struct policy_rehearsal *report) {
    printf("{\"rows\":[");
    for (size_t i = 0; i < report->row_count; i++) {
        const struct policy_turns *row = &report->rows[i];
        printf("%s\n{\"turn\":\"%s\",\"clause\":", i == 0 ? "" : ",", policy_turn_name(row->turn));
        json_text(stdout, row->clause);
        printf(",\"role\":");
        json_text(stdout, row->role);
        printf(",\"purpose\":");
        json_text(stdout, row->purpose);
        printf(",\"count\":%llu,\"sample\":", (unsigned long long)row->count);
        json_text(stdout, row->sample);
        printf(",\"entry\":%llu}", (unsigned long long)row->sample_index);
    }
    printf("],\n\"questions\":%llu,\"withheld\":%llu", (unsigned long long)report->questions,
           (unsigned long long)report->withheld);
    for (int i = 0; i < POLICY_TURNS; i++) {
        printf(",\"%s\":%llu", policy_turn_name((enum policy_turn)i),
               (unsigned long long)report->totals[i]);
    }
    printf(",\"limit\":\"%s\"}\n", policy_rehearse_limit);
}

int rehearse_tell(const struct policy_rehearsal *report, struct span expected,
                  struct rehearse_form form) {
    if (form.is_totals) {
        rehearse_totals_print(report, form.is_json);
    } else if (form.is_json) {
        print_json(report);
    } else {
        print_text(report);
    }
    return unexpected_count(report, expected) == 0 ? EXIT_TOOL_DONE : EXIT_TOOL_REFUSED;
}

/* ---- the command ---- */

/* What was read for one replay. */
struct inputs {
    struct isa_ground ground;
    struct agreement_file records;
    struct agreement_file expected;
};

static struct lg_err rehearse(const struct policy *draft, const struct inputs *inputs,
                              struct arena *arena, struct diag *diag,
                              struct policy_rehearsal *out_report) {
    struct rehearsal *rehearsal;
    TRY(policy_rehearse_begin(draft, arena, &rehearsal));
    TRY(records_rehearse(inputs->records.bytes, inputs->ground.statutes, rehearsal, diag));
    return policy_rehearse_report(rehearsal, out_report);
}

static int replay(const struct options *options, const struct policy *draft,
                  const struct inputs *inputs) {
    OWN(arena_free) struct arena *arena = NULL;
    struct diag diag = {0};
    struct policy_rehearsal report;
    struct lg_err err = arena_new(LIMIT_POLICY_MEMORY, &arena);
    if (!lg_failed(err)) {
        err = rehearse(draft, inputs, arena, &diag, &report);
    }
    if (lg_failed(err)) {
        if (diag.text[0] == 0) {
            diag_set(&diag, 0, "memory is used up");
        }
        agreement_complain("The records were not replayed.", options->records, &diag,
                           "Export the records again, or fewer of them.");
        return EXIT_TOOL_FAILED;
    }
    return rehearse_tell(&report, inputs->expected.bytes, options->form);
}

static bool inputs_read(const struct options *options, struct inputs *inputs) {
    return isa_ground_read(options->floor, options->statutes, &inputs->ground) &&
           (options->expected == NULL ||
            agreement_input_read(options->expected, REHEARSE_EXPECTED_SIZE_MAX,
                                 &inputs->expected)) &&
           agreement_input_read(options->records, RECORDS_SIZE_MAX, &inputs->records);
}

int tool_agreement_rehearse(int argc, char **argv) {
    OWN(policy_free) struct policy *draft = NULL;
    struct options options;
    struct inputs inputs = {0};
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    bool good = inputs_read(&options, &inputs) && isa_compile(options.file, &inputs.ground, &draft);
    int code = good ? replay(&options, draft, &inputs) : EXIT_TOOL_FAILED;
    isa_ground_done(&inputs.ground);
    agreement_input_done(&inputs.records);
    agreement_input_done(&inputs.expected);
    return code;
}
