/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files: what is taken, and where a mistake is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config/config.h"
#include "gateway/config/mapping.h"
#include "tests/support/support.h"

#include <cmocka.h>

#define FOLDER LOCKGATE_BUILD "/tests"

static const char GOOD[] = "connector: advice\n"
                           "source:\n"
                           "  kind: csv\n"
                           "  path: clients.csv\n"
                           "  encoding: windows-1252\n"
                           "  missing: [\"\", \"n/a\"]\n"
                           "person:\n"
                           "  key: ref\n"
                           "  identity:\n"
                           "    born: {from: dob, date: DD/MM/YYYY}\n"
                           "records:\n"
                           "  - items:\n"
                           "      - item: contact.worker-phone\n"
                           "        value: \"0161 496 0155\"\n"
                           "        standing: fact\n"
                           "      - item: advice.topic\n"
                           "        from: topic\n"
                           "        map: [{when: D, value: debt}]\n"
                           "        standing: reported\n"
                           "hide: {column: secret, equals: \"Y\"}\n";

static struct lg_err load(const char *text, struct diag *diag, struct mapping **out_mapping) {
    FILE *file = fopen(FOLDER "/mapping_test.yaml", "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    *diag = (struct diag){.line = 0};
    return mapping_load(FOLDER "/mapping_test.yaml", diag, out_mapping);
}

/* GOOD with the first `from` replaced by `to`. */
static struct lg_err load_changed(const char *from, const char *to, struct diag *diag) {
    char text[4096];
    const char *place = strstr(GOOD, from);
    assert_non_null(place);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(place - GOOD), GOOD, to,
                   place + strlen(from));
    struct mapping *mapping = NULL;
    struct lg_err err = load(text, diag, &mapping);
    mapping_free(&mapping);
    return err;
}

static void whole_file_is_read(void **state) {
    (void)state;
    struct diag diag;
    struct mapping *mapping = NULL;
    assert_false(lg_failed(load(GOOD, &diag, &mapping)));
    assert_string_equal(mapping->connector, "advice");
    assert_int_equal(mapping->source.kind, MAPPING_CSV);
    assert_int_equal(mapping->source.encoding, MAPPING_WINDOWS_1252);
    assert_string_equal(mapping->source.path, FOLDER "/clients.csv");
    assert_int_equal(mapping->source.missing_count, 2);
    assert_int_equal(mapping->person.identity.born->date, MAPPING_DATE_UK);
    assert_null(mapping->person.identity.postcode);
    assert_int_equal(mapping->record_count, 1);
    assert_int_equal(mapping->records[0].item_count, 2);
    const struct mapping_item *topic = &mapping->records[0].items[1];
    assert_string_equal(topic->field.map[0].value, "debt");
    assert_int_equal(topic->field.otherwise, MAPPING_REFUSE);
    assert_int_equal(topic->standing, STANDING_REPORTED);
    assert_string_equal(mapping->hide->equals, "Y");
    mapping_free(&mapping);
    assert_null(mapping);
}

struct mistake {
    const char *from;
    const char *to;
    enum config_code code;
    uint32_t line;
    const char *says;
};

