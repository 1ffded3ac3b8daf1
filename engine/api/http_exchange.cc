#include "engine/api/http_exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kBlock = 16 * 1024;

void add_headers(MHD_Response* response, const std::string& content_type,
                 const HttpHeaders& headers) {
  if (!content_type.empty())
    MHD_add_response_header(response, "Content-Type", content_type.c_str());
  for (const auto& [name, value] : headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
}

using Body = std::shared_ptr<const std::string>;

ssize_t read_body(void* source, std::uint64_t position, char* target, std::size_t room) {
  const Body& body = *static_cast<Body*>(source);
  if (position >= body->size()) return MHD_CONTENT_READER_END_OF_STREAM;
  const auto from = static_cast<std::size_t>(position);
  const std::size_t count = std::min(room, body->size() - from);
  std::memcpy(target, body->data() + from, count);
  return static_cast<ssize_t>(count);
}

void forget_body(void* source) { delete static_cast<Body*>(source); }

MHD_Response* make_whole_response(const ServerAnswer& answer) {
  const std::size_t size = answer.body ? answer.body->size() : 0;
  MHD_Response* response = size == 0
                               ? MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT)
                               : MHD_create_response_from_callback(
                                     size, kBlock, read_body, new Body(answer.body), forget_body);
  add_headers(response, answer.content_type, answer.headers);
  return response;
}

}  // namespace

bool StreamBody::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return false;
  if (backlog_.size() + bytes.size() > kLongestBacklog) {
    end();
    return false;
  }
  backlog_ += bytes;
  wake();
  return true;
}

void StreamBody::close() {
  const std::lock_guard lock(mutex_);
  end();
}

void StreamBody::end() {
  is_closed_ = true;
  wake();
}

void StreamBody::wake() {
  if (!is_suspended_) return;
  is_suspended_ = false;
  MHD_resume_connection(connection_);
}

ssize_t StreamBody::read(char* target, std::size_t room) {
  const std::lock_guard lock(mutex_);
  if (!backlog_.empty()) {
    const std::size_t count = std::min(room, backlog_.size());
    std::memcpy(target, backlog_.data(), count);
    backlog_.erase(0, count);
    return static_cast<ssize_t>(count);
  }
  if (is_closed_) return MHD_CONTENT_READER_END_OF_STREAM;
  is_suspended_ = true;
  MHD_suspend_connection(connection_);
  return 0;
}

ssize_t StreamBody::read(void* self, std::uint64_t, char* target, std::size_t room) {
  return (*static_cast<std::shared_ptr<StreamBody>*>(self))->read(target, room);
}

void StreamBody::forget(void* self) {
  auto* shared = static_cast<std::shared_ptr<StreamBody>*>(self);
  {
    const std::lock_guard lock((*shared)->mutex_);
    (*shared)->is_closed_ = true;
    (*shared)->is_suspended_ = false;
  }
  delete shared;
}

MHD_Response* StreamBody::make_response(std::shared_ptr<StreamBody> self) {
  const StreamBody& body = *self;
  MHD_Response* response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlock, &StreamBody::read,
                                        new std::shared_ptr<StreamBody>(self), &StreamBody::forget);
  add_headers(response, body.content_type_, body.headers_);
  return response;
}

void HttpReply::Exchange::answer(ServerAnswer answer) {
  const std::lock_guard lock(mutex_);
  if (answer_ || stream_) return;
  answer_ = std::move(answer);
  wake();
}

std::shared_ptr<HttpStream> HttpReply::Exchange::start_stream(std::string content_type,
                                                              HttpHeaders headers) {
  const std::lock_guard lock(mutex_);
  auto stream =
      std::make_shared<StreamBody>(connection_, std::move(content_type), std::move(headers));
  if (answer_ || stream_ || connection_ == nullptr) {
    stream->close();
    return stream;
  }
  stream_ = stream;
  wake();
  return stream;
}

void HttpReply::Exchange::wake() {
  if (!is_suspended_) return;
  is_suspended_ = false;
  if (connection_ != nullptr) MHD_resume_connection(connection_);
}

MHD_Result HttpReply::Exchange::queue_or_wait() {
  const std::lock_guard lock(mutex_);
  if (!answer_ && !stream_) {
    is_suspended_ = true;
    MHD_suspend_connection(connection_);
    return MHD_YES;
  }
  MHD_Response* response =
      stream_ ? StreamBody::make_response(stream_) : make_whole_response(*answer_);
  const unsigned status = stream_ ? 200 : static_cast<unsigned>(answer_->status);
  const MHD_Result queued = MHD_queue_response(connection_, status, response);
  MHD_destroy_response(response);
  return queued;
}

void HttpReply::Exchange::end() {
  const std::lock_guard lock(mutex_);
  connection_ = nullptr;
  is_suspended_ = false;
}

void HttpReply::Exchange::stop() {
  std::shared_ptr<StreamBody> stream;
  {
    const std::lock_guard lock(mutex_);
    stream = stream_;
  }
  if (stream) {
    stream->close();
  } else {
    answer(make_answer(503, "text/plain", "The engine stops.\n", {{"Connection", "close"}}));
  }
}

}  // namespace subtide
