#include "engine/events/event_state_server.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "engine/base/log.h"

namespace subtide {
namespace {

// How often the log is read while nobody asks, so that the answer is there when somebody does.
constexpr std::chrono::milliseconds kIdle{250};

/// Reads some more of the log. True at its end.
Result<bool> read_on(LastValues& values, const EventLog& log) {
  const auto rows = log.read_from(values.row() + 1, EventStateServer::kMostRows);
  if (!rows) return rows.error();
  for (const auto& row : *rows) values.add(row);
  return rows->size() < EventStateServer::kMostRows;
}

/// Brings `values` up to the log's end.
Status catch_up(LastValues& values, const EventLog& log) {
  while (true) {
    const auto is_at_end = read_on(values, log);
    if (!is_at_end) return is_at_end.error();
    if (*is_at_end) return ok();
  }
}

/// The newest values that fit in an answer.
void shorten(EventSnapshot& snapshot) {
  std::size_t bytes = 0;
  const auto cut = std::find_if(snapshot.values.rbegin(), snapshot.values.rend(), [&](auto& value) {
    bytes += value.size();
    return bytes > EventStateServer::kMostBytes;
  });
  snapshot.values.erase(snapshot.values.begin(), cut.base());
}

Result<ReplayPage> read_rows(const EventLog& log, const StateRequest& request) {
  // The end first: rows that come in between are then asked for once more, not missed.
  const auto last = log.last_row();
  if (!last) return last.error();
  const auto first = log.first_row();
  if (!first) return first.error();
  const std::uint64_t from = std::max<std::uint64_t>(request.from, 1);
  if (from < *first) {
    return make_error(ErrorCode::kNotFound,
                      "row {} is no longer kept, the oldest is {}: take a snapshot", from, *first);
  }
  auto rows = log.read_from(from, std::min(request.limit, EventStateServer::kMostRows));
  if (!rows) return rows.error();
  std::size_t bytes = 0;
  const auto cut = std::ranges::find_if(*rows, [&](const LoggedEvent& row) {
    bytes += row.json.size();
    return bytes > EventStateServer::kMostBytes && &row != &rows->front();
  });
  rows->erase(cut, rows->end());
  return ReplayPage{*last, std::move(*rows)};
}

}  // namespace

struct EventStateServer::State {
  State(BusSocket open, const EventLog& of) : socket(std::move(open)), log(of) {}
  ~State() {
    socket.interrupt();
    if (thread.joinable()) thread.join();
  }

  Result<StateFrames> answer(std::string_view asked) {
    const auto request = read_request(asked);
    if (!request) return request.error();
    if (request->ask == StateRequest::Ask::kReplay) {
      const auto page = read_rows(log, *request);
      if (!page) return page.error();
      return write_page(*page);
    }
    if (const auto done = catch_up(values, log); !done) return done.error();
    if (request->ask == StateRequest::Ask::kHeads) {
      return write_snapshot({values.row(), values.heads(), {}});
    }
    EventSnapshot snapshot = values.snapshot();
    shorten(snapshot);
    return write_snapshot(snapshot);
  }

  /// Frames: who asks, the request's number, the request.
  void handle(const BusSocket::Message& message) {
    if (message.size() != 3) return;  // nobody we could answer
    const auto answered = answer(message[2]);
    const StateFrames frames = answered ? *answered : write_error(answered.error());
    BusSocket::Message reply = {message[0], message[1]};
    reply.insert(reply.end(), frames.begin(), frames.end());
    if (const auto sent = socket.send(reply); !sent) log_debug("{}", sent.error().message);
  }

  void serve() {
    bool is_at_end = false;
    while (true) {
      const auto message = socket.receive(is_at_end ? kIdle : std::chrono::milliseconds(0));
      if (!message && message.error().code == ErrorCode::kUnavailable) return;
      if (message && *message) handle(**message);
      is_at_end = read_on(values, log).value_or(true);
    }
  }

  BusSocket socket;
  const EventLog& log;
  LastValues values{kMostValues};
  std::thread thread;
};

EventStateServer::EventStateServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventStateServer::EventStateServer(EventStateServer&&) noexcept = default;
EventStateServer& EventStateServer::operator=(EventStateServer&&) noexcept = default;
EventStateServer::~EventStateServer() = default;

Result<EventStateServer> EventStateServer::listen(const std::string& endpoint,
                                                  const std::optional<CurveListener>& keys,
                                                  const EventLog& log) {
  BusLimits limits;
  limits.high_water_mark = 64;  // answers are large
  auto socket = BusSocket::listen(BusSocket::Kind::kRouter, endpoint, keys, limits);
  if (!socket) return socket.error();
  auto state = std::make_unique<State>(std::move(*socket), log);
  state->thread = std::thread([running = state.get()] { running->serve(); });
  return EventStateServer(std::move(state));
}

const std::string& EventStateServer::endpoint() const { return state_->socket.endpoint(); }

}  // namespace subtide
