/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/demo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/demo/up.h"
#include "tools/lockgate/exit.h"

static bool site_of(int argc, char **argv, struct demo_site *out_site) {
    const char *state = demo_state_default();
    char here[DEMO_PATH] = "";
    if (argc == 2 && strcmp(argv[0], "--state") == 0) {
        state = argv[1];
    } else if (argc != 0) {
        return false;
    }
    bool whole = state[0] == '/' || getcwd(here, sizeof here) != NULL;
    int len = snprintf(out_site->state, sizeof out_site->state, "%s%s%s", here,
                       here[0] == '\0' ? "" : "/", state);
    return whole && len > 0 && (size_t)len + 128 < sizeof out_site->state;
}

static void summary_print(const struct demo_site *site) {
    (void)printf("\nDemo partnership \"Bridgewater\" is running (synthetic people only).\n");
    if (site->gateway_port != 0) {
        (void)printf("  Gateway   localhost:%u (mutual TLS)   %d agencies, 1 slow, 1 off (on "
                     "purpose)\n",
                     (unsigned)site->gateway_port, (int)DEMO_AGENCIES);
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
    if (!site_of(argc, argv, &site)) {
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
    if (!site_of(argc, argv, &site)) {
        return EXIT_TOOL_USAGE;
    }
    demo_down(&site, &count);
    (void)fprintf(stderr, "%zu programs ended\n", count);
    return EXIT_TOOL_DONE;
}

int tool_demo_status(int argc, char **argv) {
    struct demo_site site = {.gateway_port = 0};
    if (!site_of(argc, argv, &site)) {
        return EXIT_TOOL_USAGE;
    }
    return demo_status(&site, stdout) ? EXIT_TOOL_DONE : EXIT_TOOL_FAILED;
}
