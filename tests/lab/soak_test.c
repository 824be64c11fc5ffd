/* SPDX-License-Identifier: MIT */
/*
 * Networks by seeds (harness/soak.h). As a test: a fixed number of them. By `make soak`:
 *
 *	soak_test --seed FIRST --seconds N	as many as there is time for
 *	soak_test --seed FIRST --runs N		so many
 *	... --pcap FILE				and what every card saw, as pcapng
 *
 * Every sixteenth runs twice and must be the same to the last counter. One transfer in hundreds
 * ends with an error, because its network was that bad; one in FAILED_PART is a fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/soak.h"

#define TEST_RUNS 120
#define TWICE 16
#define FAILED_PART 50
#define FLOWS_ENOUGH 400	/* ... of so many */

struct sums {
	u64 runs, flows, failed, bytes, frames;
	double virtual_s;
};

static void write_pcap(void *ctx, const void *bytes, size_t len)
{
	fwrite(bytes, 1, len, ctx);
}

/* To its end also when a run ends by abort(). */
static bool open_pcap(struct pcapng *pcap, const char *path)
{
	FILE *f = fopen(path, "wbe");

	if (!f)
		return false;
	setvbuf(f, NULL, _IONBF, 0);
	*pcap = (struct pcapng){ .write = write_pcap, .ctx = f };
	pcapng_begin(pcap, "linnet soak_test");
	return true;
}

static double wall_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void one(u64 seed, struct pcapng *pcap, struct sums *sums)
{
	struct soak_result res, again;

	soak_run(seed, pcap, &res);
	if (seed % TWICE == 0) {
		soak_run(seed, pcap, &again);
		if (again.hash != res.hash) {
			fprintf(stderr, "\nsoak: seed %llu is not the same a second time\n",
				(unsigned long long)seed);
			exit(1);
		}
	}
	sums->runs++;
	sums->flows += res.flows;
	sums->failed += res.failed;
	sums->bytes += res.bytes;
	sums->frames += res.frames;
	sums->virtual_s += res.virtual_s;
}

static void tell(const struct sums *s, u64 seed, double took)
{
	printf("%sseed %llu: %llu networks, %llu transfers (%llu ended with an error that they "
	       "may have), %.1f MB, %llu frames, %.1f virtual hours in %.0f s%s",
	       isatty(1) ? "\r" : "", (unsigned long long)seed, (unsigned long long)s->runs,
	       (unsigned long long)s->flows, (unsigned long long)s->failed,
	       (double)s->bytes / 1e6, (unsigned long long)s->frames, s->virtual_s / 3600, took,
	       isatty(1) ? "" : "\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	u64 seed = 1, runs = TEST_RUNS;
	double seconds = 0, began = wall_s(), told = began;
	struct sums sums = { 0 };
	struct pcapng file, *pcap = NULL;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--seed"))
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--runs"))
			runs = strtoull(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--seconds"))
			seconds = strtod(argv[i + 1], NULL);
		else if (!strcmp(argv[i], "--pcap") && open_pcap(&file, argv[i + 1]))
			pcap = &file;
		else if (!strcmp(argv[i], "--pcap"))
			return perror(argv[i + 1]), 2;
		else
			return fprintf(stderr, "soak: unknown option %s\n", argv[i]), 2;
	}
	for (; seconds > 0 ? wall_s() - began < seconds : sums.runs < runs; seed++) {
		one(seed, pcap, &sums);
		if (seconds > 0 && wall_s() - told >= (isatty(1) ? 1 : 30)) {
			told = wall_s();
			tell(&sums, seed, told - began);
		}
	}
	tell(&sums, seed - 1, wall_s() - began);
	if (isatty(1))
		printf("\n");
	if (sums.flows >= FLOWS_ENOUGH && sums.failed * FAILED_PART > sums.flows)
		return fprintf(stderr, "soak: too many transfers failed\n"), 1;
	return 0;
}
