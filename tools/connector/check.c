/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/connector/check.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tools/connector/answer.h"

enum { LINES_SHOWN = 10 };

struct tally {
    uint64_t filled;
    uint64_t missing;
    uint64_t rejected;
    uint64_t lines[LINES_SHOWN];
};

static void tally_add(struct tally *tally, enum connector_state state, uint64_t line) {
    switch (state) {
    case CONNECTOR_PRESENT:
        tally->filled++;
        break;
    case CONNECTOR_MISSING:
        tally->missing++;
        break;
    case CONNECTOR_REJECTED:
        if (tally->rejected < LINES_SHOWN) {
            tally->lines[tally->rejected] = line;
        }
        tally->rejected++;
        break;
    }
}

static void tally_print(FILE *out, const char *name, const struct tally *tally) {
    (void)fprintf(out, "%-36s %9" PRIu64 " %9" PRIu64 " %9" PRIu64, name, tally->filled,
                  tally->missing, tally->rejected);
    for (size_t i = 0; i < LINES_SHOWN && i < tally->rejected; i++) {
        (void)fprintf(out, "%s%" PRIu64, i == 0 ? "  line " : ", ", tally->lines[i]);
    }
    (void)fprintf(out, "%s\n", tally->rejected > LINES_SHOWN ? ", ..." : "");
}

/* ---- people -------------------------------------------------------------------------------- */

struct people_check {
    const struct mapping *mapping;
    struct tally key;
    const struct connector_opt_out *opt_out;
    struct tally fields[CONNECTOR_IDENTITY_FIELDS];
    uint64_t hidden;
    uint64_t withheld;
    uint64_t opt_outs[OPT_OUT_END];
};

static const char *const FIELD_NAMES[CONNECTOR_IDENTITY_FIELDS] = {
    "identity family-name", "identity given-name", "identity born", "identity postcode",
    "identity identifier"};

static struct lg_err on_person(void *ctx, const struct connector_row *row, uint64_t line) {
    struct people_check *check = ctx;
    OWN(arena_free) struct arena *arena = NULL;
    struct connector_person person;
    TRY(arena_new(LIMIT_CONNECTOR_ARENA, &arena));
    TRY(connector_person_read(check->mapping, row, line, arena, &person));
    const struct span texts[CONNECTOR_IDENTITY_FIELDS] = {
        person.identity.family_name, person.identity.given_name, person.identity.born,
        person.identity.postcode, person.identity.identifier};
    for (unsigned i = 0; i < CONNECTOR_IDENTITY_FIELDS; i++) {
        bool rejected = (person.rejected >> i & 1U) != 0;
        tally_add(&check->fields[i],
                  rejected           ? CONNECTOR_REJECTED
                  : texts[i].len > 0 ? CONNECTOR_PRESENT
                                     : CONNECTOR_MISSING,
                  line);
    }
    tally_add(&check->key, person.key.len > 0 ? CONNECTOR_PRESENT : CONNECTOR_REJECTED, line);
    check->hidden += person.hidden ? 1 : 0;
    check->withheld += person.withhold != NULL ? 1 : 0;
    check->opt_outs[connector_opt_out_of(check->opt_out, &person.identity)]++;
    return LG_OK;
}

static void opt_out_print(const struct people_check *check, FILE *out) {
    if (check->opt_out == NULL) {
        return;
    }
    struct span day = connector_opt_out_day(check->opt_out, OPT_OUT_APPLIES);
    (void)fprintf(out,
                  "National Data Opt-Out of %.*s, %zu numbers: applies to %" PRIu64
                  ", does not apply to %" PRIu64 ", not known of %" PRIu64 "\n",
                  (int)day.len, (const char *)day.ptr, connector_opt_out_count(check->opt_out),
                  check->opt_outs[OPT_OUT_APPLIES], check->opt_outs[OPT_OUT_DOES_NOT_APPLY],
                  check->opt_outs[OPT_OUT_NOT_STATED]);
}

static struct lg_err people_check(struct connector_rows *rows,
                                  const struct connector_opt_out *opt_out, FILE *out,
                                  uint64_t *rejected) {
    struct people_check check = {.mapping = connector_rows_mapping(rows), .opt_out = opt_out};
    TRY(connector_rows_people(rows, on_person, &check));
    tally_print(out, "person key", &check.key);
    *rejected += check.key.rejected;
    for (size_t i = 0; i < CONNECTOR_IDENTITY_FIELDS; i++) {
        tally_print(out, FIELD_NAMES[i], &check.fields[i]);
        *rejected += check.fields[i].rejected;
    }
    (void)fprintf(out, "%-36s %9" PRIu64 "\n", "hidden by the mapping", check.hidden);
    (void)fprintf(out, "%-36s %9" PRIu64 "\n", "withheld by the mapping", check.withheld);
    opt_out_print(&check, out);
    return LG_OK;
}

/* ---- items --------------------------------------------------------------------------------- */

struct items_check {
    const struct mapping *mapping;
    const struct mapping_group *group;
    struct tally items[LIMIT_MAPPING_ITEMS];
};

static struct lg_err on_record(void *ctx, const struct connector_row *row, uint64_t line) {
    struct items_check *check = ctx;
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(LIMIT_CONNECTOR_ARENA, &arena));
    for (uint32_t i = 0; i < check->group->item_count; i++) {
        struct connector_value value;
        TRY(connector_value_read(&check->mapping->source, &check->group->items[i].field, row, arena,
                                 &value));
        tally_add(&check->items[i], value.state, line);
    }
    return LG_OK;
}

static struct lg_err group_check(struct connector_rows *rows, uint32_t index, FILE *out,
                                 uint64_t *rejected) {
    struct items_check check = {.mapping = connector_rows_mapping(rows)};
    check.group = &check.mapping->records[index];
    TRY(connector_rows_group_all(rows, index, on_record, &check));
    for (uint32_t i = 0; i < check.group->item_count; i++) {
        tally_print(out, check.group->items[i].item, &check.items[i]);
        *rejected += check.items[i].rejected;
    }
    return LG_OK;
}

static void bad_lines_print(const struct connector_rows *rows, FILE *out, uint64_t *rejected) {
    size_t count = 0;
    const uint32_t *lines = connector_rows_bad_lines(rows, &count);
    *rejected += count;
    if (count == 0) {
        return;
    }
    (void)fprintf(out, "%zu lines of the file are no row: line ", count);
    for (size_t i = 0; i < count && i < LINES_SHOWN; i++) {
        (void)fprintf(out, "%s%" PRIu32, i == 0 ? "" : ", ", lines[i]);
    }
    (void)fprintf(out, "%s\n", count > LINES_SHOWN ? ", ..." : "");
}

struct lg_err connector_check(struct connector_rows *rows, const struct connector_opt_out *opt_out,
                              FILE *out, uint64_t *out_rejected) {
    uint64_t rejected = 0;
    (void)fprintf(out, "%-36s %9s %9s %9s\n", "field", "filled", "missing", "rejected");
    TRY(people_check(rows, opt_out, out, &rejected));
    for (uint32_t i = 0; i < connector_rows_mapping(rows)->record_count; i++) {
        TRY(group_check(rows, i, out, &rejected));
    }
    bad_lines_print(rows, out, &rejected);
    *out_rejected = rejected;
    return LG_OK;
}
