/* SPDX-License-Identifier: Apache-2.0 */
/* What is sealed to an agency: its own reference, or a decoy, 64 bytes before sealing:
 *
 *   offset 0   1 a reference, 2 a decoy
 *   offset 1   length of the reference, 1 to 62; of a decoy a random byte
 *   offset 2   the reference, then zeros to 62 bytes; of a decoy random bytes
 *
 * Valid when the box opens under the agency's key, the first byte is 1 or 2, and of a reference the
 * length is in range and the rest is zero. */
#include <string.h>

#include "gateway/edge/edge.h"
#include "gateway/edge/edge_int.h"
#include "gateway/vault/vault.h"

enum {
    PLAIN_SIZE = 64,
    KIND_REAL = 1,
    KIND_DECOY = 2,
    LOCAL_OFFSET = 2,
};

_Static_assert(LOCAL_OFFSET + EDGE_LOCAL_SIZE_MAX == PLAIN_SIZE, "the reference ends the box");
_Static_assert(PLAIN_SIZE + VAULT_BOX_OVERHEAD == EDGE_REFERENCE_SIZE, "one size for all");

struct lg_err edge_agency_open(struct vault_key *secret, struct edge_agency *out_agency) {
    const struct vault_label box_label = {.purpose = "agency: sealed references"};
    const struct vault_label tag_label = {.purpose = "agency: record tags"};
    OWN(vault_key_free) struct vault_key *box = NULL;
    OWN(vault_key_free) struct vault_key *tag = NULL;
    TRY(vault_key_derive(secret, &box_label, VAULT_KIND_BOX, &box));
    TRY(vault_key_derive(secret, &tag_label, VAULT_KIND_SECRET, &tag));
    *out_agency = (struct edge_agency){.box = TAKE(box), .tag = TAKE(tag)};
    return LG_OK;
}

void edge_agency_close(struct edge_agency *agency) {
    vault_key_free(&agency->box);
    vault_key_free(&agency->tag);
}

struct lg_err edge_record_tag(struct vault_key *tag_key, struct span local,
                              struct record_tag *out_tag) {
    if (local.len < 1 || local.len > EDGE_LOCAL_SIZE_MAX) {
        return edge_fail(LG_CLASS_INPUT, EDGE_REFERENCE);
    }
    vault_mac16(tag_key, local, out_tag->bytes);
    return LG_OK;
}

static struct lg_err plain_seal(const struct vault_box_public *agency,
                                uint8_t plain[static PLAIN_SIZE],
                                struct edge_sealed_reference *out_sealed) {
    struct lg_err err = vault_box_seal(agency, span_of(plain, PLAIN_SIZE), out_sealed->bytes);
    vault_wipe(plain, PLAIN_SIZE);
    return lg_failed(err) ? edge_fail(LG_CLASS_INPUT, EDGE_REFERENCE) : LG_OK;
}

struct lg_err edge_reference_seal(const struct vault_box_public *agency, struct span local,
                                  struct edge_sealed_reference *out_sealed) {
    if (local.len < 1 || local.len > EDGE_LOCAL_SIZE_MAX) {
        return edge_fail(LG_CLASS_INPUT, EDGE_REFERENCE);
    }
    uint8_t plain[PLAIN_SIZE] = {KIND_REAL, (uint8_t)local.len};
    memcpy(plain + LOCAL_OFFSET, local.ptr, local.len);
    return plain_seal(agency, plain, out_sealed);
}

struct lg_err edge_reference_decoy(const struct vault_box_public *agency,
                                   struct edge_sealed_reference *out_sealed) {
    uint8_t plain[PLAIN_SIZE];
    vault_random(plain, sizeof plain);
    plain[0] = KIND_DECOY;
    return plain_seal(agency, plain, out_sealed);
}

static bool zeros_only(const uint8_t *from, const uint8_t *end) {
    uint8_t any = 0;
    for (; from < end; from++) {
        any |= *from;
    }
    return any == 0;
}

static bool plain_read(const uint8_t plain[static PLAIN_SIZE], struct edge_reference *out) {
    if (plain[0] == KIND_DECOY) {
        out->is_decoy = true;
        return true;
    }
    size_t len = plain[1];
    if (plain[0] != KIND_REAL || len < 1 || len > EDGE_LOCAL_SIZE_MAX ||
        !zeros_only(plain + LOCAL_OFFSET + len, plain + PLAIN_SIZE)) {
        return false;
    }
    out->local_len = (uint8_t)len;
    memcpy(out->local, plain + LOCAL_OFFSET, len);
    return true;
}

struct lg_err edge_reference_open(struct vault_key *agency_key, struct span sealed,
                                  struct edge_reference *out_reference) {
    uint8_t plain[PLAIN_SIZE];
    struct edge_reference reference = {.is_decoy = false};
    if (sealed.len != EDGE_REFERENCE_SIZE || lg_failed(vault_box_open(agency_key, sealed, plain))) {
        return edge_fail(LG_CLASS_INPUT, EDGE_REFERENCE);
    }
    bool fits = plain_read(plain, &reference);
    vault_wipe(plain, sizeof plain);
    if (!fits) {
        return edge_fail(LG_CLASS_INPUT, EDGE_REFERENCE);
    }
    *out_reference = reference;
    return LG_OK;
}
