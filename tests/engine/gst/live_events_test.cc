#include <gtest/gtest.h>

#include "engine/gst/epoch_event.h"
#include "engine/gst/metadata_meta.h"

namespace subtide {
namespace {

using std::chrono::seconds;

class LiveEventsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

TEST_F(LiveEventsTest, AnEpochComesBackFromItsEvent) {
  const Epoch epoch{3, seconds(90), seconds(-4), WallTime(seconds(1'800'000'000)), "reconnect"};
  const EventPtr event = make_event(epoch);
  EXPECT_TRUE(GST_EVENT_IS_STICKY(event.get()));
  EXPECT_EQ(read_epoch(event.get()), epoch);
}

TEST_F(LiveEventsTest, AnotherEventIsNoEpoch) {
  const EventPtr event(gst_event_new_eos());
  EXPECT_EQ(read_epoch(event.get()), std::nullopt);
}

TEST_F(LiveEventsTest, AnEpochTurnsTimesBothWays) {
  const Epoch epoch{1, seconds(90), seconds(10), WallTime(seconds(1'000)), "jump"};
  EXPECT_EQ(epoch.to_engine(seconds(12)), seconds(92));
  EXPECT_EQ(epoch.to_source(seconds(92)), seconds(12));
  EXPECT_EQ(epoch.to_wall(seconds(92)), WallTime(seconds(1'002)));
  EXPECT_EQ(epoch.from_wall(WallTime(seconds(1'002))), seconds(92));
}

TEST_F(LiveEventsTest, MetadataStaysOnCopiesOfItsBuffer) {
  GstBuffer* buffer = gst_buffer_new();
  EXPECT_TRUE(metadata_of(buffer).empty());
  const TimedMetadata first{"a", "com.example.goal", seconds(1), {}, PayloadKind::kJson, {'1'}, ""};
  const TimedMetadata second{"b", "com.example.goal", seconds(1), seconds(2), {}, {}, "cli"};
  attach_metadata(buffer, std::vector{first});
  attach_metadata(buffer, std::vector{second});
  GstBuffer* copy = gst_buffer_copy(buffer);
  gst_buffer_unref(buffer);
  EXPECT_EQ(metadata_of(copy), (std::vector{first, second}));
  gst_buffer_unref(copy);
}

}  // namespace
}  // namespace subtide
