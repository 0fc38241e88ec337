/* SPDX-License-Identifier: Apache-2.0 */
/* What reflection tells: every file of the contract is there, every name that protoc's own reading
 * of it knows is found in its file and nothing else is; and the messages that carry it. */
#include <google/protobuf/descriptor.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/wire/reflection.h"
#include "gateway/wire/schema.h"
#include "tests/support/support.h"

#include <cmocka.h>

typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__EnumDescriptorProto enum_proto;
typedef Google__Protobuf__FileDescriptorSet file_set;

enum { NAME_SIZE = 256, OPEN_MAX = 64, ARENA = 65536 };

static file_proto *unpacked(struct span bytes) {
    file_proto *file = google__protobuf__file_descriptor_proto__unpack(NULL, bytes.len, bytes.ptr);
    assert_non_null(file);
    return file;
}

static bool is_same(struct span a, struct span b) {
    return a.ptr == b.ptr && a.len == b.len;
}

/* ---- files ---- */

static void every_file_is_found_by_its_name(void **state) {
    (void)state;
    size_t count = wire_schema_file_count();
    assert_in_range(count, 14, LIMIT_WIRE_SCHEMA_FILES); /* the contract, health, reflection */
    for (size_t i = 0; i < count; i++) {
        struct span bytes = wire_schema_file(i);
        file_proto *file = unpacked(bytes);
        assert_true(is_same(wire_schema_file_find(span_text(file->name)), bytes));
        assert_null(file->source_code_info);
        google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
    }
    const char *const unknown[] = {"",
                                   "lockgate",
                                   "common.proto",
                                   "lockgate/v1/common.prot",
                                   "lockgate/v1/common.proto.",
                                   "../proto/lockgate/v1/common.proto",
                                   "google/protobuf/descriptor.proto"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_null(wire_schema_file_find(span_text(unknown[i])).ptr);
    }
}

/* The set that the other tests of the contract read says the same of the same files. */
static void the_files_are_those_of_the_contract(void **state) {
    (void)state;
    size_t len = 0;
    size_t compared = 0;
    char *bytes = support_file_read(LOCKGATE_BUILD, "gateway/wire/contract.bin", &len);
    assert_non_null(bytes);
    file_set *files =
        google__protobuf__file_descriptor_set__unpack(NULL, len, (const uint8_t *)bytes);
    assert_non_null(files);
    for (size_t i = 0; i < files->n_file; i++) {
        struct span ours = wire_schema_file_find(span_text(files->file[i]->name));
        size_t size = google__protobuf__file_descriptor_proto__get_packed_size(files->file[i]);
        if (strcmp(files->file[i]->package, "lockgate.v1") != 0) {
            assert_null(ours.ptr);
            continue;
        }
        uint8_t *theirs = malloc(size);
        assert_non_null(theirs);
        google__protobuf__file_descriptor_proto__pack(files->file[i], theirs);
        assert_true(span_equal(ours, span_of(theirs, size)));
        free(theirs);
        compared++;
    }
    assert_true(compared >= 11);
    google__protobuf__file_descriptor_set__free_unpacked(files, NULL);
    free(bytes);
}

static bool holds(const struct wire_schema_files *files, size_t until, const char *name) {
    for (size_t i = 0; i < until; i++) {
        if (is_same(files->files[i], wire_schema_file_find(span_text(name)))) {
            return true;
        }
    }
    return false;
}

static void imports_come_along_once_each(void **state) {
    (void)state;
    struct wire_schema_files all = {0};
    for (size_t i = 0; i < wire_schema_file_count(); i++) {
        struct wire_schema_files files = {0};
        all.files[all.count++] = wire_schema_file(i);
        wire_schema_closure(wire_schema_file(i), &files);
        assert_true(is_same(files.files[0], wire_schema_file(i)));
        for (size_t j = 0; j < files.count; j++) {
            file_proto *file = unpacked(files.files[j]);
            assert_false(holds(&files, j, file->name));
            for (size_t k = 0; k < file->n_dependency; k++) {
                assert_true(holds(&files, files.count, file->dependency[k]));
                assert_true(j > 0 || holds(&all, all.count - 1, file->dependency[k]));
            }
            google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
        }
    }
    struct wire_schema_files files = {0};
    wire_schema_closure(wire_schema_file_find(span_text("lockgate/v1/common.proto")), &files);
    assert_int_equal(files.count, 1);
    wire_schema_closure(wire_schema_file_find(span_text("lockgate/v1/disclosures.proto")), &files);
    assert_int_equal(files.count, 2);
    assert_true(holds(&files, 2, "lockgate/v1/common.proto"));
}

