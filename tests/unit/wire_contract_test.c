/* SPDX-License-Identifier: Apache-2.0 */
/* The contract itself, as protoc sees it (a FileDescriptorSet made by the build): no message refers
 * to itself, nothing is packed or mapped, and parts.proto is the contract but for one field. And
 * the rows of every shape against the contract: number, name, type, place; none is without. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/wire/wire_int.h"
#include "tests/support/messages.h"
#include "tests/support/support.h"

#include <cmocka.h>

typedef Google__Protobuf__FileDescriptorSet file_set;
typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;

enum { MESSAGES_MAX = 1024, DEPTH_MAX = 8 };

/* Every message of the set with its full name, such as ".lockgate.v1.Actor". */
struct named {
    char name[128];
    const message_proto *message;
    const file_proto *file;
    size_t depth;
};

struct contract {
    char *bytes;
    file_set *files;
    struct named messages[MESSAGES_MAX];
    size_t count;
};

static int contract_open(void **state) {
    struct contract *contract = calloc(1, sizeof *contract);
    assert_non_null(contract);
    size_t len = 0;
    contract->bytes = support_file_read(LOCKGATE_BUILD, "gateway/wire/contract.bin", &len);
    assert_non_null(contract->bytes);
    contract->files =
        google__protobuf__file_descriptor_set__unpack(NULL, len, (const uint8_t *)contract->bytes);
    assert_non_null(contract->files);
    for (size_t i = 0; i < contract->files->n_file; i++) {
        const file_proto *file = contract->files->file[i];
        for (size_t j = 0; j < file->n_message_type; j++) {
            struct named *named = &contract->messages[contract->count++];
            assert_true(contract->count < MESSAGES_MAX);
            named->message = file->message_type[j];
            named->file = file;
            snprintf(named->name, sizeof named->name, ".%s.%s", file->package,
                     named->message->name);
        }
    }
    *state = contract;
    return 0;
}

static int contract_close(void **state) {
    struct contract *contract = *state;
    google__protobuf__file_descriptor_set__free_unpacked(contract->files, NULL);
    free(contract->bytes);
    free(contract);
    return 0;
}

static const struct named *named_find(const struct contract *contract, const char *name) {
    for (size_t i = 0; i < contract->count; i++) {
        if (strcmp(contract->messages[i].name, name) == 0) {
            return &contract->messages[i];
        }
    }
    return NULL;
}

static size_t proto_files(void) {
    DIR *folder = opendir(LOCKGATE_SOURCE "/proto/lockgate/v1");
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *it = readdir(folder); it != NULL; it = readdir(folder)) {
        const char *end = strrchr(it->d_name, '.');
        count += end != NULL && strcmp(end, ".proto") == 0 ? 1 : 0;
    }
    closedir(folder);
    return count;
}

static void the_whole_contract_is_here(void **state) {
    const struct contract *contract = *state;
    assert_int_equal(contract->files->n_file, proto_files() + 1); /* and parts.proto */
    assert_non_null(named_find(contract, ".lockgate.v1.AskRequest"));
    assert_non_null(named_find(contract, ".lockgate.v1.ExtractReply"));
}

static size_t depth_inside(const struct contract *contract, const message_proto *message) {
    size_t depth = 0;
    for (size_t i = 0; i < message->n_field; i++) {
        if (message->field[i]->type ==
            GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE) {
            const struct named *inner = named_find(contract, message->field[i]->type_name);
            assert_non_null(inner); /* no message of another package, such as Struct */
            depth = inner->depth > depth ? inner->depth : depth;
        }
    }
    return depth;
}

/* Depths grow round by round until they rest; with a cycle they never do (security.md, M3). */
static void no_message_refers_to_itself(void **state) {
    struct contract *contract = *state;
    bool is_moving = true;
    for (size_t round = 0; is_moving; round++) {
        assert_true(round <= DEPTH_MAX);
        is_moving = false;
        for (size_t i = 0; i < contract->count; i++) {
            struct named *named = &contract->messages[i];
            size_t depth = 1 + depth_inside(contract, named->message);
            is_moving = is_moving || depth != named->depth;
            named->depth = depth;
        }
    }
    assert_in_range(DEPTH_MAX, 1, LIMIT_WIRE_DEPTH - 1);
}

static void nothing_is_mapped_packed_or_nested(void **state) {
    const struct contract *contract = *state;
    for (size_t i = 0; i < contract->count; i++) {
        const message_proto *message = contract->messages[i].message;
        assert_int_equal(message->n_nested_type, 0); /* a map is a nested type */
        assert_int_equal(message->n_extension, 0);
        for (size_t j = 0; j < message->n_field; j++) {
            const field_proto *field = message->field[j];
            bool is_sized =
                field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING ||
                field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES ||
                field->type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE;
            if (field->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED) {
                assert_true(is_sized);
            }
        }
    }
}

static const char *last_name(const char *type_name) {
    const char *dot = type_name != NULL ? strrchr(type_name, '.') : NULL;
    return dot != NULL ? dot + 1 : "";
}

