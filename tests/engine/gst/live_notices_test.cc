#include "engine/gst/live_notices.h"

#include <gst/gst.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;

class LiveNotices : public testing::Test {
 protected:
  LiveNotices() {
    gst_init(nullptr, nullptr);
    element_ = own_object(gst_element_factory_make("identity", "origin"));
    bus_ = GstPtr<GstBus>(gst_bus_new());
    gst_element_set_bus(element_.get(), bus_.get());
  }
  ~LiveNotices() override { gst_element_set_bus(element_.get(), nullptr); }

  MessagePtr posted() { return MessagePtr(gst_bus_pop(bus_.get())); }

  ElementPtr element_;
  GstPtr<GstBus> bus_;
};

TEST_F(LiveNotices, TheLiveEdgeIsAnEventInThePlaceWhereItWasSent) {
  const EventPtr event = make_event(LiveEdge{1500ms});
  EXPECT_TRUE(GST_EVENT_IS_SERIALIZED(event.get()));
  EXPECT_FALSE(GST_EVENT_IS_STICKY(event.get()));
  EXPECT_EQ(read_live_edge(event.get()), LiveEdge{1500ms});
  EXPECT_FALSE(read_live_edge(EventPtr(gst_event_new_eos()).get()));
}

TEST_F(LiveNotices, CarriesPartialWordsWithTheirTimes) {
  const PartialText notice{
      {{"Grüße", {1s, 1500ms}, 0.5F}, {"Welt", {1500ms, 2s}, 1.0F}}, 1, {1s, 3s}, "de", 7};
  post_notice(element_.get(), notice);
  EXPECT_EQ(read_partial_text(posted().get()), notice);
  post_notice(element_.get(), PartialText{});
  EXPECT_EQ(read_partial_text(posted().get()), PartialText{});
}

TEST_F(LiveNotices, CarriesTheDelaysOfCommittedWords) {
  const CommitNotice notice{
      {{1s, 900ms, 300ms, CommitCause::kAgreed}, {2s, 4s, 0s, CommitCause::kAge}}, 0.25};
  post_notice(element_.get(), notice);
  EXPECT_EQ(read_commit_notice(posted().get()), notice);
}

TEST_F(LiveNotices, NamesTheRungsOfAStep) {
  const DegradeNotice notice = to_notice({true, std::nullopt, ShedRung::kStopPartials, 5s});
  EXPECT_EQ(notice.from, "normal");
  EXPECT_EQ(notice.to, "partials_stopped");
  EXPECT_EQ(notice.cause, "recognizer_behind");
  post_notice(element_.get(), notice);
  EXPECT_EQ(read_degrade_notice(posted().get()), notice);
}

TEST_F(LiveNotices, ReadsNothingFromOtherMessages) {
  post_notice(element_.get(), PartialText{});
  const MessagePtr partial = posted();
  EXPECT_FALSE(read_commit_notice(partial.get()));
  EXPECT_FALSE(read_degrade_notice(partial.get()));
  post_notice(element_.get(), CommitNotice{});
  EXPECT_FALSE(read_partial_text(posted().get()));
}

TEST_F(LiveNotices, RefusesListsThatDoNotFitTogether) {
  GstStructure* fields = gst_structure_new("tide/commit", "erasure", G_TYPE_DOUBLE, 0.0, "count",
                                           G_TYPE_UINT, 2U, nullptr);
  gst_element_post_message(element_.get(),
                           gst_message_new_element(GST_OBJECT(element_.get()), fields));
  EXPECT_FALSE(read_commit_notice(posted().get()));
}

}  // namespace
}  // namespace subtide
