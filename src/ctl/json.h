/* SPDX-License-Identifier: MIT */
/*
 * JSON into a strbuf, in the layout of iproute2's -j and -p. Commas and nesting are kept here;
 * a value in an object has a key, one in an array has NULL. (json_object and json_array alone are
 * names of jansson, with which the program is linked.)
 */
#ifndef LINNET_CTL_JSON_H
#define LINNET_CTL_JSON_H

#include "base/fmt.h"

struct json {
	struct strbuf *sb;
	bool pretty;
	u8 depth;
	bool comma;		/* something stands before in this object or array */
};

void json_init(struct json *j, struct strbuf *sb, bool pretty);
void json_object_begin(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array_begin(struct json *j, const char *key);
void json_array_end(struct json *j);
void json_str(struct json *j, const char *key, const char *value);
void json_uint(struct json *j, const char *key, u64 value);
void json_bool(struct json *j, const char *key, bool value);
void json_nil(struct json *j, const char *key);

#endif
