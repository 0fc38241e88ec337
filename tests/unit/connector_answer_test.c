/* SPDX-License-Identifier: Apache-2.0 */
/* From an agency's files to answers: fields, CSV, what SQLite may read, decoys. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/edge/edge.h"
#include "tests/support/support.h"
#include "tools/connector/answer.h"
#include "tools/demo/generate.h"

#include <cmocka.h>

#define FOLDER LOCKGATE_BUILD "/tests"

static void file_put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

/* ---- fields -------------------------------------------------------------------------------- */

static struct connector_value read_one(struct mapping_field field, const char *text) {
    static struct arena *arena;
    arena_free(&arena);
    assert_false(lg_failed(arena_new(65536, &arena)));
    char missing_word[] = "n/a";
    char *missing[] = {missing_word};
    struct mapping_source source = {.missing = missing, .missing_count = 1};
    const char *columns[] = {"a"};
    struct span values[] = {span_text(text)};
    struct connector_row row = {.columns = columns, .values = values, .count = 1};
    char from[] = "a";
    field.from = from;
    struct connector_value value;
    assert_false(lg_failed(connector_value_read(&source, &field, &row, arena, &value)));
    static char kept[2048];
    memcpy(kept, value.text.len > 0 ? value.text.ptr : (const uint8_t *)"", value.text.len);
    value.text = span_of(kept, value.text.len);
    arena_free(&arena);
    return value;
}

static void check(struct mapping_field field, const char *text, const char *expected) {
    struct connector_value value = read_one(field, text);
    if (expected == NULL) {
        assert_int_equal(value.state, CONNECTOR_REJECTED);
        return;
    }
    assert_int_equal(value.state, expected[0] == '\0' ? CONNECTOR_MISSING : CONNECTOR_PRESENT);
    assert_true(span_equal_text(value.text, expected));
}

static void cleaners_do_what_they_say(void **state) {
    (void)state;
    enum mapping_cleaner one[1];
    struct mapping_field field = {.clean = one, .clean_count = 1};
    one[0] = MAPPING_TRIM;
    check(field, "  Zo\xc3\xab ", "Zo\xc3\xab");
    check(field, " n/a ", "");
    check(field, "   ", "");
    one[0] = MAPPING_FIRST_WORD;
    check(field, " Anna Maria", "Anna");
    one[0] = MAPPING_LAST_WORD;
    check(field, "Anna Maria ", "Maria");
    one[0] = MAPPING_DIGITS;
    check(field, "999 000 2932", "9990002932");
    check(field, "none", NULL);
    one[0] = MAPPING_POSTCODE;
    check(field, "wa157kk", "WA15 7KK");
    check(field, "M1 6 1 C I", "M16 1CI");
    check(field, "M16 1CI", "M16 1CI");
    check(field, "M16 1C", NULL);
    check(field, "M16-1CI", NULL);
    check(field, "WA15 77KKK", NULL);
    one[0] = MAPPING_MONTH;
    check(field, "2026-03-09", "2026-03");
    check(field, "March", NULL);
}

static void dates_are_those_of_the_calendar(void **state) {
    (void)state;
    check((struct mapping_field){.date = MAPPING_DATE_UK}, "29/02/2024", "2024-02-29");
    check((struct mapping_field){.date = MAPPING_DATE_UK}, "29/02/2023", NULL);
    check((struct mapping_field){.date = MAPPING_DATE_UK}, "29/02/1900", NULL);
    check((struct mapping_field){.date = MAPPING_DATE_UK}, "1/2/2023", NULL);
    check((struct mapping_field){.date = MAPPING_DATE_US}, "02/13/2024", "2024-02-13");
    check((struct mapping_field){.date = MAPPING_DATE_US}, "13/02/2024", NULL);
    check((struct mapping_field){.date = MAPPING_DATE_DOTS}, "01.12.1999", "1999-12-01");
    check((struct mapping_field){.date = MAPPING_DATE_PLAIN}, "19991201", "1999-12-01");
    check((struct mapping_field){.date = MAPPING_DATE_MONTH}, "05 Sep 2017", "2017-09-05");
    check((struct mapping_field){.date = MAPPING_DATE_MONTH}, "05 Sip 2017", NULL);
    check((struct mapping_field){.date = MAPPING_DATE_ISO}, "2017-00-05", NULL);
    check((struct mapping_field){.date = MAPPING_DATE_ISO}, "2017-01-32", NULL);
}

