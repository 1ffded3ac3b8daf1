#include "engine/work/store/blob_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cmath>

#include "engine/work/store/flac.h"
#include "engine/work/store/transcript_json.h"
#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Samples = std::vector<std::int16_t>;

Samples noise(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> value(-32768, 32767);
  Samples samples(count);
  for (auto& sample : samples) sample = static_cast<std::int16_t>(value(random));
  return samples;
}

Samples tone(std::size_t count) {
  Samples samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<std::int16_t>(12'000 * std::sin(static_cast<double>(i) * 0.17));
  }
  return samples;
}

std::shared_ptr<const AudioWindow> window(Samples samples) {
  return AudioWindow::create(std::move(samples), {{0, MediaTime(5'000)}}).value();
}

void set_time(const fs::path& path, WallTime time) {
  const std::int64_t number = to_number(time);
  const timespec value{number / 1'000'000'000, number % 1'000'000'000};
  const timespec both[2] = {value, value};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), both, 0), 0);
}

class BlobStoreTest : public testing::Test {
 protected:
  fs::path path_of(const std::string& key) const {
    return folder_.path() / "blobs" / key.substr(0, 2) / (key + ".flac");
  }
  int files() const {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "blobs")) {
      if (entry.is_regular_file()) ++count;
    }
    return count;
  }
  TemporaryFolder folder_;
  BlobStore store_ = BlobStore::open(folder_.path()).value();
};

