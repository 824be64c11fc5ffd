/* SPDX-License-Identifier: MIT */
/*
 * The kernel's nftables and linnet's do the same: rulesets that are loaded into both, packets that
 * both get, as routers and as hosts (harness/nft_twins.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/nft_cases.h"
#include "harness/nft_gen.h"
#include "harness/nft_packet.h"

static unsigned failed, done, refused;
static bool has_conntrack;

static void run_case(const struct nft_case *c)
{
	struct twin_packet p;
	struct twin_frame f;
	struct twin_out out = { 0 }, last = { 0 };
	bool ok;

	twins_name(c->name);
	done++;
	ok = twins_load(c->rules);
	if (has_conntrack)
		twins_watch_again();	/* what was there before is gone */
	for (unsigned i = 0; ok && c->packets[i]; i++) {
		const char *line = c->packets[i];

		if (!strncmp(line, "nft ", 4)) {
			ok = twins_nft(line + 4);
			continue;
		}
		if (!strncmp(line, "list ", 5)) {
			ok = twins_same_list(line);
			continue;
		}
		if (!strncmp(line, "conntrack ", 10)) {
			ok = !has_conntrack || twins_conntrack(line + 10);
			continue;
		}
		twin_packet_line(line, last.frame[0].port, &last.frame[0].f, &p, &f);
		ok = twins_send(p.port, &f, c->any_port, &out);
		ok = ok && !out.by_chance;
		if (!ok)
			printf("  in line \"%s\" of\n%s", line, c->rules);
		if (out.n)
			last = out;
	}
	ok = ok && (!has_conntrack || c->any_port || twins_conntrack("-L")) && twins_lists();
	if (has_conntrack && !c->any_port)
		ok = twins_watched() && ok;
	failed += !ok;
}

/* What Debian's nft refuses, and what it takes. */
static void run_texts(const char *const *texts)
{
	static char said[65536];

	twins_load("");
	for (; *texts; texts++) {
		bool k = !twins_kernel_reads(*texts, said, sizeof(said));
		bool l = !twins_linnet_reads(*texts, said, sizeof(said));

		done++;
		if (!k && !l)
			continue;
		printf("BAD: %s takes what is to be refused:\n%s\n", k ? "the kernel" : "linnet",
		       *texts);
		failed++;
	}
}

static void run_generated(unsigned long seed, bool v6)
{
	static struct nft_gen g;
	static char name[64], said[65536], text[32768];
	struct twin_out out = { 0 }, last = { 0 };
	struct twin_frame f;
	enum twin_port port;
	bool ok;

	snprintf(name, sizeof(name), "generated, seed %lu%s", seed, v6 ? " 6" : "");
	twins_name(name);
	nft_gen_begin(&g, seed, v6);
	/* "icmp ... meta l4proto tcp": nft says that no packet is both. */
	snprintf(text, sizeof(text), "flush ruleset\n%s", nft_gen_rules(&g));
	if (twins_kernel_reads(text, said, sizeof(said))) {
		refused++;
		return;
	}
	done++;
	ok = twins_load(nft_gen_rules(&g));
	for (unsigned i = 0; ok && !out.by_chance && i < 40; i++) {
		port = nft_gen_packet(&g, &last, &f);
		ok = twins_send(port, &f, false, &out);
		if (out.n)
			last = out;
	}
	ok = ok && twins_lists();
	if (!ok)
		printf("  %s of\n%s", name, nft_gen_rules(&g));
	failed += !ok;
}

static void run_cases(const struct nft_case *c, const char *name)
{
	for (; c->name; c++)
		if (!name || !strcmp(c->name, name))
			run_case(c);
}

/* [NAME of a case | FIRST seed [HOW many] [6]] */
int main(int argc, char **argv)
{
	unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : argc > 1 ? 1 : 100;
	bool v6 = argc > 3;

	twins_enter();
	has_conntrack = !system("command -v conntrack >/dev/null");
	if (has_conntrack) {
		twins_watch("");
		twins_watch("expect");
	}
	if (argc == 1 || !first) {
		run_cases(nft_cases, argv[1]);
		run_cases(nft_cases6, argv[1]);
		run_cases(nft_cases_more, argv[1]);
	}
	if (argc == 1) {
		run_texts(nft_refused);
		run_texts(nft_refused6);
		run_texts(nft_refused_more);
	}
	for (unsigned long s = first; first && s < first + n; s++) {
		run_generated(s, v6);
		if (argc == 1)
			run_generated(s, true);
	}
	printf("%u rulesets, %u differ; %u generated ones make no sense to nft\n", done, failed,
	       refused);
	return failed || refused > n / 2 ? 1 : 0;
}
