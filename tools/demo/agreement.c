/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's agreements: dates and the keys of their parties written into the examples, and a
 * signature line of every party beside each, as it would have made it with `lockgate agreement
 * sign`. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>
#include <time.h>

#include "gateway/agreement/line.h"
#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "policy/signing.h"
#include "tools/demo/make.h"
#include "tools/demo/sources.h"

enum { DAY_S = 86400, AGREEMENT_SIZE = 256 * 1024, NAME_SIZE = 64 };

/* The hub has no enrol clause: it asks, and is never looked up in. */
const struct demo_agreement *demo_agreement_at(size_t index) {
    static const struct demo_agreement AGREEMENTS[DEMO_AGREEMENTS] = {
        {"bridgewater", "policy/examples/demo.isa.in",
         1U << DEMO_POLICE | 1U << DEMO_HOUSING | 1U << DEMO_CHILDRENS_CARE |
             1U << DEMO_ADULTS_CARE | 1U << DEMO_MH_TRUST | 1U << DEMO_GP | 1U << DEMO_VOLUNTARY},
        {"bridgewater-safety", "policy/examples/demo-safety.isa.in",
         1U << DEMO_REFUGE | 1U << DEMO_PROBATION},
    };
    ASSERT(index < DEMO_AGREEMENTS);
    return &AGREEMENTS[index];
}

static struct lg_err state_wrong(struct diag *diag, const char *path, const char *why) {
    diag_set(diag, 0, "%s: %s", path, why);
    return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, DEMO_STATE);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static struct lg_err signing_key(const struct demo_site *site, const char *party, struct diag *diag,
                                 struct vault_key **out_key) {
    struct demo_path path = demo_path_of(site, "keys/sign-%s.key", party);
    struct vault_file file = {.path = path.text};
    return vault_key_load_or_create(&file, VAULT_KIND_SIGN, diag, out_key);
}

struct lg_err demo_signing_key(const struct demo_site *site, const char *party, struct diag *diag,
                               char out_hex[static 65]) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    TRY(signing_key(site, party, diag, &key));
    struct vault_sign_public public_key = vault_sign_public(key);
    bytes_to_hex(span_of(public_key.bytes, sizeof public_key.bytes), out_hex);
    return LG_OK;
}

/* ---- text ---------------------------------------------------------------------------------- */

static void date_of(time_t when, char out[static 16]) {
    struct tm parts;
    if (gmtime_r(&when, &parts) == NULL || strftime(out, 16, "%Y-%m-%d", &parts) == 0) {
        out[0] = '\0';
    }
}

/* The date that a word between two @ stands for; false where it is none of ours. */
static bool word_date(const char *word, size_t len, char out[static 16]) {
    static const struct {
        const char *word;
        int days;
    } WORDS[] = {{"IN_FORCE_FROM", -1}, {"IN_FORCE_TO", 364}, {"REVIEW_DUE", 300}};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strlen(WORDS[i].word) == len && strncmp(word, WORDS[i].word, len) == 0) {
            date_of(time(NULL) + (time_t)WORDS[i].days * DAY_S, out);
            return true;
        }
    }
    return false;
}

/* One line with each @WORD@ replaced; false where a word is unknown. */
static bool line_replace(const char *line, FILE *to) {
    const char *rest = line;
    const char *at = line[0] == '#' ? NULL : strchr(rest, '@');
    while (at != NULL) {
        char date[16];
        const char *end = strchr(at + 1, '@');
        if (end == NULL || !word_date(at + 1, (size_t)(end - at - 1), date)) {
            return false;
        }
        (void)fprintf(to, "%.*s%s", (int)(at - rest), rest, date);
        rest = end + 1;
        at = strchr(rest, '@');
    }
    (void)fputs(rest, to);
    return true;
}

/* The name behind `party `; false for any other line. */
static bool party_line(const char *line, char out[static NAME_SIZE]) {
    static const char word[] = "party ";
    size_t len = strcspn(line, "\n");
    if (strncmp(line, word, sizeof word - 1) != 0 || len - (sizeof word - 1) >= NAME_SIZE) {
        return false;
    }
    (void)snprintf(out, NAME_SIZE, "%.*s", (int)(len - (sizeof word - 1)), line + sizeof word - 1);
    return true;
}

