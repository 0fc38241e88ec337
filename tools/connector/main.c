/* SPDX-License-Identifier: Apache-2.0 */
/* lockgate-connector COMMAND --config FILE: the edge of one agency. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "tools/connector/answer.h"
#include "tools/connector/check.h"
#include "tools/connector/enrol.h"
#include "tools/connector/serve.h"

enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_REFUSED = 3,
    EXIT_PARTIAL = 4,
    EXIT_UNREACHABLE = 6,
};

struct options {
    const char *command;
    const char *config;
    const char *agreement;
    const char *person;
    bool retire;
    bool quiet;
};

static const char USAGE[] =
    "  lockgate-connector check --config connector.yaml\n"
    "  lockgate-connector enrol --config connector.yaml --agreement bridgewater\n"
    "\n"
    "Usage: lockgate-connector COMMAND --config FILE\n"
    "  serve                          answers the gateway, blinds for the agency's own systems\n"
    "  enrol --agreement ID           puts the agency's people into the index; only what changed\n"
    "        [--retire] [--quiet]     and takes those out who are gone\n"
    "  check                          counts what is filled, missing and rejected; no values\n"
    "  preview --person REF           what a question about this person would be answered\n"
    "  key                            makes the secret key at the first call and prints the\n"
    "                                 public half for partnership.yaml\n";

/* ---- telling ------------------------------------------------------------------------------- */

static int failed(const char *what, struct lg_err err, const struct diag *diag) {
    (void)fprintf(stderr, "%s\n", what);
    if (diag->line > 0) {
        (void)fprintf(stderr, "Line %" PRIu32 ": %s\n", diag->line, diag->text);
    } else {
        (void)fprintf(stderr, "%s\n", diag->text[0] != '\0' ? diag->text : "No further reason.");
    }
    (void)fprintf(stderr, "Code %s-%u\n", lg_class_name(lg_err_class(err)), lg_err_code(err));
    return lg_err_class(err) == LG_CLASS_PEER ? EXIT_UNREACHABLE : EXIT_FAILED;
}

/* ---- commands ------------------------------------------------------------------------------ */

static int run_serve(struct connector_agent *agent) {
    struct diag diag = {.line = 0};
    struct lg_err err = connector_agent_connect(agent, &diag);
    if (!lg_failed(err)) {
        err = connector_serve(agent, &diag);
    }
    return lg_failed(err) ? failed("The connector cannot serve.", err, &diag) : EXIT_DONE;
}

static void enrolment_print(const struct connector_agent *agent,
                            const struct connector_enrolment *counts) {
    (void)printf(
        "%s: %" PRIu64 " people, %" PRIu64 " sent (%" PRIu64 " added, %" PRIu64 " updated, %" PRIu64
        " unchanged), %" PRIu64 " as before, %" PRIu64 " hidden, %" PRIu64 " rejected",
        agent->config->agency, counts->people, counts->sent, counts->added, counts->updated,
        counts->unchanged, counts->same, counts->hidden, counts->rejected);
    if (counts->gone > 0) {
        (void)printf(", %" PRIu64 " gone, %" PRIu64 " retired", counts->gone, counts->retired);
    }
    (void)printf("\n");
    for (size_t i = 0; i < counts->line_count; i++) {
        (void)printf("  line %" PRIu64 ": %s\n", counts->lines[i].line, counts->lines[i].code);
    }
}

static int enrolment_failed(const struct connector_enrolment *counts, struct lg_err err,
                            struct diag *diag) {
    if (counts->status != GRPC_OK) {
        diag_set(diag, 0, "%s: %s", grpc_status_name(counts->status),
                 counts->sentence[0] != '\0' ? counts->sentence : "the gateway gave no reason");
    }
    int code = failed("Not everybody was enrolled. What was acknowledged is kept: run it again.",
                      err, diag);
    return counts->status == GRPC_PERMISSION_DENIED ? EXIT_REFUSED : code;
}

static int run_enrol(struct connector_agent *agent, const struct options *options) {
    static struct connector_enrolment counts;
    struct diag diag = {.line = 0};
    bool is_terminal = isatty(STDERR_FILENO) == 1;
    struct connector_enrol_options enrol = {.agreement = options->agreement,
                                            .retire = options->retire,
                                            .is_terminal = is_terminal,
                                            .progress = options->quiet ? NULL : stderr};
    struct lg_err err = connector_agent_connect(agent, &diag);
    if (lg_failed(err)) {
        return failed("The connector cannot reach out.", err, &diag);
    }
    diag = (struct diag){.line = 0};
    err = connector_enrol(agent, &enrol, &diag, &counts);
    enrolment_print(agent, &counts);
    if (lg_failed(err)) {
        return enrolment_failed(&counts, err, &diag);
    }
    return counts.rejected > 0 ? EXIT_PARTIAL : EXIT_DONE;
}

static int run_check(struct connector_agent *agent) {
    uint64_t rejected = 0;
    struct diag diag = {.line = 0};
    OWN(connector_opt_out_close) struct connector_opt_out *opt_out = NULL;
    struct lg_err err =
        connector_opt_out_open(agent->mapping, clock_wall_ms(&agent->clock), &diag, &opt_out);
    if (lg_failed(err)) {
        return failed("The result of the National Data Opt-Out cannot be used.", err, &diag);
    }
    err = connector_check(agent->rows, opt_out, stdout, &rejected);
    if (lg_failed(err)) {
        return failed("The data could not be gone through.", err, &diag);
    }
    return rejected > 0 ? EXIT_PARTIAL : EXIT_DONE;
}

