/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/lockgate/agreement_sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/agreement/line.h"
#include "gateway/base/bytes.h"
#include "gateway/base/clock.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "policy/signing.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/options.h"

enum { SIGNATURES_SIZE_MAX = LIMIT_AGREEMENT_SIGNATURES_SIZE, MS_PER_S = 1000 };

struct sign_options {
    const char *file;
    const char *party;
    const char *key;
    const char *office;
    const char *report;
};

static bool usage(const char *sentence, const char *word) {
    (void)fprintf(stderr, "%s%s\n", sentence, word);
    return false;
}

static bool parse(int argc, char **argv, struct sign_options *out) {
    const struct option rows[] = {{.text = &out->file},
                                  {"--party", .text = &out->party},
                                  {"--key", .text = &out->key},
                                  {"--office", .text = &out->office},
                                  {"--report", .text = &out->report}};
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    return options_read(argc, argv, &table, 1);
}

bool agreement_sign_path(const char *file, char out[static AGREEMENT_SIGN_PATH]) {
    static const char ending[] = ".isa";
    size_t len = strlen(file);
    size_t tail = sizeof ending - 1;
    if (len > tail && strcmp(file + len - tail, ending) == 0) {
        len -= tail;
    }
    if (len + tail >= AGREEMENT_SIGN_PATH) {
        return false;
    }
    memcpy(out, file, len);
    memcpy(out + len, ".sig", tail + 1);
    return true;
}

static void public_print(const struct vault_key *key) {
    struct vault_sign_public public_key = vault_sign_public(key);
    char hex[2 * sizeof public_key.bytes + 1];
    bytes_to_hex(span_of(public_key.bytes, sizeof public_key.bytes), hex);
    printf("%s\n", hex);
}

static bool vault_ready(void) {
    struct vault_report report;
    return !lg_failed(vault_init(&report)) ||
           usage("The library of cryptography does not work here.", "");
}

int tool_agreement_keygen(int argc, char **argv) {
    struct sign_options options = {0};
    struct diag diag = {0};
    if (!parse(argc, argv, &options) || options.key == NULL || options.file != NULL) {
        (void)usage("Name the file of the key: --key FILE", "");
        return EXIT_TOOL_USAGE;
    }
    if (!vault_ready()) {
        return EXIT_TOOL_FAILED;
    }
    OWN(vault_key_free) struct vault_key *key = NULL;
    const struct vault_file file = {.path = options.key};
    if (lg_failed(vault_key_create(&file, VAULT_KIND_SIGN, &diag, &key))) {
        agreement_complain("No key was made.", options.key, &diag,
                           "Name a file that is not there yet, in a folder of your own.");
        return EXIT_TOOL_FAILED;
    }
    public_print(key);
    return EXIT_TOOL_DONE;
}

/* ---- sign ---- */

static bool signer_find(const struct policy *policy, const char *party,
                        struct policy_signer *out_signer) {
    for (size_t i = 0; i < policy_party_count(policy); i++) {
        *out_signer = policy_signer_at(policy, i);
        if (span_equal_text(out_signer->party, party)) {
            return true;
        }
    }
    return false;
}

static bool report_hash(const struct sign_options *options, struct agreement_line *line) {
    struct agreement_file report;
    if (options->report == NULL) {
        return true;
    }
    if (!agreement_input_read(options->report, LIMIT_AGREEMENT_REPORT_SIZE, &report)) {
        return false;
    }
    line->has_report = true;
    vault_sha256(report.bytes, line->report);
    agreement_input_done(&report);
    return true;
}

static bool compiled(const struct sign_options *options, struct span text,
                     struct policy **out_policy) {
    struct diag diag = {0};
    if (lg_failed(policy_compile(text, span_of(NULL, 0), &diag, out_policy))) {
        agreement_complain("The agreement cannot be evaluated, so it was not signed.",
                           options->file, &diag, "Correct the line, check it, and sign then.");
        return false;
    }
    return true;
}

