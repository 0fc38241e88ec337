/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate consent record|show|withdraw|receipt|notices`: what a person agreed to, refused or
 * withdrew. */
#ifndef TOOLS_LOCKGATE_CONSENT_H
#define TOOLS_LOCKGATE_CONSENT_H

int tool_consent_record(int argc, char **argv);
int tool_consent_show(int argc, char **argv);
int tool_consent_withdraw(int argc, char **argv);
int tool_consent_receipt(int argc, char **argv);
int tool_consent_notices(int argc, char **argv);

#endif
