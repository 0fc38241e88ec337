/* SPDX-License-Identifier: Apache-2.0 */
/* When two rows are one person: pure, and the same at enrolment and at look-up.
 *
 * What each composite class hears, and what therefore does not count twice:
 *
 *        forename   surname   birth   place
 *   A    in full    in full   yes     -
 *   C    initial    sound     yes     -          implied by A
 *   D    sound      -         yes     district   forename implied by A
 *   E    -          -         yes     postcode   place implies D's
 *
 * Enough is the forename in full, surname and birth with a place beside them: A + D or A + E. C + D
 * + E would bring back names that were spelled in two ways (FEBRL 4 without identifiers: recall
 * 0.47 for 0.37), but C is present only where A is, so that its agreeing alone means that the
 * forenames differ in spelling; and twins share surname, birth and postcode, often the initial, and
 * Amy and Ann even the sound. Without an identifier they stay two (subjects.md 6.4). */
#include "gateway/store/store.h"

enum {
    BIT_N = 1 << TOKEN_N,
    BIT_A = 1 << TOKEN_A,
    BIT_D = 1 << TOKEN_D,
    BIT_E = 1 << TOKEN_E,
    BITS_COMPOSITE = BIT_A | 1 << TOKEN_C | BIT_D | BIT_E,
};

/* Any of these sets, agreeing together, is enough without an identifier. */
static const unsigned enough[] = {BIT_A | BIT_D, BIT_A | BIT_E};

bool store_evidence_is_enough(const struct store_evidence *evidence) {
    if (evidence->is_contradicted) {
        return false;
    }
    bool is_enough = (evidence->classes & BIT_N) != 0;
    for (size_t i = 0; i < sizeof enough / sizeof enough[0]; i++) {
        is_enough = is_enough || (evidence->classes & enough[i]) == enough[i];
    }
    return is_enough;
}

size_t store_match_find(const struct store_evidence *evidence, size_t count) {
    size_t any = STORE_MATCH_NONE;
    size_t named = STORE_MATCH_NONE; /* with an agreeing identifier */
    size_t any_count = 0;
    size_t named_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!store_evidence_is_enough(&evidence[i])) {
            continue;
        }
        any = i;
        any_count++;
        if ((evidence[i].classes & BIT_N) != 0) {
            named = i;
            named_count++;
        }
    }
    if (any_count <= 1) {
        return any;
    }
    /* An identifier that nothing else supports may be the mistyped one of somebody else. */
    if (named_count == 1 && (evidence[named].classes & BITS_COMPOSITE) != 0) {
        return named;
    }
    return STORE_MATCH_NONE;
}
