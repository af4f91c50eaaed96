/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "../../fuzz/fuzz-http.c"
#include "corpus.h"

static struct http_host h;

static int read_text(const char *text)
{
	memset(&h, 0, sizeof(h));
	return http_head_read((const uint8_t *)text, strlen(text), &h);
}

static void reads_real_clients(void **state)
{
	static const struct {
		const char *file;
		enum http_form form;
		uint16_t port;
	} files[] = {
		{ "curl-http", HTTP_ORIGIN, 4443 },    { "wget-http", HTTP_ORIGIN, 4443 },
		{ "python-http", HTTP_ORIGIN, 4443 },  { "node-http", HTTP_ORIGIN, 4443 },
		{ "git-http", HTTP_ORIGIN, 4443 },     { "curl-connect", HTTP_CONNECT, 443 },
		{ "wget-connect", HTTP_CONNECT, 443 }, { "curl-proxy", HTTP_ABSOLUTE, 0 },
		{ "python-proxy", HTTP_ABSOLUTE, 0 },
	};
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *data = NULL;

		corpus_read("http", files[i].file, &data, &len);
		assert_int_equal(http_head_read((const uint8_t *)data, len, &h), 0);
		assert_string_equal(h.name, "api.home.test");
		assert_int_equal(h.form, files[i].form);
		assert_int_equal(h.port, files[i].port);
	}
}

static void waits_for_the_empty_line(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: Home.TEST:80\r\nA: b\r\n\r\n";
	size_t i;

	(void)state;
	for (i = 0; i < strlen(text); i++) {
		assert_true(http_begins((const uint8_t *)text, i));
		assert_int_equal(http_head_read((const uint8_t *)text, i, &h), -EAGAIN);
	}
	assert_int_equal(read_text(text), 0);
	assert_string_equal(h.name, "home.test");
	assert_int_equal(h.port, 80);
}

static void reads_forms(void **state)
{
	(void)state;
	assert_int_equal(read_text("\r\nOPTIONS * HTTP/1.1\nhost:home.test.\n\n"), 0);
	assert_string_equal(h.name, "home.test");
	assert_int_equal(read_text("GET / HTTP/1.0\r\n\r\n"), 0);
	assert_string_equal(h.name, "");
	assert_int_equal(read_text("GET / HTTP/1.1\r\nHost: [fd99::2]:81\r\n\r\n"), 0);
	assert_true(h.has_addr);
	assert_int_equal(h.port, 81);
	assert_int_equal(read_text("CONNECT 10.99.0.2:443 HTTP/1.1\r\nHost: 10.99.0.2:443\r\n\r\n"), 0);
	assert_true(h.has_addr && h.form == HTTP_CONNECT && h.port == 443);
	assert_int_equal(read_text("GET https://home.test/x HTTP/1.1\r\nHost: home.test\r\n\r\n"), 0);
	assert_true(h.form == HTTP_ABSOLUTE && h.port == 443);
}

/* Two readers of these could see two hosts. */
static void refuses_what_has_two_meanings(void **state)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\nHost: home.test\r\nHost: evil.test\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: home.test\r\nhOST:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost : evil.test\r\nHost: home.test\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: home.test\r\n evil.test\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: home.test, evil.test\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: home.test@evil.test\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: home.test\rX: y\r\n\r\n",
		"GET http://evil.test/ HTTP/1.1\r\nHost: home.test\r\n\r\n",
		"GET http://home.test@evil.test/ HTTP/1.1\r\n\r\n",
		"GET http://home.test\\@evil.test/ HTTP/1.1\r\n\r\n",
		"CONNECT evil.test:443 HTTP/1.1\r\nHost: home.test\r\n\r\n",
		"CONNECT home.test HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: 0x7f.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: home.test:port\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: fd99::2\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: [home.test]\r\n\r\n",
		"GET home.test/ HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.2\r\nHost: home.test\r\n\r\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (read_text(bad[i]) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
}

static void is_not_http(void **state)
{
	static const char *const other[] = { "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "GET /old\r\n", "EHLO home.test\r\n",
					     "003egit-upload-pack /x", "\x16\x03\x01", "PRI * HTTP/2.0\r\n\r\n", " GET / HTTP/1.1",
					     "*1\r\n$4\r\nPING\r\n", "GET  / HTTP/1.1\r\n" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(other); i++) {
		bool whole_line = strchr(other[i], '\n') || !streq(other[i], "003egit-upload-pack /x");

		assert_int_equal(http_begins((const uint8_t *)other[i], strlen(other[i])), !whole_line);
	}
	assert_false(http_begins((const uint8_t *)"003egit-upload-pack /x\0host=home.test\0", 38));
}

static void gives_up_at_the_bound(void **state)
{
	_cleanup_buf_ struct buf b = { 0 };

	(void)state;
	buf_init(&b, 0);
	buf_adds(&b, "GET / HTTP/1.1\r\nHost: home.test\r\nCookie: ");
	while (b.len < HTTP_HEAD_MAX - 1)
		buf_addc(&b, 'x');
	assert_int_equal(read_text(buf_str(&b)), -EAGAIN);
	buf_addc(&b, 'x');
	assert_int_equal(read_text(buf_str(&b)), -E2BIG);
	buf_adds(&b, "\r\n\r\n");
	assert_int_equal(read_text(buf_str(&b)), -E2BIG);
}

static void survives_corpus(void **state)
{
	(void)state;
	corpus_survive("http", 10, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_real_clients),  cmocka_unit_test(waits_for_the_empty_line),
		cmocka_unit_test(reads_forms),         cmocka_unit_test(refuses_what_has_two_meanings),
		cmocka_unit_test(is_not_http),         cmocka_unit_test(gives_up_at_the_bound),
		cmocka_unit_test(survives_corpus),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
