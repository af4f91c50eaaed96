/* SPDX-License-Identifier: Apache-2.0 */
/* What a person sees of a prompt, and which keys answer it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../src/cli/card.h"

static const char full[] =
	"{\"id\":17,\"since_ms\":1000,\"deadline_ms\":46000,\"verdict\":\"hold\",\"exe\":\"/usr/bin/node\","
	"\"script\":\"/home/u/proj/left-pad/postinstall.js\",\"pid\":4711,\"comm\":\"node\",\"args\":\"node "
	"postinstall.js\","
	"\"ancestors\":[\"npm\",\"bash\"],\"classes\":[\"aws\",\"npm\"],"
	"\"read\":[{\"path\":\"/home/u/.aws/credentials\",\"class\":\"aws\",\"pid\":4700,\"exe\":\"/usr/bin/"
	"cat\",\"ago_ms\":1840}],"
	"\"destination\":\"hook.test:443\",\"name\":\"hook.test\",\"name_source\":\"dns-own\",\"address\":\"127.0.0."
	"9\","
	"\"port\":443,\"proto\":\"tcp\",\"count\":3,\"sentence\":\"no rule speaks of it\"}";

static char *card(const char *json, uint64_t now_ms)
{
	struct cli c = { 0 };
	json_t *prompt = json_loads(json, 0, NULL);
	_cleanup_buf_ struct buf b = { 0 };

	assert_non_null(prompt);
	buf_init(&b, 0);
	card_format(&c, prompt, now_ms, &b);
	json_decref(prompt);
	return buf_take(&b);
}

static void test_card_says_it_all(void **state _unused_)
{
	static const char *const parts[] = {
		"#17  node postinstall.js (pid 4711) wants to reach hook.test:443\n",
		"/home/u/.aws/credentials (aws) 1.8 s ago, by cat (pid 4700)\n",
		"aws, npm\n",
		"npm < bash\n",
		"from this process's own DNS answer",
		"3 tries",
		"no rule speaks of it",
		"If you do nothing, it is denied once in 44 s",
		"egret allow 17 ",
		"egret deny 17\n",
	};
	_cleanup_free_ char *text = card(full, 2000);
	const char *at = text;
	size_t i;

	/* In this order: evidence comes before the question. */
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("missing or out of order: %s\n%s", parts[i], text);
	}
	assert_null(strchr(text, '\033'));
}

static void test_card_of_little(void **state _unused_)
{
	_cleanup_free_ char *text =
		card("{\"id\":1,\"comm\":\"x\",\"address\":\"127.0.0.1\",\"port\":80,\"pid\":\"no\",\"read\":7}", 5);

	assert_non_null(strstr(text, "#1  x (pid 0) wants to reach 127.0.0.1:80\n"));
	assert_null(strstr(text, "denied once in"));
	assert_non_null(strstr(text, "denied once"));
}

static void test_card_is_safe(void **state _unused_)
{
	_cleanup_free_ char *text =
		card("{\"id\":1,\"exe\":\"/x/\\u001b[2J\",\"args\":\"a\\nb\",\"destination\":\"\\u202egnp.test\","
		     "\"ancestors\":[\"\\u001b]0;x\\u0007\"]}",
		     5);

	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\a'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "a\\x0ab\n"));
}

static enum key_action press(struct keys *k, const char *bytes)
{
	return keys_press(k, bytes, strlen(bytes), k->shown_ms + KEYS_QUIET_MS);
}

static void test_typing_ahead_answers_nothing(void **state _unused_)
{
	struct keys k;

	keys_reset(&k, 1000);
	assert_int_equal(keys_press(&k, "a", 1, 1000), KEY_NONE);
	assert_int_equal(keys_press(&k, "d", 1, 1000 + KEYS_QUIET_MS - 1), KEY_NONE);
	assert_int_equal(keys_press(&k, "q", 1, 1000), KEY_QUIT);
	assert_int_equal(keys_press(&k, "a", 1, 1000 + KEYS_QUIET_MS), KEY_ALLOW);
	assert_true(k.once);
	assert_int_equal(k.scope, ANSWER_PROGRAM);
}