static const char *standing_name(enum standing standing) {
    switch (standing) {
    case STANDING_FACT:
        return "fact";
    case STANDING_REPORTED:
        return "reported";
    case STANDING_ASSUMED:
        return "assumed";
    case STANDING_UNKNOWN:
        break;
    }
    return "";
}

static void answer_print(const struct answer *answer) {
    if (answer->is_withheld) {
        (void)printf("withheld: %.*s, decided by %.*s\n", (int)answer->withholding.code.len,
                     (const char *)answer->withholding.code.ptr,
                     (int)answer->withholding.office.len,
                     (const char *)answer->withholding.office.ptr);
    }
    (void)printf("%zu records\n", answer->record_count);
    for (size_t i = 0; i < answer->record_count; i++) {
        const struct source_record *record = &answer->records[i];
        (void)printf("record %zu, %zu links\n", i + 1, record->link_count);
        for (size_t j = 0; j < record->item_count; j++) {
            const struct source_item *item = &record->items[j];
            (void)printf(
                "  %-34.*s %.*s  (%s%s%.*s)\n", (int)item->item.len, (const char *)item->item.ptr,
                (int)item->value.len, (const char *)item->value.ptr, standing_name(item->standing),
                item->date.len > 0 ? ", " : "", (int)item->date.len, (const char *)item->date.ptr);
        }
    }
}

/* Every item of the mapping: an agreement lets at most these through. */
static struct lg_err preview(struct connector_agent *agent, const char *person) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(LIMIT_CONNECTOR_ARENA, &arena));
    size_t count = 0;
    struct span *items =
        arena_array(arena, LIMIT_MAPPING_LIST * LIMIT_MAPPING_ITEMS, sizeof *items);
    TRY(arena_failed(arena));
    for (uint32_t i = 0; i < agent->mapping->record_count; i++) {
        for (uint32_t j = 0; j < agent->mapping->records[i].item_count; j++) {
            items[count++] = span_text(agent->mapping->records[i].items[j].item);
        }
    }
    struct connector_question question = {.key = span_text(person),
                                          .items = {.items = items, .count = count},
                                          .tier = TIER_DETAIL,
                                          .now_s = clock_wall_ms(&agent->clock) / 1000,
                                          .tag_key = agent->keys.tag};
    struct answer answer;
    TRY(connector_answer(agent->rows, &question, arena, &answer));
    answer_print(&answer);
    return LG_OK;
}

static int run_preview(struct connector_agent *agent, const char *person) {
    struct diag diag = {.line = 0};
    struct lg_err err = preview(agent, person);
    return lg_failed(err) ? failed("There is no preview.", err, &diag) : EXIT_DONE;
}

static int run_key(const struct connector_agent *agent) {
    char hex[2 * sizeof agent->own_public.bytes + 1];
    bytes_to_hex(span_of(agent->own_public.bytes, sizeof agent->own_public.bytes), hex);
    (void)printf("%s\n", hex);
    return EXIT_DONE;
}

/* ---- arguments ----------------------------------------------------------------------------- */

static bool option_take(int argc, char **argv, int *i, struct options *options) {
    const struct {
        const char *name;
        const char **value;
    } named[] = {{"--config", &options->config},
                 {"--agreement", &options->agreement},
                 {"--person", &options->person}};
    for (size_t j = 0; j < sizeof named / sizeof named[0]; j++) {
        if (strcmp(argv[*i], named[j].name) == 0 && *i + 1 < argc) {
            *named[j].value = argv[++*i];
            return true;
        }
    }
    options->retire = options->retire || strcmp(argv[*i], "--retire") == 0;
    options->quiet = options->quiet || strcmp(argv[*i], "--quiet") == 0;
    return strcmp(argv[*i], "--retire") == 0 || strcmp(argv[*i], "--quiet") == 0;
}

static bool options_read(int argc, char **argv, struct options *options) {
    if (argc < 2) {
        return false;
    }
    options->command = argv[1];
    for (int i = 2; i < argc; i++) {
        if (!option_take(argc, argv, &i, options)) {
            return false;
        }
    }
    bool enrol = strcmp(options->command, "enrol") == 0;
    bool shows = strcmp(options->command, "preview") == 0;
    return options->config != NULL && (options->agreement != NULL) == enrol &&
           (options->person != NULL) == shows && (enrol || !options->retire);
}

static int run(const struct options *options, struct connector_agent *agent) {
    if (strcmp(options->command, "serve") == 0) {
        return run_serve(agent);
    }
    if (strcmp(options->command, "enrol") == 0) {
        return run_enrol(agent, options);
    }
    if (strcmp(options->command, "check") == 0) {
        return run_check(agent);
    }
    if (strcmp(options->command, "preview") == 0) {
        return run_preview(agent, options->person);
    }
    if (strcmp(options->command, "key") == 0) {
        return run_key(agent);
    }
    (void)fputs(USAGE, stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv) {
    struct options options = {.command = NULL};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(USAGE, stdout);
        return EXIT_DONE;
    }
    if (!options_read(argc, argv, &options)) {
        (void)fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    struct diag diag = {.line = 0};
    OWN(connector_agent_close) struct connector_agent *agent = NULL;
    struct lg_err err = connector_agent_open(options.config, &diag, &agent);
    if (lg_failed(err)) {
        return failed("The connector cannot start.", err, &diag);
    }
    return run(&options, agent);
}
