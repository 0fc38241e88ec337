/* SPDX-License-Identifier: Apache-2.0 */
/* What is done about an incident: its scope, telling others, their answers, deciding, closing. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/incident.h"
#include "tools/lockgate/incident_int.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/search_int.h"

static const int64_t DAY_MS = 86400000;

/* ---- scope ---- */

static void scope_print(const struct wire_incident_scope_reply *page) {
    for (size_t i = 0; i < page->hit_count; i++) {
        search_hit_print(&page->hits[i]);
    }
    for (size_t i = 0; i < page->count_count; i++) {
        const struct wire_incident_count *it = &page->counts[i];
        (void)printf("%10" PRIu32 " with %.*s\n", it->entries, (int)it->agency.len,
                     (const char *)it->agency.ptr);
    }
    (void)printf("%10" PRIu32 " questions%s; the log up to %" PRIu64 "\n", page->questions,
                 page->cut ? ", and more than were counted" : "", page->covered_size);
}

/* A ground was given: for an incident of a person. */
static bool has_ground(const struct incident_command *command) {
    return command->question.ground.purpose.len > 0;
}

/* The exit code of what was looked for on a ground. */
static int look_end(struct incident_command *command, const char *what, struct lg_err err,
                    const struct verdict *verdict) {
    bool is_refused = !lg_failed(err) && verdict->decision == DECISION_REFUSE;
    if (is_refused && !command->json) {
        person_verdict_print(verdict);
    }
    int code = incident_end(command, what, err);
    return is_refused ? EXIT_TOOL_REFUSED : code;
}

static struct lg_err scope_ask(struct incident_command *command,
                               struct wire_incident_scope_reply *page) {
    struct wire_incident_scope_request request = {.actor = incident_actor(command),
                                                  .incident_id = command->id,
                                                  .has_ground = has_ground(command),
                                                  .ground = command->question.ground};
    do {
        TRY(incident_call(command, WIRE_INCIDENT_SCOPE, &request, page));
        if (!command->json && page->verdict.decision != DECISION_REFUSE) {
            scope_print(page);
        }
        request.before = page->next;
    } while (page->next != 0);
    return LG_OK;
}

