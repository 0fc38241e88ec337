/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a statute register. Either the reading stops with a sentence and nothing is left, or
 * what was read says of every entry what the form promises: a duty or power knows its beginning, a
 * checked entry its day, and an agreement that cites the first entry compiles or stops with a
 * sentence. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/assert.h"
#include "policy/register/register.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct policy_register *it, size_t index) {
    struct policy_register_entry entry = policy_register_at(it, index);
    struct policy_register_entry found;
    bool is_gateway = entry.kind == POLICY_REGISTER_DUTY || entry.kind == POLICY_REGISTER_POWER;
    ASSERT(entry.id.len > 0 && entry.title.len > 0 && entry.source.len > 0);
    ASSERT(is_gateway || !entry.is_commenced);
    ASSERT(entry.checked_by.len == 0 || entry.checked_day <= policy_register_day(it));
    ASSERT(policy_register_find(it, entry.id, &found) && found.line == entry.line);
    ASSERT(policy_register_kind_name(entry.kind) != NULL);
}

/* A small agreement under this edition, with the first entry as its gateway. */
static struct span agreement_text(const struct policy_register *it, struct arena *arena) {
    struct span edition = policy_register_edition(it);
    struct span entry = policy_register_at(it, 0).id;
    return arena_format(
        arena,
        "isa 1\nagreement small\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
        "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: a\n"
        "  signatures needed: all parties\n  assessment: A\n  contact: c\n  law: %.*s\n"
        "party a\n  name: N\n  legal entity: L\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\n"
        "party b\n  name: N\n  legal entity: L\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\nrole a/w\n"
        "purpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n  article 6: e\n"
        "  covers: p\n  gateway: %.*s\ncategory c\n  title: C\n  class: ordinary\n"
        "  held by: any\n  fields: f\nclause 1 share\n  from: any\n  to: any\n  purpose: p\n"
        "  basis: d\n  consent: not needed\n  pass: c.f\n",
        (int)edition.len, (const char *)edition.ptr, (int)entry.len, (const char *)entry.ptr);
}

static void compile_under(const struct policy_register *it) {
    OWN(arena_free) struct arena *arena = NULL;
    OWN(policy_free) struct policy *policy = NULL;
    struct diag diag = {0};
    if (lg_failed(arena_new(1 << 16, &arena))) {
        return;
    }
    struct lg_err err =
        policy_compile_law(agreement_text(it, arena), span_of(NULL, 0), it, &diag, &policy);
    ASSERT(lg_failed(err) == (policy == NULL));
    ASSERT(lg_err_class(err) != LG_CLASS_CONFIG || diag.text[0] != 0);
    if (policy != NULL) {
        ASSERT(span_equal(policy_register_text(policy_law(policy)), policy_register_text(it)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN(policy_register_free) struct policy_register *it = NULL;
    struct diag diag = {0};
    struct lg_err err = policy_register_compile(span_of(data, size), &diag, &it);
    ASSERT(lg_failed(err) == (it == NULL));
    ASSERT(lg_err_class(err) != LG_CLASS_CONFIG || diag.text[0] != 0);
    if (it == NULL) {
        return 0;
    }
    ASSERT(span_equal(policy_register_text(it), span_of(data, size)));
    for (size_t i = 0; i < policy_register_count(it); i++) {
        check_entry(it, i);
    }
    if (policy_register_count(it) > 0) {
        compile_under(it);
    }
    return 0;
}
