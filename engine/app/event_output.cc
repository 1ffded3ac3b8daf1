#include "engine/app/event_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <utility>

namespace subtide {
namespace {

std::string random_name() {
  std::random_device device;
  return fmt::format("{:08x}", device());
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  std::string host = name.data();
  std::ranges::replace(host, '/', '_');
  return host.empty() ? "localhost" : host;
}

}  // namespace

EventOutput::EventOutput(Mode mode)
    : mode_(mode), run_(random_name()), source_(host_name(), "subtitle", run_) {}

void EventOutput::emit(std::string_view job, EventBody body) {
  if (!is_on()) return;
  const std::string line = to_json(source_.make_for_job(job, std::move(body))) + "\n";
  const bool is_written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
  if (!is_written || std::fflush(stdout) != 0) mode_ = Mode::kSilent;
}

std::string EventOutput::job_id(std::size_t number) const {
  return fmt::format("{}-{}", run_, number);
}

}  // namespace subtide
