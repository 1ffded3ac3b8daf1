#include "models/checksum.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace subtide {
namespace {

struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, DigestFree>;

constexpr std::size_t kBlock = 1U << 20U;

struct OpenFile {
  int descriptor;
  ~OpenFile() { ::close(descriptor); }
};

Error read_error(const std::filesystem::path& file, int number) {
  const auto code = number == ENOENT   ? ErrorCode::kNotFound
                    : number == EACCES ? ErrorCode::kDenied
                                       : ErrorCode::kIo;
  return make_error(code, "cannot read {}: {}", file.string(), std::strerror(number));
}

Digest start_digest(HashAlgorithm algorithm) {
  Digest digest(EVP_MD_CTX_new());
  const EVP_MD* kind = algorithm == HashAlgorithm::kSha1 ? EVP_sha1() : EVP_sha256();
  if (digest != nullptr && EVP_DigestInit_ex(digest.get(), kind, nullptr) != 1) digest.reset();
  return digest;
}

std::string finish_digest(EVP_MD_CTX* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(digest, bytes.data(), &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

}  // namespace

std::string_view to_string(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::kSha1 ? "SHA-1" : "SHA-256";
}

Result<std::vector<std::string>> checksums_of(const std::filesystem::path& file,
                                              std::span<const HashAlgorithm> algorithms,
                                              const std::stop_token& stop) {
  const OpenFile input{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (input.descriptor < 0) return read_error(file, errno);
  std::vector<Digest> digests;
  for (const auto algorithm : algorithms) {
    digests.push_back(start_digest(algorithm));
    if (!digests.back()) return make_error(ErrorCode::kInternal, "OpenSSL refuses a checksum");
  }
  std::vector<char> block(kBlock);
  while (true) {
    if (stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "stopped");
    const ssize_t count = ::read(input.descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return read_error(file, errno);
    if (count == 0) break;
    for (const auto& digest : digests) {
      EVP_DigestUpdate(digest.get(), block.data(), static_cast<std::size_t>(count));
    }
  }
  std::vector<std::string> sums;
  for (const auto& digest : digests) sums.push_back(finish_digest(digest.get()));
  return sums;
}

}  // namespace subtide
