#include "engine/subtitles/cea608_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/engine/subtitles/cea608_samples.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

constexpr FrameRate kThirty{30, 1};
const std::string kFullLine = "The quick brown fox jumped over.";  // 32 characters
const std::string kOtherLine = "And the lazy dog slept until ten";

Cea608Options options_of(Cea608Mode mode) {
  Cea608Options options;
  options.mode = mode;
  options.frame_rate = kThirty;
  return options;
}

std::vector<Shown> shown_by(const Cea608Options& options, const std::vector<Cue>& cues) {
  Cea608Encoder encoder = encoder_of(options);
  return decode(encode(encoder, cues), options.channel);
}

MediaTime frame(int number) { return Cea608Clock::create(kThirty)->time_of(number); }

TEST(Cea608Clock, CarriesAPairOnEachFrameUpToThirtyAndOnEverySecondAbove) {
  EXPECT_EQ(Cea608Clock::create({25, 1})->time_of(25), 1s);
  EXPECT_EQ(Cea608Clock::create({50, 1})->time_of(25), 1s);
  EXPECT_EQ(Cea608Clock::create({60, 1})->time_of(30), 1s);
  EXPECT_EQ(Cea608Clock::create({30000, 1001})->time_of(30000), 1001s);
  EXPECT_EQ(Cea608Clock::create({60000, 1001})->time_of(30000), 1001s);
  EXPECT_EQ(Cea608Clock::create({24000, 1001})->time_of(24000), 1001s);
}

TEST(Cea608Clock, KeepsPaceWithAnyVideo) {
  EXPECT_EQ(nearest_caption_rate({25, 1}), (FrameRate{25, 1}));
  EXPECT_EQ(nearest_caption_rate({2997, 100}), (FrameRate{30000, 1001}));
  EXPECT_EQ(nearest_caption_rate({48, 1}), (FrameRate{50, 1}));
  EXPECT_EQ(nearest_caption_rate({12, 1}), (FrameRate{24000, 1001}));
  EXPECT_EQ(nearest_caption_rate({240, 1}), (FrameRate{60, 1}));
  EXPECT_EQ(nearest_caption_rate({0, 1}), FrameRate{}) << "unknown";
}

TEST(Cea608Clock, FindsSlotsAfterDaysToTheNanosecond) {
  const auto clock = *Cea608Clock::create({30000, 1001});
  for (const std::int64_t slot : {0L, 1L, 7'777'777L, 100'000'000L}) {
    const MediaTime time = clock.time_of(slot);
    EXPECT_EQ(clock.nearest(time), slot);
    EXPECT_EQ(clock.at_or_after(time), slot);
    EXPECT_EQ(clock.at_or_after(time + 1ns), slot + 1);
    EXPECT_EQ(clock.nearest(time - 10ms), slot);
  }
}

TEST(Cea608Clock, RefusesOtherRates) {
  for (const FrameRate rate : {FrameRate{15, 1}, {0, 1}, {30, 0}, {120, 1}, {-30, -1}}) {
    const auto clock = Cea608Clock::create(rate);
    ASSERT_FALSE(clock.has_value());
    EXPECT_EQ(clock.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Cea608Encoder, PopOnShowsACaptionOnTheFrameOfItsInTimeAndClearsOnItsOutTime) {
  EXPECT_THAT(
      shown_by(options_of(Cea608Mode::kPopOn), {caption(2s, 4s, {"The budget", "is ready."})}),
      ElementsAre(Shown{2s, "The budget/is ready."}, Shown{4s, ""}));
}

TEST(Cea608Encoder, SendsControlCodesTwiceAndNullPairsInBetween) {
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn));
  const auto slots = encode(encoder, {caption(1s, 2s, {"ABC"})});
  std::vector<Cea608Pair> sent;
  for (const auto& slot : slots) {
    if (!slot.pair.is_null()) sent.push_back(slot.pair);
  }
  const auto cc1 = Cea608Channel::kCc1;
  const auto rcl = command_pair(cc1, Cea608Command::kResumeCaptionLoading);
  const auto enm = command_pair(cc1, Cea608Command::kEraseNonDisplayedMemory);
  const auto pac = position_pair(cc1, 15, 12);
  const auto tab = tab_pair(cc1, 2);
  const auto eoc = command_pair(cc1, Cea608Command::kEndOfCaption);
  const auto edm = command_pair(cc1, Cea608Command::kEraseDisplayedMemory);
  EXPECT_THAT(sent, ElementsAre(rcl, rcl, enm, enm, pac, pac, tab, tab, text_pair('A', 'B'),
                                text_pair('C', 0), eoc, eoc, edm, edm));
  for (std::size_t at = 0; at < slots.size(); ++at) {
    EXPECT_EQ(slots[at].span,
              (TimeSpan{frame(static_cast<int>(at)), frame(static_cast<int>(at) + 1)}));
  }
}

