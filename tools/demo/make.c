/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "tools/demo/make.h"

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/edge/edge.h"
#include "gateway/vault/vault.h"
#include "tools/demo/generate.h"
#include "tools/demo/process.h"

enum { DAY_S = 86400, STATE_DAYS = 7 };

static struct lg_err state_wrong(struct diag *diag, const char *path, const char *why) {
    diag_set(diag, 0, "%s: %s", path, why);
    return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, DEMO_STATE);
}

/* ---- the folder ---------------------------------------------------------------------------- */

static bool exists(const struct demo_path *path) {
    return access(path->text, F_OK) == 0;
}

static bool is_whole(const struct demo_site *site) {
    struct demo_path made = demo_path_of(site, "made");
    struct stat info;
    time_t now = time(NULL);
    return stat(made.text, &info) == 0 && now - info.st_mtime < STATE_DAYS * DAY_S;
}

static int on_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

/* Only what an earlier `up` began: such a folder has `begun` in it from the first moment. */
static struct lg_err old_remove(const struct demo_site *site, struct diag *diag) {
    struct demo_path begun = demo_path_of(site, "begun");
    struct stat info;
    if (stat(site->state, &info) != 0) {
        return LG_OK;
    }
    if (!exists(&begun)) {
        return rmdir(site->state) == 0
                   ? LG_OK
                   : state_wrong(diag, site->state, "is not a folder of the demo; name another");
    }
    return nftw(site->state, on_entry, 16, FTW_DEPTH | FTW_PHYS) == 0
               ? LG_OK
               : state_wrong(diag, site->state, strerror(errno));
}

static struct lg_err mark(const struct demo_site *site, const char *name, struct diag *diag) {
    struct demo_path path = demo_path_of(site, "%s", name);
    FILE *file = NULL;
    TRY(demo_file_create(&path, diag, &file));
    (void)fputs("lockgate demo 1, synthetic people only\n", file);
    return demo_file_close(&path, diag, file);
}

static struct lg_err folders_make(const struct demo_site *site, struct diag *diag) {
    static const char *const FOLDERS[] = {"agencies", "keys",   "connectors", "gateway",
                                          "keyd",     "config", "log"};
    struct demo_path state = demo_path_of(site, ".");
    TRY(demo_folder_make(&state, diag));
    TRY(mark(site, "begun", diag));
    for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++) {
        struct demo_path path = demo_path_of(site, "%s", FOLDERS[i]);
        TRY(demo_folder_make(&path, diag));
    }
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        struct demo_path path =
            demo_path_of(site, "connectors/%s", demo_agency_id((enum demo_agency)agency));
        TRY(demo_folder_make(&path, diag));
    }
    return LG_OK;
}

/* ---- data ---------------------------------------------------------------------------------- */

static struct lg_err person_write(const struct demo_site *site, const struct demo_world *world,
                                  struct diag *diag) {
    struct demo_path path = demo_path_of(site, "agencies/person-to-try");
    uint32_t subject = demo_lead_subject(world);
    const struct demo_person *person = &world->people[subject];
    FILE *file = NULL;
    TRY(demo_file_create(&path, diag, &file));
    (void)fprintf(file,
                  "family-name: %s\ngiven-name: %s\nborn: %04d-%02d-%02d\npostcode: %s\n"
                  "scheme: nhs\nidentifier: %s\n",
                  person->family, person->given, person->born.year, person->born.month,
                  person->born.day, world->households[person->household].postcode, person->nhs);
    return demo_file_close(&path, diag, file);
}

static struct lg_err data_make(const struct demo_site *site, struct diag *diag) {
    OWN(demo_world_free) struct demo_world *world = NULL;
    struct demo_path folder = demo_path_of(site, "agencies");
    TRY(demo_world_new(DEMO_SEED, &world));
    TRY(demo_generate(world, folder.text, diag));
    return person_write(site, world, diag);
}

/* ---- authority ----------------------------------------------------------------------------- */

static struct lg_err authority_run(const struct demo_site *site, struct diag *diag,
                                   const char *const words[static 4]) {
    struct demo_path tool = demo_source_file("certs/dev-ca");
    struct demo_path folder = demo_path_of(site, "ca");
    struct demo_path said = demo_path_of(site, "log/certificates.log");
    const char *argv[] = {tool.text, words[0], folder.text, words[1], words[2], words[3], NULL};
    struct demo_run run = {.argv = argv, .output = said.text};
    return demo_run(&run, diag);
}

static struct lg_err leaves_issue(const struct demo_site *site, const char *agency,
                                  const char *system, bool server, struct diag *diag) {
    TRY(authority_run(site, diag, (const char *const[]){"client", agency, system, NULL}));
    if (!server) {
        return LG_OK;
    }
    struct demo_path tool = demo_source_file("certs/dev-ca");
    struct demo_path folder = demo_path_of(site, "ca");
    struct demo_path said = demo_path_of(site, "log/certificates.log");
    const char *argv[] = {tool.text, "server", folder.text, agency, system, "localhost,127.0.0.1",
                          NULL};
    struct demo_run run = {.argv = argv, .output = said.text};
    return demo_run(&run, diag);
}

