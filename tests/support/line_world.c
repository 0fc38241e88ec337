/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "tests/support/line_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/query/apply.h"
#include "gateway/query/query_int.h"
#include "gateway/store/keys.h"
#include "tests/support/line_int.h"

#include <cmocka.h>

static const char AGENCY_URI[] = "lockgate://bridgewater/agency/connector";
static const char AGENCY_DNS[] = "agency.example";
static const char GATEWAY_URI[] = "lockgate://bridgewater/hub/gateway";
static const char GATEWAY_DNS[] = "gateway.example";

static const char agreement[] =
    "isa 1\n"
    "agreement line\n"
    "  title: The agreement of the tests of the line\n"
    "  version: 3\n"
    "  in force: %s to %s\n"
    "  review due: %s\n"
    "  review grace: 30 days\n"
    "  time zone: Europe/London\n"
    "  lead: care\n"
    "  signatures needed: all parties\n"
    "  assessment: DPIA-1\n"
    "  contact: lead\n"
    "party care\n  name: Care\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party homes\n  name: Homes\n  legal entity: Homes\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Secretary\n"
    "party school\n  name: School\n  legal entity: School\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Head\n"
    "party trust\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n  existence: hidden\n"
    "role care/worker\nrole care/visitor\n"
    "purpose safeguarding\n  title: Protect\n"
    "purpose child-safeguarding\n  title: Protect a child\n  within: safeguarding\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n"
    "  article 9: g, DPA 2018 Sch 1 para 18\n  covers: safeguarding\n"
    "  reason for no consent: not needed\n"
    "basis index\n  title: Public task\n  kind: statutory\n  article 6: e\n"
    "  article 9: g, DPA 2018 Sch 1 para 18\n  covers: safeguarding\n"
    "category tenancy\n  title: Tenancy\n  class: ordinary\n  held by: homes\n"
    "  fields: address, arrears, born, nhs-number, notes\n"
    "category repairs\n  title: Repairs\n  class: ordinary\n  held by: homes\n"
    "  fields: visit\n"
    "category schooling\n  title: Schooling\n  class: ordinary\n  held by: school\n"
    "  fields: attendance\n"
    "category library\n  title: Library\n  class: ordinary\n  held by: school\n"
    "  fields: card\n"
    "category welfare\n  title: Welfare\n  class: special\n  held by: school\n"
    "  fields: concern\n  existence: open\n"
    "category mental-health\n  title: Mental health\n  class: special\n  held by: trust\n"
    "  fields: status, plan\n"
    "generalise age-band\n  to: age in five year bands\n"
    "hours always\n  open: 00:00 to 24:00 on every day\n"
    "limit some\n  per person: 200 in 1 hour\n  per agency: 500 in 1 hour\n"
    "limit once\n  per person: 1 in 1 hour\n"
    "defaults\n  hours: always\n  limit: some\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Tenancy\n  from: homes\n  to: care/worker\n  purpose: safeguarding\n"
    "  basis: act\n  consent: not needed\n  pass: tenancy.address\n"
    "  generalise: tenancy.born by age-band\n  pseudonymise: tenancy.nhs-number\n"
    "  redact: tenancy.notes\n"
    "clause 2 share\n  title: Arrears\n  from: homes\n  to: care/worker\n  purpose: safeguarding\n"
    "  basis: act\n  consent: required\n  pass: tenancy.arrears\n"
    "clause 3 share\n  title: Health\n  from: trust\n  to: care/worker\n  purpose: safeguarding\n"
    "  basis: act\n  consent: required\n  pass: mental-health.status\n"
    "clause 4 share\n  title: Plan\n  from: trust\n  to: care/worker\n  purpose: safeguarding\n"
    "  basis: act\n  consent: not needed\n  pass: mental-health.plan\n"
    "clause 5 share\n  title: School\n  from: school\n  to: care/worker\n  purpose: safeguarding\n"
    "  basis: act\n  consent: required\n  pass: schooling.attendance\n"
    "clause 6 share\n  title: Welfare\n  from: school\n  to: care/worker\n  purpose: safeguarding\n"
    "  basis: act\n  consent: required\n  pass: welfare.concern\n"
    "clause 8 share\n  title: Library\n  from: school\n  to: care/worker\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required\n  limit: once\n"
    "  pass: library.card\n"
    "clause 9 share\n  title: Repairs\n  from: homes\n  to: care/worker\n  purpose: safeguarding\n"
    "  basis: act\n  consent: not needed\n  objection: refer\n  pass: repairs.visit\n"
    "clause 7 enrol\n  title: Everybody\n  from: care, homes, school, trust\n  people: all\n"
    "  classes: N, A, C, D, E\n  basis: index\n  keep: 365 days\n";

