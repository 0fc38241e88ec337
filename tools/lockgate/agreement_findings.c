/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/agreement_findings.h"

#include <string.h>

#include "tools/lockgate/json.h"

static const char *file_of(const struct policy_finding *finding,
                           const struct finding_files *files) {
    return finding->in_floor && files->floor != NULL ? files->floor : files->agreement;
}

uint32_t findings_errors(const struct policy_findings *findings) {
    uint32_t errors = 0;
    for (uint32_t i = 0; i < findings->count; i++) {
        errors += findings->items[i].code[0] == 'E';
    }
    return errors;
}

static bool met(const struct policy_findings *findings, const char *code) {
    for (uint32_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->items[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

void findings_print(FILE *stream, const struct policy_findings *findings,
                    const struct finding_files *files) {
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct policy_finding *it = &findings->items[i];
        fprintf(stream, "%s:%u:%u: %s %.*s\n", file_of(it, files), (unsigned)it->line,
                (unsigned)it->column, it->code, (int)it->sentence.len,
                (const char *)it->sentence.ptr);
    }
    if (findings->is_cut) {
        fprintf(stream, "... and more.\n");
    }
    for (const struct policy_rule_text *rule = policy_rule_texts(); rule->code != NULL; rule++) {
        if (met(findings, rule->code)) {
            fprintf(stream, "\n%s %s\n  %s\n  %s\n", rule->code, rule->title, rule->why,
                    rule->what_to_do);
        }
    }
}

static void print_member(FILE *stream, const char *name, struct span text) {
    fprintf(stream, ",\"%s\":", name);
    json_text(stream, text);
}

static void print_object(FILE *stream, const struct policy_finding *finding,
                         const struct finding_files *files) {
    const struct policy_rule_text *rule = policy_rule_text_find(finding->code);
    fprintf(stream, "{\"code\":\"%s\",\"line\":%u,\"column\":%u", finding->code,
            (unsigned)finding->line, (unsigned)finding->column);
    print_member(stream, "file", span_text(file_of(finding, files)));
    print_member(stream, "sentence", finding->sentence);
    if (rule != NULL) {
        print_member(stream, "title", span_text(rule->title));
        print_member(stream, "why", span_text(rule->why));
        print_member(stream, "what_to_do", span_text(rule->what_to_do));
    }
    fputc('}', stream);
}

void findings_print_json(FILE *stream, const struct policy_findings *findings,
                         const struct finding_files *files) {
    uint32_t errors = findings_errors(findings);
    fprintf(stream, "\"errors\":%u,\"warnings\":%u,\"more\":%s,\"findings\":[", (unsigned)errors,
            (unsigned)(findings->count - errors), findings->is_cut ? "true" : "false");
    for (uint32_t i = 0; i < findings->count; i++) {
        fputs(i > 0 ? ",\n" : "\n", stream);
        print_object(stream, &findings->items[i], files);
    }
    fputs("\n]", stream);
}