static void maps_never_guess(void **state) {
    (void)state;
    char when[] = "D";
    char to[] = "debt";
    struct mapping_word words[] = {{when, to}};
    struct mapping_field field = {.map = words, .map_count = 1};
    check(field, "D", "debt");
    check(field, "d", NULL);
    field.otherwise = MAPPING_KEEP;
    check(field, "d", "d");
    field.otherwise = MAPPING_LEAVE_OUT;
    check(field, "d", "");
}

static void splits_take_their_part(void **state) {
    (void)state;
    char comma[] = ",";
    struct mapping_split second = {.by = comma, .take = 2};
    check((struct mapping_field){.split = &second}, "EXAMPLE, Riley", "Riley");
    check((struct mapping_field){.split = &second}, "EXAMPLE", "");
    check((struct mapping_field){.split = &second}, "EXAMPLE,", "");
}

static void what_is_no_text_never_leaves(void **state) {
    (void)state;
    check((struct mapping_field){.clean_count = 0}, "a\nb", NULL);
    check((struct mapping_field){.clean_count = 0}, "\xff", NULL);
    char limit[LIMIT_CONNECTOR_VALUE + 2];
    memset(limit, 'a', sizeof limit);
    limit[LIMIT_CONNECTOR_VALUE] = '\0';
    check((struct mapping_field){.clean_count = 0}, limit, limit);
    limit[LIMIT_CONNECTOR_VALUE] = 'a';
    limit[LIMIT_CONNECTOR_VALUE + 1] = '\0';
    check((struct mapping_field){.clean_count = 0}, limit, NULL);
}

/* ---- CSV ----------------------------------------------------------------------------------- */

static const char CSV_MAPPING[] =
    "connector: advice\n"
    "source: {kind: csv, path: answer_test.csv, encoding: windows-1252, missing: [\"-\"]}\n"
    "person:\n"
    "  key: ref\n"
    "  identity:\n"
    "    family-name: {from: name}\n"
    "    born: {from: dob, date: DD/MM/YYYY}\n"
    "records:\n"
    "  - newest: {from: seen, date: DD/MM/YYYY}\n"
    "    record: visit\n"
    "    items:\n"
    "      - {item: contact.note, from: note, standing: reported,\n"
    "         dated: {from: seen, date: DD/MM/YYYY}}\n"
    "      - {item: contact.known, value: \"yes\", standing: fact}\n"
    "hide: {column: secret, equals: \"Y\"}\n";

static const char CSV_TEXT[] = "ref,name,dob,seen,note,secret,visit\r\n"
                               "r1,Zo\xeb,08/11/2017,01/02/2025,\"first, of two\",N,v1\r\n"
                               "r2,EXAMPLE,08/11/1990,01/02/2025,hidden,Y,v2\r\n"
                               "short,line\r\n"
                               "r1,Zo\xeb,08/11/2017,02/01/2026,\"over\nlines \"\"q\"\"\",N,v3\r\n"
                               "r3,SAMPLE,31/02/1990,-,-,N,v4\r\n";

struct fixture {
    struct mapping *mapping;
    struct connector_rows *rows;
    struct arena *arena;
    struct vault_key *tag_key;
};

static struct fixture fixture_at(const char *path) {
    struct fixture fixture = {.mapping = NULL};
    struct diag diag = {.line = 0};
    struct lg_err err = mapping_load(path, &diag, &fixture.mapping);
    if (lg_failed(err)) {
        fail_msg("%s:%u: %s", path, diag.line, diag.text);
    }
    err = connector_rows_open(fixture.mapping, &diag, &fixture.rows);
    if (lg_failed(err)) {
        fail_msg("%s:%u: %s", path, diag.line, diag.text);
    }
    assert_false(lg_failed(arena_new(LIMIT_CONNECTOR_ARENA, &fixture.arena)));
    struct vault_report report;
    assert_false(lg_failed(vault_init(&report)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &fixture.tag_key)));
    return fixture;
}

