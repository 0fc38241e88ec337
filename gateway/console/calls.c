/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that browsers may make: the handlers are those of everybody, and what a person may do
 * is decided there. Here stands which methods there are at all, and what makes a request one of
 * ours. */
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/console/console_int.h"

/* What is not here is UNIMPLEMENTED: enrolment, what signatories do with a key, reflection, the
 * log's files. */
static const char *const CALLS[] = {
    "/lockgate.v1.Disclosures/Ask",
    "/lockgate.v1.Disclosures/Watch",
    "/lockgate.v1.Disclosures/CanAsk",
    "/lockgate.v1.Subjects/Find",
    "/lockgate.v1.Subjects/Evaluate",
    "/lockgate.v1.Consents/Record",
    "/lockgate.v1.Consents/Withdraw",
    "/lockgate.v1.Consents/Show",
    "/lockgate.v1.Consents/List",
    "/lockgate.v1.Consents/Receipt",
    "/lockgate.v1.Consents/Notices",
    "/lockgate.v1.Consents/Acknowledge",
    "/lockgate.v1.Consents/Counts",
    "/lockgate.v1.Audit/Search",
    "/lockgate.v1.Audit/Get",
    "/lockgate.v1.Audit/Explain",
    "/lockgate.v1.Audit/Prove",
    "/lockgate.v1.Audit/Checkpoint",
    "/lockgate.v1.Audit/Consistency",
    "/lockgate.v1.Agreements/List",
    "/lockgate.v1.Agreements/Get",
    "/lockgate.v1.Agreements/Diff",
    "/lockgate.v1.Reviews/List",
    "/lockgate.v1.Reviews/Get",
    "/lockgate.v1.Reviews/Take",
    "/lockgate.v1.Reviews/Close",
    "/lockgate.v1.Reviews/Tell",
    "/lockgate.v1.Reviews/Open",
    "/lockgate.v1.Reviews/Mark",
    "/lockgate.v1.Access/Stop",
    "/lockgate.v1.Access/Resume",
    "/lockgate.v1.Access/List",
    "/lockgate.v1.SubjectAccess/Open",
    "/lockgate.v1.SubjectAccess/Act",
    "/lockgate.v1.SubjectAccess/Collect",
    "/lockgate.v1.SubjectAccess/List",
    "/lockgate.v1.Reports/Quarter",
    "/lockgate.v1.Obligations/List",
    "/lockgate.v1.Obligations/Take",
    "/lockgate.v1.Obligations/Attest",
};

/* Of these, what wants a fresh sign-in. Of a declared emergency Disclosures looks at it itself. */
static const char *const FRESH_CALLS[] = {
    "/lockgate.v1.Access/Stop",
    "/lockgate.v1.Access/Resume",
    "/lockgate.v1.Reviews/Close",
};

static bool is_among(const char *const *paths, size_t count, const char *path) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(paths[i], path) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- what makes it ours ---- */

/* A browser says where a request came from, and a page cannot make it lie. Origin is there for
 * every POST of a page; where it is, it has to be ours. */
static bool is_same_origin(const struct console_worker *worker, const struct grpc_call *call) {
    struct span origin = grpc_call_metadata(call, "origin");
    return span_equal_text(grpc_call_metadata(call, "sec-fetch-site"), "same-origin") &&
           (origin.ptr == NULL || span_equal_text(origin, worker->console->config->origin));
}

/* Under our own referrer-policy a form's Origin is "null" (Fetch, "append a request Origin
 * header"): where it comes from is then said by Sec-Fetch-Site alone, which a sandboxed frame has
 * as cross-site. */
bool console_form_is_ours(const struct console_worker *worker, const struct grpc_call *call) {
    bool is_null = span_equal_text(grpc_call_metadata(call, "origin"), "null");
    return is_null ? span_equal_text(grpc_call_metadata(call, "sec-fetch-site"), "same-origin")
                   : is_same_origin(worker, call);
}

/* Ours: with the header that no form and no foreign page can send. */
static bool is_ours(const struct console_worker *worker, const struct grpc_call *call) {
    return span_equal_text(grpc_call_metadata(call, "lockgate-console"), "1") &&
           is_same_origin(worker, call);
}

/* ---- who may go on ---- */

/* As the handlers will see them. */
static struct caller caller_of(const struct console_visitor *visitor) {
    return (struct caller){
        .agency = visitor->identity.agency,
        .system = visitor->identity.system,
        .user_id = visitor->identity.actor.user_id,
    };
}

