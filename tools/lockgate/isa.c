/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/isa.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/limits.h"
#include "policy/compare/prove.h"

enum { STEP = 65536 };

void isa_complain(const char *what, const char *name, const struct diag *diag, const char *to_do) {
    fprintf(stderr, "%s\n", what);
    if (diag->line > 0) {
        fprintf(stderr, "%s:%u: %s\n", name, (unsigned)diag->line, diag->text);
    } else {
        fprintf(stderr, "%s: %s\n", name, diag->text);
    }
    fprintf(stderr, "%s\n", to_do);
}

static bool load(FILE *stream, size_t size_max, struct isa_file *out_file) {
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
            *out_file = (struct isa_file){bytes, size};
            return true;
        }
        if (got == 0 || size > size_max) {
            break;
        }
    }
    free(bytes);
    return false;
}

bool isa_file_read(const char *name, size_t size_max, struct isa_file *out_file) {
    struct diag diag = {0};
    FILE *stream = fopen(name, "rb");
    bool good = stream != NULL && load(stream, size_max, out_file);
    if (stream != NULL) {
        fclose(stream);
    }
    if (!good) {
        diag_set(&diag, 0, "no such file, no right to read it, or more than %zu bytes", size_max);
        isa_complain("The file was not read.", name, &diag, "Name a file that can be read.");
    }
    return good;
}

void isa_file_done(struct isa_file *file) {
    free(file->bytes);
    *file = (struct isa_file){0};
}

/* Says why a text was not compiled. True where it was. */
static bool is_compiled(const char *name, struct lg_err err, struct diag *diag) {
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        isa_complain("The agreement cannot be evaluated.", name, diag,
                     "Correct the line and check again; nothing is shared under it as it is.");
    } else if (lg_failed(err)) {
        diag_set(diag, 0, "it needs more memory than there is or is allowed");
        isa_complain("The agreement was not read.", name, diag, "Split the agreement.");
    }
    return !lg_failed(err);
}

bool isa_compile(const char *name, struct span floor, struct policy **out_policy) {
    struct isa_file file = {0};
    struct diag diag = {0};
    if (!isa_file_read(name, LIMIT_POLICY_TEXT_SIZE, &file)) {
        return false;
    }
    struct lg_err err = policy_compile(span_of(file.bytes, file.len), floor, &diag, out_policy);
    isa_file_done(&file);
    return is_compiled(name, err, &diag);
}

bool isa_compile_unproven(const char *name, struct span text, struct span floor,
                          struct policy **out_policy) {
    struct diag diag = {0};
    struct lg_err err = policy_compile_unproven(text, floor, &diag, out_policy);
    return is_compiled(name, err, &diag);
}
