/* SPDX-License-Identifier: Apache-2.0 */
#include "str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* RFC 3629, 4: well-formed sequences by lead byte. */
size_t utf8_next(const char *str, size_t len, uint32_t *ret_cp)
{
	const unsigned char *s = (const unsigned char *)str;
	uint32_t cp, min;
	size_t n, i;

	if (!len)
		return 0;
	if (s[0] < 0x80) {
		*ret_cp = s[0];
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		n = 2, cp = s[0] & 0x1f, min = 0x80;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3, cp = s[0] & 0x0f, min = 0x800;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		n = 4, cp = s[0] & 0x07, min = 0x10000;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if (cp < min || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return n;
}

bool utf8_valid(const char *s, size_t len, size_t *ret_at)
{
	size_t i = 0, n;
	uint32_t cp;

	for (; i < len; i += n) {
		n = utf8_next(s + i, len - i, &cp);
		if (!n) {
			if (ret_at)
				*ret_at = i;
			return false;
		}
	}
	return true;
}

/* Characters that move or hide text: bidi controls (UAX #9), zero width, line and paragraph separators, BOM, tags. */
static bool hides(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	       cp == 0xad || (cp >= 0xe0000 && cp <= 0xe007f) || (cp >= 0xfff9 && cp <= 0xfffb);
}

void str_escape(struct buf *out, const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		uint32_t cp = 0;
		size_t n = utf8_next(s + i, len - i, &cp);

		if (!n)
			buf_addf(out, "\\x%02x", (unsigned char)s[i]);
		else if (cp == '\\')
			buf_adds(out, "\\\\");
		else if (hides(cp))
			buf_addf(out, cp < 0x100 ? "\\x%02x" : "\\u{%x}", cp);
		else
			buf_add(out, s + i, n);
		i += n ? n : 1;
	}
}

/* The first `keep` bytes or a little less: a character is never cut in two. */
static size_t whole_characters(const char *s, size_t keep)
{
	while (keep && ((unsigned char)s[keep] & 0xc0) == 0x80)
		keep--;
	return keep;
}

const char *str_escape_to(char *dst, size_t size, const char *s)
{
	_cleanup_buf_ struct buf b = { 0 };
	size_t keep = size > 4 ? size - 4 : 0;

	buf_init(&b, 0);
	if (s)
		str_escape(&b, s, strlen(s));
	else
		buf_addc(&b, '-');
	if (b.len < size)
		memcpy(dst, buf_str(&b), b.len + 1);
	else
		(void)snprintf(dst, size, "%.*s...", (int)whole_characters(buf_str(&b), keep), buf_str(&b));
	return dst;
}

int str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return -ERANGE;
	}
	if (v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int str_to_ms(const char *s, uint64_t *ret_ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { "", 1000 } };
	char digits[21];
	size_t n = strspn(s, "0123456789"), i;
	uint64_t v, ms;
	int r;

	if (n == 0 || n >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, s, n);
	digits[n] = 0;
	r = str_to_u64(digits, 0, UINT64_MAX, &v);
	if (r < 0)
		return r;
	for (i = 0; i < ARRAY_SIZE(units) && !streq(s + n, units[i].unit); i++)
		;
	if (i == ARRAY_SIZE(units))
		return -EINVAL;
	if (__builtin_mul_overflow(v, units[i].ms, &ms))
		return -ERANGE;
	*ret_ms = ms;
	return 0;
}

int file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_close_ int fd = -1;
	_cleanup_buf_ struct buf b = { 0 };
	char chunk[4096];
	size_t len;
	ssize_t n;
	char *p;

	buf_init(&b, max);
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* stops at the limit: some files have no end */
	while (!buf_error(&b) && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf_add(&b, chunk, (size_t)n);
	}
	if (buf_error(&b))
		return buf_error(&b) == -ENOBUFS ? -EFBIG : buf_error(&b);
	len = b.len;
	p = buf_take(&b);
	if (!p)
		return -ENOMEM;
	*ret = p;
	if (ret_len)
		*ret_len = len;
	return 0;
}

static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int file_write(const char *path, const void *data, size_t len, unsigned mode)
{
	_cleanup_free_ char *tmp = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0) {
		tmp = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_all(fd, data, len);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(tmp);
	return r;
}

int mkdir_p(const char *path, unsigned mode)
{
	_cleanup_free_ char *p = strdup(path);
	char *s;

	if (!p)
		return -ENOMEM;
	if (!*p)
		return -ENOENT;
	for (s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = 0;
		if (mkdir(p, mode) < 0 && errno != EEXIST)
			return -errno;
		*s = '/';
	}
	return mkdir(p, mode) < 0 && errno != EEXIST ? -errno : 0;
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t now_boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

uint64_t now_wall_ms(void)
{
	return clock_ns(CLOCK_REALTIME) / 1000000;
}
