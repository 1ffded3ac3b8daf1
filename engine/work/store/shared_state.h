#pragma once

#include <memory>
#include <mutex>

#include "engine/work/store/database.h"
#include "engine/work/store/shared_database.h"

namespace subtide {

struct SharedDatabase::State {
  std::unique_ptr<Database> database;
  std::mutex mutex;
};

}  // namespace subtide