/* A person who is stopped loses every session, and not only this call; one whose agency or system
 * is stopped may be an officer who sees to it. */
static bool is_stopped(struct console_worker *worker, struct lg_err *out_err) {
    const struct console_visitor *visitor = &worker->visitor;
    struct caller caller = caller_of(visitor);
    bool stopped = true;
    struct store_reader *reader = worker->query->reader;
    *out_err = visitor->identity.is_officer ? access_officer_check(reader, &caller, &stopped)
                                            : access_check(reader, &caller, &stopped);
    return lg_failed(*out_err) || stopped;
}

static enum grpc_status visitor_check(struct console_worker *worker, const char **out_message) {
    struct lg_err err = LG_OK;
    if (!is_stopped(worker, &err)) {
        return GRPC_OK;
    }
    if (lg_failed(err)) {
        *out_message = "The gateway cannot look up who may call; try again";
        return grpc_status_of_error(err);
    }
    size_t count =
        signin_sessions_end_user(worker->console->sessions, worker->visitor.session.person.user_id);
    log_line(LOG_INFO, "console.stopped", "sessions=%zu", count);
    *out_message = "Your access was stopped, and so you are signed out: ask an officer of your "
                   "agency";
    return GRPC_UNAUTHENTICATED;
}

enum grpc_status console_call_check(struct console_worker *worker, const struct grpc_call *call,
                                    enum console_check check, const char **out_message) {
    if (!is_ours(worker, call)) {
        *out_message = "This address takes calls from the console's own pages alone: with the "
                       "header lockgate-console and from the same origin";
        return GRPC_PERMISSION_DENIED;
    }
    if (check == CONSOLE_CHECK_OURS) {
        return GRPC_OK;
    }
    if (!console_visitor_find(worker, call, check == CONSOLE_CHECK_USED)) {
        *out_message = "Nobody is signed in: sign in again";
        return GRPC_UNAUTHENTICATED;
    }
    return visitor_check(worker, out_message);
}

/* ---- the rows ---- */

static enum grpc_status check(void *ctx, const struct grpc_call *call, bool is_begun,
                              const char **out_message) {
    const struct console_row *row = ctx;
    enum grpc_status status = console_call_check(
        row->worker, call, is_begun ? CONSOLE_CHECK_SIGNED_IN : CONSOLE_CHECK_USED, out_message);
    if (status == GRPC_OK && !is_begun && row->is_fresh &&
        !row->worker->visitor.identity.is_fresh) {
        *out_message = service_stale_sentence;
        return GRPC_FAILED_PRECONDITION;
    }
    return status;
}

static void on_request(void *ctx, struct grpc_call *call, struct span message) {
    const struct console_row *row = ctx;
    row->method->on_request(row->method->ctx, call, message);
}

static void on_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    const struct console_row *row = ctx;
    row->method->on_cancel(row->method->ctx, call, why);
}

static void on_writable(void *ctx, struct grpc_call *call) {
    const struct console_row *row = ctx;
    row->method->on_writable(row->method->ctx, call);
}

static enum grpc_lane lane_of(void *ctx, struct span message) {
    const struct console_row *row = ctx;
    return row->method->lane_of(row->method->ctx, message);
}

void console_call_rows(struct console_worker *worker) {
    size_t count = 0;
    const struct grpc_method *methods = service_methods(worker->service, &count);
    for (size_t i = 0; i < count; i++) {
        const struct grpc_method *method = &methods[i];
        if (!is_among(CALLS, sizeof CALLS / sizeof *CALLS, method->path)) {
            continue;
        }
        ASSERT(method->kind == GRPC_UNARY || method->kind == GRPC_SERVER_STREAM);
        struct console_row *row = &worker->rows[worker->method_count];
        *row = (struct console_row){
            .worker = worker,
            .method = method,
            .is_fresh =
                is_among(FRESH_CALLS, sizeof FRESH_CALLS / sizeof *FRESH_CALLS, method->path),
        };
        struct grpc_method *ours = &worker->methods[worker->method_count];
        *ours = *method;
        ours->ctx = row;
        ours->check = check;
        ours->on_request = on_request;
        ours->on_cancel = method->on_cancel == NULL ? NULL : on_cancel;
        ours->on_writable = method->on_writable == NULL ? NULL : on_writable;
        ours->lane_of = method->lane_of == NULL ? NULL : lane_of;
        worker->method_count++;
    }
    ASSERT(worker->method_count == sizeof CALLS / sizeof *CALLS);
}
