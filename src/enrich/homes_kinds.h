/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The readers behind homes_parse (private to enrich/): one per shape of file. Each gets the whole text and gives hosts to
 * the sink, which checks, folds, counts and keeps them.
 */
#include <stdint.h>
#include "strlist.h"

/* A piece of the text; not NUL-terminated. */
struct slice {
	const char *s;
	size_t len;
};

struct home_sink {
	struct str_list list;
	int error; /* 0 or -ENOMEM; then nothing more is taken */
};
void home_url(struct home_sink *sink, struct slice url);
void home_hashed(struct home_sink *sink, struct slice entry); /* of known_hosts; see hashed.h */
void home_host(struct home_sink *sink, struct slice host, uint16_t port); /* port 0 = as in the text */

struct home_kind {
	const char *name, *about;
	void (*read)(const struct home_kind *kind, struct slice text, struct home_sink *sink);
	const char *keys[7]; /* whose values count, where the shape has keys */
};

void home_read_keys(const struct home_kind *kind, struct slice text, struct home_sink *sink);     /* key = URL, key: URL */
void home_read_pip(const struct home_kind *kind, struct slice text, struct home_sink *sink);      /* and indented lines */
void home_read_json(const struct home_kind *kind, struct slice text, struct home_sink *sink);     /* {"key": {"URL": */
void home_read_urls(const struct home_kind *kind, struct slice text, struct home_sink *sink);     /* a URL per line */
void home_read_xml(const struct home_kind *kind, struct slice text, struct home_sink *sink);      /* <key>URL</key> */
void home_read_forges(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_nuget(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_bundle(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_dotenv(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_yarnrc(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_terraform(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_netrc(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_npmrc(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_pgpass(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_known_hosts(const struct home_kind *kind, struct slice text, struct home_sink *sink);
void home_read_ssh_config(const struct home_kind *kind, struct slice text, struct home_sink *sink);
