#include "engine/gst/ingest_notices.h"

#include <gtest/gtest.h>

#include "engine/gst/pointer.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

class IngestNotices : public testing::Test {
 protected:
  IngestNotices() {
    gst_init(nullptr, nullptr);
    element_ = own_object(gst_element_factory_make("fakesink", nullptr));
    gst_element_set_bus(element_.get(), bus_.get());
  }
  ~IngestNotices() override { gst_element_set_bus(element_.get(), nullptr); }
  template <typename Notice>
  MessagePtr posted(const Notice& notice) {
    post_notice(element_.get(), notice);
    return MessagePtr(gst_bus_pop(bus_.get()));
  }

 private:
  GstPtr<GstBus> bus_{gst_bus_new()};
  ElementPtr element_;
};

TEST_F(IngestNotices, EveryChangeOfTheConnectionComesBackAsItWas) {
  for (const auto change : {IngestChange::kOpened, IngestChange::kLost, IngestChange::kRetrying,
                            IngestChange::kRestored, IngestChange::kEnded}) {
    const IngestNotice notice{change, "srt", "srt://h:1", 3, "silent", 4, 2'000ms, 3'001ms};
    EXPECT_EQ(read_ingest_notice(posted(notice).get()), notice);
  }
}

TEST_F(IngestNotices, EveryChangeOfTheSoundComesBackAsItWas) {
  for (const auto change : {SoundChange::kMissing, SoundChange::kSilent, SoundChange::kRestored}) {
    const SoundNotice notice{change, 12s, 5s};
    EXPECT_EQ(read_sound_notice(posted(notice).get()), notice);
  }
}

TEST_F(IngestNotices, DamageComesBackAsItWas) {
  const DamageNotice notice{"udp", "udp://h:1", 2, 1'000'000'000'000, 17, 3};
  EXPECT_EQ(read_damage_notice(posted(notice).get()), notice);
  EXPECT_FALSE(read_damage_notice(posted(SoundNotice{}).get()));
}

TEST_F(IngestNotices, AChangeOfFormatComesBackAsItWas) {
  const FormatNotice notice{"audio", "audio/mpeg, rate 48000", "audio/mpeg, rate 44100", 3};
  EXPECT_EQ(read_format_notice(posted(notice).get()), notice);
  EXPECT_FALSE(read_format_notice(posted(SoundNotice{}).get()));
}

TEST_F(IngestNotices, AnEpochComesBackAsItWas) {
  const Epoch epoch{2, 10s, 95'443s, WallTime(1'700'000'000s), "reconnect"};
  EXPECT_EQ(read_epoch_notice(posted(epoch).get()), epoch);
}

TEST_F(IngestNotices, MetadataOfTheSourceComesBackAsItWas) {
  const TimedMetadata item{"klv-1", "klv", 5s, {}, PayloadKind::kKlv, {6, 14, 0, 43}, "source"};
  EXPECT_EQ(read_source_metadata(posted(item).get()), item);
}

TEST_F(IngestNotices, OneIsNotTakenForTheOther) {
  const MessagePtr message = posted(SoundNotice{});
  EXPECT_FALSE(read_ingest_notice(message.get()));
  EXPECT_FALSE(read_epoch_notice(message.get()));
  EXPECT_FALSE(read_source_metadata(message.get()));
  const MessagePtr end(gst_message_new_eos(nullptr));
  EXPECT_FALSE(read_sound_notice(end.get()));
}

}  // namespace
}  // namespace subtide
