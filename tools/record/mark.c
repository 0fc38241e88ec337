/* SPDX-License-Identifier: Apache-2.0 */
/* How far a record was acknowledged: the file `durable` of its folder, written over in place.
 *
 *   at  size
 *    0   8   "LGRECDUR"
 *    8   4   number of the newest file, big-endian as all numbers here
 *   12   8   its length up to the last entry that a flush has made durable
 *   20  32   chain after that entry
 *   52  12   first bytes of SHA-256 over the 52 before
 *
 * Valid when length, text and sum are right. It is written after the flush and is not flushed
 * itself, which would cost every answer a second wait for the disk: a process that is killed leaves
 * it exact, a power cut may leave an older one. So what it says was acknowledged was, and an entry
 * that is missing from there was damaged or taken out; what is behind it may have been torn. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "tools/record/record.h"

enum { MARK_SIZE = 64, SUMMED_SIZE = 52, SUM_SIZE = MARK_SIZE - SUMMED_SIZE, PATH_SIZE = 4160 };

static const char magic[] = "LGRECDUR";
static const char name[] = "durable";

int record_mark_open(const char *folder) {
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    bool fits = len > 0 && (size_t)len < sizeof path;
    return fits ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
}

bool record_mark_write(int fd, const struct record_mark *mark) {
    uint8_t bytes[MARK_SIZE];
    uint8_t sum[VAULT_SHA256_SIZE];
    struct writer w = writer_of(bytes, sizeof bytes);
    struct span written;
    ssize_t count = 0;
    writer_text(&w, magic);
    writer_u32(&w, mark->number);
    writer_u64(&w, mark->len);
    writer_bytes(&w, span_of(mark->chain, sizeof mark->chain));
    vault_sha256(span_of(bytes, SUMMED_SIZE), sum);
    writer_bytes(&w, span_of(sum, SUM_SIZE));
    lg_err_ignore(writer_end(&w, &written), "as long as its parts");
    do {
        count = pwrite(fd, written.ptr, written.len, 0);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)written.len;
}

bool record_mark_read(const char *folder, struct record_mark *out_mark) {
    uint8_t bytes[MARK_SIZE];
    uint8_t sum[VAULT_SHA256_SIZE];
    char path[PATH_SIZE];
    struct record_mark mark;
    *out_mark = (struct record_mark){.number = 0};
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd =
        len > 0 && (size_t)len < sizeof path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0) {
        return false;
    }
    bool is_whole = read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes;
    (void)close(fd);
    struct reader r = reader_of(span_of(bytes, sizeof bytes));
    struct span begin = is_whole ? reader_bytes(&r, sizeof magic - 1) : span_of(NULL, 0);
    if (!span_equal_text(begin, magic)) {
        return false;
    }
    vault_sha256(span_of(bytes, SUMMED_SIZE), sum);
    mark.number = reader_u32(&r);
    mark.len = reader_u64(&r);
    reader_copy(&r, mark.chain, sizeof mark.chain);
    if (memcmp(bytes + SUMMED_SIZE, sum, SUM_SIZE) != 0 || mark.number == 0 ||
        mark.len < RECORD_HEAD_SIZE) {
        return false;
    }
    *out_mark = mark;
    return true;
}
