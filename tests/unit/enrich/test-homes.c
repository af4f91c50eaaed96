/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/base/base.h"
#include "../../../src/enrich/enrich.h"

/* Every secret in the samples contains this; no host may. */
#define CANARY "canary.s3cret"

/* What a file of each kind looks like and the hosts that must come out, in order. */
static const struct sample {
	const char *kind, *text, *hosts;
} samples[] = {
	{ "netrc",
	  "machine api.a.test login u password " CANARY "\n# machine no.test\ndefault login x password " CANARY "\n"
	  "macdef init\nmachine macro.test\n\nmachine\tB.test\n login machine\n password " CANARY " port 99\n",
	  "api.a.test b.test" },
	{ "npmrc",
	  "registry=https://npm.a.test/\n@co:registry = \"https://npm.b.test:8443/x\"\n//npm.c.test/:_authToken=" CANARY
	  "\n_auth=" CANARY "\n; registry=https://no.test\n//npm.d.test:81/p/:_password=" CANARY "\n"
	  "registry=https://u:" CANARY "@npm.e.test/\nregistry=${REGISTRY}\n",
	  "npm.a.test npm.b.test:8443 npm.c.test npm.d.test:81 npm.e.test" },
	{ "kubeconfig",
	  "clusters:\n- cluster:\n    certificate-authority-data: " CANARY "\n    server: https://k.a.test:6443\n  name: x\n"
	  "- cluster: \n    \"server\": \"https://[2001:db8::1]:6443\",\nusers:\n- user:\n    token: " CANARY "\n"
	  "    server-name: https://no.test\n#   server: https://no2.test\n",
	  "k.a.test:6443 [2001:db8::1]:6443" },
	{ "docker",
	  "{\"auths\": {\"https://index.a.test/v1/\": {\"auth\": \"" CANARY "\", \"email\": \"x@no.test\"},"
	  "\"reg.b.test:5000\": {}, \"https:\\/\\/c.test\\/\": {}}, \"credHelpers\" :\n{\"gcr.d.test\": \"" CANARY "\"},"
	  "\"HttpHeaders\": {\"no.test\": \"{\\\"auths\\\": 1\"}}",
	  "index.a.test reg.b.test:5000 c.test gcr.d.test" },
	{ "gitcred",
	  "https://u:" CANARY "@git.a.test\nhttps://u.x:12/" CANARY "@git.b.test/p\nhttps://no.test/x\n"
	  "http://" CANARY "%40@192.0.2.7:8080\n",
	  "git.a.test git.b.test 192.0.2.7:8080" },
	{ "githosts",
	  "git_protocol: ssh\nhosts:\n    lab.a.test:\n        token: " CANARY "\n        no.test:\n    lab.b.test:\n"
	  "logins:\n    - name: x\n      url: https://tea.c.test\n      token: " CANARY "\n    no2.test:\n",
	  "lab.a.test lab.b.test tea.c.test" },
	{ "yarnrc",
	  "npmRegistries:\n  \"//y.a.test:8080\":\n    npmAuthToken: " CANARY "\nnpmScopes:\n  co:\n"
	  "    npmRegistryServer: \"https://y.b.test\"\n",
	  "y.a.test:8080 y.b.test" },
	{ "helm", "repositories:\n- name: x\n  password: " CANARY "\n  url: https://h.a.test/charts\n", "h.a.test" },
	{ "bundle",
	  "---\nBUNDLE_GEMS__MY___CO__TEST: \"u:" CANARY "\"\nBUNDLE_BUILD__X__TEST: \"--y\"\nBUNDLE_PATH: \"z.test\"\n"
	  ":key: " CANARY "\nhttps://gems.b.test: " CANARY "\nhttps://u:" CANARY "\n",
	  "gems.my-co.test gems.b.test" },
	{ "nuget",
	  "<configuration><packageSources><add key=\"a\" value=\"https://n.a.test/v3/index.json\" /></packageSources>"
	  "<packageSourceCredentials><add key=\"ClearTextPassword\" value=\"x://" CANARY "\" />",
	  "n.a.test" },
	{ "composer",
	  "{\"http-basic\":{\"c.a.test\":{\"username\":\"u\",\"password\":\"" CANARY "\"}},\n\"github-oauth\":"
	  "{\"c.b.test\":\"" CANARY "\"},\"other\":{\"no.test\":\"\"}}",
	  "c.a.test c.b.test" },
	{ "s3cfg", "[default]\nsecret_key = " CANARY "\nhost_base = s3.a.test\n\"url\": \"https://s3.b.test:9000\",\n",
	  "s3.a.test s3.b.test:9000" },
	{ "terraformrc", "credentials \"tf.b.test\" {\n  token = \"" CANARY "\"\n}\nhost \"no.test\" {\n}\n", "tf.b.test" },
	{ "dotenv",
	  "# X=https://u:p@no.test\nKEY=" CANARY "\nexport DB='postgres://u:" CANARY "@db.a.test:5432/x'\nHOOK=https://no.test/"
	  CANARY "\nR=\"redis://:" CANARY "@192.0.2.8:6379\"\nP=https://no.test/p/@" CANARY "\n",
	  "db.a.test:5432 192.0.2.8:6379" },
	{ "git-credentials", "https://u:" CANARY "@git.a.test\n", "git.a.test" },
	{ "pypirc",
	  "[x]\nrepository: https://up.a.test/legacy/\nusername = __token__\npassword = " CANARY "\n"
	  "[y]\nrepository = https://u:" CANARY "@up.b.test\n",
	  "up.a.test up.b.test" },
	{ "pipconf",
	  "[global]\nindex-url = https://u:" CANARY "@i.a.test/simple\nextra-index-url =\n    https://i.b.test/s\n"
	  "    https://i.c.test/s https://i.d.test\ntimeout = 9\n    https://no.test\n",
	  "i.a.test i.b.test i.c.test i.d.test" },
	{ "awsconfig",
	  "[default]\naws_secret_access_key = " CANARY "\nendpoint_url = https://s3.a.test:9000\ns3 =\n"
	  "  endpoint_url = http://localhost:4566\n",
	  "s3.a.test:9000 localhost:4566" },
	{ "githosts", "github.a.test:\n    oauth_token: " CANARY "\n    user: x\n\"ghe.b.test\":\n    oauth_token: " CANARY "\n",
	  "github.a.test ghe.b.test" },
	{ "terraformrc", "{\"credentials\": {\"tf.a.test\": {\"token\": \"" CANARY "\"}}}", "tf.a.test" },
	{ "cargo",
	  "[registries]\nmine = { index = \"sparse+https://c.a.test/index/\", token = \"" CANARY "\" }\n"
	  "[registries.other]\nindex = \"https://c.b.test/git\"\ntoken = \"" CANARY "\"\n",
	  "c.a.test c.b.test" },
	{ "known-hosts",
	  "h.a.test,192.0.2.1 ssh-ed25519 AAAA\n[h.b.test]:2222 ssh-rsa AAAA\n|1|abc=|def= ssh-rsa AAAA\n"
	  "@revoked no.test ssh-rsa AAAA\n@cert-authority ca.c.test,*.wild.test ssh-rsa AAAA\n# no2.test x\n"
	  "2001:db8::2 ssh-rsa AAAA\n",
	  "h.a.test:22 192.0.2.1:22 h.b.test:2222 ca.c.test:22 [2001:db8::2]:22" },
	{ "ssh-config",
	  "Host a\n  HostName s.a.test\n  Port 2200\nHost *\n  Port 7\nHost b\n\tport=2201\n\thostname = \"s.b.test\"\n"
	  "Match all\nHostName %h.no.test\nHost c\nHostName s.c.test\n",
	  "s.a.test:2200 s.b.test:2201 s.c.test:22" },
	{ "rclone",
	  "[r]\ntype = sftp\nhost = r.a.test\npass = " CANARY "\n[s]\nendpoint = s3.b.test\n[w]\nurl = https://w.c.test/dav\n",
	  "r.a.test s3.b.test w.c.test" },
	{ "pgpass",
	  "pg.a.test:5432:db:u:" CANARY "\n*:*:*:*:" CANARY "\npg.b.test:*:*:u:" CANARY "\n2001\\:db8\\:\\:3:5433:d:u:" CANARY
	  "\n#pg.no.test:1:d:u:p\n/var/run:5432:d:u:" CANARY "\nlocalhost:5432:d:u:p\n",
	  "pg.a.test:5432 pg.b.test [2001:db8::3]:5433 localhost:5432" },
	{ "mycnf", "[client]\nhost=my.a.test\nuser=x\npassword=\"" CANARY "\"\nhostname=no.test\n", "my.a.test" },
	{ "maven",
	  "<settings><servers><password>" CANARY "</password></servers><mirror><url>https://m.a.test/r</url></mirror>\n"
	  "<url>\n</url><url> https://m.b.test </url><urls>https://no.test</urls></settings>",
	  "m.a.test m.b.test" },
};

