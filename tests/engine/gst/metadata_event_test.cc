#include "engine/gst/metadata_event.h"

#include <gtest/gtest.h>

#include "engine/gst/epoch_event.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

class MetadataEventTest : public testing::Test {
 protected:
  MetadataEventTest() { gst_init(nullptr, nullptr); }
};

TEST_F(MetadataEventTest, CarriesAnItemInTheStream) {
  TimedMetadata item{"klv-1", "org.misb.0601", 3s, 2s, PayloadKind::kKlv, {0, 1, 0xFF}, "source"};
  EXPECT_EQ(read_metadata(make_event(item).get()), item);
  item.duration.reset();
  item.payload.clear();
  item.kind = PayloadKind::kNone;
  EXPECT_EQ(read_metadata(make_event(item).get()), item);
  EXPECT_EQ(GST_EVENT_TYPE(make_event(item).get()), GST_EVENT_CUSTOM_DOWNSTREAM);
}

TEST_F(MetadataEventTest, IsNoOtherEvent) {
  EXPECT_FALSE(read_metadata(make_event(Epoch{}).get()));
  EXPECT_FALSE(read_metadata(EventPtr(gst_event_new_eos()).get()));
  const EventPtr broken(gst_event_new_custom(
      GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new("tide/metadata", "at", G_TYPE_INT64, gint64{1},
                                                     "kind", G_TYPE_INT, 99, nullptr)));
  EXPECT_FALSE(read_metadata(broken.get()));
}

TEST_F(MetadataEventTest, TellsWhereAnItemWasPlaced) {
  const ElementPtr element = own_object(gst_pipeline_new(nullptr));
  const GstPtr<GstBus> bus(gst_element_get_bus(element.get()));
  TimedMetadata item{"a", "com.example.goal", 3s, 4s, PayloadKind::kJson, {'1'}, "http"};
  const MetadataPlaced placed{item, 2s};
  post_notice(element.get(), placed);
  const MessagePtr message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ELEMENT));
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(read_metadata_placed(message.get()), placed);
  EXPECT_FALSE(read_metadata_placed(MessagePtr(gst_message_new_eos(nullptr)).get()));
}

}  // namespace
}  // namespace subtide
