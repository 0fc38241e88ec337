/* SPDX-License-Identifier: Apache-2.0 */
/* What the person gets: nothing of it is markup or a formula, and nothing is in it that the agency
 * keeps to itself. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/store/entries.h"
#include "tests/support/support.h"
#include "tools/lockgate/sar_report.h"

#include <cmocka.h>

enum { ARENA = 1 << 20 };

struct written {
    char *text;
    size_t len;
};

static struct written of_cell(void (*put)(FILE *stream, struct span text), struct span text) {
    struct written out = {.text = NULL};
    FILE *stream = open_memstream(&out.text, &out.len);
    assert_non_null(stream);
    put(stream, text);
    assert_int_equal(fclose(stream), 0);
    return out;
}

static struct written of_report(const struct sar_report *report, enum sar_form form) {
    struct written out = {.text = NULL};
    FILE *stream = open_memstream(&out.text, &out.len);
    assert_non_null(stream);
    sar_report_write(report, form, stream);
    assert_int_equal(fclose(stream), 0);
    return out;
}

static void check_cell(void (*put)(FILE *stream, struct span text), const char *text,
                       const char *wanted) {
    struct written out = of_cell(put, span_text(text));
    assert_string_equal(out.text, wanted);
    free(out.text);
}

static void no_cell_is_a_formula(void **state) {
    (void)state;
    check_cell(sar_csv_cell, "", "\"\"");
    check_cell(sar_csv_cell, "plain, words", "\"plain, words\"");
    check_cell(sar_csv_cell, "=1+1", "\"'=1+1\"");
    check_cell(sar_csv_cell, "+44", "\"'+44\"");
    check_cell(sar_csv_cell, "-1", "\"'-1\"");
    check_cell(sar_csv_cell, "@SUM(A1)", "\"'@SUM(A1)\"");
    check_cell(sar_csv_cell, "\t=1", "\"'\t=1\"");
    check_cell(sar_csv_cell, "\r=1", "\"'\r=1\"");
    check_cell(sar_csv_cell, "\n=1", "\"'\n=1\"");
    check_cell(sar_csv_cell, "a=1", "\"a=1\"");
    check_cell(sar_csv_cell, "\"=1", "\"\"\"=1\"");
    check_cell(sar_csv_cell, "a \"b\"\r\nc", "\"a \"\"b\"\"\r\nc\"");
}

static void nothing_is_markup(void **state) {
    (void)state;
    check_cell(sar_html_text, "<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;");
    check_cell(sar_html_text, "a\nb\x01", "a b ");
    check_cell(sar_html_text, "&amp;", "&amp;amp;");
}

static const char bad[] = "=<b>\"'&,\r\n\\";

/* A line whose every text is hostile. */
static struct sar_line hostile(void) {
    static const struct span categories[] = {{(const uint8_t *)bad, sizeof bad - 1},
                                             {(const uint8_t *)bad, sizeof bad - 1}};
    const struct span text = span_text(bad);
    return (struct sar_line){
        .index = 7,
        .time_ms = 1790000000000,
        .is_exact = true,
        .what = "An answer about you",
        .organisation = text,
        .role = text,
        .why = text,
        .basis = text,
        .agreement = text,
        .categories = {.items = categories, .count = 2},
        .from = text,
        .outcome = "Permitted",
        .is_emergency = true,
        .proof = text,
    };
}

static struct sar_report report_of(const struct sar_line *lines, size_t count) {
    static const struct sar_withheld withheld[] = {
        {.words = {(const uint8_t *)bad, sizeof bad - 1},
         .statute = {(const uint8_t *)bad, sizeof bad - 1},
         .count = 2},
        {.words = {(const uint8_t *)"privilege", 9},
         .statute = {(const uint8_t *)"S", 1},
         .count = 1},
    };
    return (struct sar_report){
        .received_day = span_text("2026-11-30"),
        .case_reference = span_text(bad),
        .is_represented = true,
        .made_ms = 1790000000000,
        .covered_size = 99,
        .lines = lines,
        .line_count = count,
        .withheld = withheld,
        .withheld_count = 2,
    };
}

