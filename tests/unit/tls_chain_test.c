/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix of chains (design/security.md 4.3): each bad chain has one fault and is refused for
 * it, and its twin, the same chain without the fault, is accepted. Both directions, time stands
 * still. The faults of one text are listed here, those that need building in chain_faults.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/chain_faults.h"

#include <cmocka.h>

#define URI_POLICE "URI:lockgate://bridgewater/police/cases"
#define URI_HUB "URI:lockgate://bridgewater/hub/gateway"
#define NAMES(names) "subjectAltName=" names
#define LABEL_63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

static const char PURPOSE[] = "unsuitable certificate purpose";
static const char USAGE[] = "its keyUsage is missing or not digitalSignature";
static const char EXTENDED[] = "its extendedKeyUsage is not exactly that of its side";
static const char NAMED[] =
    "its subjectAltName is not one URI of ours (and host names for a server only)";
static const char HOST[] = "it does not bear the host name that was dialled";
/* OpenSSL's word where an extension that it knows cannot be read, or stands there twice: such a
 * certificate is nobody's. */
static const char UNREADABLE[] = "unable to get local issuer certificate";
static const char OTHER[] = "it names another system";

/* One slot of the leaf. good NULL: what a plan has of itself. */
struct text_case {
    const char *name;
    enum chain_slot slot;
    const char *bad;
    const char *good;
    const char *why;
};

