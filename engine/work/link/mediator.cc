#include "engine/work/link/mediator.h"

#include <future>
#include <utility>

#include "engine/work/link/mediator_loop.h"

namespace subtide {
namespace {

/// Tasks of a job that was interrupted end soon after.
constexpr std::chrono::seconds kClosePatience(5);

}  // namespace

void WorkCall::answer(Result<WorkResult> result) {
  const std::lock_guard lock(mutex_);
  if (!result_) result_ = std::move(result);
  changed_.notify_all();
}

std::optional<Result<WorkResult>> WorkCall::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return result_.has_value(); });
  return std::move(result_);
}

Mediator::Mediator(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Mediator::~Mediator() = default;

Result<std::unique_ptr<Mediator>> Mediator::start(MediatorOptions options) {
  auto socket = WireSocket::listen(options.endpoint, options.keys);
  if (!socket) return socket.error();
  return std::unique_ptr<Mediator>(
      new Mediator(std::make_unique<Loop>(std::move(options), std::move(*socket))));
}

const std::string& Mediator::endpoint() const { return loop_->endpoint(); }

void Mediator::open_job(const std::string& job) {
  loop_->post([this, job] { loop_->step(work::JobAdded{job}); });
}

void Mediator::close_job(const std::string& job, bool is_whole) {
  const auto ended = std::make_shared<std::promise<void>>();
  const auto end = ended->get_future();
  const bool is_asked =
      loop_->post([this, job, is_whole, ended] { loop_->close_job(job, is_whole, ended); });
  if (is_asked) end.wait_for(kClosePatience);
}

Result<WorkResult> Mediator::run(const WorkRequest& request, std::stop_token stop) {
  const auto call = std::make_shared<WorkCall>(request);
  if (!loop_->post([this, call] { loop_->submit(call); })) {
    return make_error(ErrorCode::kUnavailable, "the engine is stopping");
  }
  auto result = call->wait(stop);
  if (result) return std::move(*result);
  loop_->post([this, call] { loop_->give_up(call); });
  return make_error(ErrorCode::kUnavailable, "stopped");
}

Result<ModelTraits> Mediator::traits_of(const std::string& stage, const std::string& name,
                                        std::chrono::milliseconds patience,
                                        const std::stop_token& stop) {
  return loop_->served().wait_for({stage, name}, patience, stop);
}

std::vector<MadeBy> Mediator::models_of(const std::string& stage, const std::string& name) const {
  return loop_->served().of({stage, name});
}

work::WorkCounts Mediator::counts() const { return loop_->counts(); }

std::size_t Mediator::drain(std::chrono::milliseconds patience) {
  const auto is_idle = [](const work::WorkCounts& counts) { return counts.leased == 0; };
  const std::size_t left = loop_->wait_for(patience, is_idle) ? 0 : loop_->counts().leased;
  loop_->post([this] { loop_->give_up_all(); });
  loop_->wait_for(std::chrono::seconds(1),
                  [](const work::WorkCounts& counts) { return counts.tasks == 0; });
  return left;
}

void Mediator::process_started(const std::string& slot, pid_t pid) {
  loop_->post([this, slot, pid] { loop_->process_started(slot, pid); });
}

void Mediator::process_ended(pid_t pid, bool is_crash, const std::string& how) {
  loop_->post([this, pid, is_crash, how] { loop_->process_ended(pid, is_crash, how); });
}

}  // namespace subtide