static void test_habits_allow_nothing(void **state _unused_)
{
	struct keys k;

	keys_reset(&k, 0);
	assert_int_equal(press(&k, " "), KEY_NONE);
	assert_int_equal(press(&k, "\n"), KEY_DENY);
	assert_int_equal(press(&k, "\033"), KEY_LATER);
	assert_int_equal(press(&k, "\033[A"), KEY_NONE); /* arrow up */
	assert_int_equal(press(&k, "aaaa"), KEY_NONE);	 /* a paste */
	assert_int_equal(keys_press(&k, "", 0, 9999), KEY_NONE);
	assert_int_equal(press(&k, "x"), KEY_NONE);
}

static void test_choices(void **state _unused_)
{
	struct keys k;
	unsigned i;

	keys_reset(&k, 0);
	assert_int_equal(press(&k, "A"), KEY_ALLOW);
	assert_false(k.once);
	assert_string_equal(answer_spans[k.span], "15m");
	assert_int_equal(press(&k, "1"), KEY_CHANGED);
	assert_int_equal(k.scope, ANSWER_CONNECTION);
	for (i = 0; i < 10; i++) {
		assert_int_equal(press(&k, "t"), KEY_CHANGED);
		assert_non_null(answer_spans[k.span]);
		assert_string_not_equal(answer_spans[k.span], "once");
	}
	assert_int_equal(press(&k, "5"), KEY_NONE);
}

static void test_any_destination_is_asked_twice(void **state _unused_)
{
	struct keys k;

	keys_reset(&k, 0);
	assert_int_equal(press(&k, "4"), KEY_CHANGED);
	assert_int_equal(press(&k, "a"), KEY_CONFIRM);
	assert_int_equal(press(&k, "t"), KEY_CHANGED); /* something else in between starts over */
	assert_int_equal(press(&k, "a"), KEY_CONFIRM);
	assert_int_equal(press(&k, "a"), KEY_ALLOW);
	keys_reset(&k, 0);
	assert_int_equal(press(&k, "4"), KEY_CHANGED);
	assert_int_equal(press(&k, "d"), KEY_DENY);
}

static void test_spans(void **state _unused_)
{
	char text[32];

	assert_true(answer_span_valid("once") && answer_span_valid("always") && answer_span_valid("90s"));
	assert_false(answer_span_valid("forever") || answer_span_valid("0s") || answer_span_valid(""));
	assert_string_equal(cli_span(text, 1840), "1.8 s");
	assert_string_equal(cli_span(text, 45000), "45 s");
	assert_string_equal(cli_span(text, 600000), "10 min");
	assert_string_equal(cli_span(text, 3 * 86400000ull), "3 days");
}

static void test_columns(void **state _unused_)
{
	_cleanup_free_ char *text = NULL;
	struct cli c = { 0 };
	struct columns t;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	columns_init(&t, 2);
	columns_add(&t, "ID"), columns_add(&t, "NAME");
	columns_add(&t, "longer"), columns_add(&t, NULL);
	columns_add(&t, "\303\244"), columns_add(&t, "\033x");
	columns_print(&t, &c, f);
	columns_done(&t);
	(void)fclose(f);
	assert_string_equal(text, "ID      NAME\nlonger  -\n\303\244       \\x1bx\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_card_says_it_all),	 cmocka_unit_test(test_card_of_little),
		cmocka_unit_test(test_card_is_safe),		 cmocka_unit_test(test_typing_ahead_answers_nothing),
		cmocka_unit_test(test_habits_allow_nothing),	 cmocka_unit_test(test_choices),
		cmocka_unit_test(test_any_destination_is_asked_twice),
		cmocka_unit_test(test_spans),			 cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
