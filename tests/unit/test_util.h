/* Common to the unit tests: cmocka's headers and a repeatable random source. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static uint64_t test_random_state;

/* TEST_SEED=n repeats a run; the seed is printed. */
static inline void test_random_init(void)
{
	const char *seed = getenv("TEST_SEED");
	test_random_state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	printf("TEST_SEED=%llu\n", (unsigned long long)test_random_state);
	test_random_state = test_random_state * 2 + 1;
}

/* splitmix64 */
static inline uint64_t test_random(void)
{
	uint64_t z = (test_random_state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline unsigned test_below(unsigned n)
{
	return (unsigned)(test_random() % n);
}