static void check_same_but_result(const message_proto *ours, const message_proto *theirs) {
    assert_int_equal(ours->n_field, theirs->n_field);
    for (size_t i = 0; i < ours->n_field; i++) {
        const field_proto *a = ours->field[i];
        const field_proto *b = theirs->field[i];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->number, b->number);
        assert_int_equal(a->label, b->label);
        assert_int_equal(a->has_oneof_index, b->has_oneof_index);
        if (strcmp(a->name, "result") == 0) {
            assert_int_equal(a->type, GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES);
            assert_string_equal(b->type_name, ".lockgate.v1.SourceResult");
            continue;
        }
        assert_int_equal(a->type, b->type);
        assert_string_equal(last_name(a->type_name), last_name(b->type_name));
    }
}

static void parts_are_the_contract_but_for_the_result(void **state) {
    const struct contract *contract = *state;
    size_t compared = 0;
    for (size_t i = 0; i < contract->count; i++) {
        const struct named *ours = &contract->messages[i];
        if (strncmp(ours->name, ".lockgate.parts.", 16) == 0) {
            char name[128];
            snprintf(name, sizeof name, ".lockgate.v1.%s", ours->message->name);
            const struct named *theirs = named_find(contract, name);
            assert_non_null(theirs);
            check_same_but_result(ours->message, theirs->message);
            compared++;
        }
    }
    assert_int_equal(compared, 4);
}

/* ---- Rows ---------------------------------------------------------------------------------- */

/* Where our word and the contract's differ on purpose. */
static const char *const other_words[][2] = {
    {"basis", "lawful_basis"},
    {"explicit_consent", "explicit"},
    {"emergency_reason", "reason"},
    {"emergency_rationale", "rationale"},
    {"declaration", "declaration_id"},
    {"text", "note"},
    {"text", "checkpoint"},
    {"list", "elements"},
};

static bool is_our_word(const char *member, const struct shape *shape, const char *field) {
    char word[64];
    snprintf(word, sizeof word, "%s", member);
    char *end = strrchr(word, '.');
    if (end != NULL && (strcmp(end, ".bytes") == 0 || strcmp(end, ".text") == 0)) {
        *end = '\0';
        end = strrchr(word, '.');
    }
    const char *last = end != NULL ? end + 1 : word;
    for (size_t i = 0; i < sizeof other_words / sizeof other_words[0]; i++) {
        if (strcmp(last, other_words[i][0]) == 0 && strcmp(field, other_words[i][1]) == 0) {
            return true;
        }
    }
    bool is_own_id =
        strcmp(last, "id") == 0 &&
        (strcmp(field, "request_id") == 0 ||
         (strcmp(shape->message->short_name, "Consent") == 0 && strcmp(field, "consent_id") == 0));
    return is_own_id || strcmp(last, field) == 0;
}

static bool kind_is_type(uint8_t kind, ProtobufCType type) {
    static const struct {
        enum shape_kind kind;
        ProtobufCType type;
    } pairs[] = {
        {SHAPE_TEXT, PROTOBUF_C_TYPE_STRING},     {SHAPE_BYTES, PROTOBUF_C_TYPE_BYTES},
        {SHAPE_FIXED, PROTOBUF_C_TYPE_BYTES},     {SHAPE_U32, PROTOBUF_C_TYPE_UINT32},
        {SHAPE_U64, PROTOBUF_C_TYPE_UINT64},      {SHAPE_I64, PROTOBUF_C_TYPE_INT64},
        {SHAPE_BOOL, PROTOBUF_C_TYPE_BOOL},       {SHAPE_ENUM, PROTOBUF_C_TYPE_ENUM},
        {SHAPE_MESSAGE, PROTOBUF_C_TYPE_MESSAGE}, {SHAPE_RAW, PROTOBUF_C_TYPE_BYTES},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].kind == kind && pairs[i].type == type) {
            return true;
        }
    }
    return false;
}

static size_t kind_size(const struct shape_row *row) {
    switch ((enum shape_kind)row->kind) {
    case SHAPE_FIXED:
        return row->high;
    case SHAPE_U32:
    case SHAPE_ENUM:
        return 4;
    case SHAPE_U64:
    case SHAPE_I64:
        return 8;
    case SHAPE_BOOL:
        return 1;
    case SHAPE_MESSAGE:
        return row->repeated ? sizeof(void *) : row->shape->size;
    default:
        return row->repeated ? sizeof(struct span_list) : sizeof(struct span);
    }
}

