/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/node/node.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/log.h"
#include "gateway/node/node_int.h"
#include "gateway/query/apply.h"
#include "gateway/store/erasure.h"
#include "gateway/store/keys.h"

enum { POOL_THREADS = 2, BULK_THREADS = 1, PATH_SIZE = 4096 };

static struct lg_err path_make(const struct node *node, const char *name,
                               char out[static PATH_SIZE]) {
    int len = snprintf(out, PATH_SIZE, "%s/%s", node->config->state, name);
    bool fits = len > 0 && len < PATH_SIZE;
    return fits ? LG_OK : lg_err_make(LG_CLASS_CONFIG, LG_SERVICE, NODE_MEMORY);
}

static struct lg_err folder_make(const char *path, struct diag *diag) {
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        diag_set(diag, 0, "%s: cannot be made: %s", path, strerror(errno));
        return lg_err_make(LG_CLASS_CONFIG, LG_SERVICE, NODE_MEMORY);
    }
    return LG_OK;
}

static struct lg_err tls_open(struct node *node, struct diag *diag) {
    const struct config_tls *server = &node->config->tls_server;
    const struct config_tls *client = &node->config->tls_client;
    const struct tls_files server_files = {
        .certificate = server->certificate,
        .key = server->key,
        .anchors = server->anchors,
        .crl = server->crl,
    };
    const struct tls_files client_files = {
        .certificate = client->certificate,
        .key = client->key,
        .anchors = client->anchors,
        .crl = client->crl,
    };
    TRY(tls_context_new(TLS_SERVER, &server_files, diag, &node->tls_server));
    return tls_context_new(TLS_CLIENT, &client_files, diag, &node->tls_client);
}

/* The secret under which the store seals: a file beside it that only this process reads. */
static struct lg_err keys_open(struct node *node, struct diag *diag) {
    char path[PATH_SIZE];
    TRY(path_make(node, "root.key", path));
    const struct vault_file root = {.path = path};
    const struct vault_file index = {.path = node->config->index_key};
    const struct vault_file log = {.path = node->config->log.key};
    const struct vault_label mark = {.purpose = "request-mark"};
    TRY(vault_key_load_or_create(&root, VAULT_KIND_SECRET, diag, &node->root));
    TRY(vault_key_load(&index, VAULT_KIND_BOX, diag, &node->index_key));
    TRY(vault_key_load(&log, VAULT_KIND_SIGN, diag, &node->log_key));
    TRY(vault_key_derive(node->root, &mark, VAULT_KIND_SECRET, &node->mark_key));
    vault_key_warm(node->mark_key);
    return LG_OK;
}

static struct lg_err store_start(struct node *node, struct diag *diag) {
    char path[PATH_SIZE];
    TRY(path_make(node, "store", path));
    TRY(store_open(path, node->root, diag, &node->store));
    TRY(locate_new(node->store, node->root, node->index_key, &node->locate));
    const struct clock clock = clock_system();
    TRY(consent_counters_new(node->store, &node->counters));
    return consent_counters_keep(node->counters, &clock);
}

static struct lg_err applied_through(const struct node *node, uint64_t *out_through) {
    struct store_reader *reader = NULL;
    TRY(store_reader_open(node->store, &reader));
    struct lg_err err = store_applied_through(reader, out_through);
    store_reader_free(&reader);
    return err;
}

/* The store applied only what was durable in the log. Looked at before anything is added to it:
 * the log is shorter where it was put back from an older copy, or lost (audit.md I4). */
static struct lg_err store_agrees(const struct node *node, struct diag *diag) {
    uint64_t through = 0;
    uint64_t size = audit_size(node->log);
    TRY(applied_through(node, &through));
    if (through <= size) {
        return LG_OK;
    }
    diag_set(diag, 0,
             "the audit log holds %" PRIu64 " entries, but the store has applied %" PRIu64
             " of it. Entries are missing: was an older copy put back, or the folder lost? Nothing "
             "was added. Restore the newest copy of the log's folder.",
             size, through);
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_BEHIND);
}

