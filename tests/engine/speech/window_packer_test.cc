#include "engine/speech/window_packer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Windows = std::vector<WindowPacker::Window>;
using Samples = std::vector<std::int16_t>;

/// Noise whose loudness wanders, so that there is always a quietest place.
Samples wandering_noise(MediaDuration length, unsigned seed) {
  std::mt19937 random(seed);
  Samples samples(static_cast<std::size_t>(duration_to_samples(length)));
  int loudness = 1000;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % 1600 == 0) loudness = 50 + static_cast<int>(random() % 8000);
    samples[i] =
        static_cast<std::int16_t>(static_cast<int>(random() % 2000) * loudness / 1000 - loudness);
  }
  return samples;
}

void append(Windows& all, const Windows& more) { all.insert(all.end(), more.begin(), more.end()); }

/// What happens on a stream, and a packer that hears it in buffers of given sizes.
struct Stream {
  struct Stretch {
    MediaTime begin;
    Samples samples;
  };
  struct Event {
    MediaTime about;
    bool is_start;
    MediaTime told;  ///< by when the audio must have come
  };
  std::vector<Stretch> stretches;
  std::vector<Event> events;

  Stream& audio(MediaTime begin, MediaTime end) {
    const auto seed = static_cast<unsigned>(stretches.size() + 1);
    stretches.push_back({begin, wandering_noise(end - begin, seed)});
    return *this;
  }
  Stream& speech(MediaTime begin, MediaTime end, MediaDuration late = milliseconds(900)) {
    events.push_back({begin, true, begin + late});
    events.push_back({end, false, end + late});
    return *this;
  }

  Windows pack(WindowPacker packer, const std::function<std::size_t()>& next_size) const {
    Windows windows;
    auto event = events.begin();
    for (const Stretch& stretch : stretches) {
      for (std::size_t at = 0; at < stretch.samples.size();) {
        const std::size_t count = std::min(next_size(), stretch.samples.size() - at);
        const MediaTime begin = stretch.begin + samples_to_duration(static_cast<std::int64_t>(at));
        append(windows, packer.push(begin, std::span(stretch.samples).subspan(at, count)));
        at += count;
        const MediaTime heard = begin + samples_to_duration(static_cast<std::int64_t>(count));
        for (; event != events.end() && event->told <= heard; ++event) {
          append(windows, tell(packer, *event));
        }
      }
    }
    for (; event != events.end(); ++event) append(windows, tell(packer, *event));
    append(windows, packer.finish());
    return windows;
  }
  static Windows tell(WindowPacker& packer, const Event& event) {
    return event.is_start ? packer.speech_started(event.about) : packer.speech_ended(event.about);
  }
};

WindowPacker packer(MediaDuration maximum, MediaDuration close_after = {}) {
  return std::move(
      WindowPacker::create({.maximum = maximum, .close_after_silence = close_after}).value());
}

std::function<std::size_t()> always(std::size_t size) {
  return [size] { return size; };
}

std::vector<TimeSpan> spans(const Windows& windows) {
  std::vector<TimeSpan> all;
  for (const auto& window : windows) all.push_back(window->span());
  return all;
}

TimeSpan span(int begin_ms, int end_ms) { return {milliseconds(begin_ms), milliseconds(end_ms)}; }

