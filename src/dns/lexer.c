#include "dns/lexer.h"
#include "dns/name.h"
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Octets that may end a word. */
static const uint8_t ends_word[256] = {
	['\0'] = 1,
	['\t'] = 1,
	['\n'] = 1,
	['\r'] = 1,
	[' '] = 1,
	['"'] = 1,
	[';'] = 1,
	['('] = 1,
	[')'] = 1,
	['\\'] = 1,
};

static const uint8_t *find_plain(const uint8_t *pos, const uint8_t *end)
{
	while (pos < end && !ends_word[*pos])
		pos++;
	return pos;
}

#if defined(__x86_64__)
/* The classes of an octet's two halves meet in a bit exactly for the octets of ends_word:
 * 00 09 0a 0d | 20 22 28 29 | 3b | 5c, one bit for each upper half. */
#define LOW_HALVES  3, 0, 2, 0, 0, 0, 0, 0, 2, 3, 1, 4, 8, 1, 0, 0
#define HIGH_HALVES 1, 0, 2, 4, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

__attribute__((target("ssse3"))) static const uint8_t *find_sse(
	const uint8_t *pos, const uint8_t *end)
{
	const __m128i low = _mm_setr_epi8(LOW_HALVES), high = _mm_setr_epi8(HIGH_HALVES),
		      mask = _mm_set1_epi8(15);
	for (; end - pos >= 16; pos += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)pos);
		__m128i l = _mm_shuffle_epi8(low, _mm_and_si128(x, mask));
		__m128i h = _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi16(x, 4), mask));
		__m128i none = _mm_cmpeq_epi8(_mm_and_si128(l, h), _mm_setzero_si128());
		unsigned hits = ~(unsigned)_mm_movemask_epi8(none) & 0xffff;
		if (hits != 0)
			return pos + __builtin_ctz(hits);
	}
	return find_plain(pos, end);
}

__attribute__((target("avx2"))) static const uint8_t *find_avx2(
	const uint8_t *pos, const uint8_t *end)
{
	const __m256i low = _mm256_setr_epi8(LOW_HALVES, LOW_HALVES),
		      high = _mm256_setr_epi8(HIGH_HALVES, HIGH_HALVES);
	const __m256i mask = _mm256_set1_epi8(15);
	for (; end - pos >= 32; pos += 32) {
		__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)pos);
		__m256i l = _mm256_shuffle_epi8(low, _mm256_and_si256(x, mask));
		__m256i h =
			_mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(x, 4), mask));
		__m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(l, h), _mm256_setzero_si256());
		unsigned hits = ~(unsigned)_mm256_movemask_epi8(none);
		if (hits != 0)
			return pos + __builtin_ctz(hits);
	}
	return find_plain(pos, end);
}
#elif defined(__aarch64__)
static const uint8_t *find_neon(const uint8_t *pos, const uint8_t *end)
{
	static const uint8_t lows[16] = { 3, 0, 2, 0, 0, 0, 0, 0, 2, 3, 1, 4, 8, 1, 0, 0 };
	static const uint8_t highs[16] = { 1, 0, 2, 4, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	const uint8x16_t low = vld1q_u8(lows), high = vld1q_u8(highs);
	for (; end - pos >= 16; pos += 16) {
		uint8x16_t x = vld1q_u8(pos);
		uint8x16_t hit = vtstq_u8(vqtbl1q_u8(low, vandq_u8(x, vdupq_n_u8(15))),
			vqtbl1q_u8(high, vshrq_n_u8(x, 4)));
		uint64_t bits = vget_lane_u64(
			vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(hit), 4)), 0);
		if (bits != 0)
			return pos + __builtin_ctzll(bits) / 4;
	}
	return find_plain(pos, end);
}
#endif