/* ---- symbols ---- */

/* A file whose every name is looked up; messages that still wait. */
struct walk {
    struct span bytes;
    size_t found;
    struct {
        const message_proto *message;
        char name[NAME_SIZE];
    } open[OPEN_MAX];
    size_t open_count;
};

static void expect(struct walk *walk, const char *scope, const char *name) {
    char full[NAME_SIZE * 2];
    snprintf(full, sizeof full, "%s.%s", scope, name);
    assert_true(is_same(wire_schema_symbol_find(span_text(full)), walk->bytes));
    walk->found++;
    /* One letter less or more, and it is unknown or belongs to something else by its own name. */
    char longer[NAME_SIZE * 3];
    snprintf(longer, sizeof longer, "%s.", full);
    assert_null(wire_schema_symbol_find(span_text(longer)).ptr);
    snprintf(longer, sizeof longer, ".%s", full);
    assert_null(wire_schema_symbol_find(span_text(longer)).ptr);
    snprintf(longer, sizeof longer, "%s_", full);
    assert_null(wire_schema_symbol_find(span_text(longer)).ptr);
    snprintf(longer, sizeof longer, "%s.nothing", full);
    assert_null(wire_schema_symbol_find(span_text(longer)).ptr);
}

static void expect_enum(struct walk *walk, const char *scope, const enum_proto *enumeration) {
    expect(walk, scope, enumeration->name);
    for (size_t i = 0; i < enumeration->n_value; i++) {
        expect(walk, scope, enumeration->value[i]->name);
    }
}

static void expect_message(struct walk *walk, const char *scope, const message_proto *message) {
    expect(walk, scope, message->name);
    assert_true(walk->open_count < OPEN_MAX);
    snprintf(walk->open[walk->open_count].name, NAME_SIZE, "%s.%s", scope, message->name);
    walk->open[walk->open_count++].message = message;
}

static void expect_inside(struct walk *walk, const message_proto *message, const char *scope) {
    for (size_t i = 0; i < message->n_field; i++) {
        expect(walk, scope, message->field[i]->name);
    }
    for (size_t i = 0; i < message->n_oneof_decl; i++) {
        expect(walk, scope, message->oneof_decl[i]->name);
    }
    for (size_t i = 0; i < message->n_enum_type; i++) {
        expect_enum(walk, scope, message->enum_type[i]);
    }
    for (size_t i = 0; i < message->n_nested_type; i++) {
        expect_message(walk, scope, message->nested_type[i]);
    }
}

static void expect_file(struct walk *walk, const file_proto *file) {
    for (size_t i = 0; i < file->n_message_type; i++) {
        expect_message(walk, file->package, file->message_type[i]);
    }
    for (size_t i = 0; i < file->n_enum_type; i++) {
        expect_enum(walk, file->package, file->enum_type[i]);
    }
    for (size_t i = 0; i < file->n_service; i++) {
        char scope[NAME_SIZE];
        expect(walk, file->package, file->service[i]->name);
        snprintf(scope, sizeof scope, "%s.%s", file->package, file->service[i]->name);
        for (size_t j = 0; j < file->service[i]->n_method; j++) {
            expect(walk, scope, file->service[i]->method[j]->name);
        }
    }
    while (walk->open_count > 0) {
        char scope[NAME_SIZE];
        walk->open_count--;
        memcpy(scope, walk->open[walk->open_count].name, NAME_SIZE);
        expect_inside(walk, walk->open[walk->open_count].message, scope);
    }
}

static void every_symbol_is_found_in_its_file(void **state) {
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < wire_schema_file_count(); i++) {
        struct walk walk = {.bytes = wire_schema_file(i)};
        file_proto *file = unpacked(walk.bytes);
        expect_file(&walk, file);
        assert_true(walk.found > 0);
        found += walk.found;
        google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
    }
    print_message("%zu symbols\n", found);
    assert_true(found > 600);
}