static void assert_hosts(const char *kind, const char *text, size_t len, const char *expected)
{
	_cleanup_str_list_ struct str_list list = { 0 };
	_cleanup_buf_ struct buf b = { 0 };
	size_t i;

	buf_init(&b, 0);
	assert_int_equal(homes_parse(kind, text, len, &list), 0);
	for (i = 0; i < list.n; i++)
		buf_addf(&b, "%s%s", i ? " " : "", list.items[i]);
	assert_string_equal(buf_str(&b), expected);
}

static void reads_every_kind(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(samples); i++)
		assert_hosts(samples[i].kind, samples[i].text, strlen(samples[i].text), samples[i].hosts);
}

static void every_kind_has_a_sample(void **state)
{
	const char *name, *about;
	size_t i, k;

	(void)state;
	for (i = 0; (name = homes_parser(i, &about)); i++) {
		assert_true(homes_known(name) && about[0]);
		for (k = 0; k < ARRAY_SIZE(samples) && !streq(samples[k].kind, name); k++)
			;
		if (k == ARRAY_SIZE(samples))
			fail_msg("%s has no sample", name);
	}
	assert_false(homes_known("nothing"));
}

/* A home must never be wider than what the file says. */
static void refuses_what_is_no_host(void **state)
{
	static const char *const bad[] = {
		"com",       "*",           "*.a.test",  ".test",     "a..test", "a.test:0",  "a.test:65536", "a.test:x", "1.2.3",
		"1.2.3.256", "0x7f.0.0.1.", "fe80::1%0", "[a.test",   "a b.test", "a.test:",  "$HOST.test",   "", "\xc3\xa4.test",
		"256.1",     "[::1]x",      "-",         "a.test\\x", "u:s@a.test/x@b.test", "u.test:12/x@b.test",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "[client]\nhost=https://%s\n", bad[i]);
		if (!strchr(bad[i], ' '))
			assert_hosts("mycnf", text, strlen(text), "");
	}
}

