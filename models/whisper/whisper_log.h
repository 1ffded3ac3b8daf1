#pragma once

namespace subtide {

/// Sends what whisper.cpp and ggml print to our log, at debug level. Done once a process.
/// Threads: any.
void adopt_whisper_log();

}  // namespace subtide
