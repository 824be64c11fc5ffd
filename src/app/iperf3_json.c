/* SPDX-License-Identifier: MIT */
/* Parameters and results of iperf3's protocol. */
#include <jansson.h>
#include <string.h>

#include "app/iperf3_impl.h"

#define ID_FIRST 1	/* iperf3 numbers streams 1, 3, 4, 5 ... */
#define ID_SECOND 3

char *iperf3_params_json(const struct iperf3 *t)
{
	json_t *json = json_pack("{s:b, s:i, s:I, s:I, s:i, s:i, s:I, s:i, s:s}", "tcp", 1,
				 "omit", 0, "time", (json_int_t)(t->p.time_ns / 1000000000),
				 "num", (json_int_t)t->p.bytes, "blockcount", 0,
				 "parallel", (int)t->p.parallel, "len", (json_int_t)t->p.block,
				 "pacing_timer", 1000, "client_version", "3.12");
	char *text;

	if (t->p.reverse)
		json_object_set_new(json, "reverse", json_true());
	if (t->p.congestion)
		json_object_set_new(json, "congestion", json_string(t->p.congestion));
	if (t->p.window)
		json_object_set_new(json, "window", json_integer(t->p.window));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

/* As a real: iperf3 writes -1 as 18446744073709551615 in places. */
static json_t *load(const char *text, size_t len)
{
	return json_loadb(text, len, JSON_DECODE_INT_AS_REAL, NULL);
}

/* A whole number that can be counted with; 0 for what is none. */
static uint64_t number(const json_t *json, const char *key)
{
	double v = json_number_value(json_object_get(json, key));

	return v > 0 && v < 1e18 ? (uint64_t)v : 0;
}

const char *iperf3_params_read(struct iperf3 *t, const char *text, size_t len)
{
	json_t *json = load(text, len);
	const char *congestion = json_string_value(json_object_get(json, "congestion"));
	uint64_t parallel = number(json, "parallel"), block = number(json, "len");
	uint64_t window = number(json, "window");
	const char *wrong = NULL;

	if (!json)
		return "parameters that are no JSON";
	if (!json_is_true(json_object_get(json, "tcp")))
		wrong = "another protocol than TCP";
	else if (json_is_true(json_object_get(json, "bidirectional")) ||
		 number(json, "bidirectional"))
		wrong = "both directions at once";
	else if (parallel > IPERF3_STREAMS_MAX)
		wrong = "too many streams";
	t->p.parallel = parallel > 0 ? (unsigned)parallel : 1;
	t->p.block = block > 0 && block < IPERF3_BLOCK ? (size_t)block : IPERF3_BLOCK;
	t->p.reverse = json_is_true(json_object_get(json, "reverse")) || number(json, "reverse");
	t->p.bytes = number(json, "num");
	t->p.window = (uint32_t)(window < IPERF3_WINDOW_MAX ? window : IPERF3_WINDOW_MAX);
	if (congestion) {
		strncpy(t->congestion, congestion, sizeof(t->congestion) - 1);
		t->p.congestion = t->congestion;
	}
	json_decref(json);
	return wrong;
}

char *iperf3_results_json(const struct iperf3 *t)
{
	double seconds = (double)(t->ended_ns - t->flow.start_ns) / 1e9;
	json_t *streams = json_array(), *json;
	const struct iperf3_stream *s;
	int id = ID_FIRST;
	char *text;

	for (s = t->streams; s; s = s->next) {
		json_int_t again = t->sender ? (json_int_t)s->retransmits : -1;

		json_array_append_new(streams, json_pack(
			"{s:i, s:I, s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:f}", "id", id,
			"bytes", (json_int_t)s->bytes, "retransmits", again, "jitter", 0,
			"errors", 0, "omitted_errors", 0, "packets", 0, "omitted_packets", 0,
			"start_time", 0, "end_time", seconds));
		id = id == ID_FIRST ? ID_SECOND : id + 1;
	}
	/* No processor times: an instance does not know what its process costs. */
	json = json_pack("{s:i, s:i, s:i, s:i, s:o}", "cpu_util_total", 0, "cpu_util_user", 0,
			 "cpu_util_system", 0, "sender_has_retransmits", t->sender ? 1 : -1,
			 "streams", streams);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

bool iperf3_results_read(struct iperf3 *t, const char *text, size_t len)
{
	json_t *json = load(text, len);
	json_t *streams = json_object_get(json, "streams"), *s;
	bool good = json_is_array(streams);
	size_t i;

	t->peer_bytes = 0;
	t->peer_seconds = 0;
	t->peer_retransmits = 0;
	json_array_foreach(streams, i, s) {
		t->peer_bytes += number(s, "bytes");
		t->peer_seconds = json_number_value(json_object_get(s, "end_time"));
		t->peer_retransmits += (uint32_t)number(s, "retransmits");
	}
	json_decref(json);
	return good;
}
