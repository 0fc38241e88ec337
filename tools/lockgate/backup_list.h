/* SPDX-License-Identifier: Apache-2.0 */
/* What a backup says of itself: the file CONTENTS, written last, so that a backup that was cut off
 * is none. Lines of text:
 *
 *   lockgate-backup 1
 *   time 2026-11-30T21:40:12Z
 *   file SHA-256 SIZE PATH          one for each file, PATH below the folder of the backup
 *   end NUMBER-OF-FILES
 */
#ifndef TOOLS_LOCKGATE_BACKUP_LIST_H
#define TOOLS_LOCKGATE_BACKUP_LIST_H

#include <stdio.h>

#include "tools/lockgate/backup_files.h"

/* One backup being made, or one that is there. */
struct backup_list {
    const char *folder;
    FILE *file;
    size_t count;
    char time[32];
};

/* Begins CONTENTS in a folder that has none; the time is the machine's, now. */
LG_MUST_USE struct lg_err backup_list_begin(const char *folder, struct diag *diag,
                                            struct backup_list *out_list);
/* PATH without a line end. */
LG_MUST_USE struct lg_err backup_list_add(struct backup_list *list, const char *path,
                                          const struct backup_sum *sum, struct diag *diag);
/* Flushes it; from now on it is a backup. */
LG_MUST_USE struct lg_err backup_list_end(struct backup_list *list, struct diag *diag);
/* Gives up; a half-made list stays under another name. */
void backup_list_drop(struct backup_list *list);

/* Reads CONTENTS, compares every file with it, and then hands each path to on_file; nothing is
 * handed out where one file is not as it was. INPUT BACKUP_WRONG with the diag. */
LG_MUST_USE struct lg_err backup_list_read(const char *folder,
                                           struct lg_err (*on_file)(void *ctx, const char *path),
                                           void *ctx, struct diag *diag,
                                           struct backup_list *out_list);

#endif
