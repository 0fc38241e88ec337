/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/register/register.h"

#include <stdlib.h>

#include "gateway/base/assert.h"
#include "policy/register/register_int.h"

struct lg_err policy_register_compile(struct span text, struct diag *diag,
                                      struct policy_register **out_register) {
    struct diag unused;
    OWN(policy_register_free) struct policy_register *made = calloc(1, sizeof *made);
    if (made == NULL || lg_failed(arena_new(LIMIT_REGISTER_MEMORY, &made->arena))) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
    }
    TRY(policy_register_read(text, made->arena, diag == NULL ? &unused : diag, made));
    *out_register = TAKE(made);
    return LG_OK;
}

void policy_register_free(struct policy_register **it) {
    if (*it == NULL) {
        return;
    }
    arena_free(&(*it)->arena);
    free(*it);
    *it = NULL;
}

struct span policy_register_edition(const struct policy_register *it) {
    return it->edition;
}

struct span policy_register_title(const struct policy_register *it) {
    return it->title;
}

int32_t policy_register_day(const struct policy_register *it) {
    return it->day;
}

struct span policy_register_text(const struct policy_register *it) {
    return it->text;
}

size_t policy_register_body_count(const struct policy_register *it) {
    return it->body_names.count;
}

size_t policy_register_function_count(const struct policy_register *it) {
    return it->function_names.count;
}

size_t policy_register_count(const struct policy_register *it) {
    return it->entry_names.count;
}

struct policy_register_entry policy_register_at(const struct policy_register *it, size_t index) {
    ASSERT(index < it->entry_names.count);
    return it->entries[index].shown;
}

bool policy_register_find(const struct policy_register *it, struct span id,
                          struct policy_register_entry *out_entry) {
    uint32_t index = policy_names_find(&it->entry_names, id);
    if (index == POLICY_NONE) {
        return false;
    }
    *out_entry = it->entries[index].shown;
    return true;
}
