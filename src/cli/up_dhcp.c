/* SPDX-License-Identifier: MIT */
#include "cli/up_dhcp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/util/text.h"

static void on_out(void *ctx, const char *text, size_t len)
{
	if (((struct up_dhcp *)ctx)->quiet)
		return;
	fwrite(text, 1, len, stdout);
	fflush(stdout);
}

static void on_client_exit(void *ctx, int status)
{
	struct up_dhcp *d = ctx;

	d->client = NULL;
	if (!d->stopping)
		cli_fail(d->cli, 0, "--dhcp: the client ended with status %d", status);
	d->failed = true;
}

static void on_server_exit(void *ctx, int status)
{
	struct up_dhcp *d = ctx;

	d->server = NULL;
	cli_fail(d->cli, 0, "--dhcpd \"%s\" ended with status %d; linnet up --help has its words",
		 d->dhcpd, status);
	d->failed = true;
}

static int on_ctl(void *ctx, const char *cmd, char *out, size_t cap, size_t *len)
{
	return machine_ctl(ctx, cmd, out, cap, len);
}

static char *client_line(const char *ifname, bool quiet)
{
	struct text t = { 0 };

	text_addf(&t, "dhclient %s%s", quiet ? "-q " : "", ifname);
	return text_steal(&t);
}

/* The device stands before the range, which is the last word. */
static char *server_line(const char *words, const char *ifname)
{
	struct text t = { 0 };
	size_t end = strlen(words), last;

	while (end && isspace((unsigned char)words[end - 1]))
		end--;
	for (last = end; last && !isspace((unsigned char)words[last - 1]); last--)
		;
	text_addf(&t, "dhcpd %.*s %s %.*s", (int)last, words, ifname, (int)(end - last),
		  words + last);
	return text_steal(&t);
}

static struct program *start(struct up_dhcp *d, const char *line, program_exit_fn on_exit)
{
	const struct program_env env = {
		.dns = d->m->dns, .ctl = on_ctl, .ctl_ctx = d->m,
		.leases = d->leases.name ? &d->leases.store : NULL,
	};
	struct program *p = line ? program_start(d->m->net, line, &env, on_out, on_exit, d) : NULL;

	if (!p)
		cli_fail(d->cli, 0, "out of memory");
	return p;
}

static void start_client(struct up_dhcp *d)
{
	char *line = client_line(d->m->ifname, d->quiet);

	d->client = start(d, line, on_client_exit);
	free(line);
	d->failed = !d->client;
}

bool up_dhcp_start(struct up_dhcp *d, const struct cli *cli, struct machine *m, bool client,
		   const char *dhcpd, const char *lease_file)
{
	char *line;

	*d = (struct up_dhcp){ .m = m, .cli = cli, .dhcpd = dhcpd };
	if (lease_file && !up_leases_open(&d->leases, cli, lease_file))
		return false;
	if (client)
		start_client(d);
	if (dhcpd) {
		line = server_line(dhcpd, m->ifname);
		d->server = start(d, line, on_server_exit);
		d->failed |= !d->server;
		free(line);
	}
	if (!d->failed)
		machine_turn(m, 0);	/* they start, or say why not */
	return !d->failed;
}

bool up_dhcp_ask(struct up_dhcp *d, const struct cli *cli, struct machine *m)
{
	*d = (struct up_dhcp){ .m = m, .cli = cli, .quiet = true };
	start_client(d);
	if (!d->failed)
		machine_turn(m, 0);
	return !d->failed;
}

void up_dhcp_stop(struct up_dhcp *d)
{
	d->stopping = true;
	if (d->client) {
		program_interrupt(d->client);
		machine_turn(d->m, 0);
	}
	if (d->client)
		program_kill(d->client);
	if (d->server)
		program_kill(d->server);
	d->client = d->server = NULL;
	up_leases_close(&d->leases);
}
