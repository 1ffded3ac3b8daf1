#include "models/whisper/whisper_log.h"

#include <whisper.h>

#include <mutex>
#include <string_view>

#include "engine/base/log.h"

namespace subtide {
namespace {

void write_line(ggml_log_level /*level*/, const char* text, void* /*user*/) {
  std::string_view line(text);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
  if (!line.empty()) log_line(LogLevel::kDebug, line);
}

}  // namespace

void adopt_whisper_log() {
  static std::once_flag once;
  std::call_once(once, [] { whisper_log_set(write_line, nullptr); });
}

}  // namespace subtide
