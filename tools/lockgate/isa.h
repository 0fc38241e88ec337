/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling agreements for the commands that check, compare, prove and replay, under what the
 * command line names beside them. */
#ifndef TOOLS_LOCKGATE_ISA_H
#define TOOLS_LOCKGATE_ISA_H

#include "policy/policy.h"
#include "policy/register/register.h"
#include "tools/lockgate/agreement_file.h"

/* The floor and the register of statutes; empty and NULL where none is named. */
struct isa_ground {
    struct agreement_file floor;
    struct policy_register *statutes;
};

/* Reads both; a name may be NULL. False with what is wrong on standard error, and nothing to free
 * but by isa_ground_done. */
bool isa_ground_read(const char *floor, const char *statutes, struct isa_ground *out_ground);
void isa_ground_done(struct isa_ground *ground);

/* Reads and compiles an agreement. False with what is wrong on standard error. The caller frees
 * *out_policy. */
bool isa_compile(const char *name, const struct isa_ground *ground, struct policy **out_policy);

/* Compiles a text of the file `name` without checking its promises. */
bool isa_compile_unproven(const char *name, struct span text, const struct isa_ground *ground,
                          struct policy **out_policy);

#endif