static void check_row(const struct shape *shape, const struct shape_row *row,
                      const ProtobufCFieldDescriptor *field) {
    assert_int_equal(row->number, field->id);
    assert_true(kind_is_type(row->kind, field->type));
    assert_int_equal(row->repeated, field->label == PROTOBUF_C_LABEL_REPEATED);
    assert_int_equal(shape->choice_at != SHAPE_NOWHERE,
                     (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0);
    assert_true(row->at + kind_size(row) <= shape->size);
    if (row->name != NULL && !is_our_word(row->name, shape, field->name)) {
        fail_msg("%s.%s lies at %s", shape->message->name, field->name, row->name);
    }
    if (row->kind == SHAPE_TEXT || row->kind == SHAPE_BYTES) {
        assert_true(row->high > 0);
    }
    if (row->repeated) {
        assert_true(row->count_high > 0 && row->count_low <= row->count_high);
    }
    if (row->kind == SHAPE_MESSAGE) {
        assert_ptr_equal(row->shape->message, field->descriptor);
    }
}

/* Shapes of the messages and, behind them, those inside; the same may be there more than once. */
static size_t shapes_list(const struct shape *out_shapes[static MESSAGES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; messages_at(i) != NULL; i++) {
        assert_true(count < MESSAGES_MAX);
        out_shapes[count++] = messages_at(i)->shape;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < out_shapes[i]->row_count; j++) {
            if (out_shapes[i]->rows[j].shape != NULL) {
                assert_true(count < MESSAGES_MAX);
                out_shapes[count++] = out_shapes[i]->rows[j].shape;
            }
        }
    }
    return count;
}

static void every_row_is_the_contract_s(void **state) {
    (void)state;
    const struct shape *shapes[MESSAGES_MAX] = {NULL};
    size_t count = shapes_list(shapes);
    for (size_t i = 0; i < count; i++) {
        const struct shape *shape = shapes[i];
        assert_int_equal(shape->row_count, shape->message->n_fields);
        assert_true(shape->row_count <= SHAPE_FIELDS_MAX);
        for (size_t j = 0; j < shape->row_count; j++) {
            check_row(shape, &shape->rows[j], &shape->message->fields[j]);
        }
    }
}

/* ---- None is left out ---------------------------------------------------------------------- */

/* Of methods that are not served; the service Cohorts is not either. */
static const char *const unserved[] = {
    "SubjectReportRequest",
    "SubjectReportReply",
    "RotateRequest",
    "RotateReply",
};

/* What is empty needs no rows. */
static bool has_shape(const struct named *named) {
    for (size_t i = 0; i < sizeof unserved / sizeof unserved[0]; i++) {
        if (strcmp(named->message->name, unserved[i]) == 0) {
            return false;
        }
    }
    return strcmp(named->file->name, "lockgate/v1/cohorts.proto") != 0 &&
           named->message->n_field > 0;
}

static bool is_among(const char *name, const struct shape *const *shapes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(shapes[i]->message->short_name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* By the last name: those of parts.proto are the contract's too. */
static void every_message_has_its_shape(void **state) {
    const struct contract *contract = *state;
    const struct shape *shapes[MESSAGES_MAX] = {NULL};
    size_t count = shapes_list(shapes);
    for (size_t i = 0; i < contract->count; i++) {
        const struct named *named = &contract->messages[i];
        if (has_shape(named) && !is_among(named->message->name, shapes, count)) {
            fail_msg("%s has no rows, or tests/support/messages.c lacks it", named->name);
        }
    }
}

static void what_is_not_served_has_none(void **state) {
    const struct contract *contract = *state;
    const struct shape *shapes[MESSAGES_MAX] = {NULL};
    size_t count = shapes_list(shapes);
    for (size_t i = 0; i < sizeof unserved / sizeof unserved[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, ".lockgate.v1.%s", unserved[i]);
        assert_non_null(named_find(contract, name));
        assert_false(is_among(unserved[i], shapes, count));
    }
}

static void check_whole(const struct contract *contract, const char *type_name) {
    const struct named *named = named_find(contract, type_name);
    assert_non_null(named);
    if (has_shape(named) && messages_named(named->message->name) == NULL) {
        fail_msg("%s is no message of its own in tests/support/messages.c", type_name);
    }
}

static void every_method_s_messages_are_whole_ones(void **state) {
    const struct contract *contract = *state;
    for (size_t i = 0; i < contract->files->n_file; i++) {
        const file_proto *file = contract->files->file[i];
        for (size_t j = 0; j < file->n_service; j++) {
            for (size_t k = 0; k < file->service[j]->n_method; k++) {
                check_whole(contract, file->service[j]->method[k]->input_type);
                check_whole(contract, file->service[j]->method[k]->output_type);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_whole_contract_is_here, contract_open, contract_close),
        cmocka_unit_test_setup_teardown(no_message_refers_to_itself, contract_open, contract_close),
        cmocka_unit_test_setup_teardown(nothing_is_mapped_packed_or_nested, contract_open,
                                        contract_close),
        cmocka_unit_test_setup_teardown(parts_are_the_contract_but_for_the_result, contract_open,
                                        contract_close),
        cmocka_unit_test(every_row_is_the_contract_s),
        cmocka_unit_test_setup_teardown(every_message_has_its_shape, contract_open, contract_close),
        cmocka_unit_test_setup_teardown(what_is_not_served_has_none, contract_open, contract_close),
        cmocka_unit_test_setup_teardown(every_method_s_messages_are_whole_ones, contract_open,
                                        contract_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