static int64_t read_wall(void *ctx) {
    const struct line_world *world = ctx;
    return world->wall_ms;
}

static int64_t read_mono(void *ctx) {
    const struct line_world *world = ctx;
    return world->mono_ms;
}

static struct clock clock_of(struct line_world *world) {
    return (struct clock){.wall_ms = read_wall, .mono_ms = read_mono, .ctx = world};
}

/* ---- the group: certificates ---- */

static void tls_make(struct line_world *world, const char *source_dir) {
    struct diag diag = {0};
    struct support_files *f = world->files;
    support_ca_new(&world->ca, source_dir, "bridgewater");
    support_ca_run(&world->ca, "client", "hub gateway");
    support_ca_run(&world->ca, "server", "hub gateway gateway.example,127.0.0.1");
    support_ca_run(&world->ca, "server", "agency connector agency.example,127.0.0.1");
    support_ca_run(&world->ca, "client", "care cases");
    support_files_set(&world->ca, "hub/gateway/client", &f[0]);
    support_files_set(&world->ca, "hub/gateway/server", &f[1]);
    support_files_set(&world->ca, "agency/connector/server", &f[2]);
    support_files_set(&world->ca, "care/cases/client", &f[3]);
    assert_false(
        lg_failed(tls_context_new(TLS_CLIENT, &f[0].files, &diag, &world->gateway_client)));
    assert_false(
        lg_failed(tls_context_new(TLS_SERVER, &f[1].files, &diag, &world->gateway_server)));
    assert_false(lg_failed(tls_context_new(TLS_SERVER, &f[2].files, &diag, &world->agency_server)));
    assert_false(lg_failed(tls_context_new(TLS_CLIENT, &f[3].files, &diag, &world->caller_client)));
}

int line_world_setup(void **state, const char *source_dir) {
    struct line_world *world = calloc(1, sizeof *world);
    struct vault_report report;
    assert_non_null(world);
    assert_false(lg_failed(vault_init(&report)));
    tls_make(world, source_dir);
    *state = world;
    return 0;
}

int line_world_teardown(void **state) {
    struct line_world *world = *state;
    tls_context_free(&world->gateway_client);
    tls_context_free(&world->gateway_server);
    tls_context_free(&world->agency_server);
    tls_context_free(&world->caller_client);
    support_ca_free(&world->ca);
    free(world);
    return 0;
}

/* ---- one test ---- */

void line_world_agreements_put(struct line_world *world) {
    const struct agreement_stage_entry entry = {.force = world->force};
    const struct agreement_stage stage = {.from_s = INT64_MIN, .entries = &entry, .count = 1};
    struct agreement_set *set = NULL;
    assert_false(lg_failed(agreement_set_new(&stage, 1, &set)));
    agreement_live_put(world->agreements, set);
}

static void policy_make(struct line_world *world) {
    char text[sizeof agreement + 64];
    char from[11];
    char to[11];
    char review[11];
    struct diag diag = {0};
    int32_t today = (int32_t)(world->wall_ms / 86400000);
    policy_day_text(today - 100, from);
    policy_day_text(today + 200, to);
    policy_day_text(today + 100, review);
    (void)snprintf(text, sizeof text, agreement, from, to, review);
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &world->policy))) {
        fail_msg("line %u: %s", diag.line, diag.text);
    }
    world->force = (struct policy_force){.policy = world->policy};
    assert_false(lg_failed(agreement_live_new(&world->agreements)));
    line_world_agreements_put(world);
}