static size_t times(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void a_page_is_whole_and_alone(void **state) {
    const struct sar_line line = hostile();
    const struct sar_report report = report_of(&line, 1);
    struct written page = of_report(&report, SAR_FORM_HTML);
    (void)state;
    assert_null(strstr(page.text, "<b>"));
    assert_null(strstr(page.text, "<script"));
    assert_null(strstr(page.text, "http://"));
    assert_null(strstr(page.text, "src="));
    assert_int_equal(times(page.text, "<td>"), 10);
    assert_non_null(strstr(page.text, "2 lines were withheld because of ="));
    assert_non_null(strstr(page.text, "1 line was withheld because of privilege (S)."));
    assert_non_null(strstr(page.text, "21 Sep 2026, 14:13 UTC"));
    assert_non_null(strstr(page.text, "was made for you"));
    assert_non_null(strstr(page.text, "(declared an emergency)"));
    assert_true(strncmp(page.text, "<!DOCTYPE html>", 15) == 0);
    assert_string_equal(&page.text[page.len - 8], "</html>\n");
    free(page.text);
    const struct sar_report empty = {.received_day = span_text("2026-11-30")};
    page = of_report(&empty, SAR_FORM_HTML);
    assert_non_null(strstr(page.text, "There are no lines to show."));
    assert_null(strstr(page.text, "withheld"));
    free(page.text);
}

/* Reads a table as RFC 4180 has it: the cells of each row, none of them a formula. */
static void check_table(const char *text, size_t rows, size_t columns) {
    size_t cells = 0;
    size_t row_count = 0;
    const char *at = text;
    while (*at != '\0') {
        assert_int_equal(*at++, '"');
        assert_null(*at == '\0' ? NULL : strchr("=+-@\t\r\n", *at));
        while (*at != '"' || at[1] == '"') {
            assert_true(*at != '\0');
            at += *at == '"' ? 2 : 1;
        }
        at++;
        cells++;
        if (*at == ',') {
            at++;
            continue;
        }
        assert_true(at[0] == '\r' && at[1] == '\n');
        at += 2;
        assert_int_equal(cells, columns);
        cells = 0;
        row_count++;
    }
    assert_int_equal(row_count, rows);
}

static void a_table_has_as_many_cells_in_each_row(void **state) {
    const struct sar_line lines[] = {hostile(), hostile()};
    const struct sar_report report = report_of(lines, 2);
    struct written table = of_report(&report, SAR_FORM_CSV);
    (void)state;
    check_table(table.text, 1 + 2 + 2, 10);
    assert_non_null(strstr(table.text, "1 line was withheld because of privilege (S)"));
    free(table.text);
}

static void json_has_the_proofs(void **state) {
    struct sar_line lines[] = {hostile(), hostile()};
    const struct sar_report report = report_of(lines, 2);
    lines[1].proof = span_of(NULL, 0);
    struct written json = of_report(&report, SAR_FORM_JSON);
    (void)state;
    assert_int_equal(times(json.text, "\"entry\":7"), 2);
    assert_int_equal(times(json.text, "\"proof\":\"\""), 1);
    assert_int_equal(times(json.text, "\\u000d\\u000a"), times(json.text, "=<b>"));
    assert_non_null(strstr(json.text, "\"log_size\":99"));
    free(json.text);
}

/* ---- lines ---- */

static struct wire_audit_hit hit_of(unsigned kind, const char *reason) {
    return (struct wire_audit_hit){
        .index = 12,
        .side = STORE_SIDE_REQUESTER,
        .kind = kind,
        .outcome = AUDIT_DECISION_PERMIT,
        .time_ms = 1790000000000,
        .requester = span_text("childrens-care"),
        .source = span_text("police"),
        .agreement = span_text("otr-1"),
        .purpose = span_text("child-safeguarding"),
        .basis = span_text("children-act"),
        .reason = span_text(reason),
    };
}

static void what_is_not_recorded_is_said(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct sar_line line;
    const char *const nothing[] = {"NO_DECISION", "ERASED", "TEXT_NOT_HERE",
                                   "NOT_RECORDED_IN_FULL"};
    const char *const kept[] = {"NOT_YOUR_ENTRY", "NOT_FOUND", "BUDGET_SPENT", "ERASED_", ""};
    const struct wire_explain_reply refused = {
        .verdict = {.decision = DECISION_REFUSE, .code = span_text("ERASED")}};
    struct wire_audit_hit hit = hit_of(AUDIT_RELEASE, "ANSWERED");
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_true(sar_is_not_recorded(span_text(nothing[i])));
    }
    for (size_t i = 0; i < 5; i++) {
        assert_false(sar_is_not_recorded(span_text(kept[i])));
    }
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(sar_line_make(&hit, &refused, arena, &line)));
    assert_true(span_equal_text(line.role, "not recorded"));
    assert_int_equal(line.categories.count, 1);
    assert_true(span_equal_text(line.categories.items[0], "not recorded"));
    hit.kind = AUDIT_ASK;
    assert_false(lg_failed(sar_line_make(&hit, &refused, arena, &line)));
    assert_true(span_equal_text(line.role, "not recorded") && line.categories.count == 0);
}

