/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass over a file: the parser's events beside the schema.
 *
 *   state      event                 goes to
 *   key        scalar, known, new    value
 *   key        end of mapping        what the mapping is a value of
 *   value      scalar                key of the same mapping
 *   value      start of mapping      key of the new one
 *   value      start of list         item
 *   item       scalar, start         item, or key of the new mapping
 *   item       end of list           what the list is a value of
 *
 * Anything else is refused with its line. Alias, anchor and tag never are what somebody meant in a
 * configuration, and an alias bomb is one more input without a ceiling. */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "gateway/base/limits.h"
#include "gateway/config/document_int.h"

enum { KEYS_MAX = 64 };

/* An open mapping or list. */
struct level {
    const cyaml_schema_value_t *schema;
    const cyaml_schema_field_t *field; /* mappings: the key whose value is next; NULL: a key is */
    uint64_t seen;                     /* mappings: a bit for each key of the schema */
    size_t count;                      /* lists: items so far */
    size_t place_len;                  /* of the place of this mapping or list itself */
    size_t line;
    size_t key_line; /* mappings: of the key whose value is next */
};

struct scan {
    struct config_document *document;
    struct diag *diag;
    struct level levels[LIMIT_CONFIG_DEPTH];
    size_t depth;
    size_t nodes;
    bool begun;
    char place[256];
};

static struct lg_err refuse(const struct scan *scan, enum config_code code, size_t line,
                            const char *what, const char *more) {
    diag_set(scan->diag, (uint32_t)line, "%s%s", what, more);
    return lg_err_make(LG_CLASS_CONFIG, LG_CONFIG, (uint16_t)code);
}

static size_t line_of(const yaml_event_t *event) {
    return event->start_mark.line + 1;
}

static struct span scalar_of(const yaml_event_t *event) {
    return span_of(event->data.scalar.value, event->data.scalar.length);
}

/* About the value that begins now. */
static struct lg_err refuse_here(const struct scan *scan, size_t line, const char *sentence) {
    char place[sizeof scan->place + 2];
    snprintf(place, sizeof place, "%s%s", scan->place, scan->place[0] == '\0' ? "" : ": ");
    return refuse(scan, CONFIG_VALUE, line, place, sentence);
}

/* ---- places ---- */

static struct lg_err remember(struct scan *scan, size_t line) {
    struct config_spot *spot = arena_alloc(scan->document->arena, sizeof *spot);
    char *place = arena_text(scan->document->arena, span_text(scan->place));
    scan->nodes++;
    if (spot == NULL || place == NULL || scan->nodes > LIMIT_CONFIG_NODES) {
        return refuse(scan, CONFIG_SYNTAX, line, "holds too much for a configuration", "");
    }
    *spot =
        (struct config_spot){.next = scan->document->spots, .place = place, .line = (uint32_t)line};
    scan->document->spots = spot;
    return LG_OK;
}

/* Puts the place of the value that begins now. Places are made of known keys and numbers: within
 * the depth they fit. */
static void set_place(struct scan *scan) {
    if (scan->depth == 0) {
        scan->place[0] = '\0';
        return;
    }
    const struct level *level = &scan->levels[scan->depth - 1];
    char *end = scan->place + level->place_len;
    size_t room = sizeof scan->place - level->place_len;
    if (level->schema->type == CYAML_SEQUENCE) {
        snprintf(end, room, "[%zu]", level->count);
    } else {
        snprintf(end, room, "%s%s", level->place_len == 0 ? "" : ".", level->field->key);
    }
}

/* ---- keys ---- */

static size_t field_count(const cyaml_schema_field_t *fields) {
    size_t count = 0;
    while (fields[count].key != NULL && count < KEYS_MAX) {
        count++;
    }
    return count;
}

static struct lg_err refuse_unknown(const struct scan *scan, const yaml_event_t *event,
                                    const cyaml_schema_field_t *fields) {
    const char *known[KEYS_MAX];
    char sentence[200];
    size_t count = field_count(fields);
    for (size_t i = 0; i < count; i++) {
        known[i] = fields[i].key;
    }
    snprintf(sentence, sizeof sentence, "\"%.60s\"; nearest known: %s",
             (const char *)event->data.scalar.value,
             config_nearest(scalar_of(event), known, count));
    return refuse(scan, CONFIG_KEY, line_of(event), "unknown key ", sentence);
}

