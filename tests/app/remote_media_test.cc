// `subtide subtitle` on http inputs, served by the test itself.
#include <csignal>

#include "tests/app/program_fixture.h"
#include "tests/support/http_server.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RemoteMedia : public ProgramTest {
 protected:
  void SetUp() override {
    make_talk("talk.wav");
    server_.on("/my%20talk.wav", ServerReply{.body = read("talk.wav")});
    server_.on("/my talk.wav", ServerReply{.body = read("talk.wav")});
    server_.on("/page.mp4", ServerReply{.body = "<html>not media</html>"});
    server_.on("/slow.wav", ServerReply{.hangs = true});
    std::filesystem::remove(path("talk.wav"));
  }

  HttpTestServer server_;
};

TEST_F(RemoteMedia, IsFetchedNamedByItsUrlAndLeavesNoCopy) {
  const auto result = subtitle({server_.url("/my%20talk.wav"), "--formats", "srt", "--preview"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(files(), ElementsAre("my talk.en.srt", "my talk.preview.html"));
  EXPECT_FALSE(sidecar("my talk.en.srt").cues.empty());
  EXPECT_THAT(read("my talk.preview.html"), HasSubstr(server_.url("/my%20talk.wav")));
}

TEST_F(RemoteMedia, ThatIsMissingOrNoMediaIsExitFour) {
  const auto missing = subtitle({server_.url("/none.mp4?token=hidden")});
  EXPECT_EQ(missing.exit_code, 4) << missing.summary();
  EXPECT_THAT(missing.err, HasSubstr("none.mp4"));
  EXPECT_THAT(missing.err, Not(HasSubstr("hidden")));
  EXPECT_EQ(subtitle({server_.url("/page.mp4")}).exit_code, 4);
}

TEST_F(RemoteMedia, IsLetGoWhenInterrupted) {
  Words words = with_fakes({server_.url("/slow.wav")});
  words.insert(words.begin(), built_program("subtide").string());
  RunningProgram program(words, options());
  ASSERT_TRUE(server_.wait_for_requests(1));
  program.send_signal(SIGINT);
  const auto result = program.wait(milliseconds(10'000));
  EXPECT_EQ(result.exit_code, 130) << result.summary();
}

}  // namespace
}  // namespace subtide
