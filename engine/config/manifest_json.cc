// Jobs from JSON. Read as a stream of events, since a tree of values knows no lines and lets a key
// that is given twice win in silence.
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/config/manifest_jobs.h"
#include "engine/config/text_place.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kWrongType = "must be a text, a number, true, false, or a list of texts";

/// Goes over the text and lets the events see how far the parser has read.
class WatchedByte {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  WatchedByte(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  WatchedByte& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  WatchedByte operator++(int) {
    const WatchedByte before = *this;
    ++*this;
    return before;
  }
  bool operator==(const WatchedByte& other) const { return at_ == other.at_; }
  bool operator!=(const WatchedByte& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

class JobEvents : public nlohmann::json_sax<Json> {
 public:
  JobEvents(std::string_view text, ManifestJobs& jobs)
      : text_(text), counted_(text.data()), read_(text.data()), jobs_(jobs) {}

  Status read() {
    Json::sax_parse(WatchedByte(text_.data(), &read_),
                    WatchedByte(text_.data() + text_.size(), &read_), this);
    return std::move(status_);
  }

  bool null() override { return place_ == Place::kValue ? leave_value() : wrong(kWrongType); }
  bool boolean(bool value) override { return plain(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return plain(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return plain(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& as_written) override {
    return plain(as_written);
  }
  bool binary(binary_t&) override { return wrong(kWrongType); }  // JSON has none

  bool string(string_t& value) override {
    if (place_ == Place::kList) return add_to_list(value);
    if (place_ != Place::kValue) return wrong(kWrongType);
    return done(jobs_.set(line(), std::move(value))) && leave_value();
  }

  bool start_object(std::size_t) override {
    if (place_ != Place::kJobs) return wrong(kWrongType);
    place_ = Place::kJob;
    return done(jobs_.begin_job(line()));
  }
  bool key(string_t& name) override {
    place_ = Place::kValue;
    return done(jobs_.begin_option(line(), name));
  }
  bool end_object() override {
    place_ = Place::kJobs;
    return done(jobs_.end_job());
  }
  bool start_array(std::size_t) override {
    if (place_ == Place::kValue && jobs_.key() == "input") return wrong("must be one text");
    if (place_ != Place::kRoot && place_ != Place::kValue) return wrong(kWrongType);
    place_ = place_ == Place::kRoot ? Place::kJobs : Place::kList;
    list_.reset();
    return true;
  }
  bool end_array() override {
    if (place_ != Place::kList) return true;
    place_ = Place::kValue;
    return done(jobs_.set(line(), std::move(list_).value_or(""))) && leave_value();
  }

  bool parse_error(std::size_t byte, const std::string&, const Json::exception&) override {
    return done(make_error(ErrorCode::kBadInput, "{}: this is not JSON", text_place(text_, byte)));
  }

 private:
  enum class Place { kRoot, kJobs, kJob, kValue, kList };

  bool plain(std::string value) {
    if (place_ != Place::kValue) return wrong(kWrongType);
    if (jobs_.key() == "input") return wrong("must be a text");
    return done(jobs_.set(line(), std::move(value))) && leave_value();
  }
  bool add_to_list(const std::string& item) {
    if (item.find(',') != std::string::npos) return wrong("an item of a list has a comma");
    list_ = list_ ? *std::move(list_) + "," + item : item;
    return true;
  }
  bool leave_value() {
    place_ = Place::kJob;
    return true;
  }
  /// Something that is wrong where it stands.
  bool wrong(std::string_view in_option) {
    if (place_ == Place::kRoot) return done(ManifestJobs::wrong_line(line(), "must be a list"));
    if (place_ == Place::kJobs) {
      return done(ManifestJobs::wrong_line(line(), "a job must be an object, {\"input\": …}"));
    }
    return done(jobs_.wrong_option(line(), in_option));
  }
  bool done(Status status) {
    if (!status) status_ = std::move(status);
    return status_.has_value();
  }
  /// Of the token just read. Its last byte does not count: behind a number the parser has read one
  /// byte more, and no other token ends in a line break.
  std::size_t line() {
    for (; counted_ + 1 < read_; ++counted_) line_ += *counted_ == '\n' ? 1 : 0;
    return line_;
  }

  std::string_view text_;
  const char* counted_;
  const char* read_;
  std::size_t line_ = 1;
  ManifestJobs& jobs_;
  Place place_ = Place::kRoot;
  std::optional<std::string> list_;
  Status status_;
};

}  // namespace

Status read_json_jobs(std::string_view json, ManifestJobs& jobs) {
  return JobEvents(json, jobs).read();
}

}  // namespace subtide
