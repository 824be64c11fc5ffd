/* SPDX-License-Identifier: MIT */
/*
 * Any text as a URL, and as a redirect from one: what is taken formats to a URL that reads the
 * same again. Any text as a request target: a path that is taken never leaves the root.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/http/http_reply.h"
#include "app/http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct url *url)
{
	char text[URL_TEXT_MAX + URL_HOST_MAX + 32];
	struct url again;
	enum url_error error;

	if (url_format(url, text, sizeof(text)) >= URL_TEXT_MAX)
		return; /* the port or the path's '/' was added: too long to be read again */
	error = url_parse(&again, text);
	if ((error && error != URL_HTTPS) || strcmp(again.host, url->host) ||
	    again.port != url->port || strcmp(again.target, url->target))
		abort();
}

static void check_path(const char *text)
{
	char path[HTTP_PATH_MAX];

	if (http_path_normalize(path, sizeof(path), text))
		return;
	if (path[0] != '/' || strstr(path, "/../") || strstr(path, "//") || strstr(path, "/./"))
		abort();
	if (strlen(path) >= 3 && !strcmp(path + strlen(path) - 3, "/.."))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct url base, url;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	if (url_parse(&url, text) == URL_OK)
		check_same(&url);
	if (url_parse(&base, "http://a.example:81/b/c/d;p?q") == URL_OK &&
	    url_resolve(&url, &base, text) == URL_OK)
		check_same(&url);
	check_path(text);
	free(text);
	return 0;
}