TEST(Cea608Encoder, PopOnOfCuesTwoFramesApartIsExact) {
  const auto shown = shown_by(
      options_of(Cea608Mode::kPopOn),
      {caption(2s, frame(118), {kFullLine, kFullLine}), caption(4s, 6s, {kFullLine, kFullLine})});
  ASSERT_THAT(shown, SizeIs(4));
  EXPECT_EQ(shown[0].begin, 2s);
  EXPECT_EQ(shown[1], (Shown{frame(118), ""}));
  EXPECT_EQ(shown[2].begin, 4s);
  EXPECT_EQ(shown[3], (Shown{6s, ""}));
}

TEST(Cea608Encoder, CuesThatTouchAreSwappedWithoutAnEmptyScreen) {
  EXPECT_THAT(shown_by(options_of(Cea608Mode::kPopOn),
                       {caption(2s, 4s, {"One"}), caption(4s, 5s, {"Two"})}),
              ElementsAre(Shown{2s, "One"}, Shown{4s, "Two"}, Shown{5s, ""}));
}

TEST(Cea608Encoder, BackToBackFullCuesComeLateRatherThanNotAndSaySo) {
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn));
  const auto shown = decode(encode(encoder, {caption(2s, 2900ms, {kFullLine, kFullLine}),
                                             caption(2900ms, 4s, {kFullLine, kOtherLine})}),
                            Cea608Channel::kCc1);
  ASSERT_THAT(shown, SizeIs(3));
  EXPECT_EQ(shown[0].begin, 2s);
  // EOC twice, then 4 + 2 * (2 + 16) pairs.
  EXPECT_EQ(shown[1].begin, 2s + frame(2 + 4 + 36));
  const auto notes = encoder.take_notes();
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_EQ(notes[0].kind, Cea608Note::Kind::kLate);
  EXPECT_EQ(notes[0].cue_id, "00:00:02.900");
  EXPECT_EQ(notes[0].late, shown[1].begin - 2900ms);
  // It stands as long as it should have.
  EXPECT_EQ(shown[2].begin - shown[1].begin, 1100ms);
}

TEST(Cea608Encoder, EveryCueOfABurstIsShownInOrder) {
  std::vector<Cue> cues;
  for (int at = 0; at < 20; ++at) {
    cues.push_back(caption(1s + at * 200ms, 1s + (at + 1) * 200ms,
                           {fmt::format("Line {} of a burst of many lines", at), kFullLine}));
  }
  for (const auto mode : {Cea608Mode::kPopOn, Cea608Mode::kPaintOn}) {
    std::vector<std::string> texts;
    for (const Shown& shown : shown_by(options_of(mode), cues)) texts.push_back(shown.text);
    auto at = texts.begin();
    for (const Cue& cue : cues) {
      at = std::find(at, texts.end(), cue.lines[0] + "/" + cue.lines[1]);
      ASSERT_NE(at, texts.end()) << cue.lines[0];
    }
  }
}

