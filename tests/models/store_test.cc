#include "models/store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "engine/base/atomic_file.h"
#include "tests/support/http_server.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

std::string digest(const std::string& bytes, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), sum.data(), &size, kind, nullptr);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", sum[i]);
  return text;
}

std::string make_content() {
  std::string content(300'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 + i / 97);
  return content;
}

class Store : public testing::Test {
 protected:
  Store() {
    server_.on("/ggml-toy.bin", HttpTestServer::Handler([this](const auto& request) {
                 return serve_range(request, content_);
               }));
  }

  ModelStoreOptions options(const std::string& base_url) {
    ModelStoreOptions options;
    options.folders = {folder_ / "models", folder_ / "system"};
    options.base_url = base_url;
    options.retry_pause = std::chrono::milliseconds(1);
    options.manifest = R"({"version": 1, "repositories": {"r": "https://example.org"}, "models": [
      {"name": "toy", "kind": "whisper", "repository": "r", "file": "ggml-toy.bin", "size_mib": 0.3,
       "rank": 1, "sha1": ")" +
                       digest(content_, EVP_sha1()) + R"("}]})";
    return options;
  }
  ModelStore store() { return std::move(*ModelStore::create(options(server_.url()))); }
  void write(const fs::path& path, const std::string& bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string read(const fs::path& path) { return read_file(path, 10U << 20U).value_or("missing"); }

  TemporaryFolder folder_;
  std::string content_ = make_content();
  HttpTestServer server_;
  fs::path file_ = folder_ / "models/ggml-toy.bin";
  fs::path partial_ = folder_ / "models/ggml-toy.bin.partial";
};

TEST_F(Store, PullsChecksAndRecordsTheModel) {
  auto models = store();
  EXPECT_EQ(models.find("toy")->state, ModelState::kAbsent);
  std::uint64_t last = 0;
  const auto path = models.pull("toy", [&](std::uint64_t done, auto) { last = done; });
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(*path, file_);
  EXPECT_EQ(last, content_.size());
  EXPECT_TRUE(read(file_) == content_);
  EXPECT_FALSE(fs::exists(partial_));
  EXPECT_EQ(read(file_.string() + ".sha256"), digest(content_, EVP_sha256()) + "  ggml-toy.bin\n");
  EXPECT_EQ(models.find("toy")->state, ModelState::kInstalled);
  EXPECT_EQ(models.find("toy")->size, content_.size());
  EXPECT_TRUE(models.verify("toy"));
}

