/* SPDX-License-Identifier: Apache-2.0 */
/* A report as text and as CSV. What is hidden is said to be so, and never left blank: a blank would
 * be read as none. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/lockgate/report.h"

static const char HIDDEN[] = "hidden";

static int width(struct span text) {
    return (int)text.len;
}

static const char *chars(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Rows with a number each; the hidden ones below, in one run. */
static void table_print(const struct wire_report_table *table) {
    (void)printf("\n%.*s\n  %.*s\n", width(table->name), chars(table->name), width(table->counts),
                 chars(table->counts));
    for (size_t i = 0; i < table->row_count; i++) {
        const struct wire_report_row *row = &table->rows[i];
        if (row->hidden) {
            continue;
        }
        (void)printf("  %8" PRIu64 "  %.*s", row->count, width(row->name), chars(row->name));
        if (row->has_percent) {
            (void)printf(" (%" PRIu32 " %%)", row->percent);
        }
        (void)printf("\n");
    }
    if (table->total_hidden) {
        (void)printf("    hidden  in all\n");
    } else {
        (void)printf("  %8" PRIu64 "  in all\n", table->total);
    }
    const char *before = "    hidden  ";
    for (size_t i = 0; i < table->row_count; i++) {
        const struct wire_report_row *row = &table->rows[i];
        if (row->hidden) {
            (void)printf("%s%.*s", before, width(row->name), chars(row->name));
            before = ", ";
        }
    }
    (void)printf("%s", before[0] == ',' ? "\n" : "");
}

static void agreements_print(const struct wire_quarter_reply *reply) {
    (void)printf("\nagreements\n");
    for (size_t i = 0; i < reply->agreement_count; i++) {
        const struct wire_report_agreement *it = &reply->agreements[i];
        (void)printf("  %-6.*s %.*s version %" PRIu32 ", %.*s, review due %.*s: %.*s\n",
                     width(it->rating), chars(it->rating), width(it->id), chars(it->id),
                     it->version, width(it->state), chars(it->state), width(it->review_day),
                     chars(it->review_day), width(it->because), chars(it->because));
    }
}

static void times_print(const struct wire_quarter_reply *reply) {
    (void)printf("\nreview-times\n  Days from opening to closing that half of the cases took at "
                 "most.\n");
    for (size_t i = 0; i < reply->review_time_count; i++) {
        const struct wire_report_time *it = &reply->review_times[i];
        if (it->hidden) {
            (void)printf("    hidden  %.*s\n", width(it->kind), chars(it->kind));
        } else {
            (void)printf("  %8" PRIu32 "  %.*s\n", it->median_days, width(it->kind),
                         chars(it->kind));
        }
    }
}

static void words_print(const char *head, const struct span_list *words) {
    (void)printf("\n%s\n", head);
    for (size_t i = 0; i < words->count; i++) {
        (void)printf("  %.*s\n", width(words->items[i]), chars(words->items[i]));
    }
}

void report_text_print(const struct wire_quarter_reply *reply) {
    (void)printf("Quarter %.*s\n", width(reply->quarter), chars(reply->quarter));
    for (size_t i = 0; i < reply->table_count; i++) {
        table_print(&reply->tables[i]);
    }
    times_print(reply);
    agreements_print(reply);
    words_print("rules", &reply->rules);
    words_print("not in this report", &reply->left_out);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

/* A field, quoted. What a spreadsheet would take for a formula is text. */
static void field(struct span text, const char *after) {
    (void)putchar('"');
    if (text.len > 0 && strchr("=+-@\t\r", text.ptr[0]) != NULL) {
        (void)putchar('\'');
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            (void)putchar('"');
        }
        (void)putchar(text.ptr[i]);
    }
    (void)printf("\"%s", after);
}

/* kind, table, row, count, percent, note */
static void line_begin(const char *kind, struct span table, struct span row) {
    field(span_text(kind), ",");
    field(table, ",");
    field(row, ",");
}

static void table_csv(const struct wire_report_table *table) {
    for (size_t i = 0; i < table->row_count; i++) {
        const struct wire_report_row *row = &table->rows[i];
        line_begin("row", table->name, row->name);
        if (row->hidden) {
            (void)printf("%s,", HIDDEN);
        } else {
            (void)printf("%" PRIu64 ",", row->count);
        }
        if (row->has_percent) {
            (void)printf("%" PRIu32, row->percent);
        }
        (void)printf(",\"\"\r\n");
    }
    line_begin("total", table->name, span_of(NULL, 0));
    if (table->total_hidden) {
        (void)printf("%s,,", HIDDEN);
    } else {
        (void)printf("%" PRIu64 ",,", table->total);
    }
    field(table->counts, "\r\n");
}

static void words_csv(const char *kind, const struct span_list *words) {
    for (size_t i = 0; i < words->count; i++) {
        line_begin(kind, span_of(NULL, 0), span_of(NULL, 0));
        (void)printf(",,");
        field(words->items[i], "\r\n");
    }
}

void report_csv_print(const struct wire_quarter_reply *reply) {
    (void)printf("kind,table,row,count,percent,note\r\n");
    line_begin("quarter", span_of(NULL, 0), reply->quarter);
    (void)printf(",,\"\"\r\n");
    for (size_t i = 0; i < reply->table_count; i++) {
        table_csv(&reply->tables[i]);
    }
    for (size_t i = 0; i < reply->review_time_count; i++) {
        const struct wire_report_time *it = &reply->review_times[i];
        line_begin("median days of reviews", span_of(NULL, 0), it->kind);
        if (it->hidden) {
            (void)printf("%s,,\"\"\r\n", HIDDEN);
        } else {
            (void)printf("%" PRIu32 ",,\"\"\r\n", it->median_days);
        }
    }
    for (size_t i = 0; i < reply->agreement_count; i++) {
        const struct wire_report_agreement *it = &reply->agreements[i];
        line_begin("agreement", it->rating, it->id);
        (void)printf(",,");
        field(it->because, "\r\n");
    }
    words_csv("rule", &reply->rules);
    words_csv("left out", &reply->left_out);
}
