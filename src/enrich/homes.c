/* SPDX-License-Identifier: Apache-2.0 */
#include "homes.h"

#include <errno.h>
#include <string.h>
#include "hashed.h"
#include "homes_kinds.h"
#include "host.h"

/* One row per kind of file; the catalogue's `homes_from` names them. */
static const struct home_kind kinds[] = {
	{ "netrc", "machine names of a .netrc", home_read_netrc, { NULL } },
	{ "npmrc", "registries of an .npmrc", home_read_npmrc, { NULL } },
	{ "yarnrc", "registries of a .yarnrc.yml", home_read_yarnrc, { "npmRegistryServer", "npmPublishRegistry" } },
	{ "kubeconfig", "cluster servers of a kubeconfig", home_read_keys, { "server" } },
	{ "docker", "registries a docker config.json has logins for", home_read_json, { "auths", "credHelpers" } },
	{ "helm", "repository URLs of a helm repositories.yaml", home_read_keys, { "url" } },
	{ "gitcred", "hosts of a .git-credentials", home_read_urls, { NULL } },
	{ "githosts", "hosts of a gh, glab or tea configuration", home_read_forges, { "url" } },
	{ "pypirc", "repositories of a .pypirc", home_read_keys, { "repository" } },
	{ "pipconf", "index URLs of a pip.conf", home_read_pip,
	  { "index-url", "extra-index-url", "index_url", "extra_index_url", "index" } },
	{ "cargo", "registries of a cargo config.toml", home_read_keys, { "index", "registry" } },
	{ "bundle", "gem servers of a .bundle/config or .gem/credentials", home_read_bundle, { NULL } },
	{ "nuget", "package sources of a NuGet.Config", home_read_nuget, { NULL } },
	{ "composer", "hosts of a composer auth.json", home_read_json,
	  { "http-basic", "bearer", "github-oauth", "gitlab-oauth", "gitlab-token", "bitbucket-oauth" } },
	{ "maven", "repository URLs of a Maven settings.xml", home_read_xml, { "url" } },
	{ "awsconfig", "endpoint_url of an AWS config", home_read_keys, { "endpoint_url" } },
	{ "terraformrc", "hosts of a .terraformrc or credentials.tfrc.json", home_read_terraform, { "credentials" } },
	{ "known-hosts", "hosts of an ssh known_hosts, those not hashed", home_read_known_hosts, { NULL } },
	{ "ssh-config", "HostName lines of an ssh config", home_read_ssh_config, { NULL } },
	{ "rclone", "hosts and endpoints of an rclone.conf", home_read_keys, { "host", "endpoint", "url" } },
	{ "s3cfg", "endpoints of an .s3cfg, .boto or mc configuration", home_read_keys,
	  { "host_base", "s3_host", "gs_host", "url" } },
	{ "pgpass", "servers of a .pgpass", home_read_pgpass, { NULL } },
	{ "mycnf", "hosts of a .my.cnf", home_read_keys, { "host" } },
	{ "dotenv", "hosts of URLs with a password in a .env", home_read_dotenv, { NULL } },
};

/* Other words for the same, so that a catalogue may say what people know the file by. */
static const struct {
	const char *alias, *name;
} aliases[] = {
	{ "git-credentials", "gitcred" }, { "gh", "githosts" },           { "pip.conf", "pipconf" },
	{ "m2", "maven" },                { "aws", "awsconfig" },         { "terraform", "terraformrc" },
	{ "ssh", "known-hosts" },         { "known_hosts", "known-hosts" }, { "ssh_config", "ssh-config" },
	{ "my.cnf", "mycnf" },
};

static const struct home_kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (streq(aliases[i].alias, name))
			name = aliases[i].name;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (streq(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *homes_parser(size_t i, const char **ret_about)
{
	if (i >= ARRAY_SIZE(kinds))
		return NULL;
	if (ret_about)
		*ret_about = kinds[i].about;
	return kinds[i].name;
}

bool homes_known(const char *parser)
{
	return find_kind(parser);
}

static void keep(struct home_sink *sink, const char *host)
{
	if (sink->error || sink->list.n == HOMES_MAX || str_list_has(&sink->list, host))
		return;
	sink->error = str_list_add(&sink->list, host, strlen(host));
}

void home_url(struct home_sink *sink, struct slice url)
{
	char host[HOST_TEXT_MAX];

	if (host_from_url(url.s, url.len, host) == 0)
		keep(sink, host);
}

void home_host(struct home_sink *sink, struct slice text, uint16_t port)
{
	char host[HOST_TEXT_MAX];

	if (host_from_text(text.s, text.len, port, host) == 0)
		keep(sink, host);
}

void home_hashed(struct home_sink *sink, struct slice entry)
{
	char text[HASHED_TEXT_MAX];

	if (!hashed_is(entry.s, entry.len))
		return;
	(void)snprintf(text, sizeof(text), "%.*s", (int)entry.len, entry.s);
	keep(sink, text);
}

/* Half a line could name half a host. */
static size_t whole_lines(const char *text, size_t len)
{
	const char *nl;

	if (len <= HOMES_TEXT_MAX)
		return len;
	nl = memrchr(text, '\n', HOMES_TEXT_MAX);
	return nl ? (size_t)(nl - text) : 0;
}

int homes_parse(const char *parser, const char *text, size_t len, struct str_list *ret)
{
	const struct home_kind *kind = find_kind(parser);
	struct home_sink sink = { .error = 0 };

	if (!kind)
		return -ENOENT;
	kind->read(kind, (struct slice){ text, whole_lines(text, len) }, &sink);
	if (sink.error) {
		str_list_done(&sink.list);
		return sink.error;
	}
	*ret = sink.list;
	return 0;
}
