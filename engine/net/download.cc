#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "engine/net/http_client.h"
#include "engine/net/http_retry.h"
#include "engine/net/http_state.h"
#include "engine/net/http_transfer.h"
#include "engine/net/url.h"

namespace subtide {
namespace {

Error write_error(int number) {
  const bool is_full = number == ENOSPC || number == EDQUOT;
  return make_error(is_full ? ErrorCode::kNoSpace : ErrorCode::kIo, "cannot write the download: {}",
                    std::strerror(number));
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  if (text.empty() || text.size() > 18 ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::strtoull(std::string(text).c_str(), nullptr, 10);
}

struct ContentRange {
  std::optional<std::uint64_t> first;  // nothing in "bytes */1000"
  std::optional<std::uint64_t> total;
};

// "bytes 100-199/1000"
ContentRange parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return {};
  text.remove_prefix(6);
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  return {to_number(text.substr(0, text.find('-'))), to_number(text.substr(slash + 1))};
}

// The file on its way: what is written of it, and what the server said about it.
class FileSink : public ResponseSink {
 public:
  FileSink(const DownloadRequest& request, std::string where)
      : request_(request), where_(std::move(where)), offset_(request.resume_from) {}

  Status begin(int status, const std::vector<HttpHeader>& headers) override {
    is_wanted_ = status == 200 || status == 206;
    if (!is_wanted_) return ok();
    type_ = find_header(headers, "content-type").value_or("");
    const auto range = parse_content_range(find_header(headers, "content-range").value_or(""));
    if (status == 206 && range.first != offset_) {
      return make_error(ErrorCode::kBadInput, "{} sent another part than asked for", where_);
    }
    if (status == 200 && offset_ > 0) {
      if (auto emptied = start_over(); !emptied) return emptied;
    }
    total_ = status == 206 ? range.total
                           : to_number(find_header(headers, "content-length").value_or(""));
    remember_validator(headers);
    return check_size(total_.value_or(0));
  }

  Status write(std::string_view bytes) override {
    if (!is_wanted_) return ok();
    if (auto fits = check_size(offset_ + bytes.size()); !fits) return fits;
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(request_.descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset_));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return write_error(errno);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset_ += static_cast<std::uint64_t>(count);
    }
    if (request_.progress) request_.progress(offset_, total_);
    return ok();
  }

  // Forgets all bytes.
  Status start_over() {
    offset_ = 0;
    was_resumed_ = false;
    return ::ftruncate(request_.descriptor, 0) == 0 ? ok() : Status(write_error(errno));
  }

  std::vector<HttpHeader> range_headers() const {
    if (offset_ == 0) return {};
    std::vector<HttpHeader> headers{{"Range", fmt::format("bytes={}-", offset_)}};
    if (!validator_.empty()) headers.push_back({"If-Range", validator_});
    return headers;
  }

  std::uint64_t offset() const { return offset_; }
  DownloadOutcome outcome() const { return {offset_, type_, was_resumed_}; }

 private:
  void remember_validator(const std::vector<HttpHeader>& headers) {
    const std::string etag = find_header(headers, "etag").value_or("");
    validator_ = etag.starts_with("W/") ? "" : etag;
  }

  Status check_size(std::uint64_t size) const {
    const auto limit = std::min(request_.max_size, request_.expected_size.value_or(UINT64_MAX));
    if (size <= limit) return ok();
    return make_error(ErrorCode::kBadInput, "{} is larger than {} bytes", where_, limit);
  }

  const DownloadRequest& request_;
  std::string where_;
  std::uint64_t offset_;
  bool was_resumed_ = request_.resume_from > 0;
  bool is_wanted_ = false;
  std::optional<std::uint64_t> total_;
  std::string type_;
  std::string validator_;
};

Error status_error(int status, const std::string& where) {
  const auto code = [status] {
    if (status == 404 || status == 410) return ErrorCode::kNotFound;
    if (status == 401 || status == 403) return ErrorCode::kDenied;
    if (status == 408 || status == 429 || status >= 500) return ErrorCode::kUnavailable;
    return ErrorCode::kBadInput;
  }();
  return make_error(code, "{} answered with status {}", where, status);
}

// After "range not satisfiable": all is there already, or what is there is not of this file.
Status settle_range(const HopEnd& end, FileSink& sink) {
  const auto range = parse_content_range(find_header(end.headers, "content-range").value_or(""));
  if (range.total == sink.offset()) return ok();
  if (auto emptied = sink.start_over(); !emptied) return emptied;
  return make_error(ErrorCode::kUnavailable, "the part that was there did not fit the file");
}

Status attempt(HttpTransfer& transfer, const DownloadRequest& request, const Url& url,
               FileSink& sink) {
  Hop hop{.url = url,
          .needs_public_address = request.trust == UrlTrust::kFound,
          .allowed = {},
          .headers = request.headers,
          .connect_timeout = request.connect_timeout,
          .stall_timeout = request.stall_timeout,
          .stop = request.stop};
  for (auto& header : sink.range_headers()) hop.headers.push_back(std::move(header));
  auto end = run_with_redirects(transfer, std::move(hop), sink);
  if (!end) return std::move(end.error());
  if (end->status == 416) return settle_range(*end, sink);
  if (end->status != 200 && end->status != 206)
    return status_error(end->status, url.for_messages());
  return ok();
}

bool is_worth_another_try(const Error& error, const DownloadRequest& request) {
  return !request.stop.stop_requested() &&
         (error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadline);
}

Status fetch_all(HttpTransfer& transfer, const DownloadRequest& request, const Url& url,
                 FileSink& sink) {
  auto pause = request.retry_pause;
  for (int failures = 0;;) {
    const auto before = sink.offset();
    auto status = attempt(transfer, request, url, sink);
    if (status || !is_worth_another_try(status.error(), request)) return status;
    if (sink.offset() > before) {
      failures = 0;
      pause = request.retry_pause;
    }
    if (++failures >= request.max_attempts) return status;
    if (!wait_unless_stopped(pause, request.stop)) return status;
    pause *= 2;
  }
}

}  // namespace

Result<DownloadOutcome> HttpClient::download(const DownloadRequest& request) {
  auto url = parse_url(request.url);
  if (!url) return std::move(url.error());
  FileSink sink(request, url->for_messages());
  const bool is_whole = request.resume_from > 0 && request.expected_size == request.resume_from;
  if (!is_whole) {
    if (auto status = fetch_all(state_->transfer, request, *url, sink); !status) {
      return std::move(status.error());
    }
  }
  if (request.expected_size && sink.offset() != *request.expected_size) {
    return make_error(ErrorCode::kBadInput, "{} has {} bytes, not {}", url->for_messages(),
                      sink.offset(), *request.expected_size);
  }
  return sink.outcome();
}

}  // namespace subtide
