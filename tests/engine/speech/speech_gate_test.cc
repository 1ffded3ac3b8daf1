#include "engine/speech/speech_gate.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr MediaDuration kWindow = milliseconds(32);

MediaTime at_window(int count) { return count * kWindow; }

/// One character a window: '#' speech, '+' doubtful, '.' silence, a digit its tenths.
float probability_of(char c) {
  switch (c) {
    case '#':
      return 0.95F;
    case '+':
      return 0.4F;
    case '.':
      return 0.02F;
    default:
      return static_cast<float>(c - '0') / 10.0F;
  }
}

struct Heard {
  std::vector<MediaTime> starts;
  std::vector<SpeechSegment> segments;
  MediaDuration longest_delay{0};
};

class Listener {
 public:
  explicit Listener(const SpeechGateOptions& options)
      : gate_(std::move(SpeechGate::create(options).value())) {}

  Listener& hear(std::string_view windows, int times = 1) {
    for (int i = 0; i < times; ++i) {
      for (const char c : windows) hear(probability_of(c));
    }
    return *this;
  }
  Listener& hear(float probability) {
    const TimeSpan window{now_, now_ + kWindow};
    now_ = window.end;
    for (const GateDecision& decision : gate_.push(window, probability)) {
      EXPECT_NE(decision.started.has_value(), decision.ended.has_value());
      if (decision.started) note(*decision.started, window.begin);
      if (decision.ended) note(decision.ended->span.end, window.begin);
      if (decision.started) heard_.starts.push_back(*decision.started);
      if (decision.ended) heard_.segments.push_back(*decision.ended);
    }
    return *this;
  }
  Heard end() {
    if (const auto last = gate_.finish()) heard_.segments.push_back(*last);
    return heard_;
  }
  Listener& jump_to(MediaTime time) {
    end();
    now_ = time;
    return *this;
  }
  MediaDuration promised_delay() const { return gate_.decision_delay(); }

 private:
  void note(MediaTime time, MediaTime told_at) {
    heard_.longest_delay = std::max(heard_.longest_delay, told_at - time);
  }
  SpeechGate gate_;
  MediaTime now_{0};
  Heard heard_;
};

SpeechGateOptions round_options() {
  return {.threshold = 0.5F,
          .negative_threshold = 0.35F,
          .minimum_speech = 4 * kWindow,
          .minimum_silence = 8 * kWindow,
          .padding = 2 * kWindow,
          .maximum_speech = 60 * kWindow};
}

SpeechSegment segment(MediaTime begin, MediaTime end, SegmentClose close) {
  return {{begin, end}, close};
}

TEST(SpeechGate, EndsASegmentWhereTheSilenceBegan) {
  const Heard heard = Listener(round_options()).hear(".", 10).hear("#", 10).hear(".", 20).end();
  ASSERT_EQ(heard.segments.size(), 1U);
  EXPECT_EQ(heard.segments[0], segment(at_window(8), at_window(22), SegmentClose::kSilence));
  EXPECT_EQ(heard.starts, std::vector{at_window(8)});
}

TEST(SpeechGate, KeepsAShortPauseInside) {
  const Heard heard = Listener(round_options())
                          .hear(".", 10)
                          .hear("#", 6)
                          .hear(".", 7)
                          .hear("#", 6)
                          .hear(".", 20)
                          .end();
  ASSERT_EQ(heard.segments.size(), 1U);
  EXPECT_EQ(heard.segments[0].span, (TimeSpan{at_window(8), at_window(31)}));
}

TEST(SpeechGate, DropsSpeechThatIsTooShort) {
  const Heard heard = Listener(round_options()).hear(".", 10).hear("###").hear(".", 20).end();
  EXPECT_TRUE(heard.segments.empty());
  EXPECT_TRUE(heard.starts.empty());
}

TEST(SpeechGate, CountsDoubtfulWindowsInsideSpeechButDoesNotStartWithThem) {
  const Heard heard =
      Listener(round_options()).hear("+", 10).hear("##").hear("+", 10).hear(".", 20).end();
  ASSERT_EQ(heard.segments.size(), 1U);
  EXPECT_EQ(heard.segments[0].span, (TimeSpan{at_window(8), at_window(24)}));
}

TEST(SpeechGate, ClosesAnOpenSegmentAtTheEnd) {
  const Heard heard = Listener(round_options()).hear(".", 10).hear("#", 10).end();
  ASSERT_EQ(heard.segments.size(), 1U);
  EXPECT_EQ(heard.segments[0], segment(at_window(8), at_window(20), SegmentClose::kEnd));
}

TEST(SpeechGate, PadsIntoTheLastSilenceButNotPastTheEnd) {
  const Heard heard = Listener(round_options()).hear("#", 10).hear(".").end();
  ASSERT_EQ(heard.segments.size(), 1U);
  EXPECT_EQ(heard.segments[0].span, (TimeSpan{at_window(0), at_window(11)}));
}

