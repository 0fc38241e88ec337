/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/explain_int.h"
#include "tools/lockgate/person_options.h"

static bool list_add(struct span_list *list, struct span *room, const char *value) {
    if (list->count == EXPLAIN_LIST_MAX) {
        return false;
    }
    room[list->count] = span_text(value);
    list->items = room;
    list->count++;
    return true;
}

static bool source_take(void *ctx, const char *value) {
    struct explain_options *options = ctx;
    return list_add(&options->question.sources, options->sources, value);
}

static bool item_take(void *ctx, const char *value) {
    struct explain_options *options = ctx;
    return list_add(&options->question.items, options->items, value);
}

bool explain_options_read(int argc, char **argv, struct explain_options *out_options) {
    *out_options = (struct explain_options){.config = NULL};
    struct option asked[QUESTION_OPTIONS];
    const struct option own[] = {
        {"--config", .text = &out_options->config},
        {"--from", .take = source_take, .ctx = out_options},
        {"--item", .take = item_take, .ctx = out_options},
        {"--json", .is_set = &out_options->is_json},
        {"--case-line", .is_set = &out_options->is_case_line},
    };
    question_table(&out_options->question, asked);
    const struct option_table tables[] = {{asked, sizeof asked / sizeof asked[0]},
                                          {own, sizeof own / sizeof own[0]}};
    return options_read(argc, argv, tables, 2) && out_options->config != NULL &&
           question_is_whole(&out_options->question);
}
