/* SPDX-License-Identifier: Apache-2.0 */
/* The ceilings of the connector and its mapping, a part of limits.h, which is what other files
 * include. */
#ifndef GATEWAY_BASE_LIMITS_CONNECTOR_H
#define GATEWAY_BASE_LIMITS_CONNECTOR_H

/* mapping */
enum {
    /* Bytes of one text in it. */
    LIMIT_MAPPING_TEXT = 256,
    /* Entries of the short lists: missing words, cleaners, joined columns, groups, links. */
    LIMIT_MAPPING_LIST = 32,
    /* Items of a group; a question names no more. */
    LIMIT_MAPPING_ITEMS = 256,
    /* Words of one map. */
    LIMIT_MAPPING_WORDS = 1024,
};

/* connector */
enum {
    /* Bytes of one value that leaves. */
    LIMIT_CONNECTOR_VALUE = 1024,
    /* Bytes of one field of a CSV file, of the whole file, its columns and rows: what an agency
     * exports by mistake is told, not loaded. */
    LIMIT_CONNECTOR_FIELD = 16384,
    LIMIT_CONNECTOR_FILE = 256 * 1024 * 1024,
    LIMIT_CONNECTOR_COLUMNS = 256,
    LIMIT_CONNECTOR_ROWS = 2000000,
    /* Line numbers kept of lines that are no row: enough to find the fault in the export. */
    LIMIT_CONNECTOR_BAD_LINES = 1000,
    /* Records of one person in an answer; the contract allows no more. */
    LIMIT_CONNECTOR_RECORDS = 256,
    /* Linked people of one person in an answer. */
    LIMIT_CONNECTOR_LINKS = 64,
    /* Thousands of steps of SQLite's machine for one query: a view that never ends cannot hold the
     * connector. */
    LIMIT_CONNECTOR_STEPS = 20000,
    /* Answers leave at multiples of this after the question came: how long the work took for a
     * person and for a decoy is not seen. */
    LIMIT_CONNECTOR_SLOT_MS = 5,
    /* Bytes of the arena of one round of an enrolment: 256 people with their tokens. */
    LIMIT_CONNECTOR_ENROL_ARENA = 32 * 1024 * 1024,
    /* Milliseconds that one round may take. */
    LIMIT_CONNECTOR_ENROL_MS = 30000,
    /* Record tags of one Retire; the contract allows no more. */
    LIMIT_CONNECTOR_RETIRE = 1000,
    /* Bytes of the arena of one call. */
    LIMIT_CONNECTOR_ARENA = 4 * 1024 * 1024,
};

#endif
