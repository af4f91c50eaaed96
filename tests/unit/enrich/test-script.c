/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/enrich/alias.h"

#define WORDS_MAX 16

/* Splits at single spaces in place; '_' stands for a space inside a word. */
static size_t words(char *text, char *argv[WORDS_MAX])
{
	size_t n = 0;
	char *word, *save = NULL, *s;

	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		for (s = word; *s; s++)
			if (*s == '_')
				*s = ' ';
		assert_true(n < WORDS_MAX);
		argv[n++] = word;
	}
	return n;
}

static void test_script_find(void **state)
{
	static const struct {
		const char *program, *line;
		enum script_kind kind;
		const char *text;
		bool preloads;
	} rows[] = {
		{ "python3.11", "python3 x.py a", SCRIPT_FILE, "x.py", false },
		{ "python3.11", "python3 -u -W ignore -X dev x.py", SCRIPT_FILE, "x.py", false },
		{ "python3.11", "python3 -Wignore x.py", SCRIPT_FILE, "x.py", false },
		{ "python3.11", "python3 -m pip install x.py", SCRIPT_MODULE, "pip", false },
		{ "python3.11", "python3 -um pip", SCRIPT_MODULE, "pip", false },
		{ "python3.11", "python3 -mpip", SCRIPT_MODULE, "pip", false },
		{ "python3.11", "python3 -c print(1) x.py", SCRIPT_INLINE, NULL, false },
		{ "python3.11", "python3 -Ic print(1)", SCRIPT_INLINE, NULL, false },
		{ "python3.11", "python3 - x.py", SCRIPT_NONE, NULL, false },
		{ "python3.11", "python3 -- -x.py", SCRIPT_FILE, "-x.py", false },
		{ "python3.13t", "python3 x.py", SCRIPT_FILE, "x.py", false },
		{ "python3.11", "python3", SCRIPT_NONE, NULL, false },
		{ "python3.11", "python3 -m", SCRIPT_NONE, NULL, false },
		{ "node", "node /usr/bin/npm install", SCRIPT_FILE, "/usr/bin/npm", false },
		{ "node", "node --require ./h.js app.js", SCRIPT_FILE, "app.js", true },
		{ "node", "node -r ./h.js app.js", SCRIPT_FILE, "app.js", true },
		{ "node", "node --require=./h.js app.js", SCRIPT_FILE, "app.js", true },
		{ "node", "node --inspect app.js", SCRIPT_FILE, "app.js", true },
		{ "node", "node --max-old-space-size=4096 --title t app.js", SCRIPT_FILE, "app.js", false },
		{ "node", "node -e 1 app.js", SCRIPT_INLINE, NULL, false },
		{ "node", "node -pe 1", SCRIPT_INLINE, NULL, false },
		{ "bun", "bun run build", SCRIPT_NONE, NULL, false },
		{ "bun", "bun run ./x.ts", SCRIPT_FILE, "./x.ts", false },
		{ "bun", "bun --preload ./h.ts x.ts", SCRIPT_FILE, "x.ts", true },
		{ "deno", "deno run -A --config d.json x.ts", SCRIPT_FILE, "x.ts", false },
		{ "deno", "deno eval 1", SCRIPT_INLINE, NULL, false },
		{ "perl", "perl -w -I lib x.pl", SCRIPT_FILE, "x.pl", true },
		{ "perl", "perl -Mstrict -i.bak x.pl", SCRIPT_FILE, "x.pl", true },
		{ "perl5.36.0", "perl -0777 -lne print x.pl", SCRIPT_INLINE, NULL, false },
		{ "ruby3.1", "ruby -rjson -C /srv x.rb", SCRIPT_FILE, "x.rb", true },
		{ "bash", "bash -euo pipefail x.sh", SCRIPT_FILE, "x.sh", false },
		{ "bash", "bash -o pipefail -c true x.sh", SCRIPT_INLINE, NULL, false },
		{ "bash", "bash +x --rcfile f x.sh", SCRIPT_FILE, "x.sh", true },
		{ "bash", "bash --norc - x.sh", SCRIPT_FILE, "x.sh", false },
		{ "dash", "sh -s x.sh", SCRIPT_INLINE, NULL, false },
		{ "sh", "sh -e x.sh", SCRIPT_FILE, "x.sh", false },
		{ "zsh", "-zsh", SCRIPT_NONE, NULL, false },
		{ "php8.2", "php -d memory_limit=1G x.php", SCRIPT_FILE, "x.php", false },
		{ "php8.2", "php -f x.php", SCRIPT_FILE, "x.php", false },
		{ "php8.2", "php -r echo_1;", SCRIPT_INLINE, NULL, false },
		{ "lua5.4", "lua -l socket x.lua", SCRIPT_FILE, "x.lua", true },
		{ "java", "java -Xmx1g -cp a.jar:b.jar -jar /srv/x.jar", SCRIPT_FILE, "/srv/x.jar", false },
		{ "java", "java -cp a.jar org.example.Main -jar y", SCRIPT_MODULE, "org.example.Main", false },
		{ "java", "java -javaagent:/srv/a.jar Main", SCRIPT_MODULE, "Main", true },
		{ "java", "java @args", SCRIPT_NONE, NULL, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[128], *argv[WORDS_MAX];
		struct script s = { .kind = SCRIPT_NONE };
		size_t n;

		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		n = words(line, argv);
		assert_true(script_find(rows[i].program, argv, n, &s));
		if (s.kind != rows[i].kind || s.preloads != rows[i].preloads || !s.text != !rows[i].text ||
		    (s.text && !streq(s.text, rows[i].text)))
			fail_msg("%s: kind %d, text %s, preloads %d", rows[i].line, (int)s.kind,
				 s.text ? s.text : "-", s.preloads);
	}
}

static void test_not_an_interpreter(void **state)
{
	static const char *const programs[] = { "curl", "base64", "pythonista", "", "1", "node-gyp" };
	struct script s = { .kind = SCRIPT_MODULE };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(programs); i++)
		assert_false(script_find(programs[i], NULL, 0, &s));
	assert_int_equal(s.kind, SCRIPT_MODULE);
}