static void known_and_unknown_names(void **state) {
    (void)state;
    static const char *const known[][2] = {
        {"lockgate.v1.Disclosures.Watch", "lockgate/v1/disclosures.proto"},
        {"lockgate.v1.TIER_DETAIL", "lockgate/v1/disclosures.proto"},
        {"lockgate.v1.WatchReply.event", "lockgate/v1/disclosures.proto"},
        {"grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"},
        {"grpc.reflection.v1.ServerReflection", "grpc/reflection/v1/reflection.proto"},
        {"grpc.reflection.v1alpha.ServerReflection", "grpc/reflection/v1alpha/reflection.proto"},
    };
    static const char *const unknown[] = {"",
                                          ".",
                                          "..",
                                          "lockgate",
                                          "lockgate.v1",
                                          "lockgate.v1.",
                                          "lockgate.v1.Ask",
                                          "lockgate.v1.disclosures",
                                          "lockgate.v1.Tier.TIER_DETAIL",
                                          "lockgate.v2.Disclosures",
                                          "lockgate.v1Disclosures",
                                          "Disclosures",
                                          "lockgate.v1.Disclosures.Ask.request_id",
                                          "lockgate.v1.AskRequest..ground",
                                          "lockgate.v1.AskRequest.ground.actor",
                                          "lockgate.parts.AskReply",
                                          "google.protobuf.FileDescriptorProto"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct span file = wire_schema_file_find(span_text(known[i][1]));
        assert_non_null(file.ptr);
        assert_true(is_same(wire_schema_symbol_find(span_text(known[i][0])), file));
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_null(wire_schema_symbol_find(span_text(unknown[i])).ptr);
    }
    char nul[] = "lockgate.v1.Tier\0";
    assert_null(wire_schema_symbol_find(span_of(nul, sizeof nul - 1)).ptr);
}

/* ---- the messages ---- */

static struct wire_reflection_request decoded(const char *bytes, size_t len) {
    struct wire_reflection_request request = {0};
    struct wire_report report;
    assert_false(lg_failed(wire_reflection_decode(span_of(bytes, len), &report, &request)));
    assert_int_equal(report.sentence[0], '\0');
    return request;
}

#define DECODED(text) decoded(text, sizeof(text) - 1)

static void requests_are_read(void **state) {
    (void)state;
    struct wire_reflection_request request = DECODED("");
    assert_int_equal(request.ask, WIRE_REFLECTION_NOTHING);
    request = DECODED("\x0a\x01h\x1a\x02"
                      "ab");
    assert_int_equal(request.ask, WIRE_REFLECTION_FILE);
    assert_true(span_equal_text(request.host, "h") && span_equal_text(request.name, "ab"));
    request = DECODED("\x22\x01s");
    assert_int_equal(request.ask, WIRE_REFLECTION_SYMBOL);
    assert_true(span_equal_text(request.name, "s"));
    request = DECODED("\x2a\x05\x0a\x01t\x10\x07");
    assert_int_equal(request.ask, WIRE_REFLECTION_EXTENSION);
    assert_true(span_equal_text(request.name, "t"));
    request = DECODED("\x2a\x00");
    assert_int_equal(request.ask, WIRE_REFLECTION_EXTENSION);
    assert_int_equal(request.name.len, 0);
    request = DECODED("\x32\x01t");
    assert_int_equal(request.ask, WIRE_REFLECTION_EXTENSIONS);
    /* The last member counts; fields of tomorrow are stepped over. */
    request = DECODED("\x1a\x01"
                      "f\x50\x05\x3a\x00\x5a\x01z");
    assert_int_equal(request.ask, WIRE_REFLECTION_SERVICES);
    assert_int_equal(request.name.len, 0);
}

