/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by name: what each is about, why, and what to do. */
#include <string.h>

#include "policy/lint/finding.h"

static const struct policy_rule_text rules[] = {
    {"E00", "Form of the file",
     "What cannot be read line by line, or is larger than can be worked out, cannot be reviewed.",
     "Mend the line, or split the agreement."},
    {"E01", "Unknown, repeated, missing or misspelt word",
     "A word that is not understood could widen what is shared; it is never passed over.",
     "Write the word as the language has it; the nearest known one is shown."},
    {"E02", "Two clauses tie",
     "Exactly one clause governs each item, so that the answer does not depend on the order.",
     "Make one clause narrower in data, recipient, purpose or source, or join the two."},
    {"E03", "No condition for this class of data",
     "Special category data need an Article 9 condition and criminal offence data one for Article "
     "10 (UK GDPR Articles 9 and 10, DPA 2018 sections 10 and 11).",
     "Give the basis its article, or share the item under another basis."},
    {"E04", "Consent as the basis, and not asked for",
     "Where consent is the lawful basis there is no basis without it (UK GDPR Article 6(1)(a)).",
     "Write `consent: required`, or name a basis that does not rest on consent."},
    {"E05", "No basis covers the purpose",
     "A basis carries only the purposes that it covers; every request would be refused.",
     "Name a basis that covers the purpose, or add the purpose to `covers`."},
    {"E06", "Law enforcement without a competent authority",
     "Part 3 of the DPA 2018 is open to competent authorities alone (section 30).",
     "Name a recipient that is one, or another basis."},
    {"E07", "Recognised legitimate interest of a public authority",
     "Article 6(1)(ea) is not open to public authorities performing their tasks (UK GDPR Article "
     "6(1), last sentence).",
     "Name a statutory basis, or a source that is no public authority."},
    {"E08", "Vital interests outside an emergency",
     "Article 6(1)(d) is for life at risk now; it does not carry everyday sharing (recital 46).",
     "Add `when: emergency`, or name the basis of everyday sharing."},
    {"E09", "Aggregate without a safe smallest group",
     "A count of fewer than five may point to one person.",
     "State `smallest group`, of 5 at least."},
    {"E10", "Shared from parties that do not hold it",
     "Nobody could answer; most often a category or a party is misspelt.",
     "Correct `from`, the item, or `held by` of the category."},
    {"E11", "Broken promise", "A promise is checked against every request that anybody could make.",
     "Mend the clause that is named, or the promise, if it says more than was meant."},
    {"E12", "Dates",
     "Sharing needs a term that can be told, and a review within it at least once a year.",
     "Correct the dates."},
    {"E13", "Emergency and clauses do not fit",
     "A role or purpose that no clause uses gains nothing by declaring an emergency, and a clause "
     "that counts on one needs the section.",
     "Take it out of the emergency, or add the clause that was meant."},
    {"E14", "Characters a reviewer cannot see",
     "What is signed must be what is read: hidden and reordering characters are refused.",
     "Delete the character and type the word anew."},
    {"W01", "Clause without effect",
     "Another clause governs every item of it, or a prohibition covers it; a reader takes it for "
     "a rule that applies.",
     "Delete the clause, or say why it stays."},
    {"W02", "Never used", "What nothing uses was forgotten in a clause, or is a remnant.",
     "Use it or delete it."},
    {"W03", "Sensitive data from or to anyone",
     "`any` grows by itself with every party that joins; for special category and criminal "
     "offence data each recipient should be a decision of its own (UK GDPR Article 5(1)(c)).",
     "Name the parties or roles, or say why all of them need it."},
    {"W04", "How long it is kept",
     "Storage must end when the purpose does (UK GDPR Article 5(1)(e)).",
     "State `keep`, no longer than is usual for the purpose, or give the reason."},
    {"W05", "Consent of an unsaid kind",
     "Consent that is no lawful basis is a permission in confidence or agreement to a service; "
     "people must be told which, and what withdrawing it does.",
     "State `consent is`."},
    {"W06", "Direct identifiers in clear where support or planning would do",
     "Early help and planning can mostly do with a pseudonym (UK GDPR Article 25).",
     "Pseudonymise or generalise the item, or say why the name itself is needed."},
    {"W07", "Pseudonym and identity at the same desk",
     "A role that gets the pseudonym of one item and the identity in another can join the two.",
     "Keep the two with different roles, or say why joining them is meant."},
    {"W08", "Own reviewer",
     "Who sets a refusal aside must not judge afterwards whether it was right.",
     "Name another office in `tell`."},
    {"W09", "Legal gateway not looked up, or of another Act",
     "A power that cannot be looked up cannot be checked.",
     "Check with `--register`, name the right entry, and the Act with its year in the title."},
    {"W10", "Party without a part",
     "A party that no clause names has nothing to sign; between two services of one legal entity "
     "there is no disclosure between controllers.",
     "Name the party in a clause or leave it out, or say why the clause belongs here."},
    {"W11", "Small counts beside single records",
     "A role that has both can take one from the other and learn who is in the difference.",
     "Raise the smallest group to 10 or more, or keep the two with different roles."},
    {"W12", "Wide emergency",
     "An emergency that lasts for days, or comes ten times a day, is everyday sharing.",
     "Shorten `lasts`, lower `at most`, or say why."},
    {"W13", "Purpose wider than its bases",
     "Each basis covers only a purpose within the one named; a request for the wider purpose is "
     "refused, which a reader does not expect.",
     "Name the narrower purposes, or tell the recipients to ask for those."},
    {"W14", "Refusal set aside without a basis of its own",
     "Vital interests do not carry special category data of an adult who can consent and refuses "
     "(UK GDPR Article 9(2)(c)).",
     "State `basis for refusal`, or leave `refusal set aside by` out."},
    {"W15", "Public authority without a power",
     "An agreement gives no power: what a public authority shares has to be allowed it by law, and "
     "nothing is shared under a basis that names none.",
     "Name the statute in `gateway`, or take the basis out of the clause."},
    {"W16", "Health or care data of an unsaid kind",
     "Some powers leave patient information out, and the duty of confidence and the opt-out go by "
     "it; what is not known goes to a person.",
     "State `patient information`, yes or no."},
    {NULL, NULL, NULL, NULL},
};

const struct policy_rule_text *policy_rule_texts(void) {
    return rules;
}

const struct policy_rule_text *policy_rule_text_find(const char *code) {
    for (size_t i = 0; rules[i].code != NULL; i++) {
        if (strcmp(rules[i].code, code) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}