static void party_fill(struct line_world *world, size_t i, char *id) {
    static char worker[] = "worker";
    static char visitor[] = "visitor";
    static char *roles[] = {worker, visitor};
    static char cases[] = "cases";
    world->systems[i] = (struct config_system){
        .name = cases, .kind = SYSTEM_CASE_SYSTEM, .roles = roles, .role_count = 2};
    world->parties[i] = (struct config_party){
        .id = id, .name = id, .systems = &world->systems[i], .system_count = 1};
}

static void source_fill(struct line_world *world, enum line_agency_id id) {
    static char dns[sizeof AGENCY_DNS];
    struct line_agency *agency = &world->agencies[id];
    struct config_party *party = &world->parties[1 + id];
    struct config_source *source = &world->sources[id];
    memcpy(dns, AGENCY_DNS, sizeof dns);
    struct span text = arena_format(world->arena, "127.0.0.1:%u", grpc_server_port(agency->server));
    *source = (struct config_source){.dns = dns};
    source->address.text = (char *)(uintptr_t)text.ptr;
    memcpy(source->uri, AGENCY_URI, sizeof AGENCY_URI);
    struct vault_box_public public_key = vault_box_public(agency->box);
    memcpy(party->public_key, public_key.bytes, sizeof party->public_key);
    party->has_public_key = true;
    party->source = source;
}

static void registry_make(struct line_world *world) {
    static char care[] = "care";
    static char homes[] = "homes";
    static char school[] = "school";
    static char trust[] = "trust";
    static char partnership[] = "bridgewater";
    party_fill(world, 0, care);
    party_fill(world, 1 + LINE_HOMES, homes);
    party_fill(world, 1 + LINE_SCHOOL, school);
    party_fill(world, 1 + LINE_TRUST, trust);
    for (enum line_agency_id i = 0; i < LINE_AGENCIES; i++) {
        source_fill(world, i);
    }
    world->registry = (struct config_partnership){.partnership = partnership,
                                                  .name = partnership,
                                                  .parties = world->parties,
                                                  .party_count = 4};
}

static void log_open(struct line_world *world) {
    struct diag diag = {0};
    (void)snprintf(world->log_folder, sizeof world->log_folder, "%s/log-XXXXXX", world->ca.dir);
    assert_non_null(mkdtemp(world->log_folder));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->sign_key)));
    const struct audit_config config = {
        .folder = world->log_folder,
        .origin = "log.line.example",
        .sign_key = world->sign_key,
        .clock = clock_of(world),
        .keys = {.ctx = world->store.store,
                 .subject = store_key_subject,
                 .nobody = store_key_nobody,
                 .each = store_key_each},
        .apply = query_apply,
        .apply_ctx = world->store.store,
        .node = 1,
        .segment_size = LINE_SEGMENT_SIZE,
    };
    if (lg_failed(audit_log_open(&config, &diag, NULL, &world->gateway.log))) {
        fail_msg("%s", diag.text);
    }
}

static void gateway_open(struct line_world *world) {
    struct query_gateway *gateway = &world->gateway;
    *gateway = (struct query_gateway){
        .registry = &world->registry,
        .agreements = world->agreements,
        .store = world->store.store,
        .limits = {.deadline_max_ms = 30000,
                   .source_timeout_ms = LINE_TIMEOUT_MS,
                   .hidden_slot_ms = LINE_SLOT_MS},
        .message_max = LIMIT_GRPC_SEND_MAX,
        .clock = clock_of(world),
    };
    log_open(world);
    assert_false(lg_failed(vault_key_new(VAULT_KIND_BOX, &world->index_key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SECRET, &world->mark_key)));
    gateway->mark_key = world->mark_key;
    assert_false(lg_failed(
        locate_new(world->store.store, world->store.root, world->index_key, &gateway->locate)));
    assert_false(lg_failed(consent_counters_new(world->store.store, &gateway->counters)));
    assert_false(lg_failed(query_register_new(&gateway->reg)));
    assert_false(lg_failed(query_openings_new(&gateway->openings)));
    assert_false(lg_failed(loop_pool_new(1, &gateway->pool)));
    assert_false(lg_failed(loop_pool_new(1, &gateway->bulk)));
}

