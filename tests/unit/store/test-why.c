/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static const char *const aws[] = { "aws", NULL };
static const char *const npm[] = { "npm", NULL };
static const char *const both[] = { "aws", "npm", NULL };
#define AWS .classes = aws, .label = 1
#define NPM .classes = npm, .label = 2
#define BOTH .classes = both, .label = 3
#define WHO(number) .pid = (number), .start_ns = (number) * 1000ull

struct history {
	struct place place;
	struct store *store;
	uint64_t id;
	char text[4096]; /* the last explanation, one step per line */
};

static int setup(void **state)
{
	struct history *h = calloc(1, sizeof(*h));

	place_make(&h->place);
	assert_int_equal(store_open_write(h->place.path, &h->store), 0);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct history *h = *state;

	h->store = store_close(h->store);
	place_remove(&h->place);
	free(h);
	return 0;
}

static void put(struct history *h, struct record r)
{
	r.id = ++h->id;
	r.time_ms = 1000 * r.id;
	assert_int_equal(add(h->store, &r), 0);
}
#define TAINT(h, ...) put(h, (struct record){ .kind = RECORD_TAINT, __VA_ARGS__ })
#define FLOW(h, ...)  put(h, (struct record){ .kind = RECORD_FLOW, __VA_ARGS__ })

static void step_line(struct buf *out, const struct why_step *step)
{
	for (unsigned i = 0; i < step->level; i++)
		buf_addc(out, '>');
	if (step->record)
		buf_addf(out, "%" PRIu64 "\n", record_of(step->record)->id);
	else
		buf_addf(out, "?%" PRIu32 ":%s\n", step->pid, step->classes ? step->classes : "");
}

static void expect(struct history *h, uint64_t id, const char *wanted)
{
	_cleanup_(why_freep) struct why *w = NULL;
	_cleanup_buf_ struct buf out = { 0 };

	assert_int_equal(store_commit(h->store), 0);
	assert_int_equal(store_why(h->store, id, &w), 0);
	assert_false(w->truncated);
	for (size_t i = 0; i < w->n_steps; i++)
		step_line(&out, &w->steps[i]);
	assert_string_equal(buf_str(&out), wanted);
}

static void a_read_ends_the_chain(void **state)
{
	struct history *h = *state;

	TAINT(h, WHO(5), AWS, .source = TAINT_READ, .path = "/home/u/.aws/credentials", .watch = "w");
	TAINT(h, .pid = 5, .start_ns = 1, NPM, .source = TAINT_READ); /* an earlier process with the same number */
	FLOW(h, WHO(5), AWS);
	TAINT(h, WHO(5), NPM, .source = TAINT_READ); /* afterwards: explains nothing */
	expect(h, 3, "3\n>1\n");
	expect(h, 1, "1\n");
}

static void the_walk_goes_through_fork_and_pipe(void **state)
{
	struct history *h = *state;

	TAINT(h, WHO(10), AWS, .source = TAINT_READ, .watch = "w");
	TAINT(h, WHO(11), AWS, .source = TAINT_FORK, .from_pid = 10, .from_start_ns = 10000);
	TAINT(h, WHO(11), AWS, .source = TAINT_CHAN);
	TAINT(h, WHO(12), AWS, .source = TAINT_PIPE, .from_pid = 11); /* start of the writer unknown */
	FLOW(h, WHO(12), AWS);
	expect(h, 5, "5\n>4\n>>2\n>>>1\n");
}

static void the_walk_goes_through_a_file(void **state)
{
	struct history *h = *state;
	const struct file_key file = { .dev = 8, .ino = UINT64_MAX, .gen = 1 }, other = { .dev = 8, .ino = 7 };

	TAINT(h, WHO(20), AWS, .source = TAINT_READ, .watch = "w");
	TAINT(h, WHO(20), AWS, .source = TAINT_FILE, .file = file, .path = "/tmp/copy");
	TAINT(h, WHO(22), AWS, .source = TAINT_FILE, .file = other);
	for (unsigned i = 0; i < 40; i++) /* other readers must not hide the writer */
		TAINT(h, WHO(100 + i), AWS, .source = TAINT_DERIVED, .file = file);
	TAINT(h, WHO(21), AWS, .source = TAINT_DERIVED, .file = file);
	FLOW(h, WHO(21), AWS);
	expect(h, 45, "45\n>44\n>>2\n>>>1\n");
}