TEST(Cea608Encoder, ACueThatIsKnownTooLateComesAsSoonAsItCan) {
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn));
  encoder.advance(10s);
  auto slots = take_slots(encoder);
  const MediaTime sent_until = slots.back().span.end;
  encoder.push(caption(3s, 5s, {"Late"}));
  encoder.finish();
  for (const auto& slot : take_slots(encoder)) slots.push_back(slot);
  const auto shown = decode(slots, Cea608Channel::kCc1);
  ASSERT_THAT(shown, SizeIs(2));
  EXPECT_EQ(shown[0].begin, sent_until + frame(10));
  EXPECT_EQ(shown[1].begin - shown[0].begin, 2s);
  const auto notes = encoder.take_notes();
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_EQ(notes[0].late, shown[0].begin - 3s);
}

TEST(Cea608Encoder, ACueKnownByTheLeadIsInTimeAndNothingIsSettledBeyondIt) {
  for (const auto mode : {Cea608Mode::kPopOn, Cea608Mode::kPaintOn, Cea608Mode::kRollUp2}) {
    Cea608Encoder encoder = encoder_of(options_of(mode));
    const MediaTime in = 7100ms;
    encoder.advance(in);
    const auto before = take_slots(encoder);
    EXPECT_THAT(before.back().span.end, Le(in - encoder.lead() + frame(2)));
    encoder.push(caption(in, in + 3s, {kFullLine, kFullLine}));
    encoder.finish();
    take_slots(encoder);
    for (const auto& note : encoder.take_notes()) EXPECT_NE(note.kind, Cea608Note::Kind::kLate);
  }
}

TEST(Cea608Encoder, TheSameCuesGiveTheSamePairsHoweverTheWatermarkMoves) {
  const std::vector<Cue> cues = {caption(2s, 4s, {kFullLine}),
                                 caption(4100ms, 5s, {"Two", "lines"}),
                                 caption(9s, 10s, {"Three"})};
  for (const auto mode : {Cea608Mode::kPopOn, Cea608Mode::kPaintOn, Cea608Mode::kRollUp3}) {
    Cea608Encoder whole = encoder_of(options_of(mode));
    const auto wanted = encode(whole, cues);
    Cea608Encoder stepwise = encoder_of(options_of(mode));
    std::vector<Cea608Slot> slots;
    for (const Cue& cue : cues) {
      stepwise.push(cue);
      for (const auto& slot : take_slots(stepwise)) slots.push_back(slot);
    }
    stepwise.finish();
    for (const auto& slot : take_slots(stepwise)) slots.push_back(slot);
    EXPECT_EQ(slots, wanted);
  }
}

TEST(Cea608Encoder, PaintOnWritesFromTheInTimeOn) {
  const auto shown = shown_by(options_of(Cea608Mode::kPaintOn), {caption(2s, 4s, {"ABCD"})});
  // RDC, position and tab take six frames.
  EXPECT_THAT(shown,
              ElementsAre(Shown{2s + frame(6), "AB"}, Shown{2s + frame(7), "ABCD"}, Shown{4s, ""}));
}

TEST(Cea608Encoder, PaintOnClearsTheScreenBeforeTheNextText) {
  const auto shown = shown_by(options_of(Cea608Mode::kPaintOn),
                              {caption(2s, 4s, {"AB"}), caption(4s, 5s, {"CD"})});
  EXPECT_THAT(shown, ElementsAre(Shown{2s + frame(6), "AB"}, Shown{4s, ""},
                                 Shown{4s + frame(8), "CD"}, Shown{5s, ""}));
}

TEST(Cea608Encoder, RollUpScrollsRowsThroughItsWindow) {
  Cue cue = caption(2s, 6s, {"AB", "CD"});
  cue.words = {{"AB", {2s, 3s}}, {"CD", {4s, 5s}}};
  auto options = options_of(Cea608Mode::kRollUp2);
  options.erase_after = 3s;
  EXPECT_THAT(
      shown_by(options, {cue, caption(7s, 8s, {"EF"})}),
      ElementsAre(Shown{2s + frame(6), "AB"}, Shown{4s + frame(6), "AB/CD"},
                  Shown{7s + frame(2), "CD"}, Shown{7s + frame(6), "CD/EF"}, Shown{11s, ""}));
}

