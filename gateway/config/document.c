/* SPDX-License-Identifier: Apache-2.0 */
/* A file of ours as a whole: read, scanned, filled in; and its places. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/config/document_int.h"

static struct lg_err error_of(enum config_code code) {
    return lg_err_make(code == CONFIG_MEMORY ? LG_CLASS_LIMIT : LG_CLASS_CONFIG, LG_CONFIG,
                       (uint16_t)code);
}

/* ---- reading ---- */

static struct lg_err check_info(const struct stat *info, struct diag *diag) {
    const char *fault = NULL;
    if (!S_ISREG(info->st_mode)) {
        fault = "is not a plain file";
    } else if (info->st_size > LIMIT_CONFIG_FILE) {
        fault = "is too big for a configuration";
    } else if ((info->st_mode & S_IWOTH) != 0) {
        fault = "can be written by everybody: take that right away";
    }
    if (fault != NULL) {
        diag_set(diag, 0, "%s", fault);
        return error_of(CONFIG_FILE);
    }
    return LG_OK;
}

static struct lg_err read_text(int fd, struct config_document *document, struct diag *diag) {
    struct stat info;
    if (fstat(fd, &info) != 0) {
        diag_set(diag, 0, "cannot be read: %s", strerror(errno));
        return error_of(CONFIG_FILE);
    }
    TRY(check_info(&info, diag));
    size_t size = (size_t)info.st_size;
    uint8_t *bytes = arena_alloc(document->arena, size + 1);
    if (bytes == NULL) {
        return error_of(CONFIG_MEMORY);
    }
    size_t len = 0;
    ssize_t got = 1;
    while (len <= size && got > 0) {
        got = read(fd, bytes + len, size + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    document->text = span_of(bytes, len);
    if (got < 0 || len != size) {
        diag_set(diag, 0, "changed while it was read");
        return error_of(CONFIG_FILE);
    }
    return LG_OK;
}

static uint32_t line_of_bad_text(struct span text) {
    struct span rest = text;
    struct span line;
    for (uint32_t number = 1; span_split(&rest, '\n', &line); number++) {
        if (!span_is_text(line)) {
            return number;
        }
    }
    return 1;
}

static struct lg_err read_file(const char *path, struct config_document *document,
                               struct diag *diag) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        diag_set(diag, 0, "cannot be read: %s", strerror(errno));
        return error_of(CONFIG_FILE);
    }
    struct lg_err err = read_text(fd, document, diag);
    close(fd);
    if (!lg_failed(err) && !span_is_text(document->text)) {
        diag_set(diag, line_of_bad_text(document->text), "holds bytes that are not UTF-8 text");
        err = error_of(CONFIG_FILE);
    }
    return err;
}

/* The folder with a slash at its end; "" for a name without one. */
static struct lg_err set_folder(const char *path, struct config_document *document) {
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    document->folder = arena_text(document->arena, span_of(path, len));
    return document->folder == NULL ? error_of(CONFIG_MEMORY) : LG_OK;
}

/* ---- filling in ---- */

static const cyaml_config_t *settings(void) {
    static const cyaml_config_t SETTINGS = {
        .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR, .flags = CYAML_CFG_NO_ALIAS};
    return &SETTINGS;
}

static struct lg_err fill_in(const struct config_document *document,
                             const cyaml_schema_value_t *schema, struct diag *diag,
                             void **out_value) {
    cyaml_data_t *value = NULL;
    cyaml_err_t result =
        cyaml_load_data(document->text.ptr, document->text.len, settings(), schema, &value, NULL);
    if (result == CYAML_ERR_OOM) {
        return error_of(CONFIG_MEMORY);
    }
    if (result != CYAML_OK || value == NULL) {
        diag_set(diag, 0, "%s", cyaml_strerror(result));
        return error_of(CONFIG_SYNTAX);
    }
    *out_value = value;
    return LG_OK;
}

void config_document_free(struct config_document **document) {
    if (*document != NULL) {
        arena_free(&(*document)->arena);
        free(*document);
        *document = NULL;
    }
}

struct lg_err config_document_load(const char *path, const cyaml_schema_value_t *schema,
                                   struct diag *diag, struct config_document **out_document,
                                   void **out_value) {
    OWN(config_document_free) struct config_document *document = calloc(1, sizeof *document);
    if (document == NULL || lg_failed(arena_new(LIMIT_CONFIG_MEMORY, &document->arena))) {
        return error_of(CONFIG_MEMORY);
    }
    TRY(set_folder(path, document));
    TRY(read_file(path, document, diag));
    TRY(config_document_scan(schema, document, diag));
    TRY(fill_in(document, schema, diag, out_value));
    *out_document = TAKE(document);
    return LG_OK;
}

void config_value_free(const cyaml_schema_value_t *schema, void *value) {
    if (value != NULL) {
        lg_err_ignore(cyaml_free(settings(), schema, value, 0) == CYAML_OK ? LG_OK
                                                                           : error_of(CONFIG_VALUE),
                      "freeing with the schema that it was loaded with cannot fail");
    }
}

/* ---- places ---- */

static const struct config_spot *find_spot(const struct config_document *document,
                                           const char *place) {
    for (const struct config_spot *spot = document->spots; spot != NULL; spot = spot->next) {
        if (strcmp(spot->place, place) == 0) {
            return spot;
        }
    }
    return NULL;
}

bool config_document_has(const struct config_document *document, const char *place) {
    return find_spot(document, place) != NULL;
}

uint32_t config_document_line(const struct config_document *document, const char *place) {
    const struct config_spot *spot = find_spot(document, place);
    return spot == NULL ? 0 : spot->line;
}

static struct lg_err refuse(const struct config_check *check, enum config_code code,
                            const char *place, const char *format, va_list values) {
    char sentence[400];
    vsnprintf(sentence, sizeof sentence, format, values);
    const struct config_spot *spot = find_spot(check->document, place);
    diag_set(check->diag, spot == NULL ? 0 : spot->line, "%s: %s", place, sentence);
    return error_of(code);
}

struct lg_err config_refuse(const struct config_check *check, const char *place, const char *format,
                            ...) {
    va_list values;
    va_start(values, format);
    struct lg_err err = refuse(check, CONFIG_VALUE, place, format, values);
    va_end(values);
    return err;
}

struct lg_err config_refuse_as(const struct config_check *check, enum config_code code,
                               const char *place, const char *format, ...) {
    va_list values;
    va_start(values, format);
    struct lg_err err = refuse(check, code, place, format, values);
    va_end(values);
    return err;
}

struct config_place config_place_in(const char *list, size_t index, const char *key) {
    struct config_place place;
    snprintf(place.text, sizeof place.text, "%s[%zu]%s%s", list, index, key[0] == '\0' ? "" : ".",
             key);
    return place;
}

struct config_place config_place_of(const char *mapping, const char *key) {
    struct config_place place;
    snprintf(place.text, sizeof place.text, "%s.%s", mapping, key);
    return place;
}