static void unknown_kind_is_an_error(void **state)
{
	struct str_list list = { 0 };

	(void)state;
	assert_int_equal(homes_parse("nothing", "x", 1, &list), -ENOENT);
	assert_null(list.items);
}

static void is_bounded(void **state)
{
	_cleanup_str_list_ struct str_list list = { 0 };
	_cleanup_buf_ struct buf b = { 0 };
	unsigned i;

	(void)state;
	buf_init(&b, 0);
	for (i = 0; i < HOMES_MAX + 100; i++)
		buf_addf(&b, "host=h%u.test\nhost=h%u.test\n", i, i);
	assert_int_equal(homes_parse("mycnf", b.data, b.len, &list), 0);
	assert_int_equal(list.n, HOMES_MAX);
	str_list_done(&list);
	buf_clear(&b);
	buf_adds(&b, "host = first.test\n");
	while (b.len < HOMES_TEXT_MAX - 10)
		buf_adds(&b, "#\n");
	buf_adds(&b, "host = evil.test.good.test\n");
	assert_int_equal(homes_parse("mycnf", b.data, b.len, &list), 0);
	assert_int_equal(list.n, 1); /* not half of the line that crosses the limit */
}

static void assert_plain(const struct str_list *list)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.:[]";
	size_t i;

	assert_true(list->n <= HOMES_MAX);
	for (i = 0; i < list->n; i++) {
		assert_int_equal(strspn(list->items[i], plain), strlen(list->items[i]));
		assert_true(list->items[i][0] && !strstr(list->items[i], ".."));
	}
}

