#include "engine/metadata/klv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/metadata/item_samples.h"

namespace subtide {
namespace {

using namespace testing_support;
using testing::HasSubstr;

/// The UAS Datalink local set of MISB ST 0601.
const char* kUasKey = "060E2B34020B01010E01030101000000";

TEST(Klv, SplitsAUasSetIntoItsTags) {
  // tag 2: time stamp of 8 bytes; tag 65: version; tag 1: checksum
  const Bytes set = hex(std::string(kUasKey) +
                        "11"
                        "0208"
                        "000459F4A6AA4AA8"
                        "410101"
                        "01021C5F");
  const auto items = split_klv(set);
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(to_string(items->front().key), "060E2B34.020B0101.0E010301.01000000");
  const auto local = split_local_set(items->front().value);
  ASSERT_TRUE(local) << local.error().message;
  ASSERT_EQ(local->size(), 3U);
  EXPECT_EQ((*local)[0].tag, 2U);
  EXPECT_EQ(to_hex((*local)[0].value), "000459F4A6AA4AA8");
  EXPECT_EQ((*local)[1].tag, 65U);
}

TEST(Klv, ReadsLongLengthsAndTags) {
  KlvKey key{};
  std::ranges::copy(hex(kUasKey), key.begin());
  for (const std::size_t size : {0U, 127U, 128U, 255U, 256U, 65'535U, 65'536U}) {
    Bytes two = write_klv(key, Bytes(size, 9));
    const Bytes second = write_klv(key, Bytes{1});
    two.insert(two.end(), second.begin(), second.end());
    const auto items = split_klv(two);
    ASSERT_TRUE(items) << items.error().message;
    ASSERT_EQ(items->size(), 2U);
    EXPECT_EQ((*items)[0].key, key);
    EXPECT_EQ((*items)[0].value.size(), size);
  }
  EXPECT_EQ(split_local_set(hex("810202AABB")).value().at(0).tag, 130U);
}

TEST(Klv, SaysAtWhichByteItIsDamaged) {
  EXPECT_THAT(split_klv(hex("FF")).error().message, HasSubstr("byte 0: no universal label"));
  EXPECT_FALSE(split_klv(hex("060E2B34")));
  EXPECT_FALSE(split_klv(hex(kUasKey)));
  EXPECT_THAT(split_klv(hex(std::string(kUasKey) + "02AA")).error().message,
              HasSubstr("byte 17: a wrong length"));
  EXPECT_FALSE(split_klv(hex(std::string(kUasKey) + "80")));
  EXPECT_FALSE(split_klv(hex(std::string(kUasKey) + "89000000000000000001AA")));
  for (const char* wrong : {"02", "0202AA", "81", "FFFFFFFFFFFF01", "0282"}) {
    EXPECT_FALSE(split_local_set(hex(wrong))) << wrong;
  }
}

}  // namespace
}  // namespace subtide
