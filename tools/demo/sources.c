/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the agencies' files. Everything in one transaction and in the order of the people, so
 * that the same seed gives the same bytes. */
#define _POSIX_C_SOURCE 200809L
#include "tools/demo/sources.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/demo/rows.h"

enum { PATH_SIZE = 1024 };

bool demo_source_is_csv(enum demo_agency agency) {
    return agency == DEMO_GP || agency == DEMO_VOLUNTARY;
}

static struct lg_err file_wrong(struct diag *diag, const char *path, const char *why) {
    diag_set(diag, 0, "%s: %s", path, why);
    return lg_err_make(LG_CLASS_STORE, LG_TOOLS, DEMO_FILE);
}

/* ---- SQLite -------------------------------------------------------------------------------- */

static const char PEOPLE_TABLE[] =
    "CREATE TABLE people(ref TEXT PRIMARY KEY, family TEXT, given TEXT, born TEXT, postcode TEXT,"
    " address TEXT, phone TEXT, nhs TEXT, worker TEXT, worker_phone TEXT, last_contact TEXT,"
    " confidential TEXT) WITHOUT ROWID;"
    "CREATE TABLE relatives(ref TEXT, other TEXT, relation TEXT);"
    "CREATE INDEX relatives_ref ON relatives(ref);";

/* The police count in a view of their own making: the mapping names views as well as tables. */
static const char POLICE_VIEW[] =
    "CREATE VIEW incidents_shared AS SELECT i.*, (SELECT count(*) FROM incidents AS c"
    " WHERE c.ref = i.ref) AS incident_count FROM incidents AS i;";

static bool statement_run(sqlite3_stmt *stmt, const char *const *values, size_t count) {
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        done = done &&
               sqlite3_bind_text(stmt, (int)i + 1, values[i], -1, SQLITE_TRANSIENT) == SQLITE_OK;
    }
    done = done && sqlite3_step(stmt) == SQLITE_DONE;
    return sqlite3_reset(stmt) == SQLITE_OK && done;
}

struct statements {
    sqlite3_stmt *person;
    sqlite3_stmt *relative;
    sqlite3_stmt *record;
};

static bool person_store(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                         sqlite3_stmt *stmt) {
    struct demo_person_row row;
    demo_person_row(world, agency, index, &row);
    const char *values[] = {row.ref,      row.family,       row.given,        row.born,
                            row.postcode, row.address,      row.phone,        row.nhs,
                            row.worker,   row.worker_phone, row.last_contact, row.confidential};
    return statement_run(stmt, values, sizeof values / sizeof values[0]);
}

static bool relatives_store(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                            sqlite3_stmt *stmt) {
    const struct demo_household *home = &world->households[world->people[index].household];
    char ref[16];
    demo_reference(world, agency, index, ref);
    for (uint32_t other = home->first; other < home->first + home->count; other++) {
        if (other == index || !demo_is_known(&world->people[other], agency)) {
            continue;
        }
        char other_ref[16];
        demo_reference(world, agency, other, other_ref);
        const char *values[] = {ref, other_ref, demo_relation(world, other, index)};
        if (!statement_run(stmt, values, 3)) {
            return false;
        }
    }
    return true;
}

static bool records_store(const struct demo_world *world, enum demo_agency agency, uint32_t index,
                          sqlite3_stmt *stmt) {
    const struct demo_service *service = demo_service_of(agency);
    char ref[16];
    demo_reference(world, agency, index, ref);
    uint32_t count = demo_service_rows(world, agency, index);
    for (uint32_t i = 0; i < count; i++) {
        struct demo_service_row row;
        demo_service_row(world, agency, index, i, &row);
        const char *values[DEMO_SERVICE_COLUMNS + 2] = {row.number, ref};
        for (size_t j = 0; j < service->column_count; j++) {
            values[j + 2] = row.values[j];
        }
        if (!statement_run(stmt, values, service->column_count + 2)) {
            return false;
        }
    }
    return true;
}

static bool people_store(const struct demo_world *world, enum demo_agency agency,
                         const struct statements *statements) {
    for (uint32_t i = 0; i < DEMO_PEOPLE; i++) {
        if (!demo_is_known(&world->people[i], agency)) {
            continue;
        }
        if (!person_store(world, agency, i, statements->person) ||
            !relatives_store(world, agency, i, statements->relative) ||
            !records_store(world, agency, i, statements->record)) {
            return false;
        }
    }
    return true;
}

