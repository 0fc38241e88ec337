/* SPDX-License-Identifier: Apache-2.0 */
/* Results of the opt-out exchange. The first byte chooses whether the mapping says the date. A file
 * that is refused is told without a number from it; one that is taken has a day that is not after
 * today, no more numbers than lines, and everybody else has opted out. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/day.h"
#include "tools/connector/opt_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DIGITS_OF_A_NUMBER = 10 };

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static size_t lines_of(struct span text) {
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n' ? 1 : 0;
    }
    return lines;
}

static void check_sentence(const char *sentence) {
    size_t digits = 0;
    require(sentence[0] != '\0');
    for (size_t i = 0; sentence[i] != '\0'; i++) {
        digits = sentence[i] >= '0' && sentence[i] <= '9' ? digits + 1 : 0;
        require(digits < DIGITS_OF_A_NUMBER);
    }
}

static void check_taken(const struct connector_opt_out *opt_out, int32_t today, size_t lines) {
    int32_t day = 0;
    size_t count = connector_opt_out_count(opt_out);
    struct span text = connector_opt_out_day(opt_out, OPT_OUT_APPLIES);
    require(count >= 1 && count <= lines);
    require(day_read(text, &day) && day <= today);
    const struct identity nobody = {.scheme = span_text("nhs"),
                                    .identifier = span_text("123 456 7890")};
    require(connector_opt_out_of(opt_out, &nobody) == OPT_OUT_NOT_STATED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int64_t NOW_MS = 1796000000000;
    struct diag diag = {.line = 0};
    struct connector_opt_out *opt_out = NULL;
    if (size < 2) {
        return 0;
    }
    struct span text = span_of(data + 1, size - 1);
    FILE *stream = fmemopen((void *)(uintptr_t)text.ptr, text.len, "r");
    require(stream != NULL);
    const struct connector_opt_out_file file = {
        .stream = stream, .name = "result", .date = (data[0] & 1) != 0 ? "2026-11-20" : NULL};
    struct lg_err err = connector_opt_out_read(&file, NOW_MS, &diag, &opt_out);
    (void)fclose(stream);
    if (lg_failed(err)) {
        require(opt_out == NULL);
        check_sentence(diag.text);
    } else {
        check_taken(opt_out, day_of_ms(NOW_MS), lines_of(text));
    }
    connector_opt_out_close(&opt_out);
    return 0;
}
