/* dns/trie: see trie.h for the structure, trie_layout.h for the bits. */
#include "dns/trie_layout.h"
#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

/* First and second symbol of each octet, lower-cased; second 0 = there is none. Made by the table's rule at
 * compile time would be unreadable: a constructor fills them once. */
static uint8_t first_symbol[256], second_symbol[256];

__attribute__((constructor)) static void make_symbols(void)
{
	static const struct {
		uint8_t from, to, symbol;
		bool single;
	} ranges[] = {
		{ 0x00, 0x2c, 1, false },
		{ '-', '-', 2, true },
		{ 0x2e, 0x2f, 3, false },
		{ '0', '9', 4, true },
		{ 0x3a, 0x40, 14, false },
		{ 0x5b, 0x5e, 14, false },
		{ '_', '_', 15, true },
		{ '`', '`', 16, false },
		{ 'a', 'z', 17, true },
		{ 0x7b, 0xa8, 43, false },
		{ 0xa9, 0xd6, 44, false },
		{ 0xd7, 0xff, 45, false },
	};
	for (size_t r = 0; r < ARRAY_LEN(ranges); r++) {
		for (unsigned c = ranges[r].from; c <= ranges[r].to; c++) {
			unsigned k = c - ranges[r].from;
			first_symbol[c] = (uint8_t)(ranges[r].symbol + (ranges[r].single ? k : 0));
			/* [\]^ go on counting behind the seven octets of the range before. */
			second_symbol[c] =
				ranges[r].single
					? 0
					: (uint8_t)(k + 1 + (ranges[r].from == 0x5b ? 7 : 0));
		}
	}
	for (unsigned c = 'A'; c <= 'Z'; c++)
		first_symbol[c] = first_symbol[c + 32];
}

/*
 * A key is made in two steps: the symbols of all octets in their places, then labels copied in reverse order. Most names have
 * 64 octets at most, of which each takes one symbol: then both steps go in vectors. Others go octet by octet.
 */
#define VECTOR   16
#define FAST_LEN 64 /* octets: as many as a word has bits */

/* The way for any name. at[]: as in struct dns_labels. */
static COLD void key_by_octets(
	const uint8_t *name, const uint8_t *at, const struct trie_base *base, struct trie_key *ret)
{
	uint8_t *out = ret->symbols + base->len;
	for (unsigned i = base->labels, n = ret->labels - i; n > 0; i++) {
		const uint8_t *p = name + at[--n];
		ret->label_at[i] = at[n];
		ret->label_end[i] = (uint16_t)(out - ret->symbols);
		for (const uint8_t *end = p + *p; p < end;) {
			uint8_t c = *++p;
			*out++ = first_symbol[c];
			if (second_symbol[c] != 0)
				*out++ = second_symbol[c];
		}
		*out++ = SEP;
	}
	ret->label_end[ret->labels] = ret->len = (uint16_t)(out - ret->symbols);
	out[0] = out[1] = SEP;
}

#ifdef __SSSE3__
/*
 * Symbols of 16 octets. Returns a bit for each octet that doesn't take one, whose symbol is any.
 *
 * Which octets do is told by a bit for each row of sixteen (high half) that the column (low half) has it; what makes a symbol of
 * them is the same for a whole row, but for "_".
 */
