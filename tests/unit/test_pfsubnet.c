/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of [SUBNETS ...]: pf.c of OpenVPN 2.5.11, row by row, and IPv6. */
#include "config.h"

#include "tests/unit/lib/pf_reading.h"

struct row {
	const char *line, *means;
	const char *said;	/* NULL: nothing */
};

/* HEAD: a line before the section, or nothing. */
static void expect_row(const char *head, const struct row *row)
{
	char text[512], means[256];
	int n = snprintf(text, sizeof(text),
			 "%s[SUBNETS DROP]\n+%s\n[END]\n", head, row->line);

	snprintf(means, sizeof(means), "DROP | DROP +%s", row->means);
	expect_bytes(text, (size_t)n, means, row->said, row->said != NULL);
}

#define expect_rows_below(head, rows) do { \
	for (size_t i_ = 0; i_ < sizeof(rows) / sizeof(*(rows)); i_++) \
		expect_row(head, &(rows)[i_]); \
} while (0)

#define expect_rows(rows) expect_rows_below("", rows)

static void addresses_are_what_they_look_like(void **state)
{
	static const struct row rows[] = {
		{ "10.8.0.1", "10.8.0.1", NULL },
		{ "10.8.0.1/32", "10.8.0.1", NULL },
		{ "10.8.0.0/24", "10.8.0.0/24", NULL },
		{ "10.8.0.0/32", "10.8.0.0", NULL },
		{ "0.0.0.0/0", "0.0.0.0/0", NULL },
		{ "128.0.0.0/1", "128.0.0.0/1", NULL },
		{ "255.255.255.255", "255.255.255.255", NULL },
		{ "unknown", "0.0.0.0", NULL },
	};

	(void)state;
	expect_rows(rows);
}

static void blanks_signs_and_harmless_zeros_are_silent(void **state)
{
	static const struct row rows[] = {
		{ " 10.0.0.0/8", "10.0.0.0/8", NULL },
		{ "\t 10. 0. 0. 1", "10.0.0.1", NULL },
		{ "10.\v0.\f0.\r1", "10.0.0.1", NULL },
		{ "10.0.0.0/ 8", "10.0.0.0/8", NULL },
		{ "10.0.0.0/+8", "10.0.0.0/8", NULL },
		{ "10.0.0.0/08", "10.0.0.0/8", NULL },
		{ "+10.+0.-0.1", "10.0.0.1", NULL },
		{ "10.000.001.007", "10.0.1.7", NULL },
		{ "0.0.0.0/-0", "0.0.0.0/0", NULL },
	};

	(void)state;
	expect_rows(rows);
}

static void text_after_the_length_is_ignored(void **state)
{
	static const struct row rows[] = {
		{ "10.0.0.0/8abc", "10.0.0.0/8",
		  "\"10.0.0.0/8abc\" means 10.0.0.0/8; ignored: \"abc\"" },
		{ "10.0.0.0/8/16", "10.0.0.0/8", "ignored: \"/16\"" },
		{ "10.0.0.0/8.5", "10.0.0.0/8", "ignored: \".5\"" },
		{ "10.0.0.0/8 # c", "10.0.0.0/8", "ignored: \" # c\"" },
		{ "10.0.0.0/24.0.0.0", "10.0.0.0/24", "ignored: \".0.0.0\"" },
		{ "0.0.0.0/0x8", "0.0.0.0/0",
		  "\"0.0.0.0/0x8\" means 0.0.0.0/0, every address; ignored: "
		  "\"x8\"" },
		{ "10.0.0.0/0x8", "0.0.0.0/0",
		  "means 0.0.0.0/0, every address; ignored: \"x8\"; bits" },
	};

	(void)state;
	expect_rows(rows);
}

static void text_after_the_address_is_ignored(void **state)
{
	static const struct row rows[] = {
		{ "10.0.0.1abc", "10.0.0.1", "ignored: \"abc\"" },
		{ "10.0.0.1.7", "10.0.0.1", "ignored: \".7\"" },
		{ "10.0.0.1:80", "10.0.0.1", "ignored: \":80\"" },
		{ "10.0.0.1 # c", "10.0.0.1", "the one address 10.0.0.1" },
		{ "10.0.0.0 255.0.0.0", "10.0.0.0",
		  "means the one address 10.0.0.0; ignored: \" 255.0.0.0\"" },
		{ "10.0.0.0 255.0.0.0", "10.0.0.0",
		  "did you mean \"10.0.0.0/8\"?" },
		{ "10.0.0.1 # was /24", "10.0.0.0/24", "bits after" },
	};

	(void)state;
	expect_rows(rows);
}