TEST_F(Store, PullsNothingThatIsThere) {
  write(folder_ / "system/ggml-toy.bin", content_);
  auto models = store();
  EXPECT_EQ(*models.pull("toy"), folder_ / "system/ggml-toy.bin");
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Store, GoesOnWhereAPullBrokeOff) {
  write(partial_, content_.substr(0, 120'000));
  auto models = store();
  EXPECT_EQ(models.find("toy")->state, ModelState::kPartial);
  ASSERT_TRUE(models.pull("toy"));
  EXPECT_EQ(server_.requests().front().header("range"), "bytes=120000-");
  EXPECT_TRUE(read(file_) == content_);
}

TEST_F(Store, StartsOverWhenWhatWasThereIsOfAnotherFile) {
  write(partial_, std::string(120'000, 'x'));
  auto models = store();
  const auto path = models.pull("toy");
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(server_.requests().size(), 2U);
  EXPECT_TRUE(read(file_) == content_);
}

TEST_F(Store, RefusesAFileWithAnotherChecksum) {
  server_.on("/ggml-toy.bin", ServerReply{.body = std::string(content_.size(), 'x')});
  auto models = store();
  const auto path = models.pull("toy");
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kBadInput);
  EXPECT_FALSE(fs::exists(file_));
  EXPECT_EQ(models.find("toy")->state, ModelState::kAbsent);
}

TEST_F(Store, OfflineItNamesTheAddressAndWhatToDo) {
  const auto url = url_where_nothing_listens();
  auto models = std::move(*ModelStore::create(options(url)));
  const auto path = models.pull("toy");
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(path.error().message, HasSubstr(url + "/ggml-toy.bin"));
  EXPECT_THAT(path.error().message, HasSubstr("put the file from there at " + file_.string()));
}

TEST_F(Store, AStoppedPullCanGoOn) {
  std::stop_source stop;
  server_.on("/ggml-toy.bin", HttpTestServer::Handler([&](const auto& request) {
               auto reply = serve_range(request, content_);
               if (request.header("range").empty()) reply.breaks_after = 100'000;
               if (!request.header("range").empty()) stop.request_stop();
               return reply;
             }));
  auto models = store();
  const auto path = models.pull("toy", {}, stop.get_token());
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error().message, HasSubstr("goes on where it was"));
  EXPECT_GE(fs::file_size(partial_), 100'000U);
  ASSERT_TRUE(models.pull("toy"));
  EXPECT_TRUE(read(file_) == content_);
}

TEST_F(Store, OneModelIsPulledByOneAtATime) {
  write(partial_, "x");
  const int other = ::open(partial_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  auto models = store();
  const auto path = models.pull("toy");
  ::close(other);
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kAlreadyExists);
}

TEST_F(Store, FindsADamagedFile) {
  auto models = store();
  ASSERT_TRUE(models.pull("toy"));
  std::string damaged = content_;
  damaged[1000] = static_cast<char>(damaged[1000] + 1);
  write(file_, damaged);
  const auto status = models.verify("toy");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(status.error().message, HasSubstr("subtide models pull toy"));
}

TEST_F(Store, VerifiesAFileThatItDidNotPull) {
  write(folder_ / "system/ggml-toy.bin", content_);
  EXPECT_TRUE(store().verify("toy"));
  write(folder_ / "system/ggml-toy.bin", "something else");
  EXPECT_FALSE(store().verify("toy"));
}

TEST_F(Store, ListsTheNamesWhenThereIsNone) {
  const auto entry = store().find("enormous");
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(entry.error().message, HasSubstr("toy"));
}

TEST_F(Store, GivesPathsByNameByPathAndOfOwnModels) {
  write(folder_ / "models/ggml-own.bin", "own");
  const auto models = store();
  EXPECT_EQ(*models.path_of("own"), folder_ / "models/ggml-own.bin");
  EXPECT_EQ(*models.path_of((folder_ / "models/ggml-own.bin").string()),
            folder_ / "models/ggml-own.bin");
  const auto absent = models.path_of("toy");
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().message, HasSubstr("subtide models pull toy"));
  EXPECT_FALSE(models.path_of("/nowhere/model.bin"));
}

TEST(ModelManifest, OfTheProgramIsGood) {
  const auto models = parse_model_manifest(builtin_manifest(), "");
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_EQ(models->size(), 14U);
  for (const auto& model : *models) {
    EXPECT_TRUE(model.is_test_only || model.url.starts_with("https://huggingface.co/"))
        << model.name;
  }
}

TEST(ModelManifest, TheMiniModelIsForTestsAndShort) {
  const auto models = parse_model_manifest(builtin_manifest(), "");
  for (const auto& model : *models) {
    if (model.name != "mini.en") continue;
    EXPECT_TRUE(model.is_test_only);
    EXPECT_EQ(model.max_window, std::chrono::seconds(12));
    return;
  }
  FAIL() << "mini.en is not in the manifest";
}

TEST(ModelManifest, NamesWhatIsWrong) {
  EXPECT_FALSE(parse_model_manifest("{", ""));
  EXPECT_FALSE(parse_model_manifest("{}", ""));
  const auto escaping = parse_model_manifest(
      R"({"repositories": {}, "models": [{"name": "a", "kind": "whisper", "file": "../a",
          "size_mib": 1, "sha1": "0123456789012345678901234567890123456789"}]})",
      "");
  ASSERT_FALSE(escaping);
  EXPECT_THAT(escaping.error().message, HasSubstr("plain file name"));
}

TEST(ModelFolders, TheMiniModelLiesBesideTheProgram) {
  const auto models = ModelStore::from_environment();
  ASSERT_TRUE(models);
  EXPECT_EQ(models->find("mini.en")->state, ModelState::kInstalled);
  EXPECT_TRUE(models->verify("mini.en"));
}

}  // namespace
}  // namespace subtide