TEST(WindowPacker, PacksWholeSegmentsAndLeavesSilenceOut) {
  Stream stream;
  stream.audio(seconds(0), seconds(20))
      .speech(seconds(1), seconds(3))
      .speech(seconds(6), seconds(9))
      .speech(seconds(12), seconds(18));
  const Windows windows = stream.pack(packer(seconds(10)), always(1600));
  ASSERT_EQ(spans(windows), (std::vector{span(1000, 9000), span(12'000, 18'000)}));
  EXPECT_EQ(windows[0]->duration(), seconds(5));
  const std::vector<WindowPiece> expected{{0, seconds(1)}, {32'000, seconds(6)}};
  EXPECT_TRUE(std::ranges::equal(windows[0]->pieces(), expected));
  const Samples& heard = stream.stretches[0].samples;
  EXPECT_TRUE(
      std::equal(heard.begin() + 16'000, heard.begin() + 48'000, windows[0]->samples().begin()));
  EXPECT_TRUE(std::equal(heard.begin() + 96'000, heard.begin() + 144'000,
                         windows[0]->samples().begin() + 32'000));
}

TEST(WindowPacker, JoinsSegmentsThatTouchIntoOnePiece) {
  Stream stream;
  stream.audio(seconds(0), seconds(12))
      .speech(seconds(1), milliseconds(3001))
      .speech(milliseconds(3001), seconds(5));
  const Windows windows = stream.pack(packer(seconds(10)), always(777));
  ASSERT_EQ(spans(windows), (std::vector{span(1000, 5000)}));
  EXPECT_EQ(windows[0]->pieces().size(), 1U);
}

TEST(WindowPacker, CutsTooLongSpeechWhereItIsQuietest) {
  Stream stream;
  stream.audio(seconds(0), seconds(30)).speech(seconds(0), seconds(30));
  Samples& samples = stream.stretches[0].samples;
  std::fill(samples.begin() + 144'000, samples.begin() + 147'200, std::int16_t{0});
  const Windows windows = stream.pack(packer(seconds(10)), always(1600));
  ASSERT_GE(windows.size(), 3U);
  EXPECT_EQ(windows[0]->span(), span(0, 9100));
  EXPECT_EQ(windows[1]->span().begin, milliseconds(9100));
}

TEST(WindowPacker, TakesAllAudioForSpeechWithoutADetector) {
  Stream stream;
  stream.audio(seconds(5), seconds(40));
  WindowPacker all = packer(seconds(10));
  all.assume_speech();
  const Windows windows = stream.pack(std::move(all), always(4096));
  ASSERT_GE(windows.size(), 4U);
  MediaTime last = seconds(5);
  for (const auto& window : windows) {
    EXPECT_EQ(window->span().begin, last);
    EXPECT_LE(window->duration(), seconds(10));
    last = window->span().end;
  }
  EXPECT_EQ(last, seconds(40));
}

TEST(WindowPacker, KeepsTimesTrueAcrossAGap) {
  Stream stream;
  stream.audio(seconds(0), seconds(2)).audio(milliseconds(2500), seconds(4));
  WindowPacker all = packer(seconds(10));
  all.assume_speech();
  const Windows windows = stream.pack(std::move(all), always(1000));
  ASSERT_EQ(windows.size(), 1U);
  const std::vector<WindowPiece> expected{{0, seconds(0)}, {32'000, milliseconds(2500)}};
  EXPECT_TRUE(std::ranges::equal(windows[0]->pieces(), expected));
  EXPECT_EQ(windows[0]->span(), span(0, 4000));
}

TEST(WindowPacker, AGapEndsOpenSpeech) {
  Stream stream;
  stream.audio(seconds(0), seconds(2)).audio(seconds(3), seconds(9));
  stream.events.push_back({seconds(1), true, milliseconds(1500)});
  const Windows windows = stream.pack(packer(seconds(10)), always(1600));
  EXPECT_EQ(spans(windows), (std::vector{span(1000, 2000)}));
}

TEST(WindowPacker, AJumpBackwardClosesTheWindowAndStartsAnew) {
  Stream stream;
  stream.audio(seconds(10), seconds(12)).audio(seconds(1), seconds(3));
  WindowPacker all = packer(seconds(10));
  all.assume_speech();
  const Windows windows = stream.pack(std::move(all), always(1600));
  EXPECT_EQ(spans(windows), (std::vector{span(10'000, 12'000), span(1000, 3000)}));
}

TEST(WindowPacker, ClosesTheWindowAfterAPauseWhenAskedTo) {
  Stream stream;
  stream.audio(seconds(0), seconds(20))
      .speech(seconds(1), seconds(2))
      .speech(milliseconds(2500), seconds(3))
      .speech(seconds(5), seconds(6));
  const Windows windows = stream.pack(packer(seconds(10), milliseconds(600)), always(1600));
  EXPECT_EQ(spans(windows), (std::vector{span(1000, 3000), span(5000, 6000)}));
}

TEST(WindowPacker, TellsUpToWhereNoAudioWillComeAnyMore) {
  WindowPacker one = packer(seconds(10));
  one.push(seconds(0), Samples(16'000 * 20));
  EXPECT_EQ(one.watermark(), seconds(15));
  one.speech_started(seconds(16));
  one.push(seconds(20), Samples(16'000 * 3));
  EXPECT_EQ(one.watermark(), seconds(16));
  one.speech_ended(seconds(18));
  EXPECT_EQ(one.watermark(), seconds(16)) << "the window still waits for more";
  EXPECT_EQ(spans(one.finish()), (std::vector{span(16'000, 18'000)}));
}

TEST(WindowPacker, IgnoresEventsThatMakeNoSense) {
  WindowPacker one = packer(seconds(10));
  EXPECT_TRUE(one.speech_ended(seconds(1)).empty());
  one.push(seconds(0), Samples(16'000 * 4, 5));
  one.speech_started(seconds(2));
  one.speech_started(seconds(3));
  one.speech_ended(seconds(2));
  one.speech_ended(seconds(3));
  EXPECT_TRUE(one.finish().empty());
  EXPECT_TRUE(one.finish().empty());
}

TEST(WindowPacker, RefusesBadOptions) {
  EXPECT_FALSE(WindowPacker::create({.maximum = milliseconds(500)}));
  EXPECT_FALSE(WindowPacker::create({.maximum = std::chrono::hours(1)}));
  EXPECT_FALSE(WindowPacker::create({.history = milliseconds(-1)}));
}

/// The same stream cut into buffers at random, with events told at other moments.
class AnyBuffers : public testing::TestWithParam<unsigned> {
 protected:
  static Stream random_stream(unsigned seed) {
    std::mt19937 random(seed);
    const auto up_to = [&](int ms) { return milliseconds(random() % static_cast<unsigned>(ms)); };
    Stream stream;
    MediaTime now = up_to(3000);
    for (int stretch = 0; stretch < 3; ++stretch) {
      const MediaTime begin = now;
      now += up_to(1000);
      for (int i = 0; i < 12; ++i) {
        const MediaTime speech_begin = now;
        now += milliseconds(200) + (i % 5 == 4 ? up_to(25'000) : up_to(4000));
        stream.speech(speech_begin, now, milliseconds(300));
        now += milliseconds(100) + up_to(2500);
      }
      now += milliseconds(4500);
      stream.audio(begin, now);
      now += milliseconds(50) + up_to(5000);
    }
    return stream;
  }
};

TEST_P(AnyBuffers, GiveTheSameWindows) {
  const Stream stream = random_stream(GetParam() / 4);
  const MediaDuration pause = GetParam() % 2 == 0 ? milliseconds(0) : milliseconds(600);
  const Windows expected = stream.pack(packer(seconds(9), pause), always(512));
  ASSERT_FALSE(expected.empty());

  Stream retold = stream;
  std::mt19937 random(GetParam() + 1000);
  const auto lateness = milliseconds(random() % 4000);
  for (auto& event : retold.events) event.told = event.about + lateness;
  const Windows windows = retold.pack(
      packer(seconds(9), pause), [&] { return 1 + random() % (random() % 3 == 0 ? 12'000 : 700); });
  ASSERT_EQ(spans(windows), spans(expected));
  for (std::size_t i = 0; i < windows.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(windows[i]->samples(), expected[i]->samples()));
    EXPECT_TRUE(std::ranges::equal(windows[i]->pieces(), expected[i]->pieces()));
    EXPECT_LE(windows[i]->duration(), seconds(9));
  }
}

TEST_P(AnyBuffers, LoseNoSpeech) {
  const Stream stream = random_stream(GetParam());
  MediaDuration spoken{0};
  for (const auto& event : stream.events) spoken += event.is_start ? -event.about : event.about;
  MediaDuration heard{0};
  std::mt19937 random(GetParam());
  for (const auto& window : stream.pack(packer(seconds(9)), [&] { return 1 + random() % 5000; })) {
    heard += window->duration();
  }
  EXPECT_LT(std::chrono::abs(heard - spoken), milliseconds(5)) << "rounding of 72 borders";
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyBuffers, testing::Range(0U, 32U));

}  // namespace
}  // namespace subtide
