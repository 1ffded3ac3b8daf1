#include "engine/app/live_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

LiveBoard board() {
  LiveBoard board;
  board.title = "srt://:9000";
  board.state = "live";
  board.language = "en";
  board.translations = {"es"};
  board.epoch = 1;
  board.position = 751s + 400ms;
  board.caption_delay = 1800ms;
  board.last_words = "and that is the news.";
  return board;
}

TEST(LiveBoard, IsOneLineForPeople) {
  EXPECT_EQ(status_line(board(), 100),
            "live  00:12:31  epoch 1  captions +1.8 s  \"and that is the news.\"");
}

TEST(LiveBoard, TellsOutputsAndWorkThatIsLeftOut) {
  LiveBoard shown = board();
  shown.rung = 2;
  shown.output("rtmp://host/app").state = "congested";
  shown.output("hls");
  EXPECT_THAT(status_line(shown, 120),
              HasSubstr("less work: step 2  rtmp://host/app (congested)  hls  \""));
}

TEST(LiveBoard, ANarrowTerminalShowsTheLatestWordsOrNone) {
  const std::string line = status_line(board(), 60);
  EXPECT_LE(line.size(), 60 + 2U) << "the dots are one column of three bytes";
  EXPECT_THAT(line, EndsWith("the news.\""));
  EXPECT_EQ(status_line(board(), 20), "live  00:12:31  epoc");
  EXPECT_EQ(status_line(board(), 0), "");
}

TEST(LiveBoard, WordsCannotMoveTheCursor) {
  LiveBoard shown = board();
  shown.last_words = "a\x1b[2Jb\nc";
  const std::string line = status_line(shown, 200);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(LiveBoard, MachinesGetTheSame) {
  LiveBoard shown = board();
  shown.output("hls");
  const auto json = nlohmann::json::parse(to_json(shown));
  EXPECT_EQ(json["state"], "live");
  EXPECT_EQ(json["epoch"], 1);
  EXPECT_EQ(json["position"], 751.4);
  EXPECT_EQ(json["outputs"][0]["target"], "hls");
}

}  // namespace
}  // namespace subtide
