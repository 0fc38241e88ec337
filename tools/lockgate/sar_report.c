/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/sar_report.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tools/lockgate/json.h"

enum { TIME_SIZE = 64 };

static void time_text(int64_t ms, bool is_exact, char out[static TIME_SIZE]) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm when;
    out[0] = '\0';
    if (gmtime_r(&seconds, &when) == NULL) {
        return;
    }
    size_t used = is_exact ? strftime(out, TIME_SIZE, "%d %b %Y, %H:%M UTC", &when)
                           : strftime(out, TIME_SIZE, "%d %b %Y", &when);
    out[used] = '\0';
}

/* The cells of a line in the order of the heads, each written by `put`. */
static const char *const heads[] = {
    "When",         "What",      "Organisation that asked", "Role", "Why",
    "Lawful basis", "Agreement", "Kinds of information",    "From", "Outcome",
};
enum { COLUMNS = sizeof heads / sizeof heads[0], CELL_SIZE = 4096 };

typedef void (*put_fn)(FILE *stream, struct span text);

static struct span categories_text(const struct span_list *list, char out[static CELL_SIZE]) {
    size_t used = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct span item = list->items[i];
        if (used + item.len + 2 > CELL_SIZE) {
            break;
        }
        if (i > 0) {
            memcpy(&out[used], ", ", 2);
            used += 2;
        }
        memcpy(&out[used], item.ptr, item.len);
        used += item.len;
    }
    return span_of((const uint8_t *)out, used);
}

static void cell_put(FILE *stream, const struct sar_line *line, size_t column, put_fn put) {
    char text[CELL_SIZE];
    const struct span empty = span_of(NULL, 0);
    time_text(line->time_ms, line->is_exact, text);
    const struct span cells[COLUMNS] = {
        column == 0 ? span_text(text) : empty,
        span_text(line->what),
        line->organisation,
        line->role,
        line->why,
        line->basis,
        line->agreement,
        column == 7 ? categories_text(&line->categories, text) : empty,
        line->from,
        span_text(line->outcome),
    };
    put(stream, cells[column]);
    if (column == COLUMNS - 1 && line->is_emergency) {
        put(stream, span_text(" (declared an emergency)"));
    }
}

/* ---- HTML ---- */

void sar_html_text(FILE *stream, struct span text) {
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            (void)fputs("&amp;", stream);
            break;
        case '<':
            (void)fputs("&lt;", stream);
            break;
        case '>':
            (void)fputs("&gt;", stream);
            break;
        case '"':
            (void)fputs("&quot;", stream);
            break;
        case '\'':
            (void)fputs("&#39;", stream);
            break;
        default: /* other control characters have no place in a page */
            (void)fputc(text.ptr[i] < 0x20 ? ' ' : text.ptr[i], stream);
        }
    }
}

static const char html_head[] =
    "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<title>What was shared about you</title>\n<style>\n"
    "body { font: 12pt/1.4 Arial, sans-serif; margin: 2em; color: #0b0c0c; }\n"
    "table { border-collapse: collapse; width: 100%; font-size: 10pt; }\n"
    "th, td { border: 1px solid #505a5f; padding: 0.3em; text-align: left; vertical-align: top; "
    "overflow-wrap: anywhere; }\n"
    "thead { display: table-header-group; }\ntr { break-inside: avoid; }\n"
    "@page { size: A4 landscape; margin: 1.5cm; }\n</style>\n</head>\n<body>\n"
    "<h1>What was shared about you</h1>\n";

static const char html_rights[] =
    "<h2>Your rights</h2>\n"
    "<p>You may ask us to correct what is wrong, to erase what may not be kept, or to stop what "
    "you object to. You may complain to us, and to the Information Commissioner (ico.org.uk), and "
    "you may ask a court to order what the law gives you.</p>\n";

static void paragraph(FILE *stream, const char *before, struct span text) {
    if (text.len > 0) {
        (void)fprintf(stream, "<p>%s", before);
        sar_html_text(stream, text);
        (void)fputs("</p>\n", stream);
    }
}

static void html_table(const struct sar_report *report, FILE *stream) {
    (void)fputs("<table>\n<thead><tr>", stream);
    for (size_t i = 0; i < COLUMNS; i++) {
        (void)fprintf(stream, "<th scope=\"col\">%s</th>", heads[i]);
    }
    (void)fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < report->line_count; i++) {
        (void)fputs("<tr>", stream);
        for (size_t j = 0; j < COLUMNS; j++) {
            (void)fputs("<td>", stream);
            cell_put(stream, &report->lines[i], j, sar_html_text);
            (void)fputs("</td>", stream);
        }
        (void)fputs("</tr>\n", stream);
    }
    (void)fputs("</tbody>\n</table>\n", stream);
}

static void html_withheld(const struct sar_report *report, FILE *stream) {
    for (size_t i = 0; i < report->withheld_count; i++) {
        const struct sar_withheld *it = &report->withheld[i];
        (void)fprintf(stream, "<p>%zu %s withheld because of ", it->count,
                      it->count == 1 ? "line was" : "lines were");
        sar_html_text(stream, it->words);
        (void)fputs(" (", stream);
        sar_html_text(stream, it->statute);
        (void)fputs(").</p>\n", stream);
    }
}

