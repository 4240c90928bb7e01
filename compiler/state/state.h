/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two tables in the state directory (/run/vpnpf), which outlive a process.
 *
 * "live": the present owners of addresses, as the hooks of OpenVPN and IPsec
 * reported them.
 *	a  10.8.0.6  john  office  1795239313	(address, name, server, since;
 *						then, if set, "late",
 *						"reqid=7", "refs=2": struct
 *						live)
 *	n  john  10.8.0.6
 *	d  10.8.0.7  1795239400  office	(address, time since which it has no
 *				owner, server; without the server: at any)
 *	i  tun0  office		(the interface that the server has, or had last)
 *	k  john  12  1008  3  252	(counters that the kernel no longer
 *				has: packets and bytes allowed, then denied.
 *				Negative if the kernel counts packets of
 *				another client for this one)
 * An address has one owner at each server, unless several are in dispute
 * (live_dispute); it may be a prefix (iroute) or, for dev tap, a hardware
 * address.
 *
 * "policy": the policy that was compiled last, so that a hook need not read all
 * files.
 *	a  10.8.0.6  john  ccd  office	static address -> name
 *	b  john  10.8.0.6  ccd  office	name -> static address
 *	d  10.8.0.7			several clients have this static
 *				address (policy_resolve)
 *	c  john  open  <file id>	client; or "no file", "bad file", "[KILL]"
 *	f  <file id>  p/<hash>  [CLIENTS DROP]  +nick  ...  [END]
 *	m  john  5184		client whose file has been missing since this
 *				state_clock
 *	r  /2fetc/2fvpnpf/2fgroups  <stamp>	a file or directory that was
 *				read, or was absent; not the files of single
 *				clients
 *	s  lab				server that is shut: live bindings of
 *					it do not count
 *	o  tun5			interface of another program that a pattern
 *				means, too
 *	v  0000  office  tun*  tun  -  tun0	server, its dev and the
 *				interfaces that it means, in the order of the
 *				rules; in a VRF: "tun0/blue"
 *	v  0001  road  -  ipsec  ike  site  end=192.0.2.1  net=10.0.2.0/24
 *	    dev=eth0  inside=eth1  xfrm=ipsec0	(one line)
 *	v  0002  lab  tun1  tun  shut  tun1
 *	y  ip6  net4  nat		the parts of the layout; the host
 *					translates
 *
 * Its header has also the time of the last load of all files ("loaded="), and
 * "standing" if something stood wrong then that is no difference of the rules.
 *
 * Tabs separate fields.  Names are mangled (name.h), except inside an "f" line,
 * which is the .pf file's canonical text.  All names in the interface of this
 * file and of live.h are plain; returned text is good until state_close.
 * Digests in the headers bind the two tables to each other and to the kernel's
 * state element.  If they do not match, there was a crash, and the whole policy
 * is compiled and loaded again.
 */
#pragma once

#include <stdint.h>

#include "compiler/base/table.h"
#include "compiler/model/policy.h"
#include "compiler/plan/counters.h"

/* The beginning of the live table.  Version 2 had one owner for each address,
 * version 1 no sum of the lines; both are read. */
#define STATE_LIVE_HEADER "# vpnpf live 3 "
#define STATE_LIVE_2_HEADER "# vpnpf live 2 "
#define STATE_LIVE_1_HEADER "# vpnpf live 1"

/* Other files in the directory, each of one line, which the commands that use
 * them write in place. */
#define STATE_COMPARED "compared"
#define STATE_LOOKED "looked"
#define STATE_MISSING "files-missing"

/* The beginning of the policy table.  Raise the number when the same policy is
 * lowered to other rules: the next command then loads all rules again. */
#define STATE_POLICY_HEADER "# vpnpf policy 7 "

struct state {
	int dirfd, lock;
	struct table live, policy;
	struct sources *sources;	/* unmangled names and policy texts */
	bool known;		/* both tables exist and match each other */
	bool lost;		/* there is no usable live table */
	uint64_t digest;	/* of the ruleset that was committed */
	uint64_t policy_id;	/* of the policy table */
	uint32_t generation;	/* of the kernel after that commit */
	struct file_clock read_at;	/* the time at which all files were
					 * read; now 0: not all were */
	long long loaded_at;	/* when all was loaded, in seconds since 1970;
				 * 0: not known */
	bool standing;		/* as of state_write */
	bool policy_new;	/* policy.new is written */
};

/*
 * Open the state directory DIR (make it if it is absent) and take its lock.
 * The lock has a queue (lock.h); -ETIMEDOUT when no process of the queue got
 * the lock for 60 seconds.  With READ_ONLY the directory is neither made nor
 * locked, and an absent directory counts as empty.  0 or -errno (said).  A
 * damaged table is said, and counts as empty; what is no file of ours is said
 * and removed.  -EPERM: others than root could write to the directory, or it is
 * a link; with READ_ONLY it counts as empty.  After -EPERM nothing is kept:
 * OUT can be used, and state_write does nothing.
 */
int state_open(const char *dir, bool read_only, struct state *out,
	       struct diag *d);
/* Give the lock back; the tables may be read on. */
void state_unlock(struct state *s);
void state_close(struct state *s);

struct live_view;

/*
 * Load state and policy of the client with C's name as it was compiled last.
 * False: there was no such client.
 */
