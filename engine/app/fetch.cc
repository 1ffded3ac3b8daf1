#include "engine/app/fetch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/net/http_client.h"

namespace subtide {
namespace {

constexpr std::uint64_t kLargestInput = std::uint64_t{10} << 30U;

Result<int> open_nameless_file() {
  std::error_code failure;
  std::filesystem::path folder = std::filesystem::temp_directory_path(failure);
  if (failure) folder = "/var/tmp";
  const int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  std::string pattern = (folder / "subtide-XXXXXX").string();
  const int named = mkostemp(pattern.data(), O_CLOEXEC);
  if (named < 0) {
    return make_error(ErrorCode::kIo, "{}: no temporary file can be made here: {}; set TMPDIR",
                      folder.string(), std::strerror(errno));
  }
  unlink(pattern.c_str());
  return named;
}

}  // namespace

FetchedFile::~FetchedFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<FetchedFile> fetch(const std::string& url, const FetchProgress& progress,
                          std::stop_token stop) {
  const auto descriptor = open_nameless_file();
  if (!descriptor) return descriptor.error();
  FetchedFile file(*descriptor);
  HttpClient client;
  DownloadRequest request;
  request.url = url;
  request.descriptor = file.descriptor();
  request.max_size = kLargestInput;
  request.progress = progress;
  request.stop = std::move(stop);
  const auto outcome = client.download(request);
  if (!outcome) return outcome.error();
  return file;
}

}  // namespace subtide
