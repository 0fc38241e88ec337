/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping file: what no schema can say about it. */
#include "gateway/config/mapping.h"

#include <string.h>

#include "gateway/base/day.h"
#include "gateway/base/limits.h"
#include "gateway/config/mapping_int.h"

static struct lg_err check_source(const struct config_check *check, struct mapping_source *source) {
    if (source->kind != MAPPING_CSV && source->encoding != MAPPING_UTF_8) {
        return config_refuse(check, "source.encoding", "only a csv source has one");
    }
    return config_check_path(check, "source.path", &source->path);
}

/* A csv file is one table, a database needs to be told which. */
static struct lg_err check_table(const struct config_check *check, const struct mapping *mapping,
                                 const char *place, const char *table) {
    bool csv = mapping->source.kind == MAPPING_CSV;
    if (csv && table != NULL) {
        return config_refuse_as(check, CONFIG_KEY, config_place_of(place, "table").text,
                                "a csv file is one table; leave out `table`");
    }
    if (!csv && table == NULL) {
        return config_refuse_as(check, CONFIG_KEY, place, "`table` is missing");
    }
    return LG_OK;
}

/* `field` may be NULL: then there is nothing to check. */
static struct lg_err check_field(const struct config_check *check, const char *place,
                                 const struct mapping_field *field) {
    if (field == NULL) {
        return LG_OK;
    }
    int origins = (field->from != NULL) + (field->join != NULL) + (field->value != NULL);
    if (origins != 1) {
        return config_refuse_as(check, CONFIG_KEY, place,
                                "exactly one of `from`, `join`, `value` is needed");
    }
    if (field->split != NULL &&
        (field->split->take < 1 || field->split->take > LIMIT_MAPPING_LIST)) {
        return config_refuse(check, config_place_of(place, "split.take").text,
                             "1 to %d belongs here", LIMIT_MAPPING_LIST);
    }
    if (field->map == NULL && field->otherwise != MAPPING_REFUSE) {
        return config_refuse_as(check, CONFIG_KEY, place, "`otherwise` without `map`");
    }
    return LG_OK;
}

static struct lg_err check_identity(const struct config_check *check,
                                    const struct mapping_identity *identity) {
    const struct {
        const struct mapping_field *field;
        const char *key;
    } fields[] = {{identity->family_name, "family-name"},
                  {identity->given_name, "given-name"},
                  {identity->born, "born"},
                  {identity->postcode, "postcode"},
                  {identity->identifier, "identifier"}};
    bool any = false;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        any = any || fields[i].field != NULL;
        TRY(check_field(check, config_place_of("person.identity", fields[i].key).text,
                        fields[i].field));
    }
    if (!any) {
        return config_refuse_as(check, CONFIG_KEY, "person.identity", "names no field");
    }
    if ((identity->identifier == NULL) != (identity->scheme == NULL)) {
        return config_refuse_as(check, CONFIG_KEY, "person.identity",
                                "`identifier` and `scheme` go together");
    }
    return LG_OK;
}

static bool is_item_name(const char *item) {
    struct span rest = span_text(item);
    struct span category = {.ptr = NULL};
    struct span field = {.ptr = NULL};
    return span_split(&rest, '.', &category) && span_split(&rest, '.', &field) &&
           rest.ptr == NULL && config_name_is_valid(category) && config_name_is_valid(field);
}

static struct lg_err check_item(const struct config_check *check, const char *place,
                                const struct mapping_item *item) {
    if (!is_item_name(item->item)) {
        return config_refuse(check, config_place_of(place, "item").text,
                             "\"%s\" is not of the form category.field", item->item);
    }
    TRY(check_field(check, place, &item->field));
    return check_field(check, config_place_of(place, "dated").text, item->dated);
}

static struct lg_err check_items(const struct config_check *check, const char *list,
                                 const struct mapping_group *group) {
    for (uint32_t i = 0; i < group->item_count; i++) {
        struct config_place place = config_place_in(list, i, "");
        TRY(check_item(check, place.text, &group->items[i]));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(group->items[i].item, group->items[j].item) == 0) {
                return config_refuse_as(check, CONFIG_KEY, place.text, "item \"%s\" is there twice",
                                        group->items[i].item);
            }
        }
    }
    return LG_OK;
}

static struct lg_err check_group(const struct config_check *check, const struct mapping *mapping,
                                 uint32_t index) {
    const struct mapping_group *group = &mapping->records[index];
    struct config_place place = config_place_in("records", index, "");
    TRY(check_table(check, mapping, place.text, group->table));
    TRY(check_field(check, config_place_of(place.text, "newest").text, group->newest));
    return check_items(check, config_place_of(place.text, "items").text, group);
}

static struct lg_err check_link(const struct config_check *check, const struct mapping *mapping,
                                uint32_t index) {
    const struct mapping_link *link = &mapping->links[index];
    struct config_place place = config_place_in("links", index, "");
    TRY(check_table(check, mapping, place.text, link->table));
    return check_field(check, config_place_of(place.text, "relation").text, link->relation);
}

static struct lg_err check_opt_out(const struct config_check *check,
                                   const struct mapping_identity *identity,
                                   struct mapping_opt_out *opt_out) {
    int32_t day = 0;
    if (opt_out == NULL) {
        return LG_OK;
    }
    if (identity->scheme == NULL || strcmp(identity->scheme, "nhs") != 0) {
        return config_refuse_as(check, CONFIG_KEY, "opt-out",
                                "needs `identifier` with `scheme: nhs` in person.identity");
    }
    if (opt_out->date != NULL && !day_read(span_text(opt_out->date), &day)) {
        return config_refuse(check, "opt-out.date", "\"%s\" is not a date YYYY-MM-DD",
                             opt_out->date);
    }
    return config_check_path(check, "opt-out.file", &opt_out->file);
}

static struct lg_err check_mapping(const struct config_check *check, struct mapping *mapping) {
    TRY(check_source(check, &mapping->source));
    TRY(check_table(check, mapping, "person", mapping->person.table));
    TRY(check_identity(check, &mapping->person.identity));
    for (uint32_t i = 0; i < mapping->record_count; i++) {
        TRY(check_group(check, mapping, i));
    }
    for (uint32_t i = 0; i < mapping->link_count; i++) {
        TRY(check_link(check, mapping, i));
    }
    return check_opt_out(check, &mapping->person.identity, mapping->opt_out);
}

void mapping_free(struct mapping **mapping) {
    config_value_free(&MAPPING_SCHEMA, *mapping);
    *mapping = NULL;
}

struct lg_err mapping_load(const char *path, struct diag *diag, struct mapping **out_mapping) {
    OWN(config_document_free) struct config_document *document = NULL;
    OWN(mapping_free) struct mapping *it = NULL;
    void *value = NULL;
    TRY(config_document_load(path, &MAPPING_SCHEMA, diag, &document, &value));
    it = value;
    TRY(check_mapping(&(struct config_check){.document = document, .diag = diag}, it));
    *out_mapping = TAKE(it);
    return LG_OK;
}
