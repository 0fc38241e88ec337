/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudonym scalars at rest. The file, numbers big-endian:
 *
 *   offset 0   "LGSCAL1\n", 8 bytes
 *   offset 8   count of entries, 4 bytes
 *   entries, sorted by epoch, agreement, recipient, each
 *     4 bytes   epoch
 *     part      agreement (2-byte length, bytes)
 *     part      recipient
 *     72 bytes  vault_seal of the scalar under the wrapping key, bound to the label of the entry
 *   last 32    keyed BLAKE2b of everything before
 *
 * Valid: the sum at the end fits, the count is what is there, entries are in order and fit their
 * limits. The sum catches a torn or edited file; the seals catch entries that changed places. The
 * file is written whole, beside and renamed, so that a crash leaves the old one or the new one. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/keyd/keyd.h"
#include "gateway/keyd/keyd_int.h"

enum {
    SEALED_SIZE = VAULT_SCALAR_SIZE + VAULT_SEAL_OVERHEAD,
    HEADER_SIZE = 8 + 4,
    ENTRY_SIZE_MAX = 4 + 2 + KEYD_AGREEMENT_SIZE_MAX + 2 + KEYD_AGENCY_SIZE_MAX + SEALED_SIZE,
    FILE_SIZE_MAX = HEADER_SIZE + LIMIT_KEYD_SCALARS * ENTRY_SIZE_MAX + VAULT_MAC32_SIZE,
};

static const char MAGIC[] = "LGSCAL1\n";

struct entry {
    uint32_t epoch;
    uint8_t agreement_len;
    uint8_t recipient_len;
    uint8_t agreement[KEYD_AGREEMENT_SIZE_MAX];
    uint8_t recipient[KEYD_AGENCY_SIZE_MAX];
    uint8_t sealed[SEALED_SIZE];
};

/* Always true: entries are sorted and distinct, and what is in memory was in the file. */
struct keyd_scalars {
    char *path;
    struct vault_key *wrap;
    struct vault_key *sum;
    struct entry *entries; /* LIMIT_KEYD_SCALARS */
    size_t count;
};

static struct keyd_scope entry_scope(const struct entry *entry) {
    return (struct keyd_scope){
        .agreement = span_of(entry->agreement, entry->agreement_len),
        .recipient = span_of(entry->recipient, entry->recipient_len),
        .epoch = entry->epoch,
    };
}

static int scope_compare(const struct keyd_scope *a, const struct keyd_scope *b) {
    if (a->epoch != b->epoch) {
        return a->epoch < b->epoch ? -1 : 1;
    }
    int order = span_compare(a->agreement, b->agreement);
    return order != 0 ? order : span_compare(a->recipient, b->recipient);
}

static bool scope_fits(const struct keyd_scope *scope) {
    return scope->agreement.len >= 1 && scope->agreement.len <= KEYD_AGREEMENT_SIZE_MAX &&
           scope->recipient.len >= 1 && scope->recipient.len <= KEYD_AGENCY_SIZE_MAX;
}