static struct fixture fixture_of(const char *mapping_text) {
    file_put(FOLDER "/answer_test.yaml", mapping_text);
    return fixture_at(FOLDER "/answer_test.yaml");
}

static void fixture_drop(struct fixture *fixture) {
    connector_rows_close(&fixture->rows);
    mapping_free(&fixture->mapping);
    arena_free(&fixture->arena);
    vault_key_free(&fixture->tag_key);
}

static struct answer answer_of(struct fixture *fixture, const char *key, enum tier tier,
                               bool is_decoy) {
    static struct span items[64];
    size_t count = 0;
    for (uint32_t i = 0; i < fixture->mapping->record_count; i++) {
        for (uint32_t j = 0; j < fixture->mapping->records[i].item_count; j++) {
            items[count++] = span_text(fixture->mapping->records[i].items[j].item);
        }
    }
    struct connector_question question = {.key = span_text(key),
                                          .is_decoy = is_decoy,
                                          .items = {.items = items, .count = count},
                                          .tier = tier,
                                          .now_s = 1795000000, /* 2026-11-18 */
                                          .tag_key = fixture->tag_key};
    struct answer answer = {.record_count = 0};
    assert_false(lg_failed(connector_answer(fixture->rows, &question, fixture->arena, &answer)));
    return answer;
}

static void csv_gives_answers_newest_first(void **state) {
    (void)state;
    file_put(FOLDER "/answer_test.csv", CSV_TEXT);
    struct fixture fixture = fixture_of(CSV_MAPPING);
    struct answer answer = answer_of(&fixture, "r1", TIER_DETAIL, false);
    assert_int_equal(answer.record_count, 2);
    assert_int_equal(answer.age_class, AGE_CHILD);
    assert_true(span_equal_text(answer.records[0].record, "v3"));
    assert_true(span_equal_text(answer.records[1].record, "v1"));
    assert_true(span_equal_text(answer.records[1].items[0].value, "first, of two"));
    assert_true(span_equal_text(answer.records[1].items[0].date, "2025-02-01"));
    /* A line break in a value never leaves; the constant does. */
    assert_int_equal(answer.records[0].item_count, 1);
    assert_true(span_equal_text(answer.records[0].items[0].item, "contact.known"));
    answer = answer_of(&fixture, "r1", TIER_HEADLINE, false);
    assert_int_equal(answer.record_count, 1);
    assert_true(span_equal_text(answer.records[0].record, "v3"));
    fixture_drop(&fixture);
}

static void hidden_unknown_and_decoys_have_nothing(void **state) {
    (void)state;
    file_put(FOLDER "/answer_test.csv", CSV_TEXT);
    struct fixture fixture = fixture_of(CSV_MAPPING);
    struct answer hidden = answer_of(&fixture, "r2", TIER_DETAIL, false);
    struct answer unknown = answer_of(&fixture, "r9", TIER_DETAIL, false);
    struct answer decoy = answer_of(&fixture, "r1", TIER_DETAIL, true);
    assert_int_equal(hidden.record_count, 0);
    assert_int_equal(hidden.age_class, AGE_UNKNOWN);
    assert_int_equal(unknown.record_count, 0);
    assert_int_equal(decoy.record_count, 0);
    assert_int_equal(decoy.age_class, AGE_UNKNOWN);
    fixture_drop(&fixture);
}

/* The first rule that fits; of a person of whom nothing would leave there is no decision to tell.
 */
