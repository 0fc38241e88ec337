/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files for the demo's sources: the part that all SQLite agencies share, and what each one
 * adds. A column that is not named in them never leaves (the police's `intelligence`, the notes of
 * clinicians and of the refuge). */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/demo/sources.h"

enum { PATH_SIZE = 1024 };

static const char PERSON[] = "person:\n"
                             "  table: people\n"
                             "  key: ref\n"
                             "  identity:\n"
                             "    family-name: {from: family, clean: [trim]}\n"
                             "    given-name: {from: given, clean: [first-word]}\n"
                             "    born: {from: born, date: YYYY-MM-DD}\n"
                             "    postcode: {from: postcode, clean: [postcode]}\n";

static const char NUMBER[] = "    identifier: {from: nhs, clean: [digits]}\n"
                             "    scheme: nhs\n";

static const char CONTACT[] =
    "records:\n"
    "  - table: people\n"
    "    record: ref\n"
    "    items:\n"
    "      - {item: identity.name, join: [given, family], standing: fact}\n"
    "      - {item: identity.date-of-birth, from: born, date: YYYY-MM-DD, standing: fact}\n"
    "      - {item: identity.address, from: address, standing: fact}\n"
    "      - {item: identity.phone, from: phone, standing: fact}\n"
    "      - {item: contact.known-to-service, value: \"yes\", standing: fact}\n"
    "      - {item: contact.worker-name, from: worker, standing: fact}\n"
    "      - {item: contact.worker-phone, from: worker_phone, standing: fact}\n"
    "      - {item: contact.last-contact-date, from: last_contact, date: YYYY-MM-DD,\n"
    "         standing: fact}\n";

static const char NUMBER_ITEM[] = "      - {item: identity.nhs-number, from: nhs, clean: [digits], "
                                  "standing: fact}\n";

static const char LINKS[] = "links:\n"
                            "  - {table: relatives, key: ref, other: other, relation: {from: "
                            "relation}}\n"
                            "hide: {column: confidential, equals: \"Y\"}\n";

static const char POLICE[] =
    "  - table: incidents_shared\n"
    "    record: no\n"
    "    key: ref\n"
    "    newest: {from: occurred_on, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: incidents.incident-count, from: incident_count, clean: [digits],\n"
    "         standing: fact}\n"
    "      - {item: incidents.incident-summary, from: summary, standing: reported,\n"
    "         dated: {from: occurred_on, date: YYYY-MM-DD}}\n"
    "      - {item: incidents.domestic-abuse-flag, from: domestic_abuse, standing: reported,\n"
    "         map: [{when: \"yes\", value: \"yes\"}, {when: \"no\", value: \"no\"}],\n"
    "         dated: {from: occurred_on, date: YYYY-MM-DD}}\n"
    "      - {item: incidents.warning-markers, from: marker, standing: reported}\n"
    "      - {item: incidents.convictions, from: conviction, standing: fact}\n";

static const char HOUSING[] =
    "  - table: tenancies\n"
    "    record: no\n"
    "    key: ref\n"
    "    newest: {from: reviewed_on, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: tenancy.tenancy-status, from: status, standing: fact,\n"
    "         dated: {from: reviewed_on, date: YYYY-MM-DD}}\n"
    "      - {item: tenancy.rent-arrears, from: arrears, clean: [digits], standing: fact,\n"
    "         dated: {from: reviewed_on, date: YYYY-MM-DD}}\n"
    "      - {item: tenancy.asb-complaints, from: complaints, clean: [digits],\n"
    "         standing: reported}\n"
    "      - {item: tenancy.property-condition, from: condition, standing: reported,\n"
    "         dated: {from: reviewed_on, date: YYYY-MM-DD}}\n";

static const char CHILDRENS_CARE[] =
    "  - table: cases\n"
    "    record: no\n"
    "    key: ref\n"
    "    newest: {from: opened_on, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: children.case-status, from: status, standing: fact}\n"
    "      - {item: children.plan-type, from: plan, standing: fact,\n"
    "         dated: {from: opened_on, date: YYYY-MM-DD}}\n"
    "      - {item: children.assessment-summary, from: assessment, standing: assumed}\n"
    "      - {item: children.school-attendance, from: attendance, standing: reported}\n";

