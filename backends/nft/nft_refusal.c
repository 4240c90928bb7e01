/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_refusal.h"

#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft_object.h"
#include "backends/nft/nft_parse.h"
#include "backends/nft/nft_text.h"

static const char *note_phrase(enum nft_note_kind kind)
{
	switch (kind) {
	case NOTE_BATCH:
		return "the change";
	case NOTE_TABLE:
		return "the table";
	case NOTE_SET:
		return "the set";
	case NOTE_SET_DELETE:
		return "to delete the set";
	case NOTE_CHAIN:
		return "the chain";
	case NOTE_CHAIN_DELETE:
		return "to delete the chain";
	case NOTE_RULE:
		return "the rule";
	case NOTE_ELEMS:
		return "elements of the set";
	case NOTE_ELEMS_DELETE:
		return "to delete elements of the set";
	}
	return "";
}

/* The name of the refused object, malloced, or NULL. */
static char *note_name(const struct nft_note *note, const struct ruleset *rs)
{
	switch (note->kind) {
	case NOTE_BATCH:
		break;
	case NOTE_TABLE:
	case NOTE_CHAIN:
	case NOTE_CHAIN_DELETE:
		return mem_dup(note->name, strlen(note->name));
	case NOTE_SET:
	case NOTE_SET_DELETE:
	case NOTE_ELEMS:
	case NOTE_ELEMS_DELETE:
		return mem_dup(note->set->name, strlen(note->set->name));
	case NOTE_RULE:
		return nft_text_rule(rs, note->rule);
	}
	return NULL;
}

/* The extended error of the kernel. */
struct extended {
	const char *text;	/* or NULL */
	uint32_t offset;	/* of the attribute in question, or 0 */
};

static struct extended read_extended(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*err);
	struct extended ext = { 0 };
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return ext;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	mnl_attr_for_each(attr, nlh, (unsigned int)skip) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			ext.text = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			ext.offset = mnl_attr_get_u32(attr);
	}
	return ext;
}

static const struct nlmsghdr *find_message(const struct nft_batch *b,
					   uint32_t i)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)b->buf;
	int left = (int)b->len;

	while (i-- && mnl_nlmsg_ok(nlh, left))
		nlh = mnl_nlmsg_next(nlh, &left);
	return nlh;
}

/* The number of the element of a message into which OFFSET points; -1: none. */
static int find_elem(const struct nlmsghdr *nlh, uint32_t offset)
{
	const char *at = (const char *)nlh + offset;
	const struct nlattr *attr, *elem;
	int i = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested(elem, attr) {
			if (at >= (const char *)elem &&
			    at < (const char *)elem + elem->nla_len)
				return i;
			i++;
		}
	}
	return -1;
}

struct search {
	const struct set *set;
	int left;		/* elements before the one in question */
	char *text;
	bool found;
};

static int take_elem(struct nftnl_set_elem *e, void *data)
{
	struct search *s = data;
	struct nft_half half;

	if (s->left--)
		return 0;
	s->found = nft_parse_elem(e, s->set, &half);
	if (s->found)
		elem_format(s->set, &half.elem, s->text);
	return -1;
}

/* The element of message I that OFFSET points into, as text; false: none. */
static bool format_elem(const struct nft_batch *b, uint32_t i, uint32_t offset,
			char text[static ELEM_TEXT])
{
	const struct nlmsghdr *nlh = find_message(b, i);
	struct search search = {
		.set = b->notes.v[i].set, .text = text,
		.left = find_elem(nlh, offset),
	};
	SET_VAR *s = mem_check(nftnl_set_alloc());

	if (search.left >= 0 && !nftnl_set_elems_nlmsg_parse(nlh, s))
		nftnl_set_elem_foreach(s, take_elem, &search);
	return search.found;
}

/* The kernel doubles the value of SO_SNDBUF, and keeps 32 bytes. */
void nft_refusal_say_cure(size_t len, int error, struct diag *d)
{
	if (error == -EMSGSIZE)
		diag_note(d, LOC_NONE,
			  "set the host's net.core.wmem_max to %zu or more, or give vpnpf CAP_NET_ADMIN in the initial user namespace",
			  (len + 32) / 2 + 1);
	else
		diag_note(d, LOC_NONE,
			  "raise the memory limit of the control group (memory.max); if the kernel has memory, raise net.core.wmem_max and net.core.rmem_max of the host, or give vpnpf CAP_NET_ADMIN in the initial user namespace");
}

int nft_refusal_say_limit(size_t len, int error, struct diag *d)
{
	diag_error(d, LOC_NONE, error,
		   "the kernel does not take %zu bytes of rules at once: %s",
		   len, strerror(-error));
	nft_refusal_say_cure(len, error, d);
	return error;
}

static bool is_of_elems(const struct nft_note *note)
{
	return note->kind == NOTE_ELEMS || note->kind == NOTE_ELEMS_DELETE;
}

void nft_refusal_say(const struct nft_batch *b, uint32_t i,
		     const struct nlmsghdr *nlh, const struct ruleset *rs,
		     struct diag *d)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nft_note *note = &b->notes.v[i];
	struct extended ext = read_extended(nlh);
	char *name = note_name(note, rs);
	struct loc at = LOC_NONE;
	char elem[ELEM_TEXT];

	if (note->kind == NOTE_RULE)
		at = note->rule->at;
	diag_error(d, at, err->error, "the kernel refuses %s%s%s%s: %s%s%s",
		   note_phrase(note->kind), name ? " \"" : "",
		   name ? name : "", name ? "\"" : "", strerror(-err->error),
		   ext.text ? ": " : "", ext.text ? ext.text : "");
	if (is_of_elems(note) && format_elem(b, i, ext.offset, elem))
		diag_note(d, LOC_NONE, "the element is %s", elem);
	free(name);
}
