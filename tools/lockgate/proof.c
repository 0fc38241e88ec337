/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/proof.h"

#include <stdio.h>

#include "gateway/audit/note.h"
#include "gateway/wire/audit.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/explain_int.h"
#include "tools/lockgate/officer.h"

static const char get_path[] = "/lockgate.v1.Audit/Get";

static struct lg_err proof_fetch(struct officer *officer,
                                 const struct wire_audit_get_request *request,
                                 struct wire_audit_get_reply *out_reply) {
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_audit_get_request_encode(officer->arena, request, &message));
    TRY(officer_call(officer, get_path, message, &answer));
    return wire_audit_get_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

static int refused(const struct verdict *verdict) {
    (void)fprintf(stderr, "%.*s\n%.*s\n", (int)verdict->code.len, (const char *)verdict->code.ptr,
                  (int)verdict->sentence.len, (const char *)verdict->sentence.ptr);
    return EXIT_TOOL_REFUSED;
}

static int proof_print(struct officer *officer, const struct wire_audit_get_reply *reply) {
    struct span text;
    if (reply->verdict.decision == DECISION_REFUSE) {
        return refused(&reply->verdict);
    }
    struct lg_err err =
        audit_proof_write(&reply->logged.receipt, reply->logged.checkpoint, officer->arena, &text);
    if (lg_failed(err)) {
        return officer_failed(officer, "The gateway sent no receipt that can be written.", err);
    }
    (void)fwrite(text.ptr, 1, text.len, stdout);
    return EXIT_TOOL_DONE;
}

int tool_audit_proof(int argc, char **argv) {
    struct explain_options options;
    struct officer officer = {.config = NULL};
    struct wire_audit_get_request request = {.index = 0};
    struct wire_audit_get_reply reply = {.verdict = {.decision = DECISION_REFUSE}};
    if (argc < 1 || lg_failed(audit_decimal_read(span_text(argv[0]), &request.index)) ||
        !explain_options_read(argc - 1, argv + 1, &options)) {
        return EXIT_TOOL_USAGE;
    }
    officer.options.config = options.config;
    request.ground = options.question.ground;
    struct lg_err err = proof_fetch(&officer, &request, &reply);
    int code = lg_failed(err) ? officer_failed(&officer, "There is no receipt.", err)
                              : proof_print(&officer, &reply);
    officer_done(&officer);
    return code;
}