static const char ADULTS_CARE[] =
    "  - table: cases\n"
    "    record: no\n"
    "    key: ref\n"
    "    newest: {from: opened_on, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: adults.case-status, from: status, standing: fact}\n"
    "      - {item: adults.care-package, from: package, standing: fact}\n"
    "      - {item: adults.safeguarding-enquiry, from: enquiry, standing: fact,\n"
    "         dated: {from: opened_on, date: YYYY-MM-DD}}\n"
    "      - {item: adults.capacity-note, from: capacity, standing: assumed}\n";

static const char MH_TRUST[] =
    "  - table: episodes\n"
    "    record: no\n"
    "    key: ref\n"
    "    newest: {from: opened_on, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: mental-health.care-status, from: status, standing: fact}\n"
    "      - {item: mental-health.risk-summary, from: risk, standing: assumed,\n"
    "         dated: {from: opened_on, date: YYYY-MM-DD}}\n"
    "      - {item: mental-health.diagnosis, from: diagnosis, standing: fact}\n"
    "      - {item: mental-health.medication, from: medication, standing: fact}\n";

static const char HUB[] = "";

static const char REFUGE[] =
    "  - table: stays\n"
    "    record: no\n"
    "    key: ref\n"
    "    newest: {from: arrived_on, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: refuge-stay.stay-status, from: status, standing: fact,\n"
    "         dated: {from: arrived_on, date: YYYY-MM-DD}}\n"
    "      - {item: refuge-stay.safety-plan, from: plan, standing: fact}\n"
    "      - {item: refuge-stay.children-with, from: children, clean: [digits],\n"
    "         standing: fact}\n";

static const char PROBATION[] =
    "  - table: orders\n"
    "    record: no\n"
    "    key: ref\n"
    "    newest: {from: made_on, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: order.order-status, from: status, standing: fact,\n"
    "         dated: {from: made_on, date: YYYY-MM-DD}}\n"
    "      - {item: order.risk-level, from: risk, standing: assumed,\n"
    "         dated: {from: made_on, date: YYYY-MM-DD}}\n"
    "      - {item: order.conditions, from: conditions, standing: fact}\n"
    "      - {item: order.end-date, from: ends_on, date: YYYY-MM-DD, standing: fact}\n";

static const char GP[] =
    "connector: gp\n"
    "source: {kind: csv, path: gp.csv, encoding: windows-1252, missing: [\"\", \"n/a\"]}\n"
    "person:\n"
    "  key: patient\n"
    "  identity:\n"
    "    family-name: {from: surname, clean: [trim]}\n"
    "    given-name: {from: forenames, clean: [first-word]}\n"
    "    born: {from: dob, date: DD/MM/YYYY}\n"
    "    postcode: {from: pcode, clean: [postcode]}\n"
    "    identifier: {from: nhs_no, clean: [digits]}\n"
    "    scheme: nhs\n"
    "records:\n"
    "  - record: patient\n"
    "    newest: {from: last_seen, date: DD/MM/YYYY}\n"
    "    items:\n"
    "      - {item: identity.name, join: [forenames, surname], standing: fact}\n"
    "      - {item: identity.date-of-birth, from: dob, date: DD/MM/YYYY, standing: fact}\n"
    "      - {item: identity.address, from: address, standing: fact}\n"
    "      - {item: identity.phone, from: phone, standing: fact}\n"
    "      - {item: identity.nhs-number, from: nhs_no, clean: [digits], standing: fact}\n"
    "      - {item: contact.known-to-service, value: \"yes\", standing: fact}\n"
    "      - {item: contact.last-contact-date, from: last_seen, date: DD/MM/YYYY, standing: fact}\n"
    "      - {item: primary-care.registered-practice, from: practice, standing: fact}\n"
    "      - {item: primary-care.long-term-conditions, from: conditions, standing: fact}\n"
    "      - {item: primary-care.medication, from: medication, standing: fact,\n"
    "         dated: {from: last_seen, date: DD/MM/YYYY}}\n"
    "hide: {column: confidential, equals: \"Y\"}\n";

