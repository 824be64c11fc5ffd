/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer, as an ordinary test: the empty input, every file of
 * the corpus folder given as argument, then a fixed number of mutations of these. The stream of
 * mutations depends on nothing but the corpus, so a failure comes again on every machine.
 *
 * An input that ends the program by a signal or a sanitizer's report is named on stderr and
 * written to the file $REPLAY_FOUND, when that is set: a new file for the corpus.
 *
 * ROUNDS inputs are mutated, or REPLAY_ROUNDS of the environment. A target for which this takes
 * more than some seconds says less: `const unsigned long replay_rounds = 2000;`.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 20000
#define INPUT_BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Optional, as in libFuzzer. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
extern const unsigned long replay_rounds __attribute__((weak));
/* There in a build with sanitizers. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

struct input {
	uint8_t *data;
	size_t size;
};

struct corpus {
	struct input *inputs;
	size_t count;
	const char *dir;
};

/* What runs now; a signal handler has no argument to hang it on. */
static struct {
	const uint8_t *data;
	size_t size;
	const char *origin;
	unsigned long round;
} now;

static void report_input(void)
{
	const char *path = getenv("REPLAY_FOUND");
	char text[256];
	int n, fd;

	n = snprintf(text, sizeof(text), "replay: the end came in %s, round %lu, %zu bytes\n",
		     now.origin, now.round, now.size);
	if (!now.origin || write(STDERR_FILENO, text, (size_t)n) < 0)
		return;
	fd = path ? open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644) : -1;
	if (fd >= 0 && write(fd, now.data, now.size) >= 0)
		close(fd);
}

static void on_signal(int sig)
{
	signal(sig, SIG_DFL);
	report_input();
	raise(sig);
}

/* A sanitizer takes the signals itself, and its report is worth more than ours. */
static void watch_end(void)
{
	if (__sanitizer_set_death_callback) {
		__sanitizer_set_death_callback(report_input);
		return;
	}
	signal(SIGSEGV, on_signal);
	signal(SIGBUS, on_signal);
	signal(SIGFPE, on_signal);
	signal(SIGILL, on_signal);
	signal(SIGTRAP, on_signal);
	signal(SIGABRT, on_signal);
}

/* A copy of exactly this size on the heap, so that a sanitizer sees a read past the end. */
static void run_one(const uint8_t *data, size_t size, const char *origin)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	now.data = copy;
	now.size = size;
	now.origin = origin;
	LLVMFuzzerTestOneInput(copy, size);
	now.origin = NULL;
	free(copy);
}

/* xorshift64*: small, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static size_t below(uint64_t *rng, size_t limit)
{
	return (size_t)(next_random(rng) % limit);
}

/* One change in place: bits, lengths at the borders, cuts, repeats, parts of another input. */
static size_t mutate(uint8_t *buf, size_t size, const struct corpus *corpus, uint64_t *rng)
{
	static const uint8_t edge[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, 0x3f, 0xc0, 0x0a };
	const struct input *other = &corpus->inputs[below(rng, corpus->count)];
	size_t at = size ? below(rng, size) : 0;
	size_t len;

	switch (below(rng, 7)) {
	case 0:
		buf[at] ^= (uint8_t)(1u << below(rng, 8));
		break;
	case 1:
		buf[at] = (uint8_t)next_random(rng);
		break;
	case 2:
		buf[at] = edge[below(rng, sizeof(edge))];
		break;
	case 3:
		return at; /* cut the end */
	case 4: /* take bytes out */
		len = size ? below(rng, size - at) : 0;
		memmove(buf + at, buf + at + len, size - at - len);
		return size - len;
	case 5: /* say bytes twice */
		len = size ? below(rng, size - at) : 0;
		if (size + len > INPUT_BYTES_MAX)
			break;
		memmove(buf + at + len, buf + at, size - at);
		return size + len;
	default: /* go on as another input does */
		if (!other->size || at >= other->size)
			break;
		memcpy(buf + at, other->data + at, other->size - at);
		return other->size;
	}
	return size ? size : 1;
}

static void run_mutations(const struct corpus *corpus, unsigned long rounds)
{
	uint8_t *buf = malloc(INPUT_BYTES_MAX + 1);
	uint64_t rng = 0x6c696e6e6574ull;
	const struct input *base;
	size_t size, changes;

	if (!buf)
		abort();
	for (now.round = 1; now.round <= rounds; now.round++) {
		base = &corpus->inputs[below(&rng, corpus->count)];
		size = base->size;
		memset(buf, 0, 1); /* a change of an empty input has one byte to work on */
		memcpy(buf, base->data, size);
		for (changes = 1 + below(&rng, 4); changes; changes--)
			size = mutate(buf, size, corpus, &rng);
		run_one(buf, size, "a mutation");
	}
	free(buf);
}

static int read_input(const char *path, struct input *in)
{
	FILE *f = fopen(path, "rb");

	in->data = f ? malloc(INPUT_BYTES_MAX) : NULL;
	if (!in->data) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		if (f)
			fclose(f);
		return -1;
	}
	in->size = fread(in->data, 1, INPUT_BYTES_MAX, f);
	fclose(f);
	return 0;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Input 0 is empty; the files follow in the order of their names. Returns 0 or -1. */
static int read_corpus(struct corpus *corpus)
{
	struct dirent **names = NULL;
	int count = scandir(corpus->dir, &names, is_input, alphasort);
	char path[4096];
	int rc = 0;

	if (count <= 0) {
		fprintf(stderr, "replay: no inputs in %s; give it at least one\n", corpus->dir);
		return -1;
	}
	corpus->inputs = calloc((size_t)count + 1, sizeof(*corpus->inputs));
	if (!corpus->inputs)
		abort();
	corpus->inputs[0].data = calloc(1, 1);
	corpus->count = 1;
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", corpus->dir, names[i]->d_name);
		if (!rc)
			rc = read_input(path, &corpus->inputs[corpus->count]);
		if (!rc)
			corpus->count++;
		free(names[i]);
	}
	free(names);
	return rc;
}

static void free_corpus(struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->count; i++)
		free(corpus->inputs[i].data);
	free(corpus->inputs);
}

static unsigned long count_rounds(void)
{
	const char *rounds = getenv("REPLAY_ROUNDS");

	if (rounds)
		return strtoul(rounds, NULL, 10);
	return &replay_rounds ? replay_rounds : ROUNDS;
}

int main(int argc, char **argv)
{
	struct corpus corpus = { .dir = argv[1] };
	unsigned long rounds = count_rounds();
	int rc;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
		return 2;
	}
	watch_end();
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	rc = read_corpus(&corpus);
	if (!rc) {
		for (size_t i = 0; i < corpus.count; i++)
			run_one(corpus.inputs[i].data, corpus.inputs[i].size, "the corpus");
		run_mutations(&corpus, rounds);
		printf("replayed %zu inputs and %lu mutations\n", corpus.count, rounds);
	}
	free_corpus(&corpus);
	return rc ? 1 : 0;
}
