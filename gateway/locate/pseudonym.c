/* SPDX-License-Identifier: Apache-2.0 */
/* What stands for a person, and for a source's record, outside the gateway. */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/locate/locate_int.h"

static struct lg_err text_of(const struct vault_point *point, struct arena *arena,
                             struct pseudonym *out_pseudonym) {
    char *text = arena_alloc(arena, VAULT_PSEUDONYM_TEXT_SIZE + 1);
    if (text == NULL) {
        return locate_fail(LG_CLASS_LIMIT, LOCATE_MEMORY);
    }
    vault_pseudonym_write(point, text);
    out_pseudonym->text = span_of(text, VAULT_PSEUDONYM_TEXT_SIZE);
    return LG_OK;
}

struct lg_err locate_pseudonym_find(struct store_reader *reader, const struct store_owner *owner,
                                    struct arena *arena, struct pseudonym *out_pseudonym) {
    bool found = false;
    struct vault_point point;
    TRY(store_pseudonym_get(reader, owner, &found, &point));
    if (!found) {
        out_pseudonym->text = span_of(NULL, 0);
        return LG_OK;
    }
    return text_of(&point, arena, out_pseudonym);
}

struct lg_err locate_pseudonym_begin(const struct located *located,
                                     struct locate_blinded *out_blinded) {
    if (lg_failed(
            vault_point_blind(&located->point, &out_blinded->element, &out_blinded->unblind))) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    return LG_OK;
}

struct lg_err locate_pseudonym_finish(struct locate_blinded *blinded, struct span evaluated,
                                      struct arena *arena, struct vault_point *out_point,
                                      struct pseudonym *out_pseudonym) {
    struct lg_err err = locate_fail(LG_CLASS_PEER, LOCATE_ELEMENT);
    struct vault_point given;
    struct vault_point point;
    if (evaluated.len == sizeof given.bytes) {
        memcpy(given.bytes, evaluated.ptr, sizeof given.bytes);
        if (!lg_failed(vault_point_unblind(&given, &blinded->unblind, &point))) {
            err = text_of(&point, arena, out_pseudonym);
        }
    }
    vault_wipe(blinded, sizeof *blinded);
    if (!lg_failed(err)) {
        *out_point = point;
    }
    return err;
}

static_assert(LOCATE_ROW_PSEUDONYM_SIZE == (16 * 8 + 4) / 5, "base32 of a 16-byte tag");

struct lg_err locate_row_pseudonym(const struct locate *locate, const struct locate_row *row,
                                   char out[static LOCATE_ROW_PSEUDONYM_SIZE + 1]) {
    struct span parts[] = {row->agreement, row->recipient, row->agency, row->reference};
    struct store_tag tag;
    TRY(store_tag_make(locate->store, STORE_TAG_ROW, parts, 4, &tag));
    bytes_to_base32(span_of(tag.bytes, sizeof tag.bytes), out);
    return LG_OK;
}
