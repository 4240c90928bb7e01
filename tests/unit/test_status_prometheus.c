/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/capture.h"

static char said[8192];

/* The metrics of O, as they are on stdout. */
static const char *printed(const struct status *o)
{
	struct capture c;

	capture_begin(&c);
	status_print_prometheus(o);
	capture_end(&c, said, sizeof(said));
	return said;
}

/* Each line of the metrics has its family, with HELP and TYPE, above it. */
static void has_families(const char *text)
{
	char family[64] = "", type[16] = "", name[64];
	const char *line;
	int n;

	for (line = text; *line; line = strchr(line, '\n') + 1) {
		if (sscanf(line, "# HELP %63s %n", name, &n) == 1) {
			strcpy(family, name);
			type[0] = '\0';
			assert_int_not_equal(line[n], '\n');
			continue;
		}
		if (sscanf(line, "# TYPE %63s %15s", name, type) == 2) {
			assert_string_equal(name, family);
			continue;
		}
		assert_int_equal(sscanf(line, "%63[a-z_]", name), 1);
		assert_string_equal(name, family);
		n = (int)strlen(name);
		assert_string_equal(type, n > 6 &&
				    !strcmp(name + n - 6, "_total") ?
				    "counter" : "gauge");
		assert_true(line[n] == ' ' || line[n] == '{');
	}
}

static void has_line(const char *text, const char *line)
{
	char *all = mem_printf("\n%s\n", line);

	if (!strstr(text, all))
		fail_msg("no line %s in %s", line, text);
	free(all);
}

static void fill(struct status *o, struct status_client *c)
{
	*c = (struct status_client){
		.name = STR("a\"b"), .servers = (char *)"lab,office",
		.state = CLIENT_OPEN, .connected = true,
		.denied = { 3, 180 },
	};
	*o = (struct status){
		.rules = { .kind = IN_FORCE_RULES, .loaded_at = 1795239313 },
		.counted = true,
	};
	vec_push(&o->clients, *c);
}

static void what_is_in_force_has_its_metrics(void **state)
{
	struct status_client c;
	struct status o;

	(void)state;
	fill(&o, &c);
	has_families(printed(&o));
	has_line(said, "vpnpf_build_info{version=\"" PACKAGE_VERSION "\"} 1");
	has_line(said, "vpnpf_rules_loaded 1");
	has_line(said, "vpnpf_policy_in_force 1");
	has_line(said, "vpnpf_last_apply_timestamp_seconds 1795239313");
	has_line(said, "vpnpf_client_connected{client=\"a\\\"b\",server=\"lab,office\"} 1");
	has_line(said, "vpnpf_client_packets_total{client=\"a\\\"b\",server=\"lab,office\",verdict=\"denied\"} 3");
	assert_null(strstr(said, "vpnpf_findings{"));
	vec_fini(&o.clients);
}

static void findings_are_counted_by_kind(void **state)
{
	struct status_client c;
	struct status o;

	(void)state;
	fill(&o, &c);
	findings_add(&o.rules.kernel, "chain-missing", "a");
	findings_add(&o.rules.kernel, "chain-missing", "b");
	findings_add(&o.rules.files, "not-in-force", "c");
	findings_add(&o.rules.standing, "bad-file", "d");
	has_families(printed(&o));
	has_line(said, "vpnpf_policy_in_force 0");
	has_line(said, "vpnpf_findings{kind=\"chain-missing\"} 2");
	has_line(said, "vpnpf_findings{kind=\"not-in-force\"} 1");
	has_line(said, "vpnpf_findings{kind=\"bad-file\"} 1");
	findings_fini(&o.rules.kernel);
	findings_fini(&o.rules.files);
	findings_fini(&o.rules.standing);
	vec_fini(&o.clients);
}

static void nothing_loaded_is_0_and_not_known_is_left_out(void **state)
{
	struct status o = { .rules.kind = IN_FORCE_NOTHING };

	(void)state;
	has_families(printed(&o));
	has_line(said, "vpnpf_rules_loaded 0");
	has_line(said, "vpnpf_policy_in_force 0");
	has_line(said, "vpnpf_clients 0");
	o.rules.kind = IN_FORCE_UNKNOWN;
	has_families(printed(&o));
	assert_null(strstr(said, "vpnpf_rules_loaded"));
	assert_null(strstr(said, "vpnpf_policy_in_force"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_force_has_its_metrics),
		cmocka_unit_test(findings_are_counted_by_kind),
		cmocka_unit_test(nothing_loaded_is_0_and_not_known_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
