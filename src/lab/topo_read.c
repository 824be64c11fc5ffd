/* SPDX-License-Identifier: MIT */
/* Typed values from tree nodes. */
#include "lab/topo_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/program.h"
#include "ctl/ctl.h"
#include "lab/topo_units.h"
#include "wire/inet_addr.h"

#define VISITS_MAX 4000000
#define KEYS_MAX 64
#define COMMANDS_MAX 64
#define DNS_NAME_MAX 253
#define DNS_LABEL_MAX 63

static const char *type_name(const struct ty_node *n)
{
	static const char names[][10] = { "a word", "a list", "a mapping" };

	return ty_is_null(n) ? "empty" : names[n->type];
}

/* Whether there is budget to walk over n's entries. */
static bool may_walk(struct topo_reader *r, const struct ty_node *n)
{
	if (r->visits > VISITS_MAX)
		return false;
	r->visits += n->count + 1;
	if (r->visits <= VISITS_MAX)
		return true;
	tr_error(r, n, "too much to read here; expected fewer aliases");
	return false;
}

bool tr_is_map(struct topo_reader *r, const struct ty_node *n, const char *what)
{
	if (n->type != TY_MAP)
		tr_error(r, n, "%s is %s; expected a mapping (key: value)", what, type_name(n));
	return n->type == TY_MAP && may_walk(r, n);
}

bool tr_is_seq(struct topo_reader *r, const struct ty_node *n, const char *what,
	       const char *expected)
{
	if (n->type != TY_SEQ)
		tr_error(r, n, "%s is %s; expected %s", what, type_name(n), expected);
	return n->type == TY_SEQ && may_walk(r, n);
}

static void unknown_key(struct topo_reader *r, const struct ty_node *key, const char *what,
			const struct tr_key *keys, size_t count)
{
	const char *names[KEYS_MAX], *nearest;
	char list[600] = "";
	size_t len = 0, known = 0;

	for (size_t i = 0; i < count; i++) {
		if (keys[i].read == tr_ignore)
			continue;
		names[known++] = keys[i].name;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
					len ? ", " : "", keys[i].name);
		len = min(len, sizeof(list) - 1);
	}
	nearest = topo_nearest(key->text, names, known);
	tr_error(r, key, "unknown key \"%s\" in %s; expected %s%s%s%s", topo_quote(key->text).s,
		 what, list, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
		 nearest ? "\"?" : "");
}

bool tr_map(struct topo_reader *r, const struct ty_node *n, const char *what,
	    const struct tr_key *keys, size_t count, void *obj)
{
	const char *outer = r->key;
	u64 seen = 0;

	if (!tr_is_map(r, n, what))
		return false;
	for (const struct ty_item *it = n->items; it; it = it->next) {
		size_t i = 0;

		while (i < count && strcmp(keys[i].name, it->key->text))
			i++;
		if (i == count) {
			unknown_key(r, it->key, what, keys, count);
		} else if (seen & BIT64(i)) {
			tr_error(r, it->key, "%s stands twice in %s; expected once", keys[i].name,
				 what);
		} else if (!ty_is_null(it->value)) {
			r->key = keys[i].name;
			keys[i].read(r, it->value, (char *)obj + keys[i].offset);
		}
		if (i < count)
			seen |= BIT64(i);
	}
	r->key = outer;
	return true;
}

const struct ty_item *tr_find(const struct ty_node *n, const char *key)
{
	if (n->type != TY_MAP)
		return NULL;
	for (const struct ty_item *it = n->items; it; it = it->next)
		if (!strcmp(it->key->text, key))
			return ty_is_null(it->value) ? NULL : it;
	return NULL;
}

const char *tr_text(struct topo_reader *r, const struct ty_node *n, const char *expected)
{
	if (n->type != TY_SCALAR || ty_is_null(n)) {
		tr_error(r, n, "%s is %s; expected %s", r->key, type_name(n), expected);
		return NULL;
	}
	if (strlen(n->text) != n->len) {
		tr_error(r, n, "%s has a zero byte in it; expected %s", r->key, expected);
		return NULL;
	}
	return n->text;
}

const char *tr_keep_text(struct topo_reader *r, const struct ty_node *n, const char *expected)
{
	const char *text = tr_text(r, n, expected);

	return text ? topo_strdup(&r->topo->arena, text) : NULL;
}

