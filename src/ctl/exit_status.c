/* SPDX-License-Identifier: MIT */
/*
 * Exit statuses of commands that failed. iproute2's tell who refused: 255 for words that make no
 * command, 2 for what the kernel answers, 1 for the rest; scripts look at that. A message's words
 * are those of the tool, so they tell the status too.
 */
#include "ctl/ctl.h"

enum { STATUS_FAILED = 1, STATUS_KERNEL = 2, STATUS_NOT_FOUND = 127, STATUS_WORDS = 255 };

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool is_tool(const char *cmdline, const char *name)
{
	size_t n = strlen(name);

	return begins(cmdline, name) && (!cmdline[n] || cmdline[n] == ' ');
}

static bool begins_with_one(const char *s, const char *const *heads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (begins(s, heads[i]))
			return true;
	return false;
}

/* ip link; ip addr and the others end with 1 where words are missing. */
static bool is_link(const char *tool)
{
	do {
		tool += strcspn(tool, " ");
		tool += strspn(tool, " ");
	} while (*tool == '-');
	return *tool == 'l';
}

static int iproute_status(const char *tool, const char *out)
{
	static const char *const about_words[] = {
		"Error: argument ", "Error: either ", "Error: unexpected end of line",
		"Error: \"nexthop\" or end of line", "Command line is not complete", "Option \"",
		"Command \"", "Usage:", "Device and ",
	};

	if (begins_with_one(out, about_words, ARRAY_SIZE(about_words)))
		return STATUS_WORDS;
	if (begins(out, "Not enough information: \"dev\""))
		return is_link(tool) ? STATUS_WORDS : STATUS_FAILED;
	if (begins(out, "RTNETLINK answers:"))
		return STATUS_KERNEL;
	return begins(out, "Error: ") && !strstr(out, " is expected rather than ") ?
		       STATUS_KERNEL : STATUS_FAILED;
}

int ctl_exit_status(const char *cmdline, const char *out)
{
	const char *tool = cmdline + strspn(cmdline, " \t");

	if (strstr(out, ": command not found"))
		return STATUS_NOT_FOUND;
	if (!ctl_text_of(cmdline) &&
	    (is_tool(tool, "ip") || is_tool(tool, "bridge") || is_tool(tool, "tc")))
		return iproute_status(tool, out);
	return STATUS_FAILED;
}
