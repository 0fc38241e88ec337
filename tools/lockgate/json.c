/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/json.h"

void json_text(FILE *stream, struct span text) {
    fputc('"', stream);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (byte < 0x20) {
            fprintf(stream, "\\u%04x", (unsigned)byte);
            continue;
        }
        if (byte == '"' || byte == '\\') {
            fputc('\\', stream);
        }
        fputc(byte, stream);
    }
    fputc('"', stream);
}

void json_list(FILE *stream, const char *name, const struct span_list *list) {
    fprintf(stream, ",\"%s\":[", name);
    for (size_t i = 0; i < list->count; i++) {
        fputs(i == 0 ? "" : ",", stream);
        json_text(stream, list->items[i]);
    }
    fputc(']', stream);
}
