#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace subtide {

/// SHA-256 of bytes that come piece by piece.
/// Owner: the caller; movable. Threads: one at a time. Errors: none.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void add(std::string_view bytes);
  /// Adds the length before the bytes, so that neighbours cannot run into each other.
  void add_framed(std::string_view bytes);
  /// 64 lower-case hexadecimal digits; ends the object's use.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether a text has the form that finish() gives.
bool is_sha256(std::string_view text);

}  // namespace subtide
