/* SPDX-License-Identifier: Apache-2.0 */
/* Dates, postcodes and identifiers to the one form that tokens are made of. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/edge/edge.h"
#include "gateway/edge/edge_int.h"

enum {
    YEAR_FIRST = 1880,
    YEAR_LAST = 2099,
    POSTCODE_INWARD = 3,
    POSTCODE_SIZE_MIN = 5,
    NHS_SIZE = 10,
    IDENTIFIER_SIZE_MIN = 4,
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/* Upper-case letters and digits of `text`, without the marks in `dropped`. False where anything
 * else is in it or more than size_max is left. */
static bool plain_copy(struct span text, const char *dropped, char *out, size_t size_max) {
    size_t used = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.ptr[i];
        if (c != '\0' && strchr(dropped, c) != NULL) {
            continue;
        }
        if (c >= 'a' && c <= 'z') {
            c = (char)(c - 'a' + 'A');
        }
        if ((!is_upper(c) && !is_digit(c)) || used == size_max) {
            out[0] = '\0';
            return false;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    return true;
}

/* ---- Dates ---- */

static unsigned number_of(const char *digits, size_t count) {
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (unsigned)(digits[i] - '0');
    }
    return value;
}

static unsigned days_of(unsigned year, unsigned month) {
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Dates that systems write where nobody knew one. */
static bool is_stand_in(const char *born) {
    static const char *const dates[] = {"18991230", "18991231", "19000101", "19010101", "19110101",
                                        "19111111", "19700101", "20990101", "20991231"};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        if (strcmp(born, dates[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* YYYY-MM-DD to YYYYMMDD. False: not a date. */
static bool born_fold(struct span given, char out[static EDGE_BORN_SIZE + 1]) {
    static const char shape[] = "0000-00-00";
    out[0] = '\0';
    struct span text = span_trim(given);
    if (text.len == 0) {
        return true;
    }
    char digits[EDGE_BORN_SIZE + 1] = {0};
    size_t used = 0;
    if (text.len != sizeof shape - 1) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.ptr[i];
        if (shape[i] == '-' ? c != '-' : !is_digit(c)) {
            return false;
        }
        if (c != '-') {
            digits[used++] = c;
        }
    }
    if (is_stand_in(digits)) {
        return true;
    }
    unsigned year = number_of(digits, 4);
    unsigned month = number_of(digits + 4, 2);
    unsigned day = number_of(digits + 6, 2);
    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 ||
        day > days_of(year, month)) {
        return false;
    }
    memcpy(out, digits, sizeof digits);
    return true;
}

/* ---- Postcodes ---- */

/* A9 A99 AA9 AA99 A9A AA9A, before the inward part. */
static bool outward_fits(const char *text, size_t len) {
    static const char *const shapes[] = {"A9", "A99", "AA9", "AA99", "A9A", "AA9A"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        bool fits = strlen(shapes[i]) == len;
        for (size_t k = 0; fits && k < len; k++) {
            fits = shapes[i][k] == 'A' ? is_upper(text[k]) : is_digit(text[k]);
        }
        if (fits) {
            return true;
        }
    }
    return false;
}

/* 9AA. That C I K M O V are never used there is no reason to lose a postcode: synthetic people live
 * at those, and a token tells nobody which it was. */
static bool inward_fits(const char *text) {
    return is_digit(text[0]) && is_upper(text[1]) && is_upper(text[2]);
}

/* ZZ99 is the health service's range of codes for no fixed abode and abroad. */
static bool is_nowhere(const char *text) {
    return strncmp(text, "ZZ99", 4) == 0 || strcmp(text, "NFA") == 0 ||
           strcmp(text, "NOFIXEDABODE") == 0;
}

static bool postcode_fold(struct span given, char out[static EDGE_POSTCODE_SIZE + 1]) {
    char text[16];
    out[0] = '\0';
    if (!plain_copy(given, " \t", text, sizeof text - 1)) {
        return false;
    }
    size_t len = strlen(text);
    if (len == 0 || is_nowhere(text)) {
        return true;
    }
    if (len < POSTCODE_SIZE_MIN || len > EDGE_POSTCODE_SIZE ||
        !inward_fits(text + len - POSTCODE_INWARD)) {
        return false;
    }
    /* One postcode of no district, given to a bank and still printed in old records. */
    if (!outward_fits(text, len - POSTCODE_INWARD) && strcmp(text, "GIR0AA") != 0) {
        return false;
    }
    memcpy(out, text, len + 1);
    return true;
}

/* ---- Identifiers ---- */

static bool is_one_character(const char *text) {
    return strspn(text, (const char[]){text[0], '\0'}) == strlen(text);
}

/* NHS number: check digit modulo 11; ranges of England, Wales and the Isle of Man (4, 6, 7),
 * Northern Ireland (32 to 39) and of test records (999), which no patient has. Repeated digits pass
 * the check and are what people type to get past a form. */
bool edge_nhs_number_fits(const char *text) {
    if (strlen(text) != NHS_SIZE || strspn(text, "0123456789") != NHS_SIZE ||
        is_one_character(text)) {
        return false;
    }
    unsigned sum = 0;
    for (size_t i = 0; i < NHS_SIZE - 1; i++) {
        sum += (unsigned)(NHS_SIZE - i) * (unsigned)(text[i] - '0');
    }
    unsigned check = (11 - sum % 11) % 11;
    unsigned range = number_of(text, 3);
    bool issued = (range >= 320 && range <= 499) || (range >= 600 && range <= 799) || range == 999;
    return issued && check == (unsigned)(text[NHS_SIZE - 1] - '0');
}

static bool scheme_fits(struct span scheme) {
    if (scheme.len < 1 || scheme.len > EDGE_SCHEME_SIZE) {
        return false;
    }
    for (size_t i = 0; i < scheme.len; i++) {
        char c = (char)scheme.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !is_digit(c) && c != '-') {
            return false;
        }
    }
    return true;
}

static bool identifier_fold(const struct identity *identity, struct edge_plain *out) {
    char text[EDGE_IDENTIFIER_SIZE + 1];
    struct span given = span_trim(identity->identifier);
    if (given.len == 0) {
        return true;
    }
    if (!scheme_fits(identity->scheme) ||
        !plain_copy(given, " \t-/.", text, EDGE_IDENTIFIER_SIZE)) {
        return false;
    }
    bool fits = span_equal_text(identity->scheme, "nhs")
                    ? edge_nhs_number_fits(text)
                    : strlen(text) >= IDENTIFIER_SIZE_MIN && !is_one_character(text);
    if (fits) {
        memcpy(out->identifier, text, sizeof text);
        memcpy(out->scheme, identity->scheme.ptr, identity->scheme.len);
        out->scheme[identity->scheme.len] = '\0';
    }
    return fits;
}

/* ---- The whole ---- */

static void flaw_unless(bool fits, enum edge_flaw flaw, struct edge_plain *out) {
    if (!fits) {
        out->flaws |= (unsigned)flaw;
    }
}

static void names_fold(const struct edge_identity *identity, struct edge_plain *out) {
    const struct identity *primary = &identity->primary;
    flaw_unless(edge_name_fold(primary->given_name, out->names[0].given), EDGE_FLAW_NAME, out);
    flaw_unless(edge_name_fold(primary->family_name, out->names[0].family), EDGE_FLAW_NAME, out);
    out->name_count = 1;
    for (size_t i = 0; i < num_min(identity->alias_count, EDGE_ALIAS_MAX); i++) {
        const struct edge_name *alias = &identity->aliases[i];
        struct edge_plain_name *name = &out->names[out->name_count];
        flaw_unless(edge_name_fold(alias->given_name, name->given), EDGE_FLAW_NAME, out);
        flaw_unless(edge_name_fold(alias->family_name, name->family), EDGE_FLAW_NAME, out);
        if (name->given[0] != '\0' || name->family[0] != '\0') {
            out->name_count++;
        }
    }
}

static void postcodes_fold(const struct edge_identity *identity, struct edge_plain *out) {
    flaw_unless(postcode_fold(identity->primary.postcode, out->postcodes[0]), EDGE_FLAW_POSTCODE,
                out);
    out->postcode_count = 1;
    for (size_t i = 0; i < num_min(identity->postcode_count, EDGE_ALIAS_MAX); i++) {
        char *postcode = out->postcodes[out->postcode_count];
        flaw_unless(postcode_fold(identity->postcodes[i], postcode), EDGE_FLAW_POSTCODE, out);
        if (postcode[0] != '\0') {
            out->postcode_count++;
        }
    }
}

void edge_identity_normalise(const struct edge_identity *identity, struct edge_plain *out_plain) {
    *out_plain = (struct edge_plain){.flaws = 0};
    names_fold(identity, out_plain);
    postcodes_fold(identity, out_plain);
    flaw_unless(born_fold(identity->primary.born, out_plain->born), EDGE_FLAW_BORN, out_plain);
    flaw_unless(identifier_fold(&identity->primary, out_plain), EDGE_FLAW_IDENTIFIER, out_plain);
}