static void mistakes_are_told_with_their_line(void **state) {
    (void)state;
    static const struct mistake MISTAKES[] = {
        {"  encoding:", "  encodng:", CONFIG_KEY, 5, "encoding"},
        {"hide:", "hied:", CONFIG_KEY, 20, "hide"},
        {"        standing: fact", "        standng: fact", CONFIG_KEY, 15, "standing"},
        {"standing: reported", "standing: rumour", CONFIG_VALUE, 19, "rumour"},
        {"kind: csv", "kind: cvs", CONFIG_VALUE, 3, "nearest known: csv"},
        {"        value: \"0161 496 0155\"\n", "", CONFIG_KEY, 13, "exactly one of"},
        {"        from: topic\n", "        from: topic\n        value: x\n", CONFIG_KEY, 16,
         "exactly one of"},
        {"advice.topic", "advice", CONFIG_VALUE, 16, "category.field"},
        {"advice.topic", "advice.Topic", CONFIG_VALUE, 16, "category.field"},
        {"advice.topic", "contact.worker-phone", CONFIG_KEY, 16, "twice"},
        {"  key: ref\n", "  key: ref\n  table: t\n", CONFIG_KEY, 9, "leave out"},
        {"kind: csv", "kind: sqlite", CONFIG_VALUE, 5, "encoding"},
        {"  path: clients.csv\n", "", CONFIG_KEY, 2, "path"},
        {"        map: [{when: D, value: debt}]\n", "        otherwise: keep\n", CONFIG_KEY, 16,
         "without `map`"},
        {"connector: advice\n", "connector: &a advice\n", CONFIG_SYNTAX, 1, "anchor"},
        {"    born: {from: dob, date: DD/MM/YYYY}\n", "    scheme: nhs\n", CONFIG_KEY, 9,
         "no field"},
        {"hide:", "withhold: [{column: d, equals: D, code: detrimental, office: Head}]\nhide:",
         CONFIG_VALUE, 20, "more-detrimental"},
        {"hide:", "withhold: [{column: d, equals: D, code: not-necessary}]\nhide:", CONFIG_KEY, 20,
         "office"},
        {"hide:", "opt-out: {file: r.csv}\nhide:", CONFIG_KEY, 20, "scheme: nhs"},
        {"records:", "    identifier: {from: n}\n    scheme: own\nopt-out: {file: r.csv}\nrecords:",
         CONFIG_KEY, 13, "scheme: nhs"},
        {"records:",
         "    identifier: {from: n}\n    scheme: nhs\nopt-out:\n  file: r.csv\n"
         "  date: 2026-02-29\nrecords:",
         CONFIG_VALUE, 15, "2026-02-29"},
        {"records:",
         "    identifier: {from: n}\n    scheme: nhs\nopt-out: {date: 2026-02-28}\nrecords:",
         CONFIG_KEY, 13, "file"},
    };
    for (size_t i = 0; i < sizeof MISTAKES / sizeof MISTAKES[0]; i++) {
        const struct mistake *mistake = &MISTAKES[i];
        struct diag diag;
        struct lg_err err = load_changed(mistake->from, mistake->to, &diag);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_int_equal(lg_err_code(err), mistake->code);
        if (strstr(diag.text, mistake->says) == NULL) {
            fail_msg("mistake %zu: \"%s\" does not say \"%s\"", i, diag.text, mistake->says);
        }
        if (mistake->line != 0) {
            assert_int_equal(diag.line, mistake->line);
        }
    }
}

static void doubled_keys_and_aliases_are_refused(void **state) {
    (void)state;
    struct diag diag;
    struct lg_err err = load_changed("  kind: csv\n", "  kind: csv\n  kind: csv\n", &diag);
    assert_int_equal(lg_err_code(err), CONFIG_KEY);
    err = load_changed("      - item: advice.topic\n", "      - item: *x\n", &diag);
    assert_true(lg_failed(err));
}

static void files_that_are_none_are_refused(void **state) {
    (void)state;
    struct diag diag = {.line = 0};
    struct mapping *mapping = NULL;
    struct lg_err err = mapping_load(FOLDER "/nothing.yaml", &diag, &mapping);
    assert_int_equal(lg_err_code(err), CONFIG_FILE);
    assert_true(lg_failed(load("", &diag, &mapping)));
    assert_true(lg_failed(load("\xff\xfe", &diag, &mapping)));
    assert_true(lg_failed(load("[[[[[[[[", &diag, &mapping)));
    assert_null(mapping);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    struct diag diag;
    struct mapping *mapping = NULL;
    assert_false(lg_failed(load(GOOD, &diag, &mapping)));
    mapping_free(&mapping);
    for (uint64_t n = 1; n < 4000; n++) {
        support_alloc_fail_at(n);
        struct lg_err err = mapping_load(FOLDER "/mapping_test.yaml", &diag, &mapping);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        /* The C library reads a file without its buffer where it gets no memory for one. */
        assert_int_equal(mapping == NULL, lg_failed(err));
        mapping_free(&mapping);
        if (seen < n) {
            assert_false(lg_failed(err));
            return;
        }
    }
    fail_msg("allocations without end");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_file_is_read),
        cmocka_unit_test(mistakes_are_told_with_their_line),
        cmocka_unit_test(doubled_keys_and_aliases_are_refused),
        cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
