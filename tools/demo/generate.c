/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/demo/generate.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct lg_err demo_generate(const struct demo_world *world, const char *folder, struct diag *diag) {
    char path[1024];
    int len = snprintf(path, sizeof path, "%s/canaries", folder);
    bool made = mkdir(folder, 0700) == 0 || errno == EEXIST;
    if (!made || len < 0 || (size_t)len >= sizeof path) {
        diag_set(diag, 0, "%s: %s", folder, made ? "name too long" : strerror(errno));
        return lg_err_make(LG_CLASS_STORE, LG_TOOLS, DEMO_FILE);
    }
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        TRY(demo_source_write(world, (enum demo_agency)agency, folder, diag));
        TRY(demo_mapping_write((enum demo_agency)agency, folder, diag));
    }
    return demo_canaries_write(world, path, diag);
}

static uint32_t percent(uint32_t part, uint32_t whole) {
    return whole == 0 ? 0 : (part * 100U + whole / 2) / whole;
}

void demo_statistics_print(const struct demo_world *world, FILE *file) {
    struct demo_statistics statistics = demo_statistics_of(world);
    uint32_t rest = statistics.people - statistics.cohort;
    (void)fprintf(file, "%u people in %u households, %u children; cohort with complex needs %u\n",
                  statistics.people, statistics.households, statistics.children, statistics.cohort);
    (void)fprintf(file, "%-16s %7s %8s %12s\n", "known to", "people", "cohort", "other people");
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        (void)fprintf(file, "%-16s %7u %6u %% %10u %%\n", demo_agency_id((enum demo_agency)agency),
                      statistics.known[agency],
                      percent(statistics.cohort_known[agency], statistics.cohort),
                      percent(statistics.known[agency] - statistics.cohort_known[agency], rest));
    }
}