static struct lg_err take_key(struct scan *scan, struct level *level, const yaml_event_t *event) {
    const cyaml_schema_field_t *fields = level->schema->mapping.fields;
    size_t count = field_count(fields);
    for (size_t i = 0; i < count; i++) {
        if (!span_equal_text(scalar_of(event), fields[i].key)) {
            continue;
        }
        if ((level->seen >> i & 1U) != 0) {
            return refuse(scan, CONFIG_KEY, line_of(event),
                          "this key stands there twice: ", fields[i].key);
        }
        level->seen |= (uint64_t)1 << i;
        level->field = &fields[i];
        level->key_line = line_of(event);
        return LG_OK;
    }
    return refuse_unknown(scan, event, fields);
}

static struct lg_err check_missing(const struct scan *scan, const struct level *level) {
    const cyaml_schema_field_t *fields = level->schema->mapping.fields;
    size_t count = field_count(fields);
    for (size_t i = 0; i < count; i++) {
        bool needed = (fields[i].value.flags & CYAML_FLAG_OPTIONAL) == 0;
        if (needed && (level->seen >> i & 1U) == 0) {
            return refuse(scan, CONFIG_KEY, level->line, "a key is missing here: ", fields[i].key);
        }
    }
    return LG_OK;
}

/* ---- values ---- */

/* What the schema wants where a value begins now. */
static const cyaml_schema_value_t *wanted(const struct scan *scan,
                                          const cyaml_schema_value_t *top) {
    if (scan->depth == 0) {
        return top;
    }
    const struct level *level = &scan->levels[scan->depth - 1];
    return level->schema->type == CYAML_SEQUENCE ? level->schema->sequence.entry
                                                 : &level->field->value;
}

static const char *type_fault(const cyaml_schema_value_t *schema) {
    switch (schema->type) {
    case CYAML_MAPPING:
        return "keys with values belong here";
    case CYAML_SEQUENCE:
        return "a list belongs here";
    default:
        return "one value belongs here";
    }
}

/* Where a person would look for the value: at its key, or where the item begins. */
static size_t place_line(const struct scan *scan, const yaml_event_t *event) {
    const struct level *level = scan->depth == 0 ? NULL : &scan->levels[scan->depth - 1];
    return level != NULL && level->schema->type == CYAML_MAPPING ? level->key_line : line_of(event);
}

/* The value that began is over: on to the next key or item. */
static void step_on(struct scan *scan) {
    if (scan->depth > 0) {
        struct level *level = &scan->levels[scan->depth - 1];
        level->field = NULL;
        level->count++;
    }
}

static struct lg_err take_scalar(struct scan *scan, const cyaml_schema_value_t *schema,
                                 const yaml_event_t *event) {
    const char *nearest = NULL;
    if (schema->type == CYAML_MAPPING || schema->type == CYAML_SEQUENCE) {
        return refuse_here(scan, line_of(event), type_fault(schema));
    }
    const char *fault = config_scalar_fault(scalar_of(event), schema, &nearest);
    if (fault != NULL && nearest != NULL) {
        char sentence[200];
        snprintf(sentence, sizeof sentence, "\"%.60s\" %s; nearest known: %s",
                 (const char *)event->data.scalar.value, fault, nearest);
        return refuse_here(scan, line_of(event), sentence);
    }
    if (fault != NULL) {
        return refuse_here(scan, line_of(event), fault);
    }
    step_on(scan);
    return LG_OK;
}

static struct lg_err open_level(struct scan *scan, const cyaml_schema_value_t *schema,
                                enum cyaml_type type, const yaml_event_t *event) {
    if (schema->type != type) {
        return refuse_here(scan, line_of(event), type_fault(schema));
    }
    if (scan->depth == LIMIT_CONFIG_DEPTH) {
        return refuse(scan, CONFIG_SYNTAX, line_of(event), "is nested too deep", "");
    }
    scan->levels[scan->depth] = (struct level){
        .schema = schema, .place_len = strlen(scan->place), .line = place_line(scan, event)};
    scan->depth++;
    return LG_OK;
}