static struct dns_lexer_path paths[] = {
#if defined(__x86_64__)
	{ "avx2", find_avx2, false },
	{ "ssse3", find_sse, false },
#elif defined(__aarch64__)
	{ "neon", find_neon, true },
#endif
	{ "plain", find_plain, true },
};
static dns_lexer_find find_long = find_plain;

__attribute__((constructor)) static void choose_path(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	paths[0].usable = __builtin_cpu_supports("avx2");
	paths[1].usable = __builtin_cpu_supports("ssse3");
#endif
	for (size_t i = ARRAY_LEN(paths); i-- > 0;) {
		if (paths[i].usable)
			find_long = paths[i].find;
	}
}

const struct dns_lexer_path *dns_lexer_paths(size_t *count)
{
	*count = ARRAY_LEN(paths);
	return paths;
}

/* Most words end within a few octets: the vector is for those that don't. */
static inline const uint8_t *find_end(const uint8_t *pos, const uint8_t *end)
{
	for (int i = 0; i < 8; i++, pos++) {
		if (pos == end || ends_word[*pos])
			return pos;
	}
	return find_long(pos, end);
}

static void fail(struct dns_lexer *lexer, struct dns_token *ret, const char *why)
{
	lexer->error = why;
	ret->kind = DNS_TOKEN_ERROR;
	ret->text.len = 0;
}

static COLD void quoted(struct dns_lexer *lexer, struct dns_token *ret)
{
	const uint8_t *begin = ++lexer->pos, *pos = begin;
	for (; pos < lexer->end && *pos != '"'; pos++) {
		if (*pos == '\n')
			break;
		if (*pos == '\\') {
			ret->escaped = true;
			if (pos + 1 < lexer->end && pos[1] != '\n')
				pos++;
		}
	}
	if (pos >= lexer->end || *pos == '\n') { /* what stands behind the quote isn't syntax */
		lexer->pos = pos;
		fail(lexer, ret, "unbalanced quotes");
		return;
	}
	ret->kind = DNS_TOKEN_QUOTED;
	ret->text = (struct span){ begin, (size_t)(pos - begin) };
	lexer->pos = pos + 1;
}

/* A word in which a backslash or an odd octet stands at `pos`. */
static COLD const uint8_t *odd_word(
	struct dns_lexer *lexer, const uint8_t *pos, struct dns_token *ret)
{
	while (pos < lexer->end) {
		if (*pos == '\\') {
			ret->escaped = true;
			pos++;
			if (pos < lexer->end && *pos != '\n')
				pos++;
		} else if (*pos == '\0' ||
			   (*pos == '\r' && pos + 1 < lexer->end && pos[1] != '\n')) {
			pos++; /* the field parsers refuse it or not */
		} else {
			break;
		}
		pos = find_end(pos, lexer->end);
	}
	return pos;
}

static COLD void end_of_text(struct dns_lexer *lexer, struct dns_token *ret)
{
	bool was_start = lexer->at_start;

	lexer->at_start = true;
	if (lexer->depth > 0) {
		lexer->depth = 0;
		fail(lexer, ret, "unbalanced parentheses");
		return;
	}
	ret->kind = was_start ? DNS_TOKEN_EOF : DNS_TOKEN_EOL;
}

