#pragma once

namespace subtide {

/// AddressSanitizer or ThreadSanitizer is built in: everything takes longer, and memory is no
/// measure.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace subtide
