/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of what identities become, hostile Unicode included. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "gateway/base/num.h"
#include "gateway/edge/edge.h"

#include <cmocka.h>

static struct edge_plain plain_of(const struct identity *identity) {
    struct edge_plain plain;
    const struct edge_identity whole = {.primary = *identity};
    edge_identity_normalise(&whole, &plain);
    assert_int_equal(plain.name_count, 1);
    assert_int_equal(plain.postcode_count, 1);
    return plain;
}

struct row {
    const char *given;
    const char *plain;
    unsigned flaws;
};

static const struct row NAMES[] = {
    {"", "", 0},
    {"   ", "", 0},
    {"Anna", "anna", 0},
    {"ANNA", "anna", 0},
    {"  Anna  Maria ", "annamaria", 0},
    {"Mary-Jane", "maryjane", 0},
    {"O'Sample", "osample", 0},
    {"O\xe2\x80\x99Sample", "osample", 0}, /* U+2019 */
    {"O\xca\xbcSample", "osample", 0},     /* U+02BC, a letter to Unicode */
    {"\xca\xbbOkina", "okina", 0},         /* U+02BB */
    {"Zo\xc3\xab", "zoe", 0},              /* composed */
    {"Zoe\xcc\x88", "zoe", 0},             /* combining diaeresis */
    {"J\xc3\xbcrgen", "jurgen", 0},
    {"Stra\xc3\x9f\x65", "strasse", 0},
    {"\xc3\x86ther", "aether", 0},
    {"S\xc3\xb8ren", "soren", 0},
    {"\xc5\x81ukasz", "lukasz", 0},
    {"\xc3\x9eora", "thora", 0},
    {"\xc4\xb0lker", "ilker", 0}, /* I with dot above */
    {"I\xc5\x9f\xc4\xb1k", "isik", 0},
    {"Nguy\xe1\xbb\x85n", "nguyen", 0},
    {"\xef\xbc\xa1\xef\xbd\x8e\xef\xbd\x8e\xef\xbd\x81", "anna", 0}, /* full width */
    {"\xf0\x9d\x92\x9cnn", "ann", 0},                                /* mathematical script A */
    {"Al\xef\xac\x81\x65", "alfie", 0},                              /* ligature fi */
    {"An\xe2\x80\x8bna", "anna", 0},                                 /* zero width space */
    {"An\xc2\xadna", "anna", 0},                                     /* soft hyphen */
    {"\xef\xbb\xbf"
     "Anna",
     "anna", 0}, /* byte order mark */
    {"Mr Example", "example", 0},
    {"Dr. Prof. Example", "example", 0},
    {"DR.EXAMPLE", "example", 0},
    {"Example Jr.", "example", 0},
    {"Sir", "sir", 0},
    {"Master", "master", 0},
    {"Mr Master", "master", 0},
    {"Drake", "drake", 0},
    {"Missandei", "missandei", 0},
    {"Anna (Nan)", "annanan", 0},
    {"J. R. Sample", "jrsample", 0},
    {"Ann1e", "anne", 0},
    {"-", "", 0},
    {"...", "", 0},
    /* Letters of other scripts: half a name would be somebody else's token. */
    {"\xd0\x90nna", "", EDGE_FLAW_NAME}, /* Cyrillic A that looks like ours */
    {"\xce\x91nna", "", EDGE_FLAW_NAME}, /* Greek Alpha */
    {"\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0", "", EDGE_FLAW_NAME},
    {"\xe6\x9d\x8e", "", EDGE_FLAW_NAME},
    {"\xd8\xb9\xd9\x84\xd9\x8a", "", EDGE_FLAW_NAME},
    /* Direction, private and unassigned code points, and what is not UTF-8. */
    {"Anna\xe2\x80\xae", "", EDGE_FLAW_NAME}, /* right-to-left override */
    {"\xe2\x81\xa6"
     "Anna\xe2\x81\xa9",
     "", EDGE_FLAW_NAME},                     /* isolates */
    {"An\xee\x80\x80na", "", EDGE_FLAW_NAME}, /* private use */
    {"An\xcd\xb8na", "", EDGE_FLAW_NAME},     /* U+0378 unassigned */
    {"An\x01na", "", EDGE_FLAW_NAME},
    {"An\xc3", "", EDGE_FLAW_NAME},         /* cut */
    {"An\xc0\xaf", "", EDGE_FLAW_NAME},     /* overlong */
    {"An\xed\xa0\x80", "", EDGE_FLAW_NAME}, /* surrogate */
    {"\xff\xfe", "", EDGE_FLAW_NAME},
};

