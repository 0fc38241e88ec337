/* SPDX-License-Identifier: Apache-2.0 */
/* A report as a page to print and to keep. Nothing is loaded from anywhere and nothing in it runs:
 * what the gateway sent is text, whatever it looks like. Ratings are words and not colours alone.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tools/lockgate/report.h"

static const char HEAD[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<title>Quarterly report</title>\n<style>\n"
    "body { font: 11pt/1.4 Georgia, serif; max-width: 44em; margin: 2em auto; padding: 0 1em; }\n"
    "table { border-collapse: collapse; width: 100%; margin: 1em 0 2em; }\n"
    "caption { text-align: left; font-weight: bold; }\n"
    "th, td { text-align: left; border-bottom: 1px solid; padding: .2em .5em; }\n"
    "td.n { text-align: right; }\n"
    "tfoot td, tfoot th { font-weight: bold; }\n"
    "table { break-inside: auto; } tr { break-inside: avoid; }\n"
    "@media print { body { margin: 0; max-width: none; } }\n"
    "</style>\n</head>\n<body>\n";

static void put(struct span text) {
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '<':
            (void)fputs("&lt;", stdout);
            break;
        case '>':
            (void)fputs("&gt;", stdout);
            break;
        case '&':
            (void)fputs("&amp;", stdout);
            break;
        case '"':
            (void)fputs("&quot;", stdout);
            break;
        default:
            (void)putchar(text.ptr[i]);
        }
    }
}

static void cell(const char *open, struct span text, const char *close) {
    (void)fputs(open, stdout);
    put(text);
    (void)fputs(close, stdout);
}

static void number(bool is_hidden, uint64_t count) {
    if (is_hidden) {
        (void)fputs("<td class=\"n\">hidden</td>", stdout);
    } else {
        (void)printf("<td class=\"n\">%" PRIu64 "</td>", count);
    }
}

static void table_page(const struct wire_report_table *table) {
    cell("<table>\n<caption>", table->counts, "</caption>\n<thead><tr><th scope=\"col\">");
    put(table->name);
    (void)fputs("</th><th scope=\"col\">Count</th><th scope=\"col\">Of all</th></tr></thead>\n"
                "<tbody>\n",
                stdout);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct wire_report_row *row = &table->rows[i];
        cell("<tr><th scope=\"row\">", row->name, "</th>");
        number(row->hidden, row->count);
        if (row->has_percent) {
            (void)printf("<td class=\"n\">%" PRIu32 " %%</td></tr>\n", row->percent);
        } else {
            (void)fputs("<td></td></tr>\n", stdout);
        }
    }
    (void)fputs("</tbody>\n<tfoot><tr><th scope=\"row\">In all</th>", stdout);
    number(table->total_hidden, table->total);
    (void)fputs("<td></td></tr></tfoot>\n</table>\n", stdout);
}

static void times_page(const struct wire_quarter_reply *reply) {
    (void)fputs("<table>\n<caption>Days from opening to closing that half of the reviews took at "
                "most.</caption>\n<thead><tr><th scope=\"col\">Kind</th><th "
                "scope=\"col\">Days</th></tr></thead>\n<tbody>\n",
                stdout);
    for (size_t i = 0; i < reply->review_time_count; i++) {
        const struct wire_report_time *it = &reply->review_times[i];
        cell("<tr><th scope=\"row\">", it->kind, "</th>");
        number(it->hidden, it->median_days);
        (void)fputs("</tr>\n", stdout);
    }
    (void)fputs("</tbody>\n</table>\n", stdout);
}

static void agreements_page(const struct wire_quarter_reply *reply) {
    (void)fputs("<table>\n<caption>Agreements, as they stand today.</caption>\n<thead><tr><th "
                "scope=\"col\">Agreement</th><th scope=\"col\">Rating</th><th "
                "scope=\"col\">Why</th><th scope=\"col\">State</th><th scope=\"col\">Review "
                "due</th><th scope=\"col\">Last day</th></tr></thead>\n<tbody>\n",
                stdout);
    for (size_t i = 0; i < reply->agreement_count; i++) {
        const struct wire_report_agreement *it = &reply->agreements[i];
        cell("<tr><th scope=\"row\">", it->id, "");
        (void)printf(", version %" PRIu32 "<br>", it->version);
        cell("", it->title, "</th>");
        cell("<td>", it->rating, "</td>");
        cell("<td>", it->because, "</td>");
        cell("<td>", it->state, "</td>");
        cell("<td>", it->review_day, "</td>");
        cell("<td>", it->last_day, "</td></tr>\n");
    }
    (void)fputs("</tbody>\n</table>\n", stdout);
}

static void words_page(const char *head, const struct span_list *words) {
    (void)printf("<h2>%s</h2>\n<ul>\n", head);
    for (size_t i = 0; i < words->count; i++) {
        cell("<li>", words->items[i], "</li>\n");
    }
    (void)fputs("</ul>\n", stdout);
}

void report_page_print(const struct wire_quarter_reply *reply) {
    (void)fputs(HEAD, stdout);
    cell("<h1>Quarter ", reply->quarter, "</h1>\n");
    for (size_t i = 0; i < reply->table_count; i++) {
        table_page(&reply->tables[i]);
    }
    times_page(reply);
    agreements_page(reply);
    words_page("Rules", &reply->rules);
    words_page("Not in this report", &reply->left_out);
    (void)fputs("</body>\n</html>\n", stdout);
}