bool state_client(const struct state *s, struct client *c, struct diag *d);
bool state_has_client(const struct state *s, struct str name);
/* The names of all clients, one a call; *pos is a position in the table and
 * begins with 0. */
struct str state_next_client(const struct state *s, size_t *pos);

/* The state of client NAME as compiled last; false: no such client. */
bool state_client_state(const struct state *s, struct str name,
			enum client_state *out);

/* Seconds since the boot, sleep included: neither set nor stopped. */
long long state_clock(void);
/*
 * Since when is the file of client NAME missing that is missing NOW?  NOW if its
 * rules are still loaded; -1: it had none, or this is forgotten.
 */
long long state_missing_since(const struct state *s, struct str name,
			      long long now);
/* Names of which it is remembered since when their file was missing, one a
 * call; *LINE is where the table is read, and begins with p NULL. */
struct str state_next_missing(const struct state *s, struct str *line,
			      long long *since);

/* Open the policy table again, as it was written last; text lent from it is no
 * longer good.  0 or -errno. */
int state_refresh(struct state *s);

/* Are state and .pf file of C as they were compiled last? */
bool state_client_same(const struct state *s, const struct client *c);

/* The names that own ADDR statically, one a call. */
struct str state_static_owner(const struct state *s,
			      const struct endpoint *addr, size_t *pos);

/* For state_write: the "r" lines of the files in FILES. */
void state_add_seen(const struct sources *files, struct table_edits *out);
/* Did the host translate, for the compiled policy? */
bool state_has_nat(const struct state *s);
/* Was PATH read or absent, with this STAMP (NULL: any)? */
bool state_has_seen(const struct state *s, const char *path,
		    const struct stamp *stamp);
/* Is each file unchanged since it was read, and old enough that no change can
 * have the same stamp? */
bool state_seen_is_same(const struct state *s);

/* Interfaces and layout of the compiled policy, and whether the host
 * translates, into P. */
void state_load_frame(const struct state *s, struct policy *p);

/*
 * Load the part of the compiled policy that a change of the clients NAMES needs
 * into P: these clients, the clients that they list, the clients that list
 * them, and the clients in EXTRA (or NULL), the new file of one of them.
 * WHOLE: all clients.  P has the frame already; no address is bound yet.
 */
void state_load(const struct state *s, const struct str *names, size_t n,
		const struct pffile *extra, bool whole, struct policy *p,
		struct diag *d);

/* Replace P's bindings by the static and live addresses of its clients in V,
 * and resolve them. */
void state_bind(const struct live_view *v, struct policy *p);

/* The number of doubtful prefixes of the policy table that are nobody's with
 * the live bindings of V, and of the addresses that two of these claim. */
unsigned int state_doubtful(const struct live_view *v);

/* Does a client that is not affected in P use POLICY_CHAIN? */
bool state_policy_is_used(const struct state *s, const struct policy *p,
			  const char *policy_chain);

/*
 * The arguments of state_write.  The policy table is written from POLICY
 * (whole, lowered) and STATICS (its static bindings before they were resolved),
 * or changed for the clients CHANGED (lowered) and for the interfaces of FRAME,
 * or not written at all.
 */
struct state_write {
	const struct policy *policy;
	const struct binding *statics;
	size_t n_statics;
	const struct client *const *changed;
	size_t n_changed;
	const struct policy *frame;
	uint64_t digest;
	uint32_t generation;
	struct file_clock read_at;	/* with POLICY: see struct state */
	const struct sources *files;	/* with POLICY: the files that were
					 * read */
	/* With POLICY or CHANGED: the state_clock; 0: clients whose files are
	 * missing are not remembered. */
	long long now;
	/* With POLICY: is the file of NAME, who has left it, missing and to be
	 * remembered?  NULL: no. */
	bool (*is_missed)(void *arg, struct str name, long long since);
	void *missed_arg;
	bool standing;		/* with POLICY: something stays wrong */
	const struct counters *retired;	/* counters that the commit deletes
					 * from the kernel; or NULL */
};

/* The subject of a changed line of the policy table. */
struct state_change {
	char kind;		/* the first letter of the line */
	bool added;		/* else deleted */
	struct str key;		/* a client's plain name, or an address; lent
				 * until state_compare returns */
	bool open;		/* the client is open */
	struct str addr;	/* of a name's address */
	struct str source;	/* of the address: "ccd" or "ipp" */
};

/* Tell FOUND of each line of the policy table that a write of W (with POLICY)
 * would delete or add, in the order of the lines. */
void state_compare(const struct state *s, const struct state_write *w,
		   void (*found)(void *arg, const struct state_change *change),
		   void *arg);

/* Add the retired counters of the live table to OUT, which borrows from S. */
void state_read_counters(const struct state *s, struct counters *out);
/* For state_write: the edits of the live table that add RETIRED to it. */
void state_add_counters(const struct state *s, const struct counters *retired,
			struct table_edits *out);

/* Write the tables as *.new.  state_commit puts them in place after the kernel
 * accepted the rules, or state_abort removes them.  0 or -errno (said). */
int state_write(struct state *s, const struct live_view *v,
		const struct state_write *w, struct diag *d);
int state_commit(struct state *s, struct diag *d);
void state_abort(struct state *s);
