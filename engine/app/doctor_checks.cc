#include "engine/app/doctor_checks.h"

#include <fmt/format.h>
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <sstream>
#include <string_view>

#include "models/store.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPocketsphinxModel = "/usr/share/pocketsphinx/model/en-us/en-us";
constexpr const char* kApertiumModes = "/usr/share/apertium/modes";

/// A kind of media, and the elements of which one is enough to read it.
struct MediaKind {
  const char* name;
  std::initializer_list<const char*> any_of;
  const char* package;
  bool is_needed;
};

const std::array<MediaKind, 22> kMediaKinds = {{
    {"conversion to 16 kHz mono", {"audioresample"}, "gstreamer1.0-plugins-base", true},
    {"automatic decoding", {"decodebin"}, "gstreamer1.0-plugins-base", true},
    {"WAV", {"wavparse"}, "gstreamer1.0-plugins-good", true},
    {"MP4, MOV, M4A", {"qtdemux"}, "gstreamer1.0-plugins-good", false},
    {"Matroska, WebM", {"matroskademux"}, "gstreamer1.0-plugins-good", false},
    {"MPEG transport stream", {"tsdemux"}, "gstreamer1.0-plugins-bad", false},
    {"MPEG program stream", {"mpegpsdemux"}, "gstreamer1.0-plugins-bad", false},
    {"Ogg", {"oggdemux"}, "gstreamer1.0-plugins-base", false},
    {"AVI", {"avidemux"}, "gstreamer1.0-plugins-good", false},
    {"FLV", {"flvdemux"}, "gstreamer1.0-plugins-good", false},
    {"MXF", {"mxfdemux"}, "gstreamer1.0-plugins-bad", false},
    {"WMA, WMV", {"asfdemux"}, "gstreamer1.0-plugins-ugly", false},
    {"MP3", {"mpg123audiodec", "avdec_mp3", "avdec_mp3float"}, "gstreamer1.0-plugins-good", false},
    {"AAC", {"avdec_aac", "faad", "fdkaacdec"}, "gstreamer1.0-libav", false},
    {"AC-3", {"avdec_ac3", "a52dec"}, "gstreamer1.0-libav", false},
    {"E-AC-3", {"avdec_eac3"}, "gstreamer1.0-libav", false},
    {"DTS", {"dtsdec", "avdec_dca"}, "gstreamer1.0-libav", false},
    {"ALAC", {"avdec_alac"}, "gstreamer1.0-libav", false},
    {"FLAC", {"flacdec", "avdec_flac"}, "gstreamer1.0-plugins-good", false},
    {"Opus", {"opusdec", "avdec_opus"}, "gstreamer1.0-plugins-base", false},
    {"Vorbis", {"vorbisdec", "avdec_vorbis"}, "gstreamer1.0-plugins-base", false},
    {"AMR, G.711, ADPCM",
     {"amrnbdec", "mulawdec", "avdec_amrnb"},
     "gstreamer1.0-plugins-good",
     false},
}};

bool has_element(const char* name) {
  GstElementFactory* factory = gst_element_factory_find(name);
  if (factory == nullptr) return false;
  gst_object_unref(factory);
  return true;
}

std::string install(std::string_view package) { return fmt::format("apt install {}", package); }

Check check_media_kind(const MediaKind& kind) {
  Check check{"media", kind.name, CheckState::kGood, "", ""};
  for (const char* element : kind.any_of) {
    if (!has_element(element)) continue;
    check.found = element;
    return check;
  }
  check.state = kind.is_needed ? CheckState::kMissing : CheckState::kOptional;
  check.found = "cannot be read";
  check.remedy = install(kind.package);
  return check;
}

Check check_gstreamer() {
  gchar* version = gst_version_string();
  Check check{"media", "GStreamer", CheckState::kGood, version, ""};
  g_free(version);
  return check;
}

