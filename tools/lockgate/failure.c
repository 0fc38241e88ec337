/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/failure.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/lockgate/client.h"
#include "tools/lockgate/exit.h"

static enum exit_tool exit_of_status(enum grpc_status status) {
    switch (status) {
    case GRPC_PERMISSION_DENIED:
    case GRPC_FAILED_PRECONDITION:
        return EXIT_TOOL_REFUSED;
    case GRPC_UNAVAILABLE:
    case GRPC_DEADLINE_EXCEEDED:
    case GRPC_RESOURCE_EXHAUSTED:
    case GRPC_CANCELLED:
        return EXIT_TOOL_UNREACHABLE;
    case GRPC_UNAUTHENTICATED:
        return EXIT_TOOL_SIGN_IN;
    default:
        return EXIT_TOOL_FAILED;
    }
}

static enum exit_tool exit_of(struct lg_err err) {
    if (lg_err_class(err) != LG_CLASS_PEER) {
        return EXIT_TOOL_FAILED;
    }
    bool has_status = lg_err_module(err) == LG_TOOLS && lg_err_code(err) > CLIENT_STATUS;
    return has_status ? exit_of_status((enum grpc_status)(lg_err_code(err) - CLIENT_STATUS))
                      : EXIT_TOOL_UNREACHABLE;
}

static const char *advice(const struct failure *failure, enum exit_tool code) {
    switch (code) {
    case EXIT_TOOL_REFUSED:
        return failure->if_refused != NULL
                   ? failure->if_refused
                   : "Ask your agency's officer who may do this, and under which purpose.";
    case EXIT_TOOL_UNREACHABLE:
        return "See that the gateway runs where --config says, and try again.";
    case EXIT_TOOL_SIGN_IN:
        return "Name a certificate of this partnership in --config that is in date and valid.";
    default:
        return "Correct that and try again.";
    }
}

int failure_tell(const struct failure *failure) {
    enum exit_tool code = exit_of(failure->err);
    const char *why = failure->diag->text;
    if (lg_err_class(failure->err) != LG_CLASS_CONFIG && failure->sentence[0] != '\0') {
        why = failure->sentence;
    }
    (void)fprintf(stderr, "%s\n", failure->what);
    if (failure->diag->line > 0) {
        (void)fprintf(stderr, "Line %" PRIu32 ": ", failure->diag->line);
    }
    (void)fprintf(stderr, "%s\n%s\nCode %s-%u\n", why[0] != '\0' ? why : "Memory is used up.",
                  advice(failure, code), lg_class_name(lg_err_class(failure->err)),
                  (unsigned)lg_err_code(failure->err));
    return (int)code;
}
