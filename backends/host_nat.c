/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/host_nat.h"

#include <string.h>

#include "compiler/conf/conf.h"

#define MAX_DEPTH 16

/* Does a match hold for the packets in question? */
enum holds { NO, MAYBE, YES };

/* The packets: to POOL, from clients there or from elsewhere. */
struct walk {
	const struct nat_rules *rules;
	const struct host_pool *pool;
	bool between;
	void (*found)(void *arg, enum nat_finding what,
		      const struct host_pool *pool, unsigned int chain,
		      unsigned int number);
	void *arg;
	unsigned int depth;
};

static enum holds least(enum holds a, enum holds b)
{
	return a < b ? a : b;
}

static enum holds unless(bool inverted, enum holds h)
{
	return !inverted || h == MAYBE ? h : h == YES ? NO : YES;
}

/* Is the interface of the rule the pool's?  Of patterns only a part may be. */
static enum holds is_dev(const struct nat_dev *d, const char *dev)
{
	size_t n = strlen(d->name);
	bool pattern = strchr(dev, '*');

	if (d->wild)
		return strncmp(d->name, dev, n) ?
		       pattern && conf_dev_matches(dev, d->name) ? MAYBE : NO :
		       YES;
	return !conf_dev_matches(dev, d->name) ? NO : pattern ? MAYBE : YES;
}

/* What is in a set is not read: it is taken for one of outside interfaces. */
static enum holds out_holds(const struct nat_dev *d, const char *dev)
{
	if (d->set && !d->name[0])
		return NO;
	return d->set ? unless(d->inverted, is_dev(d, dev)) : YES;
}

/* What comes from elsewhere may have come in by any other interface. */
static enum holds in_holds(const struct walk *w, const struct nat_dev *d)
{
	enum holds h;

	if (!d->set)
		return YES;
	if (!d->name[0])
		return MAYBE;
	h = is_dev(d, w->pool->dev);
	if (w->between)
		return unless(d->inverted, h);
	return d->inverted || h != YES ? MAYBE : NO;
}

static enum holds is_net(const struct prefix *net, const struct host_pool *pool)
{
	size_t n = family_bytes(pool->family);
	struct addr last = prefix_last(net);

	if (net->family != pool->family ||
	    memcmp(last.b, pool->first.b, n) < 0 ||
	    memcmp(net->addr.b, pool->last.b, n) > 0)
		return NO;
	return memcmp(net->addr.b, pool->first.b, n) <= 0 &&
	       memcmp(last.b, pool->last.b, n) >= 0 ? YES : MAYBE;
}

static bool is_inside(const struct prefix *net, const struct host_pool *pool)
{
	size_t n = family_bytes(pool->family);
	struct addr last = prefix_last(net);

	return net->family == pool->family &&
	       memcmp(net->addr.b, pool->first.b, n) >= 0 &&
	       memcmp(last.b, pool->last.b, n) <= 0;
}

static enum holds net_holds(const struct nat_net *n,
			    const struct host_pool *pool)
{
	return n->set ? unless(n->inverted, is_net(&n->net, pool)) : YES;
}

/* The network around a pool has the server's address and its own, too. */
static enum holds src_holds(const struct walk *w, const struct nat_net *n)
{
	if (w->between || !n->set)
		return net_holds(n, w->pool);
	if (n->net.family != w->pool->family)
		return n->inverted ? YES : NO;
	return !n->inverted && (is_inside(&n->net, w->pool) ||
				(n->net.len >= 16 &&
				 is_net(&n->net, w->pool) == YES)) ? NO : MAYBE;
}

static enum holds rule_holds(const struct walk *w, const struct nat_rule *r)
{
	enum holds h = r->odd ? MAYBE : YES;

	if ((r->one_family && r->family != w->pool->family) ||
	    (w->pool->section && r->no_tunnel))
		return NO;
	h = least(h, out_holds(&r->out, w->pool->dev));
	h = least(h, in_holds(w, &r->in));
	h = least(h, src_holds(w, &r->src));
	return least(h, net_holds(&r->dst, w->pool));
}

static bool names_out(const struct nat_rule *r)
{
	return r->out.set && !r->out.inverted && r->out.name[0];
}

/* Rules that are reached by a rule that may not hold, are not surely reached
 * (SURE); NAMED: the way here names the interface.  False: no packet goes on
 * behind the chain's end. */
static bool walk(struct walk *w, unsigned int chain, bool sure, bool named)
{
	const struct nat_rule *r;
	unsigned int number = 0;
	enum holds h;
	bool go_on;

	if (w->depth++ > MAX_DEPTH)
		return true;
	vec_each(r, &w->rules->list) {
		if (r->chain != chain)
			continue;
		number++;
		h = rule_holds(w, r);
		if (h == NO || r->action == NAT_NOTHING)
			continue;
		go_on = true;
		if (r->action == NAT_SOURCE) {
			if (!w->between || !(named || names_out(r)))
				w->found(w->arg, w->between ? NAT_BETWEEN
							    : NAT_TO_VPN,
					 w->pool, chain, number);
			go_on = false;
		} else if (r->action == NAT_END) {
			go_on = false;
		} else if (r->action == NAT_JUMP || r->action == NAT_GOTO) {
			go_on = walk(w, r->target, sure && h == YES,
				     named || names_out(r));
		}
		if (h != YES || (go_on && r->action == NAT_JUMP))
			continue;
		w->depth--;
		return go_on || !sure;
	}
	w->depth--;
	return true;
}

void nat_rules_find(const struct nat_rules *rules, unsigned int chain,
		    const struct host_pool *pool,
		    void (*found)(void *arg, enum nat_finding what,
				  const struct host_pool *pool,
				  unsigned int chain, unsigned int number),
		    void *arg)
{
	struct walk w = {
		.rules = rules, .pool = pool, .between = true,
		.found = found, .arg = arg,
	};

	if (!pool->section)
		walk(&w, chain, true, false);
	w.between = false;
	walk(&w, chain, true, false);
}