/* Index of the first entry that is not before the scope; out_found: it is the scope's own. */
static size_t entry_index(const struct keyd_scalars *scalars, const struct keyd_scope *scope,
                          bool *out_found) {
    size_t low = 0;
    size_t high = scalars->count;
    *out_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct keyd_scope other = entry_scope(&scalars->entries[middle]);
        int order = scope_compare(&other, scope);
        if (order == 0) {
            *out_found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- Wrapping ---- */

/* The label that an entry's seal is bound to. */
struct bound {
    uint8_t bytes[VAULT_LABEL_SIZE_MAX];
    struct span written;
};

static void bound_make(const struct keyd_scope *scope, struct bound *out) {
    uint8_t names[2 + KEYD_AGREEMENT_SIZE_MAX + 2 + KEYD_AGENCY_SIZE_MAX];
    struct writer w = writer_of(names, sizeof names);
    struct vault_label label = {.purpose = "pseudonym scalar", .epoch = scope->epoch};
    writer_part(&w, scope->agreement);
    writer_part(&w, scope->recipient);
    ASSERT(!lg_failed(writer_end(&w, &label.scheme)));
    ASSERT(!lg_failed(vault_label_write(&label, out->bytes, &out->written)));
}

/* Draws a scalar and wraps it into the entry. */
static void entry_draw(struct keyd_scalars *scalars, const struct keyd_scope *scope,
                       struct entry *out) {
    struct vault_scalar scalar;
    struct bound bound;
    *out = (struct entry){
        .epoch = scope->epoch,
        .agreement_len = (uint8_t)scope->agreement.len,
        .recipient_len = (uint8_t)scope->recipient.len,
    };
    memcpy(out->agreement, scope->agreement.ptr, scope->agreement.len);
    memcpy(out->recipient, scope->recipient.ptr, scope->recipient.len);
    bound_make(scope, &bound);
    vault_scalar_random(&scalar);
    vault_seal(scalars->wrap, bound.written, span_of(scalar.bytes, sizeof scalar.bytes),
               out->sealed);
    vault_wipe(&scalar, sizeof scalar);
}

static struct lg_err entry_unwrap(struct keyd_scalars *scalars, const struct entry *entry,
                                  struct vault_key **out_scalar) {
    struct vault_scalar scalar;
    struct bound bound;
    struct keyd_scope scope = entry_scope(entry);
    bound_make(&scope, &bound);
    if (lg_failed(vault_open(scalars->wrap, bound.written, span_of(entry->sealed, SEALED_SIZE),
                             scalar.bytes))) {
        return keyd_fail(LG_CLASS_CONFIG, KEYD_STATE);
    }
    struct lg_err err = vault_key_from_bytes(
        VAULT_KIND_SCALAR, span_of(scalar.bytes, sizeof scalar.bytes), out_scalar);
    vault_wipe(&scalar, sizeof scalar);
    return lg_failed(err) ? keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY) : LG_OK;
}

/* ---- The file ---- */

static void entry_write(struct writer *w, const struct entry *entry) {
    struct keyd_scope scope = entry_scope(entry);
    writer_u32(w, scope.epoch);
    writer_part(w, scope.agreement);
    writer_part(w, scope.recipient);
    writer_bytes(w, span_of(entry->sealed, SEALED_SIZE));
}

static struct lg_err file_write(struct keyd_scalars *scalars) {
    size_t size = HEADER_SIZE + scalars->count * ENTRY_SIZE_MAX + VAULT_MAC32_SIZE;
    uint8_t *buf = calloc(1, size);
    if (buf == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    struct writer w = writer_of(buf, size);
    writer_text(&w, MAGIC);
    writer_u32(&w, (uint32_t)scalars->count);
    for (size_t i = 0; i < scalars->count; i++) {
        entry_write(&w, &scalars->entries[i]);
    }
    uint8_t sum[VAULT_MAC32_SIZE];
    vault_mac32(scalars->sum, span_of(buf, w.used), sum);
    writer_bytes(&w, span_of(sum, sizeof sum));
    struct span written = {.ptr = NULL, .len = 0};
    ASSERT(!lg_failed(writer_end(&w, &written)));
    struct lg_err err = vault_private_write(scalars->path, written, VAULT_WRITE_REPLACE, NULL);
    free(buf);
    return lg_failed(err) ? keyd_fail(LG_CLASS_STORE, KEYD_WRITE) : LG_OK;
}

static bool entry_read(struct reader *r, struct entry *out) {
    struct keyd_scope scope = {.epoch = reader_u32(r)};
    scope.agreement = reader_part(r);
    scope.recipient = reader_part(r);
    if (r->failed || !scope_fits(&scope)) {
        return false;
    }
    out->epoch = scope.epoch;
    out->agreement_len = (uint8_t)scope.agreement.len;
    out->recipient_len = (uint8_t)scope.recipient.len;
    memcpy(out->agreement, scope.agreement.ptr, scope.agreement.len);
    memcpy(out->recipient, scope.recipient.ptr, scope.recipient.len);
    reader_copy(r, out->sealed, SEALED_SIZE);
    return true;
}

static bool entries_read(struct keyd_scalars *scalars, struct reader *r, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!entry_read(r, &scalars->entries[i])) {
            return false;
        }
        if (i == 0) {
            continue;
        }
        struct keyd_scope before = entry_scope(&scalars->entries[i - 1]);
        struct keyd_scope scope = entry_scope(&scalars->entries[i]);
        if (scope_compare(&before, &scope) >= 0) {
            return false;
        }
    }
    scalars->count = count;
    return true;
}

static bool file_parse(struct keyd_scalars *scalars, struct span file) {
    if (file.len < HEADER_SIZE + VAULT_MAC32_SIZE || file.len > FILE_SIZE_MAX) {
        return false;
    }
    uint8_t sum[VAULT_MAC32_SIZE];
    struct span body = span_slice(file, 0, file.len - VAULT_MAC32_SIZE);
    vault_mac32(scalars->sum, body, sum);
    if (!vault_equal(span_of(sum, sizeof sum), span_slice(file, body.len, VAULT_MAC32_SIZE))) {
        return false;
    }
    struct reader r = reader_of(body);
    bool fits = span_equal_text(reader_bytes(&r, sizeof MAGIC - 1), MAGIC);
    size_t count = reader_u32(&r);
    return fits && count <= LIMIT_KEYD_SCALARS && entries_read(scalars, &r, count) &&
           !lg_failed(reader_end(&r));
}

