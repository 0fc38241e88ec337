/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping file of a connector: which columns of an agency's own data mean what. A column that
 * is not named here never leaves the agency. There is no script, no expression and no SQL in it.
 *
 *   connector: stretford-advice     # the party; equal to AGENCY in the connector's certificate
 *   source:
 *     kind: csv                     # csv | sqlite
 *     path: clients.csv             # meant from the folder of the mapping
 *     encoding: windows-1252        # utf-8 (default) | windows-1252; csv only
 *     missing: ["", "n/a"]          # words that stand for nothing
 *     as-of: file                   # file (default) | now: what is shown as freshness
 *   person:
 *     table: clients                # table or view with one row a person; sqlite only
 *     key: client_ref               # column; its value is sealed to this agency alone
 *     identity:
 *       family-name: {from: surname, clean: [trim]}
 *       given-name:  {from: first, clean: [first-word]}
 *       born:        {from: dob, date: "DD/MM/YYYY"}
 *       postcode:    {from: pcode, clean: [postcode]}
 *       identifier:  {from: nhs_no, clean: [digits]}
 *       scheme: nhs
 *   records:                        # at least one group; a group gives a record for each row
 *     - table: visits               # sqlite; csv: the one table
 *       key: client_ref             # column with the person's key; default person.key
 *       record: visit_no            # column with the row's own reference; default: the key
 *       newest: {from: last_seen, date: "DD/MM/YYYY"}   # orders the rows, newest first; optional
 *       items:
 *         - item: contact.last-contact-date
 *           from: last_seen
 *           date: "DD/MM/YYYY"
 *           standing: fact          # fact | reported | assumed
 *           dated: {from: last_seen, date: "DD/MM/YYYY"}
 *         - item: contact.worker-phone
 *           value: "0161 496 0155"
 *           standing: fact
 *   links:                          # optional: people of this agency who belong together
 *     - table: families
 *       key: person
 *       other: relative
 *       relation: {from: relation}
 *   hide: {column: confidential, equals: "Y"}
 *   withhold:                       # optional: a decision of the agency's own not to share, of the
 *     - column: decision            # person's row; the first rule that fits counts
 *       equals: "D"
 *       code: more-detrimental      # more-detrimental | not-necessary | not-reasonable
 *       office: Designated Safeguarding Lead   # that decided: at most 64 bytes, never a name
 *   opt-out:                        # National Data Opt-Out, optional: needs an identifier, scheme
 * nhs file: may-be-used.csv         # result of the batch exchange: the numbers that may be used,
 * one # a line; meant from the folder of the mapping date: 2026-11-23              # of the result;
 * without it the file's first line says # "date: 2026-11-23"
 *
 * A field says where its text comes from (exactly one of `from`, `join`, `value`) and what is done
 * to it, always in this order: missing words, `split`, `clean` in the order given, `date`, `map`.
 */
#ifndef GATEWAY_CONFIG_MAPPING_H
#define GATEWAY_CONFIG_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"

enum mapping_kind { MAPPING_CSV = 1, MAPPING_SQLITE };
enum mapping_encoding { MAPPING_UTF_8, MAPPING_WINDOWS_1252 };
enum mapping_as_of { MAPPING_AS_OF_FILE, MAPPING_AS_OF_NOW };

/* The closed list of cleaners. */
enum mapping_cleaner {
    MAPPING_TRIM = 1,   /* without blanks at both ends */
    MAPPING_FIRST_WORD, /* up to the first blank */
    MAPPING_LAST_WORD,  /* from the last blank */
    MAPPING_DIGITS,     /* digits only */
    MAPPING_POSTCODE,   /* upper case, one blank before the last three; else rejected */
    MAPPING_MONTH,      /* YYYY-MM of a date YYYY-MM-DD; else rejected */
};

