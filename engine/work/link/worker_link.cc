#include "engine/work/link/worker_link.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "engine/base/fault_point.h"
#include "engine/work/link/recent_leases.h"
#include "engine/work/link/worker_lanes.h"

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

}  // namespace

class WorkerLink::Loop {
 public:
  Loop(WorkerLinkOptions options, std::shared_ptr<WorkerModels> models,
       std::unique_ptr<WireSocket> socket)
      : options_(std::move(options)),
        models_(std::move(models)),
        socket_(std::move(socket)),
        random_(static_cast<unsigned>(options_.hello.pid)),
        lanes_(options_.hello.lanes, [this] { socket_->ring(); }) {
    models_->set_bell([this] { socket_->ring(); });
    std::random_device device;
    // A number that fits every reader of JSON.
    hello_.boot = (std::uint64_t{device()} << 32U | device()) >> 1U;
  }
  ~Loop() { models_->set_bell({}); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { drain(); });
    say_hello();
    while (!is_drained() && !is_over_) {
      for (WireArrival& arrival : socket_->wait(time_to_next())) {
        if (arrival.message) take(std::move(*arrival.message));
      }
      begin_drain();
      send_news();
      send_finished();
      keep_times();
    }
    leave();
  }

  void drain() {
    is_drain_asked_ = true;
    socket_->ring();
  }
  std::size_t busy() const { return lanes_.under_way().size(); }

 private:
  void say_hello() {
    const WorkerModels::Model model = models_->current();
    if (auto names = models_->names(); !names.empty()) hello_.names = std::move(names);
    hello_.traits = model ? model->traits : ModelTraits();
    said_ = model;
    socket_->send(hello_);
    renew(Renew::kAll);
    claim();
  }

  void claim() {
    const int free = lanes_.free();
    if (free > 0 && models_->current() && !is_draining()) socket_->send(wire::Claim{free});
    next_claim_ =
        Clock::now() + options_.claim_pause * std::uniform_int_distribution(1, 4)(random_);
  }

  void take(wire::Message message) {
    if (auto* offer = std::get_if<wire::Offer>(&message)) {
      if (recent_.add(offer->task, offer->generation)) take_lease(std::move(*offer));
    } else if (std::holds_alternative<wire::Announcement>(message)) {
      claim();
    } else if (std::holds_alternative<wire::HelloWanted>(message)) {
      answer_who_are_you();
    } else if (std::holds_alternative<wire::DrainOrder>(message)) {
      is_drain_asked_ = true;
    } else if (const auto* revoked = std::get_if<wire::Revocation>(&message)) {
      lanes_.stop(revoked->task, revoked->generation);
    }
  }

  /// Not at once again: two that take each other for somebody else would never stop talking.
  void answer_who_are_you() {
    constexpr milliseconds kPause(200);
    const Clock::time_point now = Clock::now();
    if (now < next_hello_) return;
    next_hello_ = now + kPause;
    recent_.forget();
    say_hello();
  }

  void take_lease(wire::Offer offer) {
    WorkerModels::Model model = models_->current();
    if (is_draining() || !model || lanes_.free() == 0) {
      socket_->send(wire::Return{offer.task, offer.generation});
      return;
    }
    fault_point(FaultPoint::kLeaseTaken);
    lanes_.start(std::move(offer), std::move(model));
  }

  void begin_drain() {
    if (is_draining() || !is_drain_asked_) return;
    drained_by_ = Clock::now() + options_.drain;
    socket_->send(wire::Draining{});
  }

  /// Of models first, so that the mediator knows who made the results that follow.
  void send_news() {
    for (wire::ModelNews& news : models_->take_news()) socket_->send(std::move(news));
    if (said_ != models_->current()) say_hello();
  }

  void send_finished() {
    auto finished = lanes_.take_finished();
    if (!finished.empty()) fault_point(FaultPoint::kWorkDone);
    for (FinishedLease& lease : finished) {
      if (lease.result) {
        socket_->send(wire::Answer{lease.task, lease.generation, std::move(*lease.result),
                                   std::move(lease.model)});
      } else {
        socket_->send(wire::Failure{lease.task, lease.generation, std::move(lease.result.error())});
      }
    }
    if (finished.empty()) return;
    fault_point(FaultPoint::kAnswerSent);
    claim();
  }

  void keep_times() {
    const Clock::time_point now = Clock::now();
    if (now >= next_beat_) {
      const bool is_loading = models_->current() == nullptr;
      socket_->send(wire::Beat{resident_bytes(), static_cast<int>(busy()), is_loading});
      renew(Renew::kNews);
      next_beat_ = now + options_.heartbeat;
      is_over_ = options_.is_over && options_.is_over();
    }
    if (now >= next_renewal_) {
      renew(Renew::kAll);
      next_renewal_ = now + options_.renewal;
    }
    if (now >= next_claim_) claim();
  }

  /// Progress is told with the next heartbeat, so that a stall is counted from when it began.
  enum class Renew { kAll, kNews };
  void renew(Renew which) {
    std::map<std::pair<TaskId, std::uint32_t>, std::uint64_t> told;
    for (const wire::Renewal& renewal : lanes_.under_way()) {
      const std::pair lease(renewal.task, renewal.generation);
      const auto before = told_.find(lease);
      const bool is_news = renewal.progress != (before == told_.end() ? 0 : before->second);
      if (is_news || which == Renew::kAll) socket_->send(renewal);
      told[lease] = renewal.progress;
    }
    told_ = std::move(told);
  }

  milliseconds time_to_next() const {
    auto next = std::min({next_beat_, next_renewal_, next_claim_});
    if (drained_by_) next = std::min(next, *drained_by_);
    const auto left = std::chrono::ceil<milliseconds>(next - Clock::now());
    return std::max(left, milliseconds(0));
  }

  bool is_draining() const { return drained_by_.has_value(); }
  bool is_drained() const {
    return is_draining() && (lanes_.under_way().empty() || Clock::now() >= *drained_by_);
  }

  void leave() {
    send_finished();
    lanes_.stop_all();
    for (const wire::Renewal& lease : lanes_.under_way()) {
      socket_->send(wire::Return{lease.task, lease.generation});
    }
    socket_->send(wire::Leaving{});
  }

  const WorkerLinkOptions options_;
  wire::Hello hello_ = options_.hello;
  const std::shared_ptr<WorkerModels> models_;
  const std::unique_ptr<WireSocket> socket_;
  std::minstd_rand random_;
  WorkerModels::Model said_;  ///< in the last hello
  std::atomic<bool> is_drain_asked_ = false;
  std::optional<Clock::time_point> drained_by_;
  RecentLeases recent_;
  std::map<std::pair<TaskId, std::uint32_t>, std::uint64_t> told_;  ///< progress of leases
  bool is_over_ = false;
  Clock::time_point next_hello_ = Clock::now();
  Clock::time_point next_beat_ = Clock::now();
  Clock::time_point next_renewal_ = Clock::now() + options_.renewal;
  Clock::time_point next_claim_ = Clock::now();
  WorkerLanes lanes_;  // last: its threads ring the socket
};

WorkerLink::WorkerLink(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
WorkerLink::~WorkerLink() = default;

Result<std::unique_ptr<WorkerLink>> WorkerLink::create(WorkerLinkOptions options,
                                                       std::shared_ptr<WorkerModels> models) {
  auto socket = WireSocket::connect(options.endpoint, options.keys);
  if (!socket) return socket.error();
  return std::unique_ptr<WorkerLink>(new WorkerLink(
      std::make_unique<Loop>(std::move(options), std::move(models), std::move(*socket))));
}

Result<std::unique_ptr<WorkerLink>> WorkerLink::create(WorkerLinkOptions options,
                                                       LaneFunction work) {
  StageModel model{options.hello.traits, options.hello.names, std::move(work)};
  return create(std::move(options), std::make_shared<WorkerModels>(std::move(model)));
}

std::string worker_name(pid_t pid) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + "-" + std::to_string(pid);
}

Status WorkerLink::run(std::stop_token stop) {
  loop_->run(stop);
  return ok();
}

void WorkerLink::drain() { loop_->drain(); }
std::size_t WorkerLink::busy() const { return loop_->busy(); }

}  // namespace subtide