static struct lg_err file_read(struct keyd_scalars *scalars, struct diag *diag) {
    uint8_t *buf = malloc(FILE_SIZE_MAX + 1);
    if (buf == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    size_t len = 0;
    struct lg_err err = vault_private_read(scalars->path, diag, buf, FILE_SIZE_MAX + 1, &len);
    if (lg_failed(err)) {
        err = keyd_fail(LG_CLASS_CONFIG, KEYD_STATE);
    } else if (!file_parse(scalars, span_of(buf, len))) {
        diag_set(diag, 0, "%s: is damaged or of another root.key; restore it from its backup",
                 scalars->path);
        err = keyd_fail(LG_CLASS_CONFIG, KEYD_STATE);
    }
    free(buf);
    return err;
}

/* ---- What the service calls ---- */

static struct lg_err keys_derive(struct keyd_scalars *scalars, struct vault_key *root) {
    const struct vault_label wrap = {.purpose = "pseudonym scalars: wrap"};
    const struct vault_label sum = {.purpose = "pseudonym scalars: sum"};
    if (lg_failed(vault_key_derive(root, &wrap, VAULT_KIND_SECRET, &scalars->wrap)) ||
        lg_failed(vault_key_derive(root, &sum, VAULT_KIND_SECRET, &scalars->sum))) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    return LG_OK;
}

struct lg_err keyd_scalars_open(const struct keyd_scalars_place *place, struct diag *diag,
                                struct keyd_scalars **out_scalars) {
    OWN(keyd_scalars_close) struct keyd_scalars *scalars = calloc(1, sizeof *scalars);
    if (scalars == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    scalars->path = strdup(place->path);
    scalars->entries = calloc(LIMIT_KEYD_SCALARS, sizeof *scalars->entries);
    if (scalars->path == NULL || scalars->entries == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    TRY(keys_derive(scalars, place->root));
    TRY(place->fresh ? file_write(scalars) : file_read(scalars, diag));
    *out_scalars = TAKE(scalars);
    return LG_OK;
}

void keyd_scalars_close(struct keyd_scalars **scalars) {
    if (*scalars == NULL) {
        return;
    }
    vault_key_free(&(*scalars)->wrap);
    vault_key_free(&(*scalars)->sum);
    free((*scalars)->entries);
    free((*scalars)->path);
    free(*scalars);
    *scalars = NULL;
}

struct lg_err keyd_scalars_find(struct keyd_scalars *scalars, const struct keyd_scope *scope,
                                struct vault_key **out_scalar) {
    if (!scope_fits(scope)) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
    }
    bool found = false;
    size_t index = entry_index(scalars, scope, &found);
    if (!found) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_UNKNOWN);
    }
    return entry_unwrap(scalars, &scalars->entries[index], out_scalar);
}

/* Closes or opens the gap at `index` in the sorted entries. */
static void entries_shift(struct keyd_scalars *scalars, size_t index, bool opens) {
    struct entry *at = &scalars->entries[index];
    size_t after = scalars->count - index - (opens ? 0 : 1);
    memmove(opens ? at + 1 : at, opens ? at : at + 1, after * sizeof *at);
    scalars->count += opens ? 1 : (size_t)-1;
}

struct lg_err keyd_scalars_obtain(struct keyd_scalars *scalars, const struct keyd_scope *scope,
                                  struct vault_key **out_scalar) {
    if (!scope_fits(scope)) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
    }
    bool found = false;
    size_t index = entry_index(scalars, scope, &found);
    if (!found) {
        if (scalars->count == LIMIT_KEYD_SCALARS) {
            return keyd_fail(LG_CLASS_LIMIT, KEYD_SCALARS);
        }
        entries_shift(scalars, index, true);
        entry_draw(scalars, scope, &scalars->entries[index]);
        struct lg_err err = file_write(scalars);
        if (lg_failed(err)) {
            /* Never used before it is durable: else a crash would change the pseudonyms. */
            entries_shift(scalars, index, false);
            return err;
        }
    }
    return entry_unwrap(scalars, &scalars->entries[index], out_scalar);
}

struct lg_err keyd_scalars_shred(struct keyd_scalars *scalars, const struct keyd_scope *scope) {
    if (!scope_fits(scope)) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
    }
    bool found = false;
    size_t index = entry_index(scalars, scope, &found);
    if (!found) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_UNKNOWN);
    }
    struct entry kept = scalars->entries[index];
    entries_shift(scalars, index, false);
    struct lg_err err = file_write(scalars);
    if (lg_failed(err)) {
        entries_shift(scalars, index, true);
        scalars->entries[index] = kept;
    }
    return err;
}
