/* SPDX-License-Identifier: MIT */
/* Where control sockets are, and which of them are alive. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/control.h"

#define INSTANCES_MAX 32

bool control_dir_at(unsigned n, char *dir, size_t cap)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	bool has_runtime = runtime && runtime[0] == '/';

	if (has_runtime && n-- == 0)
		return (size_t)snprintf(dir, cap, "%s/linnet", runtime) < cap;
	if (geteuid() == 0 && n-- == 0)
		return (size_t)snprintf(dir, cap, "/run/linnet") < cap;
	if (n == 0)
		return (size_t)snprintf(dir, cap, "/tmp/linnet-%u", (unsigned)geteuid()) < cap;
	return false;
}

/* In /tmp anybody may have made it before us: it must be ours alone. */
static int check_private(const char *dir, char *err, size_t cap)
{
	struct stat st;

	if (lstat(dir, &st)) {
		snprintf(err, cap, "%s: %s", dir, strerror(errno));
		return -errno;
	}
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 022))
		return 0;
	snprintf(err, cap, "%s: must be a folder of your own that nobody else may write to; "
		 "remove it, or set XDG_RUNTIME_DIR", dir);
	return -EPERM;
}

int control_dir(char *dir, size_t dir_cap, char *err, size_t cap)
{
	if (!control_dir_at(0, dir, dir_cap)) {
		snprintf(err, cap, "XDG_RUNTIME_DIR is too long for the path of a socket");
		return -ENAMETOOLONG;
	}
	if (mkdir(dir, 0700) && errno != EEXIST) {
		int e = errno;

		snprintf(err, cap, "%s: %s; set XDG_RUNTIME_DIR to a folder of yours", dir,
			 strerror(e));
		return -e;
	}
	return check_private(dir, err, cap);
}

bool control_name_is_good(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > CONTROL_NAME_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
			return false;
	return true;
}

int control_dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, e;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (!connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

/* ---- which one ---- */

struct instances {
	char names[INSTANCES_MAX][CONTROL_NAME_MAX + 1];
	unsigned n;
	int fd;			/* of the first; -1 = none */
};

static void add_instance(struct instances *found, const char *dir, const char *file)
{
	size_t len = strlen(file);
	char path[CONTROL_PATH_MAX];
	int fd;

	if (len < 6 || len - 5 > CONTROL_NAME_MAX || strcmp(file + len - 5, ".sock") ||
	    found->n == INSTANCES_MAX ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path))
		return;
	fd = control_dial(path);
	if (fd < 0)
		return;
	snprintf(found->names[found->n++], CONTROL_NAME_MAX + 1, "%.*s", (int)(len - 5), file);
	if (found->fd < 0)
		found->fd = fd;
	else
		close(fd);
}

/* All that run; those of the first folder that has any, when first_only. */
static void find_instances(struct instances *found, bool first_only)
{
	char dir[CONTROL_PATH_MAX];
	struct dirent *e;

	*found = (struct instances){ .fd = -1 };
	for (unsigned i = 0; control_dir_at(i, dir, sizeof(dir)); i++) {
		DIR *d = opendir(dir);

		if (!d)
			continue;
		while ((e = readdir(d)))
			add_instance(found, dir, e->d_name);
		closedir(d);
		if (found->n && first_only)
			return;
	}
}

static void put_names(const struct instances *found, char *err, size_t cap)
{
	size_t at = strlen(err);

	for (unsigned i = 0; i < found->n && at < cap; i++)
		at += (size_t)snprintf(err + at, cap - at, "%s%s", i ? ", " : " ", found->names[i]);
}

static int connect_only(char *err, size_t cap)
{
	struct instances found;

	find_instances(&found, true);
	if (found.n == 1)
		return found.fd;
	if (found.fd >= 0)
		close(found.fd);
	if (!found.n) {
		snprintf(err, cap, "no linnet is running. Start one with\n"
			 "  linnet up --dev tap0 --addr 10.0.0.2/24    on a TAP device, or\n"
			 "  linnet lab run --live internet             a lab; then name its node "
			 "with -n NODE");
		return -1;
	}
	snprintf(err, cap, "several are running; say which with -N NAME:");
	put_names(&found, err, cap);
	return -1;
}

int control_connect(const char *name, char *err, size_t cap)
{
	char dir[CONTROL_PATH_MAX], path[CONTROL_PATH_MAX + CONTROL_NAME_MAX + 8];
	struct instances found;
	int fd;

	if (!*name)
		return connect_only(err, cap);
	if (!control_name_is_good(name)) {
		snprintf(err, cap, "\"%s\" is no name of an instance", name);
		return -1;
	}
	for (unsigned i = 0; control_dir_at(i, dir, sizeof(dir)); i++) {
		snprintf(path, sizeof(path), "%s/%s.sock", dir, name);
		fd = control_dial(path);
		if (fd >= 0)
			return fd;
	}
	find_instances(&found, false);
	if (found.fd >= 0)
		close(found.fd);
	snprintf(err, cap, "no instance \"%s\" is running%s", name, found.n ? "; these are:" : "");
	put_names(&found, err, cap);
	return -1;
}