static bool line_make(const struct sign_options *options, const struct policy *policy,
                      struct vault_key *key, struct agreement_line *line) {
    struct policy_signer signer = {0};
    struct vault_sign_public named = {0};
    struct vault_sign_public own = vault_sign_public(key);
    struct clock clock = clock_system();
    if (!signer_find(policy, options->party, &signer)) {
        return usage("The agreement has no party of that name: ", options->party);
    }
    if (lg_failed(agreement_key_read(signer.key, &named)) ||
        memcmp(named.bytes, own.bytes, sizeof own.bytes) != 0) {
        (void)usage("Note: this is not the key that the text names for ", options->party);
    }
    *line = (struct agreement_line){
        .act = AGREEMENT_SIGN,
        .agreement = policy_id(policy),
        .version = policy_version(policy),
        .party = signer.party,
        .office = options->office != NULL ? span_text(options->office) : signer.office,
        .time_s = clock_wall_ms(&clock) / MS_PER_S,
        .day = AGREEMENT_NO_DAY,
    };
    agreement_text_hash(policy_text(policy), line->text);
    if (!report_hash(options, line)) {
        return false;
    }
    return !lg_failed(agreement_line_sign(line, key)) ||
           usage("The office is 1 to 128 bytes of plain text: --office", "");
}

/* The lines that are there and the new one, written whole. */
static bool line_append(const char *path, struct span line) {
    struct agreement_file old = {0};
    struct diag diag = {0};
    if (access(path, F_OK) == 0 && !agreement_input_read(path, SIGNATURES_SIZE_MAX, &old)) {
        return false;
    }
    uint8_t *all = malloc(old.bytes.len + line.len);
    bool written = false;
    if (all != NULL) {
        struct writer w = writer_of(all, old.bytes.len + line.len);
        struct span text = span_of(NULL, 0);
        writer_bytes(&w, old.bytes);
        writer_bytes(&w, line);
        written = !lg_failed(writer_end(&w, &text)) &&
                  !lg_failed(vault_private_write(path, text, VAULT_WRITE_REPLACE, &diag));
    }
    free(all);
    agreement_input_done(&old);
    if (!written) {
        agreement_complain("The signature was not written.", path, &diag,
                           "Make room, or the folder writable, and sign again.");
    }
    return written;
}

static bool text_sign(const struct sign_options *options, struct span text, struct vault_key *key) {
    OWN(policy_free) struct policy *policy = NULL;
    struct agreement_line line;
    uint8_t bytes[AGREEMENT_LINE_SIZE_MAX];
    char path[AGREEMENT_SIGN_PATH];
    struct span written = span_of(NULL, 0);
    if (!compiled(options, text, &policy) || !line_make(options, policy, key, &line)) {
        return false;
    }
    if (lg_failed(agreement_line_write(&line, bytes, &written)) ||
        !agreement_sign_path(options->file, path)) {
        return usage("The path is too long: ", options->file);
    }
    return line_append(path, written);
}

int tool_agreement_sign_file(int argc, char **argv) {
    struct sign_options options = {0};
    struct agreement_file text = {0};
    struct diag diag = {0};
    if (!parse(argc, argv, &options)) {
        return EXIT_TOOL_USAGE;
    }
    if (options.file == NULL || options.party == NULL || options.key == NULL) {
        (void)usage("Name the agreement, --party and --key.", "");
        return EXIT_TOOL_USAGE;
    }
    if (!vault_ready()) {
        return EXIT_TOOL_FAILED;
    }
    OWN(vault_key_free) struct vault_key *key = NULL;
    const struct vault_file file = {.path = options.key};
    if (lg_failed(vault_key_load(&file, VAULT_KIND_SIGN, &diag, &key))) {
        agreement_complain("The key was not read.", options.key, &diag,
                           "Name the party's own key file.");
        return EXIT_TOOL_FAILED;
    }
    if (!agreement_input_read(options.file, LIMIT_POLICY_TEXT_SIZE, &text)) {
        return EXIT_TOOL_FAILED;
    }
    bool done = text_sign(&options, text.bytes, key);
    agreement_input_done(&text);
    return done ? EXIT_TOOL_DONE : EXIT_TOOL_FAILED;
}
