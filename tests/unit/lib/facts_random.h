/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine with servers, clients and files, as facts that change by chance:
 * what is on disk, what of it is in force, who has which address.  The files
 * are real; what has to follow from the facts is compiled from these alone.
 */
#pragma once

#include "compiler/model/policy.h"
#include "tests/unit/lib/rng.h"

enum kind {
	KIND_IP4,
	KIND_BOTH,		/* IPv6, too */
	KIND_NETS,		/* networks behind clients */
	KIND_TAP,
	KIND_IPSEC,		/* and some addresses come through tunnels */
	KINDS,
};

#define FACTS_PEOPLE 10
extern const char *const facts_names[FACTS_PEOPLE];
/* The third is an ipsec section, of KIND_IPSEC. */
extern const char *const facts_servers[3];
#define FACTS_IPSEC 2

/* What is so: the facts of which the kernel must have the consequences. */
struct person {
	char *disk;		/* NAME.pf; NULL: none */
	char *force;		/* the text in force */
	enum client_state state;
};

struct fact {
	unsigned int person;
	char addr[ADDR_TEXT];
	enum binding_source source;	/* static ones */
	unsigned int server;
	uint32_t reqid;
	bool stale_delete_due;		/* the delete of an owner before may come */
};

struct facts {
	enum kind kind;
	struct rng rng;
	char dir[64], conf[96];
	struct person people[FACTS_PEOPLE];
	VEC(struct fact) statics, live;
	struct layout layout;	/* of the table that is there */
	struct log_options log;
	char event[200];	/* for messages */
};

/* A folder with files by chance, nothing applied yet; end with facts_end. */
void facts_make(struct facts *f, enum kind kind, uint64_t seed);
void facts_end(struct facts *f);

/* Denied packets are logged in another way, or not; in the configuration. */
void facts_change_log(struct facts *f);

/* The server's interface. */
const char *facts_dev(const struct facts *f, unsigned int server);

/* What a compile of everything works on; resolved. */
void facts_policy(const struct facts *f, struct sources *sources,
		  struct policy *p);

/* A .pf file, malloced; an address (or prefix, or hardware address). */
char *facts_random_file(struct facts *f);
void facts_random_addr(struct facts *f, char out[static ADDR_TEXT]);

/* TEXT (taken) is NAME.pf now; NULL: there is none. */
void facts_set_file(struct facts *f, unsigned int person, char *text);
enum client_state facts_disk_state(const struct person *p);
/* The file on disk comes into force; a bad one leaves an open client alone. */
void facts_take_file(struct person *p);

/* Is ADDR, or a part of it, of the ipsec section's networks? */
bool facts_is_tunnels(const struct facts *f, const char *addr);

/* Who has ADDR live, or NULL. */
struct fact *facts_find_live(struct facts *f, const char *addr,
			     unsigned int server);
void facts_forget(struct facts *f, struct fact *fact);
/* Who has what live is what the state folder says. */
void facts_read_live(struct facts *f);

/* A file of the state folder, malloced; and put back (TEXT is taken). */
char *facts_state_text(const struct facts *f, const char *name);
void facts_put_state(const struct facts *f, const char *name, char *text);
