/* SPDX-License-Identifier: Apache-2.0 */
/* One receiver: its queue, and when to try again. */
#include <errno.h>
#include <string.h>

#include "inside.h"

#define BACKOFF_MAX_MS	   30000
#define RETRY_AFTER_MAX_S 60

static uint64_t *dropped(struct hook *h)
{
	return &h->ship->stats.dropped;
}

static int add_line(struct hook *h, const char *line)
{
	struct curl_slist *list = curl_slist_append(h->headers, line);

	if (!list)
		return -ENOMEM;
	h->headers = list;
	return 0;
}

static int add_header(struct hook *h, const char *name, const char *value)
{
	_cleanup_free_ char *line = NULL;

	/* a name with nothing behind its colon takes a header away; a semicolon instead sends it empty (CURLOPT_HTTPHEADER(3)) */
	if (asprintf(&line, *value ? "%s: %s" : "%s;", name, value) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	return add_line(h, line);
}

static void name_host(struct hook *h)
{
	char *host = NULL, *port = NULL;
	CURLU *u = curl_url();

	if (u && curl_url_set(u, CURLUPART_URL, h->said->url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		(void)snprintf(h->host, sizeof(h->host), "%s:%s", host, port);
	else
		(void)snprintf(h->host, sizeof(h->host), "?");
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
}

int hook_init(struct hook *h, struct ship *s, const struct ci_webhook *said)
{
	int r;

	*h = (struct hook){ .said = said, .ship = s };
	h->end = &h->waiting;
	name_host(h);
	r = add_header(h, "Content-Type", "application/json");
	if (r == 0)
		r = add_line(h, "Expect:"); /* no 100-continue: bodies are small */
	for (size_t i = 0; r == 0 && i < said->n_headers; i++)
		r = add_header(h, said->headers[i].name, said->headers[i].value);
	return r;
}

struct parcel *parcel_new(uint64_t id, const struct buf *body)
{
	struct parcel *p = malloc(sizeof(*p) + body->len);

	if (!p)
		return NULL;
	p->refs = 1;
	p->id = id;
	p->len = body->len;
	memcpy(p->text, body->data, body->len);
	return p;
}

void parcel_unref(struct parcel *p)
{
	if (--p->refs == 0)
		free(p);
}

static void forget(struct delivery *d)
{
	parcel_unref(d->parcel);
	d->hook->ship->stats.queued--;
	free(d);
}

static void enqueue(struct hook *h, struct delivery *d)
{
	d->next = NULL;
	*h->end = d;
	h->end = &d->next;
	h->n_waiting++;
}

/* Nobody will send it any more. */
static void give_up(struct hook *h, struct delivery **list)
{
	struct delivery *d;

	while ((d = *list)) {
		*list = d->next;
		if (d->easy)
			transfer_stop(h->ship, d);
		++*dropped(h);
		forget(d);
	}
}

void hook_done(struct hook *h)
{
	give_up(h, &h->flying);
	give_up(h, &h->waiting);
	curl_slist_free_all(h->headers);
	h->headers = NULL;
}

/* Logged at 1, 2, 4, 8 …: a receiver that is away must not fill the journal. */
static void complain(struct hook *h, const char *what)
{
	h->troubles++;
	if ((h->troubles & (h->troubles - 1)) == 0)
		log_warn("webhook at %s: %s (%llu in a row)", h->host, what, (unsigned long long)h->troubles);
}

void hook_add(struct hook *h, struct parcel *p, uint64_t now_us)
{
	struct delivery *d = NULL;

	if (h->n_waiting + h->n_flying < h->ship->limits.queue)
		d = calloc(1, sizeof(*d));
	if (!d) {
		if ((++*dropped(h) & (*dropped(h) - 1)) == 0)
			complain(h, "its queue is full, events are dropped");
		return;
	}
	d->hook = h;
	d->parcel = p;
	p->refs++;
	d->due_us = now_us;
	h->ship->stats.queued++;
	enqueue(h, d);
}

/* Takes the first that is due out of the queue. */
static struct delivery *take_due(struct hook *h, uint64_t now_us, uint64_t *next_us)
{
	struct delivery **at = &h->waiting, *d;

	while ((d = *at) && d->due_us > now_us) {
		*next_us = MIN(*next_us, d->due_us);
		at = &d->next;
	}
	if (!d)
		return NULL;
	*at = d->next;
	if (!d->next)
		h->end = at;
	h->n_waiting--;
	return d;
}

void hook_pump(struct hook *h, uint64_t now_us, uint64_t *next_us)
{
	struct delivery *d;

	while (h->n_flying < h->ship->limits.flying && (d = take_due(h, now_us, next_us))) {
		d->next = h->flying;
		h->flying = d;
		h->n_flying++;
		d->attempts++;
		d->answered = 0;
		if (transfer_start(h->ship, d) < 0)
			hook_result(d, 0, "out of memory", 0, now_us);
	}
}

static bool worth_a_retry(const struct delivery *d, long status)
{
	/* RFC 9110: 408, 425 and 429 say "later", as does every 5xx; other answers will not change */
	bool later = status == 0 || status >= 500 || status == 408 || status == 425 || status == 429;

	return later && d->attempts < d->hook->ship->limits.attempts;
}

static uint64_t backoff_us(const struct delivery *d, uint64_t retry_after_s)
{
	uint64_t ms = (uint64_t)d->hook->ship->limits.backoff_ms << MIN(d->attempts - 1, 10u);

	ms = MIN(ms, (uint64_t)BACKOFF_MAX_MS);
	return 1000 * MAX(ms, MIN(retry_after_s, (uint64_t)RETRY_AFTER_MAX_S) * 1000);
}

void hook_result(struct delivery *d, long status, const char *trouble, uint64_t retry_after_s, uint64_t now_us)
{
	struct hook *h = d->hook;
	struct ship_stats *stats = &h->ship->stats;
	struct delivery **at = &h->flying;
	char text[64];

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	h->n_flying--;
	if (status >= 200 && status < 300) {
		stats->sent++;
		h->troubles = 0;
		forget(d);
		return;
	}
	(void)snprintf(text, sizeof(text), "it answered %ld", status);
	complain(h, status ? text : trouble);
	if (worth_a_retry(d, status)) {
		stats->retried++;
		d->due_us = now_us + backoff_us(d, retry_after_s);
		enqueue(h, d);
		return;
	}
	stats->refused++;
	forget(d);
}