/* The index covers only what was durable, and may have seen more than the store had to apply. */
static struct lg_err index_agrees(const struct node *node, struct diag *diag) {
    struct index_word word;
    TRY(index_word_read(node->store, node->log, &word));
    if (!word.is_against) {
        return LG_OK;
    }
    diag_set(diag, 0,
             "the audit log holds %" PRIu64 " entries, but its index (entries.db) has seen %" PRIu64
             ", or others. Entries are missing: was an older copy put back? Nothing was added. "
             "Restore the newest copy of the log's folder; only where that is known to be lost, "
             "remove entries.db.",
             audit_size(node->log), word.covered);
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_BEHIND);
}

/* What the log holds and the store does not is applied before the first question. */
static struct lg_err log_replay(struct node *node, struct diag *diag) {
    uint64_t through = 0;
    size_t count = 0;
    TRY(applied_through(node, &through));
    struct lg_err err = audit_log_replay(node->log, through, &count);
    if (lg_err_same(err, lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_KEYS))) {
        diag_set(diag, 0,
                 "keys.db lacks the key of a change that the store does not have yet, and nobody "
                 "was erased: it is an older copy than the log. The change may be a consent that "
                 "ended, so nothing is served without it. Put the newest copy of keys.db back.");
    }
    TRY(err);
    if (count > 0) {
        log_line(LOG_INFO, "node.replayed", "changes=%zu", count);
    }
    return LG_OK;
}

/* Keys that the log says were destroyed and that a backup brought back are destroyed again. */
static struct lg_err keys_settle(struct node *node, struct diag *diag) {
    size_t count = 0;
    diag_set(diag, 0,
             "keys that were erased cannot be destroyed again: see the system's log for "
             "disk errors");
    TRY(store_keys_settle(node->store, &count));
    diag_set(diag, 0, "%s", "");
    if (count > 0) {
        log_line(LOG_WARN, "node.keys", "destroyed-again=%zu", count);
    }
    return LG_OK;
}

/* Who was erased must not come back with an older copy of the store. Where the log knows of it, its
 * replay has just erased them again. */
static struct lg_err outlived_check(struct node *node, struct diag *diag) {
    size_t people = 0;
    diag_set(diag, 0,
             "keys.db or lockgate.db cannot be read: see the system's log for disk errors");
    TRY(store_keys_outlived(node->store, &people));
    diag_set(diag, 0, "%s", "");
    if (people == 0) {
        return LG_OK;
    }
    diag_set(
        diag, 0,
        "lockgate.db and the log are older copies than keys.db: %zu people are in them who were "
        "erased since. Nothing was changed. Put the newest copies of lockgate.db and of the "
        "log's folder back.",
        people);
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_BEHIND);
}

static struct lg_err log_find(struct node *node, struct diag *diag) {
    char path[PATH_SIZE];
    TRY(path_make(node, "log", path));
    TRY(folder_make(path, diag));
    const struct audit_config config = {
        .folder = path,
        .origin = node->config->log.origin,
        .sign_key = node->log_key,
        .clock = clock_system(),
        .keys =
            {
                .ctx = node->store,
                .subject = store_key_subject,
                .nobody = store_key_nobody,
                .each = store_key_each,
                .any_destroyed = store_key_any_destroyed,
            },
        .apply = node_apply,
        .apply_ctx = node,
    };
    TRY(audit_log_recover(&config, diag, &node->log));
    TRY(store_agrees(node, diag));
    return index_agrees(node, diag);
}