static const struct text_case CLIENT_TEXTS[] = {
    /* who */
    {"URI: upper case", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/Police/cases"), NULL, NAMED},
    {"URI: upper case scheme", CHAIN_NAMES, NAMES("URI:LOCKGATE://bridgewater/police/cases"), NULL,
     NAMED},
    {"URI: percent escape", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/polic%65/cases"), NULL,
     NAMED},
    {"URI: escaped slash", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/police%2fcases/x"),
     NAMES("URI:lockgate://bridgewater/police-cases/x"), NAMED},
    {"URI: slash at the end", CHAIN_NAMES, NAMES(URI_POLICE "/"), NULL, NAMED},
    {"URI: dot at the end", CHAIN_NAMES, NAMES(URI_POLICE "."), NULL, NAMED},
    {"URI: dot after the partnership", CHAIN_NAMES,
     NAMES("URI:lockgate://bridgewater./police/cases"), NULL, NAMED},
    {"URI: wildcard", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/*/cases"), NULL, NAMED},
    {"URI: port", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater:1/police/cases"), NULL, NAMED},
    {"URI: user", CHAIN_NAMES, NAMES("URI:lockgate://a@bridgewater/police/cases"), NULL, NAMED},
    {"URI: query", CHAIN_NAMES, NAMES(URI_POLICE "?a"), NULL, NAMED},
    {"URI: fragment", CHAIN_NAMES, NAMES(URI_POLICE "#a"), NULL, NAMED},
    {"URI: space", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/police/ca ses"), NULL, NAMED},
    {"URI: two parts", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/police"), NULL, NAMED},
    {"URI: four parts", CHAIN_NAMES, NAMES(URI_POLICE "/x"), NULL, NAMED},
    {"URI: empty part", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater//cases"), NULL, NAMED},
    {"URI: up a part", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/../cases"), NULL, NAMED},
    {"URI: part of 64", CHAIN_NAMES, NAMES("URI:lockgate://bridgewater/police/" LABEL_63 "a"),
     NAMES("URI:lockgate://bridgewater/police/" LABEL_63), NAMED},
    {"URI: other scheme", CHAIN_NAMES, NAMES("URI:spiffe://bridgewater/police/cases"), NULL, NAMED},
    {"URI: no scheme", CHAIN_NAMES, NAMES("URI:bridgewater/police/cases"), NULL, NAMED},
    /* lockgate://a/b/c with a NUL and more: a reader of C strings sees the twin */
    {"URI: NUL at the end", CHAIN_NAMES, NAMES("DER:301386116c6f636b676174653a2f2f612f622f6300"),
     NAMES("DER:301286106c6f636b676174653a2f2f612f622f63"), NAMED},
    {"URI: NUL and more", CHAIN_NAMES, NAMES("DER:301486126c6f636b676174653a2f2f612f622f630064"),
     NAMES("DER:301386116c6f636b676174653a2f2f612f622f6364"), NAMED},
    {"URI: NUL in front", CHAIN_NAMES, NAMES("DER:30138611006c6f636b676174653a2f2f612f622f63"),
     NAMES("DER:301286106c6f636b676174653a2f2f612f622f63"), NAMED},
    {"URI: byte above 127", CHAIN_NAMES, NAMES("DER:301286106c6f636b676174653a2f2f612f622fe3"),
     NAMES("DER:301286106c6f636b676174653a2f2f612f622f63"), NAMED},
    {"URI: empty", CHAIN_NAMES, NAMES("DER:30028600"), NULL, NAMED},
    {"two URIs", CHAIN_NAMES, NAMES(URI_POLICE ",URI:lockgate://bridgewater/police/other"), NULL,
     NAMED},
    {"one URI twice", CHAIN_NAMES, NAMES(URI_POLICE "," URI_POLICE), NULL, NAMED},
    {"a web address beside the URI", CHAIN_NAMES, NAMES(URI_POLICE ",URI:https://police.example"),
     NULL, NAMED},
    {"DNS beside the URI", CHAIN_NAMES, NAMES(URI_POLICE ",DNS:police.example"), NULL, NAMED},
    {"IP beside the URI", CHAIN_NAMES, NAMES(URI_POLICE ",IP:192.0.2.1"), NULL, NAMED},
    {"e-mail beside the URI", CHAIN_NAMES, NAMES(URI_POLICE ",email:a@police.example"), NULL,
     NAMED},
    {"other name beside the URI", CHAIN_NAMES, NAMES(URI_POLICE ",otherName:1.2.3.4;UTF8:x"), NULL,
     NAMED},
    {"registered id beside the URI", CHAIN_NAMES, NAMES(URI_POLICE ",RID:1.2.3.4"), NULL, NAMED},
    {"DNS in place of the URI", CHAIN_NAMES, NAMES("DNS:police.example"), NULL, NAMED},
    {"the URI's text as DNS", CHAIN_NAMES, NAMES("DNS:lockgate://bridgewater/police/cases"), NULL,
     NAMED},
    {"IP in place of the URI", CHAIN_NAMES, NAMES("IP:192.0.2.1"), NULL, NAMED},
    {"e-mail in place of the URI", CHAIN_NAMES, NAMES("email:cases@police.example"), NULL, NAMED},
    {"empty subjectAltName", CHAIN_NAMES, NAMES("DER:3000"), NULL,
     "Empty Subject Alternative Name extension"},
    {"issuerAltName in place", CHAIN_NAMES, "issuerAltName=" URI_POLICE, NULL, NAMED},
    /* what for */
    {"no extended usage", CHAIN_EXTENDED, NULL, NULL, EXTENDED},
    {"serverAuth", CHAIN_EXTENDED, "extendedKeyUsage=serverAuth", NULL, PURPOSE},
    {"clientAuth and serverAuth", CHAIN_EXTENDED, "extendedKeyUsage=clientAuth,serverAuth", NULL,
     EXTENDED},
    {"any usage", CHAIN_EXTENDED, "extendedKeyUsage=anyExtendedKeyUsage", NULL, PURPOSE},
    {"clientAuth and any", CHAIN_EXTENDED, "extendedKeyUsage=clientAuth,anyExtendedKeyUsage", NULL,
     EXTENDED},
    {"clientAuth twice", CHAIN_EXTENDED, "extendedKeyUsage=clientAuth,clientAuth", NULL, EXTENDED},
    {"clientAuth and a private one", CHAIN_EXTENDED, "extendedKeyUsage=clientAuth,1.2.3.4", NULL,
     EXTENDED},
    {"emailProtection", CHAIN_EXTENDED, "extendedKeyUsage=emailProtection", NULL, PURPOSE},
    {"codeSigning", CHAIN_EXTENDED, "extendedKeyUsage=codeSigning", NULL, PURPOSE},
    {"no keyUsage", CHAIN_USAGE, NULL, NULL, USAGE},
    {"keyEncipherment alone", CHAIN_USAGE, "keyUsage=critical,keyEncipherment", NULL, PURPOSE},
    {"nonRepudiation alone", CHAIN_USAGE, "keyUsage=critical,nonRepudiation", NULL, PURPOSE},
    {"signs lists as well", CHAIN_USAGE, "keyUsage=critical,digitalSignature,cRLSign", NULL, USAGE},
    {"signs certificates as well", CHAIN_USAGE, "keyUsage=critical,digitalSignature,keyCertSign",
     NULL, "keyCertSign invalid for non-CA"},
    {"a CA as leaf", CHAIN_BASIC, "basicConstraints=critical,CA:TRUE", NULL, "CA"},
    {"old Netscape type of a server", CHAIN_MORE, "nsCertType=server", "nsCertType=client",
     PURPOSE},
    /* extensions */
    {"unknown critical extension", CHAIN_MORE, "1.2.3.4=critical,DER:0500", "1.2.3.4=DER:0500",
     "unhandled critical extension"},
    {"an extension twice", CHAIN_MORE, "subjectKeyIdentifier=hash", "1.2.3.4=DER:0500", UNREADABLE},
    {"names twice", CHAIN_MORE, NAMES(URI_POLICE), "1.2.3.4=DER:0500", UNREADABLE},
    {"proxy certificate", CHAIN_MORE,
     "1.3.6.1.5.5.7.1.14=critical,DER:300e300c06082b06010505071501", "1.3.6.1.5.5.7.1.15=DER:0500",
     UNREADABLE},
    {"key identifier of another issuer", CHAIN_AUTHORITY_KEY,
     "authorityKeyIdentifier=DER:301680140000000000000000000000000000000000000000", NULL,
     "unable to get local issuer certificate"},
    {"no key identifier of the issuer", CHAIN_AUTHORITY_KEY, NULL, NULL,
     "Missing Authority Key Identifier"},
    {"damaged names", CHAIN_NAMES, NAMES("DER:3082ffff86"), NULL, UNREADABLE},
    {"damaged basicConstraints", CHAIN_BASIC, "basicConstraints=critical,DER:30030201", NULL,
     UNREADABLE},
};

#define HUB_AT(host) NAMES(URI_HUB ",DNS:" host)

static const struct text_case SERVER_TEXTS[] = {
    {"no host", CHAIN_NAMES, NAMES(URI_HUB), NULL, NAMED},
    {"no URI", CHAIN_NAMES, NAMES("DNS:gateway.example"), NULL, NAMED},
    {"two URIs", CHAIN_NAMES, NAMES(URI_HUB "," URI_HUB ",DNS:gateway.example"), NULL, NAMED},
    {"e-mail beside", CHAIN_NAMES, NAMES(URI_HUB ",DNS:gateway.example,email:a@b.example"), NULL,
     NAMED},
    {"another host", CHAIN_NAMES, HUB_AT("other.example"), NULL, HOST},
    {"a host below ours", CHAIN_NAMES, HUB_AT("a.gateway.example"), NULL, HOST},
    {"the domain of the host", CHAIN_NAMES, HUB_AT("example"), NULL, HOST},
    {"wildcard", CHAIN_NAMES, HUB_AT("*.example"), NULL, HOST},
    {"wildcard for all", CHAIN_NAMES, HUB_AT("*"), NULL, HOST},
    {"wildcard in a label", CHAIN_NAMES, HUB_AT("gate*.example"), NULL, HOST},
    {"an address for a name", CHAIN_NAMES, NAMES(URI_HUB ",IP:192.0.2.1"), NULL, HOST},
    /* The URI of the hub; then gateway.example, with a NUL and ".x" behind it. */
    {"host with NUL", CHAIN_NAMES,
     NAMES("DER:303886226c6f636b676174653a2f2f6272696467657761746572"
           "2f6875622f676174657761798212676174657761792e6578616d706c65002e78"),
     NAMES("DER:303586226c6f636b676174653a2f2f6272696467657761746572"
           "2f6875622f67617465776179820f676174657761792e6578616d706c65"),
     HOST},
    {"another system of the hub", CHAIN_NAMES,
     NAMES("URI:lockgate://bridgewater/hub/gatewa,DNS:gateway.example"), NULL, OTHER},
    {"the key service for the gateway", CHAIN_NAMES,
     NAMES("URI:lockgate://bridgewater/hub/keys,DNS:gateway.example"), NULL, OTHER},
    {"another agency", CHAIN_NAMES,
     NAMES("URI:lockgate://bridgewater/police/gateway,DNS:gateway.example"), NULL, OTHER},
    {"another partnership", CHAIN_NAMES,
     NAMES("URI:lockgate://otherwater/hub/gateway,DNS:gateway.example"), NULL, OTHER},
    {"URI in upper case", CHAIN_NAMES,
     NAMES("URI:lockgate://bridgewater/HUB/gateway,DNS:gateway.example"), NULL, NAMED},
    {"clientAuth", CHAIN_EXTENDED, "extendedKeyUsage=clientAuth", NULL, PURPOSE},
    {"both usages", CHAIN_EXTENDED, "extendedKeyUsage=serverAuth,clientAuth", NULL, EXTENDED},
    {"any usage", CHAIN_EXTENDED, "extendedKeyUsage=anyExtendedKeyUsage", NULL, PURPOSE},
    {"no extended usage", CHAIN_EXTENDED, NULL, NULL, EXTENDED},
    {"no keyUsage", CHAIN_USAGE, NULL, NULL, USAGE},
    {"a CA as leaf", CHAIN_BASIC, "basicConstraints=critical,CA:TRUE", NULL, "CA"},
    {"unknown critical extension", CHAIN_MORE, "1.2.3.4=critical,DER:0500", "1.2.3.4=DER:0500",
     "unhandled critical extension"},
};

/* Chains in which nothing is wrong, though a strict reader might think so. */
static const struct text_case GOOD_TEXTS[] = {
    {"no basicConstraints: not a CA", CHAIN_BASIC, NULL, NULL, NULL},
    {"basicConstraints that is not critical", CHAIN_BASIC, NULL, "basicConstraints=CA:FALSE", NULL},
    {"keyUsage with more that is harmless", CHAIN_USAGE, NULL,
     "keyUsage=digitalSignature,keyAgreement", NULL},
    {"names marked critical", CHAIN_NAMES, NULL, "subjectAltName=critical," URI_POLICE, NULL},
    {"policies", CHAIN_MORE, NULL, "certificatePolicies=DER:300e300506032a0304300506032a0305",
     NULL},
    {"no key identifier of its own", CHAIN_SUBJECT_KEY, NULL, NULL, NULL},
    {"addresses to fetch things from, which nobody does", CHAIN_MORE, NULL,
     "crlDistributionPoints=URI:http://192.0.2.1/list", NULL},
};

/* ---- counting ---- */

struct score {
    struct chain_world world;
    size_t bad;
    size_t bad_accepted;
    size_t good;
    size_t good_refused;
    size_t wrong_reason;
};

static bool is_reason(const char *got, const char *wanted) {
    return wanted[0] == '\0' ? got[0] == '\0' : strstr(got, wanted) != NULL;
}

static void expect_bad(struct score *score, const char *side, const char *name,
                       const struct chain_plan *plan, const char *why) {
    struct chain_verdict verdict;
    chain_try(&score->world, plan, &verdict);
    score->bad++;
    if (verdict.is_accepted) {
        score->bad_accepted++;
    }
    bool holds = !verdict.is_accepted && is_reason(verdict.why, why);
    if (!verdict.is_accepted && !holds) {
        score->wrong_reason++;
    }
    print_message("%s %-7s %-50s refused  %-8s  %s\n", holds ? "  " : "!!", side, name,
                  verdict.is_accepted ? "ACCEPTED" : "refused", verdict.why);
}

static void expect_good(struct score *score, const char *side, const char *name,
                        const struct chain_plan *plan) {
    struct chain_verdict verdict;
    chain_try(&score->world, plan, &verdict);
    score->good++;
    if (!verdict.is_accepted) {
        score->good_refused++;
        print_message("!! %-7s %-50s accepted REFUSED   %s\n", side, name, verdict.why);
    }
}

static void try_text(struct score *score, enum tls_side ours, const struct text_case *it) {
    struct chain_plan plan;
    const char *side = ours == TLS_SERVER ? "client" : "server";
    chain_plan_init(&score->world, ours, &plan);
    if (it->good != NULL) {
        plan.leaf.slots[it->slot] = it->good;
    }
    expect_good(score, side, it->name, &plan);
    plan.leaf.slots[it->slot] = it->bad;
    expect_bad(score, side, it->name, &plan, it->why);
}

static void try_good_text(struct score *score, const struct text_case *it) {
    struct chain_plan plan;
    chain_plan_init(&score->world, TLS_SERVER, &plan);
    plan.leaf.slots[it->slot] = it->good;
    expect_good(score, "client", it->name, &plan);
}

static void try_fault(struct score *score, enum tls_side ours, const struct chain_fault *fault) {
    struct chain_plan plan;
    const char *side = ours == TLS_SERVER ? "client" : "server";
    chain_plan_init(&score->world, ours, &plan);
    struct chain_fault_memory memory = {.world = &score->world};
    fault->make(&plan, false, &memory);
    expect_good(score, side, fault->name, &plan);
    chain_fault_memory_done(&memory);
    chain_plan_init(&score->world, ours, &plan);
    fault->make(&plan, true, &memory);
    expect_bad(score, side, fault->name, &plan, fault->why);
    chain_fault_memory_done(&memory);
}

static void test_matrix(void **state) {
    struct score score = {0};
    (void)state;
    chain_world_new(&score.world);
    print_message(
        "   peer    case                                               wanted   got       why\n");
    for (size_t i = 0; i < sizeof CLIENT_TEXTS / sizeof *CLIENT_TEXTS; i++) {
        try_text(&score, TLS_SERVER, &CLIENT_TEXTS[i]);
    }
    for (size_t i = 0; i < sizeof SERVER_TEXTS / sizeof *SERVER_TEXTS; i++) {
        try_text(&score, TLS_CLIENT, &SERVER_TEXTS[i]);
    }
    size_t count = 0;
    const struct chain_fault *faults = chain_faults(&count);
    for (size_t i = 0; i < count; i++) {
        try_fault(&score, TLS_SERVER, &faults[i]);
        if (faults[i].is_for_both) {
            try_fault(&score, TLS_CLIENT, &faults[i]);
        }
    }
    for (size_t i = 0; i < sizeof GOOD_TEXTS / sizeof *GOOD_TEXTS; i++) {
        try_good_text(&score, &GOOD_TEXTS[i]);
    }
    print_message("%zu bad chains, %zu accepted, %zu refused for another reason\n", score.bad,
                  score.bad_accepted, score.wrong_reason);
    print_message("%zu good chains, %zu refused\n", score.good, score.good_refused);
    chain_world_free(&score.world);
    assert_true(score.bad >= 60);
    assert_int_equal(score.bad_accepted, 0);
    assert_int_equal(score.wrong_reason, 0);
    assert_int_equal(score.good_refused, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_matrix)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
