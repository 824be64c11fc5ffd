/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE		/* libpcap's headers have u_int */
#include "cli/capture_read.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>

/* False: standard output takes no more. */
static bool show(struct capture_read *r, const struct pcap_pkthdr *head, const u8 *frame)
{
	struct frame_seen seen = {
		.time_ns = (s64)head->ts.tv_sec * 1000000000ll + head->ts.tv_usec,
		.frame = frame, .captured = min(head->caplen, r->snaplen), .len = head->len,
	};
	struct text line = { 0 };
	bool ok;

	frame_print(&r->print, &line, &seen);
	ok = line.s && fwrite(line.s, 1, line.len, stdout) == line.len;
	text_free(&line);
	return ok;
}

/* 0 at its end, or -1. */
static int read_all(struct capture_read *r, pcap_t *pcap, pcap_dumper_t *to)
{
	struct pcap_pkthdr *head;
	const u8 *frame;
	u64 shown = 0;
	int got;

	while ((got = pcap_next_ex(pcap, &head, &frame)) == 1) {
		if (!packet_filter_match(r->filter, frame, head->caplen, head->len))
			continue;
		if (to)
			pcap_dump((u_char *)to, head, frame);
		else if (!show(r, head, frame))
			return 0;	/* told where it is closed */
		if (++shown == r->count)
			return 0;
	}
	return got == PCAP_ERROR_BREAK ? 0 : -1;
}

int capture_read(const struct cli *cli, struct capture_read *r)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(r->path, PCAP_TSTAMP_PRECISION_NANO,
							       err);
	pcap_dumper_t *to = NULL;
	int status = CLI_OK;

	if (!pcap)
		return cli_fail(cli, CLI_OTHER, "%s", err);
	if (pcap_datalink(pcap) != DLT_EN10MB)
		status = cli_fail(cli, CLI_OTHER, "%s: frames are of link-type %s; only those of "
				  "Ethernet are read", r->path,
				  pcap_datalink_val_to_name(pcap_datalink(pcap)));
	if (!status && r->to)
		to = pcap_dump_open(pcap, r->to);
	if (!status && ((r->to && !to) || read_all(r, pcap, to)))
		status = cli_fail(cli, CLI_OTHER, "%s", pcap_geterr(pcap));
	if (to && pcap_dump_flush(to) && !status)
		status = cli_fail(cli, CLI_OTHER, "%s: %s", r->to, strerror(errno));
	if (to)
		pcap_dump_close(to);
	pcap_close(pcap);
	if (fflush(stdout) && !status)
		status = cli_fail(cli, CLI_OTHER, "standard output: %s", strerror(errno));
	return status;
}