TEST_F(BlobStoreTest, GivesBackEverySampleBitForBit) {
  for (const Samples& samples : {noise(1, 1), noise(17, 2), noise(16'000, 3), tone(28 * 16'000),
                                 Samples(4'096, 0), Samples(5'000, -32768)}) {
    const auto key = store_.put_audio(*window(samples));
    ASSERT_TRUE(key.has_value()) << key.error().message;
    EXPECT_EQ(*key, audio_key(samples));
    EXPECT_TRUE(fs::exists(path_of(*key)));
    EXPECT_EQ(store_.get_audio(*key).value(), samples);
  }
  EXPECT_LT(fs::file_size(path_of(audio_key(tone(28 * 16'000)))), 28U * 16'000 * 2);
}

TEST_F(BlobStoreTest, GivesBackTheWindowFromItsKeyAndPieces) {
  const auto whole =
      AudioWindow::create(tone(800), {{0, MediaTime(7)}, {500, MediaTime(90'000'000)}}).value();
  const std::string key = store_.put_audio(*whole).value();
  const auto pieces = pieces_from_json(to_json(whole->pieces())).value();
  const auto back = store_.get_window(key, pieces).value();
  EXPECT_EQ(back->span(), whole->span());
  EXPECT_TRUE(std::equal(back->samples().begin(), back->samples().end(), whole->samples().begin(),
                         whole->samples().end()));
  EXPECT_EQ(store_.get_window(key, {{3, MediaTime(0)}}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(BlobStoreTest, NeverWritesTheSameSoundTwice) {
  const std::string key = store_.put_audio(*window(tone(1000))).value();
  set_time(path_of(key), wall(100));
  EXPECT_EQ(store_.put_audio(*window(tone(1000))).value(), key);
  EXPECT_EQ(store_.totals().value().oldest, wall(100));
  EXPECT_EQ(store_.totals().value().count, 1U);
}

TEST_F(BlobStoreTest, RemovesOneThatIsToldToBeOfNoUse) {
  const std::string key = store_.put_audio(*window(tone(1000))).value();
  const std::string other = store_.put_audio(*window(tone(1001))).value();
  EXPECT_TRUE(store_.remove(key));
  EXPECT_TRUE(store_.remove(key)) << "once more is no error";
  EXPECT_EQ(store_.get_audio(key).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store_.get_audio(other));
  EXPECT_EQ(store_.remove("../../etc/passwd").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(BlobStoreTest, NamesASoundThatIsMissingOrNoKeyAtAll) {
  const auto missing = store_.get_audio(key_of(5));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find(key_of(5)), std::string::npos);
  EXPECT_EQ(store_.get_audio("../../etc/passwd").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(BlobStoreTest, RefusesADamagedSoundAndReplacesItWhenItComesAgain) {
  const Samples samples = tone(16'000);
  const std::string key = store_.put_audio(*window(samples)).value();
  const std::string whole = read_bytes(path_of(key));
  const auto check = [&](const std::string& bytes, const std::string& what) {
    write_bytes(path_of(key), bytes);
    const auto damaged = store_.get_audio(key);
    if (damaged) {  // a bit that carries no sound, such as the encoder's name
      EXPECT_EQ(*damaged, samples) << what;
      return false;
    }
    EXPECT_EQ(damaged.error().code, ErrorCode::kBadInput) << what;
    EXPECT_NE(damaged.error().message.find(key), std::string::npos);
    EXPECT_EQ(store_.put_audio(*window(samples)).value(), key);
    EXPECT_EQ(store_.get_audio(key).value(), samples);
    return true;
  };
  EXPECT_TRUE(check("", "empty"));
  EXPECT_TRUE(check("not FLAC at all", "text"));
  EXPECT_TRUE(check(whole.substr(0, whole.size() / 2), "cut"));
  EXPECT_TRUE(check(encode_flac(tone(15'999)).value(), "another sound"));
  int refused = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    write_bytes(path_of(key), whole);
    flip_bits(path_of(key), 3, seed);
    refused += check(read_bytes(path_of(key)), fmt::format("seed {}", seed)) ? 1 : 0;
  }
  EXPECT_GT(refused, 20);
  EXPECT_EQ(files(), 1);
}

TEST_F(BlobStoreTest, RemovesWhatNobodyNeedsButNothingYoung) {
  const std::string needed = store_.put_audio(*window(tone(100))).value();
  const std::string old = store_.put_audio(*window(tone(200))).value();
  const std::string young = store_.put_audio(*window(tone(300))).value();
  write_bytes(path_of(old).parent_path() / ".x.flac.1.partial", "left by a crash");
  set_time(path_of(old).parent_path() / ".x.flac.1.partial", wall(10));
  set_time(path_of(needed), wall(10));
  set_time(path_of(old), wall(10));
  set_time(path_of(young), wall(1000));
  const auto is_needed = [&](std::string_view key) { return key == needed; };
  const BlobTotals removed = store_.remove_unreferenced(is_needed, wall(500)).value();
  EXPECT_EQ(removed.count, 2U);
  EXPECT_FALSE(fs::exists(path_of(old)));
  EXPECT_TRUE(store_.get_audio(needed).has_value());
  EXPECT_TRUE(store_.get_audio(young).has_value());
  EXPECT_EQ(files(), 2);
}

TEST_F(BlobStoreTest, TrimsTheOldestThatNobodyNeeds) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < 4; ++i) {
    keys.push_back(store_.put_audio(*window(noise(1000, static_cast<unsigned>(i)))).value());
    set_time(path_of(keys[i]), wall(static_cast<std::int64_t>(10 + i)));
  }
  const auto is_needed = [&](std::string_view key) { return key == keys[0]; };
  const std::uint64_t all = store_.totals().value().bytes;
  const BlobTotals removed = store_.trim(all - 1, is_needed).value();
  EXPECT_EQ(removed.count, 1U);
  EXPECT_EQ(removed.oldest, wall(11));
  EXPECT_EQ(store_.trim(0, is_needed).value().count, 2U);
  EXPECT_TRUE(store_.get_audio(keys[0]).has_value());
  EXPECT_EQ(store_.totals().value().count, 1U);
}

TEST_F(BlobStoreTest, LeavesFilesThatAreNotItsOwn) {
  write_bytes(folder_ / "blobs/notes.txt", "mine");
  EXPECT_EQ(store_.trim(0, [](std::string_view) { return false; }).value().count, 0U);
  EXPECT_EQ(files(), 1);
}

TEST(FlacTest, RefusesSoundOfAnotherKindOrLength) {
  const std::string bytes = encode_flac(tone(1000)).value();
  EXPECT_EQ(decode_flac(bytes, 1000).value(), tone(1000));
  EXPECT_EQ(decode_flac(bytes, 999).error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace subtide
