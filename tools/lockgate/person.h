/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate person ...`: questions about one person, as a partner's system asks them. */
#ifndef TOOLS_LOCKGATE_PERSON_H
#define TOOLS_LOCKGATE_PERSON_H

/* `person find|view --config FILE --identity FILE ...`; argv starts after the verb. `find` says
 * whether the person is known well enough to be asked about; `view` asks every agency that the
 * agreement allows and prints what they gave, what was held back and why, and the receipts. Gives
 * 0; 3 where all was refused; 4 where some was; 6 where the gateway cannot be reached; 1 and 2. */
int tool_person_find(int argc, char **argv);
int tool_person_view(int argc, char **argv);

#endif
