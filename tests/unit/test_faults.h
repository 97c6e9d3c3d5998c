/*
 * For tests in which memory runs out: the nth allocation fails.
 *
 *	for (long n = 1; test_faults_begin(n), operation() == E_NOMEM; n++) ...; test_faults_end()
 *
 * A test that includes this is listed in the fault_tests of its room, which links it with malloc and the like wrapped. Other libraries
 * allocate as ever.
 */
#pragma once
#include "test_util.h"
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

static __thread long
	test_faults_left; /* allocations of this thread up to the one that fails, 0: none does */
static __thread bool test_faults_hit; /* it has failed */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset);

static inline void test_faults_begin(long n)
{
	test_faults_left = n;
	test_faults_hit = false;
}

static inline void test_faults_end(void)
{
	test_faults_left = 0;
}

static inline bool test_fault_(void)
{
	if (test_faults_left == 0 || --test_faults_left > 0)
		return false;
	test_faults_hit = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return test_fault_() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return test_fault_() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return test_fault_() ? NULL : __real_realloc(ptr, size);
}

void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	return test_fault_() ? MAP_FAILED : __real_mmap(addr, len, prot, flags, fd, offset);
}
