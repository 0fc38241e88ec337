/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate incident ...`: personal data that went astray. Exit codes of exit.h. */
#ifndef TOOLS_LOCKGATE_INCIDENT_H
#define TOOLS_LOCKGATE_INCIDENT_H

int tool_incident_open(int argc, char **argv);
int tool_incident_scope(int argc, char **argv);
int tool_incident_notify(int argc, char **argv);
int tool_incident_list(int argc, char **argv);
int tool_incident_show(int argc, char **argv);
int tool_incident_notices(int argc, char **argv);
int tool_incident_acknowledge(int argc, char **argv);
int tool_incident_decide(int argc, char **argv);
int tool_incident_report(int argc, char **argv);
int tool_incident_close(int argc, char **argv);

#endif
