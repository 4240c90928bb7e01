/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/doctor/doctor_script.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/base/dir.h"

/* The most names in a script that are looked at, and the largest script: what
 * is larger is a program or data. */
#define MAX_NAMES 1000
#define MAX_SCRIPT (1 << 20)

struct look {
	const char *word, *workdir;
	struct script_answer *out;
	unsigned int names;	/* that were looked at */
};

static bool is_binary(const struct source *src)
{
	return memchr(src->text, '\0', src->size);
}

static bool has_word(const struct source *src, const char *word)
{
	const char *p = src->text, *end = p + src->size, *nl, *start;

	if (is_binary(src))
		return memmem(p, src->size, word, strlen(word));
	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl ? nl : end;
		for (start = p; start < nl && isspace((unsigned char)*start);)
			start++;
		if (*start != '#' &&
		    memmem(start, (size_t)(nl - start), word, strlen(word)))
			return true;
	}
	return false;
}

bool script_has(const char *path, const char *word)
{
	struct sources set = { 0 };
	const struct source *src;
	bool has = !source_load(&set, AT_FDCWD, path, path, &src) &&
		   has_word(src, word);

	sources_fini(&set);
	return has;
}

/* Reading a file of these may block, or do something. */
static bool is_device(const char *path)
{
	return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6) ||
	       !strncmp(path, "/sys/", 5);
}

/* A file that a script names. */
static void look_at_named(struct look *k, const char *path)
{
	struct stat st;

	if (!k->out->path && !is_device(path) && !stat(path, &st) &&
	    S_ISREG(st.st_mode) && st.st_size <= MAX_SCRIPT &&
	    script_has(path, k->word))
		k->out->path = mem_copy(path);
}

/* "connect.d": its files are what run-parts, or a loop, runs. */
static void look_into_named(struct look *k, const char *path)
{
	size_t n = strlen(path);
	struct dir folder;
	char **name, *file;

	while (n && path[n - 1] == '/')
		n--;
	if (n < 2 || memcmp(path + n - 2, ".d", 2) || is_device(path) ||
	    dir_read(path, &folder))
		return;
	vec_each(name, &folder.names) {
		file = dir_join(path, *name);
		if (k->names++ < MAX_NAMES)
			look_at_named(k, file);
		free(file);
	}
	dir_fini(&folder);
}

/* NAME as seen from FOLDER; "/NAME", too, is what follows a variable. */
static void look_from(struct look *k, const char *folder, const char *name)
{
	char *path = mem_printf("%s/%s", folder, name);

	look_at_named(k, path);
	look_into_named(k, path);
	free(path);
}

static void look_up(struct look *k, const char *folder, const char *name)
{
	if (name[0] == '/') {
		look_at_named(k, name);
		look_into_named(k, name);
	} else {
		look_from(k, k->workdir, name);
	}
	look_from(k, folder, name);
}

static bool is_of_path(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("/._-+@%", c));
}

/* What stands before the first slash is the name of a variable. */
static struct str without_variable(struct str word)
{
	while (word.n && *word.p != '/')
		word = str_from(word, 1);
	return word;
}

/* The next word of REST that may name a file: it has a slash or a dot. Malloced
 * or NULL. */
static char *next_name(struct str *rest)
{
	struct str word;
	bool variable = false;

	while (rest->n) {
		for (word = *rest, word.n = 0;
		     word.n < rest->n && is_of_path(rest->p[word.n]);)
			word.n++;
		*rest = str_from(*rest, word.n ? word.n : 1);
		if (variable)
			word = without_variable(word);
		variable = !word.n && *word.p == '$';
		if (word.n > 1 && (memchr(word.p, '/', word.n) ||
				   memchr(word.p, '.', word.n)))
			return mem_dup(word.p, word.n);
	}
	return NULL;
}

static void look_deeper(struct look *k, const struct source *src)
{
	const char *slash = strrchr(src->name, '/');
	char *folder = slash ? mem_dup(src->name, (size_t)(slash - src->name))
			     : mem_dup(".", 1);
	struct str rest = source_str(src);
	char *name;

	while (!k->out->path && k->names++ < MAX_NAMES &&
	       (name = next_name(&rest))) {
		look_up(k, folder, name);
		free(name);
	}
	free(folder);
}

/* A program, or one of its arguments. 0 or -errno. */
static int look_at(struct look *k, const char *path)
{
	struct sources set = { 0 };
	const struct source *src;
	int r = is_device(path) ? -EINVAL
				: source_load(&set, AT_FDCWD, path, path, &src);

	if (!r && has_word(src, k->word))
		k->out->path = mem_copy(path);
	else if (!r && src->size <= MAX_SCRIPT && !is_binary(src))
		look_deeper(k, src);
	sources_fini(&set);
	return r;
}

/* The files in an argument: a path, "script=path". */
static void look_at_argument(struct look *k, struct str text)
{
	char *name, *path;

	while (!k->out->path && (name = next_name(&text))) {
		path = dir_join(k->workdir, name);
		look_at(k, path);
		free(path);
		free(name);
	}
}

/* A plugin's arguments are words of the line, those of a hook are in its
 * second word. */
struct script_answer script_find(struct doctor *x, const struct doctor_line *l,
				 const char *word)
{
	struct script_answer out = { 0 };
	struct look k = {
		.word = word, .workdir = l->in->workdir, .out = &out,
	};
	bool plugin = !strcmp(l->line.word[0].text, "plugin");
	char *path = doctor_program(x, l);
	unsigned int i;

	out.unread = look_at(&k, path);
	free(path);
	for (i = plugin ? 2 : 1; i < l->line.n && !out.path; i++)
		look_at_argument(&k, str_of(l->line.word[i].text));
	return out;
}