static void names_to_plain_letters(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        struct identity identity = {.given_name = span_text(NAMES[i].given)};
        struct edge_plain plain = plain_of(&identity);
        assert_string_equal(plain.names[0].given, NAMES[i].plain);
        assert_int_equal(plain.flaws, NAMES[i].flaws);
        identity = (struct identity){.family_name = span_text(NAMES[i].given)};
        plain = plain_of(&identity);
        assert_string_equal(plain.names[0].family, NAMES[i].plain);
        assert_string_equal(plain.names[0].given, "");
    }
}

static void long_names_are_missing(void **state) {
    (void)state;
    char name[1024];
    memset(name, 'a', sizeof name);
    struct identity identity = {.given_name = span_of(name, EDGE_NAME_SIZE)};
    struct edge_plain plain = plain_of(&identity);
    assert_int_equal(strlen(plain.names[0].given), EDGE_NAME_SIZE);
    for (size_t len = EDGE_NAME_SIZE + 1; len <= sizeof name; len += 50) {
        identity.given_name.len = len;
        plain = plain_of(&identity);
        assert_string_equal(plain.names[0].given, "");
        assert_int_equal(plain.flaws, EDGE_FLAW_NAME);
    }
    /* The longest decomposition there is (U+FDFA), many times over, ends in a flaw and not past the
     * end of a buffer; so does a pile of marks, which just comes off. */
    for (size_t i = 0; i + 3 <= LIMIT_EDGE_NAME; i += 3) {
        memcpy(name + i, "\xef\xb7\xba", 3);
    }
    identity.given_name.len = LIMIT_EDGE_NAME - LIMIT_EDGE_NAME % 3;
    assert_int_equal(plain_of(&identity).flaws, EDGE_FLAW_NAME);
    name[0] = 'a';
    for (size_t i = 1; i + 2 <= LIMIT_EDGE_NAME; i += 2) {
        memcpy(name + i, "\xcc\x81", 2);
    }
    identity.given_name.len = LIMIT_EDGE_NAME - 1;
    assert_string_equal(plain_of(&identity).names[0].given, "a");
    memset(name, ' ', sizeof name);
    for (size_t i = 0; i < LIMIT_EDGE_NAME; i += 2) {
        name[i] = 'b';
    }
    identity.given_name.len = LIMIT_EDGE_NAME;
    assert_int_equal(plain_of(&identity).flaws, EDGE_FLAW_NAME);
}

static const struct row DATES[] = {
    {"", "", 0},
    {"1987-03-14", "19870314", 0},
    {" 1987-03-14 ", "19870314", 0},
    {"2000-02-29", "20000229", 0},
    {"1880-01-01", "18800101", 0},
    {"2099-12-30", "20991230", 0},
    {"1900-01-01", "", 0},
    {"1899-12-30", "", 0},
    {"1970-01-01", "", 0},
    {"1900-02-29", "", EDGE_FLAW_BORN},
    {"2001-02-29", "", EDGE_FLAW_BORN},
    {"1987-04-31", "", EDGE_FLAW_BORN},
    {"1987-00-14", "", EDGE_FLAW_BORN},
    {"1987-13-14", "", EDGE_FLAW_BORN},
    {"1987-03-00", "", EDGE_FLAW_BORN},
    {"1879-12-31", "", EDGE_FLAW_BORN},
    {"2100-01-01", "", EDGE_FLAW_BORN},
    {"0000-00-00", "", EDGE_FLAW_BORN},
    {"19870314", "", EDGE_FLAW_BORN},
    {"14/03/1987", "", EDGE_FLAW_BORN},
    {"1987-3-14", "", EDGE_FLAW_BORN},
    {"1987-03-1a", "", EDGE_FLAW_BORN},
    {"1987-03-14T00:00", "", EDGE_FLAW_BORN},
    {"-987-03-14", "", EDGE_FLAW_BORN},
};

