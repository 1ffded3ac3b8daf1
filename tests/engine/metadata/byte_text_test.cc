#include "engine/metadata/byte_text.h"

#include <gtest/gtest.h>

#include "engine/metadata/ticks.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

TEST(ByteText, ReadsBackTheHexItWrites) {
  const Bytes bytes = {0x00, 0x0F, 0xA5, 0xFF};
  EXPECT_EQ(to_hex(bytes), "000FA5FF");
  EXPECT_EQ(from_hex("0x000fa5FF"), bytes);
  EXPECT_EQ(from_hex(""), Bytes());
  for (const char* wrong : {"0", "0x0", "0G", "00 0"}) EXPECT_FALSE(from_hex(wrong)) << wrong;
}

TEST(ByteText, KnowsTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), text);
    ASSERT_TRUE(from_base64(text)) << text;
    EXPECT_EQ(as_text(*from_base64(text)), plain);
  }
}

TEST(ByteText, RefusesBase64ThatIsNotWhole) {
  for (const char* wrong : {"Z", "Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zg=A",
                            "Z g=", "Zm9v\n", "Zm_v"}) {
    EXPECT_FALSE(from_base64(wrong)) << wrong;
  }
}

TEST(ByteText, CountsTheCrcOfMpeg) {
  EXPECT_EQ(crc32_mpeg(as_bytes("123456789")), 0x0376E6E7U);  // CRC-32/MPEG-2's check value
}

TEST(ByteText, HashesTheSameEverywhere) {
  EXPECT_EQ(stable_hash(""), 0x811C9DC5U);
  EXPECT_EQ(stable_hash("a"), 0xE40C292CU);  // FNV-1a's published values
  EXPECT_EQ(stable_hash("foobar"), 0xBF9CF968U);
}

TEST(Ticks, AreRoundedAndComeBack) {
  EXPECT_EQ(to_ticks(1s), 90'000U);
  EXPECT_EQ(to_ticks(MediaTime(11'111)), 1U);
  EXPECT_EQ(to_ticks(MediaTime(-11'111)) & kTickMask, kTickMask);
  for (std::uint64_t ticks : {std::uint64_t{1}, std::uint64_t{90'001}, kTickMask}) {
    EXPECT_EQ(to_ticks(from_ticks(ticks)), ticks);
  }
}

TEST(Ticks, CompareOverTheWrap) {
  EXPECT_TRUE(is_at_or_after(5, 5));
  EXPECT_TRUE(is_at_or_after(5, kTickMask - 5));
  EXPECT_FALSE(is_at_or_after(kTickMask - 5, 5));
}

TEST(ByteReader, GivesNothingBeyondTheEndAndSaysSo) {
  const Bytes bytes = {1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u16(), 0x0102);
  EXPECT_TRUE(reader.is_whole());
  EXPECT_EQ(reader.u16(), 0);
  EXPECT_FALSE(reader.is_whole());
  EXPECT_TRUE(reader.text().empty());
}

}  // namespace
}  // namespace subtide
