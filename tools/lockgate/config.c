/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/config.h"

#include <inttypes.h>

#include "tools/lockgate/agreement_file.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/json.h"
#include "tools/lockgate/options.h"

/* ---- which file, and whose ---- */

struct asked {
    const char *path;
    const char *as;
    bool is_json;
    enum config_kind kind;
};

static void kinds_print(void) {
    (void)fputs("A kind is one of:", stderr);
    for (enum config_kind kind = 0; kind < CONFIG_KINDS; kind++) {
        (void)fprintf(stderr, " %s", config_kind_name(kind));
    }
    (void)fputc('\n', stderr);
}

static bool kind_read(struct asked *asked) {
    if (asked->as == NULL && config_kind_guess(asked->path, &asked->kind)) {
        return true;
    }
    if (asked->as != NULL && config_kind_find(asked->as, &asked->kind)) {
        return true;
    }
    if (asked->as != NULL) {
        (void)fprintf(stderr, "%s is no kind of file that Lockgate has.\n", asked->as);
    } else {
        (void)fprintf(
            stderr,
            "%s: it cannot be read, or its keys do not tell whose file it is: say it with "
            "--as.\n",
            asked->path);
    }
    kinds_print();
    return false;
}

static bool asked_read(int argc, char **argv, struct asked *asked) {
    const struct option rows[] = {
        {.text = &asked->path},
        {.flag = "--as", .text = &asked->as},
        {.flag = "--json", .is_set = &asked->is_json},
    };
    const struct option_table table = {rows, sizeof rows / sizeof rows[0]};
    if (!options_read(argc, argv, &table, 1)) {
        return false;
    }
    if (asked->path == NULL) {
        (void)fputs("One file is named.\n", stderr);
        return false;
    }
    return kind_read(asked);
}

static int complain(const struct asked *asked, struct lg_err err, struct diag *diag) {
    char what[64];
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        diag_set(diag, 0, "there is no memory for it");
    }
    (void)snprintf(what, sizeof what, "It cannot be used as a file of kind %s.",
                   config_kind_name(asked->kind));
    agreement_complain(what, asked->path, diag,
                       "Correct it and check again; what runs keeps what it has.");
    return EXIT_TOOL_FAILED;
}

/* ---- check ---- */

int tool_config_check(int argc, char **argv) {
    struct asked asked = {0};
    struct diag diag = {0};
    if (!asked_read(argc, argv, &asked)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = config_check_file(asked.kind, asked.path, &diag);
    if (!lg_failed(err)) {
        err = config_beside_check(asked.kind, asked.path, &diag);
    }
    if (lg_failed(err)) {
        return complain(&asked, err, &diag);
    }
    printf("%s: good, as a file of kind %s; so is what it names\n", asked.path,
           config_kind_name(asked.kind));
    return EXIT_TOOL_DONE;
}

/* ---- show ---- */

static void setting_print(void *ctx, const struct config_setting *setting) {
    const struct asked *asked = ctx;
    if (asked->is_json) {
        (void)fputs("{\"setting\":", stdout);
        json_text(stdout, span_text(setting->place));
        (void)fputs(",\"value\":", stdout);
        json_text(stdout, span_text(setting->value));
        if (setting->line > 0) {
            printf(",\"line\":%" PRIu32 "}\n", setting->line);
        } else {
            (void)fputs(",\"default\":true}\n", stdout);
        }
        return;
    }
    printf("%-36s %s", setting->place, setting->value);
    if (setting->line > 0) {
        printf("  (line %" PRIu32 ")\n", setting->line);
    } else {
        (void)fputs("  (default)\n", stdout);
    }
}

int tool_config_show(int argc, char **argv) {
    struct asked asked = {0};
    struct diag diag = {0};
    if (!asked_read(argc, argv, &asked)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = config_show_file(asked.kind, asked.path, &diag, setting_print, &asked);
    return lg_failed(err) ? complain(&asked, err, &diag) : EXIT_TOOL_DONE;
}

/* ---- schema ---- */

int tool_config_schema(int argc, char **argv) {
    enum config_kind kind;
    if (argc != 1 || !config_kind_find(argv[0], &kind)) {
        (void)fputs("One kind of file is named.\n", stderr);
        kinds_print();
        return EXIT_TOOL_USAGE;
    }
    config_schema_print(kind, stdout);
    return EXIT_TOOL_DONE;
}
