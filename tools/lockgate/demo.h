/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate demo ...`: a whole partnership of made-up agencies on this machine. */
#ifndef TOOLS_LOCKGATE_DEMO_H
#define TOOLS_LOCKGATE_DEMO_H

/* Each takes `[--state DIR]`; argv starts after the verb. `up` may be called while it runs. Gives
 * 0; 1 where something cannot be started; `status` 1 where not everything runs; 2 for wrong usage.
 */
int tool_demo_up(int argc, char **argv);
int tool_demo_down(int argc, char **argv);
int tool_demo_status(int argc, char **argv);

#endif
