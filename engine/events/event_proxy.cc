#include <thread>
#include <utility>
#include <zmq.hpp>

#include "engine/events/event_bus.h"
#include "engine/events/socket_options.h"

namespace subtide {

struct EventProxy::State {
  State(const BusEndpoints& wanted, const BusLimits& limits)
      : zmq_context(1),
        inward(zmq_context, zmq::socket_type::xsub),
        outward(zmq_context, zmq::socket_type::xpub),
        endpoints(wanted) {
    set_limits(inward, wanted.publish, limits);
    set_limits(outward, wanted.subscribe, limits);
  }
  ~State() {
    zmq_context.shutdown();
    if (thread.joinable()) thread.join();
    gate.reset();
    inward.close();
    outward.close();
  }

  void secure(const CurveListener& keys) {
    gate = std::make_unique<KeyGate>(zmq_context, keys.allowed);
    set_keys(inward, keys);
    set_keys(outward, keys);
  }
  void bind() {
    inward.bind(endpoints.publish);
    endpoints.publish = inward.get(zmq::sockopt::last_endpoint);
    outward.bind(endpoints.subscribe);
    endpoints.subscribe = outward.get(zmq::sockopt::last_endpoint);
  }
  void start() {
    thread = std::thread([this] {
      try {
        zmq::proxy(inward, outward);
      } catch (const zmq::error_t&) {  // the one way out: the context was shut down
      }
    });
  }

  zmq::context_t zmq_context;
  std::unique_ptr<KeyGate> gate;
  zmq::socket_t inward;
  zmq::socket_t outward;
  BusEndpoints endpoints;
  std::thread thread;
};

EventProxy::EventProxy(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventProxy::EventProxy(EventProxy&&) noexcept = default;
EventProxy& EventProxy::operator=(EventProxy&&) noexcept = default;
EventProxy::~EventProxy() = default;

Result<EventProxy> EventProxy::listen(const BusEndpoints& endpoints,
                                      const std::optional<CurveListener>& keys,
                                      const BusLimits& limits) {
  for (const auto& endpoint : {endpoints.publish, endpoints.subscribe}) {
    if (const auto fine = check_listen_endpoint(endpoint, keys); !fine) return fine.error();
  }
  try {
    auto state = std::make_unique<State>(endpoints, limits);
    if (keys) state->secure(*keys);
    state->bind();
    state->start();
    return EventProxy(std::move(state));
  } catch (const zmq::error_t& failure) {
    return bus_error(failure, "open the bus at", endpoints.publish);
  }
}

const BusEndpoints& EventProxy::endpoints() const { return state_->endpoints; }

}  // namespace subtide
