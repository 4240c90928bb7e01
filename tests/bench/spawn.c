/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time whole processes, from before their start to after their end.
 *
 * Reads lines of tab-separated words from stdin and runs them in order:
 *	env	NAME=VALUE ...		of the programs from now on; none: empty
 *	pause	MILLISECONDS
 *	run	PROGRAM ARGUMENT ...	not timed; must exit with 0
 *	time	LABEL	PROGRAM ARGUMENT ...
 *	start	PROGRAM ARGUMENT ...	not waited for
 *	cpu	LABEL			waits for what was started
 * and prints for each "time" a line: LABEL, microseconds, kilobytes of the
 * largest resident size, microseconds that the CPUs have worked; and for each
 * "cpu" LABEL, microseconds that the CPUs have worked for all programs since
 * the last one, 0, and the same again.  Standard output of the programs goes to
 * /dev/null.
 * A program that fails ends everything with status 1.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define WORDS 256

static char *env[WORDS + 1];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* 0, after it was said why, if it does not start. */
static pid_t start(char **argv)
{
	posix_spawn_file_actions_t files;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	errno = posix_spawn(&pid, argv[0], &files, NULL, argv, env);
	posix_spawn_file_actions_destroy(&files);
	if (!errno)
		return pid;
	perror(argv[0]);
	return 0;
}

static double cpu_of(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static int run(char **argv, const char *label)
{
	struct rusage usage;
	double begin = now();
	int status;
	pid_t pid = start(argv);

	if (!pid || wait4(pid, &status, 0, &usage) < 0)
		return 1;
	if (label)
		printf("%s\t%.1f\t%ld\t%.1f\n", label, now() - begin,
		       usage.ru_maxrss, cpu_of(&usage));
	fflush(stdout);
	if (status)
		fprintf(stderr, "spawn: %s %s: status %d\n", argv[0],
			argv[1] ? argv[1] : "", status);
	return status != 0;
}

static int print_cpu(const char *label)
{
	static double before;
	struct rusage usage;
	int status, bad = 0;
	double all;

	while (wait(&status) > 0)
		bad |= status;
	if (bad)
		fprintf(stderr, "spawn: %s: one of them failed\n", label);
	getrusage(RUSAGE_CHILDREN, &usage);
	all = cpu_of(&usage);
	printf("%s\t%.1f\t0\t%.1f\n", label, all - before, all - before);
	before = all;
	return bad;
}

static int do_line(char **word, int n)
{
	struct timespec t;
	int i;

	if (!strcmp(word[0], "env")) {
		for (i = 0; env[i]; i++)
			free(env[i]);
		for (i = 1; i < n; i++)
			env[i - 1] = strdup(word[i]);
		env[n - 1] = NULL;
		return 0;
	}
	if (n > 1 && !strcmp(word[0], "pause")) {
		t.tv_sec = atoi(word[1]) / 1000;
		t.tv_nsec = atoi(word[1]) % 1000 * 1000000L;
		nanosleep(&t, NULL);
		return 0;
	}
	if (n > 1 && !strcmp(word[0], "run"))
		return run(word + 1, NULL);
	if (n > 2 && !strcmp(word[0], "time"))
		return run(word + 2, word[1]);
	if (n > 1 && !strcmp(word[0], "start"))
		return !start(word + 1);
	if (n > 1 && !strcmp(word[0], "cpu"))
		return print_cpu(word[1]);
	fprintf(stderr, "spawn: what is \"%s\"?\n", word[0]);
	return 1;
}

int main(void)
{
	char *word[WORDS + 1], *line = NULL, *p;
	size_t size = 0;
	ssize_t len;
	int n, bad = 0;

	while (!bad && (len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		for (n = 0, p = line; p && n < WORDS; n++)
			word[n] = strsep(&p, "\t");
		word[n] = NULL;
		bad = do_line(word, n);
	}
	free(line);
	return bad;
}
