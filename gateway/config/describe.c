/* SPDX-License-Identifier: Apache-2.0 */
/* Walks along the schemas by which the loaders read, so that what is told of a file cannot differ
 * from what is taken. */
#include "gateway/config/describe.h"

#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/config/client.h"
#include "gateway/config/config_int.h"
#include "gateway/config/mapping.h"

/* ---- kinds ---- */

static const struct kind {
    const char *name;
    const cyaml_schema_value_t *const *schema;
} KINDS[CONFIG_KINDS] = {
    [CONFIG_KIND_GATEWAY] = {"gateway", &config_schema_gateway},
    [CONFIG_KIND_KEYD] = {"keyd", &config_schema_keyd},
    [CONFIG_KIND_CONNECTOR] = {"connector", &config_schema_connector},
    [CONFIG_KIND_WITNESS] = {"witness", &config_schema_witness},
    [CONFIG_KIND_CLIENT] = {"client", &config_schema_client},
    [CONFIG_KIND_PARTNERSHIP] = {"partnership", &config_schema_partnership},
    [CONFIG_KIND_MAPPING] = {"mapping", &config_schema_mapping},
};

static const cyaml_schema_value_t *schema_of(enum config_kind kind) {
    ASSERT(kind < CONFIG_KINDS);
    return *KINDS[kind].schema;
}

const char *config_kind_name(enum config_kind kind) {
    ASSERT(kind < CONFIG_KINDS);
    return KINDS[kind].name;
}

bool config_kind_find(const char *name, enum config_kind *out_kind) {
    for (enum config_kind kind = 0; kind < CONFIG_KINDS; kind++) {
        if (strcmp(KINDS[kind].name, name) == 0) {
            *out_kind = kind;
            return true;
        }
    }
    return false;
}

/* Keys at the left margin of a file. */
struct margin {
    char keys[LIMIT_CONFIG_GUESS_KEYS][CONFIG_NAME_MAX + 1];
    size_t count;
};

static bool margin_read(const char *path, struct margin *margin) {
    char line[LIMIT_CONFIG_TEXT];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    while (margin->count < LIMIT_CONFIG_GUESS_KEYS && fgets(line, sizeof line, file) != NULL) {
        size_t len = strcspn(line, ":");
        if (line[len] == ':' && len <= CONFIG_NAME_MAX) {
            line[len] = '\0';
            (void)memcpy(margin->keys[margin->count++], line, len + 1);
        }
    }
    (void)fclose(file);
    return true;
}

