#include "engine/pipeline/movie_length.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace subtide {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes number(std::uint64_t value, int size) {
  Bytes bytes;
  for (int i = size - 1; i >= 0; --i) {
    bytes.push_back(i < 8 ? static_cast<std::uint8_t>(value >> (8 * i)) : std::uint8_t{0});
  }
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes atom(const std::string& type, const Bytes& body) {
  return number(body.size() + 8, 4) + Bytes(type.begin(), type.end()) + body;
}

/// mvhd or mdhd in its short or long form.
Bytes header(const std::string& type, std::uint32_t scale, std::uint64_t ticks, bool is_long) {
  const int size = is_long ? 8 : 4;
  return atom(type, number(is_long ? 1 : 0, 1) + number(0, 3) + number(0, 2 * size) +
                        number(scale, 4) + number(ticks, size) + number(0, 4));
}

Bytes movie(const Bytes& movie_header, const Bytes& media_header) {
  return atom("moov", movie_header + atom("trak", atom("tkhd", {}) + atom("mdia", media_header)));
}

TEST(MovieLength, GrowsToTheMediaBehindTheEditListAndIsRemembered) {
  for (const bool is_long : {false, true}) {
    const Bytes media = header("mdhd", 16000, 177024, is_long);
    Bytes bytes = movie(header("mvhd", 1000, 8000, is_long), media);
    EXPECT_EQ(stretch_movie_length(bytes), std::chrono::seconds(8));
    EXPECT_EQ(bytes, movie(header("mvhd", 1000, 11065, is_long), media));
    EXPECT_EQ(stretch_movie_length(bytes), std::nullopt);
  }
}

TEST(MovieLength, LeavesAloneWhatIsLongEnoughUnknownOrNoMovie) {
  for (const Bytes& original :
       {movie(header("mvhd", 1000, 12000, false), header("mdhd", 16000, 177024, false)),
        movie(header("mvhd", 1000, 0, false), header("mdhd", 16000, 177024, false)),
        movie(header("mvhd", 0, 8000, false), header("mdhd", 16000, 177024, false)),
        movie(header("mvhd", 1000, 8000, false), header("mdhd", 16000, 0xFFFFFFFF, false)),
        atom("moov", {}), atom("free", header("mvhd", 1000, 8000, false)), Bytes{}}) {
    Bytes bytes = original;
    EXPECT_EQ(stretch_movie_length(bytes), std::nullopt);
    EXPECT_EQ(bytes, original);
  }
}

TEST(MovieLength, EndsForAnyBytes) {
  const Bytes whole = movie(header("mvhd", 1000, 8000, true), header("mdhd", 16000, 177024, false));
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = whole;
    bytes.resize(8 + random() % (bytes.size() - 7));
    for (int i = 0; i < 3; ++i) bytes[8 + random() % (bytes.size() - 7) - 1] = random() & 0xFF;
    const std::size_t size = bytes.size();
    (void)stretch_movie_length(bytes);
    ASSERT_EQ(bytes.size(), size);
  }
}

TEST(AtomRow, IsTheLongestInsideAnyContainer) {
  Bytes free;
  for (int i = 0; i < 50; ++i) free = free + atom("free", {});
  EXPECT_EQ(longest_atom_row(atom("moov", free)), 50U);
  EXPECT_EQ(longest_atom_row(atom("moov", atom("trak", atom("udta", free)) + free)), 51U);
  EXPECT_EQ(longest_atom_row(atom("moov", atom("meta", number(0, 4) + free))), 50U);
  EXPECT_EQ(longest_atom_row(atom("moov", atom("free", free))), 1U);  // nobody looks in there
  EXPECT_EQ(longest_atom_row(atom("moof", Bytes(20, 0xFF))), 0U);
  EXPECT_EQ(longest_atom_row(Bytes{0, 0, 0, 8}), 0U);
  Bytes nested;
  for (int depth = 0; depth < 2000; ++depth) nested = atom("udta", nested);
  EXPECT_EQ(longest_atom_row(nested), 1U);
}

}  // namespace
}  // namespace subtide