static struct lg_err authority_make(const struct demo_site *site, struct diag *diag) {
    TRY(authority_run(site, diag, (const char *const[]){"init", DEMO_PARTNERSHIP, NULL, NULL}));
    TRY(leaves_issue(site, DEMO_OPERATOR, "gateway", true, diag));
    TRY(leaves_issue(site, DEMO_OPERATOR, "keys", true, diag));
    TRY(leaves_issue(site, demo_agency_id(DEMO_CONSOLE), "console", true, diag));
    TRY(leaves_issue(site, DEMO_OPERATOR, "provider", true, diag));
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        const char *id = demo_agency_id((enum demo_agency)agency);
        TRY(leaves_issue(site, id, "connector", true, diag));
        TRY(leaves_issue(site, id, "cases", false, diag));
        TRY(leaves_issue(site, id, "officer", false, diag));
    }
    return LG_OK;
}

/* ---- keys ---------------------------------------------------------------------------------- */

static struct lg_err key_make(const struct demo_site *site, const char *name, enum vault_kind kind,
                              struct diag *diag, struct vault_key **out_key) {
    struct demo_path path = demo_path_of(site, "%s", name);
    struct vault_file file = {.path = path.text};
    return vault_key_load_or_create(&file, kind, diag, out_key);
}

/* c2sp.org/signed-note: NAME+ID+KEY, where ID is the start of a hash over name, a newline, the
 * algorithm's byte 1 and the public key. */
static struct lg_err vkey_write(const struct demo_site *site, const struct vault_key *log,
                                struct diag *diag) {
    struct demo_path path = demo_path_of(site, "log.vkey");
    struct vault_sign_public public = vault_sign_public(log);
    uint8_t typed[1 + sizeof public.bytes] = {1};
    memcpy(typed + 1, public.bytes, sizeof public.bytes);
    struct vault_sha256 hash;
    uint8_t digest[VAULT_SHA256_SIZE];
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_text(DEMO_LOG_ORIGIN "\n"));
    vault_sha256_add(&hash, span_of(typed, sizeof typed));
    vault_sha256_end(&hash, digest);
    char id[9];
    char key[48];
    bytes_to_hex(span_of(digest, 4), id);
    bytes_to_base64(span_of(typed, sizeof typed), key);
    FILE *file = NULL;
    TRY(demo_file_create(&path, diag, &file));
    (void)fprintf(file, "%s+%s+%s\n", DEMO_LOG_ORIGIN, id, key);
    return demo_file_close(&path, diag, file);
}

static struct lg_err passphrase_make(const struct demo_site *site, struct diag *diag) {
    struct demo_path path = demo_path_of(site, "keys/passphrase");
    uint8_t random[24];
    char hex[2 * sizeof random + 1];
    FILE *file = NULL;
    vault_random(random, sizeof random);
    bytes_to_hex(span_of(random, sizeof random), hex);
    TRY(demo_file_create(&path, diag, &file));
    (void)fprintf(file, "%s\n", hex);
    vault_wipe(random, sizeof random);
    vault_wipe(hex, sizeof hex);
    return demo_file_close(&path, diag, file);
}

static struct lg_err keys_make(const struct demo_site *site, struct diag *diag) {
    struct vault_report report;
    OWN(vault_key_free) struct vault_key *index = NULL;
    OWN(vault_key_free) struct vault_key *log = NULL;
    TRY(vault_init(&report));
    TRY(key_make(site, "keys/index.key", VAULT_KIND_BOX, diag, &index));
    TRY(key_make(site, "keys/log.key", VAULT_KIND_SIGN, diag, &log));
    TRY(vkey_write(site, log, diag));
    TRY(passphrase_make(site, diag));
    for (unsigned agency = 0; agency < DEMO_AGENCIES; agency++) {
        OWN(vault_key_free) struct vault_key *secret = NULL;
        struct demo_path name = (struct demo_path){.text = "connectors/"};
        (void)snprintf(name.text, sizeof name.text, "connectors/%s/secret.key",
                       demo_agency_id((enum demo_agency)agency));
        TRY(key_make(site, name.text, VAULT_KIND_SECRET, diag, &secret));
    }
    return LG_OK;
}

struct lg_err demo_pin_keys(const struct demo_site *site, struct diag *diag) {
    char text[EDGE_PINS_TEXT_SIZE];
    struct edge_pins pins;
    struct demo_path config = demo_path_of(site, "config/keyd.yaml");
    struct demo_path path = demo_path_of(site, "pinned-keys");
    const char *argv[] = {demo_program_keyd(), "--public-keys", config.text, NULL};
    struct demo_run run = {.argv = argv, .output = path.text};
    TRY(demo_run(&run, diag));
    FILE *file = fopen(path.text, "re");
    if (file == NULL) {
        return state_wrong(diag, path.text, strerror(errno));
    }
    size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    TRY(edge_pins_read(span_of(text, len), diag, &pins));
    OWN(vault_key_free) struct vault_key *index = NULL;
    TRY(key_make(site, "keys/index.key", VAULT_KIND_BOX, diag, &index));
    pins.index = vault_box_public(index);
    pins.has_index = true;
    edge_pins_write(&pins, text);
    TRY(demo_file_create(&path, diag, &file));
    (void)fputs(text, file);
    return demo_file_close(&path, diag, file);
}

/* ---- all of it ----------------------------------------------------------------------------- */

struct lg_err demo_make(const struct demo_site *site, struct diag *diag) {
    if (is_whole(site)) {
        return LG_OK;
    }
    TRY(old_remove(site, diag));
    TRY(folders_make(site, diag));
    TRY(data_make(site, diag));
    TRY(authority_make(site, diag));
    TRY(keys_make(site, diag));
    TRY(demo_agreements_make(site, diag));
    return mark(site, "made", diag);
}
