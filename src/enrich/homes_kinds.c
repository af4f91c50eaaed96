/* SPDX-License-Identifier: Apache-2.0 */
#include "homes_kinds.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* --- slices ------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct slice drop(struct slice s, size_t n)
{
	return (struct slice){ s.s + n, s.len - n };
}

static struct slice trim(struct slice s)
{
	while (s.len && is_blank(s.s[0]))
		s = drop(s, 1);
	while (s.len && is_blank(s.s[s.len - 1]))
		s.len--;
	return s;
}

/* Without a comma at the end and one pair of quotes. */
static struct slice unquote(struct slice s)
{
	s = trim(s);
	if (s.len && s.s[s.len - 1] == ',')
		s.len--;
	if (s.len >= 2 && (s.s[0] == '"' || s.s[0] == '\'') && s.s[s.len - 1] == s.s[0])
		return (struct slice){ s.s + 1, s.len - 2 };
	return s;
}

static bool is_text(struct slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.s, text, s.len) == 0;
}

static bool is_text_any_case(struct slice s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.s, text, s.len) == 0;
}

static bool contains(struct slice s, const char *text)
{
	return memmem(s.s, s.len, text, strlen(text));
}

/* What comes before the first of `stops`; *rest goes behind it (empty if there is none). */
static struct slice cut(struct slice *rest, const char *stops)
{
	struct slice head = { rest->s, 0 };

	while (head.len < rest->len && (!rest->s[head.len] || !strchr(stops, rest->s[head.len])))
		head.len++;
	*rest = drop(*rest, head.len < rest->len ? head.len + 1 : head.len);
	return head;
}

static bool next_line(struct slice *text, struct slice *line)
{
	if (!text->len)
		return false;
	*line = cut(text, "\n");
	return true;
}

static bool next_word(struct slice *line, struct slice *word)
{
	*line = trim(*line);
	if (!line->len)
		return false;
	*word = cut(line, " \t\r\v\f");
	return true;
}

static bool is_comment(struct slice line)
{
	return line.len && (line.s[0] == '#' || line.s[0] == ';');
}

static bool wanted(const struct home_kind *kind, struct slice key)
{
	size_t i;

	for (i = 0; i < sizeof(kind->keys) / sizeof(kind->keys[0]) && kind->keys[i]; i++)
		if (is_text(key, kind->keys[i]))
			return true;
	return false;
}

/* --- key = value -------------------------------------------------------------------------------------- */

/* "key = value", "key: value", "- key: value", '"key": "value",' */
static bool split_pair(struct slice line, struct slice *key, struct slice *value)
{
	line = trim(line);
	if (line.len > 1 && line.s[0] == '-' && is_blank(line.s[1]))
		line = trim(drop(line, 1));
	if (!line.len || is_comment(line))
		return false;
	*key = unquote(cut(&line, "=:"));
	*value = trim(line);
	return key->len > 0;
}

static void take_words(struct slice value, struct home_sink *sink)
{
	struct slice word;

	while (next_word(&value, &word) && !is_comment(word))
		home_url(sink, unquote(word));
}

static void take_pair(const struct home_kind *kind, struct slice line, struct home_sink *sink)
{
	struct slice key, value, word;

	if (split_pair(line, &key, &value) && wanted(kind, key) && next_word(&value, &word))
		home_url(sink, unquote(word));
}

/* TOML writes tables in one line, too: name = { index = "..." } */
static void take_inline_table(const struct home_kind *kind, struct slice line, struct home_sink *sink)
{
	struct slice pair;

	(void)cut(&line, "{");
	line = cut(&line, "}");
	while (line.len) {
		pair = cut(&line, ",");
		take_pair(kind, pair, sink);
	}
}

void home_read_keys(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line, key, value;

	while (next_line(&text, &line)) {
		if (!split_pair(line, &key, &value))
			continue;
		if (value.len && value.s[0] == '{')
			take_inline_table(kind, line, sink);
		else
			take_pair(kind, line, sink);
	}
}

/* An indented line goes on with the value of the key above (configparser), and a value may hold several URLs. */
void home_read_pip(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line, key, value;
	bool open = false;

	while (next_line(&text, &line)) {
		if (line.len && is_blank(line.s[0])) {
			if (open)
				take_words(line, sink);
			continue;
		}
		open = split_pair(line, &key, &value) && wanted(kind, key);
		if (open)
			take_words(value, sink);
	}
}