static void numbers_wrap(void **state)
{
	static const struct row rows[] = {
		{ "10.0.0.0/4294967304", "10.0.0.0/8", "wraps" },
		{ "0.0.0.0/-99999999999999999999", "0.0.0.0/0", "wraps" },
		{ "4294967306.0.0.1", "10.0.0.1", "wraps" },
		{ "-4294967286.0.0.1", "10.0.0.1", "wraps" },
		{ "0.0.0.0/-4294967296", "0.0.0.0/0", "wraps" },
	};

	(void)state;
	expect_rows(rows);
	expect_rejected("[SUBNETS DROP]\n+10.0.0.0/99999999999999999999\n"
			"[END]\n", "from 0 to 32");
	expect_rejected("[SUBNETS DROP]\n+99999999999999999999.0.0.1\n[END]\n",
			"no address");
	expect_rejected("[SUBNETS DROP]\n+-1.0.0.1\n[END]\n", "no address");
}

static void leading_zeros_are_decimal(void **state)
{
	static const struct row rows[] = {
		{ "010.0.0.1", "10.0.0.1", "with leading zeros are decimal" },
		{ "10.0.0.010", "10.0.0.10", "with leading zeros are decimal" },
		{ "10.0.0.08", "10.0.0.8", "with leading zeros are decimal" },
	};

	(void)state;
	expect_rows(rows);
}

static void host_bits_are_cleared(void **state)
{
	static const struct row rows[] = {
		{ "10.1.2.3/8", "10.0.0.0/8",
		  "a.pf:2:2: warning: \"10.1.2.3/8\" means 10.0.0.0/8; bits "
		  "after the prefix are cleared" },
		{ "10.8.0.1/0", "0.0.0.0/0", "every address; bits" },
		{ "10.8.0.1/31", "10.8.0.0/31", "bits" },
	};

	(void)state;
	expect_rows(rows);
}

static void a_network_without_length_is_one_address(void **state)
{
	static const struct row rows[] = {
		{ "10.8.0.0", "10.8.0.0", "means the one address 10.8.0.0" },
		{ "0.0.0.0", "0.0.0.0",
		  "means \"unknown\": whatever is not IPv4" },
	};

	(void)state;
	expect_rows(rows);
}

static void expect_rejected_unsaid(const char *text, const char *unsaid)
{
	struct reading r;

	reading_init(&r, text, strlen(text), &plain);
	assert_string_equal(r.means, "REJECTED");
	assert_null(strstr(r.said, unsaid));
	reading_fini(&r);
}

static void what_is_no_prefix_length_rejects(void **state)
{
	(void)state;
	expect_rejected("[SUBNETS DROP]\n+10.0.0.0/\n[END]\n",
			"a.pf:2:11: error: \"/\" is no prefix length");
	expect_rejected("[SUBNETS DROP]\n+10.0.0.0/x\n[END]\n",
			"\"/x\" is no prefix length");
	expect_rejected("[SUBNETS DROP]\n+10.0.0.0/33\n[END]\n",
			"a.pf:2:11: error: the prefix length must be from 0 "
			"to 32, not \"33\"");
	expect_rejected("[SUBNETS DROP]\n+10.0.0.0/-1\n[END]\n",
			"from 0 to 32, not \"-1\"");
	expect_rejected("[SUBNETS DROP]\n+10.0.0.0/255.255.255.0\n[END]\n",
			"did you mean \"10.0.0.0/24\"?");
	expect_rejected_unsaid("[SUBNETS DROP]\n+10.0.0.0/255.0.255.0\n"
			       "[END]\n", "did you mean");
	expect_rejected("[SUBNETS DROP]\n+10.0.0.0/- 8\n[END]\n", "no prefix");
}

static void what_is_no_address_rejects(void **state)
{
	static const char *const lines[] = {
		"10.0.0", "10.0.0/24", "0x0a.0.0.1", "10.0.0.256",
		"10 .0.0.1", "10..0.1", "10.0.0.x", "/8", "10.0.0./8", "*",
		"10.0.0.- 1", "256.0.0.1/8",
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		snprintf(text, sizeof(text), "[SUBNETS DROP]\n+%s\n[END]\n",
			 lines[i]);
		expect_rejected(text, "is no address or prefix");
	}
	expect_rejected("[SUBNETS DROP]\n+nick\n[END]\n",
			"client names belong in [CLIENTS ...]");
}

static void unknown_is_exact(void **state)
{
	(void)state;
	expect_rejected("[SUBNETS DROP]\n+Unknown\n[END]\n", "small letters");
	expect_rejected("[SUBNETS DROP]\n+ unknown\n[END]\n", "small letters");
	expect_rejected("[SUBNETS DROP]\n+unknown/32\n[END]\n",
			"small letters");
	expect_rejected("[SUBNETS DROP]\n+unknown x\n[END]\n",
			"small letters");
}

