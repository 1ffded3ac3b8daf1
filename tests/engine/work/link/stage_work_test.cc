#include "engine/work/link/stage_work.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

TEST(TranscribePayload, ComesBackAsItWasSent) {
  TranscribePayload sent;
  sent.blob = "ab";
  sent.pieces = {{0, MediaTime(7)}, {500, MediaTime(90'000'000)}};
  sent.language = "es";
  sent.prompt = "words";
  sent.is_partial = true;
  sent.audio_context = AudioContext::kWindow;
  sent.effort = SearchEffort::kQuick;
  sent.lesser_model = 1;
  const auto got = transcribe_payload_from_json(to_json(sent));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(to_json(*got), to_json(sent));
  EXPECT_TRUE(got->is_partial);
  EXPECT_EQ(got->audio_context, AudioContext::kWindow);
  EXPECT_EQ(got->effort, SearchEffort::kQuick);
  EXPECT_EQ(got->lesser_model, 1);
}

TEST(TranscribePayload, OfAnOlderVersionAsksForEverything) {
  TranscribePayload sent;
  sent.pieces = {{0, MediaTime(7)}};
  std::string json = to_json(sent);
  for (const std::string field : {"\"lesser_model\":0,", "\"partial\":false,", ",\"quick\":false",
                                  ",\"window_context\":false"}) {
    const auto at = json.find(field);
    ASSERT_NE(at, std::string::npos) << json;
    json.erase(at, field.size());
  }
  const auto got = transcribe_payload_from_json(json);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_FALSE(got->is_partial);
  EXPECT_EQ(got->audio_context, AudioContext::kWhole);
  EXPECT_EQ(got->effort, SearchEffort::kFull);
  EXPECT_EQ(got->lesser_model, 0);
}

TEST(TranscribePayload, NamesNoModelBelowAllLadders) {
  TranscribePayload sent;
  sent.pieces = {{0, MediaTime(7)}};
  sent.lesser_model = 1'000'000;
  EXPECT_LE(transcribe_payload_from_json(to_json(sent)).value().lesser_model, 16);
  sent.lesser_model = -1;
  EXPECT_EQ(transcribe_payload_from_json(to_json(sent)).value().lesser_model, 0);
}

}  // namespace
}  // namespace subtide
