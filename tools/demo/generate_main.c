/* SPDX-License-Identifier: Apache-2.0 */
/* lockgate-demo-generate --seed N --out DIR: made-up agencies for the demo and for tests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/demo/generate.h"

static const char USAGE[] =
    "Usage: lockgate-demo-generate --seed N --out DIR\n"
    "Writes the sources, mappings and canaries of made-up agencies. The same seed gives the same "
    "bytes.\n";

static bool number_read(const char *text, uint64_t *out_number) {
    char *end = NULL;
    errno = 0;
    *out_number = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

int main(int argc, char **argv) {
    uint64_t seed = 0;
    bool usable = argc == 5 && strcmp(argv[1], "--seed") == 0 && number_read(argv[2], &seed) &&
                  strcmp(argv[3], "--out") == 0;
    if (!usable) {
        (void)fputs(USAGE, stderr);
        return 2;
    }
    struct diag diag = {.line = 0};
    OWN(demo_world_free) struct demo_world *world = NULL;
    struct lg_err err = demo_world_new(seed, &world);
    if (!lg_failed(err)) {
        err = demo_generate(world, argv[4], &diag);
    }
    if (lg_failed(err)) {
        (void)fprintf(stderr, "The sources were not written.\n%s\n", diag.text);
        return 1;
    }
    demo_statistics_print(world, stdout);
    return 0;
}
