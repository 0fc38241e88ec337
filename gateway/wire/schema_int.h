/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of wire: what the build makes of proto/ (CMakeLists.txt), a serialised
 * google.protobuf.FileDescriptorSet. */
#ifndef GATEWAY_WIRE_SCHEMA_INT_H
#define GATEWAY_WIRE_SCHEMA_INT_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t wire_schema_bytes[];
extern const size_t wire_schema_size;

#endif
