/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/capture.h"

#include <unistd.h>

void capture_begin(struct capture *c)
{
	*c = (struct capture){ tmpfile(), dup(STDOUT_FILENO) };
	fflush(stdout);
	dup2(fileno(c->file), STDOUT_FILENO);
}

void capture_end(struct capture *c, char *text, size_t size)
{
	fflush(stdout);
	dup2(c->out, STDOUT_FILENO);
	close(c->out);
	rewind(c->file);
	text[fread(text, 1, size - 1, c->file)] = '\0';
	fclose(c->file);
}
