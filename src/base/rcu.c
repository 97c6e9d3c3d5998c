#include "base/rcu.h"

char rcu_grace_period;
