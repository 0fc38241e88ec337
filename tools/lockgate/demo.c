/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/demo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/demo/up.h"
#include "tools/lockgate/exit.h"

static bool folder_take(const char *folder, char out[static DEMO_PATH]) {
    char here[DEMO_PATH] = "";
    bool whole = folder[0] == '/' || getcwd(here, sizeof here) != NULL;
    int len = snprintf(out, DEMO_PATH, "%s%s%s", here, here[0] == '\0' ? "" : "/", folder);
    return whole && len > 0 && (size_t)len + 128 < DEMO_PATH;
}

/* Options in any order, each once at most; `has_console`: whether --console is one. */
static bool site_of(int argc, char **argv, bool has_console, struct demo_site *out_site) {
    const char *state = NULL;
    const char *web = NULL;
    for (int i = 0; i < argc; i += 2) {
        const char **value = strcmp(argv[i], "--state") == 0 ? &state : &web;
        bool is_known = value == &state || (has_console && strcmp(argv[i], "--console") == 0);
        if (!is_known || *value != NULL || i + 1 == argc) {
            return false;
        }
        *value = argv[i + 1];
    }
    return folder_take(state == NULL ? demo_state_default() : state, out_site->state) &&
           (web == NULL || folder_take(web, out_site->web));
}

static void summary_print(const struct demo_site *site) {
    (void)printf("\nDemo partnership \"Bridgewater\" is running (synthetic people only).\n");
    if (site->gateway_port != 0) {
        (void)printf("  Gateway   localhost:%u (mutual TLS)   %d agencies, 1 slow, 1 off (on "
                     "purpose)\n",
                     (unsigned)site->gateway_port, (int)DEMO_AGENCIES);
    }
    if (site->console_port != 0 && site->web[0] != '\0') {
        (void)printf(
            "  Console   https://localhost:%u (people are chosen by a button; CA %s/ca/ca.pem)"
            "\n",
            (unsigned)site->console_port, site->state);
    }
    (void)printf("Try      lockgate person view --config %s/config/childrens-care-cases.yaml \\\n"
                 "           --identity %s/agencies/person-to-try --purpose child-safeguarding \\\n"
                 "           --basis children-act --user demo --role social-worker --case DEMO-1 "
                 "\\\n           --age child --no-consent would-prejudice\n",
                 site->state, site->state);
    (void)printf(
        "Or       --config %s/config/hub-cases.yaml --purpose domestic-abuse \\\n"
        "           --basis safety-interest --role coordinator: a refuge, which is hidden\n",
        site->state);
    (void)printf("Stop     lockgate demo down     Log   %s/log\n", site->state);
}

int tool_demo_up(int argc, char **argv) {
    struct demo_site site = {.gateway_port = 0};
    struct diag diag = {.line = 0};
    if (!site_of(argc, argv, true, &site)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = demo_up(&site, &diag);
    if (lg_failed(err)) {
        (void)fprintf(stderr, "The demo partnership was not started.\n%s\nCode %s-%u\n", diag.text,
                      lg_class_name(lg_err_class(err)), lg_err_code(err));
        return EXIT_TOOL_FAILED;
    }
    summary_print(&site);
    return EXIT_TOOL_DONE;
}

int tool_demo_down(int argc, char **argv) {
    struct demo_site site = {.gateway_port = 0};
    size_t count = 0;
    if (!site_of(argc, argv, false, &site)) {
        return EXIT_TOOL_USAGE;
    }
    demo_down(&site, &count);
    (void)fprintf(stderr, "%zu programs ended\n", count);
    return EXIT_TOOL_DONE;
}

int tool_demo_status(int argc, char **argv) {
    struct demo_site site = {.gateway_port = 0};
    if (!site_of(argc, argv, false, &site)) {
        return EXIT_TOOL_USAGE;
    }
    return demo_status(&site, stdout) ? EXIT_TOOL_DONE : EXIT_TOOL_FAILED;
}