static void a_rule_of_the_mapping_withholds(void **state) {
    (void)state;
    char mapping[4096];
    (void)snprintf(mapping, sizeof mapping, "%swithhold:\n%s", CSV_MAPPING,
                   "  - {column: note, equals: keep, code: not-necessary, office: Front desk}\n"
                   "  - {column: name, equals: KEPT, code: more-detrimental, office: Head}\n");
    file_put(FOLDER "/answer_test.csv", "ref,name,dob,seen,note,secret,visit\n"
                                        "r1,KEPT,08/11/2017,01/02/2025,keep,N,v1\n"
                                        "r2, KEPT ,08/11/2017,01/02/2025,other,N,v2\n"
                                        "r3,KEPT,08/11/2017,01/02/2025,keep,Y,v3\n"
                                        "r4,FREE,08/11/2017,01/02/2025,other,N,v4\n");
    struct fixture fixture = fixture_of(mapping);
    static const char *const keys[2][2] = {{"r1", "not-necessary"}, {"r2", "more-detrimental"}};
    for (size_t i = 0; i < 2; i++) {
        struct answer answer = answer_of(&fixture, keys[i][0], TIER_DETAIL, false);
        assert_true(answer.is_withheld && answer.record_count == 0);
        assert_true(span_equal_text(answer.withholding.code, keys[i][1]));
        assert_true(span_equal_text(answer.withholding.office, i == 0 ? "Front desk" : "Head"));
        assert_false(answer_of(&fixture, keys[i][0], TIER_DETAIL, true).is_withheld);
    }
    /* r3 is hidden: of whom nothing would leave there is no decision to tell. */
    struct answer hidden = answer_of(&fixture, "r3", TIER_DETAIL, false);
    struct answer free_one = answer_of(&fixture, "r4", TIER_DETAIL, false);
    assert_true(!hidden.is_withheld && !free_one.is_withheld && free_one.record_count == 1);
    fixture_drop(&fixture);
}

struct people_seen {
    struct fixture *fixture;
    struct connector_person people[8];
    size_t count;
};

static struct lg_err on_person(void *ctx, const struct connector_row *row, uint64_t line) {
    struct people_seen *seen = ctx;
    assert_true(seen->count < 8);
    return connector_person_read(seen->fixture->mapping, row, line, seen->fixture->arena,
                                 &seen->people[seen->count++]);
}

static void bad_lines_and_fields_are_named(void **state) {
    (void)state;
    file_put(FOLDER "/answer_test.csv", CSV_TEXT);
    struct fixture fixture = fixture_of(CSV_MAPPING);
    size_t bad_count = 0;
    const uint32_t *bad = connector_rows_bad_lines(fixture.rows, &bad_count);
    assert_int_equal(bad_count, 1);
    assert_int_equal(bad[0], 4);
    struct people_seen seen = {.fixture = &fixture};
    assert_false(lg_failed(connector_rows_people(fixture.rows, on_person, &seen)));
    assert_true(seen.count == 4 && seen.people[0].line == 2);
    assert_true(span_equal_text(seen.people[0].identity.family_name, "Zo\xc3\xab"));
    assert_true(seen.people[1].hidden && seen.people[2].line == 5);
    assert_int_equal(seen.people[3].line, 7); /* after the field of two lines */
    assert_int_equal(seen.people[3].rejected, CONNECTOR_BORN);
    fixture_drop(&fixture);
}

static void changed_files_are_swapped_whole(void **state) {
    (void)state;
    file_put(FOLDER "/answer_test.csv", CSV_TEXT);
    struct fixture fixture = fixture_of(CSV_MAPPING);
    struct diag diag = {.line = 0};
    bool changed = true;
    assert_false(lg_failed(connector_rows_refresh(fixture.rows, &diag, &changed)));
    assert_false(changed);
    file_put(FOLDER "/answer_test.csv", "ref,name,dob,seen,note,secret,visit\nr7,X,,,n,N,v\n");
    assert_false(lg_failed(connector_rows_refresh(fixture.rows, &diag, &changed)));
    assert_true(changed);
    assert_int_equal(answer_of(&fixture, "r7", TIER_DETAIL, false).record_count, 1);
    assert_int_equal(answer_of(&fixture, "r1", TIER_DETAIL, false).record_count, 0);
    /* A file that is no table leaves the rows as they were. */
    file_put(FOLDER "/answer_test.csv", "ref,name,dob,seen,note,secret,visit\nr8,\"open,,,,,\n");
    struct lg_err err = connector_rows_refresh(fixture.rows, &diag, &changed);
    assert_int_equal(lg_err_code(err), CONNECTOR_CSV);
    assert_int_equal(diag.line, 2);
    assert_int_equal(answer_of(&fixture, "r7", TIER_DETAIL, false).record_count, 1);
    fixture_drop(&fixture);
}