/* An old file with such a line let nothing pass, and must not begin to. */
static void ip6_is_refused_as_openvpn_did(void **state)
{
	const struct pffile_options old = { .openvpn_25 = true };
	static const char text[] = "[SERVICES]\n[SUBNETS DROP]\n+::1\n[END]\n";
	struct reading r;

	(void)state;
	expect_rejected("[SUBNETS DROP]\n+fd00::/8\n[END]\n",
			"a.pf:2:2: error: OpenVPN's filter knows no IPv6");
	expect_rejected("[SUBNETS DROP]\n+fd00::/8\n[END]\n",
			"they are allowed below a [SERVICES] line");
	expect_rejected("[SUBNETS DROP]\n+fd00::/64\n[SERVICES]\n[END]\n",
			"they are allowed below a [SERVICES] line");
	reading_init(&r, text, strlen(text), &old);
	assert_string_equal(r.means, "REJECTED");
	assert_null(strstr(r.said, "they are allowed below"));
	reading_fini(&r);
}

static void ip6_prefixes_are_read_below_services(void **state)
{
	static const struct row rows[] = {
		{ "fd00::/8", "fd00::/8", NULL },
		{ "fd00::1", "fd00::1", NULL },
		{ "::/0", "::/0", NULL },
		{ "1::/8", "::/8", "\"1::/8\" means ::/8; bits after" },
		{ "2001:db8::1/64", "2001:db8::/64", "bits after" },
		{ "fd00::10.0.0.1", "fd00::a00:1", NULL },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1", "no packet has" },
		{ "10.0.0.0/8", "10.0.0.0/8", NULL },
	};

	(void)state;
	expect_rows_below("[SERVICES]\n", rows);
	expect("[SUBNETS DROP]\n+10.0.0.1\n[SERVICES]\n[SUBNETS DROP]\n"
	       "+fd00::1\n[END]\n", "DROP | DROP +10.0.0.1,+fd00::1");
}

static void ip6_prefixes_are_strict(void **state)
{
	static const char *const heads[] = { "", "[SERVICES]\n" };
	static const struct {
		const char *line, *said;
	} rows[] = {
		{ "fd00::/129", "\"fd00::/129\" is no address or prefix" },
		{ "fd00::/8 # home", "nothing may stand before or after" },
		{ " fd00::/8", "nothing may stand before or after" },
		{ "fd00::/08", "no address" },
		{ "fd00::%eth0", "no address" },
		{ "fd00::/", "prefix length" },
		{ "fd00:/8", "no address" },
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text), "%s[SUBNETS DROP]\n+%s\n[END]\n",
			 heads[i % 2], rows[i / 2].line);
		expect_rejected(text, rows[i / 2].said);
	}
}

/* Opposite signs only: a second line that says the same harms nobody. */
static void a_line_that_never_counts_is_warned_of(void **state)
{
	(void)state;
	expect_warned("[SUBNETS DROP]\n+10.0.0.0/8\n-10.10.0.8\n[END]\n",
		      "DROP | DROP +10.0.0.0/8,-10.10.0.8",
		      "a.pf:3:2: warning: this line never counts");
	expect_warned("[SUBNETS DROP]\n+10.0.0.0/8\n-10.10.0.8\n[END]\n",
		      "DROP | DROP +10.0.0.0/8,-10.10.0.8",
		      "a.pf:2:2: note: 10.0.0.0/8 matches first");
	expect_warned("[SUBNETS DROP]\n-unknown\n+0.0.0.0/32\n[END]\n",
		      "DROP | DROP -0.0.0.0,+0.0.0.0", "never counts");
	expect_warned("[SUBNETS DROP]\n+10.1.0.0/16\n-10.0.0.0/8\n"
		      "-10.1.1.1\n+11.0.0.1\n[END]\n",
		      "DROP | DROP +10.1.0.0/16,-10.0.0.0/8,-10.1.1.1,"
		      "+11.0.0.1", "a.pf:2:2: note: 10.1.0.0/16 matches");
	expect("[SUBNETS DROP]\n-10.10.0.8\n+10.0.0.0/8\n[END]\n",
	       "DROP | DROP -10.10.0.8,+10.0.0.0/8");
	expect("[SUBNETS DROP]\n+10.0.0.0/8\n+10.0.0.0/8\n+10.0.0.1\n[END]\n",
	       "DROP | DROP +10.0.0.0/8,+10.0.0.0/8,+10.0.0.1");
}

