/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/demo/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/demo/sources.h"

enum { STOP_WAIT_MS = 8000, STOP_STEP_MS = 20 };

static struct lg_err program_wrong(struct diag *diag, const char *name, const char *why) {
    diag_set(diag, 0, "%s: %s", name, why);
    return lg_err_make(LG_CLASS_INTERNAL, LG_TOOLS, DEMO_PROGRAM);
}

/* ---- who a number is ----------------------------------------------------------------------- */

/* Field 22 of /proc/PID/stat: when it began. The name before may hold anything, so fields are
 * counted after the last bracket. 0: no such process, or one that has ended already. */
static unsigned long long start_of(pid_t pid) {
    char path[64];
    char text[1024];
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    char *at = strrchr(text, ')');
    if (at == NULL || len < 4 || at[2] == 'Z') {
        return 0;
    }
    for (int field = 2; field < 22 && at != NULL; field++) {
        at = strchr(at + 1, ' ');
    }
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

bool demo_process_is_alive(const struct demo_process *process) {
    return process->start != 0 && start_of(process->pid) == process->start;
}

/* ---- the file ------------------------------------------------------------------------------ */

static struct lg_err processes_write(const struct demo_site *site,
                                     const struct demo_processes *processes, struct diag *diag) {
    struct demo_path path = demo_path_of(site, "processes");
    FILE *file = NULL;
    TRY(demo_file_create(&path, diag, &file));
    for (size_t i = 0; i < processes->count; i++) {
        const struct demo_process *process = &processes->list[i];
        (void)fprintf(file, "%s %ld %llu\n", process->name, (long)process->pid, process->start);
    }
    return demo_file_close(&path, diag, file);
}

void demo_processes_read(const struct demo_site *site, struct demo_processes *out_processes) {
    struct demo_path path = demo_path_of(site, "processes");
    FILE *file = fopen(path.text, "re");
    *out_processes = (struct demo_processes){.count = 0};
    if (file == NULL) {
        return;
    }
    struct demo_process *next = out_processes->list;
    long pid = 0;
    while (out_processes->count < DEMO_PROCESSES &&
           fscanf(file, "%31s %ld %llu", next->name, &pid, &next->start) == 3) {
        next->pid = (pid_t)pid;
        out_processes->count++;
        next++;
    }
    (void)fclose(file);
}

/* ---- starting ------------------------------------------------------------------------------ */

/* In the child. stdin is empty; output goes to the file, where one is named. */
static void child_run(const char *const *argv, const char *output, int flags) {
    int empty = open("/dev/null", O_RDONLY);
    (void)dup2(empty, STDIN_FILENO);
    if (output != NULL) {
        int fd = open(output, O_WRONLY | O_CREAT | flags, 0600);
        if (fd < 0) {
            _exit(127);
        }
        (void)dup2(fd, STDOUT_FILENO);
        if (flags & O_APPEND) {
            (void)dup2(fd, STDERR_FILENO);
        }
        (void)close(fd);
    }
    (void)close(empty);
    (void)execv(argv[0], (char *const *)argv);
    _exit(127);
}

struct lg_err demo_process_start(const struct demo_site *site, struct demo_processes *processes,
                                 const char *name, const char *const *argv, struct diag *diag) {
    struct demo_path output = demo_path_of(site, "log/%s.log", name);
    if (processes->count == DEMO_PROCESSES) {
        return program_wrong(diag, name, "too many programs");
    }
    if (access(argv[0], X_OK) != 0) {
        return program_wrong(diag, argv[0], "not built");
    }
    pid_t pid = fork();
    if (pid < 0) {
        return program_wrong(diag, name, strerror(errno));
    }
    if (pid == 0) {
        /* Of its own session: Ctrl-C in the terminal is for `demo down` to deal with. */
        (void)setsid();
        child_run(argv, output.text, O_APPEND);
    }
    struct demo_process *process = &processes->list[processes->count++];
    *process = (struct demo_process){.pid = pid, .start = start_of(pid)};
    (void)snprintf(process->name, sizeof process->name, "%s", name);
    return processes_write(site, processes, diag);
}

struct lg_err demo_run(const struct demo_run *run, struct diag *diag) {
    if (access(run->argv[0], X_OK) != 0) {
        return program_wrong(diag, run->argv[0], "not built");
    }
    pid_t pid = fork();
    if (pid < 0) {
        return program_wrong(diag, run->argv[0], strerror(errno));
    }
    if (pid == 0) {
        child_run(run->argv, run->output, O_TRUNC);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    bool good =
        WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == run->also_good);
    return good ? LG_OK : program_wrong(diag, run->argv[0], "ended with an error");
}

/* ---- ending -------------------------------------------------------------------------------- */

static void pause_ms(long ms) {
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&wait, NULL);
}

static bool any_alive(const struct demo_processes *processes) {
    for (size_t i = 0; i < processes->count; i++) {
        /* Our own children are collected; those of an earlier run are not ours to wait for. */
        (void)waitpid(processes->list[i].pid, NULL, WNOHANG);
        if (demo_process_is_alive(&processes->list[i])) {
            return true;
        }
    }
    return false;
}

static void signal_all(const struct demo_processes *processes, int number) {
    for (size_t i = 0; i < processes->count; i++) {
        if (demo_process_is_alive(&processes->list[i])) {
            (void)kill(processes->list[i].pid, number);
        }
    }
}

void demo_processes_stop(const struct demo_site *site, struct demo_processes *processes) {
    struct demo_path path = demo_path_of(site, "processes");
    signal_all(processes, SIGTERM);
    for (int waited = 0; waited < STOP_WAIT_MS && any_alive(processes); waited += STOP_STEP_MS) {
        pause_ms(STOP_STEP_MS);
    }
    signal_all(processes, SIGKILL);
    while (any_alive(processes)) {
        pause_ms(STOP_STEP_MS);
    }
    processes->count = 0;
    (void)unlink(path.text);
}