static void junk_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } junk[] = {
        {"\x1a", 1}, /* no length */
        {"\x1a\x05"
         "ab",
         4},             /* too short */
        {"\x18\x01", 2}, /* a number for a text */
        {"\x0d"
         "abcd",
         5},                                                      /* four bytes for a text */
        {"\x28\x01", 2},                                          /* a number for a message */
        {"\x1a\x02\xc3\x28", 4},                                  /* no UTF-8 */
        {"\x1a\x01\x00", 3},                                      /* NUL */
        {"\x0a\x01\xff", 3},                                      /* the same in the host */
        {"\x02\x01h", 3},                                         /* field 0 */
        {"\x1b", 1},                                              /* a group */
        {"\x2a\x02\x10", 3},                                      /* too short inside */
        {"\x2a\x03\x12\x01t", 5},                                 /* a text for a number */
        {"\x2a\x02\x08\x01", 4},                                  /* a number for a text */
        {"\x2a\x03\x0a\x01\xff", 5},                              /* no UTF-8 inside */
        {"\xff\xff\xff\xff\xff\xff", 6},                          /* a key without end */
        {"\x50\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12}, /* a number past 64 bits */
    };
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
        struct wire_reflection_request request = {0};
        struct wire_report report;
        struct lg_err err =
            wire_reflection_decode(span_of(junk[i].bytes, junk[i].len), &report, &request);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_int_equal(lg_err_module(err), LG_WIRE);
        assert_non_null(strstr(report.sentence, "ServerReflectionRequest"));
        assert_int_equal(request.ask, WIRE_REFLECTION_NOTHING);
    }
}

static void expect_reply(const struct wire_reflection_reply *reply, const char *bytes, size_t len) {
    struct arena *arena = NULL;
    struct span wrote = {0};
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(wire_reflection_encode(arena, reply, &wrote)));
    assert_true(span_equal(wrote, span_of(bytes, len)));
    arena_free(&arena);
}

#define EXPECT_REPLY(reply, text) expect_reply(reply, text, sizeof(text) - 1)

static void replies_are_written(void **state) {
    (void)state;
    const struct span items[] = {span_text("ab"), span_text("")};
    struct wire_reflection_reply reply = {
        .host = span_text("h"),
        .request = span_text("\x3a\x01*"),
        .tell = WIRE_REFLECTION_FILES,
        .items = items,
        .item_count = 2,
    };
    EXPECT_REPLY(&reply, "\x0a\x01h\x12\x03\x3a\x01*\x22\x06\x0a\x02"
                         "ab\x0a\x00");
    reply.tell = WIRE_REFLECTION_SERVICE_NAMES;
    reply.item_count = 1;
    EXPECT_REPLY(&reply, "\x0a\x01h\x12\x03\x3a\x01*\x32\x06\x0a\x04\x0a\x02"
                         "ab");
    reply.item_count = 0;
    reply.host = (struct span){0};
    EXPECT_REPLY(&reply, "\x12\x03\x3a\x01*\x32\x00");
    reply.tell = WIRE_REFLECTION_ERROR;
    reply.error_code = 300;
    reply.error_message = span_text("no");
    reply.request = (struct span){0};
    EXPECT_REPLY(&reply, "\x12\x00\x3a\x07\x08\xac\x02\x12\x02no");
}

static void without_memory_there_is_no_reply(void **state) {
    (void)state;
    const struct span items[] = {wire_schema_file(0)};
    const struct wire_reflection_reply reply = {
        .tell = WIRE_REFLECTION_FILES, .items = items, .item_count = 1};
    struct span wrote = {0};
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(items[0].len, &arena)));
    struct lg_err err = wire_reflection_encode(arena, &reply, &wrote);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_null(wrote.ptr);
    arena_free(&arena);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    support_alloc_fail_at(1);
    err = wire_reflection_encode(arena, &reply, &wrote);
    support_alloc_fail_at(0);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_null(wrote.ptr);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_found_by_its_name),
        cmocka_unit_test(the_files_are_those_of_the_contract),
        cmocka_unit_test(imports_come_along_once_each),
        cmocka_unit_test(every_symbol_is_found_in_its_file),
        cmocka_unit_test(known_and_unknown_names),
        cmocka_unit_test(requests_are_read),
        cmocka_unit_test(junk_is_refused),
        cmocka_unit_test(replies_are_written),
        cmocka_unit_test(without_memory_there_is_no_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