static struct lg_err log_begin(struct node *node, struct diag *diag) {
    struct audit_recovery recovery = {0};
    TRY(audit_log_begin(node->log, diag, &recovery));
    log_line(LOG_INFO, "node.log", "size=%llu abandoned=%llu", (unsigned long long)recovery.size,
             (unsigned long long)recovery.questions_abandoned);
    TRY(log_replay(node, diag));
    TRY(keys_settle(node, diag));
    return outlived_check(node, diag);
}

/* The index of the log, for officers: behind the log at first, and brought up to it meanwhile. */
static struct lg_err index_begin(struct node *node) {
    size_t count = node->registry->party_count;
    node->agencies = calloc(count > 0 ? count : 1, sizeof *node->agencies);
    if (node->agencies == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        node->agencies[i] = span_text(node->registry->parties[i].id);
    }
    const struct index_config config = {
        .store = node->store,
        .log = node->log,
        .agencies = {.items = node->agencies, .count = count},
    };
    return index_open(&config, &node->index);
}

/* Questions do not wait for the index: without it officers cannot search, and are told so. */
static void index_note(struct lg_err err) {
    if (lg_failed(err)) {
        log_line(LOG_WARN, "node.index", "search=none class=%s code=%u",
                 lg_class_name(lg_err_class(err)), (unsigned)lg_err_code(err));
    }
}

static void gateway_fill(struct node *node) {
    node->gateway = (struct query_gateway){
        .registry = node->registry,
        .agreements = node->agreements.live,
        .book = node->agreements.book,
        .log = node->log,
        .index = node->index,
        .store = node->store,
        .locate = node->locate,
        .counters = node->counters,
        .reg = node->reg,
        .openings = node->openings,
        .quorum = node->quorum.needed > 0 ? &node->quorum : NULL,
        .pool = node->pool,
        .bulk = node->bulk,
        .mark_key = node->mark_key,
        .wards = node->wards.wards,
        .ward_count = node->wards.count,
        .limits = node->config->limits,
        .message_max = LIMIT_GRPC_SEND_MAX,
        .clock = clock_system(),
    };
}

/* Without them questions are answered all the same, and the log keeps what they would have shown.
 */
static void signals_begin(struct node *node) {
    if (node->index == NULL) {
        log_line(LOG_WARN, "node.signals", "rules=none cause=index");
        return;
    }
    struct lg_err err = node_signals_start(node);
    if (lg_failed(err)) {
        node_signals_stop(node);
        log_line(LOG_WARN, "node.signals", "rules=none class=%s code=%u",
                 lg_class_name(lg_err_class(err)), (unsigned)lg_err_code(err));
    }
}

