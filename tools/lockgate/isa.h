/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files and compiling agreements for the commands that compare, prove and replay. */
#ifndef TOOLS_LOCKGATE_ISA_H
#define TOOLS_LOCKGATE_ISA_H

#include <stdint.h>

#include "gateway/base/diag.h"
#include "policy/policy.h"

/* A whole file in memory. bytes is freed with isa_file_done. */
struct isa_file {
    uint8_t *bytes;
    size_t len;
};

/* Reads a file of at most size_max bytes. False with what is wrong on standard error. */
bool isa_file_read(const char *name, size_t size_max, struct isa_file *out_file);
void isa_file_done(struct isa_file *file);

/* Reads and compiles an agreement; floor is the floor's text, empty where there is none. False with
 * what is wrong on standard error. The caller frees *out_policy. */
bool isa_compile(const char *name, struct span floor, struct policy **out_policy);

/* Compiles a text of the file `name` without checking its promises. */
bool isa_compile_unproven(const char *name, struct span text, struct span floor,
                          struct policy **out_policy);

/* What, where and what to do, on standard error. */
void isa_complain(const char *what, const char *name, const struct diag *diag, const char *to_do);

#endif
