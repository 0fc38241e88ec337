/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on a request. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/num.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/sar.h"
#include "tools/lockgate/sar_int.h"

/* The number of a word from 1; 0 where it is none of them. */
static unsigned word_find(const char *const *words, size_t count, const char *word) {
    for (size_t i = 1; word != NULL && i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return (unsigned)i;
        }
    }
    return 0;
}

struct lg_err sar_act(struct sar_command *command, const struct wire_sar_act_request *request,
                      struct wire_sar_act_reply *out_reply) {
    struct asking *asking = &command->asking;
    struct span message;
    struct span answer;
    TRY(wire_sar_act_request_encode(asking->arena, request, &message));
    TRY(sar_call(command, "/lockgate.v1.SubjectAccess/Act", message, asking->arena, &answer));
    return wire_sar_act_reply_decode(asking->arena, answer, &asking->report, out_reply);
}

static int act_end(struct sar_command *command, struct lg_err err,
                   const struct wire_sar_act_reply *reply) {
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = sar_failed(command, "Nothing was changed.", err);
    } else if (!command->json) {
        sar_case_print(&reply->state);
    }
    asking_done(&command->asking);
    return code;
}

/* The options were read, and fit. */
static int act_run(struct sar_command *command, struct wire_sar_act_request *request) {
    struct wire_sar_act_reply reply = {.has_state = false};
    request->actor = command->question.ground.actor;
    request->number = command->number;
    request->reason = span_text(command->reason);
    request->line = command->line;
    struct lg_err err = asking_open_gateway(&command->asking);
    if (!lg_failed(err)) {
        err = sar_act(command, request, &reply);
    }
    return act_end(command, err, &reply);
}

/* Every step has a number and a reason. */
static bool act_read(int argc, char **argv, const struct option own[static 3],
                     struct sar_command *command) {
    const struct option rows[] = {{"--reason", .text = &command->reason}, own[0], own[1]};
    const struct sar_usage usage = {
        .wants_number = true, .own = rows, .own_count = own[1].flag == NULL ? 2 : 3};
    return sar_options_read(argc, argv, &usage, command) && command->reason != NULL;
}

int tool_sar_extend(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    const char *months = NULL;
    static const char *const words[] = {"", "1", "2"};
    const struct option own[3] = {{"--months", .text = &months}};
    struct wire_sar_act_request request = {.step = WIRE_SAR_EXTEND};
    if (!act_read(argc, argv, own, &command)) {
        return EXIT_TOOL_USAGE;
    }
    request.months = word_find(words, 3, months);
    return request.months == 0 ? EXIT_TOOL_USAGE : act_run(&command, &request);
}

int tool_sar_pause(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    const char *asked = NULL;
    const char *day = NULL;
    static const char *const words[] = {"", "identity", "clarification"};
    const struct option own[3] = {{"--asked", .text = &asked}, {"--day", .text = &day}};
    struct wire_sar_act_request request = {.step = WIRE_SAR_PAUSE};
    if (!act_read(argc, argv, own, &command) || day == NULL) {
        return EXIT_TOOL_USAGE;
    }
    request.day = span_text(day);
    request.pause = (enum wire_sar_pause)word_find(words, 3, asked);
    return request.pause == WIRE_SAR_PAUSE_UNSPECIFIED ? EXIT_TOOL_USAGE
                                                       : act_run(&command, &request);
}

int tool_sar_resume(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    const char *day = NULL;
    const struct option own[3] = {{"--day", .text = &day}};
    struct wire_sar_act_request request = {.step = WIRE_SAR_RESUME};
    if (!act_read(argc, argv, own, &command) || day == NULL) {
        return EXIT_TOOL_USAGE;
    }
    request.day = span_text(day);
    return act_run(&command, &request);
}

int tool_sar_close(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    const char *outcome = NULL;
    static const char *const words[] = {"", "answered", "refused", "withdrawn"};
    const struct option own[3] = {{"--outcome", .text = &outcome}};
    struct wire_sar_act_request request = {.step = WIRE_SAR_CLOSE};
    if (!act_read(argc, argv, own, &command)) {
        return EXIT_TOOL_USAGE;
    }
    request.outcome = (enum wire_sar_outcome)word_find(words, 4, outcome);
    return request.outcome == WIRE_SAR_OUTCOME_UNSPECIFIED ? EXIT_TOOL_USAGE
                                                           : act_run(&command, &request);
}

int tool_sar_reveal(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    const struct option own[3] = {{"--line", .text = &command.line_text}};
    struct wire_sar_act_request request = {.step = WIRE_SAR_REVEAL};
    if (!act_read(argc, argv, own, &command) ||
        !sar_number_read(command.line_text, &command.line)) {
        return EXIT_TOOL_USAGE;
    }
    return act_run(&command, &request);
}

/* ---- withhold ---- */