/* CREATE TABLE of the service's records, and the INSERT that fits it. */
static bool service_table(sqlite3 *db, enum demo_agency agency, sqlite3_stmt **out_insert) {
    const struct demo_service *service = demo_service_of(agency);
    sqlite3_str *create = sqlite3_str_new(db);
    sqlite3_str *insert = sqlite3_str_new(db);
    sqlite3_str_appendf(create, "CREATE TABLE %s(no TEXT PRIMARY KEY, ref TEXT", service->table);
    sqlite3_str_appendf(insert, "INSERT INTO %s VALUES(?,?", service->table);
    for (size_t i = 0; i < service->column_count; i++) {
        sqlite3_str_appendf(create, ", %s TEXT", service->columns[i]);
        sqlite3_str_appendall(insert, ",?");
    }
    sqlite3_str_appendf(create, ") WITHOUT ROWID; CREATE INDEX %s_ref ON %s(ref);", service->table,
                        service->table);
    sqlite3_str_appendall(insert, ")");
    char *create_sql = sqlite3_str_finish(create);
    char *insert_sql = sqlite3_str_finish(insert);
    bool made = create_sql != NULL && insert_sql != NULL &&
                sqlite3_exec(db, create_sql, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, insert_sql, -1, out_insert, NULL) == SQLITE_OK;
    sqlite3_free(create_sql);
    sqlite3_free(insert_sql);
    return made;
}

static bool database_fill(const struct demo_world *world, enum demo_agency agency, sqlite3 *db) {
    struct statements statements = {.person = NULL};
    bool done = sqlite3_exec(db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN", NULL,
                             NULL, NULL) == SQLITE_OK &&
                sqlite3_exec(db, PEOPLE_TABLE, NULL, NULL, NULL) == SQLITE_OK &&
                service_table(db, agency, &statements.record) &&
                sqlite3_prepare_v2(db, "INSERT INTO people VALUES(?,?,?,?,?,?,?,?,?,?,?,?)", -1,
                                   &statements.person, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, "INSERT INTO relatives VALUES(?,?,?)", -1,
                                   &statements.relative, NULL) == SQLITE_OK &&
                people_store(world, agency, &statements);
    if (agency == DEMO_POLICE) {
        done = done && sqlite3_exec(db, POLICE_VIEW, NULL, NULL, NULL) == SQLITE_OK;
    }
    (void)sqlite3_finalize(statements.person);
    (void)sqlite3_finalize(statements.relative);
    (void)sqlite3_finalize(statements.record);
    return done && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

static struct lg_err database_write(const struct demo_world *world, enum demo_agency agency,
                                    const char *path, struct diag *diag) {
    if (unlink(path) != 0 && errno != ENOENT) {
        return file_wrong(diag, path, strerror(errno));
    }
    sqlite3 *db = NULL;
    bool done = sqlite3_open(path, &db) == SQLITE_OK && database_fill(world, agency, db);
    struct lg_err err = done ? LG_OK : file_wrong(diag, path, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
    return err;
}

/* ---- CSV ----------------------------------------------------------------------------------- */

/* Letters past ASCII that the lists have, in windows-1252; what it lacks loses its accent. */
static void latin_put(FILE *file, const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c < 0x80) {
            (void)fputc(*c, file);
            continue;
        }
        unsigned code = (*c & 0x1fU) << 6 | (c[1] & 0x3fU);
        (void)fputc(code < 0x100 ? (int)code : 'n', file);
        c++;
    }
}

/* Always in quotes; the lists have no quotation marks. */
static void csv_put(FILE *file, enum demo_agency agency, const char *text, bool last) {
    (void)fputc('"', file);
    if (agency == DEMO_GP) {
        latin_put(file, text);
    } else {
        (void)fputs(text, file);
    }
    (void)fputs(last ? "\"\r\n" : "\",", file);
}

/* "2026-03-01" as the practices write it. */
static void uk_date(const char iso[static 11], char out[static 11]) {
    (void)snprintf(out, 11, "%.2s/%.2s/%.4s", iso + 8, iso + 5, iso);
}

static void gp_line(FILE *file, const struct demo_person_row *row,
                    const struct demo_service_row *service) {
    char born[11];
    char seen[11];
    uk_date(row->born, born);
    uk_date(service->values[0], seen);
    const char *fields[] = {row->ref,
                            row->nhs,
                            row->family,
                            row->given,
                            born,
                            row->postcode,
                            row->address,
                            row->phone,
                            seen,
                            service->values[1],
                            service->values[2],
                            service->values[3],
                            service->values[4],
                            row->confidential};
    size_t count = sizeof fields / sizeof fields[0];
    for (size_t i = 0; i < count; i++) {
        csv_put(file, DEMO_GP, fields[i], i + 1 == count);
    }
}