TEST(Cea608Encoder, RollUpClearsAtTheGapWhenAsked) {
  auto options = options_of(Cea608Mode::kRollUp3);
  options.erase_after = 0s;
  EXPECT_THAT(shown_by(options, {caption(2s, 4s, {"AB"}), caption(7s, 8s, {"CD"})}),
              ElementsAre(Shown{2s + frame(6), "AB"}, Shown{4s, ""}, Shown{7s + frame(6), "CD"},
                          Shown{8s, ""}));
}

TEST(Cea608Encoder, RollUpReturnsAtMostTwiceASecondAndBreaksNoWord) {
  std::vector<Cue> cues;
  for (int at = 0; at < 12; ++at) {
    cues.push_back(caption(1s + at * 100ms, 1s + (at + 1) * 100ms, {"Word", "after word"}));
  }
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kRollUp4));
  const auto slots = encode(encoder, cues);
  const auto carriage = command_pair(Cea608Channel::kCc1, Cea608Command::kCarriageReturn);
  std::vector<MediaTime> returns;
  for (std::size_t at = 1; at < slots.size(); ++at) {
    const bool is_second = slots[at].pair == carriage && slots[at - 1].pair == carriage;
    if (is_second) returns.push_back(slots[at].span.begin);
  }
  ASSERT_THAT(returns, SizeIs(24));
  for (std::size_t at = 1; at < returns.size(); ++at)
    EXPECT_GE(returns[at] - returns[at - 1], 500ms);
}

TEST(Cea608Encoder, ShowsMoreThanFourRowsOnePageAfterTheOther) {
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn));
  const auto shown = decode(encode(encoder, {caption(5s, 15s, {"aa", "bb", "cc", "dd", "ee"})}),
                            Cea608Channel::kCc1);
  EXPECT_THAT(shown, ElementsAre(Shown{5s, "aa/bb/cc/dd"}, Shown{13s, "ee"}, Shown{15s, ""}));
  const auto notes = encoder.take_notes();
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_EQ(notes[0].kind, Cea608Note::Kind::kSplit);
}

TEST(Cea608Encoder, CentresRowsAboveItsBaseRow) {
  auto options = options_of(Cea608Mode::kPopOn);
  options.base_row = 3;
  Cea608Encoder encoder = encoder_of(options);
  Cea608Decoder decoder(options.channel);
  std::vector<Cea608ScreenRow> shown;
  for (const auto& slot : encode(encoder, {caption(1s, 2s, {"abcdef", "gh"})})) {
    if (decoder.push(slot.pair) && !decoder.shown().empty()) shown = decoder.shown();
  }
  EXPECT_THAT(shown, ElementsAre(Cea608ScreenRow{2, 13, "abcdef"}, Cea608ScreenRow{3, 15, "gh"}));
}

TEST(Cea608Encoder, NothingIsShownForWhatCannotBeSpelled) {
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn));
  EXPECT_THAT(decode(encode(encoder, {caption(1s, 2s, {"日本語"})}), Cea608Channel::kCc1),
              IsEmpty());
  EXPECT_THAT(encoder.take_notes(), SizeIs(1));
  EXPECT_THAT(encoder.take_notes(), IsEmpty());
}

TEST(Cea608Encoder, EqualWideCharactersSideBySideStayTwo) {
  for (const char* text : {"♪♪ la ♪♪", "ÄÄ ää ÖÖ", "àà«»"}) {
    const auto shown = shown_by(options_of(Cea608Mode::kPopOn), {caption(2s, 4s, {text})});
    ASSERT_THAT(shown, SizeIs(2));
    EXPECT_EQ(shown[0].text, text);
  }
}