static void worker_open(struct line_world *world) {
    struct query_worker *worker = &world->worker;
    struct config_peer keys = {0};
    char address[64];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", grpc_server_port(world->keys.server));
    keys.address.text = address;
    keys.dns = world->sources[0].dns;
    keys.uri = world->sources[0].uri;
    worker->gateway = &world->gateway;
    worker->reader = world->store.reader;
    worker->agreements = agreement_view_of(world->agreements);
    assert_false(lg_failed(query_askers_new(&world->gateway, &worker->askers)));
    assert_false(lg_failed(arena_shelf_new(64, &worker->shelf)));
    const struct source_pool_config sources = {.host = world->host,
                                               .tls = world->gateway_client,
                                               .registry = &world->registry,
                                               .loop = worker->loop};
    assert_false(lg_failed(source_pool_new(&sources, &worker->sources)));
    assert_false(
        lg_failed(query_keys_new(world->host, world->gateway_client, &keys, &worker->keys)));
}

static void service_open(struct line_world *world) {
    assert_false(lg_failed(service_new(&world->worker, &world->service)));
    struct grpc_serve serve = {.host = world->host,
                               .tls = world->gateway_server,
                               .on_peer = service_knows_peer,
                               .ctx = world->service};
    serve.methods = service_methods(world->service, &serve.method_count);
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    assert_false(lg_failed(grpc_server_new(&serve, &world->server)));
    grpc_server_set_serving(world->server, "", true);
    char address[64];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", grpc_server_port(world->server));
    struct grpc_dial dial = {.host = world->host,
                             .tls = world->caller_client,
                             .dns_name = GATEWAY_DNS,
                             .uri = GATEWAY_URI,
                             .seed = 7};
    assert_false(lg_failed(http2_address_resolve(address, &dial.address)));
    assert_false(lg_failed(grpc_channel_new(&dial, &world->channel)));
    grpc_channel_wake(world->channel);
}

int line_world_open(void **state) {
    struct line_world *world = *state;
    struct clock machine = clock_system();
    world->mono_ms = 1000000;
    world->wall_ms = clock_wall_ms(&machine);
    assert_false(lg_failed(loop_new(clock_of(world), &world->worker.loop)));
    assert_false(lg_failed(http2_host_new(world->worker.loop, &world->host)));
    assert_false(lg_failed(arena_new(64U << 20, &world->arena)));
    store_support_init(&world->store);
    policy_make(world);
    line_agencies_open(world);
    line_keys_open(world);
    registry_make(world);
    gateway_open(world);
    worker_open(world);
    service_open(world);
    world->caller = (struct caller){.partnership = span_text("bridgewater"),
                                    .agency = span_text("care"),
                                    .system = span_text("cases"),
                                    .kind = SYSTEM_CASE_SYSTEM,
                                    .user_id = span_text("u-17"),
                                    .role = span_text("worker")};
    for (int i = 0; i < 4; i++) {
        line_settle(world);
    }
    return 0;
}

static void gateway_close(struct line_world *world) {
    struct query_gateway *gateway = &world->gateway;
    loop_pool_free(&gateway->bulk);
    loop_pool_free(&gateway->pool);
    audit_log_close(&gateway->log);
    query_openings_free(&gateway->openings);
    query_register_free(&gateway->reg);
    consent_counters_free(&gateway->counters);
    locate_free(&gateway->locate);
    vault_key_free(&world->index_key);
    vault_key_free(&world->sign_key);
    vault_key_free(&world->mark_key);
    store_support_done(&world->store);
    agreement_view_done(&world->worker.agreements);
    agreement_live_free(&world->agreements);
    policy_free(&world->policy);
}

