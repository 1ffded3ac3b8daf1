#include "models/whisper/model_file.h"

#include <ggml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>

namespace subtide {
namespace {

constexpr std::uint32_t kMagic = 0x67676d6c;  // "ggml"
constexpr std::int32_t kMultilingualVocabulary = 51865;

/// Reads little-endian numbers and skips; remembers when the file ended too soon.
class Walker {
 public:
  Walker(const std::filesystem::path& file, std::uintmax_t size)
      : in_(file, std::ios::binary), size_(size) {}

  bool is_open() const { return in_.is_open(); }
  bool at_end() const { return is_whole_ && at_ == size_; }
  bool is_whole() const { return is_whole_; }

  std::int32_t number() {
    std::int32_t value = 0;
    if (!has(sizeof value)) return 0;
    in_.read(reinterpret_cast<char*>(&value), sizeof value);  // NOLINT: whisper.cpp's own format
    at_ += sizeof value;
    is_whole_ = is_whole_ && in_.good();
    return value;
  }

  void skip(std::int64_t bytes) {
    if (bytes < 0 || !has(static_cast<std::uintmax_t>(bytes))) {
      is_whole_ = false;
      return;
    }
    at_ += static_cast<std::uintmax_t>(bytes);
    in_.seekg(static_cast<std::streamoff>(at_));
  }

 private:
  bool has(std::uintmax_t bytes) {
    is_whole_ = is_whole_ && bytes <= size_ - at_;
    return is_whole_;
  }

  std::ifstream in_;
  std::uintmax_t size_;
  std::uintmax_t at_ = 0;
  bool is_whole_ = true;
};

bool is_within(std::int32_t value, std::int32_t low, std::int32_t high) {
  return low <= value && value <= high;
}

Error damaged(const std::filesystem::path& file, std::string_view what) {
  return make_error(ErrorCode::kBadInput, "{}: {}; get the file again", file.string(), what);
}

Result<std::uintmax_t> model_size(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    return make_error(ErrorCode::kNotFound,
                      "{}: no such model file; 'subtide models list' shows what can be pulled",
                      file.string());
  }
  if (!std::filesystem::is_regular_file(file, error)) {
    return make_error(ErrorCode::kBadInput, "{}: not a file", file.string());
  }
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) return make_error(ErrorCode::kIo, "{}: {}", file.string(), error.message());
  return size;
}

/// Number formats whisper.cpp loads; it stops the process at others. Thousands tell the version of
/// the quantisation.
bool is_known_type(std::int32_t type) {
  constexpr std::array kTypes = {0, 1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14};
  return is_within(type, 0, 9999) &&
         std::find(kTypes.begin(), kTypes.end(), type % 1000) != kTypes.end();
}

/// The sizes that whisper.cpp computes memory from. Bounds: twice the largest model there is.
bool has_plausible_sizes(const std::array<std::int32_t, 11>& header) {
  const auto [vocabulary, audio_context, audio_state, audio_heads, audio_layers, text_context,
              text_state, text_heads, text_layers, mels, type] = header;
  return is_within(vocabulary, 51864, 60000) && is_within(audio_context, 1, 3000) &&
         is_within(audio_state, 1, 2560) && audio_state == text_state &&
         is_within(audio_heads, 1, 64) && audio_state % audio_heads == 0 &&
         is_within(audio_layers, 1, 64) && is_within(text_context, 1, 1024) &&
         is_within(text_heads, 1, 64) && text_state % text_heads == 0 &&
         is_within(text_layers, 1, 64) && is_within(mels, 1, 256) && is_known_type(type);
}

