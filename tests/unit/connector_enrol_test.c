/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment over the wire: batches, rejected lines, going on after a break, changes only, people
 * who are gone, a key service that uses another key. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/connector_world.h"
#include "tools/connector/enrol.h"
#include "tools/connector/enrolled.h"

#include <cmocka.h>

static const char HEADER[] = "ref,family,given,born,pcode,topic,secret\n";

/* `count` people, numbered from `first`; the family name of one of them can be another. */
static char *people_csv(int first, int count, int changed) {
    size_t size = 128 + (size_t)count * 96;
    char *csv = malloc(size);
    assert_non_null(csv);
    size_t used = (size_t)snprintf(csv, size, "%s", HEADER);
    for (int i = first; i < first + count; i++) {
        used += (size_t)snprintf(
            csv + used, size - used, "r%d,%s,Riley,19%02d-%02d-%02d,M16 %dCI,debt,N\n", i,
            i == changed ? "SAMPLE" : "EXAMPLE", 20 + i % 70, 1 + i % 12, 1 + i % 28, i % 10);
    }
    return csv;
}

static struct lg_err enrol(struct connector_world *world, bool retire,
                           struct connector_enrolment *out_counts) {
    struct diag diag = {.line = 0};
    struct connector_enrol_options options = {.agreement = "bridgewater", .retire = retire};
    connector_world_agent(world);
    struct lg_err err = connector_enrol(world->agent, &options, &diag, out_counts);
    connector_world_agent_close(world);
    return err;
}

static void everybody_is_sent_once(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    char *csv = people_csv(1, 300, 0);
    connector_world_open(world, csv);
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.people, 300);
    assert_int_equal(counts.sent, 300);
    assert_int_equal(counts.added, 300);
    assert_int_equal(world->records, 300);
    assert_int_equal(world->streams, 2); /* 256 and 44 */
    /* The second run has nothing to say. */
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.same, 300);
    assert_int_equal(world->records, 300);
    free(csv);
    connector_world_close(world);
}

static void only_changes_are_sent(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    char *csv = people_csv(1, 20, 0);
    char *changed = people_csv(1, 20, 7);
    connector_world_open(world, csv);
    assert_false(lg_failed(enrol(world, false, &counts)));
    connector_world_csv(world, changed);
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.sent, 1);
    assert_int_equal(counts.same, 19);
    assert_int_equal(world->records, 21);
    struct record_tag tag;
    connector_world_agent(world);
    assert_false(lg_failed(edge_record_tag(world->agent->keys.tag, span_text("r7"), &tag)));
    assert_memory_equal(world->last_tag.bytes, tag.bytes, sizeof tag.bytes);
    free(csv);
    free(changed);
    connector_world_close(world);
}

static void a_broken_run_goes_on_where_it_stopped(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    char *csv = people_csv(1, 600, 0);
    connector_world_open(world, csv);
    world->refuse_stream = 2;
    struct lg_err err = enrol(world, false, &counts);
    assert_int_equal(lg_err_class(err), LG_CLASS_PEER);
    assert_int_equal(counts.status, GRPC_UNAVAILABLE);
    assert_string_equal(counts.sentence, "not now");
    assert_int_equal(counts.sent, 256);
    world->refuse_stream = 0;
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.same, 256);
    assert_int_equal(counts.sent, 344);
    free(csv);
    connector_world_close(world);
}