static struct lg_err close_level(struct scan *scan) {
    const struct level *level = &scan->levels[scan->depth - 1];
    if (level->schema->type == CYAML_MAPPING) {
        TRY(check_missing(scan, level));
    } else if (level->count < level->schema->sequence.min ||
               level->count > level->schema->sequence.max) {
        char sentence[100];
        snprintf(sentence, sizeof sentence, "%u to %u belong here", level->schema->sequence.min,
                 level->schema->sequence.max);
        scan->place[level->place_len] = '\0';
        return refuse_here(scan, level->line, sentence);
    }
    scan->depth--;
    step_on(scan);
    return LG_OK;
}

/* ---- events ---- */

static bool has_anchor_or_tag(const yaml_event_t *event) {
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    default:
        return event->type == YAML_ALIAS_EVENT;
    }
}

static bool wants_key(const struct scan *scan) {
    return scan->depth > 0 && scan->levels[scan->depth - 1].schema->type == CYAML_MAPPING &&
           scan->levels[scan->depth - 1].field == NULL;
}

static struct lg_err take_value(struct scan *scan, const cyaml_schema_value_t *top,
                                const yaml_event_t *event) {
    const cyaml_schema_value_t *schema = wanted(scan, top);
    set_place(scan);
    TRY(remember(scan, place_line(scan, event)));
    if (event->type == YAML_SCALAR_EVENT) {
        return take_scalar(scan, schema, event);
    }
    return open_level(scan, schema,
                      event->type == YAML_MAPPING_START_EVENT ? CYAML_MAPPING : CYAML_SEQUENCE,
                      event);
}

static struct lg_err take_event(struct scan *scan, const cyaml_schema_value_t *top,
                                const yaml_event_t *event) {
    if (has_anchor_or_tag(event)) {
        return refuse(scan, CONFIG_SYNTAX, line_of(event), "alias, anchor or tag: write it out",
                      "");
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (scan->begun) {
            return refuse(scan, CONFIG_SYNTAX, line_of(event), "a second document", "");
        }
        scan->begun = true;
        return LG_OK;
    case YAML_SCALAR_EVENT:
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        if (!wants_key(scan)) {
            return take_value(scan, top, event);
        }
        if (event->type != YAML_SCALAR_EVENT) {
            return refuse(scan, CONFIG_SYNTAX, line_of(event), "a key has to be a word", "");
        }
        return take_key(scan, &scan->levels[scan->depth - 1], event);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return close_level(scan);
    default:
        return LG_OK;
    }
}

static struct lg_err run(struct scan *scan, const cyaml_schema_value_t *schema,
                         yaml_parser_t *parser) {
    bool ended = false;
    while (!ended) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) != 1) {
            if (parser->error == YAML_MEMORY_ERROR) {
                return lg_err_make(LG_CLASS_LIMIT, LG_CONFIG, CONFIG_MEMORY);
            }
            return refuse(scan, CONFIG_SYNTAX, parser->problem_mark.line + 1,
                          "not YAML: ", parser->problem == NULL ? "damaged" : parser->problem);
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        struct lg_err err = take_event(scan, schema, &event);
        yaml_event_delete(&event);
        TRY(err);
    }
    if (!scan->begun) {
        return refuse(scan, CONFIG_SYNTAX, 1, "is empty", "");
    }
    return LG_OK;
}

struct lg_err config_document_scan(const cyaml_schema_value_t *schema,
                                   struct config_document *document, struct diag *diag) {
    struct scan scan = {.document = document, .diag = diag};
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) != 1) {
        return lg_err_make(LG_CLASS_LIMIT, LG_CONFIG, CONFIG_MEMORY);
    }
    yaml_parser_set_input_string(&parser, document->text.ptr, document->text.len);
    struct lg_err err = run(&scan, schema, &parser);
    yaml_parser_delete(&parser);
    return err;
}
