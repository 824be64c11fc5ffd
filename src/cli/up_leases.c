/* SPDX-License-Identifier: MIT */
#include "cli/up_leases.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/util/inet.h"
#include "host/clock.h"

#define SEC 1000000000ll
#define FILE_MAX (4u << 20)
#define WORDS 5

static int64_t unix_now(void)
{
	return host_wall_ns() / SEC;
}

/* ---- in ---- */

/* "02:00:00:00:00:01", of as many bytes as there are, at most max; 0: it is none. */
static unsigned read_hex(const char *text, uint8_t *to, unsigned max)
{
	unsigned n = 0;
	char *end;

	for (;; text = end + 1) {
		unsigned long v = strtoul(text, &end, 16);

		if (n == max || end == text || end > text + 2 || v > 255)
			return 0;
		to[n++] = (uint8_t)v;
		if (!*end)
			return n;
		if (*end != ':')
			return 0;
	}
}

static bool read_words(char *words[WORDS], struct dhcp_binding *b)
{
	char *end;
	int64_t until = strtoll(words[0], &end, 10);

	*b = (struct dhcp_binding){ .left_s = INT64_MAX };
	if (*end || until < 0 || until > unix_now() + DHCP_INFINITE)
		return false;
	if (until)
		b->left_s = until > unix_now() ? until - unix_now() : -1;
	if (read_hex(words[1], b->mac, sizeof(b->mac)) != sizeof(b->mac) ||
	    !inet4_parse(words[2], &b->addr) || strlen(words[3]) >= sizeof(b->host))
		return false;
	if (strcmp(words[3], "*"))
		strcpy(b->host, words[3]);
	if (strcmp(words[4], "*"))
		b->idlen = read_hex(words[4], b->id, sizeof(b->id));
	return b->idlen || !strcmp(words[4], "*");
}

/* The next line of the text, ended by a NUL; NULL: that were all. */
static char *next_line(struct up_leases *l)
{
	char *line, *end;

	if (l->at >= l->text.len)
		return NULL;
	line = l->text.s + l->at;
	end = strchr(line, '\n');
	l->at = end ? (size_t)(end + 1 - l->text.s) : l->text.len;
	if (end)
		*end = '\0';
	l->line++;
	return line;
}

static int load(void *ctx, struct dhcp_binding *b)
{
	struct up_leases *l = ctx;
	char *line = next_line(l), *words[WORDS + 1], *save = NULL;
	unsigned n = 0;

	if (!line)
		return 0;
	words[0] = strtok_r(line, " \t", &save);
	while (n < WORDS && words[n])
		words[++n] = strtok_r(NULL, " \t", &save);
	if (!n)
		return load(ctx, b);
	if (n == WORDS && !words[WORDS] && read_words(words, b))
		return 1;
	cli_fail(l->cli, 0, "%s:%u: no lease; expected EXPIRES MAC ADDRESS NAME IDENTIFIER, as "
		 "1780000000 02:00:00:00:00:01 10.0.0.100 pc *", l->name, l->line);
	return -EBADMSG;
}

/* ---- out ---- */

static void put_hex(struct text *t, const uint8_t *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		text_addf(t, "%s%02x", i ? ":" : "", b[i]);
}

static void put_binding(struct text *t, const struct dhcp_binding *b)
{
	char addr[INET4_TEXT_MAX];

	text_addf(t, "%" PRId64 " ", b->left_s == INT64_MAX ? 0 : unix_now() + b->left_s);
	put_hex(t, b->mac, sizeof(b->mac));
	text_addf(t, " %s %s ", inet4_text(b->addr, addr), *b->host ? b->host : "*");
	if (b->idlen)
		put_hex(t, b->id, b->idlen);
	else
		text_adds(t, "*");
	text_adds(t, "\n");
}

/* Beside the old file, on the disk, then in its place. Return: 0 or -errno. */
static int write_file(const char *name, const struct text *t)
{
	struct text beside = { 0 };
	bool ok = !t->failed;
	char *tmp;
	FILE *f;
	int err;

	text_addf(&beside, "%s.new", name);
	tmp = text_steal(&beside);
	f = tmp ? fopen(tmp, "we") : NULL;
	ok = f && ok && fwrite(t->len ? t->s : "", 1, t->len, f) == t->len && !fflush(f) &&
	     !fsync(fileno(f));
	err = ok ? 0 : errno;
	if (f && fclose(f) && !err)
		err = errno;
	if (!err && rename(tmp, name))
		err = errno;
	if (f && err)
		unlink(tmp);
	free(tmp);
	return -err;
}

static void save(void *ctx, const struct dhcp_server *s)
{
	struct up_leases *l = ctx;
	struct dhcp_binding b;
	struct text t = { 0 };
	int err;

	for (unsigned i = 0; i < dhcp_server_size(s); i++)
		if (dhcp_server_binding(s, i, &b))
			put_binding(&t, &b);
	err = write_file(l->name, &t);
	text_free(&t);
	if (err && !l->failed)
		cli_fail(l->cli, 0, "--lease-file %s: %s; leases go on, but are not kept",
			 l->name, strerror(-err));
	l->failed = err;
}

/* ---- life ---- */

bool up_leases_open(struct up_leases *l, const struct cli *cli, const char *name)
{
	FILE *f = fopen(name, "re");
	char bytes[4096];
	size_t n;

	*l = (struct up_leases){ .cli = cli, .name = name };
	l->store = (struct dhcp_store){ .load = load, .save = save, .ctx = l };
	if (!f && errno == ENOENT)
		return true;
	while (f && l->text.len < FILE_MAX && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		text_add(&l->text, bytes, n);
	if (f && !ferror(f) && !l->text.failed && l->text.len < FILE_MAX) {
		fclose(f);
		return true;
	}
	cli_fail(cli, 0, "--lease-file %s: %s", name, l->text.failed ? "out of memory" :
		 l->text.len >= FILE_MAX ? "too large" : strerror(errno));
	if (f)
		fclose(f);
	return false;
}

void up_leases_close(struct up_leases *l)
{
	text_free(&l->text);
}
