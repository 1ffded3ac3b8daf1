#include "engine/pipeline/audio_source.h"

#include <gmock/gmock.h>
#include <gst/app/gstappsink.h>

#include <cmath>
#include <optional>

#include "engine/gst/clock_time.h"
#include "engine/pipeline/media_probe.h"
#include "tests/engine/pipeline/made_media.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr int kRate = 16000;

/// Decoded mono audio, each sample where its buffer's PTS puts it, counted from time zero.
struct Decoded {
  std::vector<float> samples;
  bool is_monotonic = true;

  /// Seconds of the first sample louder than a tenth; negative when there is none.
  double onset() const {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (std::abs(samples[i]) > 0.1F) return static_cast<double>(i) / kRate;
    }
    return -1;
  }
  double length() const { return static_cast<double>(samples.size()) / kRate; }
};

class AudioSourceOf : public MadeMedia {
 protected:
  static Decoded decode(const std::filesystem::path& path, double start = 0, double end = 0) {
    const auto input = MediaInput::open(path);
    EXPECT_TRUE(input);
    const auto media = probe_media(*input);
    EXPECT_TRUE(media) << media.error().message;
    if (!input || !media) return {};
    TimeSpan wanted{MediaTime::min(), MediaTime::max()};
    if (start > 0) wanted.begin = media->time_zero + from_seconds(start);
    if (end > 0) wanted.end = media->time_zero + from_seconds(end);
    return run(*input, *media, wanted);
  }

 private:
  static void post(GstElement* pipeline, const char* name) {
    gst_element_post_message(
        pipeline, gst_message_new_application(GST_OBJECT(pipeline), gst_structure_new_empty(name)));
  }

  static Decoded run(const MediaInput& input, const MediaInformation& media, TimeSpan wanted) {
    const ElementPtr pipeline = own_object(gst_pipeline_new("test"));
    auto source = AudioSource::create(
        input, media.audio[0].stream, wanted,
        {[&] { post(pipeline.get(), "arrived"); }, [] { return static_cast<GstEvent*>(nullptr); },
         [&] { post(pipeline.get(), "empty"); }});
    EXPECT_TRUE(source) << source.error().message;
    GstElement* tail = gst_parse_bin_from_description(
        "audioconvert ! audioresample ! audio/x-raw,format=F32LE,rate=16000,channels=1 ! "
        "appsink name=out sync=false max-buffers=8",
        TRUE, nullptr);
    gst_bin_add_many(GST_BIN(pipeline.get()), (*source)->element(), tail, nullptr);
    gst_element_link((*source)->element(), tail);
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
    const MessagePtr arrived(gst_bus_timed_pop_filtered(
        bus.get(), 20 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_APPLICATION | GST_MESSAGE_ERROR)));
    EXPECT_TRUE(arrived && gst_message_has_name(arrived.get(), "arrived"));
    if (wanted.begin > MediaTime(0)) {
      EXPECT_TRUE((*source)->timeline().seek(wanted.begin - milliseconds(500)));
    }
    (*source)->timeline().release();
    Decoded decoded = pull(tail, media.time_zero);
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return decoded;
  }

  static Decoded pull(GstElement* tail, MediaTime zero) {
    Decoded decoded;
    const ElementPtr sink(gst_bin_get_by_name(GST_BIN(tail), "out"));
    MediaTime last = MediaTime::min();
    while (const GstPtr<GstSample> sample{
        gst_app_sink_try_pull_sample(GST_APP_SINK(sink.get()), 20 * GST_SECOND)}) {
      GstBuffer* buffer = gst_sample_get_buffer(sample.get());
      const MediaTime begin = *to_media_time(GST_BUFFER_PTS(buffer)) - zero;
      decoded.is_monotonic = decoded.is_monotonic && begin >= last;
      last = begin;
      GstMapInfo bytes;
      gst_buffer_map(buffer, &bytes, GST_MAP_READ);
      const auto* values = reinterpret_cast<const float*>(bytes.data);
      const auto first = std::lround(to_seconds(begin) * kRate);
      for (std::size_t i = 0; i < bytes.size / sizeof(float); ++i) {
        const auto at = first + static_cast<long>(i);
        if (at < 0) continue;
        if (decoded.samples.size() <= static_cast<std::size_t>(at)) {
          decoded.samples.resize(static_cast<std::size_t>(at) + 1);
        }
        decoded.samples[static_cast<std::size_t>(at)] = values[i];
      }
      gst_buffer_unmap(buffer, &bytes);
    }
    return decoded;
  }
};

