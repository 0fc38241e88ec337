/* SPDX-License-Identifier: Apache-2.0 */
/* The ceilings of agreements and what is compiled beside them, a part of limits.h, which is what
 * other files include. */
#ifndef GATEWAY_BASE_LIMITS_POLICY_H
#define GATEWAY_BASE_LIMITS_POLICY_H

/* policy */
enum {
    /* A whole agreement, and the floor: the largest printed ISA is a tenth of it. */
    LIMIT_POLICY_TEXT_SIZE = 1048576,
    /* Bytes of one line: what a reviewer can still read beside its number. */
    LIMIT_POLICY_LINE_SIZE = 1000,
    /* Bytes of one value over all its lines: a list that nobody reads is not reviewed. */
    LIMIT_POLICY_VALUE_SIZE = 65536,
    /* Bytes of one name, and of what edit distance is computed over. */
    LIMIT_POLICY_NAME_SIZE = 64,
    /* Bases are bits of one machine word; the others are 16-bit numbers in rows and records. */
    LIMIT_POLICY_BASES = 64,
    LIMIT_POLICY_PARTIES = 1024,
    LIMIT_POLICY_ROLES = 65535,
    LIMIT_POLICY_PURPOSES = 256,
    /* How deep a purpose lies within others: ends the walk up. */
    LIMIT_POLICY_PURPOSE_DEPTH = 8,
    LIMIT_POLICY_CATEGORIES = 1024,
    LIMIT_POLICY_FIELDS = 65535,
    LIMIT_POLICY_CLAUSES = 32767,
    LIMIT_POLICY_ARMS = 32767,
    LIMIT_POLICY_BANS = 32767,
    LIMIT_POLICY_RULES = 1024,
    LIMIT_POLICY_HOURS = 256,
    LIMIT_POLICY_LIMITS = 1024,
    LIMIT_POLICY_EMERGENCIES = 8,
    LIMIT_POLICY_PROMISES = 1024,
    /* Ways in which cells differ between two versions, and rectangles of them: more lines than that
     * nobody reads before signing. */
    LIMIT_POLICY_CHANGES = 65536,
    /* (role, source, purpose) cells, and bytes of one compiled agreement or of its compilation: a
     * small text of wildcards cannot ask for a table that the machine does not have. */
    LIMIT_POLICY_CELLS = 4194304,
    LIMIT_POLICY_MEMORY = 268435456,
    /* Marks set while the table is made and questions of the proofs: some seconds of work. */
    LIMIT_POLICY_STEPS = 1000000000,
    /* One request: agreements in force, sources, fields of one source, terms in all. */
    LIMIT_POLICY_AGREEMENTS = 16,
    LIMIT_POLICY_SOURCES = 256,
    LIMIT_POLICY_ASKED = 1024,
    LIMIT_POLICY_TERMS = 8192,
    /* Findings of one check: more than anybody mends before checking again, and a bound on what a
     * hostile text makes us write. */
    LIMIT_POLICY_FINDINGS = 100,
    /* Days that a recipient may keep what it got before the lint asks why, where the agreement has
     * no default of its own: nothing should outlive the yearly review without a word. */
    LIMIT_POLICY_KEEP_USUAL_DAYS = 365,
    /* Consents of one person that are looked at. */
    LIMIT_POLICY_CONSENTS = 4096,
    /* Minutes of a week in a schedule of hours. */
    LIMIT_POLICY_WEEK_MINUTES = 10080,
};

#endif