static inline unsigned vector_symbols(const uint8_t *p, uint8_t *out)
{
	enum { HYPHEN = 1, DIGITS = 2, A_O = 4, P_Z = 8, LINE = 16 };
	const __m128i rows = _mm_setr_epi8(
		0, 0, HYPHEN, DIGITS, A_O, P_Z | LINE, A_O, P_Z, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m128i columns = _mm_setr_epi8(DIGITS | P_Z, DIGITS | A_O | P_Z, DIGITS | A_O | P_Z,
		DIGITS | A_O | P_Z, DIGITS | A_O | P_Z, DIGITS | A_O | P_Z, DIGITS | A_O | P_Z,
		DIGITS | A_O | P_Z, DIGITS | A_O | P_Z, DIGITS | A_O | P_Z, A_O | P_Z, A_O, A_O,
		HYPHEN | A_O, A_O, A_O | LINE);
	const __m128i add = _mm_setr_epi8(0, 0, 2 - '-', 4 - '0', 17 - 'A', 17 - 'A', 17 - 'a',
		17 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
	const __m128i octets = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i row = _mm_and_si128(_mm_srli_epi16(octets, 4), _mm_set1_epi8(15));
	const __m128i known =
		_mm_and_si128(_mm_shuffle_epi8(rows, row), _mm_shuffle_epi8(columns, octets));
	const __m128i line = _mm_cmpeq_epi8(octets, _mm_set1_epi8('_'));
	__m128i symbols = _mm_add_epi8(octets, _mm_shuffle_epi8(add, row));
	symbols = _mm_sub_epi8(symbols, _mm_and_si128(line, _mm_set1_epi8('_' + 17 - 'A' - 15)));
	_mm_storeu_si128((__m128i *)(void *)out, symbols);
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(known, _mm_setzero_si128()));
}

/* The first `need` of a name's `len` octets and maybe more, in vectors that may overlap: a copy of variable length would cost
 * more than all the rest. */
static inline uint64_t name_symbols(const uint8_t *name, unsigned len, unsigned need, uint8_t *out)
{
	if (len >= VECTOR) {
		uint64_t none = 0;
		unsigned k = 0;
		for (; k < need && k + VECTOR <= len; k += VECTOR)
			none |= (uint64_t)vector_symbols(name + k, out + k) << k;
		if (k < need)
			none |= (uint64_t)vector_symbols(name + len - VECTOR, out + len - VECTOR)
				<< (len - VECTOR);
		return none;
	}
	uint8_t copy[VECTOR] = { 0 };
	if (len >= 8) {
		memcpy(copy, name, 8);
		memcpy(copy + len - 8, name + len - 8, 8);
	} else {
		for (unsigned k = 0; k < len; k++)
			copy[k] = name[k];
	}
	return vector_symbols(copy, out);
}

/* FAST_LEN - 1 octets above the base at most. `lengths`: a bit for each length octet. false: it isn't such a name, nothing was done. */
static inline bool key_by_vectors(const uint8_t *name, const uint8_t *at, uint64_t lengths,
	const struct trie_base *base, struct trie_key *ret)
{
	uint8_t symbols[FAST_LEN + VECTOR]; /* whose end is read, and doesn't matter */
	const unsigned need = ret->name_len - 1u - base->octets;
	const uint64_t odd = name_symbols(name, ret->name_len, need, symbols) & ~lengths &
			     (((uint64_t)1 << need) - 1);
	/* "*" is the one octet that takes two and is frequent. */
	const bool is_wildcard = UNLIKELY(odd != 0) && odd == 2 && dns_name_is_wildcard(name);
	if (UNLIKELY(odd != 0) && !is_wildcard)
		return false;
	uint8_t *out = ret->symbols + base->len;
	unsigned i = base->labels;
	for (const uint8_t *label = at + ret->labels - i; label != at; i++) {
		unsigned from = *--label, size = name[from];
		ret->label_at[i] = (uint8_t)from;
		ret->label_end[i] = (uint16_t)(out - ret->symbols);
		memcpy(out, symbols + from + 1, VECTOR);
		for (unsigned k = VECTOR; UNLIKELY(k < size); k += VECTOR)
			memcpy(out + k, symbols + from + 1 + k, VECTOR);
		out[size] = SEP;
		out += size + 1;
	}
	if (UNLIKELY(is_wildcard)) {
		out[-2] = first_symbol['*'];
		out[-1] = second_symbol['*'];
		*out++ = SEP;
	}
	ret->label_end[i] = ret->len = (uint16_t)(out - ret->symbols);
	out[0] = out[1] = SEP;
	return true;
}
#else
static inline bool key_by_vectors(const uint8_t *name, const uint8_t *at, uint64_t lengths,
	const struct trie_base *base, struct trie_key *ret)
{
	(void)name, (void)at, (void)lengths, (void)base, (void)ret;
	return false;
}
#endif

void trie_key_of_labels(const struct trie_base *base, const uint8_t *name,
	const struct dns_labels *labels, struct trie_key *ret)
{
	ret->name = name;
	ret->name_len = labels->name_len;
	ret->labels = labels->count;
	ret->base = *base;
	(&ret->lead)[base->len] = SEP;
	if (UNLIKELY(labels->name_len - 1u - base->octets > FAST_LEN - 1) ||
		!key_by_vectors(name, labels->at, labels->bits, base, ret))
		key_by_octets(name, labels->at, base, ret);
}

void trie_key_below(const struct trie_base *base, const uint8_t *name, struct trie_key *ret)
{
	struct dns_labels labels;
	unsigned n = 0, end = 0;
	uint64_t bits = 0;
	for (; name[end] != 0; end += 1u + name[end]) {
		bits |= (uint64_t)1 << (end % 64);
		labels.at[n++] = (uint8_t)end;
	}
	labels.name_len = (uint8_t)(end + 1);
	labels.count = (uint8_t)n;
	labels.bits = bits;
	trie_key_of_labels(base, name, &labels, ret);
}

void trie_key_of(const uint8_t *name, struct trie_key *ret)
{
	trie_key_below(&(struct trie_base){ 0 }, name, ret);
}

/* --- nodes --- */

static inline const uint8_t *leaf_name(const struct trie *trie, const struct trie_node *leaf)
{
	return (const uint8_t *)leaf->ptr + trie->name_offset;
}

/* Two labels with their length octets, equal octet by octet? */
static inline bool is_same_label(const uint8_t *a, const uint8_t *b)
{
	return *a == *b && dns_octets_equal(a, b, 1u + *a);
}

/* Octets of an object's name, final zero included (I2). */
static inline unsigned object_name_len(const uint8_t *name)
{
	return name[-1];
}

/* Is it the very name that the key was made of, letters of the same case? */
static inline bool is_key_name(const uint8_t *name, const struct trie_key *key)
{
	return object_name_len(name) == key->name_len &&
	       dns_octets_equal(name, key->name, key->name_len);
}

/* Number of octets that are equal at the beginning. */
static inline unsigned common_octets(const uint8_t *a, const uint8_t *b, unsigned max)
{
	unsigned n = 0;
	for (; n + 8 <= max; n += 8) {
		uint64_t differ =
			read_u64(a + n) ^ read_u64(b + n); /* the first octet is the highest */
		if (differ != 0)
			return n + (unsigned)__builtin_clzll(differ) / 8;
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

/* How many symbols a name's key has in common with `key` (its end counts as SEPs without end: UINT16_MAX if equal), and
 * the name's symbol at the first difference. */
static unsigned common_symbols(const uint8_t *name, const struct trie_key *key, unsigned *other)
{
	const uint8_t *labels[DNS_LABELS_MAX + 1];
	unsigned n = 0, at = key->base.len;
	if (is_key_name(name, key)) {
		*other = SEP;
		return UINT16_MAX;
	}
	for (const uint8_t *p = name, *end = name + object_name_len(name) - 1 - key->base.octets;
		p < end; p += 1 + *p)
		labels[n++] = p;
	for (unsigned i = key->base.labels; n > 0; i++) {
		const uint8_t *p = labels[--n];
		const uint8_t *end = p + *p;
		if (i < key->labels) {
			/* Most labels are the same, octet by octet, or their beginning is. */
			const uint8_t *other_label = key->name + key->label_at[i];
			if (is_same_label(p, other_label)) {
				at = key->label_end[i + 1];
				continue;
			}
			if (key->label_end[i + 1] - key->label_end[i] ==
				*other_label + 1) { /* one symbol each */
				unsigned same = common_octets(
					p + 1, other_label + 1, MIN(*p, *other_label));
				p += same;
				at += same;
			}
		}
		while (p < end) {
			uint8_t c = *++p;
			if (key_symbol(key, at) != first_symbol[c]) {
				*other = first_symbol[c];
				return at;
			}
			at++;
			if (second_symbol[c] != 0) {
				if (key_symbol(key, at) != second_symbol[c]) {
					*other = second_symbol[c];
					return at;
				}
				at++;
			}
		}
		if (key->symbols[at] != SEP) {
			*other = SEP;
			return at;
		}
		at++;
	}
	*other = SEP;
	return at >= key->len ? UINT16_MAX : at;
}

/* --- look-ups --- */

const struct trie_node *trie_find(const struct trie *trie, const struct trie_key *key)
{
	const struct trie_node *n = &trie->root;
	if (n->ptr == NULL)
		return NULL;
	while (is_branch(n)) {
		unsigned symbol = key_symbol(key, branch_offset(n));
		if (!has_twig(n, symbol))
			return NULL;
		n = twig(n, symbol);
	}
	const uint8_t *name = leaf_name(trie, n);
	unsigned other;
	if (LIKELY(is_key_name(name, key)))
		return n;
	return object_name_len(name) == key->name_len &&
			       common_symbols(name, key, &other) == UINT16_MAX
		       ? n
		       : NULL;
}

static const struct trie_node *first_leaf(const struct trie_node *n)
{
	while (is_branch(n))
		n = twigs(n);
	return n;
}

static const struct trie_node *last_leaf(const struct trie_node *n)
{
	while (is_branch(n))
		n = twigs(n) + twig_count(n) - 1;
	return n;
}

/* Does a label of the key end there, with more to come? */
static inline bool is_label_end(const struct trie_key *key, unsigned offset)
{
	return offset < key->len && (&key->lead)[offset] == SEP; /* the symbol before */
}

void trie_match(
	const struct trie *trie, const struct trie_key *key, uint32_t want, struct trie_match *ret)
{
	/* The topmost leaf with a wanted flag that the way passes: shorter than what is below it, and an ancestor of the key if it ends
	 * where a label of the key does and the last leaf matches as far. */
	const struct trie_node *flagged = NULL, *n = &trie->root;
	const unsigned key_len = key->len;
	unsigned flagged_at = 0, other;

	if (UNLIKELY(n->ptr == NULL)) {
		*ret = (struct trie_match){ 0 };
		return;
	}
	while (is_branch(n)) {
		unsigned offset = branch_offset(n);
		if (offset >
			key_len) { /* all below has the key as prefix, or has nothing to do with it */
			n = first_leaf(n);
			break;
		}
		unsigned symbol = key->symbols[offset]; /* SEP at the end */
		if ((n->word & symbol_bit(SEP)) && flagged == NULL && is_label_end(key, offset) &&
			UNLIKELY(trie_leaf_flags(twigs(n)) & want)) {
			flagged = twigs(n);
			flagged_at = offset;
		}
		uint64_t bit = symbol_bit(symbol);
		if ((n->word & bit) == 0) {
			n = first_leaf(n);
			break;
		}
		n = twigs(n) + __builtin_popcountll(n->word & (bit - 1));
	}
	const uint8_t *name = leaf_name(trie, n);
	unsigned match = is_key_name(name, key) ? UINT16_MAX : common_symbols(name, key, &other);
	unsigned labels = key->labels;
	ret->exact = NULL;
	ret->is_prefix = false;
	if (match == UINT16_MAX) {
		ret->exact = n;
	} else {
		ret->is_prefix = match >= key_len;
		while (key->label_end[labels] > match)
			labels--;
	}
	ret->encloser_labels = labels;
	/* The last leaf itself may be the one: the only name on this way, or the very name. */
	if (flagged == NULL && UNLIKELY(trie_leaf_flags(n) & want)) {
		unsigned own = dns_name_labels(name);
		if (own <= labels && (match == UINT16_MAX || key->label_end[own] == match)) {
			flagged = n;
			flagged_at = key->label_end[own];
		}
	}
	ret->flagged = flagged;
	if (UNLIKELY(flagged != NULL)) {
		if (flagged_at > match) {
			ret->flagged = NULL;
			return;
		}
		for (labels = key->base.labels; key->label_end[labels] < flagged_at;)
			labels++;
		ret->flagged_labels = labels;
	}
}

const struct trie_node *trie_find_suffix(const struct trie *trie, const struct trie_key *key)
{
	const struct trie_node *above[DNS_LABELS_MAX + 2], *n = &trie->root;
	uint16_t above_at[DNS_LABELS_MAX + 2];
	const unsigned key_len = key->len;
	unsigned count = 0, other;

	if (n->ptr == NULL)
		return NULL;
	while (is_branch(n)) {
		unsigned offset = branch_offset(n);
		if (offset > key_len) {
			n = first_leaf(n);
			break;
		}
		unsigned symbol = key->symbols[offset]; /* SEP at the end */
		if (UNLIKELY(n->word & symbol_bit(SEP))) {
			if (is_label_end(key, offset)) {
				above[count] = twigs(n);
				above_at[count++] = (uint16_t)offset;
			}
		}
		uint64_t bit = symbol_bit(symbol);
		if ((n->word & bit) == 0) {
			n = first_leaf(n);
			break;
		}
		n = twigs(n) + __builtin_popcountll(n->word & (bit - 1));
	}
	const uint8_t *name = leaf_name(trie, n);
	unsigned match = common_symbols(name, key, &other);
	if (match == UINT16_MAX)
		return n;
	unsigned own = dns_name_labels(name);
	if (own < key->labels && key->label_end[own] == match)
		return n;
	while (count > 0 && above_at[count - 1] > match)
		count--;
	return count > 0 ? above[count - 1] : NULL;
}

const struct trie_node *trie_last(const struct trie *trie)
{
	return trie->root.ptr != NULL ? last_leaf(&trie->root) : NULL;
}

const struct trie_node *trie_find_prev(
	const struct trie *trie, const struct trie_key *key, bool or_equal)
{
	if (trie->root.ptr == NULL)
		return NULL;
	/* Find where the key leaves the trie with any leaf there, then walk again knowing the first difference. */
	const struct trie_node *n = &trie->root;
	while (is_branch(n)) {
		unsigned symbol = key_symbol(key, branch_offset(n));
		n = has_twig(n, symbol) ? twig(n, symbol) : twigs(n);
	}
	unsigned other, match = common_symbols(leaf_name(trie, n), key, &other);
	if (match == UINT16_MAX && or_equal)
		return n;

	const struct trie_node *before = NULL; /* the nearest subtree to the left of the way */
	n = &trie->root;
	while (is_branch(n) && branch_offset(n) <= match) {
		unsigned symbol = key_symbol(key, branch_offset(n)), left = twig_index(n, symbol);
		if (left > 0)
			before = twigs(n) + left - 1;
		if (!has_twig(n, symbol))
			return before != NULL ? last_leaf(before) : NULL;
		n = twigs(n) + left;
	}
	/* All of this subtree differs from the key at `match`: it is to the left or to the right as a whole. */
	if (match != UINT16_MAX && other < key_symbol(key, match))
		before = n;
	return before != NULL ? last_leaf(before) : NULL;
}

/* --- iteration --- */

static void iter_push(struct trie_iter *iter, const struct trie_node *pos, unsigned count)
{
	iter->stack[iter->depth].pos = pos;
	iter->stack[iter->depth++].end = pos + count;
}

void trie_iter_init(const struct trie *trie, struct trie_iter *ret)
{
	ret->depth = 0;
	if (trie->root.ptr != NULL)
		iter_push(ret, &trie->root, 1);
}

void trie_iter_init_below(
	const struct trie *trie, const struct trie_key *key, struct trie_iter *ret)
{
	ret->depth = 0;
	const struct trie_node *n = &trie->root;
	if (n->ptr == NULL)
		return;
	while (is_branch(n) && branch_offset(n) < key->len) {
		unsigned symbol = key_symbol(key, branch_offset(n));
		if (!has_twig(n, symbol))
			return;
		n = twig(n, symbol);
	}
	unsigned other;
	if (common_symbols(leaf_name(trie, first_leaf(n)), key, &other) >= key->len)
		iter_push(ret, n, 1);
}

const struct trie_node *trie_iter_next(struct trie_iter *iter)
{
	while (iter->depth > 0) {
		if (iter->stack[iter->depth - 1].pos == iter->stack[iter->depth - 1].end) {
			iter->depth--;
			continue;
		}
		const struct trie_node *n = iter->stack[iter->depth - 1].pos++;
		if (!is_branch(n))
			return n;
		if (iter->stack[iter->depth - 1].pos == iter->stack[iter->depth - 1].end)
			iter->depth--; /* nothing to come back to */
		iter_push(iter, twigs(n), twig_count(n));
	}
	return NULL;
}

/* --- edits --- */

static struct trie_node *new_array(struct trie_edit *edit, unsigned count)
{
	uint64_t *array = edit->mem.alloc(edit->mem.ctx, array_size(count));
	if (array == NULL)
		return NULL;
	*array = edit->number;
	return (struct trie_node *)(void *)(array + 1);
}

static void drop_array(struct trie_edit *edit, const struct trie_node *branch)
{
	uint64_t *array = array_header(branch);
	size_t size = array_size(twig_count(branch));
	if (*array == edit->number)
		edit->mem.free(edit->mem.ctx, array, size);
	else
		edit->mem.retire(edit->mem.ctx, array, size);
}

/* Make a branch's twigs the edit's own. The branch itself is writable already. */
static int own_twigs(struct trie_edit *edit, struct trie_node *branch)
{
	if (LIKELY(*array_header(branch) == edit->number))
		return 0;
	unsigned count = twig_count(branch);
	struct trie_node *copy = new_array(edit, count);
	if (copy == NULL)
		return E_NOMEM;
	memcpy(copy, branch->ptr, count * sizeof(*copy));
	drop_array(edit, branch);
	branch->ptr = copy;
	return 0;
}

/* Copies made on a way that then fails are harmless: equal contents under the edit's own root. */
int trie_set(struct trie_edit *edit, const struct trie_key *key, void *object, uint32_t flags,
	void **old)
{
	struct trie *trie = &edit->trie;
	struct trie_node *n = &trie->root, leaf = leaf_of(object, flags);
	if (n->ptr == NULL) {
		*n = leaf;
		trie->count = 1;
		*old = NULL;
		return 0;
	}
	const struct trie_node *probe = n;
	while (is_branch(probe)) {
		unsigned symbol = key_symbol(key, branch_offset(probe));
		probe = has_twig(probe, symbol) ? twig(probe, symbol) : twigs(probe);
	}
	unsigned other, match = common_symbols(leaf_name(trie, probe), key, &other);

	while (is_branch(n) && (match == UINT16_MAX || branch_offset(n) < match)) {
		TRY(own_twigs(edit, n));
		n = twig(n, key_symbol(key, branch_offset(n)));
	}
	if (match == UINT16_MAX) {
		*old = n->ptr;
		*n = leaf;
		return 0;
	}
	unsigned symbol = key_symbol(key, match);
	if (is_branch(n) && branch_offset(n) == match) { /* one more twig */
		unsigned count = twig_count(n), at = twig_index(n, symbol);
		struct trie_node *grown = new_array(edit, count + 1);
		if (grown == NULL)
			return E_NOMEM;
		memcpy(grown, n->ptr, at * sizeof(*grown));
		grown[at] = leaf;
		memcpy(grown + at + 1, twigs(n) + at, (count - at) * sizeof(*grown));
		drop_array(edit, n);
		n->word |= symbol_bit(symbol);
		n->ptr = grown;
	} else { /* a branch where there was none */
		struct trie_node *pair = new_array(edit, 2);
		if (pair == NULL)
			return E_NOMEM;
		pair[other < symbol] = leaf;
		pair[other > symbol] = *n;
		n->word = BRANCH_TAG | (uint64_t)match << BITMAP_BITS | symbol_bit(symbol) |
			  symbol_bit(other);
		n->ptr = pair;
	}
	trie->count++;
	*old = NULL;
	return 0;
}

int trie_remove(struct trie_edit *edit, const struct trie_key *key, void **old)
{
	struct trie *trie = &edit->trie;
	struct trie_node *n = &trie->root, *parent = NULL;
	if (trie_find(trie, key) == NULL) {
		*old = NULL;
		return 0;
	}
	while (is_branch(n)) {
		TRY(own_twigs(edit, n));
		parent = n;
		n = twig(n, key_symbol(key, branch_offset(n)));
	}
	void *object = n->ptr;
	if (parent == NULL) {
		*n = (struct trie_node){ 0 };
	} else {
		unsigned count = twig_count(parent), at = (unsigned)(n - twigs(parent));
		if (count == 2) { /* the other twig takes the branch's place */
			struct trie_node last = twigs(parent)[1 - at];
			drop_array(edit, parent);
			*parent = last;
		} else {
			struct trie_node *shrunk = new_array(edit, count - 1);
			if (shrunk == NULL)
				return E_NOMEM;
			memcpy(shrunk, parent->ptr, at * sizeof(*shrunk));
			memcpy(shrunk + at, n + 1, (count - 1 - at) * sizeof(*shrunk));
			drop_array(edit, parent);
			parent->word &= ~symbol_bit(key_symbol(key, branch_offset(parent)));
			parent->ptr = shrunk;
		}
	}
	trie->count--;
	*old = object;
	return 0;
}