TEST(SpeechGate, NeverPadsBeforeTheFirstWindowOrTheWindowAfterAJump) {
  Listener listener(round_options());
  listener.hear(".").hear("#", 10).jump_to(milliseconds(10'000)).hear(".").hear("#", 10);
  const Heard heard = listener.end();
  ASSERT_EQ(heard.segments.size(), 2U);
  EXPECT_EQ(heard.segments[0].span.begin, MediaTime(0));
  EXPECT_EQ(heard.segments[1].span.begin, milliseconds(10'000));
}

TEST(SpeechGate, StopsPaddingHalfWayToTheNeighbour) {
  SpeechGateOptions options = round_options();
  options.padding = 6 * kWindow;
  const Heard heard =
      Listener(options).hear(".", 10).hear("#", 5).hear(".", 8).hear("#", 5).hear(".", 40).end();
  ASSERT_EQ(heard.segments.size(), 2U);
  EXPECT_EQ(heard.segments[0].span, (TimeSpan{at_window(4), at_window(19)}));
  EXPECT_EQ(heard.segments[1].span, (TimeSpan{at_window(19), at_window(34)}));
}

TEST(SpeechGate, DoesNotYieldPaddingToANeighbourThatIsDropped) {
  SpeechGateOptions options = round_options();
  options.padding = 6 * kWindow;
  const Heard heard =
      Listener(options).hear(".", 10).hear("#", 5).hear(".", 8).hear("##").hear(".", 40).end();
  ASSERT_EQ(heard.segments.size(), 1U);
  EXPECT_EQ(heard.segments[0].span, (TimeSpan{at_window(4), at_window(21)}));
}

TEST(SpeechGate, SplitsLongSpeechWhereTheProbabilityIsLowest) {
  SpeechGateOptions options = round_options();
  const Heard heard =
      Listener(options).hear(".").hear("#", 45).hear("6").hear("#", 30).hear(".", 20).end();
  ASSERT_EQ(heard.segments.size(), 2U);
  const MediaTime split = at_window(46) + kWindow / 2;
  EXPECT_EQ(heard.segments[0], segment(MediaTime(0), split, SegmentClose::kMaximumLength));
  EXPECT_EQ(heard.segments[1], segment(split, at_window(79), SegmentClose::kSilence));
  EXPECT_EQ(heard.starts, (std::vector{MediaTime(0), split}));
}

TEST(SpeechGate, LooksBackOnlyAThirdForTheSplit) {
  const Heard heard = Listener(round_options()).hear("#", 20).hear("6").hear("#", 60).end();
  ASSERT_EQ(heard.segments.size(), 2U);
  EXPECT_GT(heard.segments[0].span.end, at_window(38));
}

TEST(SpeechGate, CutsAtAPauseThatIsTooShortToEndTheSegment) {
  const Heard heard = Listener(round_options()).hear("#", 50).hear(".", 7).hear("#", 20).end();
  ASSERT_EQ(heard.segments.size(), 2U);
  EXPECT_EQ(heard.segments[0].span.end, at_window(56) + kWindow / 2);
}

TEST(SpeechGate, RefusesBadOptionsAndSaysWhatIsWrong) {
  SpeechGateOptions options = round_options();
  options.threshold = 1.5F;
  EXPECT_EQ(SpeechGate::create(options).error().code, ErrorCode::kInvalidArgument);
  options = round_options();
  options.negative_threshold = 0.6F;
  EXPECT_FALSE(SpeechGate::create(options));
  options = round_options();
  options.padding = -kWindow;
  EXPECT_FALSE(SpeechGate::create(options));
  options = round_options();
  options.maximum_speech = 10 * kWindow;
  EXPECT_NE(SpeechGate::create(options).error().message.find("at least"), std::string::npos);
}

TEST(SpeechGate, TheDefaultsLeaveRoomForABatchInThePackersHistory) {
  const auto gate = SpeechGate::create({});
  ASSERT_TRUE(gate);
  EXPECT_LT(gate->decision_delay() + 32 * kWindow, std::chrono::seconds(4));
}

/// Any probabilities: segments in order, apart, inside the stream, not too long, told in time.
class AnySpeech : public testing::TestWithParam<unsigned> {};

TEST_P(AnySpeech, GivesOrderedSegmentsWithinTheirLimitsAndInTime) {
  std::mt19937 random(GetParam());
  std::uniform_int_distribution<int> frames(0, 12);
  SpeechGateOptions options = round_options();
  options.padding = frames(random) * kWindow;
  options.minimum_silence = (1 + frames(random)) * kWindow;
  options.minimum_speech = frames(random) * kWindow;
  Listener listener(options);
  int count = 0;
  while (count < 3000) {
    const int length = 1 + frames(random) * (frames(random) > 9 ? 8 : 1);
    listener.hear(
        std::string_view("#.+9876543210").substr(static_cast<std::size_t>(frames(random)), 1),
        length);
    count += length;
  }
  const MediaDuration promised = listener.promised_delay();
  const Heard heard = listener.end();
  ASSERT_FALSE(heard.segments.empty());
  ASSERT_EQ(heard.starts.size(), heard.segments.size());
  MediaTime last{0};
  for (std::size_t i = 0; i < heard.segments.size(); ++i) {
    const TimeSpan span = heard.segments[i].span;
    EXPECT_EQ(heard.starts[i], span.begin);
    EXPECT_LE(last, span.begin);
    EXPECT_LT(span.begin, span.end);
    EXPECT_LE(span.end, at_window(count));
    EXPECT_LE(span.duration(), options.maximum_speech);
    last = span.end;
  }
  EXPECT_LE(heard.longest_delay, promised);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnySpeech, testing::Range(0U, 40U));

}  // namespace
}  // namespace subtide