int line_world_close(void **state) {
    struct line_world *world = *state;
    grpc_channel_free(&world->channel);
    line_settle(world);
    grpc_server_free(&world->server);
    line_settle(world);
    source_pool_free(&world->worker.sources);
    query_keys_free(&world->worker.keys);
    service_free(&world->service);
    line_settle(world);
    line_agencies_close(world);
    line_pass(world, LIMIT_HTTP2_LINGER_MS); /* for connections that linger */
    assert_int_equal(http2_host_counters(world->host)->works, 0);
    assert_int_equal(http2_host_counters(world->host)->connections, 0);
    gateway_close(world);
    http2_host_free(&world->host);
    query_askers_free(&world->worker.askers);
    arena_shelf_free(&world->worker.shelf);
    loop_free(&world->worker.loop);
    arena_free(&world->arena);
    return 0;
}

/* ---- time ---- */

/* The log and the pool have threads of their own and take what time this machine gives them: until
 * they are through, time must not pass here. */
static bool is_awaited(const struct line_world *world) {
    const struct query *query = world->worker.running;
    while (query != NULL && !query->is_committing && !query->is_working) {
        query = query->next;
    }
    return query != NULL;
}

void line_settle(struct line_world *world) {
    enum { TURNS = 24, PATIENCE = 100, WAIT_MS = 5 };
    for (int i = 0; i < TURNS; i++) {
        loop_turn(world->worker.loop, i % 4 == 0 ? 2 : 0);
        for (int left = PATIENCE; left > 0 && is_awaited(world); left--) {
            loop_turn(world->worker.loop, WAIT_MS);
        }
    }
}

void line_pass(struct line_world *world, int64_t ms) {
    world->mono_ms += ms;
    line_settle(world);
}

void line_until(struct line_world *world, const bool *flag) {
    for (int i = 0; i < 4000 && !*flag; i++) {
        loop_turn(world->worker.loop, 5);
    }
    assert_true(*flag);
}

/* ---- people ---- */

struct record_tag line_tag(uint32_t number) {
    return store_support_tag(number);
}

enum { FORENAME_SIZE = 16 };

/* A name of letters alone, another for each number: names have no digits. */
static void forename_make(uint32_t number, char out[static FORENAME_SIZE]) {
    size_t len = 0;
    out[len++] = 'm';
    for (uint32_t left = number; left > 0; left /= 10) {
        out[len++] = (char)('a' + left % 10);
    }
    out[len] = 0;
}

static void enrol(struct line_world *world, uint32_t number, enum line_agency_id id) {
    struct line_agency *agency = &world->agencies[id];
    char forename[FORENAME_SIZE];
    char identifier[16];
    char local[16];
    struct store_token tokens[5];
    struct edge_sealed_reference sealed;
    forename_make(number, forename);
    (void)snprintf(identifier, sizeof identifier, "999%07u", number);
    (void)snprintf(local, sizeof local, "P-%u", number);
    const struct made_person person = {forename, "example", "19840517", "ZZ1 1AA", identifier};
    struct vault_box_public public_key = vault_box_public(agency->box);
    assert_false(lg_failed(edge_reference_seal(&public_key, span_text(local), &sealed)));
    const struct store_record record = {
        .record_tag = line_tag(number),
        .reference = span_of(sealed.bytes, sizeof sealed.bytes),
        .tokens = tokens,
        .token_count = store_support_tokens(&person, tokens),
    };
    const struct store_enrolment batch = {.agency = span_text(agency->name),
                                          .agreement = span_text("line"),
                                          .now_ms = world->wall_ms,
                                          .quarter = audit_quarter(world->wall_ms),
                                          .records = &record,
                                          .count = 1};
    struct store_enrolled result = {0};
    assert_false(lg_failed(store_enrol(world->store.store, &batch, &result)));
    assert_int_equal(result.how, STORE_ADDED);
}

