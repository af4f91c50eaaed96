/* SPDX-License-Identifier: Apache-2.0 */
/* Records in words: what `log` and `why` print. Every string of a record may come from an attacker. */
#include "fixture.h"

#include "../../../src/cli/phrase.h"

static const char *const both[] = { "aws", "npm", NULL };

static void expect(void (*phrase)(struct buf *, const struct record *), const struct record *r, const char *wanted)
{
	_cleanup_buf_ struct buf out = { 0 };

	phrase(&out, r);
	assert_string_equal(buf_str(&out), wanted);
}
#define WHAT(wanted, ...)   expect(phrase_what, &(struct record){ __VA_ARGS__ }, wanted)
#define WHO(wanted, ...)    expect(phrase_who, &(struct record){ __VA_ARGS__ }, wanted)
#define REASON(wanted, ...) expect(phrase_reason, &(struct record){ __VA_ARGS__ }, wanted)

static void labels_are_told(void **state)
{
	(void)state;
	WHAT("read /x/.npmrc (aws, npm)", .kind = RECORD_TAINT, .source = TAINT_READ, .path = "/x/.npmrc", .classes = both);
	WHAT("read a pipe from pid 7", .kind = RECORD_TAINT, .source = TAINT_PIPE, .from_pid = 7, .path = "/not/told");
	WHAT("executed a file with secrets in it", .kind = RECORD_TAINT, .source = TAINT_EXEC);
	for (unsigned s = 1; s < TAINT_SOURCE_MAX; s++) {
		_cleanup_buf_ struct buf out = { 0 };

		phrase_what(&out, &(struct record){ .kind = RECORD_TAINT, .source = s });
		assert_true(out.len > 0);
	}
	WHAT("read a watched file", .kind = RECORD_TAINT, .source = TAINT_SOURCE_MAX + 5);
}

static void decisions_are_told(void **state)
{
	(void)state;
	WHAT("to sink.test:443 = 127.0.0.9, name by sni, ambiguous, carrying aws, npm, held 12 ms ×3", .kind = RECORD_FLOW,
	     .name = "sink.test", .destination = "sink.test:443", .address = "127.0.0.9", .name_source = "sni", .ambiguous = true,
	     .classes = both, .held_ms = 12, .count = 3);
	WHAT("to 127.0.0.9:443, carrying aws", .kind = RECORD_FLOW, .destination = "127.0.0.9:443", .name_source = "none",
	     .address = "127.0.0.9", .classes = (const char *const[]){ "aws", NULL });
	WHAT("question 4 about sink.test:1: allow, scope program, for 15m, by uid 0 pid 1", .kind = RECORD_ANSWER,
	     .prompt = 4, .destination = "sink.test:1", .verdict = "allow", .scope = "program", .duration = "15m", .by = "uid 0 pid 1");
	REASON("; rule 12; so it is", .kind = RECORD_FLOW, .rule = "12", .sentence = "so it is", .reason = "rule");
	REASON("; home", .kind = RECORD_FLOW, .reason = "home");
	REASON("", .kind = RECORD_SYSTEM, .reason = "start");
	WHAT("start: mode enforce", .kind = RECORD_SYSTEM, .reason = "start", .text = "mode enforce");
	WHAT("stopped", .kind = RECORD_SYSTEM, .text = "stopped");
}

static void nothing_reaches_the_terminal_raw(void **state)
{
	(void)state;
	WHO("x\\x1b[2J[5]", .pid = 5, .script = "/tmp/x\033[2J", .exe = "/usr/bin/node");
	WHO("node[5]", .pid = 5, .exe = "/usr/bin/node", .comm = "fake");
	WHO("?[5]", .pid = 5);
	WHO("-", .exe = "/usr/bin/node");
	WHAT("to a\\x0ab", .kind = RECORD_FLOW, .destination = "a\nb");
	WHAT("a\\x0d", .kind = RECORD_EXEC, .args = "a\r");
}

static void unknown_kinds_say_nothing(void **state)
{
	(void)state;
	WHAT("", .kind = _RECORD_KIND_MAX);
	WHAT("", .kind = 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_told),
		cmocka_unit_test(decisions_are_told),
		cmocka_unit_test(nothing_reaches_the_terminal_raw),
		cmocka_unit_test(unknown_kinds_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
