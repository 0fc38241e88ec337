/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/register.h"

#include <stdio.h>

#include "gateway/base/limits.h"
#include "policy/register/register.h"
#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/exit.h"

enum { DAY_TEXT = 11 };

static void print_entry(const struct policy_register_entry *entry) {
    char since[DAY_TEXT] = "-";
    char checked[DAY_TEXT] = "";
    bool is_gateway = entry->kind == POLICY_REGISTER_DUTY || entry->kind == POLICY_REGISTER_POWER;
    bool is_checked = entry->checked_by.len > 0;
    if (entry->is_commenced) {
        policy_day_text(entry->in_force_day, since);
    } else if (is_gateway) {
        (void)snprintf(since, sizeof since, "not yet");
    }
    if (is_checked) {
        policy_day_text(entry->checked_day, checked);
    }
    printf("%-24.*s %-10s %-10s %-11s %.*s\n", (int)entry->id.len, (const char *)entry->id.ptr,
           policy_register_kind_name(entry->kind), since, is_checked ? checked : "not checked",
           (int)entry->title.len, (const char *)entry->title.ptr);
}

static void print_register(const struct policy_register *it) {
    char day[DAY_TEXT];
    size_t unchecked = 0;
    struct span edition = policy_register_edition(it);
    printf("%-24s %-10s %-10s %-11s %s\n", "entry", "kind", "in force", "checked", "title");
    for (size_t i = 0; i < policy_register_count(it); i++) {
        struct policy_register_entry entry = policy_register_at(it, i);
        unchecked += entry.checked_by.len == 0;
        print_entry(&entry);
    }
    policy_day_text(policy_register_day(it), day);
    printf("%.*s of %s: %zu bodies, %zu functions, %zu entries, %zu of them not checked\n",
           (int)edition.len, (const char *)edition.ptr, day, policy_register_body_count(it),
           policy_register_function_count(it), policy_register_count(it), unchecked);
    if (unchecked > 0) {
        fprintf(stderr, "What is shared under an entry that nobody has checked carries a warning.\n"
                        "Have a lawyer read it, and name who did in `checked by`.\n");
    }
}

int tool_register_check(int argc, char **argv) {
    OWN(policy_register_free) struct policy_register *it = NULL;
    struct agreement_file file = {0};
    struct diag diag = {0};
    if (argc != 1 || argv[0][0] == '-') {
        fprintf(stderr, "One register is named.\n");
        return EXIT_TOOL_USAGE;
    }
    if (!agreement_input_read(argv[0], LIMIT_POLICY_TEXT_SIZE, &file)) {
        return EXIT_TOOL_FAILED;
    }
    struct lg_err err = policy_register_compile(file.bytes, &diag, &it);
    agreement_input_done(&file);
    if (lg_failed(err)) {
        if (lg_err_class(err) != LG_CLASS_CONFIG) {
            diag_set(&diag, 0, "it needs more memory than there is or is allowed");
        }
        agreement_complain("The register cannot be read.", argv[0], &diag,
                           "Correct the line and check again; no agreement is judged by it.");
        return EXIT_TOOL_FAILED;
    }
    print_register(it);
    return EXIT_TOOL_DONE;
}
