/* SPDX-License-Identifier: Apache-2.0 */
/* Values that more than one file holds. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/config/document_int.h"

const cyaml_schema_field_t CONFIG_TLS_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("certificate", CONFIG_TEXT, struct config_tls, certificate, 1,
                           LIMIT_CONFIG_TEXT),
    CYAML_FIELD_STRING_PTR("key", CONFIG_TEXT, struct config_tls, key, 1, LIMIT_CONFIG_TEXT),
    CYAML_FIELD_STRING_PTR("anchors", CONFIG_TEXT, struct config_tls, anchors, 1,
                           LIMIT_CONFIG_TEXT),
    CYAML_FIELD_STRING_PTR("crl", CONFIG_TEXT, struct config_tls, crl, 1, LIMIT_CONFIG_TEXT),
    CYAML_FIELD_END};

const cyaml_schema_field_t CONFIG_PEER_FIELDS[] = {
    CYAML_FIELD_STRING_PTR("address", CONFIG_TEXT, struct config_peer, address.text, 1,
                           LIMIT_CONFIG_TEXT),
    CYAML_FIELD_STRING_PTR("dns", CONFIG_TEXT, struct config_peer, dns, 1, CONFIG_HOST_MAX),
    CYAML_FIELD_STRING_PTR("uri", CONFIG_TEXT, struct config_peer, uri, 1, CONFIG_URI_MAX),
    CYAML_FIELD_END};

struct lg_err config_check_name(const struct config_check *check, const char *place,
                                const char *name) {
    if (!config_name_is_valid(span_text(name))) {
        return config_refuse(check, place, "a name is 1 to 63 of a-z, 0-9 and -");
    }
    return LG_OK;
}

static bool is_label_byte(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
}

static bool is_label(struct span label) {
    if (label.len == 0 || label.len > 63 || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!is_label_byte(label.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* A host name in lower case (RFC 1123, 2.1) or an address without brackets. */
static bool is_host(const char *host) {
    uint8_t address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET6, host, address) == 1 || inet_pton(AF_INET, host, address) == 1) {
        return true;
    }
    struct span rest = span_text(host);
    struct span label;
    if (rest.len == 0 || rest.len > CONFIG_HOST_MAX) {
        return false;
    }
    while (span_split(&rest, '.', &label)) {
        if (!is_label(label)) {
            return false;
        }
    }
    return true;
}

struct lg_err config_check_host(const struct config_check *check, const char *place,
                                const char *host) {
    if (!is_host(host)) {
        return config_refuse(check, place, "a host name in lower case or an address belongs here");
    }
    return LG_OK;
}

struct lg_err config_check_uri(const struct config_check *check, const char *place,
                               const char *uri) {
    struct config_uri parts;
    if (lg_failed(config_uri_read(span_text(uri), &parts))) {
        return config_refuse(check, place, "lockgate://PARTNERSHIP/AGENCY/SYSTEM belongs here");
    }
    return LG_OK;
}

/* ---- addresses ---- */

static bool read_port(struct span text, uint16_t *out_port) {
    uint32_t value = 0;
    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *out_port = (uint16_t)value;
    return value <= UINT16_MAX;
}

/* Cuts HOST:PORT or [IPv6]:PORT; the host without brackets. */
static bool cut_address(struct span text, struct span *out_host, struct span *out_port) {
    bool bracket = text.len > 0 && text.ptr[0] == '[';
    size_t end = span_index(text, bracket ? ']' : ':');
    size_t colon = bracket ? end + 1 : end;
    if (end == text.len || colon >= text.len || text.ptr[colon] != ':') {
        return false;
    }
    *out_host = bracket ? span_slice(text, 1, end - 1) : span_slice(text, 0, end);
    *out_port = span_slice(text, colon + 1, text.len);
    bool has_colon = span_index(*out_host, ':') < out_host->len;
    return out_host->len > 0 && out_host->len <= CONFIG_HOST_MAX && has_colon == bracket;
}

struct lg_err config_check_address(const struct config_check *check, const char *place,
                                   enum config_port port, struct config_address *address) {
    struct span host;
    struct span number;
    bool good =
        cut_address(span_text(address->text), &host, &number) && read_port(number, &address->port);
    if (good) {
        memcpy(address->host, host.ptr, host.len);
        address->host[host.len] = '\0';
    }
    if (!good || !is_host(address->host) || (address->port == 0 && port == CONFIG_PORT_NEEDED)) {
        return config_refuse(check, place, "HOST:PORT or [IPv6]:PORT belongs here");
    }
    return LG_OK;
}

/* ---- the rest ---- */

struct lg_err config_check_path(const struct config_check *check, const char *place, char **path) {
    const char *folder = (*path)[0] == '/' ? "" : check->document->folder;
    size_t size = strlen(folder) + strlen(*path) + 1;
    char *whole = malloc(size); /* freed by libcyaml, whose memory is malloc's */
    if (whole == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_CONFIG, CONFIG_MEMORY);
    }
    snprintf(whole, size, "%s%s", folder, *path);
    free(*path);
    *path = whole;
    if (size > LIMIT_CONFIG_TEXT) {
        return config_refuse(check, place, "the path is too long");
    }
    return LG_OK;
}

struct lg_err config_check_hex(const struct config_check *check, const char *place,
                               const char *text, uint8_t out[static 32]) {
    if (lg_failed(bytes_from_hex(span_text(text), out, 32))) {
        return config_refuse(check, place, "64 hex digits belong here");
    }
    return LG_OK;
}

struct lg_err config_check_number(const struct config_check *check, const char *place,
                                  struct config_range range, uint32_t *number) {
    if (!config_document_has(check->document, place)) {
        *number = range.otherwise;
    }
    if (*number < range.min || *number > range.max) {
        return config_refuse(check, place, "%u to %u belongs here", range.min, range.max);
    }
    return LG_OK;
}

struct lg_err config_check_tls(const struct config_check *check, const char *place,
                               struct config_tls *tls) {
    TRY(config_check_path(check, config_place_of(place, "certificate").text, &tls->certificate));
    TRY(config_check_path(check, config_place_of(place, "key").text, &tls->key));
    TRY(config_check_path(check, config_place_of(place, "anchors").text, &tls->anchors));
    return config_check_path(check, config_place_of(place, "crl").text, &tls->crl);
}

struct lg_err config_check_peer(const struct config_check *check, const char *place,
                                struct config_peer *peer) {
    TRY(config_check_address(check, config_place_of(place, "address").text, CONFIG_PORT_NEEDED,
                             &peer->address));
    TRY(config_check_host(check, config_place_of(place, "dns").text, peer->dns));
    return config_check_uri(check, config_place_of(place, "uri").text, peer->uri);
}
