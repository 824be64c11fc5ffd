/* SPDX-License-Identifier: MIT */
/* Words: what was meant, and a command line that survives the way to a running instance. */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/ctl.h"

static void test_closest(void **state)
{
	static const char *const names[] = { "get", "lab", "ifconfig", "ip", "netstat", NULL };

	(void)state;
	assert_string_equal(cli_closest("gte", names), "get");
	assert_string_equal(cli_closest("netsat", names), "netstat");
	assert_string_equal(cli_closest("ipconfig", names), "ifconfig");
	assert_null(cli_closest("frobnicate", names));
	assert_null(cli_closest("", names));
	assert_null(cli_closest("x", names));
}

/* Words joined here are split by the core's own splitter (ctl_split). */
static void check_round_trip(const char *const *words, int n)
{
	char *line = cli_join_words(n, (char **)(uintptr_t)words);
	const char *argv[CTL_WORDS_MAX];
	char buf[CTL_LINE_MAX];

	assert_non_null(line);
	assert_int_equal(ctl_split(line, buf, sizeof(buf), argv, CTL_WORDS_MAX), n);
	for (int i = 0; i < n; i++)
		assert_string_equal(argv[i], words[i]);
	free(line);
}

static void test_join(void **state)
{
	static const char *const plain[] = { "ip", "addr", "add", "10.0.0.1/24", "dev", "eth0" };
	static const char *const odd[] = {
		"curl", "-H", "X: a 'quoted' \"word\"", "", "a|b", "$HOME `x` \\ end", "'", "\"",
		"&;()",
	};
	char *line = cli_join_words(6, (char **)(uintptr_t)plain);

	(void)state;
	assert_string_equal(line, "ip addr add 10.0.0.1/24 dev eth0");
	free(line);
	check_round_trip(plain, ARRAY_SIZE(plain));
	check_round_trip(odd, ARRAY_SIZE(odd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closest),
		cmocka_unit_test(test_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
