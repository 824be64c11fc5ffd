/* SPDX-License-Identifier: MIT */
#include "ctl/args.h"

#include "wire/inet_addr.h"

bool arg_is(const char *w, const char *full)
{
	return w && !strcmp(w, full);
}

bool arg_matches(const char *w, const char *full)
{
	return w && *w && !strncmp(w, full, strlen(w));
}

bool arg_take(struct ctl *c, const char *full)
{
	if (!arg_matches(arg_peek(c), full))
		return false;
	c->pos++;
	return true;
}

bool arg_wants_help(const char *w)
{
	return arg_is(w, "help") || arg_is(w, "-h") || arg_is(w, "-help") || arg_is(w, "--help");
}

int ctl_fail(struct ctl *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sb_vprintf(c->out, fmt, ap);
	va_end(ap);
	sb_putc(c->out, '\n');
	return err;
}

/* The texts of strerror() for what the layers below return. */
static const struct {
	int err;
	char text[44];
} errno_texts[] = {
	{ EPERM, "Operation not permitted" },
	{ ENOENT, "No such file or directory" },
	{ ESRCH, "No such process" },
	{ ENXIO, "No such device or address" },
	{ E2BIG, "Argument list too long" },
	{ EAGAIN, "Resource temporarily unavailable" },
	{ ENOMEM, "Cannot allocate memory" },
	{ EACCES, "Permission denied" },
	{ EBUSY, "Device or resource busy" },
	{ EEXIST, "File exists" },
	{ EXDEV, "Invalid cross-device link" },
	{ ENODEV, "No such device" },
	{ EINVAL, "Invalid argument" },
	{ ENOSPC, "No space left on device" },
	{ ERANGE, "Numerical result out of range" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ ENODATA, "No data available" },
	{ EMSGSIZE, "Message too long" },
	{ EOPNOTSUPP, "Operation not supported" },
	{ EADDRINUSE, "Address already in use" },
	{ EADDRNOTAVAIL, "Cannot assign requested address" },
	{ ENETDOWN, "Network is down" },
	{ ENETUNREACH, "Network is unreachable" },
	{ ENOBUFS, "No buffer space available" },
	{ EHOSTUNREACH, "No route to host" },
};

const char *errno_text(int err)
{
	if (err < 0)
		err = -err;
	for (size_t i = 0; i < ARRAY_SIZE(errno_texts); i++)
		if (errno_texts[i].err == err)
			return errno_texts[i].text;
	return "Unknown error";
}

int rtnl_error(struct ctl *c, int err)
{
	return ctl_fail(c, err, "RTNETLINK answers: %s", errno_text(err));
}

int arg_invalid(struct ctl *c, const char *msg, const char *arg)
{
	return ctl_fail(c, -EINVAL, "Error: argument \"%s\" is wrong: %s", arg, msg);
}

int arg_garbage(struct ctl *c, const char *dup, const char *word)
{
	return ctl_fail(c, -EINVAL, "Error: either \"%s\" is duplicate, or \"%s\" is a garbage.",
			dup, word);
}

int arg_unknown_command(struct ctl *c, const char *word, const char *help)
{
	return ctl_fail(c, -EINVAL, "Command \"%s\" is unknown, try \"%s\".", word, help);
}

int ctl_usage(struct ctl *c, const char *text)
{
	sb_puts(c->out, text);
	return -EINVAL;
}

int ctl_print(struct ctl *c, const char *text)
{
	sb_puts(c->out, text);
	return 0;
}

int arg_value(struct ctl *c, const char **value)
{
	*value = arg_next(c);
	if (!*value)
		return ctl_fail(c, -EINVAL,
				"Command line is not complete. Try option \"help\"");
	return 0;
}

int arg_u32(struct ctl *c, const char *what, u32 *value)
{
	const char *w;
	u64 v;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (!parse_u64(w, UINT32_MAX, &v))
		return ctl_fail(c, -EINVAL,
				"Error: argument \"%s\" is wrong: \"%s\" value is invalid", w,
				what);
	*value = (u32)v;
	return 0;
}

int ctl_find_dev(struct ctl *c, const char *name, struct net_device **dev)
{
	*dev = dev_get_by_name(c->net, name);
	return *dev ? 0 : ctl_fail(c, -ENODEV, "Cannot find device \"%s\"", name);
}

int arg_dev(struct ctl *c, struct net_device **dev)
{
	const char *name;
	int err = arg_value(c, &name);

	return err ? err : ctl_find_dev(c, name, dev);
}

/* One to four decimal parts; what is left out is zero. Returns where it ends, or NULL. */
static const char *addr_part(const char *s, be32 *addr, unsigned *parts)
{
	u32 a = 0;

	for (*parts = 0; *parts < 4; (*parts)++) {
		u32 v = 0;
		const char *start = s;

		for (; *s >= '0' && *s <= '9' && s - start < 3; s++)
			v = v * 10 + (u32)(*s - '0');
		if (s == start || v > 255)
			return NULL;
		a |= v << (24 - 8 * *parts);
		if (*s != '.' || *parts == 3) {
			(*parts)++;
			break;
		}
		s++;
	}
	*addr = cpu_to_be32(a);
	return *s && *s != '/' ? NULL : s;
}

bool prefix_parse(const char *s, struct arg_prefix *p)
{
	unsigned parts;
	const char *end;

	*p = (struct arg_prefix){ .any = arg_is(s, "default") || arg_is(s, "any") ||
					 arg_is(s, "all") };
	if (p->any)
		return true;
	end = addr_part(s, &p->addr, &parts);
	if (!end)
		return false;
	p->plen = 32;
	p->has_len = *end == '/';
	/* "10" alone is no address of a host; "10/8" is a network. */
	return p->has_len ? inet_mask_parse(end + 1, &p->plen) : parts == 4;
}

static const char *family_name(const struct ctl *c)
{
	return c->family == 2 ? "inet" : c->family == 10 ? "inet6" : "any valid";
}

int arg_prefix(struct ctl *c, struct arg_prefix *p)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (!prefix_parse(w, p))
		return ctl_fail(c, -EINVAL, "Error: %s prefix is expected rather than \"%s\".",
				family_name(c), w);
	return 0;
}

int arg_addr(struct ctl *c, be32 *addr)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (!inet_addr_parse(w, addr))
		return ctl_fail(c, -EINVAL,
				"Error: inet address is expected rather than \"%s\".", w);
	return 0;
}

int arg_mac(struct ctl *c, u8 mac[6])
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (!mac_parse(w, mac))
		return ctl_fail(c, -EINVAL, "\"%s\" is invalid lladdr.", w);
	return 0;
}

void ctl_nl(struct ctl *c)
{
	sb_putc(c->out, c->oneline ? '\\' : '\n');
}
