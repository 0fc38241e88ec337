/* SPDX-License-Identifier: Apache-2.0 */
/* The exemptions under which a line may be withheld: those of the Data Protection Act 2018 that a
 * record of sharing can come under. Numbers are stored, so the list only grows at its end. */
#include "gateway/sar/sar.h"

static const struct sar_exemption exemptions[] = {
    {"crime", "the prevention or detection of crime",
     "Data Protection Act 2018, Schedule 2, paragraph 2", false},
    {"legal-proceedings", "legal claims, or what the law requires",
     "Data Protection Act 2018, Schedule 2, paragraph 5", true},
    {"protection-of-the-public", "a task that protects the public",
     "Data Protection Act 2018, Schedule 2, paragraph 7", false},
    {"rights-of-others", "somebody else whom it would identify",
     "Data Protection Act 2018, Schedule 2, paragraph 16", true},
    {"legal-privilege", "legal professional privilege",
     "Data Protection Act 2018, Schedule 2, paragraph 19", true},
    {"negotiations", "negotiations with the person who asks",
     "Data Protection Act 2018, Schedule 2, paragraph 23", true},
    {"health-harm", "serious harm to somebody's health",
     "Data Protection Act 2018, Schedule 3, paragraph 5", false},
    {"social-work-harm", "serious harm to somebody, in social work",
     "Data Protection Act 2018, Schedule 3, paragraph 11", false},
    {"education-harm", "serious harm to somebody, in education",
     "Data Protection Act 2018, Schedule 3, paragraph 19", false},
    {"child-abuse", "the interests of a child at risk of abuse",
     "Data Protection Act 2018, Schedule 3, paragraph 21", false},
    {"adoption", "records of an adoption", "Data Protection Act 2018, Schedule 4, paragraph 3",
     true},
    {"law-enforcement", "law enforcement", "Data Protection Act 2018, section 45(4)", false},
};

enum { COUNT = sizeof exemptions / sizeof exemptions[0] };

size_t sar_exemptions(const struct sar_exemption **out_exemptions) {
    *out_exemptions = exemptions;
    return COUNT;
}

const struct sar_exemption *sar_exemption_find(struct span code, uint8_t *out_number) {
    for (size_t i = 0; i < COUNT; i++) {
        if (span_equal_text(code, exemptions[i].code)) {
            *out_number = (uint8_t)(i + 1);
            return &exemptions[i];
        }
    }
    return NULL;
}

const struct sar_exemption *sar_exemption_at(uint8_t number) {
    return number >= 1 && number <= COUNT ? &exemptions[number - 1] : NULL;
}
