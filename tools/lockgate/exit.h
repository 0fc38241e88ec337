/* SPDX-License-Identifier: Apache-2.0 */
/* What `lockgate` exits with. Stable: scripts depend on it. */
#ifndef TOOLS_LOCKGATE_EXIT_H
#define TOOLS_LOCKGATE_EXIT_H

enum exit_tool {
    EXIT_TOOL_DONE = 0,
    EXIT_TOOL_FAILED = 1,
    EXIT_TOOL_USAGE = 2,
    EXIT_TOOL_REFUSED = 3,
    EXIT_TOOL_PARTIAL = 4,
    EXIT_TOOL_NOT_VERIFIED = 5,
    EXIT_TOOL_UNREACHABLE = 6,
    EXIT_TOOL_SIGN_IN = 7,
};

#endif