TEST(Cea608Encoder, KeepsEqualPairsOfTextApart) {
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn));
  const auto slots = encode(encoder, {caption(2s, 4s, {"hahaha ♪♪"})});
  for (std::size_t at = 2; at < slots.size(); ++at) {
    const Cea608Pair pair = slots[at].pair;
    if (pair.is_null() || pair != slots[at - 1].pair) continue;
    EXPECT_LT(pair.first & 0x7F, 0x20) << "only what has control codes is sent twice";
    EXPECT_NE(pair, slots[at - 2].pair);
  }
  EXPECT_THAT(decode(slots, Cea608Channel::kCc1),
              ElementsAre(Shown{2s, "hahaha ♪♪"}, Shown{4s, ""}));
}

TEST(Cea608Encoder, ARestartClearsWhatIsShownAndGoesOnFromThere) {
  Cea608Encoder encoder = encoder_of(options_of(Cea608Mode::kPopOn));
  encoder.push(caption(2s, 60s, {"Old"}));
  encoder.advance(20s);
  auto slots = take_slots(encoder);
  encoder.restart(100s);
  encoder.push(caption(102s, 103s, {"New"}));
  encoder.finish();
  const auto after = take_slots(encoder);
  EXPECT_EQ(after.front().span.begin, 100s);
  slots.insert(slots.end(), after.begin(), after.end());
  EXPECT_THAT(decode(slots, Cea608Channel::kCc1),
              ElementsAre(Shown{2s, "Old"}, Shown{100s, ""}, Shown{102s, "New"}, Shown{103s, ""}));
}

TEST(Cea608Encoder, RefusesABaseRowWithoutRoom) {
  for (const int row : {0, 3, 16}) {
    auto options = options_of(Cea608Mode::kRollUp4);
    options.base_row = row;
    const auto encoder = Cea608Encoder::create(options);
    ASSERT_FALSE(encoder.has_value());
    EXPECT_EQ(encoder.error().code, ErrorCode::kInvalidArgument);
  }
}

std::vector<Cue> random_cues(std::mt19937& random) {
  std::vector<Cue> cues;
  MediaTime at = 2s;
  std::uniform_int_distribution<int> length(1, 32), gap(2, 60), kind(0, 20);
  for (int count = 0; count < 60; ++count) {
    std::vector<std::string> lines(1 + count % 2);
    for (std::string& line : lines) {
      for (int left = length(random); left > 0; --left) {
        line += left > 1 && kind(random) == 0
                    ? "é"
                    : std::string(1, static_cast<char>('a' + kind(random)));
      }
    }
    at = frame(static_cast<int>(at / 33333333ns) + gap(random));
    const MediaTime out = at + frame(50 + length(random));
    cues.push_back(caption(at, out, lines));
    at = out;
  }
  return cues;
}

TEST(Cea608Encoder, RandomCuesComeBackWordForWordAndOnTheirFrames) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const auto cues = random_cues(random);
    for (const auto channel :
         {Cea608Channel::kCc1, Cea608Channel::kCc2, Cea608Channel::kCc3, Cea608Channel::kCc4}) {
      auto options = options_of(Cea608Mode::kPopOn);
      options.channel = channel;
      const auto shown = shown_by(options, cues);
      std::vector<Shown> texts;
      for (const Shown& one : shown) {
        if (!one.text.empty()) texts.push_back(one);
      }
      ASSERT_EQ(texts.size(), cues.size()) << "seed " << seed;
      for (std::size_t at = 0; at < cues.size(); ++at) {
        std::string wanted;
        for (const auto& line : cues[at].lines) wanted += (wanted.empty() ? "" : "/") + line;
        EXPECT_EQ(texts[at].text, wanted) << "seed " << seed;
        EXPECT_LE(texts[at].begin - cues[at].span.begin, frame(1)) << "seed " << seed;
        EXPECT_GE(texts[at].begin - cues[at].span.begin, -frame(1)) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace subtide
