#include "engine/work/link/worker_link.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <utility>

#include "engine/base/fault_point.h"
#include "engine/work/link/recent_leases.h"
#include "engine/work/link/worker_lanes.h"

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What the process keeps in memory now; 0 where the system does not tell.
std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0;
  std::int64_t resident = 0;
  file >> pages >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

class WorkerLink::Loop {
 public:
  Loop(WorkerLinkOptions options, LaneFunction work, std::unique_ptr<WireSocket> socket)
      : options_(std::move(options)),
        socket_(std::move(socket)),
        random_(static_cast<unsigned>(options_.hello.pid)),
        lanes_(options_.hello.lanes, std::move(work), [this] { socket_->ring(); }) {
    std::random_device device;
    hello_.boot = std::uint64_t{device()} << 32U | device();
  }

  void run(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { socket_->ring(); });
    say_hello();
    while (!stop.stop_requested() && !is_drained() && !is_over_) {
      for (WireArrival& arrival : socket_->wait(time_to_next())) {
        if (arrival.message) take(std::move(*arrival.message));
      }
      send_finished();
      keep_times();
    }
    leave();
  }

 private:
  void say_hello() {
    socket_->send(hello_);
    for (const wire::Renewal& renewal : lanes_.under_way()) socket_->send(renewal);
    claim();
  }

  void claim() {
    const int free = lanes_.free();
    if (free > 0 && !is_draining_) socket_->send(wire::Claim{free});
    next_claim_ =
        Clock::now() + options_.claim_pause * std::uniform_int_distribution(1, 4)(random_);
  }

  void take(wire::Message message) {
    if (auto* offer = std::get_if<wire::Offer>(&message)) {
      if (recent_.add(offer->task, offer->generation)) take_lease(std::move(*offer));
    } else if (std::holds_alternative<wire::Announcement>(message)) {
      claim();
    } else if (std::holds_alternative<wire::HelloWanted>(message)) {
      recent_.forget();
      say_hello();
    } else if (std::holds_alternative<wire::DrainOrder>(message)) {
      is_draining_ = true;
      socket_->send(wire::Draining{});
    } else if (const auto* revoked = std::get_if<wire::Revocation>(&message)) {
      lanes_.stop(revoked->task, revoked->generation);
    }
  }

  void take_lease(wire::Offer offer) {
    if (is_draining_ || lanes_.free() == 0) {
      socket_->send(wire::Return{offer.task, offer.generation});
      return;
    }
    fault_point(FaultPoint::kLeaseTaken);
    lanes_.start(std::move(offer));
  }

  void send_finished() {
    auto finished = lanes_.take_finished();
    if (!finished.empty()) fault_point(FaultPoint::kWorkDone);
    for (FinishedLease& lease : finished) {
      if (lease.result) {
        socket_->send(wire::Answer{lease.task, lease.generation, std::move(*lease.result)});
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
      socket_->send(wire::Beat{resident_bytes(), static_cast<int>(lanes_.under_way().size())});
      next_beat_ = now + options_.heartbeat;
      is_over_ = options_.is_over && options_.is_over();
    }
    if (now >= next_renewal_) {
      for (const wire::Renewal& renewal : lanes_.under_way()) socket_->send(renewal);
      next_renewal_ = now + options_.renewal;
    }
    if (now >= next_claim_) claim();
  }

  milliseconds time_to_next() const {
    const auto next = std::min({next_beat_, next_renewal_, next_claim_});
    const auto left = std::chrono::ceil<milliseconds>(next - Clock::now());
    return std::max(left, milliseconds(0));
  }

  bool is_drained() const { return is_draining_ && lanes_.under_way().empty(); }

  void leave() {
    lanes_.stop_all();
    for (const wire::Renewal& lease : lanes_.under_way()) {
      socket_->send(wire::Return{lease.task, lease.generation});
    }
    socket_->send(wire::Leaving{});
  }

  const WorkerLinkOptions options_;
  wire::Hello hello_ = options_.hello;
  const std::unique_ptr<WireSocket> socket_;
  std::minstd_rand random_;
  RecentLeases recent_;
  bool is_draining_ = false;
  bool is_over_ = false;
  Clock::time_point next_beat_ = Clock::now();
  Clock::time_point next_renewal_ = Clock::now() + options_.renewal;
  Clock::time_point next_claim_ = Clock::now();
  WorkerLanes lanes_;  // last: its threads ring the socket
};

WorkerLink::WorkerLink(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
WorkerLink::~WorkerLink() = default;

Result<std::unique_ptr<WorkerLink>> WorkerLink::create(WorkerLinkOptions options,
                                                       LaneFunction work) {
  auto socket = WireSocket::connect(options.endpoint, options.keys);
  if (!socket) return socket.error();
  return std::unique_ptr<WorkerLink>(new WorkerLink(
      std::make_unique<Loop>(std::move(options), std::move(work), std::move(*socket))));
}

Status WorkerLink::run(std::stop_token stop) {
  loop_->run(stop);
  return ok();
}

}  // namespace subtide