/* A party's key stands behind the office that signs for it. */
static struct lg_err key_put(const struct demo_site *site, const char *line, const char *party,
                             struct diag *diag, FILE *to) {
    char hex[65];
    if (strncmp(line, "  signs as:", 11) != 0) {
        return LG_OK;
    }
    TRY(demo_signing_key(site, party, diag, hex));
    (void)fprintf(to, "  key: %s\n", hex);
    return LG_OK;
}

static struct lg_err text_write(const struct demo_site *site, const char *template, FILE *from,
                                struct diag *diag, FILE *to) {
    char line[4096];
    char party[NAME_SIZE] = "";
    while (fgets(line, sizeof line, from) != NULL) {
        (void)party_line(line, party);
        if (!line_replace(line, to)) {
            return state_wrong(diag, template, "has a word between @ that is not known");
        }
        TRY(key_put(site, line, party, diag, to));
    }
    return ferror(from) == 0 ? LG_OK : state_wrong(diag, template, "cannot be read");
}

static struct lg_err text_make(const struct demo_site *site, const struct demo_agreement *agreement,
                               struct diag *diag) {
    struct demo_path template = demo_source_file(agreement->template);
    struct demo_path path = demo_path_of(site, "%s.isa", agreement->id);
    FILE *from = fopen(template.text, "re");
    FILE *to = NULL;
    if (from == NULL) {
        return state_wrong(diag, template.text, strerror(errno));
    }
    struct lg_err err = demo_file_create(&path, diag, &to);
    if (!lg_failed(err)) {
        err = text_write(site, agreement->template, from, diag, to);
    }
    (void)fclose(from);
    struct lg_err closed = to == NULL ? LG_OK : demo_file_close(&path, diag, to);
    return lg_failed(err) ? err : closed;
}

/* ---- signatures ---------------------------------------------------------------------------- */

static struct lg_err line_put(const struct demo_site *site, const struct policy *policy,
                              size_t party, struct diag *diag, FILE *to) {
    struct policy_signer signer = policy_signer_at(policy, party);
    OWN(vault_key_free) struct vault_key *key = NULL;
    char name[NAME_SIZE];
    uint8_t bytes[AGREEMENT_LINE_SIZE_MAX];
    struct span written = span_of(NULL, 0);
    struct agreement_line line = {
        .act = AGREEMENT_SIGN,
        .agreement = policy_id(policy),
        .version = policy_version(policy),
        .party = signer.party,
        .office = signer.office,
        .time_s = time(NULL),
        .day = AGREEMENT_NO_DAY,
    };
    (void)snprintf(name, sizeof name, "%.*s", (int)signer.party.len,
                   (const char *)signer.party.ptr);
    agreement_text_hash(policy_text(policy), line.text);
    TRY(signing_key(site, name, diag, &key));
    TRY(agreement_line_sign(&line, key));
    TRY(agreement_line_write(&line, bytes, &written));
    (void)fwrite(written.ptr, 1, written.len, to);
    return LG_OK;
}

static struct lg_err lines_put(const struct demo_site *site, const struct policy *policy,
                               struct diag *diag, FILE *to) {
    for (size_t i = 0; i < policy_party_count(policy); i++) {
        TRY(line_put(site, policy, i, diag, to));
    }
    return LG_OK;
}

static struct lg_err policy_load(const struct demo_site *site, const char *id, struct diag *diag,
                                 struct policy **out_policy) {
    static uint8_t text[AGREEMENT_SIZE];
    struct demo_path path = demo_path_of(site, "%s.isa", id);
    FILE *file = fopen(path.text, "re");
    if (file == NULL) {
        return state_wrong(diag, path.text, strerror(errno));
    }
    size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    return policy_compile(span_of(text, len), span_of(NULL, 0), diag, out_policy);
}

static struct lg_err signatures_make(const struct demo_site *site, const char *id,
                                     struct diag *diag) {
    OWN(policy_free) struct policy *policy = NULL;
    struct demo_path path = demo_path_of(site, "%s.sig", id);
    FILE *to = NULL;
    TRY(policy_load(site, id, diag, &policy));
    TRY(demo_file_create(&path, diag, &to));
    struct lg_err err = lines_put(site, policy, diag, to);
    struct lg_err closed = demo_file_close(&path, diag, to);
    return lg_failed(err) ? err : closed;
}

struct lg_err demo_agreements_make(const struct demo_site *site, struct diag *diag) {
    for (size_t i = 0; i < DEMO_AGREEMENTS; i++) {
        TRY(text_make(site, demo_agreement_at(i), diag));
        TRY(signatures_make(site, demo_agreement_at(i)->id, diag));
    }
    return LG_OK;
}
