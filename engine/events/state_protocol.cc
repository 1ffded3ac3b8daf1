#include "engine/events/state_protocol.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace subtide {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<StateRequest::Ask, std::string_view>, 3> kAsks = {
    {{StateRequest::Ask::kSnapshot, "snapshot"},
     {StateRequest::Ask::kHeads, "heads"},
     {StateRequest::Ask::kReplay, "replay"}}};
constexpr std::array kCodes = {ErrorCode::kInvalidArgument, ErrorCode::kNotFound,
                               ErrorCode::kBadInput,        ErrorCode::kUnavailable,
                               ErrorCode::kNoSpace,         ErrorCode::kIo};

Error bad(std::string_view what) {
  return make_error(ErrorCode::kBadInput, "event state: {}; see state_protocol.h", what);
}

std::string text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_count(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned();
}

bool is_text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string();
}

/// The first frame of an answer, or the error it stands for.
Result<Json> read_head(const StateFrames& frames) {
  if (frames.empty()) return bad("the answer is empty");
  Json head = Json::parse(frames[0], nullptr, /*allow_exceptions=*/false);
  if (!head.is_object()) return bad("the answer is no JSON object");
  if (!head.contains("error")) return head;
  if (!is_text(head, "error") || !is_text(head, "message")) return bad("the error has no text");
  for (const auto code : kCodes) {
    if (head["error"] == to_string(code)) return Error{code, head["message"]};
  }
  return Error{ErrorCode::kInternal, head["message"]};
}

Result<std::vector<FamilyHead>> read_heads(const Json& head) {
  const auto list = head.find("heads");
  if (list == head.end() || !list->is_array()) return bad("there are no heads");
  std::vector<FamilyHead> heads;
  for (const auto& item : *list) {
    const bool is_head = item.is_object() && is_text(item, "source") && is_text(item, "family") &&
                         is_count(item, "sequence");
    if (!is_head) return bad("a head lacks source, family or sequence");
    heads.push_back({item["source"], item["family"], item["sequence"]});
  }
  return heads;
}

}  // namespace

std::string write_request(const StateRequest& request) {
  Json value;
  for (const auto& [ask, name] : kAsks) {
    if (ask == request.ask) value["ask"] = name;
  }
  if (request.ask == StateRequest::Ask::kReplay) {
    value["from"] = request.from;
    value["limit"] = request.limit;
  }
  return text(value);
}

Result<StateRequest> read_request(std::string_view json) {
  const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object() || !is_text(value, "ask")) return bad("the request asks nothing");
  for (const auto& [ask, name] : kAsks) {
    if (value["ask"] != name) continue;
    StateRequest request{ask};
    if (ask != StateRequest::Ask::kReplay) return request;
    if (!is_count(value, "from") || !is_count(value, "limit") || value["limit"] == 0) {
      return bad("replay needs from and a limit of at least 1");
    }
    request.from = value["from"];
    request.limit = value["limit"];
    return request;
  }
  return bad("the request asks for something unknown");
}

StateFrames write_snapshot(const EventSnapshot& snapshot) {
  Json heads = Json::array();
  for (const auto& head : snapshot.heads) {
    heads.push_back(
        {{"source", head.source}, {"family", head.family}, {"sequence", head.sequence}});
  }
  StateFrames frames = {text({{"row", snapshot.row}, {"heads", std::move(heads)}})};
  frames.insert(frames.end(), snapshot.values.begin(), snapshot.values.end());
  return frames;
}

StateFrames write_page(const ReplayPage& page) {
  Json rows = Json::array();
  for (const auto& event : page.events) rows.push_back(event.row);
  StateFrames frames = {text({{"last_row", page.last_row}, {"rows", std::move(rows)}})};
  for (const auto& event : page.events) frames.push_back(event.json);
  return frames;
}

StateFrames write_error(const Error& error) {
  return {text({{"error", to_string(error.code)}, {"message", error.message}})};
}

Result<EventSnapshot> read_snapshot(const StateFrames& frames) {
  const auto head = read_head(frames);
  if (!head) return head.error();
  if (!is_count(*head, "row")) return bad("there is no row");
  auto heads = read_heads(*head);
  if (!heads) return heads.error();
  return EventSnapshot{(*head)["row"], std::move(*heads), {frames.begin() + 1, frames.end()}};
}

Result<ReplayPage> read_page(const StateFrames& frames) {
  const auto head = read_head(frames);
  if (!head) return head.error();
  if (!is_count(*head, "last_row")) return bad("there is no last row");
  const auto rows = head->find("rows");
  const bool is_whole =
      rows != head->end() && rows->is_array() && rows->size() + 1 == frames.size();
  if (!is_whole) return bad("rows and envelopes differ in number");
  ReplayPage page{(*head)["last_row"], {}};
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const Json& row = (*rows)[i];
    if (!row.is_number_unsigned()) return bad("a row is no number");
    const bool rises = page.events.empty() || row > page.events.back().row;
    if (!rises) return bad("the rows do not rise");
    page.events.push_back({row, frames[i + 1]});
  }
  return page;
}

}  // namespace subtide
