/* SPDX-License-Identifier: Apache-2.0 */
/* `review mark` and `review unmark`: an agency's own staff, and records that nobody has a reason to
 * see. The identity goes no further than the agency's own connector; the gateway gets tokens. */
#include <stdio.h>

#include "gateway/wire/reviews.h"
#include "tools/lockgate/asking.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/reply.h"
#include "tools/lockgate/review.h"

enum { MARK_MS = 15000 };

static const char mark_path[] = "/lockgate.v1.Reviews/Mark";

/* One command under way. */
struct mark_command {
    struct person_options options;
    const char *kind;
    const char *label;
    bool is_off;
    struct asking asking;
    struct wire_mark_reply reply;
};

/* Who takes a mark off says neither whom it was about nor for what. */
static bool options_take(struct mark_command *it, int argc, char **argv) {
    struct question *question = &it->options.question;
    struct option person[PERSON_OPTIONS];
    const struct option actor[] = {
        {"--config", .text = &it->options.config},
        {"--user", .span = &question->ground.actor.user_id},
        {"--role", .span = &question->ground.actor.role},
        {"--json", .is_set = &it->options.json},
    };
    const struct option own[] = {{"--kind", .text = &it->kind}, {"--label", .text = &it->label}};
    person_table(&it->options, person);
    const struct option_table tables[] = {
        it->is_off ? (struct option_table){actor, sizeof actor / sizeof actor[0]}
                   : (struct option_table){person, sizeof person / sizeof person[0]},
        {own, sizeof own / sizeof own[0]}};
    bool is_read = options_read(argc, argv, tables, 2) && it->kind != NULL && it->label != NULL;
    bool has_actor = it->options.config != NULL && question->ground.actor.user_id.len > 0 &&
                     question->ground.actor.role.len > 0;
    return is_read && (it->is_off ? has_actor : person_options_are_whole(&it->options, true));
}

static struct lg_err ask(void *ctx) {
    struct mark_command *it = ctx;
    struct asking *asking = &it->asking;
    struct span message;
    struct span answer;
    TRY(it->is_off ? asking_open_gateway(asking) : asking_blind_person(asking));
    const struct question *question = asking->question;
    const struct wire_mark_request request = {
        .actor = question->ground.actor,
        .kind = span_text(it->kind),
        .label = span_text(it->label),
        .tokens = question->person.tokens,
        .token_count = question->person.token_count,
    };
    TRY(wire_mark_request_encode(asking->arena, &request, &message));
    TRY(asking_call(asking,
                    (struct client_call){.channel = asking->gateway,
                                         .path = mark_path,
                                         .message = message,
                                         .timeout_ms = MARK_MS},
                    &answer));
    TRY(wire_mark_reply_decode(asking->arena, answer, &asking->report, &it->reply));
    return it->options.json ? reply_json_print(mark_path, asking->arena, answer) : LG_OK;
}

static void reply_print(const void *ctx) {
    const struct mark_command *it = ctx;
    (void)printf("%s: your agency has marked %u of this kind\n",
                 it->is_off ? "Taken off" : "Marked", it->reply.marked);
}

static int run(int argc, char **argv, bool is_off) {
    struct mark_command it = {.is_off = is_off};
    const struct asking_verb verb = {
        .failed = "Nothing was changed.", .ask = ask, .print = reply_print};
    return options_take(&it, argc, argv) ? asking_run(&it.asking, &it.options, &verb, &it)
                                         : EXIT_TOOL_USAGE;
}

int tool_review_mark(int argc, char **argv) {
    return run(argc, argv, false);
}

int tool_review_unmark(int argc, char **argv) {
    return run(argc, argv, true);
}
