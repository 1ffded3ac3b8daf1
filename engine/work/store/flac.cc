#include "engine/work/store/flac.h"

#include <sndfile.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "engine/speech/audio_window.h"

namespace subtide {
namespace {

/// A file in memory, as libsndfile wants it.
struct MemoryFile {
  std::string bytes;
  std::size_t position = 0;
};

MemoryFile& file_of(void* user) { return *static_cast<MemoryFile*>(user); }

sf_count_t length_of(void* user) { return static_cast<sf_count_t>(file_of(user).bytes.size()); }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  MemoryFile& file = file_of(user);
  sf_count_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<sf_count_t>(file.position);
  if (whence == SEEK_END) base = length_of(user);
  if (base + offset < 0) return -1;
  file.position = static_cast<std::size_t>(base + offset);
  return base + offset;
}

sf_count_t read(void* target, sf_count_t count, void* user) {
  MemoryFile& file = file_of(user);
  if (count <= 0 || file.position >= file.bytes.size()) return 0;
  const std::size_t taken =
      std::min(static_cast<std::size_t>(count), file.bytes.size() - file.position);
  std::copy_n(file.bytes.data() + file.position, taken, static_cast<char*>(target));
  file.position += taken;
  return static_cast<sf_count_t>(taken);
}

sf_count_t write(const void* source, sf_count_t count, void* user) {
  MemoryFile& file = file_of(user);
  if (count <= 0) return 0;
  const auto length = static_cast<std::size_t>(count);
  if (file.bytes.size() < file.position + length) file.bytes.resize(file.position + length);
  std::copy_n(static_cast<const char*>(source), length, file.bytes.data() + file.position);
  file.position += length;
  return count;
}

sf_count_t tell(void* user) { return static_cast<sf_count_t>(file_of(user).position); }

using Sound = std::unique_ptr<SNDFILE, decltype(&sf_close)>;

Sound open_sound(MemoryFile& file, int mode, SF_INFO& format) {
  SF_VIRTUAL_IO access{length_of, seek, read, write, tell};
  return {sf_open_virtual(&access, mode, &format, &file), &sf_close};
}

Error damaged(std::string_view what) { return Error{ErrorCode::kBadInput, std::string(what)}; }

}  // namespace

Result<std::string> encode_flac(std::span<const std::int16_t> samples) {
  MemoryFile file;
  SF_INFO format{};
  format.samplerate = kSpeechSampleRate;
  format.channels = 1;
  format.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  Sound sound = open_sound(file, SFM_WRITE, format);
  if (!sound) {
    return make_error(ErrorCode::kInternal, "cannot encode FLAC: {}", sf_strerror(nullptr));
  }
  const auto count = static_cast<sf_count_t>(samples.size());
  if (sf_writef_short(sound.get(), samples.data(), count) != count) {
    return make_error(ErrorCode::kInternal, "cannot encode FLAC: {}", sf_strerror(sound.get()));
  }
  if (sf_close(sound.release()) != 0) {
    return make_error(ErrorCode::kInternal, "cannot encode FLAC: the end could not be written");
  }
  return std::move(file.bytes);
}

Result<std::vector<std::int16_t>> decode_flac(std::string_view bytes, std::size_t most_samples) {
  MemoryFile file{std::string(bytes)};
  SF_INFO format{};
  const Sound sound = open_sound(file, SFM_READ, format);
  if (!sound) return damaged("it is not a FLAC file");
  if (format.format != (SF_FORMAT_FLAC | SF_FORMAT_PCM_16) || format.channels != 1 ||
      format.samplerate != kSpeechSampleRate) {
    return damaged("it is not 16 kHz mono 16 bit FLAC");
  }
  if (format.frames < 0 || static_cast<std::size_t>(format.frames) > most_samples) {
    return damaged("it claims to be longer than any window");
  }
  std::vector<std::int16_t> samples(static_cast<std::size_t>(format.frames));
  if (sf_readf_short(sound.get(), samples.data(), format.frames) != format.frames) {
    return damaged("it ends too early");
  }
  return samples;
}

}  // namespace subtide
