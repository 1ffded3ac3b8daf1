// Opens the preview page in headless Chromium and asks the page itself what it shows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/atomic_file.h"
#include "tests/app/sound.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Runs inside the page: seeks, reads what is shown, and leaves it in the document as JSON.
constexpr const char* kProbe = R"(
<script>
addEventListener("load", async () => {
  const media = document.getElementById("media");
  // The browser's clock is virtual and jumps to the next timer when nothing else is to do, far ahead
  // of media that is being read. Messages keep it busy; the interval keeps every jump short.
  setInterval(() => {}, 1);
  const channel = new MessageChannel();
  const turn = () => new Promise((done) => {
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });
  const until = async (holds) => { for (let i = 0; i < 1e6 && !holds(); ++i) await turn(); };
  const tracks = () => [...media.textTracks];
  const seen = { scripts: document.scripts.length, shown: [] };
  await until(() => media.readyState >= 1);
  seen.duration = media.duration;
  await until(() => tracks().every((track) => track.mode !== "hidden") && isSettled);
  seen.at_first = tracks().map((each) => each.mode);
  const menu = document.getElementById("language");
  for (let language = 0; language < menu.length; ++language) {
    menu.selectedIndex = language;
    menu.dispatchEvent(new Event("change"));
    const track = tracks()[language];
    await until(() => track.cues && track.cues.length > 0);
    const cue = track.cues[0];
    media.currentTime = (cue.startTime + cue.endTime) / 2;
    await until(() => track.activeCues && track.activeCues.length > 0 &&
                      document.querySelector("[aria-current=true]"));
    const marked = document.querySelector("[aria-current=true] span");
    seen.shown.push({
      language: track.language, modes: tracks().map((each) => each.mode), cues: track.cues.length,
      active: track.activeCues.length ? track.activeCues[0].text : null,
      marked: marked ? marked.textContent : null,
      rows: document.querySelectorAll("#cues button").length,
    });
  }
  const first = document.querySelectorAll("#cues button")[0];
  media.currentTime = 0;
  first.click();
  seen.after_click = media.currentTime;
  media.pause();
  document.body.innerHTML = "";
  const result = document.createElement("pre");
  result.id = "seen";
  result.textContent = JSON.stringify(seen);
  document.body.append(result);
});
</script>
)";

class Preview : public testing::Test {
 protected:
  ProgramResult subtide(std::vector<std::string> words) const {
    words.insert(words.begin(), built_program("subtide").string());
    ProgramOptions options;
    options.folder = folder_.path();
    options.environment = {{"XDG_CONFIG_HOME", folder_.path().string()}};
    return run_program(words, options);
  }

  std::string read(const std::string& name) const {
    const auto text = read_file(folder_ / name, 64U << 20U);
    EXPECT_TRUE(text) << text.error().message;
    return text ? *text : "";
  }

  void write(const std::string& name, const std::string& text) const {
    const auto written =
        write_file_atomically(folder_ / name, text, AtomicFile::IfExists::kReplace);
    ASSERT_TRUE(written) << written.error().message;
  }

  /// What the page shows: the probe runs at the end of a copy of it.
  json look_at(const std::string& page) const {
    std::string html = read(page);
    const auto end = html.rfind("</body>");
    EXPECT_NE(end, std::string::npos);
    html.insert(end, kProbe);
    write("probed.html", html);
    ProgramOptions options;
    options.timeout = std::chrono::seconds(90);
    const auto result = run_program(
        {"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required",
         "--user-data-dir=" + (folder_ / "browser").string(), "--virtual-time-budget=30000",
         "--dump-dom", "file://" + (folder_ / "probed.html").string()},
        options);
    const std::string mark = "<pre id=\"seen\">";
    const auto begin = result.out.find(mark);
    EXPECT_NE(begin, std::string::npos) << result.summary() << result.out.substr(0, 2000);
    if (begin == std::string::npos) return {};
    const auto from = begin + mark.size();
    return json::parse(unescaped(result.out.substr(from, result.out.find("</pre>", from) - from)));
  }

  static std::string unescaped(std::string text) {
    for (const auto& [from, to] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}) {
      for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
        text.replace(at, std::string_view(from).size(), to);
      }
    }
    return text;
  }

  const TemporaryFolder folder_;
};

TEST_F(Preview, ShowsTheCuesOfEachLanguageWhileTheMediaStandsThere) {
  SUBTIDE_REQUIRE_PROGRAM("chromium");
  write_sound(folder_ / "my talk #1.wav", {{1, false}, {3, true}, {2, false}});
  const auto made = subtide({"subtitle", "my talk #1.wav", "--recognizer", "fake:", "--translator",
                             "fake:", "--detector", "fake:", "--language", "en", "--translate",
                             "es", "--formats", "vtt", "--preview"});
  ASSERT_TRUE(made.succeeded()) << made.summary();
  const json seen = look_at("my talk #1.preview.html");
  ASSERT_TRUE(seen.is_object());
  EXPECT_NEAR(seen["duration"].get<double>(), 6.0, 0.1) << "the media itself is found and loads";
  EXPECT_EQ(seen["at_first"], json({"showing", "disabled"}));
  ASSERT_EQ(seen["shown"].size(), 2U);
  EXPECT_EQ(seen["shown"][0]["language"], "en");
  EXPECT_EQ(seen["shown"][0]["modes"], json({"showing", "disabled"}));
  EXPECT_THAT(seen["shown"][0]["active"].get<std::string>(), HasSubstr("s1"));
  EXPECT_THAT(seen["shown"][0]["marked"].get<std::string>(), HasSubstr("s1"));
  EXPECT_EQ(seen["shown"][1]["modes"], json({"disabled", "showing"}));
  EXPECT_THAT(seen["shown"][1]["active"].get<std::string>(), HasSubstr("[es]"));
  EXPECT_EQ(seen["shown"][1]["rows"], seen["shown"][1]["cues"]);
  EXPECT_GT(seen["after_click"].get<double>(), 0.5);
}

TEST_F(Preview, TextOfCuesIsNeverRunOrReadAsMarkup) {
  SUBTIDE_REQUIRE_PROGRAM("chromium");
  const auto page_of = [this](const std::string& stem, const std::string& text) {
    write_sound(folder_ / (stem + ".wav"), {{3, false}});
    write(stem + ".en.srt", "1\n00:00:00,500 --> 00:00:02,500\n" + text + "\n\n");
    const auto made = subtide({"subtitle", stem + ".en.srt", "--formats", "vtt", "--preview"});
    EXPECT_TRUE(made.succeeded()) << made.summary();
    return look_at(stem + ".preview.html");
  };
  const json harmless = page_of("harmless", "harmless");
  const std::string evil = "a </script> & x -- b";
  const json seen = page_of("evil", evil);
  ASSERT_TRUE(seen.is_object());
  EXPECT_EQ(seen["scripts"], harmless["scripts"]);
  EXPECT_EQ(seen["shown"][0]["rows"], 1);
}

}  // namespace
}  // namespace subtide