int tool_incident_scope(int argc, char **argv) {
    struct incident_command command = {.config = NULL};
    const struct incident_usage usage = {.wants_id = true, .wants_ground = true};
    struct wire_incident_scope_reply page = {.next = 0};
    if (!incident_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = scope_ask(&command, &page);
    return look_end(&command, "The scope was not looked up.", err, &page.verdict);
}

/* ---- notify ---- */

/* To whom is not told here: `incident show` says it. */
static struct lg_err notify_ask(struct incident_command *command, int64_t by_ms,
                                struct wire_incident_notify_reply *reply) {
    struct wire_incident_notify_request request = {.actor = incident_actor(command),
                                                   .incident_id = command->id,
                                                   .version = command->version_number,
                                                   .by_ms = by_ms,
                                                   .has_ground = has_ground(command),
                                                   .ground = command->question.ground};
    do {
        TRY(incident_call(command, WIRE_INCIDENT_NOTIFY, &request, reply));
        if (!command->json && reply->verdict.decision != DECISION_REFUSE) {
            (void)printf("%" PRIu32 " notices of %" PRIu32 " entries\n", reply->notice_count,
                         reply->entry_count);
        }
        request.version = reply->incident.version;
    } while (reply->more);
    if (!command->json && reply->verdict.decision != DECISION_REFUSE) {
        incident_print(&reply->incident);
    }
    return LG_OK;
}

int tool_incident_notify(int argc, char **argv) {
    struct incident_command command = {.config = NULL};
    struct wire_incident_notify_reply reply = {.more = false};
    const char *by = NULL;
    int64_t by_ms = 0;
    const struct option own[] = {{"--by", .text = &by}};
    const struct incident_usage usage = {
        .wants_id = true, .wants_version = true, .wants_ground = true, .own = own, .own_count = 1};
    if (!incident_options_read(argc, argv, &usage, &command) || by == NULL ||
        !incident_moment_read(by, &by_ms)) {
        return EXIT_TOOL_USAGE;
    }
    by_ms = by_ms % DAY_MS == 0 ? by_ms + DAY_MS - 1 : by_ms; /* that day included */
    struct lg_err err = notify_ask(&command, by_ms, &reply);
    return look_end(&command, "Not all were told.", err, &reply.verdict);
}

/* ---- decide and close ---- */

static int act_run(struct incident_command *command, struct wire_incident_act_request *request,
                   const char *what) {
    struct wire_incident_act_reply reply;
    request->actor = incident_actor(command);
    request->incident_id = command->id;
    request->version = command->version_number;
    request->reason = span_text(command->reason);
    struct lg_err err = incident_call(command, WIRE_INCIDENT_ACT, request, &reply);
    if (!lg_failed(err) && !command->json) {
        incident_print_whole(&reply.incident);
    }
    return incident_end(command, what, err);
}

int tool_incident_decide(int argc, char **argv) {
    static const char *const icos[] = {"", "notify", "not"};
    static const char *const tellings[] = {"", "tell", "not"};
    struct incident_command command = {.config = NULL};
    struct wire_incident_act_request request = {.step = WIRE_INCIDENT_DECIDE};
    const char *ico = NULL;
    const char *persons = NULL;
    const struct option own[] = {
        {"--reason", .text = &command.reason}, {"--ico", .text = &ico},
        {"--persons", .text = &persons},       {"--effects", .span = &request.effects},
        {"--delay", .span = &request.delay},
    };
    const struct incident_usage usage = {
        .wants_id = true, .wants_version = true, .own = own, .own_count = 5};
    if (!incident_options_read(argc, argv, &usage, &command) || command.reason == NULL) {
        return EXIT_TOOL_USAGE;
    }
    request.ico = (enum wire_incident_ico)incident_word_find(icos, 3, ico);
    request.persons = (enum wire_incident_persons)incident_word_find(tellings, 3, persons);
    return request.ico == 0 || request.persons == 0
               ? EXIT_TOOL_USAGE
               : act_run(&command, &request, "Nothing was decided.");
}

int tool_incident_close(int argc, char **argv) {
    struct incident_command command = {.config = NULL};
    struct wire_incident_act_request request = {.step = WIRE_INCIDENT_CLOSE};
    const struct option own[] = {{"--measures", .text = &command.reason}};
    const struct incident_usage usage = {
        .wants_id = true, .wants_version = true, .own = own, .own_count = 1};
    if (!incident_options_read(argc, argv, &usage, &command) || command.reason == NULL) {
        return EXIT_TOOL_USAGE;
    }
    return act_run(&command, &request, "The incident was not closed.");
}

/* ---- notices and acknowledge ---- */

static struct lg_err notices_ask(struct incident_command *command, size_t *out_count) {
    struct wire_incident_notices_request request = {.actor = incident_actor(command)};
    struct wire_incident_notices_reply page;
    do {
        TRY(incident_call(command, WIRE_INCIDENT_NOTICES, &request, &page));
        for (size_t i = 0; i < page.notice_count && !command->json; i++) {
            incident_notice_print(&page.notices[i]);
        }
        *out_count += page.notice_count;
        request.cursor = page.cursor;
    } while (page.cursor.len > 0);
    return LG_OK;
}

int tool_incident_notices(int argc, char **argv) {
    struct incident_command command = {.config = NULL};
    const struct incident_usage usage = {.wants_id = false};
    size_t count = 0;
    if (!incident_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = notices_ask(&command, &count);
    if (!lg_failed(err) && !command.json) {
        (void)printf("%zu notices\n", count);
    }
    return incident_end(&command, "The notices were not listed.", err);
}

int tool_incident_acknowledge(int argc, char **argv) {
    static const char *const outcomes[] = {"",     "destroyed", "returned",
                                           "kept", "not-held",  "noted"};
    struct incident_command command = {.config = NULL};
    struct wire_incident_answer_reply reply;
    struct wire_incident_answer_request request = {.number = 0};
    const char *number = NULL;
    const char *outcome = NULL;
    const struct option own[] = {
        {.text = &number}, {"--outcome", .text = &outcome}, {"--reason", .text = &command.reason}};
    const struct incident_usage usage = {.own = own, .own_count = 3};
    if (!incident_options_read(argc, argv, &usage, &command) || command.reason == NULL ||
        !incident_number_read(number, &request.number)) {
        return EXIT_TOOL_USAGE;
    }
    request.outcome = (enum wire_incident_outcome)incident_word_find(outcomes, 6, outcome);
    if (request.outcome == 0) {
        return EXIT_TOOL_USAGE;
    }
    request.actor = incident_actor(&command);
    request.reason = span_text(command.reason);
    struct lg_err err = incident_call(&command, WIRE_INCIDENT_ANSWER, &request, &reply);
    if (!lg_failed(err) && !command.json) {
        incident_notice_print(&reply.notice);
    }
    return incident_end(&command, "The notice was not acknowledged.", err);
}