/* How a date is written at the agency; what leaves is always YYYY-MM-DD. */
enum mapping_date {
    MAPPING_DATE_NONE,
    MAPPING_DATE_ISO,   /* YYYY-MM-DD */
    MAPPING_DATE_UK,    /* DD/MM/YYYY */
    MAPPING_DATE_US,    /* MM/DD/YYYY */
    MAPPING_DATE_DOTS,  /* DD.MM.YYYY */
    MAPPING_DATE_PLAIN, /* YYYYMMDD */
    MAPPING_DATE_MONTH, /* DD MON YYYY, months in English, three letters */
};

/* What becomes of a value that `map` does not list. */
enum mapping_otherwise {
    MAPPING_REFUSE,    /* default: the item is rejected and counted, never guessed */
    MAPPING_KEEP,      /* the value as it is */
    MAPPING_LEAVE_OUT, /* as if missing */
};

struct mapping_word {
    char *when;
    char *value;
};

/* The part number `take` (from 1) of the value cut at each `by`. */
struct mapping_split {
    char *by; /* one byte */
    uint32_t take;
};

/* Always true: exactly one of from, join, value is there. */
struct mapping_field {
    char *from;
    char **join; /* columns whose texts are put together with one blank between */
    uint32_t join_count;
    char *value;
    struct mapping_split *split;
    enum mapping_cleaner *clean;
    uint32_t clean_count;
    enum mapping_date date;
    struct mapping_word *map;
    uint32_t map_count;
    enum mapping_otherwise otherwise;
};

/* A field of a person; NULL where the agency has none. */
struct mapping_identity {
    struct mapping_field *family_name;
    struct mapping_field *given_name;
    struct mapping_field *born;
    struct mapping_field *postcode;
    struct mapping_field *identifier;
    char *scheme; /* present exactly when identifier is */
};

struct mapping_person {
    char *table; /* NULL for csv */
    char *key;
    struct mapping_identity identity;
};

/* item is "category.field"; the rest as in a mapping_field. */
struct mapping_item {
    char *item;
    struct mapping_field field;
    enum standing standing;
    struct mapping_field *dated; /* the date of the statement, or NULL */
};

struct mapping_group {
    char *table;
    char *key;
    char *record;
    struct mapping_field *newest; /* a date, or NULL: as the rows come */
    struct mapping_item *items;
    uint32_t item_count;
};

struct mapping_link {
    char *table;
    char *key;
    char *other;
    struct mapping_field *relation;
};

struct mapping_hide {
    char *column;
    char *equals;
};

/* The words of the contract (Withholding). */
enum mapping_withhold_code {
    MAPPING_MORE_DETRIMENTAL,
    MAPPING_NOT_NECESSARY,
    MAPPING_NOT_REASONABLE,
};

struct mapping_withhold {
    char *column;
    char *equals;
    enum mapping_withhold_code code;
    char *office;
};

/* Numbers stay at the agency: what leaves with a record is whether the opt-out applies, and the day
 * of the result. */
struct mapping_opt_out {
    char *file; /* ready to open */
    char *date; /* YYYY-MM-DD of the calendar; NULL: in the file */
};

struct mapping_source {
    enum mapping_kind kind;
    char *path; /* ready to open */
    enum mapping_encoding encoding;
    char **missing;
    uint32_t missing_count;
    enum mapping_as_of as_of;
};

/* Never changes once loaded; every pointer lives until mapping_free. */
struct mapping {
    char *connector;
    struct mapping_source source;
    struct mapping_person person;
    struct mapping_group *records;
    uint32_t record_count;
    struct mapping_link *links;
    uint32_t link_count;
    struct mapping_hide *hide;
    struct mapping_withhold *withhold;
    uint32_t withhold_count;
    struct mapping_opt_out *opt_out; /* NULL: it is not known of anybody */
};

/* Loads and checks. CONFIG with line, sentence and nearest known word in *diag (codes of
 * gateway/config/config.h): a file that cannot be read, an unknown or doubled key, a field with no
 * source or two, an item that is not "category.field", a table where there can be none. LIMIT
 * CONFIG_MEMORY. The caller frees the mapping. */
LG_MUST_USE struct lg_err mapping_load(const char *path, struct diag *diag,
                                       struct mapping **out_mapping);
void mapping_free(struct mapping **mapping);

#endif
