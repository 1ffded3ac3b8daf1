// HLS on demand, as `subtide transcode` makes it, in a real browser.
#include <gmock/gmock.h>

#include "tests/browser/browser.h"
#include "tests/support/http_server.h"
#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kPage = R"(<!doctype html><meta charset="utf-8">
<video id="media" muted></video><script src="/player.js"></script><script>
const media = document.getElementById("media");
const errors = [];
const hls = new Hls();
hls.on(Hls.Events.ERROR, (_, told) => errors.push(told.type + ": " + told.details));
media.addEventListener("error", () => errors.push(media.error.message));
hls.loadSource("/out/talk/master.m3u8");
hls.attachMedia(media);
hls.on(Hls.Events.MANIFEST_PARSED, () => media.play());
</script>)";

/// What the player holds, as JSON.
constexpr const char* kLook = R"((() => ({
  errors: errors, width: media.videoWidth, duration: media.duration, position: media.currentTime,
  levels: hls.levels.map((each) => each.height),
  languages: hls.subtitleTracks.map((each) => each.lang),
  sounds: media.webkitAudioDecodedByteCount ?? 1,
}))())";

/// The cues of the chosen language.
constexpr const char* kCues =
    R"((() => [...media.textTracks].filter((each) => each.mode !== "disabled")
  .flatMap((track) => [...(track.cues ?? [])])
  .map((cue) => ({ start: cue.startTime, end: cue.endTime, text: cue.text })))())";

class TranscodedHls : public TranscodeTest {
 protected:
  void serve(HttpTestServer& server) const {
    for (const std::string& name : files()) {
      if (!name.starts_with("out/")) continue;
      ServerReply reply;
      reply.body = read(name);
      reply.headers["Content-Type"] =
          name.ends_with(".m3u8") ? "application/vnd.apple.mpegurl" : "application/octet-stream";
      server.on("/" + name, reply);
    }
    ServerReply page;
    page.body = kPage;
    page.headers["Content-Type"] = "text/html";
    server.on("/", page);
    const auto player = read_file(HLS_PLAYER, 8U << 20U);
    ASSERT_TRUE(player) << player.error().message;
    ServerReply script;
    script.body = *player;
    script.headers["Content-Type"] = "text/javascript";
    server.on("/player.js", script);
  }
  Json cues_of(Browser& browser, int track) const {
    browser.evaluate("hls.subtitleTrack = " + std::to_string(track));
    EXPECT_TRUE(
        browser.wait_for("[...media.textTracks].some((each) => each.mode !== 'disabled' && "
                         "each.cues && each.cues.length > 0)",
                         20s));
    return browser.evaluate(kCues);
  }
  void expect_cues_of(const std::string& sidecar_name, const Json& seen) const {
    const auto wanted = sidecar(sidecar_name).cues;
    ASSERT_FALSE(wanted.empty());
    ASSERT_EQ(seen.size(), wanted.size()) << seen;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_NEAR(seen[i]["start"].get<double>(), to_seconds(wanted[i].span.begin), 0.002);
      EXPECT_NEAR(seen[i]["end"].get<double>(), to_seconds(wanted[i].span.end), 0.002);
      std::string text;
      for (const auto& line : wanted[i].lines) text += (text.empty() ? "" : "\n") + line;
      EXPECT_EQ(seen[i]["text"], text);
    }
  }
};

TEST_F(TranscodedHls, PlaysInEachSizeWithBothLanguages) {
  SUBTIDE_REQUIRE_PROGRAM("chromium");
  make_talk("talk.wav");
  make("talk.mp4", {pictures("640x360", "6"),
                    {"-i", path("talk.wav").string(), "-c:v", "libx264", "-c:a", "aac"}});
  const auto made =
      transcode_speech({"talk.mp4", "-o", "out", "--ladder", "360p,240p", "--package", "hls",
                        "--segment", "2", "--translate", "es", "--subtitles", "embed,sidecar"});
  ASSERT_TRUE(made.succeeded()) << made.summary();
  HttpTestServer server;
  serve(server);
  std::filesystem::create_directories(path("browser"));
  Browser browser(path("browser"));
  browser.open(server.url("/"));
  ASSERT_TRUE(browser.wait_for("media.currentTime > 1 || errors.length > 0", 30s));
  Json look = browser.evaluate(kLook);
  EXPECT_THAT(look["levels"].get<std::vector<int>>(), ElementsAre(240, 360));
  EXPECT_THAT(look["languages"].get<Words>(), ElementsAre("en", "es"));
  EXPECT_GT(look["sounds"], 0);
  expect_cues_of("out/talk.en.srt", cues_of(browser, 0));
  expect_cues_of("out/talk.es.srt", cues_of(browser, 1));
  for (const int level : {0, 1}) {
    browser.evaluate("hls.currentLevel = " + std::to_string(level) + "; media.currentTime = 3");
    const std::string width = level == 0 ? "426" : "640";
    EXPECT_TRUE(
        browser.wait_for("media.videoWidth === " + width + " && media.readyState >= 3", 20s));
  }
  browser.evaluate("media.play(); 0");
  EXPECT_TRUE(browser.wait_for("media.ended", 30s));
  look = browser.evaluate(kLook);
  EXPECT_THAT(look["errors"].get<Words>(), IsEmpty());
  EXPECT_NEAR(look["duration"].get<double>(), 6, 0.1);
}

}  // namespace
}  // namespace subtide
