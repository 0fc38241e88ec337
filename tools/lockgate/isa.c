/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/isa.h"

#include <stdio.h>

#include "gateway/base/limits.h"
#include "policy/compare/prove.h"

static bool register_read(const char *name, struct policy_register **out_statutes) {
    struct agreement_file file = {0};
    struct diag diag = {0};
    if (!agreement_input_read(name, LIMIT_POLICY_TEXT_SIZE, &file)) {
        return false;
    }
    struct lg_err err = policy_register_compile(file.bytes, &diag, out_statutes);
    agreement_input_done(&file);
    if (lg_failed(err)) {
        if (diag.text[0] == 0) {
            diag_set(&diag, 0, "memory is used up");
        }
        agreement_complain("The register of statutes cannot be read.", name, &diag,
                           "Correct the line and try again.");
    }
    return !lg_failed(err);
}

static bool floor_read(const char *name, struct agreement_file *out_floor) {
    if (!agreement_input_read(name, LIMIT_POLICY_TEXT_SIZE, out_floor)) {
        return false;
    }
    if (out_floor->bytes.len == 0) {
        (void)fprintf(stderr, "The floor is empty.\n%s\nName the floor of the partnership.\n",
                      name);
        return false;
    }
    return true;
}

bool isa_ground_read(const char *floor, const char *statutes, struct isa_ground *out_ground) {
    *out_ground = (struct isa_ground){.statutes = NULL};
    return (floor == NULL || floor_read(floor, &out_ground->floor)) &&
           (statutes == NULL || register_read(statutes, &out_ground->statutes));
}

void isa_ground_done(struct isa_ground *ground) {
    agreement_input_done(&ground->floor);
    policy_register_free(&ground->statutes);
}

/* Says why a text was not compiled. True where it was. */
static bool is_compiled(const char *name, struct lg_err err, struct diag *diag) {
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        agreement_complain("The agreement cannot be evaluated.", name, diag,
                           "Correct the line and check again; nothing is shared under it as it "
                           "is.");
    } else if (lg_failed(err)) {
        diag_set(diag, 0, "it needs more memory than there is or is allowed");
        agreement_complain("The agreement was not read.", name, diag, "Split the agreement.");
    }
    return !lg_failed(err);
}

bool isa_compile(const char *name, const struct isa_ground *ground, struct policy **out_policy) {
    struct agreement_file file = {0};
    struct diag diag = {0};
    if (!agreement_input_read(name, LIMIT_POLICY_TEXT_SIZE, &file)) {
        return false;
    }
    struct lg_err err =
        policy_compile_law(file.bytes, ground->floor.bytes, ground->statutes, &diag, out_policy);
    agreement_input_done(&file);
    return is_compiled(name, err, &diag);
}

bool isa_compile_unproven(const char *name, struct span text, const struct isa_ground *ground,
                          struct policy **out_policy) {
    struct diag diag = {0};
    const struct policy_unproven input = {text, ground->floor.bytes, ground->statutes};
    struct lg_err err = policy_compile_unproven_law(&input, &diag, out_policy);
    return is_compiled(name, err, &diag);
}
