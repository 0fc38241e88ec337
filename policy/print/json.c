/* SPDX-License-Identifier: Apache-2.0 */
/* The agreement for tools (RFC 8259): sections and settings as they are written. */
#include "policy/format/format_int.h"
#include "policy/print/print_int.h"

/* The text is UTF-8 without control characters, so quotes and backslashes are all there is. */
static void put_string(struct out *out, struct span text) {
    policy_out_byte(out, '"', 1);
    for (size_t i = 0; i < text.len; i++) {
        policy_out_byte(out, '\\', text.ptr[i] == '"' || text.ptr[i] == '\\');
        policy_out_byte(out, text.ptr[i], 1);
    }
    policy_out_byte(out, '"', 1);
}

static void put_words(struct print *print, struct span text) {
    put_string(&print->out, policy_print_words(print, text));
}

static void put_list(struct print *print, struct span value) {
    struct words words = policy_words_of(value, 0);
    struct span item;
    policy_out_byte(&print->out, '[', 1);
    for (bool first = true; policy_words_item(&words, &item); first = false) {
        policy_out_byte(&print->out, ',', !first);
        put_words(print, item);
    }
    policy_out_byte(&print->out, ']', 1);
}

static void put_settings(struct print *print, uint32_t index) {
    enum section_kind kind = print->load.kinds[index];
    const char *name;
    bool first = true;
    for (size_t n = 0; (name = policy_setting_name(kind, n)) != NULL; n++) {
        struct span value = policy_print_setting(print, index, name);
        if (value.ptr == NULL) {
            continue;
        }
        policy_out_format(&print->out, "%s\"%s\":", first ? "" : ",", name);
        first = false;
        if (policy_format_is_list(kind, name)) {
            put_list(print, value);
        } else {
            put_words(print, value);
        }
    }
}

static void put_section(struct print *print, uint32_t index) {
    const struct doc_section *section = &print->load.doc.sections[index];
    policy_out_text(&print->out, index > 0 ? ",\n{\"kind\":" : "\n{\"kind\":");
    put_string(&print->out, section->kind);
    policy_out_text(&print->out, ",\"id\":");
    put_words(print, section->head);
    policy_out_format(&print->out, ",\"line\":%u,\"settings\":{", (unsigned)section->line);
    put_settings(print, index);
    policy_out_text(&print->out, "}}");
}

struct lg_err policy_print_json(const struct policy *policy, struct arena *arena,
                                struct span *out_text) {
    struct policy scratch = {0};
    struct print print;
    TRY(policy_print_begin(policy, arena, &scratch, &print));
    policy_out_text(&print.out, "{\"isa\":1,\"sections\":[");
    for (uint32_t i = 0; i < print.load.doc.section_count; i++) {
        put_section(&print, i);
    }
    policy_out_text(&print.out, "\n]}\n");
    return policy_out_done(&print.out, out_text);
}
