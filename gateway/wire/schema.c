/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups in the built-in descriptors, by walking their bytes: the fields of
 * google/protobuf/descriptor.proto that are named below, everything else is stepped over. A symbol
 * is followed scope by scope, as no scope has two things of one name: "lockgate.v1.Ask.id" is the
 * package, the message "Ask" in its file, the field "id" in that. */
#include "gateway/wire/schema.h"

#include "gateway/base/assert.h"
#include "gateway/wire/field_int.h"
#include "gateway/wire/schema_int.h"

enum { SET_FILE = 1 };
enum { FILE_NAME = 1, FILE_PACKAGE = 2, FILE_DEPENDENCY = 3 };
/* Every descriptor inside a file has its name there. */
enum { ANY_NAME = 1, NUMBERS_MAX = 16 };

/* What a field of a descriptor holds: something with a name in this scope, whose own parts are in a
 * scope of that name or, for an enum, in this one. */
enum part {
    PART_OTHER,
    PART_LEAF,
    PART_ENUM,
    PART_MESSAGE,
    PART_SERVICE,
};

/* The parts of a scope, by field number. */
struct scope {
    uint8_t parts[NUMBERS_MAX];
};

static const struct scope file_scope = {
    {[4] = PART_MESSAGE, [5] = PART_ENUM, [6] = PART_SERVICE, [7] = PART_LEAF}};
/* field, nested_type, enum_type, extension, oneof_decl */
static const struct scope message_scope = {
    {[2] = PART_LEAF, [3] = PART_MESSAGE, [4] = PART_ENUM, [6] = PART_LEAF, [8] = PART_LEAF}};
/* value */
static const struct scope enum_scope = {{[2] = PART_LEAF}};
/* method */
static const struct scope service_scope = {{[2] = PART_LEAF}};

static struct span schema(void) {
    return span_of(wire_schema_bytes, wire_schema_size);
}

/* Takes one field; false at the end. Numbers come as empty bytes: none is of use here. */
static bool take(struct span *rest, uint32_t *out_number, struct span *out_bytes) {
    struct wire_key key = {0};
    struct wire_value value = {0};
    if (rest->len == 0) {
        return false;
    }
    uint16_t fault = wire_key_take(rest, &key);
    ASSERT(fault == 0);
    fault = wire_value_take(rest, key.type, &value);
    ASSERT(fault == 0);
    *out_number = key.number;
    *out_bytes = value.bytes;
    return true;
}

/* The first field of this number, or ptr NULL. */
static struct span field_of(struct span message, uint32_t wanted) {
    struct span rest = message;
    uint32_t number = 0;
    struct span bytes = {0};
    while (take(&rest, &number, &bytes)) {
        if (number == wanted) {
            return bytes;
        }
    }
    return (struct span){0};
}

size_t wire_schema_file_count(void) {
    struct span rest = schema();
    uint32_t number = 0;
    struct span bytes = {0};
    size_t count = 0;
    while (take(&rest, &number, &bytes)) {
        ASSERT(number == SET_FILE);
        count++;
    }
    return count;
}

struct span wire_schema_file(size_t index) {
    struct span rest = schema();
    uint32_t number = 0;
    struct span bytes = {0};
    for (size_t i = 0; i <= index; i++) {
        bool is_there = take(&rest, &number, &bytes);
        ASSERT(is_there);
    }
    return bytes;
}

struct span wire_schema_file_find(struct span name) {
    struct span rest = schema();
    uint32_t number = 0;
    struct span file = {0};
    while (take(&rest, &number, &file)) {
        if (span_equal(field_of(file, FILE_NAME), name)) {
            return file;
        }
    }
    return (struct span){0};
}

/* Steps over `name` and the dot behind it at the front of *symbol. False: it is not in there. */
static bool enter(struct span *symbol, struct span name) {
    if (!span_starts_with(*symbol, name) || symbol->len <= name.len ||
        symbol->ptr[name.len] != '.') {
        return false;
    }
    *symbol = span_slice(*symbol, name.len + 1, symbol->len);
    return true;
}

static bool enum_has_value(struct span enumeration, struct span name) {
    struct span rest = enumeration;
    uint32_t number = 0;
    struct span value = {0};
    while (take(&rest, &number, &value)) {
        bool is_value = number < NUMBERS_MAX && enum_scope.parts[number] == PART_LEAF;
        if (is_value && span_equal(field_of(value, ANY_NAME), name)) {
            return true;
        }
    }
    return false;
}

/* What of the scope `inside` says about *symbol: FOUND, ABSENT, or DEEPER with *inside, *scope and
 * *symbol one level further. */
enum step { STEP_ABSENT, STEP_FOUND, STEP_DEEPER };

static enum step step(struct span *inside, const struct scope **scope, struct span *symbol) {
    struct span rest = *inside;
    uint32_t number = 0;
    struct span part = {0};
    while (take(&rest, &number, &part)) {
        enum part kind = number < NUMBERS_MAX ? (*scope)->parts[number] : PART_OTHER;
        if (kind == PART_OTHER) {
            continue;
        }
        struct span name = field_of(part, ANY_NAME);
        if (span_equal(name, *symbol) || (kind == PART_ENUM && enum_has_value(part, *symbol))) {
            return STEP_FOUND;
        }
        bool has_scope = kind == PART_MESSAGE || kind == PART_SERVICE;
        if (has_scope && enter(symbol, name)) {
            *scope = kind == PART_MESSAGE ? &message_scope : &service_scope;
            *inside = part;
            return STEP_DEEPER;
        }
    }
    return STEP_ABSENT;
}

static bool file_has(struct span file, struct span symbol) {
    struct span package = field_of(file, FILE_PACKAGE);
    if (package.len > 0 && !enter(&symbol, package)) {
        return false;
    }
    const struct scope *scope = &file_scope;
    struct span inside = file;
    enum step result = STEP_DEEPER;
    while (result == STEP_DEEPER) { /* each time the symbol is shorter */
        result = step(&inside, &scope, &symbol);
    }
    return result == STEP_FOUND;
}

struct span wire_schema_symbol_find(struct span symbol) {
    struct span rest = schema();
    uint32_t number = 0;
    struct span file = {0};
    while (take(&rest, &number, &file)) {
        if (file_has(file, symbol)) {
            return file;
        }
    }
    return (struct span){0};
}

static void files_add(struct wire_schema_files *files, struct span file) {
    ASSERT(file.ptr != NULL);
    for (size_t i = 0; i < files->count; i++) {
        if (files->files[i].ptr == file.ptr) {
            return;
        }
    }
    ASSERT(files->count < LIMIT_WIRE_SCHEMA_FILES);
    files->files[files->count++] = file;
}

void wire_schema_closure(struct span file, struct wire_schema_files *out_files) {
    *out_files = (struct wire_schema_files){0};
    files_add(out_files, file);
    for (size_t i = 0; i < out_files->count; i++) {
        struct span rest = out_files->files[i];
        uint32_t number = 0;
        struct span name = {0};
        while (take(&rest, &number, &name)) {
            if (number == FILE_DEPENDENCY) {
                files_add(out_files, wire_schema_file_find(name));
            }
        }
    }
}
