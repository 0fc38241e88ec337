/* SPDX-License-Identifier: Apache-2.0 */
/* Operational log: one JSON object a line on stdout. Never a name, identifier, free text or search
 * term: values are numbers, codes and ids of our own making. */
#ifndef GATEWAY_BASE_LOG_H
#define GATEWAY_BASE_LOG_H

#include <stdint.h>

#include "gateway/base/attr.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped; INFO at start. */
void log_level_set(enum log_level level);

/* Writes {"time":...,"level":...,"event":EVENT,"detail":DETAIL}. `event` is a fixed name such as
 * "source.breaker.open"; the detail is `key=value` pairs separated by spaces and is escaped. */
void log_line(enum log_level level, const char *event, const char *format, ...) LG_PRINTF(3, 4);

#endif
