/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate review list|show|take|close|tell|mark|unmark`, and `lockgate access stop|resume|list`:
 * what officers do. Exit codes of exit.h. */
#ifndef TOOLS_LOCKGATE_REVIEW_H
#define TOOLS_LOCKGATE_REVIEW_H

int tool_review_list(int argc, char **argv);
int tool_review_show(int argc, char **argv);
int tool_review_take(int argc, char **argv);
int tool_review_close(int argc, char **argv);
int tool_review_tell(int argc, char **argv);
int tool_review_mark(int argc, char **argv);
int tool_review_unmark(int argc, char **argv);
int tool_access_stop(int argc, char **argv);
int tool_access_resume(int argc, char **argv);
int tool_access_list(int argc, char **argv);

#endif
