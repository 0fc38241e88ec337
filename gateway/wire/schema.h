/* SPDX-License-Identifier: Apache-2.0 */
/* The contract as protoc describes it: every file of proto/ as a serialised
 * google.protobuf.FileDescriptorProto, built into the program, without comments and positions. What
 * reflection tells. All bytes are static; nothing here allocates, and nothing can fail: that the
 * build made them well is asserted. A look-up walks the whole contract, some 30 KB. */
#ifndef GATEWAY_WIRE_SCHEMA_H
#define GATEWAY_WIRE_SCHEMA_H

#include <stddef.h>

#include "gateway/base/limits.h"
#include "gateway/base/span.h"

/* Each file once; count <= LIMIT_WIRE_SCHEMA_FILES. */
struct wire_schema_files {
    struct span files[LIMIT_WIRE_SCHEMA_FILES];
    size_t count;
};

/* 1 to LIMIT_WIRE_SCHEMA_FILES. */
size_t wire_schema_file_count(void);
/* A file stands behind those that it imports. index < wire_schema_file_count(). */
struct span wire_schema_file(size_t index);
/* The file of this name, such as "lockgate/v1/common.proto"; ptr NULL where there is none. */
struct span wire_schema_file_find(struct span name);
/* The file that declares this full name without a dot before it: a message, enum, service, method,
 * field, oneof, extension, or a value of an enum, which belongs to the scope that its enum is in
 * ("lockgate.v1.TIER_DETAIL"). Names of packages are none. ptr NULL where there is none. */
struct span wire_schema_symbol_find(struct span symbol);
/* The file, then whatever it imports, directly or through others. `file` is one of the above. */
void wire_schema_closure(struct span file, struct wire_schema_files *out_files);

#endif
