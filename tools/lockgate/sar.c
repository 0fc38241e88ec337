/* SPDX-License-Identifier: Apache-2.0 */
/* A request opened, and those of the agency listed. The person is found as `person find` does, so
 * that no identifier stands on the command line. */
#include "tools/lockgate/sar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/vault/vault.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/failure.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reply.h"
#include "tools/lockgate/sar_int.h"

enum { CALL_MS = 60000 };

/* ---- shared ---- */

bool sar_number_read(const char *text, uint64_t *out_number) {
    char *end = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    *out_number = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

bool sar_options_read(int argc, char **argv, const struct sar_usage *usage,
                      struct sar_command *command) {
    struct option asked[QUESTION_OPTIONS];
    struct actor *actor = &command->question.ground.actor;
    const struct option actor_rows[] = {{"--user", .span = &actor->user_id},
                                        {"--role", .span = &actor->role}};
    const struct option shared[] = {
        {"--config", .text = &command->config},
        {"--json", .is_set = &command->json},
        {.text = &command->number_text},
    };
    question_table(&command->question, asked);
    const struct option_table tables[] = {
        {usage->wants_ground ? asked : actor_rows,
         usage->wants_ground ? sizeof asked / sizeof asked[0] : 2},
        {shared, usage->wants_number ? 3 : 2},
        {usage->own, usage->own_count},
    };
    bool is_read = options_read(argc, argv, tables, 3) && command->config != NULL;
    bool is_whole = usage->wants_ground ? question_is_whole(&command->question)
                                        : actor->user_id.len > 0 && actor->role.len > 0;
    command->asking = (struct asking){.config_path = command->config,
                                      .identity_path = command->identity,
                                      .question = &command->question};
    return is_read && is_whole &&
           (!usage->wants_number || sar_number_read(command->number_text, &command->number));
}

struct lg_err sar_call(struct sar_command *command, const char *path, struct span message,
                       struct arena *arena, struct span *out_answer) {
    struct asking *asking = &command->asking;
    const struct client_call call = {
        .channel = asking->gateway, .path = path, .message = message, .timeout_ms = CALL_MS};
    TRY(client_ask(asking->client, &call, arena, &asking->diag, out_answer));
    return command->json ? reply_json_print(path, arena, *out_answer) : LG_OK;
}

int sar_failed(struct sar_command *command, const char *what, struct lg_err err) {
    const struct asking *asking = &command->asking;
    return failure_tell(&(struct failure){
        .what = what,
        .diag = &asking->diag,
        .sentence = asking->report.sentence,
        .err = err,
        .if_refused = "See with `lockgate sar list` how the request stands, and who of your agency "
                      "may do this.",
    });
}

static void part_print(const char *before, struct span text) {
    if (text.len > 0) {
        (void)printf("%s%.*s", before, (int)text.len, (const char *)text.ptr);
    }
}

static const char *state_of(const struct wire_sar_case *it) {
    static const char *const ends[] = {"open", "answered", "refused", "withdrawn"};
    if (it->overdue) {
        return "OVERDUE";
    }
    if (it->outcome == WIRE_SAR_OUTCOME_UNSPECIFIED && it->pause != WIRE_SAR_PAUSE_UNSPECIFIED) {
        return it->pause == WIRE_SAR_PAUSE_IDENTITY ? "paused, who they are"
                                                    : "paused, what they ask";
    }
    return ends[it->outcome];
}

void sar_case_print(const struct wire_sar_case *it) {
    (void)printf("%" PRIu64 "  ", it->number);
    part_print("due ", it->due_day);
    part_print("  received ", it->received_day);
    (void)printf("  %s", state_of(it));
    if (it->extended_months > 0) {
        (void)printf("  extended by %" PRIu32 " months", it->extended_months);
    }
    if (it->withheld_count > 0) {
        (void)printf("  %" PRIu32 " withheld", it->withheld_count);
    }
    if (it->export_count > 0) {
        (void)printf("  exported %" PRIu32 " %s", it->export_count,
                     it->export_count == 1 ? "time" : "times");
    }
    part_print("  case ", it->case_reference);
    part_print("  represented, see ", it->representative_evidence);
    part_print("  by ", it->opened_by);
    (void)printf("\n");
}

/* ---- open ---- */

static const char open_path[] = "/lockgate.v1.SubjectAccess/Open";

struct opening {
    struct sar_command command;
    const char *received;
    const char *representative;
    struct wire_sar_open_reply reply;
};

static struct span text_or_empty(const char *text) {
    return text == NULL ? span_of(NULL, 0) : span_text(text);
}

static struct lg_err open_ask(struct opening *it) {
    struct asking *asking = &it->command.asking;
    struct wire_find_reply found;
    struct wire_sar_open_request request = {
        .ground = it->command.question.ground,
        .received_day = text_or_empty(it->received),
        .representative_evidence = text_or_empty(it->representative),
    };
    struct span message;
    struct span answer;
    TRY(asking_find_person(asking, &found));
    it->reply.verdict = found.verdict;
    if (found.verdict.decision == DECISION_REFUSE) {
        return it->command.json ? reply_json_print(asking_find_path, asking->arena, asking->found)
                                : LG_OK;
    }
    vault_random(request.id.bytes, sizeof request.id.bytes);
    request.person = (struct person_ref){.kind = PERSON_HANDLE, .handle = found.handle};
    TRY(wire_sar_open_request_encode(asking->arena, &request, &message));
    TRY(sar_call(&it->command, open_path, message, asking->arena, &answer));
    return wire_sar_open_reply_decode(asking->arena, answer, &asking->report, &it->reply);
}

static int opened(const struct opening *it) {
    bool is_refused = it->reply.verdict.decision == DECISION_REFUSE;
    if (!it->command.json && is_refused) {
        person_verdict_print(&it->reply.verdict);
    } else if (!it->command.json) {
        sar_case_print(&it->reply.state);
    }
    return is_refused ? EXIT_TOOL_REFUSED : EXIT_TOOL_DONE;
}

int tool_sar_open(int argc, char **argv) {
    struct opening it = {.received = NULL};
    const struct option own[] = {{"--identity", .text = &it.command.identity},
                                 {"--received", .text = &it.received},
                                 {"--representative", .text = &it.representative}};
    const struct sar_usage usage = {.wants_ground = true, .own = own, .own_count = 3};
    if (!sar_options_read(argc, argv, &usage, &it.command) || it.command.identity == NULL ||
        it.received == NULL) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = open_ask(&it);
    int code =
        lg_failed(err) ? sar_failed(&it.command, "The request was not opened.", err) : opened(&it);
    asking_done(&it.command.asking);
    return code;
}

/* ---- list ---- */

static struct lg_err list_ask(struct sar_command *command, bool closed,
                              struct wire_sar_list_reply *out_reply) {
    struct asking *asking = &command->asking;
    const struct wire_sar_list_request request = {.actor = command->question.ground.actor,
                                                  .closed = closed};
    struct span message;
    struct span answer;
    TRY(asking_open_gateway(asking));
    TRY(wire_sar_list_request_encode(asking->arena, &request, &message));
    TRY(sar_call(command, "/lockgate.v1.SubjectAccess/List", message, asking->arena, &answer));
    return wire_sar_list_reply_decode(asking->arena, answer, &asking->report, out_reply);
}

int tool_sar_list(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    struct wire_sar_list_reply reply = {.case_count = 0};
    bool closed = false;
    const struct option own[] = {{"--closed", .is_set = &closed}};
    const struct sar_usage usage = {.own = own, .own_count = 1};
    if (!sar_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = list_ask(&command, closed, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = sar_failed(&command, "The requests were not listed.", err);
    }
    for (size_t i = 0; !lg_failed(err) && !command.json && i < reply.case_count; i++) {
        sar_case_print(&reply.cases[i]);
    }
    asking_done(&command.asking);
    return code;
}
