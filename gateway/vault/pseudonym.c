/* SPDX-License-Identifier: Apache-2.0 */
/* Text form of a pseudonym, before base32:
 *
 *   offset 0   point, 32 bytes
 *   offset 32  first 4 bytes of BLAKE2b-256("lockgate pseudonym 1" || point)
 *
 * Valid when the check fits and the point is an element other than the identity. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

enum { CHECK_SIZE = 4, BINARY_SIZE = VAULT_POINT_SIZE + CHECK_SIZE };

_Static_assert((BINARY_SIZE * 8 + 4) / 5 == VAULT_PSEUDONYM_TEXT_SIZE, "base32 of 36 bytes");

static void check_make(const uint8_t point[static VAULT_POINT_SIZE],
                       uint8_t out[static CHECK_SIZE]) {
    static const char domain[] = "lockgate pseudonym 1";
    uint8_t digest[crypto_generichash_BYTES];
    crypto_generichash_state state;
    int rc = crypto_generichash_init(&state, NULL, 0, sizeof digest);
    rc |= crypto_generichash_update(&state, (const uint8_t *)domain, sizeof domain - 1);
    rc |= crypto_generichash_update(&state, point, VAULT_POINT_SIZE);
    rc |= crypto_generichash_final(&state, digest, sizeof digest);
    ASSERT(rc == 0);
    memcpy(out, digest, CHECK_SIZE);
}

void vault_pseudonym_write(const struct vault_point *point,
                           char out[static VAULT_PSEUDONYM_TEXT_SIZE + 1]) {
    uint8_t binary[BINARY_SIZE];
    memcpy(binary, point->bytes, VAULT_POINT_SIZE);
    check_make(point->bytes, binary + VAULT_POINT_SIZE);
    bytes_to_base32(span_of(binary, sizeof binary), out);
}

struct lg_err vault_pseudonym_read(struct span text, struct vault_point *out_point) {
    uint8_t binary[BINARY_SIZE];
    uint8_t check[CHECK_SIZE];
    struct vault_point point;
    if (lg_failed(bytes_from_base32(text, binary, sizeof binary))) {
        return vault_fail(LG_CLASS_INPUT, VAULT_TEXT);
    }
    memcpy(point.bytes, binary, sizeof point.bytes);
    check_make(point.bytes, check);
    if (memcmp(check, binary + VAULT_POINT_SIZE, CHECK_SIZE) != 0 ||
        !vault_point_is_valid(&point)) {
        return vault_fail(LG_CLASS_INPUT, VAULT_TEXT);
    }
    *out_point = point;
    return LG_OK;
}
