/* SPDX-License-Identifier: Apache-2.0 */
/* The table of wards: one `FRONT,WARD` a line, blank lines and lines from "#" left out. */
#include <stdlib.h>

#include "gateway/base/limits.h"
#include "gateway/node/node_int.h"

static struct lg_err wrong(struct diag *diag, uint32_t line, const char *what) {
    diag_set(diag, line, "wards: %s", what);
    return lg_err_make(LG_CLASS_CONFIG, LG_SERVICE, NODE_WARDS);
}

/* Upper-case letters and digits, 2 to 5 of them. */
static bool is_front(struct span text) {
    if (text.len < 2 || text.len > 5) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
            return false;
        }
    }
    return true;
}

static struct lg_err line_read(struct span line, uint32_t number, struct diag *diag,
                               struct node_wards *wards) {
    struct span front = span_trim(span_slice(line, 0, span_index(line, ',')));
    struct span ward = span_trim(span_slice(line, span_index(line, ',') + 1, line.len));
    if (!is_front(front) || ward.len == 0 || !span_is_text(ward)) {
        return wrong(diag, number,
                     "a line is FRONT,WARD: an outward code in upper case, and a name");
    }
    for (size_t i = 0; i < wards->count; i++) {
        if (span_equal(wards->wards[i].postcode, front)) {
            return wrong(diag, number, "this front of a postcode stands there twice");
        }
    }
    if (wards->count == LIMIT_NODE_WARDS) {
        return wrong(diag, number, "more lines than a table may have");
    }
    wards->wards[wards->count++] = (struct minimise_ward){.postcode = front, .ward = ward};
    return LG_OK;
}

static struct lg_err lines_read(struct span text, struct diag *diag, struct node_wards *wards) {
    struct span rest = text;
    struct span line;
    for (uint32_t number = 1; span_split(&rest, '\n', &line); number++) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
            line.len--;
        }
        line = span_trim(line);
        if (line.len > 0 && line.ptr[0] != '#') {
            TRY(line_read(line, number, diag, wards));
        }
    }
    return LG_OK;
}

struct lg_err node_wards_load(const char *path, struct diag *diag, struct node_wards *out_wards) {
    *out_wards = (struct node_wards){0};
    if (path == NULL) {
        return LG_OK;
    }
    struct node_wards wards = {0};
    size_t len = 0;
    TRY(node_file_read(path, LIMIT_NODE_WARDS_SIZE, diag, &wards.text, &len));
    wards.wards = calloc(LIMIT_NODE_WARDS, sizeof *wards.wards);
    struct lg_err err = wards.wards == NULL ? lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY)
                                            : lines_read(span_of(wards.text, len), diag, &wards);
    if (lg_failed(err)) {
        node_wards_free(&wards);
        return err;
    }
    *out_wards = wards;
    return LG_OK;
}

void node_wards_free(struct node_wards *wards) {
    free(wards->wards);
    free(wards->text);
    *wards = (struct node_wards){0};
}