/// One tensor's header and weights. False when the header cannot be right.
bool skip_tensor(Walker& walker) {
  const std::int32_t dimensions = walker.number();
  const std::int32_t name_length = walker.number();
  const std::int32_t type = walker.number();
  if (!is_within(dimensions, 0, 4) || !is_within(name_length, 1, 256)) return false;
  if (!is_within(type, 0, GGML_TYPE_COUNT - 1)) return false;
  const auto ggml_type_of_file = static_cast<ggml_type>(type);
  const std::int64_t block = ggml_blck_size(ggml_type_of_file);
  if (block <= 0) return false;
  std::int64_t elements = 1;
  for (std::int32_t i = 0; i < dimensions; ++i) {
    const std::int32_t extent = walker.number();
    if (!is_within(extent, 1, 1 << 20)) return false;
    elements *= extent;
    if (elements > (std::int64_t{1} << 31)) return false;
  }
  walker.skip(name_length);
  walker.skip(elements / block * static_cast<std::int64_t>(ggml_type_size(ggml_type_of_file)));
  return walker.is_whole();
}

Status skip_tensors(Walker& walker, const std::filesystem::path& file) {
  int tensors = 0;
  while (!walker.at_end()) {
    if (!skip_tensor(walker)) return damaged(file, "the model file is cut off or damaged");
    ++tensors;
  }
  if (tensors == 0) return damaged(file, "the model file holds no weights");
  return ok();
}

Result<Walker> open_model(const std::filesystem::path& file, std::string_view kind) {
  const Result<std::uintmax_t> size = model_size(file);
  if (!size) return size.error();
  Walker walker(file, *size);
  if (!walker.is_open()) {
    return make_error(ErrorCode::kDenied, "{}: cannot be opened: {}", file.string(),
                      std::generic_category().message(errno));
  }
  const auto magic = static_cast<std::uint32_t>(walker.number());
  if (!walker.is_whole() || magic != kMagic) {
    return make_error(ErrorCode::kBadInput, "{}: not a {} model in ggml format", file.string(),
                      kind);
  }
  return walker;
}

}  // namespace

Result<WhisperModelFacts> inspect_whisper_model(const std::filesystem::path& file) {
  Result<Walker> walker = open_model(file, "Whisper");
  if (!walker) return walker.error();
  std::array<std::int32_t, 11> header{};
  for (std::int32_t& value : header) value = walker->number();
  if (!walker->is_whole() || !has_plausible_sizes(header)) {
    return make_error(ErrorCode::kBadInput, "{}: not a Whisper model, or damaged at its start",
                      file.string());
  }
  const std::int32_t filter_mels = walker->number();
  const std::int32_t filter_width = walker->number();
  if (filter_mels != header[9] || filter_width != 201) {  // 400-sample spectrum
    return damaged(file, "the mel filters are damaged");
  }
  walker->skip(std::int64_t{filter_mels} * filter_width * 4);
  const std::int32_t words = walker->number();
  if (!is_within(words, 1, header[0])) return damaged(file, "the vocabulary is damaged");
  for (std::int32_t i = 0; i < words; ++i) {
    walker->skip(walker->number());
    if (!walker->is_whole()) return damaged(file, "the model file is cut off or damaged");
  }
  if (Status status = skip_tensors(*walker, file); !status) return status.error();
  return WhisperModelFacts{.is_multilingual = header[0] >= kMultilingualVocabulary,
                           .bytes = std::filesystem::file_size(file)};
}

Status inspect_silero_model(const std::filesystem::path& file) {
  Result<Walker> walker = open_model(file, "Silero");
  if (!walker) return walker.error();
  const std::int32_t type_length = walker->number();
  if (!is_within(type_length, 1, 64)) return damaged(file, "not a Silero model");
  walker->skip(type_length);
  for (int i = 0; i < 3; ++i) walker->number();  // version
  const std::int32_t window = walker->number();
  walker->number();  // context
  const std::int32_t layers = walker->number();
  if (window != 512 || layers != 4) return damaged(file, "not a Silero model for 16 kHz");
  for (int i = 0; i < 3 * layers + 4; ++i) {
    if (!is_within(walker->number(), 1, 4096)) return damaged(file, "the model file is damaged");
  }
  return skip_tensors(*walker, file);
}

}  // namespace subtide
