/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate backup ...`: on the host of the gateway. */
#include "tools/lockgate/backup.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "backup",
        .verb = "make",
        .arguments = "--config FILE --to DIR --keys-to DIR [--keys-days N]",
        .summary = "Backs a gateway at work up; keys of entries apart, for some days",
        .examples = {"lockgate backup make --config gateway.yaml --to /backup/2026-11-30 --keys-to "
                     "/keys",
                     "lockgate backup make --config gateway.yaml --to /backup/2026-11-30 \\\n    "
                     "--keys-to /keys --keys-days 14"},
        .run = tool_backup_make,
    },
    {
        .noun = "backup",
        .verb = "check",
        .arguments = "DIR",
        .summary = "Says whether a backup is whole and as it was made",
        .examples = {"lockgate backup check /backup/2026-11-30",
                     "lockgate backup check /mnt/offsite/2026-11-30"},
        .run = tool_backup_check,
    },
    {
        .noun = "backup",
        .verb = "restore",
        .arguments = "--config FILE --from DIR --keys FILE",
        .summary = "Puts a backup into an empty state folder; the log's mark there is kept",
        .examples = {"lockgate backup restore --config gateway.yaml --from /backup/2026-11-30 "
                     "\\\n    --keys /keys/keys-20261130T214012Z.db",
                     "lockgate backup restore --config /etc/lockgate/gateway.yaml \\\n    --from "
                     "/mnt/offsite/2026-11-30 --keys /keys/keys-20261130T214012Z.db"},
        .run = tool_backup_restore,
    },
};

const struct command_table table_backup = {commands, sizeof commands / sizeof commands[0]};
