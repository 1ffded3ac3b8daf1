#include "engine/work/link/wire.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace subtide::wire {
namespace {

using Json = nlohmann::json;

/// A message larger than this is no transcript.
constexpr std::size_t kLongestBody = 16U << 20U;

struct Written {
  const char* kind;
  Json body;
};

Json traits_json(const ModelTraits& traits) {
  return {{"spec", traits.spec},
          {"detail", traits.detail},
          {"languages", traits.languages},
          {"max_window_ns", traits.max_window.count()},
          {"is_punctuated", traits.is_punctuated},
          {"identity", traits.identity}};
}

ModelTraits traits_of(const Json& json) {
  ModelTraits traits;
  json.at("spec").get_to(traits.spec);
  json.at("detail").get_to(traits.detail);
  json.at("languages").get_to(traits.languages);
  traits.max_window = MediaDuration(json.at("max_window_ns").get<std::int64_t>());
  json.at("is_punctuated").get_to(traits.is_punctuated);
  json.at("identity").get_to(traits.identity);
  return traits;
}

Json made_by_json(const MadeBy& model) {
  return Json::array({model.spec, model.detail, model.identity});
}

MadeBy made_by_of(const Json& json) {
  return {json.at(0).get<std::string>(), json.at(1).get<std::string>(),
          json.at(2).get<std::string>()};
}

Json error_json(const Error& error) {
  return {{"code", static_cast<int>(error.code)}, {"message", error.message}};
}

Error error_of(const Json& json) {
  const int code = json.at("code").get<int>();
  const bool is_known = code >= 0 && code <= static_cast<int>(ErrorCode::kInternal);
  return {is_known ? static_cast<ErrorCode>(code) : ErrorCode::kInternal,
          json.at("message").get<std::string>()};
}

template <typename Message>
Json lease_json(const Message& message) {
  return {{"task", message.task}, {"generation", message.generation}};
}

template <typename Message>
Message lease_of(const Json& json) {
  Message message;
  json.at("task").get_to(message.task);
  json.at("generation").get_to(message.generation);
  return message;
}

struct Writer {
  Written operator()(const Hello& m) const {
    return {"hello",
            {{"worker", m.worker},
             {"stage", m.stage},
             {"names", m.names},
             {"traits", traits_json(m.traits)},
             {"lanes", m.lanes},
             {"pid", m.pid},
             {"boot", m.boot}}};
  }
  Written operator()(const Beat& m) const {
    return {"beat",
            {{"resident_bytes", m.resident_bytes}, {"busy", m.busy}, {"loading", m.is_loading}}};
  }
  Written operator()(const ModelNews& m) const {
    return {"model",
            {{"what", static_cast<int>(m.what)},
             {"model", made_by_json(m.model)},
             {"took_ms", m.took_ms},
             {"bytes", m.bytes},
             {"error", error_json(m.error)},
             {"reason", m.reason}}};
  }
  Written operator()(const Claim& m) const { return {"claim", {{"count", m.count}}}; }
  Written operator()(const Renewal& m) const {
    Json body = lease_json(m);
    body["progress"] = m.progress;
    return {"renew", std::move(body)};
  }
  Written operator()(const Answer& m) const {
    Json body = lease_json(m);
    body["result"] = m.result;
    body["model"] = made_by_json(m.model);
    return {"result", std::move(body)};
  }
  Written operator()(const Failure& m) const {
    Json body = lease_json(m);
    body.update(error_json(m.error));
    return {"failure", std::move(body)};
  }
  Written operator()(const Return& m) const { return {"return", lease_json(m)}; }
  Written operator()(const Draining&) const { return {"draining", Json::object()}; }
  Written operator()(const Leaving&) const { return {"leaving", Json::object()}; }
  Written operator()(const Offer& m) const {
    Json body = lease_json(m);
    body["stage"] = m.stage;
    body["payload"] = m.payload;
    return {"lease", std::move(body)};
  }
  Written operator()(const Announcement& m) const { return {"work", {{"count", m.count}}}; }
  Written operator()(const HelloWanted&) const { return {"who", Json::object()}; }
  Written operator()(const DrainOrder&) const { return {"drain", Json::object()}; }
  Written operator()(const Revocation& m) const { return {"revoke", lease_json(m)}; }
};

Message hello_of(const Json& json) {
  Hello m;
  json.at("worker").get_to(m.worker);
  json.at("stage").get_to(m.stage);
  json.at("names").get_to(m.names);
  m.traits = traits_of(json.at("traits"));
  json.at("lanes").get_to(m.lanes);
  json.at("pid").get_to(m.pid);
  json.at("boot").get_to(m.boot);
  return m;
}

Message beat_of(const Json& json) {
  return Beat{json.at("resident_bytes").get<std::int64_t>(), json.at("busy").get<int>(),
              json.at("loading").get<bool>()};
}

Message news_of(const Json& json) {
  ModelNews m;
  const int what = json.at("what").get<int>();
  const bool is_known = what >= 0 && what <= static_cast<int>(ModelNews::What::kFailed);
  m.what = is_known ? static_cast<ModelNews::What>(what) : ModelNews::What::kFailed;
  m.model = made_by_of(json.at("model"));
  json.at("took_ms").get_to(m.took_ms);
  json.at("bytes").get_to(m.bytes);
  m.error = error_of(json.at("error"));
  json.at("reason").get_to(m.reason);
  return m;
}

Message renewal_of(const Json& json) {
  auto m = lease_of<Renewal>(json);
  json.at("progress").get_to(m.progress);
  return m;
}

Message result_of(const Json& json) {
  auto m = lease_of<Answer>(json);
  json.at("result").get_to(m.result);
  m.model = made_by_of(json.at("model"));
  return m;
}

Message failure_of(const Json& json) {
  auto m = lease_of<Failure>(json);
  m.error = error_of(json);
  return m;
}

Message offer_of(const Json& json) {
  auto m = lease_of<Offer>(json);
  json.at("stage").get_to(m.stage);
  json.at("payload").get_to(m.payload);
  return m;
}

using Reader = Message (*)(const Json&);

Reader reader_of(std::string_view kind) {
  static const std::map<std::string_view, Reader> kReaders = {
      {"hello", hello_of},
      {"beat", beat_of},
      {"model", news_of},
      {"claim", [](const Json& j) -> Message { return Claim{j.at("count").get<int>()}; }},
      {"renew", renewal_of},
      {"result", result_of},
      {"failure", failure_of},
      {"return", [](const Json& j) -> Message { return lease_of<Return>(j); }},
      {"draining", [](const Json&) -> Message { return Draining{}; }},
      {"leaving", [](const Json&) -> Message { return Leaving{}; }},
      {"lease", offer_of},
      {"work", [](const Json& j) -> Message { return Announcement{j.at("count").get<int>()}; }},
      {"who", [](const Json&) -> Message { return HelloWanted{}; }},
      {"drain", [](const Json&) -> Message { return DrainOrder{}; }},
      {"revoke", [](const Json& j) -> Message { return lease_of<Revocation>(j); }},
  };
  const auto found = kReaders.find(kind);
  return found == kReaders.end() ? nullptr : found->second;
}

constexpr int kDeepest = 4;

/// Not too deep, and every number whole: the library would cut others to what is asked for.
bool is_sane(const Json& json, int depth) {
  if (depth == 0 || json.is_number_float()) return false;
  return !json.is_structured() || std::ranges::all_of(json, [depth](const Json& inner) {
    return is_sane(inner, depth - 1);
  });
}

/// What a worker may claim: more would only be a mistake.
Status check(const Message& message) {
  const auto* hello = std::get_if<Hello>(&message);
  const auto* claim = std::get_if<Claim>(&message);
  const bool is_bad_hello = hello != nullptr && (hello->worker.empty() || hello->stage.empty() ||
                                                 hello->lanes < 1 || hello->lanes > 1024);
  if (is_bad_hello) return make_error(ErrorCode::kBadInput, "hello: no name, stage or lanes");
  if (claim != nullptr && (claim->count < 1 || claim->count > 1024)) {
    return make_error(ErrorCode::kBadInput, "claim: count must be 1 to 1024");
  }
  return ok();
}

}  // namespace

Frames to_frames(const Message& message) {
  Written written = std::visit(Writer(), message);
  return {written.kind, written.body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Result<Message> from_frames(std::string_view kind, std::string_view body) try {
  const Reader read = reader_of(kind);
  if (read == nullptr) {
    return make_error(ErrorCode::kBadInput, "message of unknown kind '{}'", kind.substr(0, 40));
  }
  if (body.size() > kLongestBody) {
    return make_error(ErrorCode::kBadInput, "{}: {} bytes, {} allowed", kind, body.size(),
                      kLongestBody);
  }
  const Json json = Json::parse(body);
  if (!is_sane(json, kDeepest)) {
    return make_error(ErrorCode::kBadInput, "{}: too deep, or a number that is not whole", kind);
  }
  Message message = read(json);
  if (Status status = check(message); !status) return status.error();
  return message;
} catch (const Json::exception& error) {
  return make_error(ErrorCode::kBadInput, "{}: {}", kind, error.what());
}

}  // namespace subtide::wire
