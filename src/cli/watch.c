/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "cli/watch.h"

#include <linnet/linnet.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER_BYTES (1u << 16)

int watch_take(struct watch *w, const struct cli_opts *o, int opt)
{
	if (opt == WATCH_OPT_PCAP) {
		w->pcap_path = optarg;
		return 1;
	}
	if (opt != WATCH_OPT_JOURNEY)
		return 0;
	w->want_journey = true;
	if (optarg && strcmp(optarg, "brief") && strcmp(optarg, "full"))
		return cli_fail(o->cli, -1, "--journey is \"%s\"; expected brief or full", optarg);
	w->mode = optarg && !strcmp(optarg, "full") ? JOURNEY_FULL : JOURNEY_BRIEF;
	return 1;
}

static void write_journey(void *ctx, const char *text, size_t len)
{
	fwrite(text, 1, len, ctx);
}

static void write_pcap(void *ctx, const void *bytes, size_t len)
{
	fwrite(bytes, 1, len, ctx);
}

static bool open_journey(struct watch *w, const char *origin, s64 start_ns)
{
	struct journey_params params = {
		.mode = w->mode, .mem = { .alloc = ln_libc_alloc, .free = ln_libc_free },
		.origin = origin, .start_ns = start_ns, .write = write_journey,
	};
	bool brief = w->mode == JOURNEY_BRIEF;
	int fd = dup(STDERR_FILENO);

	w->journey_out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!w->journey_out)
		return false;
	/* Standard error itself has no buffer: a write for each line would take most of the time.
	 * In brief there are few, which stand in order with what programs print (2>&1). */
	setvbuf(w->journey_out, NULL, brief || isatty(fd) ? _IOLBF : _IOFBF, BUFFER_BYTES);
	if (brief)
		setvbuf(stdout, NULL, _IOLBF, BUFFER_BYTES);
	params.ctx = w->journey_out;
	w->journey = journey_create(&params);
	return w->journey;
}

static bool open_pcap(struct watch *w)
{
	w->pcap_out = fopen(w->pcap_path, "wbe");
	if (!w->pcap_out)
		return false;
	setvbuf(w->pcap_out, NULL, _IOFBF, BUFFER_BYTES);
	w->file = (struct pcapng){ .write = write_pcap, .ctx = w->pcap_out };
	pcapng_begin(&w->file, "linnet " LINNET_VERSION);
	w->pcap = &w->file;
	return true;
}

bool watch_open(struct watch *w, const struct cli *cli, const char *origin, s64 start_ns)
{
	if (w->want_journey && !open_journey(w, origin, start_ns)) {
		cli_fail(cli, 0, "--journey: %s", strerror(errno));
		return false;
	}
	if (w->pcap_path && !open_pcap(w)) {
		cli_fail(cli, 0, "--pcap %s: %s", w->pcap_path, strerror(errno));
		return false;
	}
	return true;
}

void watch_flush(struct watch *w)
{
	if (w->journey_out)
		fflush(w->journey_out);
	if (w->pcap_out)
		fflush(w->pcap_out);
}

bool watch_close(struct watch *w, const struct cli *cli, const struct journey_totals *totals)
{
	bool ok = true;

	if (w->journey && totals)
		journey_finish(w->journey, totals);
	journey_destroy(w->journey);
	if (w->journey_out)
		fclose(w->journey_out);
	if (w->pcap_out) {
		ok = !ferror(w->pcap_out);
		ok = !fclose(w->pcap_out) && ok;
		if (!ok)
			cli_fail(cli, 0, "--pcap %s: %s", w->pcap_path, strerror(errno));
	}
	w->journey = NULL;
	w->pcap = NULL;
	w->journey_out = w->pcap_out = NULL;
	return ok;
}