/* --- JSON --------------------------------------------------------------------------------------------- */

/* The string that starts at text->s[0] == '"'; text goes behind it. Escapes stay: no host has any, but for "\/". */
static struct slice json_string(struct slice *text)
{
	struct slice s = { text->s + 1, 0 };

	while (s.len + 1 < text->len && s.s[s.len] != '"')
		s.len += s.s[s.len] == '\\' && s.len + 2 < text->len ? 2 : 1;
	*text = drop(*text, s.len + 2 <= text->len ? s.len + 2 : text->len);
	return s;
}

static bool is_key(struct slice rest)
{
	while (rest.len && (is_blank(rest.s[0]) || rest.s[0] == '\n'))
		rest = drop(rest, 1);
	return rest.len && rest.s[0] == ':';
}

/* "https:\/\/host\/" as PHP writes it. */
static void take_json_url(struct slice s, struct home_sink *sink)
{
	char plain[512];
	size_t i, n = 0;

	for (i = 0; i < s.len && n < sizeof(plain); i++)
		if (s.s[i] != '\\' || i + 1 == s.len || s.s[i + 1] != '/')
			plain[n++] = s.s[i];
	if (i == s.len)
		home_url(sink, (struct slice){ plain, n });
}

/* Keys of the objects that are the values of wanted keys at the top: {"auths": {"HOST": {...}}}. Values are never looked
 * at, so no secret can come out whatever the nesting. */
void home_read_json(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	unsigned depth = 0;
	bool inside = false;

	while (text.len) {
		struct slice s;

		if (text.s[0] != '"') {
			if (text.s[0] == '{' || text.s[0] == '[')
				depth++;
			else if ((text.s[0] == '}' || text.s[0] == ']') && depth)
				depth--;
			text = drop(text, 1);
			continue;
		}
		s = json_string(&text);
		if (!is_key(text))
			continue;
		if (depth == 1)
			inside = wanted(kind, s);
		else if (depth == 2 && inside)
			take_json_url(s, sink);
	}
}

/* --- other shapes ------------------------------------------------------------------------------------- */

/* git-credential-store(1): "https://user:SECRET@host/path" per line. Git encodes every '@' of a secret, but a person might
 * not: only what follows the last one is looked at. */
void home_read_urls(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line;

	(void)kind;
	while (next_line(&text, &line)) {
		const char *at = memrchr(line.s, '@', line.len);

		if (at && contains(line, "://"))
			home_url(sink, trim(drop(line, (size_t)(at - line.s) + 1)));
	}
}

/* The name of a YAML mapping line ("name:", nothing behind it); empty if the line is not one. */
static struct slice yaml_name(struct slice line)
{
	line = trim(line);
	if (!line.len || is_comment(line) || line.s[line.len - 1] != ':')
		return (struct slice){ line.s, 0 };
	return unquote((struct slice){ line.s, line.len - 1 });
}

/* gh: hosts at the margin; glab: hosts one level below "hosts:"; tea: "url:" of each login. */
void home_read_forges(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	size_t indent, level = 0; /* of the hosts below "hosts:"; 0 = not seen yet */
	bool hosts = false;
	struct slice line;

	while (next_line(&text, &line)) {
		for (indent = 0; indent < line.len && is_blank(line.s[indent]); indent++)
			;
		if (indent == line.len)
			continue;
		if (indent == 0) {
			hosts = is_text(yaml_name(line), "hosts");
			level = 0;
		} else if (hosts && level == 0) {
			level = indent;
		}
		if (indent == 0 || (hosts && indent == level))
			home_host(sink, yaml_name(line), 0);
		take_pair(kind, line, sink);
	}
}

void home_read_xml(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	size_t key_len = strlen(kind->keys[0]);
	struct slice tag;

	while (text.len) {
		(void)cut(&text, "<");
		tag = text;
		if (text.len > key_len && memcmp(text.s, kind->keys[0], key_len) == 0 && text.s[key_len] == '>') {
			tag = drop(text, key_len + 1);
			home_url(sink, trim(cut(&tag, "<\n")));
		}
	}
}

