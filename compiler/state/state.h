/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What outlives a process, in the state folder (/run/vpnpf): two tables.
 *
 * "live": who has which address now, as OpenVPN's hooks and IPsec's have said.
 *	a  10.8.0.6  john  office  1795239313	(address, name, server, since;
 *						then, where it is so, "late",
 *						"reqid=7", "refs=2": struct
 *						live)
 *	n  john  10.8.0.6
 *	d  10.8.0.7  1795239400	(address, since when nobody has it)
 *	k  john  12  1008  3  252	(what was counted of its packets and is
 *				in the kernel no more: packets and bytes
 *				allowed, then denied.  Below 0 where the
 *				kernel counts somebody else's for it)
 * An address has one owner; it may be a prefix (iroute) or, for dev tap, a
 * hardware address.
 *
 * "policy": what was compiled last, so that a hook need not read all files.
 *	a  10.8.0.6  john  ccd  office	static address -> name
 *	b  john  10.8.0.6  ccd  office	name -> static address
 *	c  john  open  <file id>	client; or "no file", "bad file", "[KILL]"
 *	f  <file id>  p/<hash>  [CLIENTS DROP]  +nick  ...  [END]
 *	r  /2fetc/2fvpnpf/2fgroups  <stamp>	a file or folder that was read, but
 *				for those of single clients; or that was not
 *				there
 *	v  0000  tun0  tun		interface, in the order of the rules
 *	v  0001  eth0  ipsec  192.0.2.1  ike  10.0.2.0/24  ...
 *	y  ip6  net4			what the layout has
 *
 * Fields have tabs between; names are mangled (name.h) but for those inside an
 * "f" line, which is the .pf file's canonical text.  Nobody outside sees that:
 * all names that go in and come out here and in live.h are plain.  What comes
 * out is good until state_close.  The headers bind the two
 * tables to each other and to the kernel's state element by digests; where
 * they do not fit together a crash lies between, and all is made anew.
 */
#pragma once

#include <stdint.h>

#include "compiler/base/table.h"
#include "compiler/model/policy.h"
#include "compiler/plan/counters.h"

/* How the policy table begins.  The number is raised when the same policy is
 * lowered to other rules: all is then made again, whoever comes first. */
#define STATE_POLICY_HEADER "# vpnpf policy 2 "

struct state {
	int dirfd, lock;
	struct table live, policy;
	struct sources *sources;	/* what had to be copied out of them */
	bool known;		/* both tables are there and fit together */
	uint64_t digest;	/* of the ruleset that was committed */
	uint64_t policy_id;	/* of the policy table */
	uint32_t generation;	/* of the kernel after that commit */
	struct file_clock read_at;	/* when all files were read; now 0: not
					 * all could be */
	bool policy_new;	/* policy.new is written */
};

/*
 * Open the state folder DIR (made if it is not there) and take its lock.  There
 * is a queue (lock.h), and waiting ends only when nobody in it has got the lock
 * for 60 seconds.  With READ_ONLY neither is made nor locked, and an absent
 * folder is an empty one.  0, or -errno after it was said.  A damaged table is
 * said, too, and is then an empty one.
 */
int state_open(const char *dir, bool read_only, struct state *out,
	       struct diag *d);
void state_close(struct state *s);

struct live_view;

/*
 * The client of C's name as it was compiled last: its state and policy.
 * False: it was not there.
 */
bool state_client(const struct state *s, struct client *c, struct diag *d);
bool state_has_client(const struct state *s, struct str name);
/* The names of all clients, one a call; *pos is where it stands in the table,
 * and begins with 0. */
struct str state_next_client(const struct state *s, size_t *pos);

/* How it was compiled last; false: it was not there. */
bool state_client_state(const struct state *s, struct str name,
			enum client_state *out);

/* Open the policy table as it was written last; what was lent from it ends.
 * 0 or -errno. */
int state_refresh(struct state *s);

/* Is C (its state and its .pf file) what was compiled last? */
bool state_client_same(const struct state *s, const struct client *c);

/* The names that own ADDR statically, one a call. */
struct str state_static_owner(const struct state *s,
			      const struct endpoint *addr, size_t *pos);

/* For state_write: the lines of what FILES has seen. */
void state_add_seen(const struct sources *files, struct table_edits *out);
/* Was PATH read, or looked for, with this STAMP (NULL: any)? */
bool state_has_seen(const struct state *s, const char *path,
		    const struct stamp *stamp);
/* Is each file that was read as it was, and not so new that it may have changed
 * unseen? */
bool state_seen_is_same(const struct state *s);

/* Interfaces and layout of the compiled policy into P. */
void state_load_frame(const struct state *s, struct policy *p);

/*
 * What a change of NAMES needs of the compiled policy: those
 * clients, whom they list and who lists them; and whom EXTRA lists, the new
 * file of one of them (or NULL).  WHOLE: all clients.  Nothing is bound yet;
 * P has the frame already.
 */
void state_load(const struct state *s, const struct str *names, size_t n,
		const struct pffile *extra, bool whole, struct policy *p,
		struct diag *d);

/* Bind static addresses of V's state and live ones to the clients in P, anew;
 * resolved. */
void state_bind(const struct live_view *v, struct policy *p);

/* Has a client POLICY_CHAIN, other than those in focus in P? */
bool state_policy_is_used(const struct state *s, const struct policy *p,
			  const char *policy_chain);

/*
 * Write the tables as *.new; state_commit puts them in place after the kernel
 * has taken the rules, or state_abort removes them.  The policy table is
 * written from P (whole, lowered) and STATICS (its static bindings before
 * they were resolved), or changed for the one client CHANGED (lowered), or
 * left as it is.
 */
struct state_write {
	const struct policy *policy;
	const struct binding *statics;
	size_t n_statics;
	const struct client *changed;
	uint64_t digest;
	uint32_t generation;
	struct file_clock read_at;	/* with POLICY: see struct state */
	const struct sources *files;	/* with POLICY: that have seen what was
					 * read */
	const struct counters *retired;	/* what the kernel will count no more,
					 * since S was opened; or NULL */
};

/* What a line of the policy table is about. */
struct state_change {
	char kind;
	struct str key;		/* of a client its name, of an address its text;
				 * lent until state_compare returns */
	bool open;		/* the client */
	struct str source;	/* of the address: "ccd" or "ipp" */
};

/* The lines of the policy table that a write of W (whole) would take away or
 * add, in their order. */
void state_compare(const struct state *s, const struct state_write *w,
		   void (*found)(void *arg, const struct state_change *change),
		   void *arg);

/* What was counted and is in the kernel no more; OUT borrows from S. */
void state_read_counters(const struct state *s, struct counters *out);
/* For state_write: the changes of the live table that keep LOST. */
void state_add_counters(const struct state *s, const struct counters *retired,
			struct table_edits *out);

int state_write(struct state *s, const struct live_view *v,
		const struct state_write *w, struct diag *d);
int state_commit(struct state *s, struct diag *d);
void state_abort(struct state *s);
