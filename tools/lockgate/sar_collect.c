/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a request, page by page, and as the officer reads it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/sar.h"
#include "tools/lockgate/sar_int.h"
#include "tools/lockgate/search_int.h"

enum { PAGE_MEMORY = 64 << 20 }; /* of the longest message, and what it is read into */

/* ---- pages ---- */

static struct lg_err verdict_keep(struct sar_command *command, const struct verdict *verdict,
                                  struct verdict *out_verdict) {
    struct arena *arena = command->asking.arena;
    *out_verdict = (struct verdict){.decision = verdict->decision,
                                    .code = arena_copy(arena, verdict->code),
                                    .sentence = arena_copy(arena, verdict->sentence),
                                    .remedy = arena_copy(arena, verdict->remedy),
                                    .agreement = arena_copy(arena, verdict->agreement),
                                    .agreement_version = verdict->agreement_version};
    return arena_failed(arena);
}

/* One page, in memory of its own. The next one's cursor, empty after the last, takes the place of
 * this one's. */
static struct lg_err page_collect(struct sar_command *command, sar_on_page_fn on_page, void *ctx,
                                  uint8_t cursor[static WIRE_SEARCH_CURSOR_SIZE], size_t *len,
                                  struct verdict *out_verdict) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct wire_sar_collect_request request = {.ground = command->question.ground,
                                                     .number = command->number,
                                                     .cursor = span_of(cursor, *len)};
    struct wire_sar_collect_reply reply;
    struct span message;
    struct span answer;
    TRY(arena_new(PAGE_MEMORY, &arena));
    TRY(wire_sar_collect_request_encode(arena, &request, &message));
    TRY(sar_call(command, "/lockgate.v1.SubjectAccess/Collect", message, arena, &answer));
    TRY(wire_sar_collect_reply_decode(arena, answer, &command->asking.report, &reply));
    TRY(verdict_keep(command, &reply.verdict, out_verdict));
    *len = 0;
    if (reply.verdict.decision == DECISION_REFUSE) {
        return LG_OK;
    }
    TRY(on_page(ctx, &reply));
    *len = reply.cursor.len;
    if (reply.cursor.len > 0) {
        memcpy(cursor, reply.cursor.ptr, reply.cursor.len);
    }
    return LG_OK;
}

struct lg_err sar_collect(struct sar_command *command, sar_on_page_fn on_page, void *ctx,
                          struct verdict *out_verdict) {
    uint8_t cursor[WIRE_SEARCH_CURSOR_SIZE];
    size_t len = 0;
    do {
        TRY(page_collect(command, on_page, ctx, cursor, &len, out_verdict));
    } while (len > 0);
    return LG_OK;
}

const struct wire_sar_mark *sar_mark_find(const struct wire_sar_collect_reply *page,
                                          uint64_t line) {
    for (size_t i = 0; i < page->mark_count; i++) {
        if (page->marks[i].line == line) {
            return &page->marks[i];
        }
    }
    return NULL;
}

struct span sar_telling_find(const struct wire_sar_collect_reply *page, uint64_t line) {
    for (size_t i = 0; i < page->untold_count; i++) {
        if (page->untold[i].line == line) {
            return page->untold[i].telling;
        }
    }
    return span_of(NULL, 0);
}

/* ---- collect ---- */

struct showing {
    struct sar_command *command;
    size_t count;
    bool is_begun;
};

static void mark_print(const struct wire_sar_mark *mark) {
    (void)printf("            withheld: %.*s (%.*s), by %.*s: %.*s\n", (int)mark->exemption.len,
                 (const char *)mark->exemption.ptr, (int)mark->statute.len,
                 (const char *)mark->statute.ptr, (int)mark->decided_by.len,
                 (const char *)mark->decided_by.ptr, (int)mark->reason.len,
                 (const char *)mark->reason.ptr);
}

static struct lg_err on_shown(void *ctx, const struct wire_sar_collect_reply *page) {
    struct showing *showing = ctx;
    if (showing->command->json) {
        return LG_OK;
    }
    if (!showing->is_begun) {
        sar_case_print(&page->state);
        showing->is_begun = true;
    }
    for (size_t i = 0; i < page->hit_count; i++) {
        const struct wire_sar_mark *mark = sar_mark_find(page, page->hits[i].index);
        search_hit_print(&page->hits[i]);
        if (mark != NULL) {
            mark_print(mark);
        }
        struct span telling = sar_telling_find(page, page->hits[i].index);
        if (telling.len > 0) {
            (void)printf("            not told to the person: the review of an emergency says "
                         "%.*s\n",
                         (int)telling.len, (const char *)telling.ptr);
        }
    }
    showing->count += page->hit_count;
    return LG_OK;
}

int sar_end(struct sar_command *command, struct lg_err err, const struct verdict *verdict) {
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = sar_failed(command, "The report was not collected to its end.", err);
    } else if (verdict->decision == DECISION_REFUSE) {
        if (!command->json) {
            person_verdict_print(verdict);
        }
        code = EXIT_TOOL_REFUSED;
    }
    asking_done(&command->asking);
    return code;
}

int tool_sar_collect(int argc, char **argv) {
    struct sar_command command = {.config = NULL};
    struct showing showing = {.command = &command};
    struct verdict verdict = {.decision = DECISION_PERMIT};
    const struct sar_usage usage = {.wants_number = true, .wants_ground = true};
    if (!sar_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = asking_open_gateway(&command.asking);
    if (!lg_failed(err)) {
        err = sar_collect(&command, on_shown, &showing, &verdict);
    }
    if (!lg_failed(err) && verdict.decision != DECISION_REFUSE && !command.json &&
        showing.count == 0) {
        (void)puts("No entries.");
    }
    return sar_end(&command, err, &verdict);
}
