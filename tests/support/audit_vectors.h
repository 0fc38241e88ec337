/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the transparency-log vectors. */
#ifndef TESTS_SUPPORT_AUDIT_VECTORS_H
#define TESTS_SUPPORT_AUDIT_VECTORS_H

#include <jansson.h>

#include "gateway/audit/audit.h"

enum { VECTORS_BYTES_MAX = 65536 };

/* The objects of a file of JSON lines as an array, or NULL where the file is absent. A line that is
 * no JSON fails the test. The caller drops it with json_decref. */
json_t *vectors_lines(const char *data_dir, const char *name);
/* The one object of a JSON file, or NULL. */
json_t *vectors_object(const char *data_dir, const char *name);

/* A text member; fails the test where there is none. */
const char *vectors_text(const json_t *object, const char *member);
uint64_t vectors_number(const json_t *object, const char *member);

/* Decoded into memory that the caller frees. */
struct span vectors_base64(const char *text);
struct span vectors_hex(const char *text);
/* 32 bytes from base64; false for another length. */
bool vectors_hash(const char *text, struct audit_hash *out_hash);
/* An array of base64 hashes, at most 64; null is empty. False where one has another length. */
bool vectors_hashes(const json_t *array, struct audit_hash *out_hashes, size_t *out_count);

#endif
