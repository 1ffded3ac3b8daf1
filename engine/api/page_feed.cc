#include "engine/api/page_feed.h"

#include <chrono>
#include <condition_variable>
#include <utility>

namespace subtide {
namespace {

constexpr std::chrono::seconds kAliveEvery(10);

std::string to_server_sent_event(const std::string& name, const std::string& json) {
  return "event: " + name + "\ndata: " + json + "\n\n";
}

}  // namespace

PageFeed::PageFeed() : thread_([this](const std::stop_token& stop) { keep_alive(stop); }) {}

PageFeed::~PageFeed() {
  const std::lock_guard lock(mutex_);
  for (const auto& stream : streams_) stream->close();
}

void PageFeed::tell(const std::string& name, const std::string& json, Kind kind) {
  std::string text = to_server_sent_event(name, json);
  const std::lock_guard lock(mutex_);
  write_to_all(text);
  if (kind == Kind::kLasting) {
    lasting_[name] = std::move(text);
    return;
  }
  auto& kept = passing_[name];
  kept.push_back(std::move(text));
  if (kept.size() > kKept) kept.pop_front();
}

void PageFeed::join(const HttpReply& reply) {
  const std::lock_guard lock(mutex_);
  auto stream = reply.start_stream("text/event-stream; charset=utf-8",
                                   {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}});
  std::string known = "retry: 1000\n\n";
  for (const auto& [_, text] : lasting_) known += text;
  for (const auto& [_, kept] : passing_) {
    for (const auto& text : kept) known += text;
  }
  if (stream->write(known)) streams_.push_back(std::move(stream));
}

std::size_t PageFeed::listeners() const {
  const std::lock_guard lock(mutex_);
  return streams_.size();
}

void PageFeed::write_to_all(std::string_view text) {
  std::erase_if(streams_, [&](const auto& stream) { return !stream->write(text); });
}

void PageFeed::keep_alive(const std::stop_token& stop) {
  std::mutex pause;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    std::unique_lock sleep(pause);
    never.wait_for(sleep, stop, kAliveEvery, [] { return false; });
    const std::lock_guard lock(mutex_);
    write_to_all(": alive\n\n");
  }
}

}  // namespace subtide
