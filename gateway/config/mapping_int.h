/* SPDX-License-Identifier: Apache-2.0 */
/* Between the schema of the mapping file and its checks. */
#ifndef GATEWAY_CONFIG_MAPPING_INT_H
#define GATEWAY_CONFIG_MAPPING_INT_H

#include "gateway/config/config_int.h"
#include "gateway/config/mapping.h"

/* A struct mapping behind a pointer. */
extern const cyaml_schema_value_t MAPPING_SCHEMA;

#endif