void dns_lexer_next(struct dns_lexer *lexer, struct dns_token *ret)
{
	if (UNLIKELY(lexer->has_unread)) {
		lexer->has_unread = false;
		*ret = lexer->unread;
		return;
	}
	const uint8_t *pos = lexer->pos, *const end = lexer->end;
	bool blank = false;
	ret->escaped = false;
	for (;;) {
		if (UNLIKELY(pos == end)) {
			lexer->pos = pos;
			end_of_text(lexer, ret);
			return;
		}
		switch (*pos) {
		case ' ':
		case '\t':
			blank = true;
			pos++;
			continue;
		case '\r':
			if (pos + 1 < end && pos[1] != '\n')
				break;
			pos++;
			continue;
		case '\n':
			lexer->line++;
			pos++;
			blank = false;
			if (lexer->depth > 0 || lexer->at_start)
				continue; /* nothing on this line, or the record goes on */
			lexer->at_start = true;
			lexer->pos = pos;
			ret->kind = DNS_TOKEN_EOL;
			return;
		case ';': {
			const uint8_t *eol = memchr(pos, '\n', (size_t)(end - pos));
			pos = eol != NULL ? eol : end;
			continue;
		}
		case '(':
		case ')':
			if (lexer->at_start && blank)
				break;
			lexer->at_start = false;
			lexer->depth += *pos == '(' ? 1 : -1u;
			pos++;
			if (UNLIKELY(lexer->depth == UINT32_MAX)) {
				lexer->depth = 0;
				lexer->pos = pos;
				fail(lexer, ret, "unbalanced parentheses");
				return;
			}
			continue;
		default:
			break;
		}
		break;
	}
	if (UNLIKELY(lexer->at_start)) {
		lexer->at_start = false;
		if (blank) {
			lexer->pos = pos;
			ret->kind = DNS_TOKEN_BLANK;
			return;
		}
	}
	lexer->pos = pos;
	if (*pos == '"') {
		quoted(lexer, ret);
		return;
	}
	const uint8_t *stop = find_end(pos, end);
	if (UNLIKELY(stop < end && (*stop == '\\' || *stop == '\0' || *stop == '\r')))
		stop = odd_word(lexer, stop, ret);
	ret->kind = DNS_TOKEN_WORD;
	ret->text = (struct span){ pos, (size_t)(stop - pos) };
	lexer->pos = stop;
}

void dns_lexer_skip_line(struct dns_lexer *lexer)
{
	struct dns_token t;

	do
		dns_lexer_next(lexer, &t);
	while (t.kind != DNS_TOKEN_EOL && t.kind != DNS_TOKEN_EOF);
}

/* --- names --- */

#define CHUNK     32 /* octets looked at in one step */
#define NAME_TEXT 128

/* Of CHUNK octets: which may end a word (or are controls), which are dots; and a copy, in lower case if asked for. */
struct chunk {
	uint32_t ends, dots;
};

#if defined(__SSE2__)
static inline unsigned ends16(__m128i x)
{
	__m128i ends = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(' ')), x);
	ends = _mm_or_si128(ends, _mm_cmpeq_epi8(x, _mm_set1_epi8('"')));
	ends = _mm_or_si128(ends, _mm_cmpeq_epi8(x, _mm_set1_epi8(';')));
	ends = _mm_or_si128(ends, _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
	ends = _mm_or_si128(
		ends, _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(1)), _mm_set1_epi8(')')));
	return (unsigned)_mm_movemask_epi8(ends);
}

static inline __m128i lower16(__m128i x)
{
	/* A to Z become the 26 least signed octets. */
	__m128i moved = _mm_add_epi8(x, _mm_set1_epi8(128 - 'A'));
	__m128i upper = _mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 26));
	return _mm_or_si128(x, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
}

static inline struct chunk chunk_copy(const uint8_t *from, bool lower, uint8_t *to)
{
	__m128i a = _mm_loadu_si128((const __m128i *)(const void *)from);
	__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(from + 16));
	const __m128i dot = _mm_set1_epi8('.');
	struct chunk ret = {
		ends16(a) | ends16(b) << 16,
		(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, dot)) |
			(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, dot)) << 16,
	};
	_mm_storeu_si128((__m128i *)(void *)to, lower ? lower16(a) : a);
	_mm_storeu_si128((__m128i *)(void *)(to + 16), lower ? lower16(b) : b);
	return ret;
}
#else
static inline struct chunk chunk_copy(const uint8_t *from, bool lower, uint8_t *to)
{
	struct chunk ret = { 0 };

	for (unsigned i = 0; i < CHUNK; i++) {
		uint8_t c = from[i];
		ret.ends |= (uint32_t)(ends_word[c] || c < ' ') << i;
		ret.dots |= (uint32_t)(c == '.') << i;
		to[i] = lower ? dns_lower[c] : c;
	}
	return ret;
}
#endif

