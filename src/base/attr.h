/*
 * base/attr: compiler attributes and the few macros that the whole code is written with.
 */
#pragma once
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE          __attribute__((warn_unused_result))
#define COLD              __attribute__((cold, noinline))
#define PURE              __attribute__((pure))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define UNUSED            __attribute__((unused))
#define LIKELY(x)         __builtin_expect(!!(x), 1)
#define UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define ARRAY_LEN(a)      (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)                                  \
	({                                         \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define MAX(a, b)                                  \
	({                                         \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})

/* Leave the function with the error of `call`, if it is one. */
#define TRY(call)                        \
	do {                             \
		int try_ = (call);       \
		if (UNLIKELY(try_ != 0)) \
			return try_;     \
	} while (0)

/* A pointer whose object is destroyed at the end of its scope: DEFINE_OWNED(type, destructor)
 * stands in the header of the type; the destructor accepts NULL. TAKE gives the ownership away. */
#define DEFINE_OWNED(type, destroy)                                     \
	static inline UNUSED void type##_cleanup_(struct type **owned_) \
	{                                                               \
		destroy(*owned_);                                       \
	}
#define OWNED(type) __attribute__((cleanup(type##_cleanup_))) struct type *
#define TAKE(p)                             \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})
