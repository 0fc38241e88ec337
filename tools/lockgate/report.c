/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/report.h"

#include <stdio.h>
#include <string.h>

#include "tools/lockgate/exit.h"
#include "tools/lockgate/officer.h"

static const char quarter_path[] = "/lockgate.v1.Reports/Quarter";

enum { FORMS = 2 };

/* --csv and --html are taken out, officers' flags stay; false where both are said, or one twice. */
static bool form_take(int *argc, char **argv, bool out_forms[static FORMS]) {
    static const char *const words[FORMS] = {"--csv", "--html"};
    int count = 0;
    int said = 0;
    for (int i = 0; i < *argc; i++) {
        bool is_form = false;
        for (int form = 0; form < FORMS; form++) {
            if (strcmp(argv[i], words[form]) == 0) {
                out_forms[form] = true;
                is_form = true;
                said++;
            }
        }
        if (!is_form) {
            argv[count++] = argv[i];
        }
    }
    *argc = count;
    return said <= 1;
}

static struct lg_err report_ask(struct officer *officer, struct wire_quarter_reply *out_reply) {
    const struct wire_quarter_request request = {.actor = officer_actor(officer),
                                                 .quarter = span_text(officer->options.name)};
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_quarter_request_encode(officer->arena, &request, &message));
    TRY(officer_call(officer, quarter_path, message, &answer));
    return wire_quarter_reply_decode(officer->arena, answer, &officer->report, out_reply);
}

int tool_audit_report(int argc, char **argv) {
    struct officer officer = {.config = NULL};
    struct wire_quarter_reply reply = {0};
    bool forms[FORMS] = {false};
    if (!form_take(&argc, argv, forms) || !officer_options_read(argc, argv, &officer.options) ||
        officer.options.name == NULL || (officer.options.json && (forms[0] || forms[1]))) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = report_ask(&officer, &reply);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = officer_failed(&officer, "There is no report.", err);
    } else if (forms[0]) {
        report_csv_print(&reply);
    } else if (forms[1]) {
        report_page_print(&reply);
    } else if (!officer.options.json) {
        report_text_print(&reply);
    }
    officer_done(&officer);
    return code;
}
