/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/agreement_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEP = 65536 };

void agreement_complain(const char *what, const char *name, const struct diag *diag,
                        const char *to_do) {
    (void)fprintf(stderr, "%s\n", what);
    if (diag->line > 0) {
        (void)fprintf(stderr, "%s:%u: %s\n", name, (unsigned)diag->line, diag->text);
    } else {
        (void)fprintf(stderr, "%s: %s\n", name, diag->text);
    }
    (void)fprintf(stderr, "%s\n", to_do);
}

static bool load(FILE *stream, size_t size_max, struct span *out_bytes) {
    size_t size = 0;
    uint8_t *bytes = NULL;
    for (;;) {
        uint8_t *more = realloc(bytes, size + STEP);
        if (more == NULL) {
            break;
        }
        bytes = more;
        size_t got = fread(bytes + size, 1, STEP, stream);
        size += got;
        if (got == 0 && !ferror(stream)) {
            *out_bytes = span_of(bytes, size);
            return true;
        }
        if (got == 0 || size > size_max) {
            break;
        }
    }
    free(bytes);
    return false;
}

bool agreement_input_read(const char *name, size_t size_max, struct agreement_file *out_file) {
    struct diag diag = {0};
    FILE *stream = fopen(name, "rbe");
    bool good = stream != NULL && load(stream, size_max, &out_file->bytes);
    if (stream != NULL) {
        (void)fclose(stream);
    }
    if (!good) {
        diag_set(&diag, 0, "no such file, no right to read it, or more than %zu bytes", size_max);
        agreement_complain("The file was not read.", name, &diag, "Name a file that can be read.");
    }
    return good;
}

void agreement_input_done(struct agreement_file *file) {
    free((void *)(uintptr_t)file->bytes.ptr);
    file->bytes = span_of(NULL, 0);
}
