/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping file: reading it, and the checks that no schema can say. */
#include "gateway/config/mapping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/config/config.h"
#include "gateway/config/mapping_int.h"

static struct lg_err wrong(enum config_code code) {
    return lg_err_make(code == CONFIG_MEMORY ? LG_CLASS_LIMIT : LG_CLASS_CONFIG, LG_CONFIG,
                       (uint16_t)code);
}

/* ---- places -------------------------------------------------------------------------------- */

static bool span_holds(struct span line, struct span word) {
    for (size_t i = 0; i + word.len <= line.len; i++) {
        if (memcmp(line.ptr + i, word.ptr, word.len) == 0) {
            return true;
        }
    }
    return false;
}

uint32_t mapping_line_of(struct span text, const char *word, uint32_t from) {
    struct span rest = text;
    struct span line = {.ptr = NULL};
    for (uint32_t number = 1; span_split(&rest, '\n', &line); number++) {
        if (number >= from && span_holds(line, span_text(word))) {
            return number;
        }
    }
    return from;
}

/* ---- checks -------------------------------------------------------------------------------- */

/* What is checked, and where its complaints go. */
struct check {
    const struct mapping *mapping;
    struct span text;
    struct diag *diag;
    uint32_t line; /* of the item, link or key under way */
};

static struct lg_err check_source(const struct check *check) {
    const struct mapping_source *source = &check->mapping->source;
    if (source->kind != MAPPING_CSV && source->encoding != MAPPING_UTF_8) {
        diag_set(check->diag, mapping_line_of(check->text, "encoding", 1),
                 "encoding: only a csv source has one");
        return wrong(CONFIG_VALUE);
    }
    return LG_OK;
}

static struct lg_err check_table(const struct check *check, const char *table, const char *where) {
    bool csv = check->mapping->source.kind == MAPPING_CSV;
    if (csv && table != NULL) {
        diag_set(check->diag, mapping_line_of(check->text, table, check->line),
                 "%s: a csv file is one table; leave out `table`", where);
        return wrong(CONFIG_KEY);
    }
    if (!csv && table == NULL) {
        diag_set(check->diag, check->line, "%s: `table` is missing", where);
        return wrong(CONFIG_KEY);
    }
    return LG_OK;
}

static struct lg_err check_field(const struct check *check, const struct mapping_field *field,
                                 const char *where) {
    int origins = (field->from != NULL) + (field->join != NULL) + (field->value != NULL);
    if (origins != 1) {
        diag_set(check->diag, check->line, "%s: exactly one of `from`, `join`, `value` is needed",
                 where);
        return wrong(CONFIG_KEY);
    }
    if (field->split != NULL &&
        (field->split->take < 1 || field->split->take > LIMIT_MAPPING_LIST)) {
        diag_set(check->diag, check->line, "%s: split takes part 1 to %d", where,
                 LIMIT_MAPPING_LIST);
        return wrong(CONFIG_VALUE);
    }
    if (field->map == NULL && field->otherwise != MAPPING_REFUSE) {
        diag_set(check->diag, check->line, "%s: `otherwise` without `map`", where);
        return wrong(CONFIG_KEY);
    }
    return LG_OK;
}

static struct lg_err check_identity(const struct check *check) {
    const struct mapping_identity *identity = &check->mapping->person.identity;
    const struct {
        const struct mapping_field *field;
        const char *where;
    } fields[] = {{identity->family_name, "family-name"},
                  {identity->given_name, "given-name"},
                  {identity->born, "born"},
                  {identity->postcode, "postcode"},
                  {identity->identifier, "identifier"}};
    bool any = false;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].field != NULL) {
            any = true;
            TRY(check_field(check, fields[i].field, fields[i].where));
        }
    }
    if (!any) {
        diag_set(check->diag, check->line, "identity: names no field");
        return wrong(CONFIG_KEY);
    }
    if ((identity->identifier == NULL) != (identity->scheme == NULL)) {
        diag_set(check->diag, check->line, "identity: `identifier` and `scheme` go together");
        return wrong(CONFIG_KEY);
    }
    return LG_OK;
}

static bool is_name_part(struct span part) {
    for (size_t i = 0; i < part.len; i++) {
        uint8_t byte = part.ptr[i];
        bool good = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
        if (!good) {
            return false;
        }
    }
    return part.len > 0;
}

static bool is_item_name(const char *item) {
    struct span rest = span_text(item);
    struct span category = {.ptr = NULL};
    struct span field = {.ptr = NULL};
    return span_split(&rest, '.', &category) && span_split(&rest, '.', &field) &&
           rest.ptr == NULL && is_name_part(category) && is_name_part(field);
}

