/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate register ...`: commands about the statute register. Pure and offline. */
#ifndef TOOLS_LOCKGATE_REGISTER_H
#define TOOLS_LOCKGATE_REGISTER_H

/* `register check FILE`: reads a register as the gateway would, and lists its entries with their
 * kind, their beginning and who checked them. Exit codes: tools/lockgate/exit.h. */
int tool_register_check(int argc, char **argv);

#endif
