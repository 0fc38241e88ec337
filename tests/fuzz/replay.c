/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of the folders given, in the order of their names: for builds
 * without libFuzzer. Ends with 1 where there was nothing to run. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* Memory of exactly the file's size, so that a sanitizer sees a read past its end. */
static void run_file(const char *folder, const char *name) {
    size_t len = 0;
    char *text = support_file_read(folder, name, &len);
    uint8_t *bytes = text != NULL ? malloc(len > 0 ? len : 1) : NULL;
    if (bytes == NULL) {
        fprintf(stderr, "%s/%s cannot be read\n", folder, name);
        exit(1);
    }
    memcpy(bytes, text, len);
    free(text);
    (void)LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
}

static size_t run_folder(const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_shown, alphasort);
    for (int i = 0; i < count; i++) {
        run_file(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return count > 0 ? (size_t)count : 0;
}

int main(int argc, char **argv) {
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        count += run_folder(argv[i]);
    }
    printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
