/* SPDX-License-Identifier: Apache-2.0 */
/* A page that says what was checked, with the receipt itself below, so that whoever holds the paper
 * or the file can have it checked again. Nothing is loaded from anywhere, and nothing in it runs:
 * what came with the receipt is text, whatever it looks like. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/bytes.h"
#include "tools/lockgate/audit_int.h"

static const char HEAD[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<title>Checked receipts</title>\n<style>\n"
    "body { font: 11pt/1.4 Georgia, serif; max-width: 44em; margin: 2em auto; padding: 0 1em; }\n"
    "h2 { font-size: 1.1em; border-top: 1px solid; padding-top: 1em; }\n"
    "dl { display: grid; grid-template-columns: 9em 1fr; gap: .2em 1em; }\n"
    "dt { font-weight: bold; } dd { margin: 0; overflow-wrap: anywhere; }\n"
    "pre { font-size: 7.5pt; white-space: pre-wrap; overflow-wrap: anywhere; }\n"
    "section { break-inside: avoid; }\n"
    "@media print { body { margin: 0; max-width: none; } }\n"
    "</style>\n</head>\n<body>\n";

/* Text as a browser shows it and nothing else. A name that would change how the words beside it
 * are shown is not shown. */
static void put(struct span text) {
    if (!span_is_plain(text)) {
        printf("(not shown: it holds hidden characters)");
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            printf("&amp;");
            break;
        case '<':
            printf("&lt;");
            break;
        case '>':
            printf("&gt;");
            break;
        case '"':
            printf("&quot;");
            break;
        case '\'':
            printf("&#39;");
            break;
        default:
            (void)putchar(text.ptr[i]);
        }
    }
}

static void row(const char *name, struct span value) {
    if (value.len > 0) {
        printf("<dt>%s</dt><dd>", name);
        put(value);
        printf("</dd>\n");
    }
}

static void key_row(const char *name, const struct audit_vkey *vkey, const char *when) {
    char id[2 * sizeof vkey->id + 1];
    bytes_to_hex(span_of(vkey->id, sizeof vkey->id), id);
    printf("<dt>%s</dt><dd>", name);
    put(vkey->name);
    printf(", key %s%s%s</dd>\n", id, when[0] != '\0' ? ", " : "", when);
}

static void words_put(const struct audit_fact *fact) {
    struct audit_words words;
    if (!audit_words_read(fact, &words)) {
        return;
    }
    row("Record of a", span_text(words.kind));
    row("From", words.from);
    row("To", words.to);
    row("Under", words.under);
    row("For", words.purpose);
    row("When", span_text(words.when));
}

static void fact_put(const struct audit_check *check, const struct audit_fact *fact) {
    char hash[2 * AUDIT_HASH_SIZE + 1];
    printf("<section>\n<h2>Entry %" PRIu64 " of the log</h2>\n<dl>\n", fact->proof.form.index);
    words_put(fact);
    bytes_to_hex(span_of(fact->verified.leaf_hash.bytes, AUDIT_HASH_SIZE), hash);
    row("Record (SHA-256)", span_text(hash));
    bytes_to_hex(span_of(fact->verified.root.bytes, AUDIT_HASH_SIZE), hash);
    row("Root of the log", span_text(hash));
    printf("<dt>Size of the log</dt><dd>%" PRIu64 " entries, reached by %zu hashes</dd>\n",
           fact->verified.size, fact->proof.form.path.count);
    if (fact->verified.earlier_size > 0) {
        printf("<dt>Before</dt><dd>it begins with all that it was at %" PRIu64
               " entries, when an earlier receipt was signed: shown by %zu hashes</dd>\n",
               fact->verified.earlier_size, fact->proof.earlier.path.count);
    }
    key_row("Signed by", &check->vkey, "");
    for (size_t i = 0; i < check->witness_count; i++) {
        char when[64];
        if (fact->witnesses[i].has_signed) {
            audit_time_write(audit_signer_ms(&fact->witnesses[i]), true, when);
            key_row("Seen by", &check->witnesses[i], when);
        }
    }
    if (fact->matches_payload) {
        printf("<dt>Contents</dt><dd>the %zu bytes that were brought are those which the record "
               "commits to</dd>\n",
               check->payload.len);
    }
    printf("</dl>\n</section>\n<pre>");
    put(fact->text);
    printf("</pre>\n");
}

void audit_page_print(const struct audit_check *check) {
    printf("%s<h1>%zu receipt%s, checked</h1>\n", HEAD, check->fact_count,
           check->fact_count == 1 ? "" : "s");
    printf("<p>Each record below stood in the log of <b>");
    put(check->vkey.name);
    printf("</b> where it says, unchanged, when the log signed the root beside it. It can be "
           "checked again from the text under each: <code>lockgate audit verify FILE --key "
           "VKEYFILE</code>, or by any program that reads c2sp.org/tlog-proof.</p>\n");
    for (size_t i = 0; i < check->fact_count; i++) {
        fact_put(check, &check->facts[i]);
    }
    printf("</body>\n</html>\n");
}
