#include "engine/gst/text_meta.h"

#include <gst/gst.h>
#include <gtest/gtest.h>

#include "engine/gst/pointer.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

class TextMetaTest : public testing::Test {
 protected:
  static std::shared_ptr<const Phrase> phrase() {
    Phrase made;
    made.words = {{"Hello", {1s, 2s}, 0.5F}};
    made.language = "en";
    return std::make_shared<const Phrase>(made);
  }

  static GstBuffer* make_buffer() {
    gst_init(nullptr, nullptr);
    return gst_buffer_new_allocate(nullptr, 8, nullptr);
  }

  BufferPtr buffer_{make_buffer()};
};

TEST_F(TextMetaTest, HoldsNothingAtFirst) {
  EXPECT_EQ(phrase_of(buffer_.get()), nullptr);
  EXPECT_EQ(cue_of(buffer_.get()), nullptr);
}

TEST_F(TextMetaTest, KeepsThePhraseWhenTheBufferIsCopied) {
  const auto attached = phrase();
  attach_phrase(buffer_.get(), attached);
  const BufferPtr copy(gst_buffer_copy(buffer_.get()));
  buffer_.reset();
  EXPECT_EQ(phrase_of(copy.get()), attached);
}

TEST_F(TextMetaTest, LeavesThePhraseOutOfAPartOfTheText) {
  attach_phrase(buffer_.get(), phrase());
  const BufferPtr part(gst_buffer_copy_region(buffer_.get(), GST_BUFFER_COPY_ALL, 0, 3));
  EXPECT_EQ(phrase_of(part.get()), nullptr);
}

TEST_F(TextMetaTest, ACueReplacesThePhrase) {
  attach_phrase(buffer_.get(), phrase());
  const auto cue = std::make_shared<const Cue>();
  attach_cue(buffer_.get(), cue);
  EXPECT_EQ(cue_of(buffer_.get()), cue);
  EXPECT_EQ(phrase_of(buffer_.get()), nullptr);
}

TEST_F(TextMetaTest, GivesThePhraseBackWhenTheBufferGoes) {
  const auto attached = phrase();
  attach_phrase(buffer_.get(), attached);
  EXPECT_EQ(attached.use_count(), 2);
  buffer_.reset();
  EXPECT_EQ(attached.use_count(), 1);
}

}  // namespace
}  // namespace subtide