static void voluntary_line(FILE *file, const struct demo_person_row *row,
                           const struct demo_service_row *service) {
    char name[2 * DEMO_TEXT + 3];
    char born[11];
    (void)snprintf(name, sizeof name, "%s, %s", row->family, row->given);
    uk_date(row->born, born);
    const char *fields[] = {row->ref,
                            name,
                            born,
                            row->postcode,
                            row->phone,
                            row->worker,
                            service->values[0],
                            service->values[1],
                            service->values[2],
                            service->values[3],
                            row->confidential};
    size_t count = sizeof fields / sizeof fields[0];
    for (size_t i = 0; i < count; i++) {
        csv_put(file, DEMO_VOLUNTARY, fields[i], i + 1 == count);
    }
}

static const char GP_HEADER[] = "patient,nhs_no,surname,forenames,dob,pcode,address,phone,"
                                "last_seen,practice,conditions,medication,notes,confidential\r\n";
static const char VOLUNTARY_HEADER[] = "client_ref,name,dob,pcode,phone,worker,last_seen,"
                                       "engagement,plan,disclosures,confidential\r\n";

static struct lg_err csv_write(const struct demo_world *world, enum demo_agency agency,
                               const char *path, struct diag *diag) {
    FILE *file = fopen(path, "wbe");
    if (file == NULL) {
        return file_wrong(diag, path, strerror(errno));
    }
    (void)fputs(agency == DEMO_GP ? GP_HEADER : VOLUNTARY_HEADER, file);
    for (uint32_t i = 0; i < DEMO_PEOPLE; i++) {
        if (!demo_is_known(&world->people[i], agency)) {
            continue;
        }
        struct demo_person_row row;
        struct demo_service_row service;
        demo_person_row(world, agency, i, &row);
        demo_service_row(world, agency, i, 0, &service);
        if (agency == DEMO_GP) {
            gp_line(file, &row, &service);
        } else {
            voluntary_line(file, &row, &service);
        }
    }
    bool failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? file_wrong(diag, path, "cannot be written") : LG_OK;
}

struct lg_err demo_source_write(const struct demo_world *world, enum demo_agency agency,
                                const char *folder, struct diag *diag) {
    char path[PATH_SIZE];
    bool csv = demo_source_is_csv(agency);
    int len =
        snprintf(path, sizeof path, "%s/%s.%s", folder, demo_agency_id(agency), csv ? "csv" : "db");
    if (len < 0 || (size_t)len >= sizeof path) {
        return file_wrong(diag, folder, "name too long");
    }
    return csv ? csv_write(world, agency, path, diag) : database_write(world, agency, path, diag);
}

/* ---- canaries ------------------------------------------------------------------------------ */

/* Names of the lists are common words: only a full name is a canary. */
static void canary_put(FILE *file, const struct demo_world *world, uint32_t number) {
    uint32_t index = number * 7U % DEMO_PEOPLE;
    const struct demo_person *person = &world->people[index];
    const struct demo_household *home = &world->households[person->household];
    char ref[16];
    switch (number % 5) {
    case 0:
        (void)fprintf(file, "name\t%s %s\n", person->given, person->family);
        break;
    case 1:
        (void)fprintf(file, "nhs\t%s\n", person->nhs);
        break;
    case 2:
        (void)fprintf(file, "postcode\t%s\n", home->postcode);
        break;
    case 3:
        (void)fprintf(file, "address\t%s\n", home->address);
        break;
    default:
        demo_reference(world, (enum demo_agency)(number / 5 % DEMO_AGENCIES), index, ref);
        (void)fprintf(file, "reference\t%s\n", ref);
        break;
    }
}

struct lg_err demo_canaries_write(const struct demo_world *world, const char *path,
                                  struct diag *diag) {
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return file_wrong(diag, path, strerror(errno));
    }
    const struct demo_person *subject = &world->people[demo_lead_subject(world)];
    (void)fprintf(file, "nhs\t%s\n", subject->nhs);
    (void)fprintf(file, "name\t%s %s\n", subject->given, subject->family);
    for (uint32_t i = 2; i < DEMO_CANARIES; i++) {
        canary_put(file, world, i);
    }
    bool failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? file_wrong(diag, path, "cannot be written") : LG_OK;
}