bool is_on_path(std::string_view program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

Check check_program(const char* group, const char* program, const char* package, const char* lost) {
  if (is_on_path(program)) return {group, program, CheckState::kGood, "installed", ""};
  return {group, program, CheckState::kOptional, lost, install(package)};
}

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

void check_whisper_models(const ModelStore& store, std::vector<Check>& checks) {
  bool has_whisper = false;
  for (const auto& entry : store.list()) {
    if (entry.kind != ModelKind::kWhisper || entry.state != ModelState::kInstalled) continue;
    std::string found =
        fmt::format("{} ({})", entry.installed_path.string(), mebibytes(entry.size));
    if (entry.is_test_only) found += "; for the demo and tests only, never chosen by auto";
    checks.push_back({"recognition", "whisper:" + entry.name, CheckState::kGood, found, ""});
    has_whisper = has_whisper || !entry.is_test_only;
  }
  if (has_whisper) return;
  checks.push_back({"recognition", "a whisper model", CheckState::kOptional,
                    "without one only English is recognised, roughly",
                    "subtide models pull base.en   (142 MiB; `subtide models list` names others)"});
}

void check_recognition(const ModelStore& store, std::vector<Check>& checks) {
  check_whisper_models(store, checks);
  if (fs::exists(kPocketsphinxModel)) {
    checks.push_back({"recognition", "pocketsphinx", CheckState::kGood,
                      "US English, rough; used when there is no whisper model", ""});
  } else {
    checks.push_back({"recognition", "pocketsphinx", CheckState::kOptional,
                      "the US English recogniser that needs no download",
                      install("pocketsphinx-en-us")});
  }
}

void check_detector(const ModelStore& store, std::vector<Check>& checks) {
  const auto silero = store.find("silero");
  if (silero && silero->state == ModelState::kInstalled) {
    checks.push_back(
        {"speech detection", "silero", CheckState::kGood, silero->installed_path.string(), ""});
  } else {
    checks.push_back({"speech detection", "silero", CheckState::kOptional,
                      "speech is found by loudness instead, most music counts as speech",
                      "subtide models pull silero   (0.9 MiB)"});
  }
}

/// "eng-spa" of each mode file that is a pair.
std::vector<std::string> apertium_pairs() {
  std::vector<std::string> pairs;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(kApertiumModes, failure)) {
    const std::string name = entry.path().stem().string();
    const bool is_pair = entry.path().extension() == ".mode" &&
                         std::ranges::count(name, '-') == 1 && name.size() <= 15;
    if (is_pair) pairs.push_back(name);
  }
  std::ranges::sort(pairs);
  return pairs;
}

void check_translation(std::vector<Check>& checks) {
  checks.push_back(check_program("translation", "apertium", "apertium apertium-eng-spa",
                                 "translation without a server"));
  const auto pairs = apertium_pairs();
  std::string found;
  for (const auto& pair : pairs) found += (found.empty() ? "" : ", ") + pair;
  if (pairs.empty()) {
    checks.push_back(
        {"translation", "apertium pairs", CheckState::kOptional, "none installed",
         "apt install apertium-eng-spa   (`apt-cache search apertium-` names others)"});
  } else {
    checks.push_back({"translation", "apertium pairs", CheckState::kGood, found, ""});
  }
}

Check check_folder_for_models(const ModelStore& store) {
  for (const auto& folder : store.folders()) {
    fs::path at = folder;
    std::error_code failure;
    while (!at.empty() && at.has_relative_path() && !fs::exists(at, failure)) at = at.parent_path();
    if (access(at.c_str(), W_OK) != 0) continue;
    const auto space = fs::space(at, failure);
    return {"models", "folder", CheckState::kGood,
            fmt::format("{} ({} free)", folder.string(), mebibytes(failure ? 0 : space.available)),
            ""};
  }
  return {"models", "folder", CheckState::kOptional, "no model folder can be written to",
          "export SUBTIDE_MODEL_PATH=DIR"};
}

}  // namespace

std::vector<Check> run_checks() {
  std::vector<Check> checks = {check_gstreamer()};
  for (const auto& kind : kMediaKinds) checks.push_back(check_media_kind(kind));
  const auto store = ModelStore::from_environment();
  if (store) {
    check_detector(*store, checks);
    check_recognition(*store, checks);
    checks.push_back(check_folder_for_models(*store));
  } else {
    checks.push_back({"models", "store", CheckState::kMissing, store.error().message, ""});
  }
  check_translation(checks);
  checks.push_back(
      check_program("other", "ffmpeg", "ffmpeg",
                    "transcode puts texts, chapters and copied streams into files with it"));
  checks.push_back(
      check_program("other", "espeak-ng", "espeak-ng", "only the sample video needs it"));
  return checks;
}

bool can_subtitle(const std::vector<Check>& checks) {
  const bool is_complete = std::ranges::none_of(
      checks, [](const Check& check) { return check.state == CheckState::kMissing; });
  const bool has_recogniser = std::ranges::any_of(checks, [](const Check& check) {
    return check.group == "recognition" && check.state == CheckState::kGood &&
           check.name != "whisper:mini.en";
  });
  return is_complete && has_recogniser;
}

}  // namespace subtide