static bool margin_has(const struct margin *margin, const char *key) {
    for (size_t i = 0; i < margin->count; i++) {
        if (strcmp(margin->keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Keys that are there, less those that are needed and are not. */
static int fit_of(const struct margin *margin, enum config_kind kind) {
    int fit = 0;
    const cyaml_schema_field_t *field = schema_of(kind)->mapping.fields;
    for (; field->key != NULL; field++) {
        bool is_optional = (field->value.flags & CYAML_FLAG_OPTIONAL) != 0;
        fit += margin_has(margin, field->key) ? 1 : is_optional ? 0 : -1;
    }
    return fit;
}

bool config_kind_guess(const char *path, enum config_kind *out_kind) {
    struct margin margin = {.count = 0};
    if (!margin_read(path, &margin)) {
        return false;
    }
    enum config_kind best = 0;
    unsigned as_good = 0;
    for (enum config_kind kind = 0; kind < CONFIG_KINDS; kind++) {
        best = fit_of(&margin, kind) > fit_of(&margin, best) ? kind : best;
    }
    for (enum config_kind kind = 0; kind < CONFIG_KINDS; kind++) {
        as_good += fit_of(&margin, kind) == fit_of(&margin, best);
    }
    *out_kind = best;
    return fit_of(&margin, best) > 0 && as_good == 1;
}

/* One of them. */
struct loaded {
    struct config_gateway *gateway;
    struct config_keyd *keyd;
    struct config_connector *connector;
    struct config_witness *witness;
    struct config_client *client;
    struct config_partnership *partnership;
    struct mapping *mapping;
};

static void loaded_free(struct loaded *loaded) {
    config_gateway_free(&loaded->gateway);
    config_keyd_free(&loaded->keyd);
    config_connector_free(&loaded->connector);
    config_witness_free(&loaded->witness);
    config_client_free(&loaded->client);
    config_partnership_free(&loaded->partnership);
    mapping_free(&loaded->mapping);
}

static struct lg_err load(enum config_kind kind, const char *path, struct diag *diag,
                          struct loaded *out_loaded) {
    switch (kind) {
    case CONFIG_KIND_GATEWAY:
        return config_gateway_load(path, diag, &out_loaded->gateway);
    case CONFIG_KIND_KEYD:
        return config_keyd_load(path, diag, &out_loaded->keyd);
    case CONFIG_KIND_CONNECTOR:
        return config_connector_load(path, diag, &out_loaded->connector);
    case CONFIG_KIND_WITNESS:
        return config_witness_load(path, diag, &out_loaded->witness);
    case CONFIG_KIND_CLIENT:
        return config_client_load(path, diag, &out_loaded->client);
    case CONFIG_KIND_PARTNERSHIP:
        return config_partnership_load(path, diag, &out_loaded->partnership);
    default:
        return mapping_load(path, diag, &out_loaded->mapping);
    }
}

static const void *value_of(enum config_kind kind, const struct loaded *loaded) {
    const void *const values[CONFIG_KINDS] = {
        [CONFIG_KIND_GATEWAY] = loaded->gateway,
        [CONFIG_KIND_KEYD] = loaded->keyd,
        [CONFIG_KIND_CONNECTOR] = loaded->connector,
        [CONFIG_KIND_WITNESS] = loaded->witness,
        [CONFIG_KIND_CLIENT] = loaded->client,
        [CONFIG_KIND_PARTNERSHIP] = loaded->partnership,
        [CONFIG_KIND_MAPPING] = loaded->mapping,
    };
    return values[kind];
}

struct lg_err config_check_file(enum config_kind kind, const char *path, struct diag *diag) {
    struct loaded loaded = {0};
    struct lg_err err = load(kind, path, diag, &loaded);
    loaded_free(&loaded);
    return err;
}

/* ---- along a schema ---- */

enum { DEPTH = 16 };

/* A value, or what may stand in its place. */
struct visit {
    const char *place;
    const cyaml_schema_value_t *schema;
    const cyaml_schema_value_t *list; /* that it is an entry of; else NULL */
    bool is_optional;                 /* it, or its list */
    const uint8_t *data;              /* NULL: of a schema alone */
};
typedef void (*on_visit_fn)(void *ctx, const struct visit *visit);

/* A mapping on the way, and the list of its key where one is gone through. */
struct level {
    const cyaml_schema_field_t *field; /* the next, or the one with the list */
    const uint8_t *data;
    size_t place_len;
    bool in_list;
    const uint8_t *items;
    uint64_t index;
    uint64_t count;
};

struct walk {
    on_visit_fn on_visit;
    void *ctx;
    char place[256];
    struct level levels[DEPTH];
    size_t depth;
};

static void enter(struct walk *walk, const cyaml_schema_field_t *fields, const uint8_t *data) {
    ASSERT(walk->depth < DEPTH);
    walk->levels[walk->depth++] =
        (struct level){.field = fields, .data = data, .place_len = strlen(walk->place)};
}

static void place_set(struct walk *walk, const struct level *level, const char *key,
                      const char *more) {
    int len = snprintf(walk->place + level->place_len, sizeof walk->place - level->place_len,
                       "%s%s%s", level->place_len == 0 ? "" : ".", key, more);
    ASSERT(len > 0 && (size_t)len < sizeof walk->place - level->place_len);
}

/* Where the value is: behind a pointer where the schema says so; NULL where there is none. */
static const uint8_t *value_at(const cyaml_schema_value_t *schema, const uint8_t *data) {
    const uint8_t *behind = NULL;
    if ((schema->flags & CYAML_FLAG_POINTER) == 0) {
        return data;
    }
    memcpy(&behind, data, sizeof behind);
    return behind;
}

static void visit(struct walk *walk, const struct visit *visit) {
    walk->on_visit(walk->ctx, visit);
    if (visit->schema->type == CYAML_MAPPING) {
        enter(walk, visit->schema->mapping.fields, visit->data);
    }
}

static void list_begin(struct level *level) {
    const cyaml_schema_field_t *field = level->field;
    level->in_list = true;
    level->index = 0;
    level->count = 1;
    if (level->data != NULL) {
        level->items = value_at(&field->value, level->data + field->data_offset);
        level->count = 0;
        ASSERT(field->count_size <= sizeof level->count);
        if (level->items != NULL) {
            memcpy(&level->count, level->data + field->count_offset, field->count_size);
        }
    }
}

static void list_step(struct walk *walk, struct level *level) {
    const cyaml_schema_field_t *field = level->field;
    const cyaml_schema_value_t *entry = field->value.sequence.entry;
    bool is_behind = (entry->flags & CYAML_FLAG_POINTER) != 0;
    char number[24] = "[]";
    struct visit it = {.place = walk->place,
                       .schema = entry,
                       .list = &field->value,
                       .is_optional = (field->value.flags & CYAML_FLAG_OPTIONAL) != 0};
    if (level->index == level->count) {
        level->in_list = false;
        level->field++;
        return;
    }
    if (level->data != NULL) {
        size_t step = is_behind ? sizeof(void *) : entry->data_size;
        it.data = value_at(entry, level->items + level->index * step);
        (void)snprintf(number, sizeof number, "[%llu]", (unsigned long long)level->index);
    }
    level->index++;
    place_set(walk, level, field->key, number);
    if (it.data != NULL || level->data == NULL) {
        visit(walk, &it);
    }
}

static void field_step(struct walk *walk, struct level *level) {
    const cyaml_schema_field_t *field = level->field;
    struct visit it = {.place = walk->place,
                       .schema = &field->value,
                       .is_optional = (field->value.flags & CYAML_FLAG_OPTIONAL) != 0};
    if (field->value.type == CYAML_SEQUENCE) {
        list_begin(level);
        return;
    }
    level->field++;
    if (level->data != NULL) {
        it.data = value_at(&field->value, level->data + field->data_offset);
    }
    place_set(walk, level, field->key, "");
    if (it.data != NULL || level->data == NULL) {
        visit(walk, &it);
    }
}

/* Every value in the order of the schema; data NULL: every place, lists once and with []. */
static void walk_along(enum config_kind kind, const void *data, on_visit_fn on_visit, void *ctx) {
    struct walk walk = {.on_visit = on_visit, .ctx = ctx};
    enter(&walk, schema_of(kind)->mapping.fields, data);
    while (walk.depth > 0) {
        struct level *level = &walk.levels[walk.depth - 1];
        if (level->in_list) {
            list_step(&walk, level);
        } else if (level->field->key == NULL) {
            walk.depth--;
        } else {
            field_step(&walk, level);
        }
    }
}

/* ---- what the settings come to ---- */

struct showing {
    const struct config_document *document;
    config_on_setting_fn on_setting;
    void *ctx;
};

/* An integer of any of the sizes that the structs have. */
static int64_t integer_at(const cyaml_schema_value_t *schema, const uint8_t *data) {
    union {
        int64_t eight;
        int32_t four;
        int16_t two;
        int8_t one;
    } number = {.eight = 0};
    ASSERT(schema->data_size <= sizeof number);
    memcpy(&number, data, schema->data_size);
    return schema->data_size == 8   ? number.eight
           : schema->data_size == 4 ? number.four
           : schema->data_size == 2 ? number.two
                                    : number.one;
}

/* NULL: left open, without a default. */
static const char *word_at(const cyaml_schema_value_t *schema, const uint8_t *data) {
    int64_t number = integer_at(schema, data);
    for (uint32_t i = 0; i < schema->enumeration.count; i++) {
        if (schema->enumeration.strings[i].val == number) {
            return schema->enumeration.strings[i].str;
        }
    }
    return NULL;
}

static void on_value(void *ctx, const struct visit *visit) {
    const struct showing *showing = ctx;
    char number[24];
    struct config_setting setting = {.place = visit->place,
                                     .line = config_document_line(showing->document, visit->place)};
    switch (visit->schema->type) {
    case CYAML_MAPPING:
        return;
    case CYAML_STRING:
        setting.value = (const char *)visit->data;
        break;
    case CYAML_ENUM:
        setting.value = word_at(visit->schema, visit->data);
        break;
    case CYAML_BOOL:
        setting.value = integer_at(visit->schema, visit->data) != 0 ? "true" : "false";
        break;
    default:
        (void)snprintf(number, sizeof number, "%lld",
                       (long long)integer_at(visit->schema, visit->data));
        setting.value = number;
    }
    if (setting.value != NULL) {
        showing->on_setting(showing->ctx, &setting);
    }
}

/* The file is read twice: by its loader, which fills in what the file leaves open, and for its
 * lines. */
struct lg_err config_show_file(enum config_kind kind, const char *path, struct diag *diag,
                               config_on_setting_fn on_setting, void *ctx) {
    OWN(config_document_free) struct config_document *document = NULL;
    struct loaded loaded = {0};
    void *raw = NULL;
    TRY(config_document_load(path, schema_of(kind), diag, &document, &raw));
    config_value_free(schema_of(kind), raw);
    struct lg_err err = load(kind, path, diag, &loaded);
    if (!lg_failed(err)) {
        struct showing showing = {.document = document, .on_setting = on_setting, .ctx = ctx};
        walk_along(kind, value_of(kind, &loaded), on_value, &showing);
    }
    loaded_free(&loaded);
    return err;
}

/* ---- what may stand in it ---- */

static void text_print(const cyaml_schema_value_t *schema, FILE *file) {
    if (schema->string.min == schema->string.max) {
        (void)fprintf(file, "text, %u bytes", schema->string.max);
    } else if (schema->string.max != CYAML_UNLIMITED) {
        (void)fprintf(file, "text, %u to %u bytes", schema->string.min, schema->string.max);
    } else {
        (void)fputs("text", file);
    }
}

static void form_print(const cyaml_schema_value_t *schema, FILE *file) {
    switch (schema->type) {
    case CYAML_STRING:
        text_print(schema, file);
        return;
    case CYAML_ENUM:
        for (uint32_t i = 0; i < schema->enumeration.count; i++) {
            (void)fprintf(file, "%s%s", i == 0 ? "" : " | ", schema->enumeration.strings[i].str);
        }
        return;
    case CYAML_BOOL:
        (void)fputs("true | false", file);
        return;
    case CYAML_MAPPING:
        (void)fputs("keys below", file);
        return;
    default:
        (void)fputs("whole number", file);
    }
}

static void on_place(void *ctx, const struct visit *visit) {
    FILE *file = ctx;
    (void)fprintf(file, "%-36s %-8s ", visit->place, visit->is_optional ? "optional" : "needed");
    if (visit->list != NULL && visit->list->sequence.max == CYAML_UNLIMITED) {
        (void)fprintf(file, "list of %u or more: ", visit->list->sequence.min);
    } else if (visit->list != NULL) {
        (void)fprintf(file, "list of %u to %u: ", visit->list->sequence.min,
                      visit->list->sequence.max);
    }
    form_print(visit->schema, file);
    (void)fputc('\n', file);
}

void config_schema_print(enum config_kind kind, FILE *file) {
    walk_along(kind, NULL, on_place, file);
}
