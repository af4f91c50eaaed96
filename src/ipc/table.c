/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests exist and who may make them; and the bytes of requests and endings. */
#include "message.h"

#include <errno.h>
#include <string.h>

/* Reading files again loosens as much as an edited file allows, and a tainted program may have edited it. Untaint,
 * allow and stop loosen by their nature. Deny never does. */
static const struct ipc_row rows[] = {
	{ "status", IPC_STATUS, 0, 0, IPC_ANYONE, false, false, "mode, coverage, counts and losses" },
	{ "prompts", IPC_PROMPTS, 0, 0, IPC_OWNER, false, false, "open questions" },
	{ "watch-prompts", IPC_WATCH_PROMPTS, 0, 0, IPC_OWNER, false, true,
	  "open questions, again whenever they change" },
	{ "allow", IPC_ALLOW, 1, 3, IPC_OWNER, true, false, "answer a question: ID [scope=SCOPE] [for=DURATION]" },
	{ "deny", IPC_DENY, 1, 3, IPC_OWNER, false, false, "answer a question: ID [scope=SCOPE] [for=DURATION]" },
	{ "taint", IPC_TAINT, 0, 1, IPC_OWNER, false, false, "labelled processes and files, or those of one PID" },
	{ "untaint", IPC_UNTAINT, 1, 1, IPC_OWNER, true, false, "take the label from a PID" },
	{ "reload", IPC_RELOAD, 0, 0, IPC_OWNER, true, false, "read the files again" },
	{ "stop", IPC_STOP, 0, 0, IPC_OWNER, true, false, "end the guard and its protection" },
	{ "coverage", IPC_COVERAGE, 0, 0, IPC_ANYONE, false, false, "what this kernel lets the guard see" },
};
_Static_assert(ARRAY_SIZE(rows) == _IPC_MAX, "one row per request");

const struct ipc_row *ipc_row_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const struct ipc_row *ipc_row_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (streq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

const char *ipc_request_value(const struct ipc_request *req, const char *key)
{
	size_t len = strlen(key), i;

	for (i = 1; i < req->n_words; i++)
		if (strncmp(req->words[i], key, len) == 0 && req->words[i][len] == '=')
			return req->words[i] + len + 1;
	return NULL;
}

int ipc_words_encode(const char *const *words, struct buf *out)
{
	size_t n;

	for (n = 0; words[n]; n++) {
		if (n == IPC_WORDS_MAX || out->len + strlen(words[n]) + 1 > IPC_REQUEST_MAX)
			return -E2BIG;
		buf_add(out, words[n], strlen(words[n]) + 1);
	}
	return n ? buf_error(out) : -EINVAL;
}

int ipc_words_decode(const char *message, size_t len, const char *words[IPC_WORDS_MAX + 1], size_t *ret_n)
{
	size_t n = 0, at;

	if (!len || len > IPC_REQUEST_MAX || message[len - 1])
		return -EBADMSG;
	for (at = 0; at < len; at += strlen(message + at) + 1) {
		if (n == IPC_WORDS_MAX)
			return -EBADMSG;
		words[n++] = message + at;
	}
	words[n] = NULL;
	*ret_n = n;
	return 0;
}

void ipc_end_encode(uint32_t code, const char *sentence, struct buf *out)
{
	buf_addc(out, IPC_END);
	buf_add(out, &code, sizeof(code));
	buf_add(out, sentence, strnlen(sentence, IPC_SENTENCE_MAX - 1));
}

int ipc_end_decode(const char *message, size_t len, struct ipc_end *ret)
{
	size_t n;

	if (len < 1 + sizeof(uint32_t) || message[0] != IPC_END)
		return -EBADMSG;
	n = len - 1 - sizeof(uint32_t);
	if (n >= sizeof(ret->sentence) || memchr(message + len - n, 0, n))
		return -EBADMSG;
	memcpy(&ret->code, message + 1, sizeof(uint32_t));
	memcpy(ret->sentence, message + len - n, n);
	ret->sentence[n] = 0;
	return 0;
}