static void csv_must_fit_the_mapping(void **state) {
    (void)state;
    static const char *const TEXTS[] = {"", "ref,name\n", "a,a,a\n1,2,3\n",
                                        "REF,name,dob,seen,note,secret\n"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        file_put(FOLDER "/answer_test.csv", TEXTS[i]);
        file_put(FOLDER "/answer_test.yaml", CSV_MAPPING);
        struct diag diag = {.line = 0};
        struct mapping *mapping = NULL;
        struct connector_rows *rows = NULL;
        assert_false(lg_failed(mapping_load(FOLDER "/answer_test.yaml", &diag, &mapping)));
        struct lg_err err = connector_rows_open(mapping, &diag, &rows);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_true(diag.text[0] != '\0');
        assert_null(rows);
        mapping_free(&mapping);
    }
}

/* A file of one line of `count` columns and one row, where the first field is `len` long. */
static bool csv_fits(size_t count, size_t len, size_t *out_bad) {
    FILE *file = fopen(FOLDER "/answer_test.csv", "w");
    assert_non_null(file);
    (void)fputs("ref,name,dob,seen,note,secret,visit", file);
    for (size_t i = 7; i < count; i++) {
        (void)fprintf(file, ",c%zu", i);
    }
    (void)fputs("\n", file);
    for (size_t i = 0; i < len; i++) {
        (void)fputc('r', file);
    }
    for (size_t i = 1; i < count; i++) {
        (void)fputs(",N", file);
    }
    (void)fclose(file);
    file_put(FOLDER "/answer_test.yaml", CSV_MAPPING);
    struct diag diag = {.line = 0};
    struct mapping *mapping = NULL;
    struct connector_rows *rows = NULL;
    assert_false(lg_failed(mapping_load(FOLDER "/answer_test.yaml", &diag, &mapping)));
    struct lg_err err = connector_rows_open(mapping, &diag, &rows);
    if (!lg_failed(err)) {
        (void)connector_rows_bad_lines(rows, out_bad);
    }
    connector_rows_close(&rows);
    mapping_free(&mapping);
    return !lg_failed(err);
}

static void csv_limits_at_and_one_over(void **state) {
    (void)state;
    size_t bad = 9;
    assert_true(csv_fits(LIMIT_CONNECTOR_COLUMNS, 2, &bad));
    assert_int_equal(bad, 0);
    assert_false(csv_fits(LIMIT_CONNECTOR_COLUMNS + 1, 2, &bad));
    assert_true(csv_fits(7, LIMIT_CONNECTOR_FIELD, &bad));
    assert_int_equal(bad, 0);
    assert_true(csv_fits(7, LIMIT_CONNECTOR_FIELD + 1, &bad));
    assert_int_equal(bad, 1);
    /* A file that is too long is not even read: this one is a hole. */
    assert_int_equal(truncate(FOLDER "/answer_test.csv", (off_t)LIMIT_CONNECTOR_FILE + 1), 0);
    struct diag diag = {.line = 0};
    struct mapping *mapping = NULL;
    struct connector_rows *rows = NULL;
    assert_false(lg_failed(mapping_load(FOLDER "/answer_test.yaml", &diag, &mapping)));
    assert_true(lg_failed(connector_rows_open(mapping, &diag, &rows)));
    assert_non_null(strstr(diag.text, "longer than"));
    mapping_free(&mapping);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    file_put(FOLDER "/answer_test.csv", CSV_TEXT);
    struct fixture fixture = fixture_of(CSV_MAPPING);
    struct span item = span_text("contact.note");
    struct connector_question question = {.key = span_text("r1"),
                                          .items = {.items = &item, .count = 1},
                                          .tier = TIER_DETAIL,
                                          .now_s = 1795000000,
                                          .tag_key = fixture.tag_key};
    uint64_t n = 0;
    bool done = false;
    while (!done) {
        struct connector_rows *rows = NULL;
        struct arena *arena = NULL;
        struct answer answer = {.record_count = 0};
        struct diag diag = {.line = 0};
        support_alloc_fail_at(++n);
        struct lg_err err = connector_rows_open(fixture.mapping, &diag, &rows);
        if (!lg_failed(err)) {
            err = arena_new(LIMIT_CONNECTOR_ARENA, &arena);
        }
        if (!lg_failed(err)) {
            err = connector_answer(rows, &question, arena, &answer);
        }
        done = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        /* Whole or an error; never a part that looks like all of it. */
        assert_true(lg_failed(err) || answer.record_count == 1);
        assert_true(!done || !lg_failed(err));
        connector_rows_close(&rows);
        arena_free(&arena);
        assert_true(n < 100000);
    }
    fixture_drop(&fixture);
}