static const struct row POSTCODES[] = {
    {"", "", 0},
    {"M1 1AE", "M11AE", 0},
    {"m1 1ae", "M11AE", 0},
    {" cr2 6xh ", "CR26XH", 0},
    {"DN55 1PT", "DN551PT", 0},
    {"W1A 1HQ", "W1A1HQ", 0},
    {"EC1A 1BB", "EC1A1BB", 0},
    {"B33 8TH", "B338TH", 0},
    {"GIR 0AA", "GIR0AA", 0},
    {"ZZ99 3VZ", "", 0},
    {"zz993wz", "", 0},
    {"NFA", "", 0},
    {"No fixed abode", "", 0},
    {"M1", "", EDGE_FLAW_POSTCODE},
    {"M1 1CE", "M11CE", 0}, /* of synthetic people */
    {"M1 AAE", "", EDGE_FLAW_POSTCODE},
    {"1M 1AE", "", EDGE_FLAW_POSTCODE},
    {"ABC1 1AA", "", EDGE_FLAW_POSTCODE},
    {"M1-1AE", "", EDGE_FLAW_POSTCODE},
    {"M1 1AE M1 1AE M1 1AE", "", EDGE_FLAW_POSTCODE},
    {"\xd0\x9c"
     "1 1AE",
     "", EDGE_FLAW_POSTCODE},
};

static const struct row NHS_NUMBERS[] = {
    {"", "", 0},
    {"9991234500", "9991234500", 0},
    {"999 123 4500", "9991234500", 0},
    {"999-123-4519", "9991234519", 0},
    {"9991234501", "", EDGE_FLAW_IDENTIFIER}, /* check digit */
    {"999123456", "", EDGE_FLAW_IDENTIFIER},
    {"99912345000", "", EDGE_FLAW_IDENTIFIER},
    {"9991234560", "", EDGE_FLAW_IDENTIFIER}, /* its check would be 10 */
    {"9999999999", "", EDGE_FLAW_IDENTIFIER}, /* passes the check */
    {"4444444444", "", EDGE_FLAW_IDENTIFIER},
    {"0000000000", "", EDGE_FLAW_IDENTIFIER},
    {"1234567881", "", EDGE_FLAW_IDENTIFIER}, /* good check, range of nobody */
    {"999123450O", "", EDGE_FLAW_IDENTIFIER},
    {"abcdefghij", "", EDGE_FLAW_IDENTIFIER},
};

static void dates_postcodes_numbers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof DATES / sizeof DATES[0]; i++) {
        struct identity identity = {.born = span_text(DATES[i].given)};
        struct edge_plain plain = plain_of(&identity);
        assert_string_equal(plain.born, DATES[i].plain);
        assert_int_equal(plain.flaws, DATES[i].flaws);
    }
    for (size_t i = 0; i < sizeof POSTCODES / sizeof POSTCODES[0]; i++) {
        struct identity identity = {.postcode = span_text(POSTCODES[i].given)};
        struct edge_plain plain = plain_of(&identity);
        assert_string_equal(plain.postcodes[0], POSTCODES[i].plain);
        assert_int_equal(plain.flaws, POSTCODES[i].flaws);
    }
    for (size_t i = 0; i < sizeof NHS_NUMBERS / sizeof NHS_NUMBERS[0]; i++) {
        struct identity identity = {.identifier = span_text(NHS_NUMBERS[i].given),
                                    .scheme = span_text("nhs")};
        struct edge_plain plain = plain_of(&identity);
        assert_string_equal(plain.identifier, NHS_NUMBERS[i].plain);
        assert_string_equal(plain.scheme, plain.identifier[0] != '\0' ? "nhs" : "");
        assert_int_equal(plain.flaws, NHS_NUMBERS[i].flaws);
    }
}