enum { NO_SUCH_LINE = 221 };

/* What a line has in common with its neighbours. */
struct seen_line {
    uint64_t index;
    unsigned side;
    uint8_t question_id[MODEL_REQUEST_ID_SIZE];
};

/* All lines of the report, as those of one question may stand on several pages. */
struct seeking {
    uint64_t line;
    bool is_found;
    struct seen_line found;
    struct seen_line *lines;
    size_t count;
    bool is_cut;
};

static struct lg_err on_page(void *ctx, const struct wire_sar_collect_reply *page) {
    struct seeking *seeking = ctx;
    for (size_t i = 0; i < page->hit_count; i++) {
        const struct wire_audit_hit *hit = &page->hits[i];
        struct seen_line seen = {.index = hit->index, .side = hit->side};
        size_t len = num_min(hit->question_id.len, sizeof seen.question_id);
        if (len > 0) {
            memcpy(seen.question_id, hit->question_id.ptr, len);
        }
        if (hit->index == seeking->line) {
            seeking->found = seen;
            seeking->is_found = true;
        }
        seeking->is_cut = seeking->is_cut || seeking->count == SAR_LINES_MAX;
        if (!seeking->is_cut) {
            seeking->lines[seeking->count++] = seen;
        }
    }
    return LG_OK;
}

static bool is_neighbour(const struct seeking *seeking, const struct seen_line *line) {
    const struct seen_line *found = &seeking->found;
    return line->index != found->index && line->side == found->side &&
           memcmp(line->question_id, found->question_id, sizeof line->question_id) == 0;
}

/* Lines of the same question are shown until they are withheld as well. */
static void neighbours_print(const struct seeking *seeking) {
    bool is_begun = false;
    for (size_t i = 0; i < seeking->count; i++) {
        if (is_neighbour(seeking, &seeking->lines[i])) {
            (void)printf("%s %" PRIu64,
                         is_begun ? ""
                                  : "Of the same question, and shown unless they are withheld too:",
                         seeking->lines[i].index);
            is_begun = true;
        }
    }
    if (is_begun) {
        (void)printf("\n");
    }
    if (seeking->is_cut) {
        (void)printf("There may be more of the same question: only %d lines were looked at.\n",
                     SAR_LINES_MAX);
    }
}

/* A slip of the pen would leave the line in what the person gets: so it has to be one. */
static struct lg_err line_seek(struct sar_command *command, struct seeking *seeking,
                               struct verdict *out_verdict) {
    bool json = command->json;
    command->json = false;
    seeking->line = command->line;
    TRY(asking_open_gateway(&command->asking));
    seeking->lines = arena_array(command->asking.arena, SAR_LINES_MAX, sizeof *seeking->lines);
    TRY(arena_failed(command->asking.arena));
    struct lg_err err = sar_collect(command, on_page, seeking, out_verdict);
    command->json = json;
    TRY(err);
    if (out_verdict->decision != DECISION_REFUSE && !seeking->is_found) {
        diag_set(&command->asking.diag, 0, "entry %" PRIu64 " is no line of this request",
                 command->line);
        return lg_err_make(LG_CLASS_INPUT, LG_TOOLS, NO_SUCH_LINE);
    }
    return LG_OK;
}

static int withhold(struct sar_command *command, const char *exemption) {
    struct seeking seeking = {.line = 0};
    struct verdict verdict = {.decision = DECISION_PERMIT};
    struct wire_sar_act_reply reply = {.has_state = false};
    const struct wire_sar_act_request request = {
        .actor = command->question.ground.actor,
        .number = command->number,
        .step = WIRE_SAR_WITHHOLD,
        .reason = span_text(command->reason),
        .line = command->line,
        .exemption = span_text(exemption),
    };
    struct lg_err err = line_seek(command, &seeking, &verdict);
    if (!lg_failed(err) && verdict.decision == DECISION_REFUSE) {
        person_verdict_print(&verdict);
        asking_done(&command->asking);
        return EXIT_TOOL_REFUSED;
    }
    if (!lg_failed(err)) {
        err = sar_act(command, &request, &reply);
    }
    if (!lg_failed(err) && !command->json) {
        neighbours_print(&seeking);
    }
    return act_end(command, err, &reply);
}

int tool_sar_withhold(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    const char *exemption = NULL;
    const struct option own[] = {{"--line", .text = &command.line_text},
                                 {"--exemption", .text = &exemption},
                                 {"--reason", .text = &command.reason}};
    const struct sar_usage usage = {
        .wants_number = true, .wants_ground = true, .own = own, .own_count = 3};
    if (!sar_options_read(argc, argv, &usage, &command) || command.reason == NULL ||
        exemption == NULL || !sar_number_read(command.line_text, &command.line)) {
        return EXIT_TOOL_USAGE;
    }
    return withhold(&command, exemption);
}
