/* SPDX-License-Identifier: Apache-2.0 */
/* What the log is compared with: SQLite in WAL mode with synchronous=FULL, a row an entry. */
#ifndef TESTS_BENCH_AUDIT_SQLITE_H
#define TESTS_BENCH_AUDIT_SQLITE_H

#include <stddef.h>
#include <stdint.h>

struct sqlite_bench {
    const char *folder;
    size_t entry_size;
    size_t in_flight; /* rows that always wait */
    size_t rows;
    int is_grouped; /* all that wait in one transaction, or a transaction each */
};

/* Writes `rows` rows; times_us gets how long each waited for its commit. Gives how long all took,
 * in microseconds. Ends the program where SQLite does not do as it is told. */
int64_t sqlite_bench_run(const struct sqlite_bench *bench, int64_t *times_us);

#endif