// The tone starts at 1.0 s of the picture. MP3's encoder delay is not told by all files.
constexpr double kFrame = 0.012;
constexpr double kMp3Delay = 0.03;

TEST_F(AudioSourceOf, EveryAudioFormatHearsTheToneAtItsTime) {
  struct Format {
    const char* name;
    const char* codec;
    double tolerance;
  };
  for (const auto& format : {Format{"a.wav", "pcm_s16le", 0.001},
                             {"a.flac", "flac", 0.001},
                             {"a.m4a", "aac", kFrame},
                             {"a.ogg", "libvorbis", kFrame},
                             {"a.opus", "libopus", kFrame},
                             {"a.webm", "libopus", kFrame},
                             {"a.mka", "aac", 0.03},
                             {"a.mp3", "libmp3lame", kMp3Delay},
                             {"24.wav", "pcm_s24le", 0.001},
                             {"alaw.wav", "pcm_alaw", 0.002}}) {
    const Decoded audio = decode(make(format.name, joined({tone_burst(), {"-c:a", format.codec}})));
    EXPECT_NEAR(audio.onset(), 1.0, format.tolerance) << format.name;
    EXPECT_NEAR(audio.length(), 4.0, 0.1) << format.name;
    EXPECT_TRUE(audio.is_monotonic) << format.name;
  }
}

TEST_F(AudioSourceOf, TimesCountFromThePictureInEveryVideoFormat) {
  const std::vector<std::string> h264 = {"-c:v", "libx264", "-bf", "2", "-c:a", "aac"};
  const auto inputs = joined({test_picture(), tone_burst(), h264});
  struct Case {
    const char* name;
    std::vector<std::string> arguments;
  };
  for (const auto& file :
       std::vector<Case>{{"edit_list.mp4", inputs},
                         {"negative.mp4", joined({inputs, {"-movflags", "negative_cts_offsets"}})},
                         {"timecode.mov", joined({inputs, {"-timecode", "10:00:00:00"}})},
                         {"late.ts", joined({inputs, {"-muxdelay", "1.4"}})},
                         {"far.ts", joined({inputs, {"-output_ts_offset", "5000"}})},
                         {"offset.mkv", joined({inputs, {"-output_ts_offset", "7"}})},
                         {"a.mkv", inputs}}) {
    const Decoded audio = decode(make(file.name, file.arguments));
    EXPECT_NEAR(audio.onset(), 1.0, kFrame) << file.name;
    EXPECT_TRUE(audio.is_monotonic) << file.name;
  }
}

TEST_F(AudioSourceOf, KeepsADelayOfTheAudioAgainstThePicture) {
  for (const char* name : {"delay.mp4", "delay.mkv", "delay.ts"}) {
    const auto path =
        make(name, joined({test_picture(),
                           {"-itsoffset", "0.5"},
                           tone_burst(),
                           {"-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-c:a", "aac"}}));
    EXPECT_NEAR(decode(path).onset(), 1.5, kFrame) << name;
  }
}

// qtdemux would end such a file as early as its edit list starts late.
TEST_F(AudioSourceOf, AFileCutWithoutEncodingKeepsItsEnd) {
  const auto whole = make("whole.mp4", joined({test_picture(),
                                               {"-f", "lavfi", "-i", "sine=440:d=4:r=48000"},
                                               {"-c:v", "libx264", "-c:a", "aac"}}));
  const Decoded audio = decode(make("cut.mp4", {"-ss", "1.5", "-i", whole.string(), "-c", "copy"}));
  EXPECT_NEAR(audio.length(), 2.5, 0.1);
  EXPECT_NEAR(audio.onset(), 0.0, kFrame);
}

TEST_F(AudioSourceOf, CutsTheWantedRangeToTheSample) {
  const auto codecs = std::vector<std::string>{"-c:v", "libx264", "-c:a", "aac"};
  for (const auto& path :
       {make("a.wav", tone_burst()), make("a.mp3", tone_burst()), make("a.flac", tone_burst()),
        make("a.ogg", tone_burst()), make("a.mp4", joined({test_picture(), tone_burst(), codecs})),
        make("a.mkv", joined({test_picture(), tone_burst(), codecs})),
        make("a.ts", joined({test_picture(), tone_burst(), codecs}))}) {
    const Decoded audio = decode(path, 0.9, 1.2);
    EXPECT_NEAR(audio.onset(), 1.0, kMp3Delay) << path;
    EXPECT_NEAR(audio.length(), 1.2, 0.001) << path;
  }
}

}  // namespace
}  // namespace subtide
