/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration of a system that asks: the command line, or a case system built on our library. */
#ifndef GATEWAY_CONFIG_CLIENT_H
#define GATEWAY_CONFIG_CLIENT_H

#include "gateway/config/config.h"

struct config_client {
    struct config_peer gateway;    /* gateway */
    struct config_peer *connector; /* connector: of the own agency, for blinding; optional */
    struct config_tls tls_client;  /* tls-client */
};

LG_MUST_USE struct lg_err config_client_load(const char *path, struct diag *diag,
                                             struct config_client **out_client);
void config_client_free(struct config_client **client);

#endif