static const char VOLUNTARY[] =
    "connector: voluntary\n"
    "source: {kind: csv, path: voluntary.csv, missing: [\"\", \"n/a\"]}\n"
    "person:\n"
    "  key: client_ref\n"
    "  identity:\n"
    "    family-name: {from: name, split: {by: \",\", take: 1}, clean: [trim]}\n"
    "    given-name: {from: name, split: {by: \",\", take: 2}, clean: [first-word]}\n"
    "    born: {from: dob, date: DD/MM/YYYY}\n"
    "    postcode: {from: pcode, clean: [postcode]}\n"
    "records:\n"
    "  - record: client_ref\n"
    "    newest: {from: last_seen, date: YYYY-MM-DD}\n"
    "    items:\n"
    "      - {item: identity.phone, from: phone, standing: fact}\n"
    "      - {item: contact.known-to-service, value: \"yes\", standing: fact}\n"
    "      - {item: contact.worker-name, from: worker, standing: fact}\n"
    "      - {item: contact.last-contact-date, from: last_seen, date: YYYY-MM-DD, standing: fact}\n"
    "      - {item: support.engagement-level, from: engagement, standing: assumed,\n"
    "         map: [{when: engaged, value: engaged}, {when: partly engaged, value: partly}]}\n"
    "      - {item: support.support-plan, from: plan, standing: fact}\n"
    "      - {item: support.disclosure-notes, from: disclosures, standing: reported}\n"
    "hide: {column: confidential, equals: \"Y\"}\n";

/* A whole file, or the service's part of one. Police, housing, refuge and probation hold no NHS
 * number. */
static const struct {
    const char *text;
    bool is_whole;
    bool has_number;
} MAPPINGS[DEMO_AGENCIES] = {
    [DEMO_POLICE] = {POLICE, false, false},
    [DEMO_HOUSING] = {HOUSING, false, false},
    [DEMO_CHILDRENS_CARE] = {CHILDRENS_CARE, false, true},
    [DEMO_ADULTS_CARE] = {ADULTS_CARE, false, true},
    [DEMO_MH_TRUST] = {MH_TRUST, false, true},
    [DEMO_GP] = {GP, true, true},
    [DEMO_VOLUNTARY] = {VOLUNTARY, true, false},
    [DEMO_HUB] = {HUB, false, true},
    [DEMO_REFUGE] = {REFUGE, false, false},
    [DEMO_PROBATION] = {PROBATION, false, false},
};

static void mapping_put(FILE *file, enum demo_agency agency) {
    if (MAPPINGS[agency].is_whole) {
        (void)fputs(MAPPINGS[agency].text, file);
        return;
    }
    const char *id = demo_agency_id(agency);
    bool has_number = MAPPINGS[agency].has_number;
    (void)fprintf(file, "connector: %s\nsource: {kind: sqlite, path: %s.db, missing: [\"\"]}\n", id,
                  id);
    (void)fprintf(file, "%s%s%s%s%s%s", PERSON, has_number ? NUMBER : "", CONTACT,
                  has_number ? NUMBER_ITEM : "", MAPPINGS[agency].text, LINKS);
}

struct lg_err demo_mapping_write(enum demo_agency agency, const char *folder, struct diag *diag) {
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof path, "%s/%s.yaml", folder, demo_agency_id(agency));
    FILE *file = len < 0 || (size_t)len >= sizeof path ? NULL : fopen(path, "we");
    if (file == NULL) {
        diag_set(diag, 0, "%s: cannot be written", folder);
        return lg_err_make(LG_CLASS_STORE, LG_TOOLS, DEMO_FILE);
    }
    mapping_put(file, agency);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        diag_set(diag, 0, "%s: cannot be written", path);
        return lg_err_make(LG_CLASS_STORE, LG_TOOLS, DEMO_FILE);
    }
    return LG_OK;
}
