#include "engine/work/store/effect_key.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/work/store/sha256.h"

namespace subtide {
namespace {

EffectParts parts() {
  return {"input", "transcribe", "model", {{"language", "en"}, {"prompt", ""}}, "1"};
}

TEST(EffectKeyTest, EqualPartsGiveTheSameKeyForEver) {
  EXPECT_EQ(effect_key(parts()), effect_key(parts()));
  EXPECT_TRUE(is_sha256(effect_key(parts())));
  // A changed key would make every kept result useless.
  EXPECT_EQ(effect_key(parts()),
            "0e3d67bddedff4263188b5b1b8feae77198d65c134b71cf00b32be88913f0095");
}

TEST(EffectKeyTest, EachPartCounts) {
  std::set<std::string> keys = {effect_key(parts())};
  std::vector<EffectParts> others(8, parts());
  others[0].input = "inpu";
  others[1].stage = "translate";
  others[2].model = "model2";
  others[3].pipeline = "2";
  others[4].parameters["language"] = "de";
  others[5].parameters.erase("prompt");
  others[6].parameters["x"] = "";
  others[7].parameters = {{"language", ""}, {"prompt", "en"}};
  for (const EffectParts& other : others) keys.insert(effect_key(other));
  EXPECT_EQ(keys.size(), 9U);
}

TEST(EffectKeyTest, TheWorkIsTheSameWhicheverModelDoesIt) {
  EffectParts other = parts();
  other.model = "model2";
  EXPECT_EQ(work_key(other), work_key(parts()));
  EXPECT_EQ(effect_key(work_key(parts()), "model2"), effect_key(other));
  EXPECT_NE(work_key(parts()), effect_key(parts()));
}

TEST(EffectKeyTest, NeighboursDoNotRunIntoEachOther) {
  const EffectParts one{"ab", "c", "", {}, ""};
  const EffectParts two{"a", "bc", "", {}, ""};
  EXPECT_NE(effect_key(one), effect_key(two));
  const EffectParts three{"", "", "", {{"a", "b=c"}}, ""};
  const EffectParts four{"", "", "", {{"a=b", "c"}}, ""};
  EXPECT_NE(effect_key(three), effect_key(four));
}

TEST(Sha256Test, GivesTheKnownSums) {
  EXPECT_EQ(Sha256().finish(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 sum;
  sum.add("a");
  sum.add("bc");
  EXPECT_EQ(sum.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_FALSE(is_sha256("BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_FALSE(is_sha256("ba78"));
}

}  // namespace
}  // namespace subtide
