#include "engine/base/background_thread.h"

#include <sys/resource.h>
#include <unistd.h>

namespace subtide {

void make_background_thread() {
  constexpr int kNiceness = 5;
  thread_local bool is_behind = false;
  if (is_behind) return;
  is_behind = true;
  // Linux keeps a niceness for each thread, and takes its id where others take a process.
  const auto self = static_cast<id_t>(gettid());
  if (getpriority(PRIO_PROCESS, self) < kNiceness) setpriority(PRIO_PROCESS, self, kNiceness);
}

}  // namespace subtide
