#include "engine/events/request_channel.h"

#include <fmt/format.h>

#include <thread>
#include <utility>

#include "engine/base/log.h"

namespace subtide {
namespace {

constexpr std::chrono::milliseconds kTurn(500);
constexpr const char* kOk = "ok";

/// All codes that a handler may answer with, to find one by its name.
constexpr ErrorCode kCodes[] = {
    ErrorCode::kInvalidArgument, ErrorCode::kNotFound,   ErrorCode::kAlreadyExists,
    ErrorCode::kUnsupported,     ErrorCode::kBadInput,   ErrorCode::kUnavailable,
    ErrorCode::kDeadline,        ErrorCode::kNoSpace,    ErrorCode::kIo,
    ErrorCode::kDenied,          ErrorCode::kBreakerOpen};

ErrorCode code_named(const std::string& name) {
  for (const auto code : kCodes) {
    if (to_string(code) == name) return code;
  }
  return ErrorCode::kInternal;
}

}  // namespace

struct RequestServer::State {
  State(BusSocket open, Handler with) : socket(std::move(open)), handler(std::move(with)) {}
  ~State() {
    socket.interrupt();
    if (thread.joinable()) thread.join();
  }

  /// Frames: who asks, the request's number, the request.
  void handle(const BusSocket::Message& message) {
    if (message.size() != 3) return;  // nobody we could answer
    const auto answered = handler(message[2]);
    BusSocket::Message reply = {message[0], message[1]};
    if (answered) {
      reply.insert(reply.end(), {kOk, *answered});
    } else {
      reply.insert(reply.end(),
                   {std::string(to_string(answered.error().code)), answered.error().message});
    }
    if (const auto sent = socket.send(reply); !sent) log_debug("{}", sent.error().message);
  }

  void serve() {
    while (true) {
      const auto message = socket.receive(kTurn);
      if (!message && message.error().code == ErrorCode::kUnavailable) return;
      if (message && *message) handle(**message);
    }
  }

  BusSocket socket;
  const Handler handler;
  std::thread thread;
};

RequestServer::RequestServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
RequestServer::RequestServer(RequestServer&&) noexcept = default;
RequestServer& RequestServer::operator=(RequestServer&&) noexcept = default;
RequestServer::~RequestServer() = default;

Result<RequestServer> RequestServer::listen(const std::string& endpoint,
                                            const std::optional<CurveListener>& keys,
                                            Handler handler) {
  BusLimits limits;
  limits.longest_frame = kLongestRequest;
  auto socket = BusSocket::listen(BusSocket::Kind::kRouter, endpoint, keys, limits);
  if (!socket) return socket.error();
  auto state = std::make_unique<State>(std::move(*socket), std::move(handler));
  state->thread = std::thread([running = state.get()] { running->serve(); });
  return RequestServer(std::move(state));
}

const std::string& RequestServer::endpoint() const { return state_->socket.endpoint(); }

Result<RequestClient> RequestClient::connect(const std::string& endpoint,
                                             const std::optional<CurveClient>& keys,
                                             std::chrono::milliseconds answer_within) {
  BusLimits limits;
  limits.linger = std::chrono::milliseconds(0);
  auto socket = BusSocket::connect(BusSocket::Kind::kDealer, endpoint, keys, limits);
  if (!socket) return socket.error();
  return RequestClient(std::move(*socket), answer_within);
}

Result<std::string> RequestClient::ask(const std::string& request) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + answer_within_;
  const std::string number = fmt::format("{}", ++asked_);
  if (const auto sent = socket_.send({number, request}); !sent) return sent.error();
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) break;
    const auto reply = socket_.receive(left);
    if (!reply) return reply.error();
    if (!*reply || (*reply)->size() != 3 || (*reply)->front() != number) continue;
    const std::string& kind = (**reply)[1];
    if (kind == kOk) return (**reply)[2];
    return Error{code_named(kind), (**reply)[2]};
  }
  return make_error(ErrorCode::kDeadline, "{}: no answer within {} ms; does the engine still run?",
                    socket_.endpoint(), answer_within_.count());
}

}  // namespace subtide