/* Bytes replaced, cut and repeated at random with a fixed seed. The text is in memory of exactly its size, so that a
 * sanitizer sees every step beyond it. */
static void survives_mutations(void **state)
{
	static const char bytes[] = "\n\"\\:=/@{}[]<> \t,#|*.\0\xff";
	unsigned seed = 7, round;
	size_t i, k, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		for (round = 0; round < 2000; round++) {
			_cleanup_str_list_ struct str_list list = { 0 };
			_cleanup_free_ char *text = NULL;

			len = (size_t)rand_r(&seed) % strlen(samples[i].text) + 1;
			text = malloc(len);
			assert_non_null(text);
			memcpy(text, samples[i].text, len);
			for (k = 0; k < round % 6; k++)
				text[(size_t)rand_r(&seed) % len] = bytes[(size_t)rand_r(&seed) % (sizeof(bytes) - 1)];
			assert_int_equal(homes_parse(samples[i].kind, text, len, &list), 0);
			assert_plain(&list);
		}
	}
}

/* Entries made by ssh-keygen -H. */
static void knows_hashed_hosts(void **state)
{
	static const char text[] = "|1|ejqf+jpdez7iZW7ZLjQY73MjKew=|B9WH+eikAqT5+KeM0BPRzr+Pr9E= ssh-ed25519 AAAA\n"
				   "|1|6hyxIeCzmu3WDrPF8hbZxmeUQnA=|DKTKCJmhh5hH9nYnB0SMzZFTNsU= ssh-ed25519 AAAA\n"
				   "|1|6hyxIeCzmu3WDrPF8hbZxmeUQnA=|short= ssh-ed25519 AAAA\n";
	_cleanup_str_list_ struct str_list list = { 0 };

	(void)state;
	assert_int_equal(homes_parse("known-hosts", text, sizeof(text) - 1, &list), 0);
	assert_int_equal(list.n, 2);
	assert_true(hashed_means(list.items[0], "git.test", 22));
	assert_false(hashed_means(list.items[0], "git.test", 2222));
	assert_false(hashed_means(list.items[0], "evil.test", 22));
	assert_true(hashed_means(list.items[1], "git.test", 2222));
	assert_false(hashed_means(list.items[1], "git.test", 22));
	assert_false(hashed_means("|1|*qf+jpdez7iZW7ZLjQY73MjKew=|B9WH+eikAqT5+KeM0BPRzr+Pr9E=", "git.test", 22));
}

static void lists_homes_of_people(void **state)
{
	static const char text[] = "root:x:0:0::/usr:/bin/bash\nd:x:2:2::/usr/bin:/bin/sh\nu:x:1000:1000::/usr/lib/:/bin/zsh\n"
				   "twin:x:1001:1::/usr/lib:\ngone:x:1002:1::/nonexistent:/bin/sh\nsvc:x:1003:1::/usr/bin:"
				   "/usr/sbin/nologin\nall:x:1004:1::/:/bin/sh\nnobody:x:65534:1::/usr/bin:/bin/sh\n";
	_cleanup_str_list_ struct str_list list = { 0 };
	char path[] = "/tmp/egret-passwd-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(users_homes(path, &list), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0], "/usr");
	assert_string_equal(list.items[1], "/usr/lib");
	assert_null(list.items[2]);
	assert_int_equal(users_homes(path, &list), -ENOENT);
}

static void names_users(void **state)
{
	struct users *u = users_new();

	(void)state;
	assert_non_null(u);
	assert_string_equal(users_name(u, 0, 1), "root");
	assert_string_equal(users_name(u, 256, 1), "256"); /* same slot, nobody's uid */
	assert_string_equal(users_name(u, 0, 2), "root");
	users_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind),
		cmocka_unit_test(every_kind_has_a_sample),
		cmocka_unit_test(refuses_what_is_no_host),
		cmocka_unit_test(unknown_kind_is_an_error),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(survives_mutations),
		cmocka_unit_test(knows_hashed_hosts),
		cmocka_unit_test(lists_homes_of_people),
		cmocka_unit_test(names_users),
	};

	return cmocka_run_group_tests_name("homes", tests, NULL, NULL);
}