static void rejected_lines_are_named_and_tried_again(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    char csv[512];
    (void)snprintf(csv, sizeof csv,
                   "%sr1,EXAMPLE,Riley,1990-01-02,M16 1CI,debt,N\n"
                   "r2,EXAMPLE,Sam,1991-01-02,M16 1CI,debt,Y\n"
                   ",EXAMPLE,Jo,1992-01-02,M16 1CI,debt,N\n"
                   "r4,-,-,-,-,debt,N\n"
                   "r5,SAMPLE,Alex,1993-01-02,M16 2CI,debt,N\n"
                   "%063d,SAMPLE,Ash,1994-01-02,M16 2CI,debt,N\n",
                   HEADER, 7);
    connector_world_open(world, csv);
    world->reject_line = 6;
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.people, 6);
    assert_int_equal(counts.hidden, 1);
    assert_int_equal(counts.sent, 2);
    assert_int_equal(counts.rejected, 4);
    assert_int_equal(counts.line_count, 4);
    assert_int_equal(counts.lines[0].line, 4);
    assert_string_equal(counts.lines[0].code, "KEY_MISSING");
    assert_int_equal(counts.lines[1].line, 7);
    assert_string_equal(counts.lines[1].code, "KEY_TOO_LONG");
    assert_int_equal(counts.lines[2].line, 5);
    assert_string_equal(counts.lines[2].code, "NOTHING_TO_COMPARE");
    assert_int_equal(counts.lines[3].line, 6);
    assert_string_equal(counts.lines[3].code, "SECOND_RECORD");
    world->reject_line = 0;
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.same, 1);
    assert_int_equal(counts.sent, 1);
    connector_world_close(world);
}

static void nobody_to_compare_is_no_error(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    char csv[256];
    (void)snprintf(csv, sizeof csv, "%sr4,-,-,-,-,debt,N\n", HEADER);
    connector_world_open(world, csv);
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.rejected, 1);
    assert_int_equal(world->streams, 0);
    connector_world_close(world);
}

static void people_who_are_gone_go_when_told(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    char *many = people_csv(1, 30, 0);
    char *few = people_csv(11, 20, 0);
    connector_world_open(world, many);
    assert_false(lg_failed(enrol(world, false, &counts)));
    connector_world_csv(world, few);
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.gone, 10);
    assert_int_equal(counts.retired, 0);
    assert_int_equal(world->retired, 0);
    assert_false(lg_failed(enrol(world, true, &counts)));
    assert_int_equal(counts.gone, 10);
    assert_int_equal(counts.retired, 10);
    assert_int_equal(world->retired, 10);
    assert_false(lg_failed(enrol(world, true, &counts)));
    assert_int_equal(counts.gone, 0);
    /* Who comes back is sent again. */
    connector_world_csv(world, many);
    assert_false(lg_failed(enrol(world, false, &counts)));
    assert_int_equal(counts.sent, 10);
    free(many);
    free(few);
    connector_world_close(world);
}

static void another_key_is_found_out_before_anything_is_sent(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    char *csv = people_csv(1, 5, 0);
    connector_world_open(world, csv);
    world->wrong_key = true;
    struct lg_err err = enrol(world, false, &counts);
    assert_int_equal(lg_err_class(err), LG_CLASS_PEER);
    assert_int_equal(world->records, 0);
    assert_int_equal(counts.sent, 0);
    free(csv);
    connector_world_close(world);
}

static void nobody_listening_is_told(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    struct diag diag = {.line = 0};
    struct connector_enrol_options options = {.agreement = "bridgewater"};
    char *csv = people_csv(1, 5, 0);
    connector_world_open(world, csv);
    connector_world_agent(world);
    grpc_server_free(&world->gateway);
    struct lg_err err = connector_enrol(world->agent, &options, &diag, &counts);
    assert_int_equal(lg_err_class(err), LG_CLASS_PEER);
    free(csv);
    connector_world_close(world);
}

/* ---- the file ------------------------------------------------------------------------------ */

static struct connector_enrolled *enrolled_open(const struct connector_world *world,
                                                const char *agreement, uint32_t epoch) {
    struct connector_enrolled *enrolled = NULL;
    struct diag diag = {.line = 0};
    char folder[128];
    (void)snprintf(folder, sizeof folder, "%s/state", world->folder);
    assert_false(lg_failed(connector_enrolled_open(folder, agreement, epoch, &diag, &enrolled)));
    return enrolled;
}

