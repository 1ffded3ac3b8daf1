#include "engine/gst/notices.h"

#include <gst/gst.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;

class NoticesTest : public testing::Test {
 protected:
  NoticesTest() {
    gst_init(nullptr, nullptr);
    element_ = own_object(gst_element_factory_make("identity", "origin"));
    bus_ = GstPtr<GstBus>(gst_bus_new());
    gst_element_set_bus(element_.get(), bus_.get());
  }
  ~NoticesTest() override { gst_element_set_bus(element_.get(), nullptr); }

  MessagePtr posted() { return MessagePtr(gst_bus_pop(bus_.get())); }

  ElementPtr element_;
  GstPtr<GstBus> bus_;
};

TEST_F(NoticesTest, CarriesASpeechStartAsEventAndAsMessage) {
  const SpeechStart notice{-1500ms};
  EXPECT_EQ(read_speech_start(make_event(notice).get()), notice);
  post_notice(element_.get(), notice);
  EXPECT_EQ(read_speech_start(posted().get()), notice);
}

TEST_F(NoticesTest, CarriesASpeechEndWithItsReason) {
  for (const auto close :
       {SegmentClose::kSilence, SegmentClose::kMaximumLength, SegmentClose::kEnd}) {
    const SpeechSegment notice{{1s, 2500ms}, close};
    EXPECT_EQ(read_speech_end(make_event(notice).get()), notice);
    post_notice(element_.get(), notice);
    EXPECT_EQ(read_speech_end(posted().get()), notice);
  }
}

TEST_F(NoticesTest, CarriesAGap) {
  const Gap notice{{12s, 31s}, "recognizer_failed"};
  EXPECT_EQ(read_gap_notice(make_event(notice).get()), notice);
  post_notice(element_.get(), notice);
  EXPECT_EQ(read_gap_notice(posted().get()), notice);
}

TEST_F(NoticesTest, CarriesAWrittenFile) {
  const SidecarWritten notice{"out/talk.en.srt", "srt", "en", 42};
  post_notice(element_.get(), notice);
  EXPECT_EQ(read_sidecar_written(posted().get()), notice);
}

TEST_F(NoticesTest, ModelsAreStickyAndKeptApartByRole) {
  const LoadedModel recognizer{"recognizer", "whisper:base.en", "142 MiB"};
  const LoadedModel translator{"translator", "apertium", ""};
  const EventPtr event = make_event(recognizer);
  EXPECT_TRUE(GST_EVENT_IS_STICKY(event.get()));
  EXPECT_TRUE(GST_EVENT_IS_SERIALIZED(event.get()));
  EXPECT_EQ(read_loaded_model(event.get()), recognizer);
  EXPECT_TRUE(gst_event_has_name(event.get(), "tide/model-recognizer"));
  EXPECT_TRUE(gst_event_has_name(make_event(translator).get(), "tide/model-translator"));
  post_notice(element_.get(), translator);
  EXPECT_EQ(read_loaded_model(posted().get()), translator);
}

TEST_F(NoticesTest, ReadsNothingFromOtherEventsAndMessages) {
  const EventPtr eos(gst_event_new_eos());
  EXPECT_EQ(read_gap_notice(eos.get()), std::nullopt);
  EXPECT_EQ(read_loaded_model(eos.get()), std::nullopt);
  EXPECT_EQ(read_speech_end(make_event(SpeechStart{1s}).get()), std::nullopt);
  const MessagePtr message(gst_message_new_eos(GST_OBJECT_CAST(element_.get())));
  EXPECT_EQ(read_sidecar_written(message.get()), std::nullopt);
}

TEST_F(NoticesTest, ReadsNothingFromANoticeThatLacksAField) {
  const EventPtr bare(
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("tide/gap")));
  EXPECT_EQ(read_gap_notice(bare.get()), std::nullopt);
}

}  // namespace
}  // namespace subtide