static struct lg_err workers_start(struct node *node, struct diag *diag) {
    node->workers = calloc(node->config->workers, sizeof *node->workers);
    if (node->workers == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    for (uint32_t i = 0; i < node->config->workers; i++) {
        node->worker_count++;
        TRY(node_worker_start(&node->workers[i], node, diag));
    }
    return LG_OK;
}

/* Whose rows count is told apart for so many; every look-up would fail with more. */
static struct lg_err parties_check(const struct node *node, struct diag *diag) {
    if (node->registry->party_count <= LOCATE_SOURCES_MAX) {
        return LG_OK;
    }
    diag_set(diag, 0, "%s: %u parties; this gateway serves partnerships of at most %d",
             node->config->partnership, node->registry->party_count, LOCATE_SOURCES_MAX);
    return lg_err_make(LG_CLASS_CONFIG, LG_SERVICE, NODE_PARTIES);
}

static struct lg_err config_read(struct node *node, const char *config_path, struct diag *diag) {
    TRY(config_gateway_load(config_path, diag, &node->config));
    TRY(config_partnership_load(node->config->partnership, diag, &node->registry));
    TRY(parties_check(node, diag));
    TRY(node_floor_load(node, diag));
    TRY(node_register_load(node, diag));
    TRY(node_wards_load(node->config->wards, diag, &node->wards));
    TRY(tls_open(node, diag));
    return node->config->console == NULL
               ? LG_OK
               : console_new(node->config->console, node->registry, diag, &node->console);
}

/* Whose systems these are: the party of the first system of a kind. */
static const char *party_of_kind(const struct config_partnership *registry, enum system_kind kind) {
    for (uint32_t i = 0; i < registry->party_count; i++) {
        const struct config_party *party = &registry->parties[i];
        for (uint32_t j = 0; j < party->system_count; j++) {
            if (party->systems[j].kind == kind) {
                return party->id;
            }
        }
    }
    return NULL;
}

/* What this installation can and cannot promise (design/README.md, rule 9), said at every start. */
static void self_describe(const struct node *node) {
    const char *gateway = party_of_kind(node->registry, SYSTEM_GATEWAY);
    const char *keys = party_of_kind(node->registry, SYSTEM_KEY_SERVICE);
    bool one = gateway != NULL && keys != NULL && strcmp(gateway, keys) == 0;
    log_line(one ? LOG_WARN : LOG_INFO, "node.operator",
             "answers=readable-while-they-pass tokens=%s",
             one ? "reversible-by-the-operator-who-runs-index-and-key-service"
                 : "index-and-key-service-run-apart");
    if (node->console != NULL) {
        console_describe(node->console, one);
    }
}

/* A purpose that no agreement in force has makes nothing urgent: most likely it is misspelt. */
static void urgent_check(const struct node *node) {
    struct clock clock = clock_system();
    struct agreement_view view = agreement_view_of(node->agreements.live);
    const struct agreement_forces forces =
        agreement_set_at(agreement_view_set(&view), clock_wall_ms(&clock) / 1000);
    for (uint32_t i = 0; i < node->registry->urgent_purpose_count; i++) {
        const char *purpose = node->registry->urgent_purposes[i];
        bool is_known = false;
        for (size_t j = 0; j < forces.count && !is_known; j++) {
            is_known = policy_purpose_covers(forces.force[j].policy, span_text(purpose),
                                             span_text(purpose));
        }
        if (!is_known) {
            log_line(LOG_WARN, "node.urgent-purpose", "purpose=%s in-force=no", purpose);
        }
    }
    agreement_view_done(&view);
}

static struct lg_err agreements_start(struct node *node, struct diag *diag) {
    char path[PATH_SIZE];
    TRY(path_make(node, "agreements", path));
    TRY(folder_make(path, diag));
    return node_agreements_open(node, path, diag);
}

static struct lg_err node_open(struct node *node, const char *config_path, struct diag *diag) {
    struct vault_report report;
    TRY(vault_init(&report));
    if (!report.memory_locked) {
        log_line(LOG_WARN, "node.memory", "locked=no");
    }
    TRY(config_read(node, config_path, diag));
    self_describe(node);
    TRY(folder_make(node->config->state, diag));
    TRY(keys_open(node, diag));
    TRY(store_start(node, diag));
    TRY(agreements_start(node, diag));
    TRY(log_find(node, diag));
    TRY(node_witnesses_start(node, diag));
    TRY(log_begin(node, diag));
    TRY(node_agreements_found(node, diag));
    TRY(node_quorum_open(node, diag));
    index_note(index_begin(node));
    node_witnesses_hurry(node);
    urgent_check(node);
    TRY(query_register_new(&node->reg));
    TRY(query_openings_new(&node->openings));
    TRY(loop_pool_new(POOL_THREADS, &node->pool));
    TRY(loop_pool_new(BULK_THREADS, &node->bulk));
    if (node->console != NULL) {
        TRY(console_start(node->console));
    }
    gateway_fill(node);
    signals_begin(node);
    if (node->index != NULL) {
        index_note(index_start(node->index));
    }
    TRY(node_overdue_start(node));
    TRY(workers_start(node, diag));
    node_agreements_tell(node, true);
    node_witnesses_tell(node, true);
    return LG_OK;
}

/* What was reserved and not used is given back, where the store still takes it. */
static void counters_settle(struct node *node) {
    const struct clock clock = clock_system();
    if (node->counters != NULL) {
        lg_err_ignore(consent_counters_settle(node->counters, clock_mono_ms(&clock)),
                      "then they stay as they were reserved");
    }
}

static void node_free(struct node **node) {
    struct node *it = *node;
    if (it == NULL) {
        return;
    }
    node_agreements_tell(it, false);
    node_witnesses_tell(it, false);
    for (size_t i = 0; i < it->worker_count; i++) {
        node_worker_stop(&it->workers[i]);
    }
    free(it->workers);
    console_free(&it->console);
    loop_pool_free(&it->bulk);
    loop_pool_free(&it->pool);
    query_openings_free(&it->openings);
    query_register_free(&it->reg);
    node_witnesses_stop(it);
    node_signals_stop(it);
    node_overdue_stop(it);
    index_free(&it->index);
    free(it->agencies);
    free(it->quorum_agreements);
    audit_log_close(&it->log);
    counters_settle(it);
    consent_counters_free(&it->counters);
    locate_free(&it->locate);
    store_reader_free(&it->reader);
    store_free(&it->store);
    vault_key_free(&it->mark_key);
    vault_key_free(&it->log_key);
    vault_key_free(&it->index_key);
    vault_key_free(&it->root);
    node_wards_free(&it->wards);
    node_agreements_free(&it->agreements);
    tls_context_free(&it->tls_client);
    tls_context_free(&it->tls_server);
    config_partnership_free(&it->registry);
    config_gateway_free(&it->config);
    free(it);
    *node = NULL;
}

struct lg_err node_start(const char *config_path, struct diag *diag, struct node **out_node) {
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    struct lg_err err = node_open(node, config_path, diag);
    if (lg_failed(err)) {
        node_stop(&node, 0);
        return err;
    }
    *out_node = node;
    return LG_OK;
}

struct lg_err node_check(const char *config_path, struct diag *diag) {
    struct vault_report report;
    TRY(vault_init(&report));
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    struct lg_err err = config_read(node, config_path, diag);
    if (!lg_failed(err)) {
        err = node_agreements_check(node, diag);
    }
    node_free(&node);
    return err;
}

uint16_t node_port(const struct node *node) {
    return node->port;
}

/* Keys of the next quarter, some persons a call (audit.md 4.9). */
static void keys_prepare(struct node *node) {
    uint32_t next = audit_quarter(clock_wall_ms(&node->gateway.clock)) + 1;
    if (node->prepared_quarter == next) {
        return;
    }
    bool left = true;
    if (!lg_failed(store_keys_prepare(node->store, next, &left)) && !left) {
        node->prepared_quarter = next;
    }
}

/* What a quarter that ended left in the key store. */
static void keys_sweep(struct node *node) {
    bool left = false;
    lg_err_ignore(store_keys_sweep(node->store, &left), "nothing opens it; the next call goes on");
}

void node_refresh(struct node *node) {
    (void)tls_watch_look(&node->watch_server, node->tls_server, "server");
    (void)tls_watch_look(&node->watch_client, node->tls_client, "client");
    if (node->console != NULL) {
        console_refresh(node->console);
    }
    /* Also where no file changed: a peer's certificate, or a list, may have come to its end. */
    for (size_t i = 0; i < node->worker_count; i++) {
        node_worker_refresh(&node->workers[i]);
    }
    keys_prepare(node);
    keys_sweep(node);
    lg_err_ignore(agreement_book_refresh(node->agreements.book),
                  "short of memory: the next call tries again");
    node_leavers_delete(node);
}

void node_stop(struct node **node, int64_t drain_ms) {
    for (size_t i = 0; *node != NULL && i < (*node)->worker_count; i++) {
        node_worker_drain(&(*node)->workers[i], drain_ms);
    }
    node_free(node);
}