static void html_write(const struct sar_report *report, FILE *stream) {
    char made[TIME_SIZE];
    time_text(report->made_ms, false, made);
    (void)fputs(html_head, stream);
    (void)fputs(report->is_represented ? "<p>This answers a request that was made for you.</p>\n"
                                       : "<p>This answers your request.</p>\n",
                stream);
    paragraph(stream, "Received: ", report->received_day);
    paragraph(stream, "Our reference: ", report->case_reference);
    paragraph(stream, "Made on: ", span_text(made));
    (void)fputs("<p>Each line is one entry of the log that is kept of every question about you "
                "that we asked of other organisations, or that they asked of us. The answers "
                "themselves are not kept there: ask whoever gave them.</p>\n",
                stream);
    if (report->line_count == 0) {
        (void)fputs("<p>There are no lines to show.</p>\n", stream);
    } else {
        html_table(report, stream);
    }
    html_withheld(report, stream);
    (void)fputs(html_rights, stream);
    (void)fputs("</body>\n</html>\n", stream);
}

/* ---- CSV ---- */

/* What makes a cell a formula: the first letter, or white space that is cut before it. */
static bool is_formula(struct span text) {
    return text.len > 0 && memchr("=+-@\t\r\n", text.ptr[0], 7) != NULL;
}

void sar_csv_cell(FILE *stream, struct span text) {
    (void)fputc('"', stream);
    if (is_formula(text)) {
        (void)fputc('\'', stream);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            (void)fputc('"', stream);
        }
        (void)fputc(text.ptr[i], stream);
    }
    (void)fputc('"', stream);
}

static void csv_withheld(const struct sar_withheld *it, FILE *stream) {
    char text[1024];
    (void)snprintf(text, sizeof text, "%zu %s withheld because of %.*s (%.*s)", it->count,
                   it->count == 1 ? "line was" : "lines were", (int)it->words.len,
                   (const char *)it->words.ptr, (int)it->statute.len,
                   (const char *)it->statute.ptr);
    sar_csv_cell(stream, span_text(text));
    for (size_t i = 1; i < COLUMNS; i++) {
        (void)fputs(",\"\"", stream);
    }
    (void)fputs("\r\n", stream);
}

static void csv_outcome(FILE *stream, const struct sar_line *line) {
    char text[256];
    (void)snprintf(text, sizeof text, "%s%s", line->outcome,
                   line->is_emergency ? " (declared an emergency)" : "");
    sar_csv_cell(stream, span_text(text));
}

static void csv_write(const struct sar_report *report, FILE *stream) {
    for (size_t i = 0; i < COLUMNS; i++) {
        (void)fputs(i == 0 ? "" : ",", stream);
        sar_csv_cell(stream, span_text(heads[i]));
    }
    (void)fputs("\r\n", stream);
    for (size_t i = 0; i < report->line_count; i++) {
        for (size_t j = 0; j + 1 < COLUMNS; j++) {
            cell_put(stream, &report->lines[i], j, sar_csv_cell);
            (void)fputc(',', stream);
        }
        csv_outcome(stream, &report->lines[i]);
        (void)fputs("\r\n", stream);
    }
    for (size_t i = 0; i < report->withheld_count; i++) {
        csv_withheld(&report->withheld[i], stream);
    }
}

/* ---- JSON ---- */

static void member(FILE *stream, const char *name, struct span text) {
    (void)fprintf(stream, ",\"%s\":", name);
    json_text(stream, text);
}

static void json_line(const struct sar_line *line, FILE *stream) {
    char when[TIME_SIZE];
    time_text(line->time_ms, line->is_exact, when);
    (void)fprintf(stream, "{\"entry\":%" PRIu64, line->index);
    member(stream, "when", span_text(when));
    member(stream, "what", span_text(line->what));
    member(stream, "organisation", line->organisation);
    member(stream, "role", line->role);
    member(stream, "why", line->why);
    member(stream, "basis", line->basis);
    member(stream, "agreement", line->agreement);
    json_list(stream, "categories", &line->categories);
    member(stream, "from", line->from);
    member(stream, "outcome", span_text(line->outcome));
    (void)fprintf(stream, ",\"emergency\":%s", line->is_emergency ? "true" : "false");
    member(stream, "proof", line->proof);
    (void)fputc('}', stream);
}

static void json_write(const struct sar_report *report, FILE *stream) {
    (void)fputs("{\"received\":", stream);
    json_text(stream, report->received_day);
    member(stream, "reference", report->case_reference);
    (void)fprintf(stream, ",\"log_size\":%" PRIu64 ",\"lines\":[", report->covered_size);
    for (size_t i = 0; i < report->line_count; i++) {
        (void)fputs(i == 0 ? "\n" : ",\n", stream);
        json_line(&report->lines[i], stream);
    }
    (void)fputs("],\"withheld\":[", stream);
    for (size_t i = 0; i < report->withheld_count; i++) {
        const struct sar_withheld *it = &report->withheld[i];
        (void)fprintf(stream, "%s{\"count\":%zu", i == 0 ? "" : ",", it->count);
        member(stream, "because", it->words);
        member(stream, "statute", it->statute);
        (void)fputc('}', stream);
    }
    (void)fputs("]}\n", stream);
}

void sar_report_write(const struct sar_report *report, enum sar_form form, FILE *stream) {
    if (form == SAR_FORM_CSV) {
        csv_write(report, stream);
    } else if (form == SAR_FORM_JSON) {
        json_write(report, stream);
    } else {
        html_write(report, stream);
    }
}
