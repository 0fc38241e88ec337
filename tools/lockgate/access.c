/* SPDX-License-Identifier: Apache-2.0 */
/* Stops of callers on the command line. */
#include "gateway/wire/access.h"

#include <stdio.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/officer.h"
#include "tools/lockgate/review.h"

static struct span text_of(const char *text) {
    return text == NULL ? span_of(NULL, 0) : span_text(text);
}

static struct lg_err change_ask(struct officer *officer, enum wire_access_method method,
                                const char *path) {
    const struct officer_options *options = &officer->options;
    const struct wire_access_request request = {
        .actor = officer_actor(officer),
        .scope = {text_of(options->agency), text_of(options->system), text_of(options->person)},
        .reason = text_of(options->reason),
    };
    struct wire_access_reply reply;
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_access_request_encode(method, officer->arena, &request, &message));
    TRY(officer_call(officer, path, message, &answer));
    return wire_access_reply_decode(method, officer->arena, answer, &officer->report, &reply);
}

static int change_run(int argc, char **argv, enum wire_access_method method, const char *path) {
    struct officer officer = {.config = NULL};
    if (!officer_options_read(argc, argv, &officer.options) || officer.options.agency == NULL ||
        officer.options.reason == NULL) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = change_ask(&officer, method, path);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "Nothing was changed.", err);
    } else if (!officer.options.json) {
        (void)printf("%s\n", method == WIRE_ACCESS_STOP ? "Stopped from the next question on"
                                                        : "No longer stopped");
    }
    officer_done(&officer);
    return code;
}

int tool_access_stop(int argc, char **argv) {
    return change_run(argc, argv, WIRE_ACCESS_STOP, "/lockgate.v1.Access/Stop");
}

int tool_access_resume(int argc, char **argv) {
    return change_run(argc, argv, WIRE_ACCESS_RESUME, "/lockgate.v1.Access/Resume");
}

static struct lg_err list_ask(struct officer *officer, struct wire_list_stops_reply *out_reply) {
    const struct actor actor = officer_actor(officer);
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_list_stops_request_encode(officer->arena, &actor, &message));
    TRY(officer_call(officer, "/lockgate.v1.Access/List", message, &answer));
    return wire_list_stops_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

static void stop_print(const struct officer *officer, const struct wire_stopped_access *stop) {
    (void)printf("%.*s", (int)stop->scope.agency.len, (const char *)stop->scope.agency.ptr);
    if (stop->scope.system.len > 0) {
        (void)printf("  system %.*s", (int)stop->scope.system.len,
                     (const char *)stop->scope.system.ptr);
    }
    if (stop->scope.user_id.len > 0) {
        (void)printf("  person %.*s", (int)stop->scope.user_id.len,
                     (const char *)stop->scope.user_id.ptr);
    }
    (void)printf("  since %s  %.*s\n", officer_time(officer, stop->since_ms), (int)stop->reason.len,
                 (const char *)stop->reason.ptr);
}

int tool_access_list(int argc, char **argv) {
    struct officer officer = {.config = NULL};
    struct wire_list_stops_reply reply = {0};
    if (!officer_options_read(argc, argv, &officer.options)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = list_ask(&officer, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "The stops were not listed.", err);
    }
    for (size_t i = 0; !officer.options.json && i < reply.stop_count; i++) {
        stop_print(&officer, &reply.stops[i]);
    }
    officer_done(&officer);
    return code;
}
