/*
 * answer/counters: what one I/O thread has answered.
 *
 * Written by its thread alone with plain increments; whoever reads sums the blocks of all threads,
 * and may see a value that is a moment old.
 */
#pragma once
#include "base/attr.h"

struct answer_counters {
	_Alignas(64) uint64_t requests; /* that could be read as far as the question */
	uint64_t dropped;               /* nothing was sent: no request, or a module said so */
	uint64_t truncated;             /* responses with TC */
	uint64_t rcodes[16];            /* responses by the header's RCODE */
};

struct answer_thread;

/* The block of a thread. Lives as long as the thread's state. */
const struct answer_counters *answer_thread_counters(const struct answer_thread *thread);
