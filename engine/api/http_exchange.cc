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

void forget_body(void* source) { delete static_cast<Body*>(source); }

/// libmicrohttpd takes the bytes as they are, and only reads them.
MHD_Response* make_whole_response(const Body& body) {
  if (!body || body->empty()) {
    return MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
  }
  return MHD_create_response_from_buffer_with_free_callback_cls(
      body->size(), const_cast<char*>(body->data()), forget_body, new Body(body));
}

}  // namespace

SharedAnswer::Response::Response(const ServerAnswer& answer)
    : status(static_cast<unsigned>(answer.status)), handle(make_whole_response(answer.body)) {
  add_headers(handle, answer.content_type, answer.headers);
}

SharedAnswer::Response::~Response() { MHD_destroy_response(handle); }

SharedAnswer::SharedAnswer(const ServerAnswer& answer)
    : response_(std::make_shared<const Response>(answer)) {}

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

void HttpReply::Exchange::answer(Answer answer) {
  const std::lock_guard lock(mutex_);
  if (answer_ || stream_) return;
  answer_ = std::move(answer);
  wake();
}

void HttpReply::Exchange::answer_itself(int status, const std::string& text, HttpHeaders headers) {
  const std::lock_guard lock(mutex_);
  if (answer_ || stream_) return;
  answer_ = std::make_shared<const SharedAnswer::Response>(
      make_answer(status, "text/plain", text, std::move(headers)));
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
  if (!stream_) return MHD_queue_response(connection_, answer_->status, answer_->handle);
  MHD_Response* response = StreamBody::make_response(stream_);
  const MHD_Result queued = MHD_queue_response(connection_, MHD_HTTP_OK, response);
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
    answer_itself(503, "The engine stops.\n", {{"Connection", "close"}});
  }
}

}  // namespace subtide
