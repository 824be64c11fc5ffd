/* SPDX-License-Identifier: MIT */
/* nft: rules, in their own language. */
#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/nft_parse.h"
#include "ctl/nft_shell.h"

/* A word of options, up to a blank or the end of the line. */
static size_t word_len(const char *s)
{
	return strcspn(s, " \t\n");
}

static bool option(const char **s, const char *name)
{
	size_t n = word_len(*s);

	if (n != strlen(name) || memcmp(*s, name, n))
		return false;
	*s += n;
	*s += strspn(*s, " \t");
	return true;
}

/*
 * "nft [-a] [-c] [-n] [-s] [-t] COMMAND", or "nft -f NAME" with the text on the lines behind it.
 * The text of -f is taken as it stands: quotes are the language's own.
 */
int ctl_nft(struct ctl *c)
{
	const char *source = "command line", *rest = c->text, *text;
	char name[256], bare[CTL_LINE_MAX];
	bool file = false;
	u32 how = 0;
	size_t n;

	for (rest += strspn(rest, " \t"); *rest == '-';) {
		if (option(&rest, "-a") || option(&rest, "--handle")) {
			how |= NFT_RUN_HANDLES;
		} else if (option(&rest, "-c") || option(&rest, "--check")) {
			how |= NFT_RUN_CHECK;
		} else if (option(&rest, "-s") || option(&rest, "--stateless")) {
			how |= NFT_RUN_STATELESS;
		} else if (option(&rest, "-t") || option(&rest, "--terse")) {
			how |= NFT_RUN_TERSE;
		} else if (option(&rest, "-n") || option(&rest, "-nn")) {
			continue;	/* numbers are numbers here */
		} else if (option(&rest, "-f") || option(&rest, "--file")) {
			file = true;
			break;
		} else if (option(&rest, "-h") || option(&rest, "--help")) {
			sb_puts(c->out, HELP_NFT);
			return 0;
		} else {
			sb_printf(c->out, "nft: unknown option \"%.*s\" (-a, -c, -n, -s, -t, -f)\n",
				  (int)word_len(rest), rest);
			return -EINVAL;
		}
	}
	text = file ? rest : nft_without_quotes(rest, bare, sizeof(bare));
	if (file) {
		n = word_len(rest);
		if (n >= sizeof(name))
			n = sizeof(name) - 1;
		memcpy(name, rest, n);
		name[n] = '\0';
		source = *name && strcmp(name, "-") ? name : "stdin";
		text = strchr(rest, '\n');
		if (!text) {
			sb_puts(c->out, "nft: -f takes the text from the lines behind it\n");
			return -EINVAL;
		}
		text++;
	}
	if (!*text && !file) {
		sb_puts(c->out, HELP_NFT);
		return -EINVAL;
	}
	return nft_run(c->net, source, text, strlen(text), how, c->out);
}
