/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>

char *support_file_read(const char *data_dir, const char *name, size_t *out_len) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", data_dir, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text != NULL) {
        *out_len = fread(text, 1, (size_t)size, file);
        text[*out_len] = '\0';
    }
    fclose(file);
    return text;
}