void tr_ignore(struct topo_reader *r, const struct ty_node *n, void *field)
{
	(void)r;
	(void)n;
	(void)field;
}

void tr_later(struct topo_reader *r, const struct ty_node *n, void *field)
{
	tr_ignore(r, n, field);
}

void tr_node(struct topo_reader *r, const struct ty_node *n, void *field)
{
	(void)r;
	*(const struct ty_node **)field = n;
}

void tr_string(struct topo_reader *r, const struct ty_node *n, void *field)
{
	*(const char **)field = tr_keep_text(r, n, "a text");
}

static void bad_value(struct topo_reader *r, const struct ty_node *n, const char *expected)
{
	tr_error(r, n, "%s is \"%s\"; expected %s", r->key, topo_quote(n->text).s, expected);
}

void tr_u64(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "a whole number, 0 to 18446744073709551615";
	const char *text = tr_text(r, n, expected);

	if (text && unit_parse_u64(text, field))
		bad_value(r, n, expected);
}

void tr_duration(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "a time with its unit: 500ns, 100us, 2ms, 1.5s, 1m, 1h";
	const char *text = tr_text(r, n, expected);

	if (text && unit_parse_duration(text, field))
		bad_value(r, n, expected);
}

void tr_port(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "a port, 1 to 65535";
	const char *text = tr_text(r, n, expected);
	u64 port = 0;

	if (!text)
		return;
	if (unit_parse_u64(text, &port) || port < 1 || port > 65535)
		bad_value(r, n, expected);
	else
		*(u16 *)field = (u16)port;
}

void tr_percent(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "a share with %: 0.1%, 25%, 100%";
	const char *text = tr_text(r, n, expected);

	if (text && unit_parse_percent(text, field))
		bad_value(r, n, expected);
}

void tr_fraction(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "a probability from 0 to 1: 1e-9, 0.0001";
	const char *text = tr_text(r, n, expected);

	if (text && unit_parse_fraction(text, field))
		bad_value(r, n, expected);
}

bool tr_on_off(struct topo_reader *r, const struct ty_node *n, bool *on)
{
	const char *text = tr_text(r, n, "on or off");

	if (!text)
		return false;
	*on = !strcmp(text, "on") || !strcmp(text, "true");
	if (*on || !strcmp(text, "off") || !strcmp(text, "false"))
		return true;
	tr_error(r, n, "%s is \"%s\"; expected on or off", r->key, topo_quote(text).s);
	return false;
}

bool tr_addr(struct topo_reader *r, const struct ty_node *n, const char *text,
	     struct ipaddr *addr)
{
	if (ipaddr_parse(NULL, text, addr))
		return true;
	tr_error(r, n, "\"%s\" is no address; expected one as 192.0.2.80 or 2001:db8::80",
		 topo_quote(text).s);
	return false;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

bool tr_is_dns_name(const char *name)
{
	size_t label = 0, len = strlen(name);

	if (!strcmp(name, "."))
		return true;
	if (!len || len > DNS_NAME_MAX + (name[len - 1] == '.'))
		return false;
	for (; *name; name++) {
		if (*name == '.' ? !label : !is_name_char(*name))
			return false;
		label = *name == '.' ? 0 : label + 1;
		if (label > DNS_LABEL_MAX)
			return false;
	}
	return true;
}

/* @names: of all commands, of programs too when they may stand there. Return: their number. */
static size_t command_names(const char *names[COMMANDS_MAX], bool timed)
{
	size_t count = 0;
	const char *name;

	for (size_t i = 0; (name = ctl_command_name(i)) && count < COMMANDS_MAX; i++)
		names[count++] = name;
	for (size_t i = 0; timed && (name = program_name(i)) && count < COMMANDS_MAX; i++)
		names[count++] = name;
	return count;
}

static bool is_one_of(const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, names[i]))
			return true;
	return false;
}

static void check_command(struct topo_reader *r, const struct ty_node *n, const char *text,
			  bool timed)
{
	const char *names[COMMANDS_MAX], *nearest;
	char word[64];
	size_t count;

	/* what is quoted the command's own reader splits, and judges */
	if (strspn(text, "\"'") || snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, " "),
					    text) >= (int)sizeof(word))
		return;
	count = command_names(names, timed);
	if (is_one_of(word, names, count))
		return;
	if (!timed && is_one_of(word, names, command_names(names, true))) {
		tr_error(r, n, "%s takes time; expected it under actions: - { at: 1s, run: ... }",
			 word);
		return;
	}
	nearest = topo_nearest(word, names, count);
	if (nearest)
		tr_error(r, n, "there is no command \"%s\"; did you mean \"%s\"?",
			 topo_quote(word).s, nearest);
	else
		tr_error(r, n, "there is no command \"%s\"; expected one that linnet help lists",
			 topo_quote(word).s);
}