static void ip6_lines_behind_unknown_never_count(void **state)
{
	(void)state;
	expect_warned("[SERVICES]\n[SUBNETS DROP]\n+0.0.0.0/0\n-fd00::/8\n"
		      "[END]\n",
		      "DROP | DROP +0.0.0.0/0,-fd00::/8",
		      "0.0.0.0/0 matches first: IPv6 counts as 0.0.0.0");
	expect_warned("[SERVICES]\n[SUBNETS DROP]\n+unknown\n-fd00::/8\n"
		      "[END]\n",
		      "DROP | DROP +0.0.0.0,-fd00::/8", "never counts");
	expect("[SERVICES]\n[SUBNETS DROP]\n-fd00::/8\n+0.0.0.0/0\n[END]\n",
	       "DROP | DROP -fd00::/8,+0.0.0.0/0");
	expect("[SERVICES]\n[SUBNETS DROP]\n+10.0.0.0/8\n-fd00::/8\n[END]\n",
	       "DROP | DROP +10.0.0.0/8,-fd00::/8");
}

/* The first line that matches all that line I would, or NULL. */
static const struct pf_subnet *shadow_of(const struct pffile *pf, size_t i)
{
	const struct pf_subnet *v = pf->subnets.v;
	size_t j;

	for (j = 0; j < i; j++)
		if (prefix_covers(&v[j].net, &v[i].net) ||
		    (v[i].net.family == FAMILY_IP6 &&
		     prefix_holds_unknown(&v[j].net)))
			return &v[j];
	return NULL;
}

/* The sorted search against the plain one. */
static void shadows_are_all_found(void **state)
{
	unsigned int seed = 1, round, i, want;
	const struct pf_subnet *by;
	struct reading r;
	char text[2048];
	size_t n;

	(void)state;
	for (round = 0; round < 2000; round++) {
		n = (size_t)sprintf(text, "[SERVICES]\n[SUBNETS DROP]\n"
				   "-9.9.9.9\n");
		for (i = 0; i < 8; i++) {
			seed = seed * 1103515245 + 12345;
			n += (size_t)sprintf(text + n, seed >> 16 & 4
				? "%c%x00::/%u\n" : "%c%u.0.0.0/%u\n",
				seed >> 16 & 1 ? '+' : '-',
				(seed >> 20 & 3) + 1, (seed >> 24) % 9);
		}
		n += (size_t)sprintf(text + n, "[END]\n");
		reading_init(&r, text, n, &plain);
		for (want = 0, i = 0; i < r.pf.subnets.n; i++) {
			by = shadow_of(&r.pf, i);
			assert_int_equal(r.pf.subnets.v[i].shadowed, !!by);
			want += by && by->accept != r.pf.subnets.v[i].accept;
		}
		for (const char *p = r.said; (p = strstr(p, "never")); p++)
			want--;
		if (want)
			fail_msg("%s\n%s", text, r.said);
		reading_fini(&r);
	}
}

static void a_list_of_pluses_under_accept_is_warned_of(void **state)
{
	(void)state;
	expect_warned("[SUBNETS ACCEPT]\n+10.0.0.0/8\n[END]\n",
		      "DROP | ACCEPT +10.0.0.0/8",
		      "a.pf:1:1: warning: every address is accepted");
	expect_warned("[CLIENTS ACCEPT]\n+a\n+b\n[END]\n",
		      "ACCEPT +a,+b | DROP",
		      "a.pf:1:1: warning: every client is accepted");
	expect("[CLIENTS ACCEPT]\n+a\n-b\n[SUBNETS ACCEPT]\n[END]\n",
	       "ACCEPT +a,-b | ACCEPT");
	expect("[CLIENTS DROP]\n-a\n[SUBNETS DROP]\n-10.0.0.0/8\n[END]\n",
	       "DROP -a | DROP -10.0.0.0/8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_what_they_look_like),
		cmocka_unit_test(blanks_signs_and_harmless_zeros_are_silent),
		cmocka_unit_test(text_after_the_length_is_ignored),
		cmocka_unit_test(text_after_the_address_is_ignored),
		cmocka_unit_test(numbers_wrap),
		cmocka_unit_test(leading_zeros_are_decimal),
		cmocka_unit_test(host_bits_are_cleared),
		cmocka_unit_test(a_network_without_length_is_one_address),
		cmocka_unit_test(what_is_no_prefix_length_rejects),
		cmocka_unit_test(what_is_no_address_rejects),
		cmocka_unit_test(unknown_is_exact),
		cmocka_unit_test(ip6_is_refused_as_openvpn_did),
		cmocka_unit_test(ip6_prefixes_are_read_below_services),
		cmocka_unit_test(ip6_prefixes_are_strict),
		cmocka_unit_test(a_line_that_never_counts_is_warned_of),
		cmocka_unit_test(ip6_lines_behind_unknown_never_count),
		cmocka_unit_test(shadows_are_all_found),
		cmocka_unit_test(a_list_of_pluses_under_accept_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