static void other_identifiers(void **state) {
    (void)state;
    static const struct {
        const char *scheme;
        const char *given;
        const char *plain;
    } rows[] = {
        {"tenancy", "ten/0042-a", "TEN0042A"},
        {"tenancy", "abc", ""},
        {"tenancy", "0000", ""},
        {"Tenancy", "ten0042", ""},
        {"", "ten0042", ""},
        {"a b", "ten0042", ""},
        {"tenancy", "ten_0042", ""},
        {"tenancy", "TEN\xc3\xa9", ""},
        {"tenancy", "0123456789012345678901234567890123", ""},
        {"tenancy", "01234567890123456789012345678901", "01234567890123456789012345678901"},
        {"0123456789012345678901234567890-", "ten0042", "TEN0042"},
        {"0123456789012345678901234567890-x", "ten0042", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct identity identity = {.identifier = span_text(rows[i].given),
                                    .scheme = span_text(rows[i].scheme)};
        struct edge_plain plain = plain_of(&identity);
        assert_string_equal(plain.identifier, rows[i].plain);
        assert_string_equal(plain.scheme, rows[i].plain[0] != '\0' ? rows[i].scheme : "");
        assert_int_equal(plain.flaws, rows[i].plain[0] != '\0' ? 0 : EDGE_FLAW_IDENTIFIER);
    }
}

static void sounds_alike(void **state) {
    (void)state;
    static const char *const alike[][2] = {
        {"catherine", "kathryn"},  {"philip", "filip"}, {"wright", "rite"},
        {"steven", "stephen"},     {"ian", "eyan"},     {"geoffrey", "jeffrey"},
        {"knight", "nite"},        {"smith", "smyth"},  {"xavier", "savier"},
        {"cecil", "sesil"},        {"quinn", "kuin"},   {"sarah", "sara"},
        {"macdonald", "mcdonald"}, {"zoe", "soe"},      {"hodge", "hoge"},
    };
    static const char *const apart[][2] = {
        {"smith", "jones"}, {"anna", "hannah"}, {"example", "sample"}, {"peter", "john"}};
    char a[EDGE_SOUND_SIZE + 1];
    char b[EDGE_SOUND_SIZE + 1];
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        edge_name_sound(alike[i][0], a);
        edge_name_sound(alike[i][1], b);
        assert_string_equal(a, b);
    }
    for (size_t i = 0; i < sizeof apart / sizeof apart[0]; i++) {
        edge_name_sound(apart[i][0], a);
        edge_name_sound(apart[i][1], b);
        assert_string_not_equal(a, b);
    }
}

static void sounds_have_one_shape(void **state) {
    (void)state;
    static const char *const names[] = {"a",    "kn",  "wr",  "gn",       "ps",
                                        "dg",   "tch", "ght", "hhh",      "wwww",
                                        "dgdg", "x",   "phh", "bfpvbfpv", "kng"};
    char sound[EDGE_SOUND_SIZE + 1];
    edge_name_sound("", sound);
    assert_string_equal(sound, "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        edge_name_sound(names[i], sound);
        assert_int_equal(strlen(sound), EDGE_SOUND_SIZE);
        assert_true(sound[0] >= 'a' && sound[0] <= 'z');
        assert_int_equal(strspn(sound + 1, "0123456"), EDGE_SOUND_SIZE - 1);
    }
    edge_name_sound("robert", sound);
    assert_string_equal(sound, "r163");
    edge_name_sound("tymczak", sound);
    assert_string_equal(sound, "t522");
}

static void aliases_and_old_postcodes_are_kept_where_they_say_something(void **state) {
    (void)state;
    const struct edge_name aliases[] = {
        {.given_name = span_text("Nan"), .family_name = span_text("Example")},
        {.given_name = span_text(""), .family_name = span_text("  ")},
        {.given_name = span_text("Ann"), .family_name = span_text("")},
        {.given_name = span_text("Dee"), .family_name = span_text("Sample")},
        {.given_name = span_text("Never"), .family_name = span_text("Read")},
    };
    const struct span postcodes[] = {span_text("M1 1AE"), span_text("NFA"), span_text("bad")};
    const struct edge_identity person = {
        .primary = {.given_name = span_text("Anna"), .family_name = span_text("Sample")},
        .aliases = aliases,
        .alias_count = 5,
        .postcodes = postcodes,
        .postcode_count = 3,
    };
    struct edge_plain plain;
    edge_identity_normalise(&person, &plain);
    assert_int_equal(plain.name_count, 4);
    assert_string_equal(plain.names[1].given, "nan");
    assert_string_equal(plain.names[2].given, "ann");
    assert_string_equal(plain.names[3].family, "sample");
    assert_int_equal(plain.postcode_count, 2);
    assert_string_equal(plain.postcodes[0], "");
    assert_string_equal(plain.postcodes[1], "M11AE");
    assert_int_equal(plain.flaws, EDGE_FLAW_POSTCODE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_to_plain_letters),
        cmocka_unit_test(long_names_are_missing),
        cmocka_unit_test(dates_postcodes_numbers),
        cmocka_unit_test(other_identifiers),
        cmocka_unit_test(sounds_alike),
        cmocka_unit_test(sounds_have_one_shape),
        cmocka_unit_test(aliases_and_old_postcodes_are_kept_where_they_say_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