/* ---- SQLite -------------------------------------------------------------------------------- */

static const char DB_MAPPING[] = "connector: homes\n"
                                 "source: {kind: sqlite, path: answer_test.db}\n"
                                 "person:\n"
                                 "  table: people\n"
                                 "  key: ref\n"
                                 "  identity: {born: {from: born, date: YYYY-MM-DD}}\n"
                                 "records:\n"
                                 "  - table: shared\n"
                                 "    key: ref\n"
                                 "    items:\n"
                                 "      - {item: tenancy.visits, from: visits, standing: fact}\n"
                                 "links:\n"
                                 "  - {table: kin, key: a, other: b, relation: {from: r}}\n";

static void db_make(const char *more) {
    sqlite3 *db = NULL;
    (void)unlink(FOLDER "/answer_test.db");
    assert_int_equal(sqlite3_open(FOLDER "/answer_test.db", &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "CREATE TABLE people(ref INTEGER PRIMARY KEY, born TEXT, secret TEXT);"
                     "INSERT INTO people VALUES(5, '1980-05-05', 'never');"
                     "CREATE TABLE visits(ref INTEGER, day TEXT);"
                     "INSERT INTO visits VALUES(5, 'mon'),(5, 'tue');"
                     "CREATE TABLE kin(a INTEGER, b TEXT, r TEXT);"
                     "INSERT INTO kin VALUES(5, '6', 'parent of'),(5, '', 'nobody');",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, more, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void views_and_links_are_answered(void **state) {
    (void)state;
    db_make("CREATE VIEW shared AS SELECT p.ref AS ref, (SELECT count(*) FROM visits AS v"
            " WHERE v.ref = p.ref) AS visits FROM people AS p");
    struct fixture fixture = fixture_of(DB_MAPPING);
    struct answer answer = answer_of(&fixture, "5", TIER_DETAIL, false);
    assert_int_equal(answer.record_count, 1);
    assert_true(span_equal_text(answer.records[0].items[0].value, "2"));
    assert_int_equal(answer.age_class, AGE_ADULT);
    assert_int_equal(answer.records[0].link_count, 1);
    struct record_tag tag;
    assert_false(lg_failed(edge_record_tag(fixture.tag_key, span_text("6"), &tag)));
    assert_memory_equal(answer.records[0].links[0].record_tag.bytes, tag.bytes, sizeof tag.bytes);
    assert_true(span_equal_text(answer.records[0].links[0].relation, "parent of"));
    fixture_drop(&fixture);
}

static struct lg_err open_with(const char *from, const char *to, struct diag *diag) {
    char text[2048];
    const char *place = strstr(DB_MAPPING, from);
    assert_non_null(place);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(place - DB_MAPPING), DB_MAPPING, to,
                   place + strlen(from));
    file_put(FOLDER "/answer_test.yaml", text);
    struct mapping *mapping = NULL;
    struct connector_rows *rows = NULL;
    assert_false(lg_failed(mapping_load(FOLDER "/answer_test.yaml", diag, &mapping)));
    struct lg_err err = connector_rows_open(mapping, diag, &rows);
    connector_rows_close(&rows);
    mapping_free(&mapping);
    return err;
}

static void names_cannot_be_more_than_names(void **state) {
    (void)state;
    db_make("CREATE VIEW shared AS SELECT ref, '1' AS visits FROM people");
    struct diag diag = {.line = 0};
    assert_false(lg_failed(open_with("from: visits", "from: visits", &diag)));
    /* A column that is not there is never taken for a string; SQL in a name is a name. */
    assert_true(lg_failed(open_with("from: visits", "from: visit", &diag)));
    assert_true(lg_failed(open_with("from: visits", "from: 'visits\" FROM people --'", &diag)));
    assert_true(lg_failed(open_with("table: shared", "table: 'people, visits'", &diag)));
    assert_true(lg_failed(open_with("answer_test.db", "no_such.db", &diag)));
}

static void what_is_not_named_is_not_read(void **state) {
    (void)state;
    /* A view below the named one is refused: the mapping has to name it. */
    db_make("CREATE VIEW inner_view AS SELECT ref, secret FROM people;"
            "CREATE VIEW shared AS SELECT ref, secret AS visits FROM inner_view");
    struct diag diag = {.line = 0};
    assert_true(lg_failed(open_with("from: visits", "from: visits", &diag)));
    assert_non_null(strstr(diag.text, "prohibited"));
}

static void a_query_without_end_is_stopped(void **state) {
    (void)state;
    db_make("CREATE VIEW shared AS SELECT '5' AS ref, (SELECT count(*) FROM visits a, visits b,"
            " visits c, visits d, visits e, visits f, visits g, visits h, visits i, visits j,"
            " visits k, visits l, visits m, visits n, visits o, visits p, visits q, visits r,"
            " visits s, visits t, visits u, visits v, visits w, visits x, visits y, visits z,"
            " visits aa, visits ab, visits ac) AS visits");
    struct fixture fixture = fixture_of(DB_MAPPING);
    struct connector_question question = {
        .key = span_text("5"), .tier = TIER_DETAIL, .now_s = 1, .tag_key = fixture.tag_key};
    struct answer answer;
    struct lg_err err = connector_answer(fixture.rows, &question, fixture.arena, &answer);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    fixture_drop(&fixture);
}

/* ---- the demo's own -------------------------------------------------------------------------- */

static void demo_sources_fit_their_mappings(void **state) {
    (void)state;
    struct demo_world *world = NULL;
    struct diag diag = {.line = 0};
    assert_false(lg_failed(demo_world_new(5, &world)));
    assert_false(lg_failed(demo_generate(world, FOLDER "/answer_demo", &diag)));
    for (enum demo_agency agency = 0; agency < DEMO_AGENCIES; agency++) {
        char path[1024];
        (void)snprintf(path, sizeof path, FOLDER "/answer_demo/%s.yaml", demo_agency_id(agency));
        struct fixture fixture = fixture_at(path);
        char reference[16];
        uint32_t person = demo_lead_known(world, agency);
        demo_reference(world, agency, person, reference);
        struct answer answer = answer_of(&fixture, reference, TIER_HEADLINE, false);
        assert_true(answer.record_count >= 1);
        assert_int_equal(answer.age_class, world->people[person].is_adult ? AGE_ADULT : AGE_CHILD);
        fixture_drop(&fixture);
    }
    demo_world_free(&world);
}

int main(void) {
    (void)mkdir(FOLDER, 0700);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleaners_do_what_they_say),
        cmocka_unit_test(dates_are_those_of_the_calendar),
        cmocka_unit_test(maps_never_guess),
        cmocka_unit_test(splits_take_their_part),
        cmocka_unit_test(what_is_no_text_never_leaves),
        cmocka_unit_test(csv_gives_answers_newest_first),
        cmocka_unit_test(hidden_unknown_and_decoys_have_nothing),
        cmocka_unit_test(a_rule_of_the_mapping_withholds),
        cmocka_unit_test(bad_lines_and_fields_are_named),
        cmocka_unit_test(changed_files_are_swapped_whole),
        cmocka_unit_test(csv_must_fit_the_mapping),
        cmocka_unit_test(csv_limits_at_and_one_over),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(views_and_links_are_answered),
        cmocka_unit_test(names_cannot_be_more_than_names),
        cmocka_unit_test(what_is_not_named_is_not_read),
        cmocka_unit_test(a_query_without_end_is_stopped),
        cmocka_unit_test(demo_sources_fit_their_mappings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