static void the_file_keeps_whole_lines_only(void **state) {
    struct connector_world *world = *state;
    char path[128];
    connector_world_open(world, HEADER);
    struct connector_enrolled *enrolled = enrolled_open(world, "a", 1);
    struct connector_digest digest = {.bytes = {1}};
    for (uint8_t i = 0; i < 3; i++) {
        struct record_tag tag = {.bytes = {i}};
        assert_false(lg_failed(connector_enrolled_add(enrolled, &tag, &digest)));
    }
    assert_false(lg_failed(connector_enrolled_flush(enrolled)));
    connector_enrolled_close(&enrolled);
    /* A crash cut the last line. */
    (void)snprintf(path, sizeof path, "%s/state/enrolled", world->folder);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    (void)fputs("000102030405060708090a0b0c0d0e0f 0001", file);
    (void)fclose(file);
    enrolled = enrolled_open(world, "a", 1);
    assert_int_equal(connector_enrolled_count(enrolled), 3);
    struct record_tag tag = {.bytes = {9}};
    assert_false(connector_enrolled_has(enrolled, &tag, &digest));
    assert_false(lg_failed(connector_enrolled_add(enrolled, &tag, &digest)));
    connector_enrolled_close(&enrolled);
    enrolled = enrolled_open(world, "a", 1);
    assert_int_equal(connector_enrolled_count(enrolled), 4);
    assert_true(connector_enrolled_has(enrolled, &tag, &digest));
    connector_enrolled_close(&enrolled);
    connector_world_close(world);
}

