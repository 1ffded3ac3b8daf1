#include "engine/app/worker_fleet.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/base/fault_point.h"
#include "engine/work/link/stage_work.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

fs::path own_program() {
  std::error_code unknown;
  const fs::path program = fs::read_symlink("/proc/self/exe", unknown);
  return unknown ? fs::path("subtide") : program;
}

std::string seat_name(int seat) { return fmt::format("worker-{}", seat + 1); }

std::string or_auto(const std::string& language) { return language.empty() ? "auto" : language; }

}  // namespace

WorkerFleet::WorkerFleet(FleetOptions options, Console& console)
    : options_(std::move(options)), console_(console) {}

WorkerFleet::~WorkerFleet() { stop(); }

std::vector<std::string> WorkerFleet::command(const std::string& stage, const std::string& spec,
                                              const ModelOptions& model) const {
  const fs::path program = options_.program.empty() ? own_program() : options_.program;
  // A window takes all that a process has; sentences are short.
  const int lanes = stage == kTranslateStage ? std::clamp(model.lanes, 1, 64) : 1;
  std::vector<std::string> command = {program.string(), "worker",
                                      "--stage",        stage,
                                      "--models",       spec,
                                      "--language",     or_auto(model.language),
                                      "--connect",      options_.mediator->endpoint(),
                                      "--state",        options_.state.string(),
                                      "--lanes",        std::to_string(lanes),
                                      "--parent",       std::to_string(::getpid())};
  if (!model.target_language.empty()) {
    command.insert(command.end(), {"--target-language", model.target_language});
  }
  return command;
}

Status WorkerFleet::start(const std::string& stage, const std::string& spec,
                          const ModelOptions& model, int count) {
  const std::lock_guard lock(mutex_);
  const std::string name = stage + " " + served_name(stage, spec, model);
  if (workers_.contains(name)) return ok();
  SupervisorOptions wanted;
  wanted.count = count;
  wanted.command = command(stage, spec, model);
  wanted.on_start = [this, first = seats_](int slot, pid_t pid) {
    options_.mediator->process_started(seat_name(first + slot), pid);
  };
  wanted.on_end = [this, first = seats_](const ProcessEnd& end) {
    console_.detail("{} (process {}): {}", seat_name(first + end.slot), end.pid, end.text());
    options_.mediator->process_ended(end.pid, end.is_crash(), end.text());
  };
  auto started = ProcessSupervisor::start(std::move(wanted));
  if (!started) return started.error();
  workers_[name] = std::move(*started);
  fault_point(FaultPoint::kWorkersStarted);
  seats_ += count;
  return ok();
}

void WorkerFleet::kill(pid_t pid) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, workers] : workers_) workers->kill(pid);
}

void WorkerFleet::stop(std::chrono::milliseconds patience) {
  std::map<std::string, std::unique_ptr<ProcessSupervisor>> workers;
  {
    const std::lock_guard lock(mutex_);
    workers.swap(workers_);
  }
  for (const auto& [name, some] : workers) some->stop(patience);
}

}  // namespace subtide