static struct lg_err check_item(struct check *check, const struct mapping_item *item) {
    check->line = mapping_line_of(check->text, item->item, check->line);
    if (!is_item_name(item->item)) {
        diag_set(check->diag, check->line, "item \"%s\" is not of the form category.field",
                 item->item);
        return wrong(CONFIG_VALUE);
    }
    TRY(check_field(check, &item->field, item->item));
    if (item->dated != NULL) {
        TRY(check_field(check, item->dated, "dated"));
    }
    return LG_OK;
}

static struct lg_err check_group(struct check *check, const struct mapping_group *group) {
    TRY(check_table(check, group->table, "records"));
    if (group->newest != NULL) {
        TRY(check_field(check, group->newest, "newest"));
    }
    for (uint32_t i = 0; i < group->item_count; i++) {
        TRY(check_item(check, &group->items[i]));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(group->items[i].item, group->items[j].item) == 0) {
                diag_set(check->diag,
                         mapping_line_of(check->text, group->items[i].item, check->line + 1),
                         "item \"%s\" is there twice", group->items[i].item);
                return wrong(CONFIG_KEY);
            }
        }
    }
    return LG_OK;
}

struct lg_err mapping_check(const struct mapping *mapping, struct span text, struct diag *diag) {
    struct check check = {.mapping = mapping, .text = text, .diag = diag};
    TRY(check_source(&check));
    check.line = mapping_line_of(text, "person:", 1);
    TRY(check_table(&check, mapping->person.table, "person"));
    TRY(check_identity(&check));
    check.line = mapping_line_of(text, "records:", 1);
    for (uint32_t i = 0; i < mapping->record_count; i++) {
        TRY(check_group(&check, &mapping->records[i]));
    }
    check.line = mapping_line_of(text, "links:", 1);
    for (uint32_t i = 0; i < mapping->link_count; i++) {
        TRY(check_table(&check, mapping->links[i].table, "links"));
        TRY(check_field(&check, mapping->links[i].relation, "relation"));
    }
    return LG_OK;
}

/* ---- files --------------------------------------------------------------------------------- */

/* The bytes of the file; the caller frees out_text->ptr. */
static struct lg_err file_read(FILE *file, const char *path, struct diag *diag,
                               struct span *out_text) {
    uint8_t *buf = malloc(LIMIT_MAPPING_FILE + 1);
    if (buf == NULL) {
        diag_set(diag, 0, "no memory");
        return wrong(CONFIG_MEMORY);
    }
    size_t len = fread(buf, 1, LIMIT_MAPPING_FILE + 1, file);
    struct span text = span_of(buf, len);
    if (ferror(file) || len > LIMIT_MAPPING_FILE || !span_is_text(text)) {
        diag_set(diag, 0, "%s: %s", path,
                 len > LIMIT_MAPPING_FILE ? "longer than a mapping may be"
                 : ferror(file)           ? "cannot be read"
                                          : "is not UTF-8 text");
        free(buf);
        return wrong(CONFIG_FILE);
    }
    *out_text = text;
    return LG_OK;
}

/* A path that does not start with "/" is meant from the folder of the mapping. */
static struct lg_err path_settle(const char *mapping_path, char **path) {
    const char *slash = strrchr(mapping_path, '/');
    if ((*path)[0] == '/' || slash == NULL) {
        return LG_OK;
    }
    size_t folder_len = (size_t)(slash - mapping_path) + 1;
    size_t size = folder_len + strlen(*path) + 1;
    char *whole = malloc(size);
    if (whole == NULL) {
        return wrong(CONFIG_MEMORY);
    }
    (void)snprintf(whole, size, "%.*s%s", (int)folder_len, mapping_path, *path);
    free(*path);
    *path = whole;
    return LG_OK;
}

static struct lg_err mapping_make(const char *path, struct span text, struct diag *diag,
                                  struct mapping **out_mapping) {
    OWN(mapping_free) struct mapping *mapping = NULL;
    TRY(mapping_schema_read(text, diag, &mapping));
    TRY(mapping_check(mapping, text, diag));
    TRY(path_settle(path, &mapping->source.path));
    *out_mapping = TAKE(mapping);
    return LG_OK;
}

struct lg_err mapping_load(const char *path, struct diag *diag, struct mapping **out_mapping) {
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        diag_set(diag, 0, "%s: %s", path, strerror(errno));
        return wrong(CONFIG_FILE);
    }
    struct span text = {.ptr = NULL};
    struct lg_err err = file_read(file, path, diag, &text);
    (void)fclose(file);
    if (lg_failed(err)) {
        return err;
    }
    err = mapping_make(path, text, diag, out_mapping);
    free((void *)text.ptr);
    return err;
}

void mapping_free(struct mapping **mapping) {
    if (*mapping != NULL) {
        mapping_schema_free(mapping);
    }
}
