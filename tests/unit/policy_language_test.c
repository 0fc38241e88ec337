/* SPDX-License-Identifier: Apache-2.0 */
/* policy/LANGUAGE.md says what the compiler knows: every setting of every kind of section, in its
 * order, and every rule; and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/load/load.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char FOLDER[] = LOCKGATE_SOURCE "/policy";

/* Headings of the page, without what follows the first word or two. */
static const struct {
    enum section_kind kind;
    const char *heading;
} sections[] = {
    {SECTION_ISA, "### `isa 1`\n"},
    {SECTION_AGREEMENT, "### `agreement ID`\n"},
    {SECTION_PARTY, "### `party ID`\n"},
    {SECTION_ROLE, "### `role PARTY/ROLE`\n"},
    {SECTION_PURPOSE, "### `purpose ID`\n"},
    {SECTION_BASIS, "### `basis ID`\n"},
    {SECTION_CATEGORY, "### `category ID`\n"},
    {SECTION_GENERALISE, "### `generalise ID`\n"},
    {SECTION_HOURS, "### `hours ID`\n"},
    {SECTION_LIMIT, "### `limit ID`\n"},
    {SECTION_DEFAULTS, "### `defaults`\n"},
    {SECTION_SHARE, "### `clause ID share`\n"},
    {SECTION_NEVER, "### `clause ID never`\n"},
    {SECTION_ENROL, "### `clause ID enrol`\n"},
    {SECTION_EMERGENCY, "### `emergency ID`\n"},
    {SECTION_PROMISE, "### `promise ID never` or `promise ID always`\n"},
    {SECTION_END, "### `end`\n"},
};

static char *page(void) {
    size_t len;
    char *text = support_file_read(FOLDER, "LANGUAGE.md", &len);
    assert_non_null(text);
    return text;
}

/* The setting named by the next row of the section's table; false behind the last. */
static bool next_row(const char **at, const char *end, char out_name[static 64]) {
    const char *row = strstr(*at, "\n| `");
    if (row == NULL || row >= end) {
        return false;
    }
    const char *name = row + 4;
    size_t len = strcspn(name, "`");
    snprintf(out_name, 64, "%.*s", (int)len, name);
    *at = name + len;
    return true;
}

static void check_section(const char *text, enum section_kind kind, const char *heading) {
    char name[64];
    const char *at = strstr(text, heading);
    if (at == NULL) {
        fail_msg("LANGUAGE.md lacks the heading %s", heading);
        return;
    }
    const char *end = strstr(at + 3, "\n##");
    end = end == NULL ? at + strlen(at) : end;
    size_t index = 0;
    for (; next_row(&at, end, name); index++) {
        const char *known = policy_setting_name(kind, index);
        if (known == NULL || strcmp(known, name) != 0) {
            fail_msg("LANGUAGE.md, %s: row %zu is `%s`; the compiler has `%s` there", heading,
                     index + 1, name, known == NULL ? "nothing" : known);
        }
    }
    const char *missing = policy_setting_name(kind, index);
    if (missing != NULL) {
        fail_msg("LANGUAGE.md, %s: the row of `%s` is missing", heading, missing);
    }
}

static void every_setting_has_its_row(void **state) {
    (void)state;
    char *text = page();
    assert_int_equal(sizeof sections / sizeof sections[0], SECTION_KINDS);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        assert_int_equal(sections[i].kind, i);
        check_section(text, sections[i].kind, sections[i].heading);
    }
    free(text);
}

static void every_rule_has_its_row(void **state) {
    (void)state;
    char *text = page();
    const char *at = strstr(text, "## Findings");
    size_t rows = 0;
    size_t rules = 0;
    assert_non_null(at);
    for (const struct policy_rule_text *rule = policy_rule_texts(); rule->code != NULL; rule++) {
        char row[16];
        snprintf(row, sizeof row, "\n| %s |", rule->code);
        at = strstr(at, row);
        assert_non_null(at);
        rules++;
    }
    for (const char *row = strstr(text, "\n| "); row != NULL; row = strstr(row + 3, "\n| ")) {
        rows += (row[3] == 'E' || row[3] == 'W') && row[6] == ' ';
    }
    assert_int_equal(rows, rules);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_has_its_row),
        cmocka_unit_test(every_rule_has_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