const char *tr_path(struct topo_reader *r, const char *file)
{
	return topo_sprintf(&r->topo->arena, "%s%s", file[0] == '/' ? "" : r->dir, file);
}

static struct side_file *load_side_file(struct topo_reader *r, const struct ty_node *n,
					const char *path)
{
	struct side_file *f = topo_alloc(&r->scratch, sizeof(*f));
	char *data;
	int err;

	if (!f)
		return NULL;
	err = r->files->read(r->files, path, TOPO_SIDE_FILE_MAX, &data, &f->len);
	if (err) {
		tr_error(r, n, "%s \"%s\" cannot be read: %s; expected a path as seen from the "
			 "lab file", r->key, topo_quote(n->text).s, strerror(-err));
		return NULL;
	}
	f->text = topo_memdup(&r->topo->arena, data, f->len);
	free(data);
	f->path = path;
	f->next = r->side_files;
	r->side_files = f;
	return f->text ? f : NULL;
}

bool tr_file(struct topo_reader *r, const struct ty_node *n, const char **path,
	     const char **text, size_t *len)
{
	const char *name = tr_text(r, n, "the name of a file");
	struct side_file *f = r->side_files;

	if (!name)
		return false;
	if (!r->files) {
		tr_error(r, n, "%s names a file, and there is no folder to look in; expected text",
			 r->key);
		return false;
	}
	*path = tr_path(r, name);
	if (!*path)
		return false;
	while (f && strcmp(f->path, *path))
		f = f->next;
	if (!f)
		f = load_side_file(r, n, *path);
	if (!f)
		return false;
	*text = f->text;
	*len = f->len;
	return true;
}

/* The file's name when the command is "nft ... -f NAME" or "ip ... -batch NAME". */
static const char *file_of_command(const char *text)
{
	bool nft = !strncmp(text, "nft ", 4), ip = !strncmp(text, "ip ", 3);
	const char *last = strrchr(text, ' '), *option = last;

	if ((!nft && !ip) || !last[1])
		return NULL;
	while (option > text && option[-1] != ' ')
		option--;
	if (nft ? !strncmp(option, "-f ", 3) || !strncmp(option, "--file ", 7) :
		  !strncmp(option, "-b", 2) && option[2] != 'r')
		return last + 1;
	return NULL;
}

/* Such a command has its file's text on the lines behind it. */
static const char *with_file(struct topo_reader *r, const struct ty_node *n, const char *text)
{
	const char *name = file_of_command(text), *key = r->key, *path, *lines;
	struct ty_node at = *n;
	bool there;
	size_t len;

	if (!name)
		return text;
	at.text = name;
	at.len = strlen(name);
	r->key = "file";
	there = tr_file(r, &at, &path, &lines, &len);
	r->key = key;
	if (!there)
		return text;
	if (strlen(lines) != len)
		tr_error(r, n, "file \"%s\" has a byte of 0; expected text", topo_quote(name).s);
	return topo_sprintf(&r->topo->arena, "%s\n%s", text, lines);
}

void tr_cmd(struct topo_reader *r, const struct ty_node *n, bool timed, struct topo_cmd *cmd)
{
	static const char expected[] = "a command on one line: \"ip addr add 10.0.0.1/24 dev "
				       "eth0\"";
	const char *text = tr_text(r, n, expected);
	size_t blanks;

	if (!text)
		return;
	blanks = strspn(text, " ");
	for (const char *p = text; *p; p++)
		if ((u8)*p < 0x20 || *p == 0x7f)
			blanks = n->len;
	if (blanks == n->len || n->len > TOPO_CMD_MAX) {
		bad_value(r, n, expected);
		return;
	}
	cmd->text = topo_strdup(&r->topo->arena, text + blanks);
	cmd->pos = (struct topo_pos){ n->line, n->col };
	if (!cmd->text)
		return;
	check_command(r, n, cmd->text, timed);
	cmd->text = with_file(r, n, cmd->text);
}
