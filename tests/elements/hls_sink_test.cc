// tidehlssink as a whole: what comes out of real encoders, validated and read by ffprobe.
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include "elements/hls_sink/gst_tide_hls_sink.h"
#include "elements/register.h"
#include "engine/gst/error.h"
#include "engine/gst/metadata_meta.h"
#include "engine/gst/text_buffer.h"
#include "tests/support/gst_fake_provider.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/playlist_validator.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kVideo =
    "videotestsrc num-buffers=150 ! video/x-raw,width=160,height=90,framerate=25/1 ! "
    "x264enc speed-preset=ultrafast key-int-max=50 bframes=2 ! h264parse ! ";
constexpr const char* kAudio =
    "audiotestsrc num-buffers=281 samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=2 ! "
    "avenc_aac ! aacparse ! ";

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Keeps every state of every playlist, and which files were there when it was told.
class Watcher final : public PublicationObserver {
 public:
  void on_file(const std::string& name, std::shared_ptr<const std::string>) override {
    const std::lock_guard lock(mutex_);
    files_.insert(name);
  }
  void on_file_removed(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    files_.erase(name);
  }
  void on_playlist(const PlaylistUpdate& playlist) override {
    const std::lock_guard lock(mutex_);
    ++playlists_;
    for (auto& fault : playlist_faults(playlist.text))
      faults_.push_back(playlist.name + ": " + fault);
    const std::string folder = playlist.rendition.empty() ? "" : playlist.rendition + "/";
    for (const auto& uri : playlist_uris(playlist.text)) {
      if (uri.ends_with(".m3u8") || files_.contains(folder + uri)) continue;
      faults_.push_back(playlist.name + " names " + uri + ", which is not there");
    }
    auto& former = texts_[playlist.name];
    if (!former.empty() && !playlist.rendition.empty()) {
      for (auto& fault : reload_faults(former, playlist.text)) faults_.push_back(std::move(fault));
    }
    former = playlist.text;
  }
  void on_late_cue(const LateCue&) override { ++late_; }
  void on_playlist_written(const PlaylistUpdate& playlist) override {
    const std::lock_guard lock(mutex_);
    if (!texts_.contains(playlist.name)) faults_.push_back(playlist.name + " was not made before");
  }
  void on_segment(const SegmentPublished&, const SegmentFigures& figures) override {
    const std::lock_guard lock(mutex_);
    ++segments_;
    bytes_ += figures.bytes;
  }

  std::vector<std::string> faults() {
    const std::lock_guard lock(mutex_);
    return faults_;
  }
  int playlists_ = 0;
  int segments_ = 0;
  int late_ = 0;
  std::uint64_t bytes_ = 0;

 private:
  std::mutex mutex_;
  std::set<std::string> files_;
  std::vector<std::string> faults_;
  std::map<std::string, std::string> texts_;
};

class HlsSinkTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    testing_support::start_gstreamer();
    register_elements(nullptr, std::make_shared<testing_support::FakeProvider>(nullptr));
  }

  void make(const std::string& launch) {
    GError* failure = nullptr;
    pipeline_ = own_object(gst_parse_launch(launch.c_str(), &failure));
    const ErrorPtr held(failure);
    ASSERT_TRUE(pipeline_ && !held) << (held ? held->message : "");
    const ElementPtr hls = element("hls");
    // Nothing here is live: on a machine with much to do, sound may be any time behind pictures.
    g_object_set(hls.get(), "location", folder_.path().c_str(), "media-patience",
                 static_cast<guint64>(600 * GST_SECOND), nullptr);
    observe_publication(hls.get(), watcher_);
  }
  ElementPtr element(const char* name) {
    return ElementPtr(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
  }
  /// Plays to the end; the error, or nothing.
  std::string play() {
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
    const MessagePtr end(gst_bus_timed_pop_filtered(
        bus.get(), 60 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    std::string said = "nothing came to an end";
    if (end) {
      said = GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS ? "" : read_error(end.get()).message;
    }
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    return said;
  }
  std::string playlist(const std::string& rendition) const {
    return read_text(folder_.path() / rendition / "index.m3u8");
  }
  std::string probe(const std::string& rendition) const {
    return run_program({"ffprobe", "-v", "error", "-count_packets", "-show_entries",
                        "stream=codec_name,nb_read_packets,start_time", "-of", "csv=p=0",
                        (folder_.path() / rendition / "index.m3u8").string()})
        .out;
  }

  ElementPtr pipeline_;
  TemporaryFolder folder_;
  std::shared_ptr<Watcher> watcher_ = std::make_shared<Watcher>();
};

TEST_F(HlsSinkTest, PublishesWhatFfprobeReadsWhole) {
  SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  make(std::string(kVideo) + "hls.video_0 " + kAudio +
       "hls.audio_0 tidehlssink name=hls playlist-type=event");
  EXPECT_EQ(play(), "");
  EXPECT_THAT(watcher_->faults(), IsEmpty());
  // ffprobe adds the reordering delay of B-frames to what it shows of fragments.
  EXPECT_THAT(probe("video_0"), testing::ContainsRegex("h264,0\\.0[04]0000,150"));
  EXPECT_THAT(probe("audio_0"), testing::ContainsRegex("aac,0.000000,28[0-9]"));
  EXPECT_THAT(playlist("video_0"), HasSubstr("#EXT-X-ENDLIST"));
  EXPECT_EQ(watcher_->segments_, 6) << "three of two seconds for each";
  EXPECT_GT(watcher_->bytes_, 10'000U);
  EXPECT_THAT(playlist_faults(read_text(folder_.path() / "master.m3u8")), IsEmpty());
}

TEST_F(HlsSinkTest, KeepsAWindowAndRemovesWhatLeftIt) {
  make(
      "videotestsrc num-buffers=150 ! video/x-raw,width=160,height=90,framerate=25/1 ! x264enc "
      "speed-preset=ultrafast key-int-max=25 ! h264parse ! hls.video_0 "
      "tidehlssink name=hls window=3 segment-duration=1000000000");
  EXPECT_EQ(play(), "");
  EXPECT_THAT(watcher_->faults(), IsEmpty());
  EXPECT_THAT(playlist("video_0"), Not(HasSubstr("00000001.m4s")));
}

TEST_F(HlsSinkTest, AsksTheEncoderForKeyFrames) {
  make(
      "videotestsrc num-buffers=150 ! video/x-raw,width=160,height=90,framerate=25/1 ! x264enc "
      "tune=zerolatency speed-preset=ultrafast key-int-max=1000 ! h264parse ! hls.video_0 "
      "tidehlssink name=hls playlist-type=event request-keyframes=true");
  EXPECT_EQ(play(), "");
  EXPECT_EQ(watcher_->segments_, 3);
  EXPECT_THAT(playlist("video_0"), HasSubstr("#EXT-X-INDEPENDENT-SEGMENTS"));
}

TEST_F(HlsSinkTest, CutsPartsForLowLatency) {
  make(std::string(kVideo) +
       "hls.video_0 tidehlssink name=hls playlist-type=event part-duration=500000000");
  EXPECT_EQ(play(), "");
  EXPECT_THAT(watcher_->faults(), IsEmpty());
  EXPECT_GT(watcher_->playlists_, 10) << "one for each part";
}

TEST_F(HlsSinkTest, ShowsCuesAndMarkersInTheirSegments) {
  make(std::string(kVideo) +
       "identity name=marked ! hls.video_0 appsrc name=words format=time "
       "caps=text/x-raw,format=utf8 ! hls.text_0 tidehlssink name=hls playlist-type=event");
  g_object_set(element("hls").get(), "patience", static_cast<guint64>(20 * GST_SECOND), nullptr);
  const ElementPtr words = element("words");
  for (const int second : {0, 1, 3}) {
    BufferPtr buffer = make_text_buffer("word " + std::to_string(second),
                                        {seconds(second), seconds(second) + milliseconds(1500)});
    GstFlowReturn flow = GST_FLOW_OK;
    g_signal_emit_by_name(words.get(), "push-buffer", buffer.get(), &flow);
  }
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(words.get(), "end-of-stream", &flow);
  const PadPtr src(gst_element_get_static_pad(element("marked").get(), "src"));
  gst_pad_add_probe(
      src.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        // x264enc begins at a thousand hours, and its segment too.
        if (GST_BUFFER_PTS(buffer) / GST_SECOND % 3600 != 3) return GST_PAD_PROBE_OK;
        buffer = gst_buffer_make_writable(buffer);
        GST_PAD_PROBE_INFO_DATA(info) = buffer;
        const TimedMetadata goal{"goal-1",           "com.example.goal", seconds(3), {},
                                 PayloadKind::kJson, {'{', '}'},         "cli"};
        attach_metadata(buffer, std::vector{goal});
        return GST_PAD_PROBE_REMOVE;
      },
      nullptr, nullptr);
  EXPECT_EQ(play(), "");
  EXPECT_THAT(watcher_->faults(), IsEmpty());
  EXPECT_EQ(watcher_->late_, 0);
  EXPECT_THAT(read_text(folder_.path() / "subs_0" / "00000001.vtt"), HasSubstr("word 1"));
  EXPECT_THAT(read_text(folder_.path() / "subs_0" / "00000002.vtt"), HasSubstr("word 1"))
      << "it crosses the border";
  EXPECT_THAT(read_text(folder_.path() / "subs_0" / "00000002.vtt"), HasSubstr("word 3"));
  EXPECT_THAT(playlist("video_0"), HasSubstr("ID=\"goal-1\",CLASS=\"com.example.goal\""));
  EXPECT_THAT(read_text(folder_.path() / "video_0" / "00000002.m4s"),
              HasSubstr("https://aomedia.org/emsg/ID3"));
}

TEST_F(HlsSinkTest, AFolderThatCannotBeMadeIsAWarningAndTheRestGoesOn) {
  make(std::string(kVideo) + "hls.video_0 tidehlssink name=hls playlist-type=event");
  g_object_set(element("hls").get(), "location", "/proc/nowhere", nullptr);
  EXPECT_EQ(play(), "");
  EXPECT_EQ(watcher_->segments_, 3) << "observers still get everything";
}

TEST_F(HlsSinkTest, RunsASecondTime) {
  make(std::string(kVideo) + "hls.video_0 tidehlssink name=hls playlist-type=event");
  EXPECT_EQ(play(), "");
  EXPECT_EQ(play(), "");
  EXPECT_EQ(watcher_->segments_, 6);
}

TEST_F(HlsSinkTest, TellsOfTheCaptionsInsideThePictures) {
  make(std::string(kVideo) +
       "hls.video_0 tidehlssink name=hls playlist-type=event closed-captions=CC1=en,CC3");
  EXPECT_EQ(play(), "");
  const std::string master = read_text(folder_.path() / "master.m3u8");
  EXPECT_THAT(master, HasSubstr("NAME=\"CC1\",LANGUAGE=\"en\",DEFAULT=NO,AUTOSELECT=YES,"
                                "INSTREAM-ID=\"CC1\""));
  EXPECT_THAT(master, HasSubstr("INSTREAM-ID=\"CC3\""));
  EXPECT_THAT(master, HasSubstr("CLOSED-CAPTIONS=\"captions\""));
  EXPECT_THAT(playlist_faults(master), IsEmpty());
}

TEST_F(HlsSinkTest, RefusesCaptionChannelsThatAreNone) {
  make(std::string(kVideo) + "hls.video_0 tidehlssink name=hls closed-captions=CC5=en");
  EXPECT_THAT(play(), HasSubstr("'CC5' is no channel; write CC1"));
}

TEST_F(HlsSinkTest, RefusesSegmentsThatAreTooShort) {
  make(std::string(kVideo) + "hls.video_0 tidehlssink name=hls segment-duration=1");
  EXPECT_THAT(play(), HasSubstr("at least 100 ms"));
}

}  // namespace
}  // namespace subtide
