/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE		/* libpcap's headers have u_int */
#include "app/util/packet_filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/util/text.h"

/* The program of libpcap is copied, so that there is one way to free ours. */
static bool take(struct packet_filter *f, const struct bpf_program *program)
{
	size_t bytes = program->bf_len * sizeof(*f->steps);

	f->steps = malloc(bytes);
	if (!f->steps)
		return false;
	memcpy(f->steps, program->bf_insns, bytes);
	f->count = program->bf_len;
	return true;
}

bool packet_filter_compile(struct packet_filter *f, const char *expression, char *err, size_t cap)
{
	struct bpf_program program;
	bool ok = false;
	pcap_t *pcap;

	*f = (struct packet_filter){ 0 };
	if (!*expression)
		return true;
	snprintf(err, cap, "out of memory");
	pcap = pcap_open_dead(DLT_EN10MB, PACKET_FILTER_SNAPLEN);
	if (!pcap)
		return false;
	if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN)) {
		snprintf(err, cap, "%s", pcap_geterr(pcap));
	} else {
		ok = take(f, &program);
		pcap_freecode(&program);
	}
	pcap_close(pcap);
	return ok;
}

/* A number in decimal that ends with the sign wanted; moves *text past that. */
static bool take_number(const char **text, char end, unsigned long max, unsigned long *value)
{
	char *after;

	if (**text < '0' || **text > '9')
		return false;
	*value = strtoul(*text, &after, 10);
	if (*after != end || *value > max)
		return false;
	*text = after + (end != '\0');
	return true;
}

static bool take_step(const char **text, bool last, struct bpf_insn *step)
{
	unsigned long code, jt, jf, k;

	if (!take_number(text, ' ', UINT16_MAX, &code) || !take_number(text, ' ', 255, &jt) ||
	    !take_number(text, ' ', 255, &jf) ||
	    !take_number(text, last ? '\0' : ',', UINT32_MAX, &k))
		return false;
	*step = (struct bpf_insn){ .code = (u_short)code, .jt = (u_char)jt, .jf = (u_char)jf,
				   .k = (bpf_u_int32)k };
	return true;
}

bool packet_filter_parse(struct packet_filter *f, const char *text)
{
	unsigned long count;

	*f = (struct packet_filter){ 0 };
	if (!take_number(&text, ',', PACKET_FILTER_STEPS_MAX, &count) || !count)
		return false;
	f->steps = calloc(count, sizeof(*f->steps));
	f->count = (unsigned)count;
	for (unsigned i = 0; f->steps && i < f->count; i++)
		if (!take_step(&text, i + 1 == f->count, &f->steps[i]))
			break;
		else if (i + 1 == f->count && bpf_validate(f->steps, (int)f->count))
			return true;
	packet_filter_free(f);
	return false;
}

char *packet_filter_text(const struct packet_filter *f)
{
	struct text t = { 0 };

	text_addf(&t, "%u", f->count);
	for (unsigned i = 0; i < f->count; i++)
		text_addf(&t, ",%u %u %u %u", f->steps[i].code, f->steps[i].jt, f->steps[i].jf,
			  f->steps[i].k);
	return text_steal(&t);
}

void packet_filter_free(struct packet_filter *f)
{
	free(f->steps);
	*f = (struct packet_filter){ 0 };
}

bool packet_filter_match(const struct packet_filter *f, const void *frame, size_t captured,
			 size_t len)
{
	return !f->steps || bpf_filter(f->steps, frame, (u_int)len, (u_int)captured);
}