/* What a file of these bytes is told: STORE and a sentence; the file is as it was. */
static void file_refused(const struct connector_world *world, const char *bytes,
                         const char *sentence) {
    struct connector_enrolled *enrolled = NULL;
    struct diag diag = {.line = 0};
    char folder[128];
    char path[160];
    char left[256];
    (void)snprintf(folder, sizeof folder, "%s/state", world->folder);
    (void)snprintf(path, sizeof path, "%s/enrolled", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(bytes, file);
    (void)fclose(file);
    struct lg_err err = connector_enrolled_open(folder, "a", 1, &diag, &enrolled);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    assert_null(enrolled);
    assert_non_null(strstr(diag.text, sentence));
    file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(left, 1, sizeof left, file);
    (void)fclose(file);
    assert_int_equal(size, strlen(bytes));
    assert_memory_equal(left, bytes, size);
}

/* Records that the gateway still has would be forgotten, and never be retired. */
static void no_list_is_begun_anew_over_another(void **state) {
    struct connector_world *world = *state;
    connector_world_open(world, HEADER);
    struct connector_enrolled *enrolled = enrolled_open(world, "a", 1);
    connector_enrolled_close(&enrolled);
    file_refused(world, "lockgate-enrolment 1 b 1 1\n", "another agreement");
    file_refused(world, "lockgate-enrolment 1 ab 1 1\n", "another agreement");
    file_refused(world, "lockgate-enrolment 2 a 1 1\n", "not a list");
    file_refused(world, "lockgate-enrolment 1 a 1 1 1\n", "not a list");
    file_refused(world, "ref,family,given\n", "not a list");
    file_refused(world, "\n", "not a list");
    file_refused(world, "ref", "not a list");
    connector_world_close(world);
}

/* A crash before the first line was whole: no record can have been acknowledged. */
static void a_first_line_cut_short_is_no_file_yet(void **state) {
    struct connector_world *world = *state;
    char path[160];
    connector_world_open(world, HEADER);
    struct connector_enrolled *enrolled = enrolled_open(world, "a", 1);
    connector_enrolled_close(&enrolled);
    (void)snprintf(path, sizeof path, "%s/state/enrolled", world->folder);
    for (off_t size = 0; size < (off_t)strlen("lockgate-enrolment 1 a 1"); size++) {
        assert_int_equal(truncate(path, size), 0);
        enrolled = enrolled_open(world, "a", 1);
        assert_int_equal(connector_enrolled_count(enrolled), 0);
        connector_enrolled_close(&enrolled);
    }
    connector_world_close(world);
}

/* Everything is sent again, but who was gone is still gone, and who was retired stays so. */
static void another_epoch_forgets_nobody(void **state) {
    struct connector_world *world = *state;
    connector_world_open(world, HEADER);
    struct connector_digest digest = {.bytes = {1}};
    struct connector_digest zeros = {.bytes = {0}};
    struct record_tag tags[3] = {{.bytes = {1}}, {.bytes = {2}}, {.bytes = {3}}};
    struct connector_enrolled *enrolled = enrolled_open(world, "a", 1);
    for (size_t i = 0; i < 3; i++) {
        assert_false(lg_failed(connector_enrolled_add(enrolled, &tags[i], &digest)));
    }
    assert_false(lg_failed(connector_enrolled_add(enrolled, &tags[2], &zeros)));
    assert_false(lg_failed(connector_enrolled_flush(enrolled)));
    connector_enrolled_close(&enrolled);
    /* Twice: the second start reads what the first one wrote. */
    for (int start = 0; start < 2; start++) {
        struct record_tag gone;
        size_t place = 0;
        enrolled = enrolled_open(world, "a", 2);
        assert_int_equal(connector_enrolled_count(enrolled), 2);
        assert_false(connector_enrolled_has(enrolled, &tags[0], &digest));
        assert_true(connector_enrolled_gone_next(enrolled, &place, &gone));
        assert_memory_equal(gone.bytes, tags[1].bytes, sizeof gone.bytes);
        assert_false(connector_enrolled_gone_next(enrolled, &place, &gone));
        connector_enrolled_close(&enrolled);
    }
    enrolled = enrolled_open(world, "a", 2);
    assert_false(lg_failed(connector_enrolled_add(enrolled, &tags[0], &digest)));
    assert_true(connector_enrolled_has(enrolled, &tags[0], &digest));
    connector_enrolled_close(&enrolled);
    connector_world_close(world);
}

static void the_table_grows(void **state) {
    struct connector_world *world = *state;
    connector_world_open(world, HEADER);
    struct connector_enrolled *enrolled = enrolled_open(world, "a", 1);
    struct connector_digest digest = {.bytes = {1}};
    struct connector_digest other = {.bytes = {2}};
    struct record_tag tag = {.bytes = {0}};
    for (uint32_t i = 0; i < 5000; i++) {
        memcpy(tag.bytes + 3, &i, sizeof i);
        assert_false(lg_failed(connector_enrolled_add(enrolled, &tag, &digest)));
    }
    for (uint32_t i = 0; i < 5000; i++) {
        memcpy(tag.bytes + 3, &i, sizeof i);
        assert_true(connector_enrolled_has(enrolled, &tag, &digest));
        assert_false(connector_enrolled_has(enrolled, &tag, &other));
    }
    connector_enrolled_close(&enrolled);
    connector_world_close(world);
}

static int setup(void **state) {
    return connector_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_is_sent_once),
        cmocka_unit_test(only_changes_are_sent),
        cmocka_unit_test(a_broken_run_goes_on_where_it_stopped),
        cmocka_unit_test(rejected_lines_are_named_and_tried_again),
        cmocka_unit_test(nobody_to_compare_is_no_error),
        cmocka_unit_test(people_who_are_gone_go_when_told),
        cmocka_unit_test(another_key_is_found_out_before_anything_is_sent),
        cmocka_unit_test(nobody_listening_is_told),
        cmocka_unit_test(the_file_keeps_whole_lines_only),
        cmocka_unit_test(no_list_is_begun_anew_over_another),
        cmocka_unit_test(a_first_line_cut_short_is_no_file_yet),
        cmocka_unit_test(another_epoch_forgets_nobody),
        cmocka_unit_test(the_table_grows),
    };
    return cmocka_run_group_tests(tests, setup, connector_world_teardown);
}
