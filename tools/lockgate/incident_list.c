/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents listed, one shown, and the register of UK GDPR, Article 33(5): facts, effects and
 * measures of every one, open or closed. */
#include <stdio.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/incident.h"
#include "tools/lockgate/incident_int.h"

typedef void (*print_fn)(const struct wire_incident *it);

static struct lg_err pages_print(struct incident_command *command,
                                 struct wire_incident_list_request *request, print_fn print,
                                 size_t *out_count) {
    struct wire_incident_list_reply page;
    request->actor = incident_actor(command);
    do {
        TRY(incident_call(command, WIRE_INCIDENT_LIST, request, &page));
        for (size_t i = 0; i < page.incident_count && !command->json; i++) {
            print(&page.incidents[i]);
        }
        *out_count += page.incident_count;
        request->cursor = page.cursor;
    } while (page.cursor.len > 0);
    return LG_OK;
}

static int list_run(struct incident_command *command, struct wire_incident_list_request *request,
                    print_fn print) {
    size_t count = 0;
    struct lg_err err = pages_print(command, request, print, &count);
    if (!lg_failed(err) && !command->json) {
        (void)printf("%zu incidents\n", count);
    }
    return incident_end(command, "The incidents were not listed.", err);
}

int tool_incident_list(int argc, char **argv) {
    struct incident_command command = {.config = NULL};
    struct wire_incident_list_request request = {.all = false};
    const struct option own[] = {{"--all", .is_set = &request.all},
                                 {"--escalated", .is_set = &request.escalated}};
    const struct incident_usage usage = {.own = own, .own_count = 2};
    if (!incident_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    return list_run(&command, &request, incident_print);
}

int tool_incident_report(int argc, char **argv) {
    struct incident_command command = {.config = NULL};
    struct wire_incident_list_request request = {.all = true};
    const struct incident_usage usage = {.wants_id = false};
    if (!incident_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    return list_run(&command, &request, incident_print_whole);
}

int tool_incident_show(int argc, char **argv) {
    struct incident_command command = {.config = NULL};
    const struct incident_usage usage = {.wants_id = true};
    struct wire_incident_get_reply reply;
    if (!incident_options_read(argc, argv, &usage, &command)) {
        return EXIT_TOOL_USAGE;
    }
    const struct wire_incident_get_request request = {.actor = incident_actor(&command),
                                                      .incident_id = command.id};
    struct lg_err err = incident_call(&command, WIRE_INCIDENT_GET, &request, &reply);
    if (!lg_failed(err) && !command.json) {
        incident_print_whole(&reply.incident);
        for (size_t i = 0; i < reply.notice_count; i++) {
            incident_notice_print(&reply.notices[i]);
        }
    }
    return incident_end(&command, "The incident was not shown.", err);
}