/* Text octet i becomes wire octet i + 1: the dots turn into the lengths of the labels behind them. */
static inline bool name_plain(
	struct dns_lexer *lexer, const uint8_t *origin, bool lower, uint8_t *ret, size_t *len)
{
	const uint8_t *pos = lexer->pos;
	uint8_t *label = ret; /* the place of the length of the label that is being read */
	size_t text = 0;

	while (!lexer->at_start && pos < lexer->end && (*pos == ' ' || *pos == '\t'))
		pos++;
	if (UNLIKELY(lexer->has_unread))
		return false;
	for (bool ended = false; !ended;) {
		if (UNLIKELY(text == NAME_TEXT || (size_t)(lexer->end - pos) < text + CHUNK + 1))
			return false;
		struct chunk c = chunk_copy(pos + text, lower, ret + 1 + text);
		unsigned n = CHUNK;
		if (LIKELY(c.ends != 0)) {
			ended = true;
			n = (unsigned)__builtin_ctz(c.ends);
			c.dots &= (1u << n) - 1;
		}
		for (; c.dots != 0; c.dots &= c.dots - 1) {
			uint8_t *dot = ret + 1 + text + __builtin_ctz(c.dots);
			size_t octets = (size_t)(dot - label) - 1;
			if (UNLIKELY(octets - 1 >= DNS_LABEL_MAX))
				return false;
			*label = (uint8_t)octets;
			label = dot;
		}
		text += n;
	}
	uint8_t stop = pos[text];
	if (UNLIKELY(stop != ' ' && stop != '\n' && stop != '\t' &&
		     (stop != '\r' || pos[text + 1] != '\n')))
		return false;
	size_t octets = text - (size_t)(label - ret);
	if (octets == 0) { /* a dot at the end: the name is absolute */
		if (UNLIKELY(text == 0))
			return false;
		*label = 0;
		*len = text + 1;
	} else {
		if (UNLIKELY(
			    octets > DNS_LABEL_MAX || origin == NULL || (text == 1 && *pos == '@')))
			return false;
		size_t tail = dns_name_len(origin);
		if (UNLIKELY(1 + text + tail > DNS_NAME_MAX))
			return false;
		*label = (uint8_t)octets;
		memcpy(ret + 1 + text, origin, tail);
		*len = 1 + text + tail;
	}
	lexer->pos = pos + text;
	lexer->at_start = false;
	return true;
}

bool dns_lexer_name(
	struct dns_lexer *lexer, const uint8_t *origin, bool lower, uint8_t *ret, size_t *len)
{
	return lower ? name_plain(lexer, origin, true, ret, len)
		     : name_plain(lexer, origin, false, ret, len);
}

/* --- time --- */

int dns_ttl_parse(struct span text, uint32_t *ret)
{
	uint64_t sum = 0, v = 0;
	bool digits = false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned c = text.data[i], unit;
		if (c - '0' <= 9) {
			v = v * 10 + (c - '0');
			digits = true;
			if (v > UINT32_MAX)
				return E_PARSE;
			continue;
		}
		switch (c | 32) {
		case 's':
			unit = 1;
			break;
		case 'm':
			unit = 60;
			break;
		case 'h':
			unit = 3600;
			break;
		case 'd':
			unit = 86400;
			break;
		case 'w':
			unit = 604800;
			break;
		default:
			return E_PARSE;
		}
		if (!digits)
			return E_PARSE;
		sum += v * unit;
		v = 0;
		digits = false;
		if (sum > UINT32_MAX)
			return E_PARSE;
	}
	sum += v;
	if (text.len == 0 || sum > UINT32_MAX)
		return E_PARSE;
	*ret = (uint32_t)sum;
	return 0;
}