static void only_what_is_carried_is_explained(void **state)
{
	struct history *h = *state;

	TAINT(h, WHO(30), AWS, .source = TAINT_READ, .watch = "w");
	TAINT(h, WHO(30), BOTH, .source = TAINT_READ, .watch = "x");
	TAINT(h, WHO(31), NPM, .source = TAINT_FORK, .from_pid = 30, .from_start_ns = 30000);
	FLOW(h, WHO(31), NPM);
	FLOW(h, WHO(30), BOTH);
	expect(h, 4, "4\n>3\n>>2\n");
	expect(h, 5, "5\n>1\n>2\n");
}

static void what_is_missing_is_said(void **state)
{
	struct history *h = *state;

	TAINT(h, WHO(40), AWS, .source = TAINT_READ, .watch = "w");
	FLOW(h, WHO(40), BOTH);
	TAINT(h, WHO(41), AWS, .source = TAINT_PIPE);
	FLOW(h, WHO(41), AWS);
	FLOW(h, WHO(42), AWS);
	expect(h, 2, "2\n>1\n>?40:npm\n");
	expect(h, 4, "4\n>3\n>>?0:aws\n");
	expect(h, 5, "5\n>?42:aws\n");
}

static void question_and_answer_belong_to_it(void **state)
{
	struct history *h = *state;

	put(h, (struct record){ .kind = RECORD_PROMPT, .prompt = 1 }); /* of the guard before this one */
	put(h, (struct record){ .kind = RECORD_ANSWER, .prompt = 1 });
	put(h, (struct record){ .kind = RECORD_PROMPT, .prompt = 1 });
	put(h, (struct record){ .kind = RECORD_ANSWER, .prompt = 1 });
	FLOW(h, .prompt = 1);
	expect(h, 5, "5\n>3\n>4\n");
	expect(h, 1, "1\n>2\n");
}

static void loops_and_length_are_bounded(void **state)
{
	struct history *h = *state;
	_cleanup_(why_freep) struct why *w = NULL;

	for (unsigned i = 0; i < 400; i++) /* two processes that feed each other for ever */
		TAINT(h, WHO(50 + i % 2), AWS, .source = TAINT_PIPE, .from_pid = 51 - i % 2,
		      .from_start_ns = 1000 * (51 - i % 2));
	FLOW(h, WHO(50), AWS);
	for (unsigned i = 0; i < 100; i++)
		TAINT(h, WHO(60 + i), AWS, .source = TAINT_FORK, .from_pid = 59 + i, .from_start_ns = 1000 * (59 + i));
	FLOW(h, WHO(159), AWS);
	expect(h, 401, "401\n>1\n>>?51:aws\n");
	assert_int_equal(store_commit(h->store), 0);
	assert_int_equal(store_why(h->store, h->id, &w), 0);
	assert_true(w->truncated);
	assert_true(w->n_steps > 10 && w->n_steps <= WHY_DEPTH_MAX + 2);
}

static void unknown_ids_are_told(void **state)
{
	struct history *h = *state;
	struct why *w = NULL;

	assert_int_equal(store_why(h->store, 1, &w), -ESRCH);
	assert_int_equal(store_why(h->store, UINT64_MAX, &w), -ESRCH);
	assert_null(w);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(a_read_ends_the_chain), T(the_walk_goes_through_fork_and_pipe), T(the_walk_goes_through_a_file),
		T(only_what_is_carried_is_explained), T(what_is_missing_is_said), T(question_and_answer_belong_to_it),
		T(loops_and_length_are_bounded), T(unknown_ids_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
