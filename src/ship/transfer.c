/* SPDX-License-Identifier: Apache-2.0 */
/* curl's multi interface on the loop (libcurl-multi(3), "multi_socket"): curl says which sockets and when, we say what happened. */
#include <errno.h>
#include <sys/epoll.h>

#include "inside.h"

#define ANSWER_MAX 65536 /* bytes of an answer's body that are read before we hang up; they are thrown away */

static uint64_t now_us(struct ship *s)
{
	uint64_t now = 0;

	(void)sd_event_now(s->loop, CLOCK_MONOTONIC, &now);
	return now;
}

/* A body that is too long is not the transfer's failure: the status line has come. */
static bool answered(CURLcode code, long status)
{
	return code == CURLE_OK || (code == CURLE_WRITE_ERROR && status);
}

static void finish(struct ship *s, CURL *easy, CURLcode code)
{
	curl_off_t retry_after = 0;
	struct delivery *d = NULL;
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)(void *)&d);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
	transfer_stop(s, d);
	hook_result(d, answered(code, status) ? status : 0, curl_easy_strerror(code),
		    retry_after > 0 ? (uint64_t)retry_after : 0, now_us(s));
}

static void collect(struct ship *s)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(s->multi, &left)))
		if (m->msg == CURLMSG_DONE)
			finish(s, m->easy_handle, m->data.result);
	ship_wake(s);
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *user)
{
	int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		   (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0), running;
	struct ship *s = user;

	(void)source;
	(void)curl_multi_socket_action(s->multi, fd, what, &running);
	collect(s);
	return 0;
}

static int on_curl_timer(sd_event_source *source, uint64_t usec, void *user)
{
	struct ship *s = user;
	int running;

	(void)source;
	(void)usec;
	(void)curl_multi_socket_action(s->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(s);
	return 0;
}

/* curl wants to be told of events on a socket, or no longer. `known` is our source for it. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	sd_event_source *source = known;
	struct ship *s = user;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		(void)sd_event_source_disable_unref(source);
		(void)curl_multi_assign(s->multi, fd, NULL);
		return 0;
	}
	if (source)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(s->loop, &source, fd, events, on_socket, s) < 0)
		return -1;
	return curl_multi_assign(s->multi, fd, source) == CURLM_OK ? 0 : -1;
}

static int set_timer(CURLM *multi, long ms, void *user)
{
	struct ship *s = user;

	(void)multi;
	if (ms < 0)
		return sd_event_source_set_enabled(s->curl_timer, SD_EVENT_OFF) < 0 ? -1 : 0;
	if (sd_event_source_set_time_relative(s->curl_timer, (uint64_t)ms * 1000) < 0)
		return -1;
	return sd_event_source_set_enabled(s->curl_timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

int transfer_open(struct ship *s)
{
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(s->multi = curl_multi_init()))
		return -ENOMEM;
	r = sd_event_add_time_relative(s->loop, &s->curl_timer, CLOCK_MONOTONIC, 0, 1000, on_curl_timer, s);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->curl_timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	(void)curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	(void)curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	(void)curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	return 0;
}

void transfer_close(struct ship *s)
{
	if (s->multi)
		(void)curl_multi_cleanup(s->multi);
	(void)sd_event_source_disable_unref(s->curl_timer);
	s->multi = NULL;
	s->curl_timer = NULL;
	curl_global_cleanup();
}

static size_t throw_away(char *data, size_t size, size_t n, void *user)
{
	struct delivery *d = user;

	(void)data;
	d->answered += size * n;
	return d->answered > ANSWER_MAX ? 0 : size * n;
}

/* Certificates are verified by default; it is said again because it must not depend on a default. */
static void set_options(CURL *e, struct ship *s, struct delivery *d)
{
	(void)snprintf(d->id_line, sizeof(d->id_line), "X-Egret-Delivery: %llu", (unsigned long long)d->parcel->id);
	d->id = (struct curl_slist){ .data = d->id_line, .next = d->hook->headers };
	(void)curl_easy_setopt(e, CURLOPT_URL, d->hook->said->url);
	(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(e, CURLOPT_USERAGENT, "egret/" EGRET_VERSION);
	(void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, &d->id);
	(void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->parcel->len);
	(void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, (const char *)d->parcel->text);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)s->limits.timeout_ms);
	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)s->limits.timeout_ms);
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, throw_away);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, d);
	(void)curl_easy_setopt(e, CURLOPT_PRIVATE, d);
}

int transfer_start(struct ship *s, struct delivery *d)
{
	CURL *e = curl_easy_init();

	if (!e)
		return -ENOMEM;
	set_options(e, s, d);
	if (curl_multi_add_handle(s->multi, e) != CURLM_OK) {
		curl_easy_cleanup(e);
		return -ENOMEM;
	}
	d->easy = e;
	return 0;
}

void transfer_stop(struct ship *s, struct delivery *d)
{
	(void)curl_multi_remove_handle(s->multi, d->easy);
	curl_easy_cleanup(d->easy);
	d->easy = NULL;
}
