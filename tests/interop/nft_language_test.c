/* SPDX-License-Identifier: MIT */
/*
 * What of nftables' language the kernel and Debian's nft take, linnet takes, and lists in the same
 * words: the rulesets of nft_language.nft, into both (harness/nft_twins.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/nft_twins.h"

static unsigned done, failed;

static void run_text(const char *text)
{
	static char name[80];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "\n"), text);
	twins_name(name);
	done++;
	if (!twins_load(text) || !twins_same_text())
		failed++;
}

/* "inet forward: RULE" */
static void run_rule(const char *line, const char *rule)
{
	static char text[4096];
	char family[16], hook[16];

	if (sscanf(line, "%15s %15[a-z]:", family, hook) != 2) {
		printf("BAD: %s: FAMILY HOOK: RULE is wanted\n", line);
		exit(1);
	}
	snprintf(text, sizeof(text), "# %s\ntable %s t {\n\tchain c {\n\t\ttype filter hook %s "
		 "priority filter; policy accept;\n\t\t%s\n\t}\n}\n", line, family, hook,
		 rule + strspn(rule, ": "));
	run_text(text);
}

static bool is_rule(const char *line)
{
	size_t n = strcspn(line, ":");

	return line[n] == ':' && strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789 ") == n;
}

/* [WORDS that a ruleset must have to be tried] */
int main(int argc, char **argv)
{
	static char line[2048], text[65536];
	char path[4096];
	size_t n = 0;
	FILE *f;

	twins_enter();
	snprintf(path, sizeof(path), "%s/tests/interop/nft_language.nft",
		 getenv("LINNET_SOURCE_DIR") ? getenv("LINNET_SOURCE_DIR") : ".");
	f = fopen(path, "r");
	if (!f) {
		perror(path);
		return 1;
	}
	for (;;) {
		bool more = fgets(line, sizeof(line), f);

		if (more && *line != '\n' && *line != '#') {
			if (n || !is_rule(line)) {
				n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", line);
				continue;
			}
			line[strcspn(line, "\n")] = '\0';
			if (argc == 1 || strstr(line, argv[1]))
				run_rule(line, strchr(line, ':'));
			continue;
		}
		if (n && (argc == 1 || strstr(text, argv[1])))
			run_text(text);
		n = 0;
		if (!more)
			break;
	}
	fclose(f);
	printf("%u rulesets, %u differ\n", done, failed);
	return failed ? 1 : 0;
}