/* <packageSources><add key="NAME" value="URL" />; the other sections hold the passwords. */
void home_read_nuget(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	static const char open[] = "<packageSources>", value[] = "value=\"";
	const char *at = memmem(text.s, text.len, open, sizeof(open) - 1);
	struct slice rest, url;

	(void)kind;
	rest = at ? drop(text, (size_t)(at - text.s) + sizeof(open) - 1) : drop(text, text.len);
	at = memmem(rest.s, rest.len, "</packageSources>", 17);
	if (at)
		rest.len = (size_t)(at - rest.s);
	while ((at = memmem(rest.s, rest.len, value, sizeof(value) - 1))) {
		rest = drop(rest, (size_t)(at - rest.s) + sizeof(value) - 1);
		url = cut(&rest, "\"\n");
		if (contains(url, "://"))
			home_url(sink, url);
	}
}

/* "BUNDLE_GEMS__MY___CO__TEST" is gems.my-co.test (bundle-config(1)). */
static void take_bundle_key(struct slice key, struct home_sink *sink)
{
	char host[256];
	size_t n = 0, i = 0;

	while (i < key.len && n < sizeof(host)) {
		size_t line = 0;

		while (i + line < key.len && line < 3 && key.s[i + line] == '_')
			line++;
		host[n++] = line == 3 ? '-' : line == 2 ? '.' : key.s[i];
		i += line ? line : 1;
	}
	if (i == key.len)
		home_host(sink, (struct slice){ host, n }, 0);
}

/* Settings of one gem or one mirror are keys of the same shape, but no hosts. */
void home_read_bundle(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	static const char bundle[] = "BUNDLE_";
	struct slice line, key;

	(void)kind;
	while (next_line(&text, &line)) {
		line = trim(line);
		if (line.len > 4 && memcmp(line.s, "http", 4) == 0) {
			key = cut(&line, " \t"); /* .gem/credentials: "https://HOST: SECRET" */
			if (key.s[key.len - 1] == ':')
				home_url(sink, (struct slice){ key.s, key.len - 1 });
			continue;
		}
		key = cut(&line, ":");
		if (key.len <= sizeof(bundle) || memcmp(key.s, bundle, sizeof(bundle) - 1) != 0)
			continue;
		key = drop(key, sizeof(bundle) - 1);
		if (contains(key, "__") && !contains(key, "BUILD__") && !contains(key, "LOCAL__") &&
		    !contains(key, "MIRROR__"))
			take_bundle_key(key, sink);
	}
}

/* "DATABASE_URL=postgres://user:SECRET@host/db": a URL that carries a password belongs to its host; any other URL of such
 * a file is only somewhere the program goes. */
void home_read_dotenv(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line, word, rest;

	(void)kind;
	while (next_line(&text, &line)) {
		line = trim(line);
		if (is_comment(line))
			continue;
		(void)cut(&line, "=");
		line = unquote(line);
		if (!next_word(&line, &word) || !contains(word, "://"))
			continue;
		rest = word;
		(void)cut(&rest, ":");
		rest = drop(rest, rest.len < 2 ? rest.len : 2);
		if (contains(cut(&rest, "/?#"), "@"))
			home_url(sink, word);
	}
}

/* "npmRegistryServer: URL" anywhere, and the "//host" names below npmRegistries. */
void home_read_yarnrc(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line, name;

	while (next_line(&text, &line)) {
		name = yaml_name(line);
		if (name.len > 2 && memcmp(name.s, "//", 2) == 0)
			home_url(sink, drop(name, 2));
		else
			take_pair(kind, line, sink);
	}
}

/* JSON like credentials.tfrc.json, or blocks: credentials "HOST" { token = "SECRET" } */
void home_read_terraform(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line, word;

	home_read_json(kind, text, sink);
	while (next_line(&text, &line)) {
		if (!next_word(&line, &word) || !wanted(kind, word) || !next_word(&line, &word))
			continue;
		if (word.len > 2 && word.s[0] == '"')
			home_host(sink, unquote(word), 0);
	}
}

/* netrc(5): "machine HOST login NAME password SECRET" over any number of lines; a macro ends with an empty line. A word
 * after a keyword is its value, even if it looks like a keyword. */
