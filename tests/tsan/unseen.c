/*
 * tsan/unseen: what is ordered without ThreadSanitizer's seeing it, told to it.
 *
 * liburcu isn't instrumented, so the sanitizer takes what it orders for races. In builds with -Db_sanitize=thread the linker puts
 * these in place of the functions that we call (--wrap, meson.build):
 *
 *	a reader has no more old pointers (quiescent state, offline, unregistered)  --> after a grace period: callbacks of call_rcu
 *	call_rcu  --> its callback  --> rcu_barrier
 *
 * Any reader's end stands for all of them, and any callback for all: a reader that forgot its quiescent state isn't found here
 * (the address sanitizer finds what it leads to); what isn't ordered by RCU at all is.
 *
 * Likewise the locks of a kind that it doesn't know, those with a clock.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <urcu-qsbr.h>

void __tsan_acquire(void *place);
void __tsan_release(void *place);

static char readers_done, callbacks_queued, callbacks_done;

struct call {
	struct rcu_head head;
	struct rcu_head *inner;
	void (*function)(struct rcu_head *inner);
};

#define WRAPPED(name)             \
	void __real_##name(void); \
	void __wrap_##name(void)

WRAPPED(urcu_qsbr_quiescent_state);
void __wrap_urcu_qsbr_quiescent_state(void)
{
	__tsan_release(&readers_done);
	__real_urcu_qsbr_quiescent_state();
}

WRAPPED(urcu_qsbr_thread_offline);
void __wrap_urcu_qsbr_thread_offline(void)
{
	__tsan_release(&readers_done);
	__real_urcu_qsbr_thread_offline();
}

WRAPPED(urcu_qsbr_unregister_thread);
void __wrap_urcu_qsbr_unregister_thread(void)
{
	__tsan_release(&readers_done);
	__real_urcu_qsbr_unregister_thread();
}

WRAPPED(urcu_qsbr_barrier);
void __wrap_urcu_qsbr_barrier(void)
{
	__tsan_release(&readers_done); /* it waits as a reader that is offline */
	__real_urcu_qsbr_barrier();
	__tsan_acquire(&callbacks_done);
}

WRAPPED(urcu_qsbr_synchronize_rcu);
void __wrap_urcu_qsbr_synchronize_rcu(void)
{
	__tsan_release(&readers_done);
	__real_urcu_qsbr_synchronize_rcu();
	__tsan_acquire(&readers_done);
}

static void run(struct rcu_head *head)
{
	__tsan_acquire(&readers_done);
	__tsan_acquire(&callbacks_queued);
	struct call call = *(struct call *)head; /* head comes first */
	free(head);
	call.function(call.inner);
	__tsan_release(&callbacks_done);
}

void __real_urcu_qsbr_call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head));
void __wrap_urcu_qsbr_call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head));
void __wrap_urcu_qsbr_call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head))
{
	struct call *call = malloc(sizeof(*call));

	if (call == NULL)
		abort();
	call->inner = head;
	call->function = function;
	__tsan_release(&callbacks_queued);
	__real_urcu_qsbr_call_rcu(&call->head, run);
}

/* --- locks --- */

/* The same moment by the clock of the functions that are known. */
static struct timespec real_time(clockid_t clock, const struct timespec *until)
{
	struct timespec now, real;

	clock_gettime(clock, &now);
	clock_gettime(CLOCK_REALTIME, &real);
	real.tv_sec += until->tv_sec - now.tv_sec;
	real.tv_nsec += until->tv_nsec - now.tv_nsec;
	if (real.tv_nsec < 0) {
		real.tv_nsec += 1000000000;
		real.tv_sec--;
	} else if (real.tv_nsec >= 1000000000) {
		real.tv_nsec -= 1000000000;
		real.tv_sec++;
	}
	return real;
}

int __wrap_pthread_rwlock_clockrdlock(
	pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until);
int __wrap_pthread_rwlock_clockrdlock(
	pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until)
{
	struct timespec real = real_time(clock, until);

	return pthread_rwlock_timedrdlock(lock, &real);
}

int __wrap_pthread_rwlock_clockwrlock(
	pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until);
int __wrap_pthread_rwlock_clockwrlock(
	pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until)
{
	struct timespec real = real_time(clock, until);

	return pthread_rwlock_timedwrlock(lock, &real);
}

/* --- what is left out --- */

const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
	/* liburcu's own memory goes from thread to thread in its queue: its calls into libc aren't looked at. Our callbacks are. */
	return "called_from_lib:liburcu-qsbr.so\n"
	       /* Counters have one writer, with plain stores of aligned words; a reader may be a moment behind. */
	       "race_top:module_counter_read\n";
}
