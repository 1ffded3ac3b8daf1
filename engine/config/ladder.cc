#include "engine/config/ladder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "engine/base/atomic_file.h"
#include "engine/config/text_place.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestFile = 1U << 20U;
constexpr std::size_t kMostRenditions = 16;

struct KnownSize {
  std::string_view name;
  int height;
  int bitrate_kbps;
};
constexpr std::array<KnownSize, 7> kKnown = {{{"2160p", 2160, 14000},
                                              {"1440p", 1440, 8000},
                                              {"1080p", 1080, 5000},
                                              {"720p", 720, 2800},
                                              {"480p", 480, 1400},
                                              {"360p", 360, 800},
                                              {"240p", 240, 400}}};
constexpr std::array<std::string_view, 10> kPresets = {
    "ultrafast", "superfast", "veryfast", "faster",   "fast",
    "medium",    "slow",      "slower",   "veryslow", "placebo"};
constexpr std::array<std::string_view, 4> kProfiles = {"", "baseline", "main", "high"};

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

Status check(const Ladder& ladder) {
  if (ladder.renditions.empty()) {
    return make_error(ErrorCode::kBadInput, "it has no renditions; name one, such as 720p");
  }
  if (ladder.renditions.size() > kMostRenditions) {
    return make_error(ErrorCode::kBadInput, "more than {} renditions", kMostRenditions);
  }
  std::set<std::string> names;
  for (const auto& one : ladder.renditions) {
    if (!names.insert(one.name).second) {
      return make_error(ErrorCode::kBadInput, "two renditions are called '{}'", one.name);
    }
  }
  return ok();
}

/// Reads the fields of one object; the first thing that is wrong is kept, with its field.
class Fields {
 public:
  Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) fail("", "must be an object");
  }

  void text(const char* name, std::string& value, bool is_needed = false) {
    const Json* found = take(name, is_needed);
    if (found == nullptr) return;
    if (found->is_string()) {
      value = found->get<std::string>();
    } else {
      fail(name, "must be a text");
    }
  }
  void number(const char* name, int& value, int least, int most, bool is_needed = false) {
    const Json* found = take(name, is_needed);
    if (found == nullptr) return;
    if (found->is_number_integer() && *found >= least && *found <= most) {
      value = found->get<int>();
    } else {
      fail(name, fmt::format("must be a whole number from {} to {}", least, most));
    }
  }
  void seconds(const char* name, double& value, double least, double most) {
    const Json* found = take(name, false);
    if (found == nullptr) return;
    if (found->is_number() && *found >= least && *found <= most) {
      value = found->get<double>();
    } else {
      fail(name, fmt::format("must be a number from {} to {}", least, most));
    }
  }
  const Json* take(const char* name, bool is_needed) {
    known_.insert(name);
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    if (is_needed) fail(name, "is missing");
    return nullptr;
  }
  void fail(std::string_view name, std::string_view what) {
    if (error_) return;
    const std::string dot = path_.empty() || name.empty() ? "" : ".";
    error_ = make_error(ErrorCode::kBadInput, "{}{}{} {}", path_, dot, name, what);
  }
  Status end() {
    if (object_.is_object()) {
      for (const auto& [name, _] : object_.items()) {
        if (!known_.contains(name)) fail(name, "is not known");
      }
    }
    if (error_) return *error_;
    return ok();
  }

 private:
  const Json& object_;
  std::string path_;
  std::set<std::string> known_;
  std::optional<Error> error_;
};

Result<LadderRendition> read_rendition(const Json& json, std::size_t index) {
  LadderRendition made;
  Fields fields(json, fmt::format("renditions[{}]", index));
  fields.text("name", made.name, true);
  fields.number("height", made.height, 64, 4320, true);
  fields.number("bitrate_kbps", made.bitrate_kbps, 50, 100'000, true);
  fields.text("profile", made.profile);
  if (!made.name.empty() && !is_plain_name(made.name)) {
    fields.fail("name", "may have letters, digits, '-' and '_' only");
  }
  if (made.height % 2 != 0) fields.fail("height", "must be even");
  if (std::ranges::find(kProfiles, made.profile) == kProfiles.end()) {
    fields.fail("profile", "must be baseline, main or high");
  }
  if (const auto done = fields.end(); !done) return done.error();
  return made;
}

Result<Ladder> read_json(const Json& json) {
  Ladder made;
  Fields fields(json, "");
  fields.text("preset", made.preset);
  fields.seconds("keyframe_interval_s", made.keyframe_interval_s, 0.1, 60);
  fields.number("audio_bitrate_kbps", made.audio_bitrate_kbps, 16, 512);
  const Json* renditions = fields.take("renditions", true);
  if (renditions != nullptr && !renditions->is_array()) fields.fail("renditions", "must be a list");
  if (std::ranges::find(kPresets, made.preset) == kPresets.end()) {
    fields.fail("preset", "is none of x264's: ultrafast … placebo");
  }
  if (const auto done = fields.end(); !done) return done.error();
  for (const auto& one : *renditions) {
    auto rendition = read_rendition(one, made.renditions.size());
    if (!rendition) return rendition.error();
    made.renditions.push_back(std::move(*rendition));
  }
  std::ranges::stable_sort(made.renditions, std::ranges::greater(), &LadderRendition::height);
  if (const auto checked = check(made); !checked) return checked.error();
  return made;
}

}  // namespace

Result<Ladder> parse_ladder_names(std::string_view names) {
  Ladder made;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    const std::string_view name = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    const auto known = std::ranges::find(kKnown, name, &KnownSize::name);
    if (known == kKnown.end()) {
      return make_error(
          ErrorCode::kInvalidArgument,
          "'{}' is no known size; use 2160p, 1440p, 1080p, 720p, 480p, 360p, 240p, or "
          "a ladder file",
          name);
    }
    made.renditions.push_back({std::string(known->name), known->height, known->bitrate_kbps, ""});
  }
  std::ranges::stable_sort(made.renditions, std::ranges::greater(), &LadderRendition::height);
  if (const auto checked = check(made); !checked) {
    return make_error(ErrorCode::kInvalidArgument, "{}", checked.error().message);
  }
  return made;
}

Result<Ladder> parse_ladder_file(std::string_view json, std::string_view name) {
  try {
    auto ladder = read_json(Json::parse(json));
    if (!ladder) return make_error(ErrorCode::kBadInput, "{}: {}", name, ladder.error().message);
    return ladder;
  } catch (const Json::parse_error& mistake) {
    return make_error(ErrorCode::kBadInput, "{}: {}: this is not JSON", name,
                      text_place(json, mistake.byte));
  } catch (const Json::exception& mistake) {
    return make_error(ErrorCode::kBadInput, "{}: {}", name, mistake.what());
  }
}

Result<Ladder> read_ladder(const std::string& names_or_path) {
  const bool is_path =
      names_or_path.find('/') != std::string::npos || names_or_path.ends_with(".json");
  if (!is_path) return parse_ladder_names(names_or_path);
  const auto text = read_file(names_or_path, kLargestFile);
  if (!text) return text.error();
  return parse_ladder_file(*text, names_or_path);
}

}  // namespace subtide
