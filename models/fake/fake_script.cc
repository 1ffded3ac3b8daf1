#include "models/fake/fake_script.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

/// Progress is told of this often.
constexpr std::chrono::milliseconds kStep(500);
constexpr std::size_t kLongestScript = 16U << 20U;

struct ScriptError {
  std::string message;
};

void refuse_unknown(const Json& object, const std::set<std::string>& known) {
  if (!object.is_object()) throw ScriptError{"expected an object"};
  for (const auto& [name, value] : object.items()) {
    if (!known.contains(name)) throw ScriptError{"unknown field \"" + name + "\""};
  }
}

MediaTime seconds_of(const Json& value) { return from_seconds(value.get<double>()); }

FakeFault fault_of(const std::string& name) {
  static const std::map<std::string, FakeFault> kFaults{
      {"fail", FakeFault::kFail},         {"crash", FakeFault::kCrash},
      {"empty", FakeFault::kEmpty},       {"loop", FakeFault::kLoop},
      {"huge", FakeFault::kHuge},         {"outside", FakeFault::kOutside},
      {"language", FakeFault::kLanguage}, {"count", FakeFault::kCount},
      {"bytes", FakeFault::kBytes},       {"slow", FakeFault::kSlow},
      {"hang", FakeFault::kHang}};
  const auto found = kFaults.find(name);
  if (found == kFaults.end()) throw ScriptError{"unknown fault \"" + name + "\""};
  return found->second;
}

ErrorCode code_of(const std::string& name) {
  for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kDeadline, ErrorCode::kInternal,
                               ErrorCode::kUnsupported, ErrorCode::kBadInput}) {
    if (to_string(code) == name) return code;
  }
  throw ScriptError{"unknown error code \"" + name + "\""};
}

Word word_of(const Json& value) {
  refuse_unknown(value, {"text", "begin", "end", "confidence"});
  return {value.at("text").get<std::string>(),
          {seconds_of(value.at("begin")), seconds_of(value.at("end"))},
          value.value("confidence", 1.0F)};
}

FakeTrouble trouble_of(const Json& value) {
  refuse_unknown(value,
                 {"fault", "code", "at", "text", "delay", "pace", "attempts", "while_exists"});
  FakeTrouble trouble;
  trouble.fault = fault_of(value.at("fault").get<std::string>());
  trouble.code = code_of(value.value("code", std::string("unavailable")));
  if (value.contains("at")) trouble.at = seconds_of(value.at("at"));
  trouble.text = value.value("text", std::string());
  trouble.delay = from_seconds(value.value("delay", 0.0));
  trouble.pace = value.value("pace", 0.0);
  trouble.attempts = value.value("attempts", trouble.attempts);
  trouble.while_exists = value.value("while_exists", std::string());
  return trouble;
}

FakeScript script_of(const Json& root) {
  refuse_unknown(root, {"name", "words", "refrain", "tones", "language", "punctuated", "max_window",
                        "delay", "upper_case", "sentences", "speech", "troubles"});
  FakeScript script;
  script.name = root.value("name", std::string());
  for (const Json& word : root.value("words", Json::array())) {
    script.words.push_back(word_of(word));
  }
  script.refrain = root.value("refrain", std::vector<std::string>());
  script.hears_tones = root.value("tones", false);
  script.language = root.value("language", script.language);
  script.is_punctuated = root.value("punctuated", false);
  script.max_window = from_seconds(root.value("max_window", to_seconds(script.max_window)));
  script.delay = from_seconds(root.value("delay", 0.0));
  script.is_upper_case = root.value("upper_case", false);
  script.sentences = root.value("sentences", script.sentences);
  if (root.contains("speech")) {
    script.speech.emplace();
    for (const Json& span : root.at("speech")) {
      script.speech->push_back({seconds_of(span.at(0)), seconds_of(span.at(1))});
    }
  }
  for (const Json& trouble : root.value("troubles", Json::array())) {
    script.troubles.push_back(trouble_of(trouble));
  }
  return script;
}

Result<FakeScript> parse(std::string_view name, std::string_view text) {
  try {
    return script_of(Json::parse(text));
  } catch (const Json::exception& exception) {
    return make_error(ErrorCode::kInvalidArgument, "fake model script {}: {}", name,
                      exception.what());
  } catch (const ScriptError& error) {
    return make_error(ErrorCode::kInvalidArgument, "fake model script {}: {}", name, error.message);
  }
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

bool FakeTrouble::lasts() const {
  std::error_code unknown;
  return while_exists.empty() || std::filesystem::exists(while_exists, unknown);
}

Result<FakeScript> read_fake_script(std::string_view spec_rest) {
  if (spec_rest.starts_with('{')) return parse("(inline)", spec_rest);
  if (spec_rest.ends_with(".json")) {
    const auto text = read_file(std::filesystem::path(spec_rest), kLongestScript);
    if (!text) return text.error();
    return parse(spec_rest, *text);
  }
  FakeScript script;
  script.refrain = words_of(spec_rest);
  script.is_upper_case = spec_rest == "upper";
  return script;
}

Status fake_delay(MediaDuration delay, const std::stop_token& stop,
                  std::atomic<std::uint64_t>* progress) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const auto end = std::chrono::steady_clock::now() + delay;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
    const auto step = std::min(end, std::chrono::steady_clock::now() + kStep);
    never.wait_until(lock, stop, step, [] { return false; });
    if (progress != nullptr) ++*progress;
  }
  if (stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "fake model: stopped");
  return ok();
}

void fake_hang() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

}  // namespace subtide
