/* SPDX-License-Identifier: MIT */
/* What is printed when a line does not hold. */
#include "drill/drill.h"
#include "drill/info.h"

static void print_packet(const struct drill *d, const char *what, const struct packet *p,
			 const char *time)
{
	char text[512];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	packet_print(p, &sb);
	fprintf(d->o->err, "  %s %s %s %s\n", what, time, p->inbound ? "<" : ">", text);
}

static void print_packets(const struct drill *d)
{
	const struct event *e = d->event;
	struct packet got = d->got.p;
	char time[32] = "*";

	got.opts = (struct tcp_opt *)d->got.opts;
	if (e && e->kind == EVENT_PACKET && !e->packet.inbound) {
		s64 base = e->when.kind == WHEN_RELATIVE ? d->last - d->zero : 0;

		got.has |= e->packet.has & (HAS_ECN | HAS_TOS | HAS_TTL);
		if (e->when.kind != WHEN_ANY)
			snprintf(time, sizeof(time), "%.6f", (double)(base + e->when.from) / 1e9);
		print_packet(d, "expected:", &e->packet, time);
	}
	if (d->has_got) {
		snprintf(time, sizeof(time), "%.6f", (double)(d->got_at - d->zero) / 1e9);
		print_packet(d, "came:    ", &got, time);
	}
}

/* ---- the socket ---- */

static bool has_port(const char *line, const char *end, u16 port)
{
	char text[8];
	size_t n = (size_t)snprintf(text, sizeof(text), ":%u ", port);

	for (; line + n <= end; line++)
		if (!memcmp(line, text, n))
			return true;
	return false;
}

/* A line of ss, its columns one space apart. */
static void print_columns(const struct drill *d, const char *line, const char *end)
{
	fputs("  socket:   nobody's:", d->o->err);
	while (line < end) {
		const char *word = line;

		while (line < end && *line != ' ')
			line++;
		if (line > word)
			fprintf(d->o->err, " %.*s", (int)(line - word), word);
		line++;
	}
	fputc('\n', d->o->err);
}

/*
 * The connection that no descriptor stands for: not accepted yet, or closed. As ss -tano has it:
 * state, queues, addresses, timer.
 */
static void print_unheld(const struct drill *d, const struct conn *c)
{
	char out[16384] = "";
	const char *line = out, *end;

	d->w->ops->command(d->w, "ss -tano", out, sizeof(out));
	for (; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (has_port(line, end, c->lport) && has_port(line, end, c->rport)) {
			print_columns(d, line, end);
			return;
		}
	}
	fputs("  socket:   none: there is no connection of these ports\n", d->o->err);
}

static void print_listener(const struct drill *d, const struct ln_tcp_info *i)
{
	fprintf(d->o->err, "  socket:   LISTEN, %u of %u connections wait for accept()\n",
		i->tcpi_unacked, i->tcpi_sacked);
}

static void print_socket(const struct drill *d)
{
	static const char *const states[] = {
		"?", "ESTABLISHED", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
		"CLOSE", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING",
	};
	static const char *const cas[] = { "Open", "Disorder", "CWR", "Recovery", "Loss" };
	struct ln_tcp_info i;

	if (d->w && d->conn && d->conn->protocol == IP_PROTO_TCP && d->conn->fd < 0) {
		print_unheld(d, d->conn);
		return;
	}
	if (!info_read(d, &i))
		return;
	if (i.tcpi_state < ARRAY_SIZE(states) && !strcmp(states[i.tcpi_state], "LISTEN")) {
		print_listener(d, &i);
		return;
	}
	fprintf(d->o->err, "  socket:   %s ca %s cwnd %u ssthresh %d rto %.3fs rtt %.3f/%.3fms "
		"mss %u unacked %u sacked %u lost %u retrans %u backoff %u unsent %u snd_wnd %u\n",
		i.tcpi_state < ARRAY_SIZE(states) ? states[i.tcpi_state] : "?",
		i.tcpi_ca_state < ARRAY_SIZE(cas) ? cas[i.tcpi_ca_state] : "?",
		i.tcpi_snd_cwnd, i.tcpi_snd_ssthresh > INT32_MAX - 1 ? -1 :
		(int)i.tcpi_snd_ssthresh, i.tcpi_rto / 1e6, i.tcpi_rtt / 1e3, i.tcpi_rttvar / 1e3,
		i.tcpi_snd_mss, i.tcpi_unacked, i.tcpi_sacked, i.tcpi_lost, i.tcpi_retrans,
		i.tcpi_backoff, i.tcpi_notsent_bytes, i.tcpi_snd_wnd);
}

void report(const struct drill *d)
{
	const struct event *e = d->event;

	if (!e) {
		fprintf(d->o->err, "%s: %s\n", d->s->path, d->why);
		return;
	}
	fprintf(d->o->err, "%s:%u: %s\n  script:   %s\n", d->s->path, e->at.line, d->why, e->text);
	if (d->bad)
		return;
	print_packets(d);
	print_socket(d);
	fputs(d->notes, d->o->err);
}