static void no_line_gives_somebody_else_away(void **state) {
    const struct wire_audit_hit answer = hit_of(AUDIT_RELEASE, "ANSWERED");
    const struct wire_audit_hit link = hit_of(AUDIT_RELEASE, "LINK");
    const struct wire_audit_hit review = hit_of(AUDIT_REVIEW, "EMERGENCY_OPENED");
    const unsigned bare[] = {AUDIT_ASK, AUDIT_OUTCOME, AUDIT_DENIAL};
    (void)state;
    assert_true(sar_hit_is_told(&answer) && sar_hit_has_proof(&answer));
    assert_false(sar_hit_is_third_party(&answer));
    assert_true(sar_hit_is_third_party(&link));
    assert_false(sar_hit_is_told(&link) || sar_hit_has_proof(&link));
    assert_false(sar_hit_is_told(&review) || sar_hit_has_proof(&review));
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) {
        const struct wire_audit_hit hit = hit_of(bare[i], "");
        assert_true(sar_hit_is_told(&hit));
        assert_false(sar_hit_has_proof(&hit));
    }
}

static void a_line_is_in_plain_words(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct sar_line line;
    struct wire_audit_hit hit = hit_of(AUDIT_RELEASE, "ANSWERED");
    struct wire_explained_item items[] = {
        {.item = span_text("incidents.count")},
        {.item = span_text("incidents.last-date")},
        {.item = span_text("health.status"), .code = span_text("NOT_SHARED")},
        {.item = span_text("contact")},
    };
    const struct wire_explained_source sources[] = {
        {.source = span_text("housing"), .items = items, .item_count = 1},
        {.source = span_text("police"), .items = items, .item_count = 4},
    };
    const struct wire_explain_reply explained = {
        .sources = sources,
        .source_count = 2,
        .has_agreement = true,
        .agreement = {.title = span_text("Example sharing")},
        .has_facts = true,
        .facts = {.role = span_text("social-worker")},
    };
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(sar_line_make(&hit, &explained, arena, &line)));
    assert_string_equal(line.outcome, "Information was given");
    assert_true(span_equal_text(line.why, "child safeguarding"));
    assert_true(span_equal_text(line.agreement, "Example sharing"));
    assert_true(span_equal_text(line.role, "social-worker"));
    assert_int_equal(line.categories.count, 2);
    assert_true(span_equal_text(line.categories.items[0], "incidents"));
    assert_true(span_equal_text(line.categories.items[1], "contact"));
    assert_true(line.is_exact);
    hit.side = STORE_SIDE_SOURCE;
    hit.kind = 99;
    hit.outcome = 99;
    assert_false(lg_failed(sar_line_make(&hit, NULL, arena, &line)));
    assert_string_equal(line.what, "Another entry");
    assert_string_equal(line.outcome, "Recorded");
    assert_true(span_equal_text(line.agreement, "otr-1") && line.role.len == 0);
    assert_false(line.is_exact);
}

/* Whether a hidden source knew somebody is not told by the words. */
static void a_hidden_answer_says_neither(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct sar_line line;
    struct wire_audit_hit hit = hit_of(AUDIT_RELEASE, "HIDDEN");
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(sar_line_make(&hit, NULL, arena, &line)));
    assert_string_equal(line.outcome, "Information was given, or there was none to give");
    OWN(arena_free) struct arena *small = NULL;
    assert_false(lg_failed(arena_new(8, &small)));
    assert_int_equal(lg_err_class(sar_line_make(&hit, NULL, small, &line)), LG_CLASS_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cell_is_a_formula),
        cmocka_unit_test(nothing_is_markup),
        cmocka_unit_test(a_page_is_whole_and_alone),
        cmocka_unit_test(a_table_has_as_many_cells_in_each_row),
        cmocka_unit_test(json_has_the_proofs),
        cmocka_unit_test(what_is_not_recorded_is_said),
        cmocka_unit_test(no_line_gives_somebody_else_away),
        cmocka_unit_test(a_line_is_in_plain_words),
        cmocka_unit_test(a_hidden_answer_says_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