/* names: expected, in order, separated by spaces. */
static void test_alias_names(void **state)
{
	static const struct {
		const char *exe, *line, *script_path, *names;
	} rows[] = {
		{ "/usr/bin/curl", "curl x", NULL, "curl" },
		{ "/usr/bin/base64", "base64 x", NULL, "base64" },
		{ "/usr/bin/python3.11", "python3 x.py", "/srv/x.py", "python3.11 python3 python x.py x" },
		{ "/usr/bin/python3.11", "python3 /usr/bin/pip3", "/usr/bin/pip3",
		  "python3.11 python3 python pip3 pip" },
		{ "/usr/bin/python3.11", "python3 -m pip", NULL, "python3.11 python3 python -m_pip pip" },
		{ "/usr/bin/python3.11", "python3 -m azure.cli", NULL,
		  "python3.11 python3 python -m_azure.cli azure.cli az" },
		{ "/usr/bin/node", "node /usr/bin/npm i", "/usr/share/npm/bin/npm-cli.js",
		  "node nodejs npm-cli.js npm" },
		{ "/usr/bin/node", "node y", "/srv/yarn-4.1.0.cjs", "node nodejs yarn-4.1.0.cjs yarn" },
		{ "/usr/bin/node", "node y", "/srv/pnpm.cjs", "node nodejs pnpm.cjs pnpm" },
		{ "/usr/bin/node", "node y", "/srv/index.js", "node nodejs index.js" },
		{ "/usr/bin/dash", "sh -c x", NULL, "dash sh" },
		{ "/usr/bin/bash", "bash", NULL, "bash" },
		{ "/usr/bin/bash", "/bin/sh -c x", NULL, "bash sh" },
		{ "/usr/bin/bash", "-bash", NULL, "bash" },
		{ "/usr/bin/nc.openbsd", "nc x", NULL, "nc.openbsd nc" },
		{ "/usr/bin/busybox", "wget x", NULL, "wget busybox" },
		{ "/usr/bin/busybox", "busybox nc x", NULL, "nc busybox" },
		{ "/usr/bin/busybox", "busybox sh /srv/x.sh", "/srv/x.sh", "sh busybox x.sh x" },
		{ "/usr/bin/java", "java -cp l.jar org.gradle.launcher.GradleMain", NULL,
		  "java -m_org.gradle.launcher.GradleMain org.gradle.launcher.GradleMain gradle" },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[128], want_text[160], *argv[WORDS_MAX], *want[WORDS_MAX];
		_cleanup_str_list_ struct str_list l = { 0 };
		struct script s = { .kind = SCRIPT_NONE };
		struct program p;
		size_t n, n_want;

		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		(void)snprintf(want_text, sizeof(want_text), "%s", rows[i].names);
		n = words(line, argv);
		n_want = words(want_text, want);
		p = program_of(rows[i].exe, argv, n);
		(void)script_find(p.name, argv + p.skip, n - p.skip, &s);
		assert_int_equal(alias_names(&l, &p, &s, rows[i].script_path), 0);
		for (k = 0; k < n_want && k < l.n; k++)
			assert_string_equal(l.items[k], want[k]);
		if (l.n != n_want)
			fail_msg("%s %s: %zu names, %zu expected", rows[i].exe, rows[i].line, l.n, n_want);
	}
}

static void test_hostile_words(void **state)
{
	char *empty[] = { (char *)"" , (char *)"", (char *)"-", NULL };
	char long_name[5000], *one[] = { long_name };
	_cleanup_str_list_ struct str_list l = { 0 };
	struct program p;
	struct script s = { .kind = SCRIPT_NONE };

	(void)state;
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = 0;
	p = program_of(long_name, one, 1);
	assert_int_equal(alias_names(&l, &p, NULL, NULL), 0);
	assert_int_equal(l.n, 0);
	p = program_of("/usr/bin/busybox", empty, 3);
	assert_string_equal(p.name, "busybox");
	assert_true(script_find("sh", empty, 3, &s));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_script_find),
		cmocka_unit_test(test_not_an_interpreter),
		cmocka_unit_test(test_alias_names),
		cmocka_unit_test(test_hostile_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