struct person_id line_person(struct line_world *world, uint32_t number, unsigned held_by) {
    struct person_id person = {{0}};
    for (enum line_agency_id i = 0; i < LINE_AGENCIES; i++) {
        if ((held_by & 1U << i) != 0) {
            enrol(world, number, i);
            assert_true(
                store_support_person(&world->store, world->agencies[i].name, number, &person));
        }
    }
    return person;
}

static struct span handle_of(struct line_world *world, const struct located *located) {
    struct locate_asker asker = {.caller = &world->caller,
                                 .agreement = span_text("line"),
                                 .purpose = span_text("child-safeguarding"),
                                 .now_ms = world->wall_ms};
    uint8_t *handle = arena_alloc(world->arena, LOCATE_HANDLE_SIZE);
    assert_non_null(handle);
    assert_false(lg_failed(locate_handle_make(world->gateway.locate, &asker, located, handle)));
    return span_of(handle, LOCATE_HANDLE_SIZE);
}

struct span line_handle(struct line_world *world, const struct person_id *person, bool is_enough) {
    const struct located located = {
        .is_known = true, .is_enough = is_enough, .is_visible = is_enough, .person = *person};
    return handle_of(world, &located);
}

struct span line_handle_nobody(struct line_world *world) {
    struct located nobody = {0};
    vault_random(nobody.person.bytes, sizeof nobody.person.bytes);
    return handle_of(world, &nobody);
}

static void on_consent(void *ctx, const struct audit_outcome *outcome) {
    (void)ctx;
    assert_int_equal(outcome->result, AUDIT_COMMITTED);
}

void line_log_put(struct line_world *world, struct audit_entry_fields *fields) {
    const struct audit_batch batch = {.entries = fields, .count = 1};
    assert_false(lg_failed(audit_commit_wait(world->gateway.log, &batch, on_consent, NULL)));
}

/* loop NULL: waits until it is durable and applied. */
static void fact_put(struct line_world *world, const struct person_id *person,
                     struct consent consent, struct loop *loop) {
    struct store_tag *scopes = NULL;
    size_t scope_count = 0;
    struct audit_scope changed[8];
    consent.explicit_consent = true;
    consent.recorded_ms = world->wall_ms;
    consent.recorded_by = span_text("homes");
    vault_random(consent.id.bytes, sizeof consent.id.bytes);
    struct audit_entry_fields fields = {.kind = AUDIT_CONSENT,
                                        .requesting_agency = span_text("homes"),
                                        .decision = AUDIT_DECISION_PERMIT,
                                        .person = person};
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    assert_false(lg_failed(consent_entry_encode(person, &consent, world->arena, &fields.sealed)));
    assert_false(lg_failed(
        consent_scopes_person(world->store.reader, person, world->arena, &scopes, &scope_count)));
    assert_true(scope_count <= 8);
    for (size_t i = 0; i < scope_count; i++) {
        memcpy(changed[i].bytes, scopes[i].bytes, sizeof changed[i].bytes);
    }
    const struct audit_batch batch = {
        .entries = &fields, .count = 1, .changed = changed, .changed_count = scope_count};
    assert_false(lg_failed(loop == NULL
                               ? audit_commit_wait(world->gateway.log, &batch, on_consent, NULL)
                               : audit_commit(world->gateway.log, &batch, loop, on_consent, NULL)));
}

void line_consent(struct line_world *world, const struct person_id *person,
                  enum consent_state state, const char *category) {
    struct span name = span_text(category);
    fact_put(world, person,
             (struct consent){.state = state, .categories = {&name, category != NULL}}, NULL);
}

void line_consent_of(struct line_world *world, const struct person_id *person,
                     enum consent_kind kind, enum consent_state state) {
    fact_put(world, person, (struct consent){.state = state, .kind = kind}, NULL);
}

void line_consent_begin(struct line_world *world, const struct person_id *person,
                        enum consent_state state) {
    fact_put(world, person, (struct consent){.state = state}, world->worker.loop);
}
