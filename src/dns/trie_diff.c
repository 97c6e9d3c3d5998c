#include "dns/trie_diff.h"
#include "base/err.h"
#include "dns/trie_layout.h"

/* The node that comes next, not yet entered; NULL at the end. */
static const struct trie_node *top(struct trie_iter *iter)
{
	while (iter->depth > 0) {
		if (iter->stack[iter->depth - 1].pos != iter->stack[iter->depth - 1].end)
			return iter->stack[iter->depth - 1].pos;
		iter->depth--;
	}
	return NULL;
}

static void step_over(struct trie_iter *iter)
{
	iter->stack[iter->depth - 1].pos++;
}

static void enter(struct trie_iter *iter)
{
	const struct trie_node *n = iter->stack[iter->depth - 1].pos++;

	if (iter->stack[iter->depth - 1].pos == iter->stack[iter->depth - 1].end)
		iter->depth--; /* nothing to come back to: the depth stays below the key's length */
	iter->stack[iter->depth].pos = twigs(n);
	iter->stack[iter->depth++].end = twigs(n) + twig_count(n);
}

static int compare(const struct trie *old, const struct trie_node *a, const struct trie *new_,
	const struct trie_node *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? 1 : -1;
	return dns_name_compare((const uint8_t *)a->ptr + old->name_offset,
		(const uint8_t *)b->ptr + new_->name_offset);
}

int trie_diff(const struct trie *old, const struct trie *new_, trie_diff_visitor visit, void *ctx)
{
	struct trie_iter i, j;

	trie_iter_init(old, &i);
	trie_iter_init(new_, &j);
	for (;;) {
		const struct trie_node *a = top(&i), *b = top(&j);
		if (a == NULL && b == NULL)
			return 0;
		if (a != NULL && b != NULL && a->word == b->word && a->ptr == b->ptr) {
			step_over(&i);
			step_over(&j);
			continue;
		}
		bool a_branch = a != NULL && is_branch(a), b_branch = b != NULL && is_branch(b);
		/* The one that branches nearer to the root first, so that shared nodes come up side by side. */
		if (a_branch && (!b_branch || branch_offset(a) <= branch_offset(b))) {
			if (b_branch && branch_offset(a) == branch_offset(b))
				enter(&j);
			enter(&i);
			continue;
		}
		if (b_branch) {
			enter(&j);
			continue;
		}
		int order = compare(old, a, new_, b);
		TRY(visit(ctx, order <= 0 ? a : NULL, order >= 0 ? b : NULL));
		if (order <= 0)
			step_over(&i);
		if (order >= 0)
			step_over(&j);
	}
}