void home_read_netrc(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line, word;
	bool macro = false, value = false, machine = false;

	(void)kind;
	while (next_line(&text, &line)) {
		if (macro && trim(line).len)
			continue;
		macro = false;
		while (next_word(&line, &word)) {
			if (value) {
				if (machine)
					home_host(sink, unquote(word), 0);
				value = false;
				continue;
			}
			if (is_comment(word))
				break;
			machine = is_text(word, "machine");
			macro = is_text(word, "macdef");
			value = machine || macro || is_text(word, "login") || is_text(word, "password") ||
				is_text(word, "account") || is_text(word, "port");
		}
	}
}

/* "//HOST/path/:_authToken=SECRET", "registry=URL", "@scope:registry=URL" */
void home_read_npmrc(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	static const char scoped[] = ":registry";
	const size_t n = sizeof(scoped) - 1;
	struct slice line, key;

	(void)kind;
	while (next_line(&text, &line)) {
		line = trim(line);
		if (is_comment(line))
			continue;
		key = trim(cut(&line, "="));
		if (key.len > 2 && memcmp(key.s, "//", 2) == 0)
			home_url(sink, drop(key, 2));
		else if (is_text(key, "registry") ||
			 (key.len > n && key.s[0] == '@' && memcmp(key.s + key.len - n, scoped, n) == 0))
			home_url(sink, unquote(line));
	}
}

/* One field of a .pgpass line, with "\:" and "\\" undone; longer ones than any host are cut and so no host. */
static struct slice pgpass_field(struct slice *line, char *dst, size_t size)
{
	size_t n = 0;

	while (line->len && line->s[0] != ':') {
		if (line->s[0] == '\\' && line->len > 1)
			*line = drop(*line, 1);
		if (n < size)
			dst[n++] = line->s[0];
		*line = drop(*line, 1);
	}
	if (line->len)
		*line = drop(*line, 1);
	return (struct slice){ dst, n };
}

static uint16_t port_number(struct slice s)
{
	unsigned long v = 0;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return 0;
		v = v * 10 + (unsigned long)(s.s[i] - '0');
		if (v > UINT16_MAX)
			return 0;
	}
	return (uint16_t)v;
}

/* "host:port:database:user:SECRET" */
void home_read_pgpass(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	char host_text[300], port_text[8];
	struct slice line, host, port;

	(void)kind;
	while (next_line(&text, &line)) {
		if (is_comment(line))
			continue;
		host = pgpass_field(&line, host_text, sizeof(host_text));
		port = pgpass_field(&line, port_text, sizeof(port_text));
		if (line.len)
			home_host(sink, host, port_number(port));
	}
}

/* sshd(8), SSH_KNOWN_HOSTS: "[@marker] host,[host]:port,... type key". Hashed names start with '|'. */
void home_read_known_hosts(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct slice line, word, host;

	(void)kind;
	while (next_line(&text, &line)) {
		if (!next_word(&line, &word) || is_comment(word) || is_text(word, "@revoked"))
			continue;
		if (word.s[0] == '@' && !next_word(&line, &word))
			continue;
		home_hashed(sink, word);
		while (word.len) {
			host = cut(&word, ",");
			home_host(sink, host, 22);
		}
	}
}

struct ssh_block {
	struct slice host;
	uint16_t port;
};

static void end_block(struct ssh_block *b, struct home_sink *sink)
{
	if (b->host.len)
		home_host(sink, b->host, b->port ? b->port : 22);
	*b = (struct ssh_block){ { NULL, 0 }, 0 };
}

/* ssh_config(5): "Keyword value" or "Keyword=value"; the first value of a block counts. */
void home_read_ssh_config(const struct home_kind *kind, struct slice text, struct home_sink *sink)
{
	struct ssh_block block = { { NULL, 0 }, 0 };
	struct slice line, key, value;

	(void)kind;
	while (next_line(&text, &line)) {
		line = trim(line);
		if (!line.len || is_comment(line))
			continue;
		key = cut(&line, " \t=");
		value = trim(line);
		if (value.len && value.s[0] == '=')
			value = trim(drop(value, 1));
		value = unquote(value);
		if (is_text_any_case(key, "host") || is_text_any_case(key, "match"))
			end_block(&block, sink);
		else if (is_text_any_case(key, "hostname") && !block.host.len)
			block.host = value;
		else if (is_text_any_case(key, "port") && !block.port)
			block.port = port_number(value);
	}
	end_block(&block, sink);
}
