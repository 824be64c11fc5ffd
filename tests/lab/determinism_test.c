/* SPDX-License-Identifier: MIT */
/*
 * The same lab with the same seed is the same run, to the byte: every line of the full journey and
 * all that is printed. Another seed is another run wherever chance has a part.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

#define LONGEST (90 * SEC)

struct run {
	u64 hash, journey_bytes, events;
	size_t output_bytes;
	s64 end_ns;
};

static bool busy(void *ctx)
{
	return lab_busy(ctx);
}

static struct run run_once(const char *file, u64 seed)
{
	struct world_params params = {
		.seed = seed, .journey = WORLD_HASHED, .timeline = true,
	};
	struct world *w = world_new(file, &params);
	struct run r;

	lab_run_while(w->lab, busy, w->lab, LONGEST);
	r = (struct run){
		.hash = w->hash, .journey_bytes = w->journey_bytes,
		.events = lab_events(w->lab), .output_bytes = w->output.len,
		.end_ns = lab_now(w->lab),
	};
	world_end(w);
	return r;
}

static bool is_lab(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".yaml");
}

static void same_seed_same_bytes(void **state)
{
	unsigned labs = 0;

	(void)state;
	for (size_t i = 0; i < lab_builtin_count; i++) {
		const char *name = lab_builtin_files[i].name;
		struct run a, b, c;

		if (!is_lab(name))
			continue;
		a = run_once(name, 7);
		b = run_once(name, 7);
		c = run_once(name, 8);
		print_message("%s: %llu events, %llu bytes of journey\n", name,
			      (unsigned long long)a.events, (unsigned long long)a.journey_bytes);
		assert_true(a.journey_bytes > 1000);
		assert_int_equal(a.hash, b.hash);
		assert_int_equal(a.journey_bytes, b.journey_bytes);
		assert_int_equal(a.events, b.events);
		assert_int_equal(a.output_bytes, b.output_bytes);
		assert_int_equal(a.end_ns, b.end_ns);
		/* ports, sequence numbers, DNS ids, what links do: some of it is in every lab */
		assert_true(a.hash != c.hash);
		labs++;
	}
	assert_true(labs >= 5);
}

/* Watching must not change what happens. */
static void a_silent_run_takes_as_many_events(void **state)
{
	struct run watched = run_once("internet.yaml", 3);
	struct world_params params = { .seed = 3, .timeline = true };
	struct world *w = world_new("internet.yaml", &params);

	(void)state;
	lab_run_while(w->lab, busy, w->lab, LONGEST);
	assert_int_equal(lab_events(w->lab), watched.events);
	assert_int_equal(lab_now(w->lab), watched.end_ns);
	assert_int_equal(w->output.len, watched.output_bytes);
	world_end(w);
}

/* A machine more in the file changes nothing for the others: their chance is their own. */
static void a_node_more_changes_nothing_for_others(void **state)
{
	static const char pair[] =
		"name: t\n"
		"topology:\n"
		"  nodes:\n"
		"    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }\n"
		"    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0],\n"
		"         services: [ http: { pages: { /: hello } } ] }\n"
		"%s"
		"  links:\n"
		"    - { endpoints: [\"a:eth0\", \"b:eth0\"], loss: 5%%, delay: 5ms }\n"
		"timeline:\n"
		"  - { at: 1s, on: a, run: \"get http://10.0.0.2/\" }\n"
		"  - { at: 1800ms, on: a, run: \"netstat -nat\" }\n"
		"  - { at: 1800ms, on: b, run: \"netstat -nat\" }\n"	/* the client's port */
		"  - { at: 2s, on: a, run: \"ping -c 20 10.0.0.2\" }\n";
	static const char more[] = "    z: { kind: host }\n";
	struct text yaml[2] = { 0 };
	struct world_params params = { .seed = 11, .timeline = true };
	struct world *w[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		text_addf(&yaml[i], pair, i ? more : "");
		w[i] = world_new(yaml[i].s, &params);
		lab_run_while(w[i]->lab, busy, w[i]->lab, LONGEST);
	}
	assert_contains(w[0]->output.s, "10.0.0.1:");
	assert_string_equal(w[0]->output.s, w[1]->output.s);
	for (int i = 0; i < 2; i++) {
		world_end(w[i]);
		text_free(&yaml[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_bytes),
		cmocka_unit_test(a_silent_run_takes_as_many_events),
		cmocka_unit_test(a_node_more_changes_nothing_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
