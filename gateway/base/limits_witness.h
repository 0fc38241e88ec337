/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of tiles and witnesses, each with its reason. */
#ifndef GATEWAY_BASE_LIMITS_WITNESS_H
#define GATEWAY_BASE_LIMITS_WITNESS_H

enum {
    /* Tiles of a volume: 65,536 entries, some 40 MB, so that a year of a million entries a day is
     * some 11,000 files. */
    LIMIT_AUDIT_VOLUME_TILES = 256,
    /* Tiles copied in one turn of the keeper, which must come back to the high-water file: some
     * 4,000 entries a second, several times what a partnership asks all day. */
    LIMIT_AUDIT_VOLUME_TURN = 16,
    /* Bytes of a checkpoint with the lines of its witnesses that the log keeps and hands out:
     * LIMIT_WITNESS_COUNT lines of some 300 bytes. */
    LIMIT_AUDIT_WITNESSED = 4096,
    /* Pages of the log that one worker reads or waits for, and of one agency there: files of some
     * 10 KB are a fraction of a millisecond each, and a mirror asks for the next when it has one.
     */
    LIMIT_SERVICE_PAGES = 64,
    LIMIT_SERVICE_PAGES_AGENCY = LIMIT_SERVICE_PAGES / 4,
    /* Logs of one witness: one file each, all rewritten at its start. */
    LIMIT_WITNESS_LOGS = 1024,
    /* Logs that a state has ever cosigned, those that have left it among them: 128 KiB of names. */
    LIMIT_WITNESS_LOGS_EVER = 4096,
    /* Keys that are trusted for one log: two while one follows the other, and some to spare. */
    LIMIT_WITNESS_LOG_KEYS = 4,
    /* Bytes of a checkpoint's body that is cosigned: three lines, and extensions. */
    LIMIT_WITNESS_BODY = 4096,
    /* Bytes of a request: a note as large as we read any, 63 hashes and the size. A peer that sends
     * more is turned down before it takes memory. */
    LIMIT_WITNESS_REQUEST = 131072 + 4096,
    /* Requests of one connection that are under way, and of all: what they hold is bounded by
     * these times LIMIT_WITNESS_REQUEST. */
    LIMIT_WITNESS_WORKS = 64,
    /* Of these one agency's, whatever its connections: the others' logs are seen all the same. */
    LIMIT_WITNESS_WORKS_AGENCY = LIMIT_WITNESS_WORKS / 4,
    /* Witnesses of one log. */
    LIMIT_WITNESS_COUNT = 8,
    /* Bytes of a witness's answer: a few lines, or a size. */
    LIMIT_WITNESS_ANSWER = 8192,
    /* Time between two checkpoints for the witnesses (audit.md 4.5), and for a witness to answer.
     */
    LIMIT_WITNESS_ROUND_MS = 10000,
    /* Least time between the beginnings of two rounds, where somebody does not want to wait for the
     * next: each is one small request to each witness. */
    LIMIT_WITNESS_PACE_MS = 100,
    /* How long a round that somebody hurries behind waits for a witness that does not answer: those
     * who do are asked again then. A witness that is slower than this is not waited for by answers
     * that need one. */
    LIMIT_WITNESS_PATIENCE_MS = 500,
    /* How long a start waits for the first word of the witnesses, before it adds to the log. */
    LIMIT_WITNESS_START_MS = 3000,
};

#endif
