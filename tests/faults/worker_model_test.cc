// Models of workers: changed while they work, and those that cannot be loaded.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "tests/faults/faults_fixture.h"
#include "tests/faults/work_story.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// A worker that somebody started by hand and gives orders to.
class OrderedWorker {
 public:
  OrderedWorker(std::filesystem::path pipe, const std::vector<std::string>& words,
                const ProgramOptions& how)
      : pipe_(std::move(pipe)) {
    ::mkfifo(pipe_.c_str(), 0600);
    orders_ = ::open(pipe_.c_str(), O_RDWR | O_CLOEXEC);
    std::vector<std::string> all = {"sh", "-c", "exec \"$@\" < '" + pipe_.string() + "'", "sh"};
    all.insert(all.end(), words.begin(), words.end());
    program_ = std::make_unique<RunningProgram>(all, how);
  }
  OrderedWorker(const OrderedWorker&) = delete;
  OrderedWorker& operator=(const OrderedWorker&) = delete;
  ~OrderedWorker() { ::close(orders_); }

  /// The answer to an order; empty when none came.
  std::string tell(const std::string& order) {
    const std::string line = order + "\n";
    if (::write(orders_, line.data(), line.size()) < 0) return "";
    ++told_;
    for (int i = 0; i < 300; ++i) {
      const auto lines = answers();
      if (lines.size() >= told_) return lines[told_ - 1];
      if (program_->ends_within(milliseconds(100))) break;
    }
    const auto lines = answers();
    return lines.size() >= told_ ? lines[told_ - 1] : "";
  }
  RunningProgram& program() { return *program_; }

 private:
  std::vector<std::string> answers() const {
    std::vector<std::string> lines;
    std::istringstream text(program_->out());
    for (std::string line; std::getline(text, line) && !text.eof();) lines.push_back(line);
    return lines;
  }

  const std::filesystem::path pipe_;
  int orders_ = -1;
  std::size_t told_ = 0;
  std::unique_ptr<RunningProgram> program_;
};

class WorkerModelFaults : public FaultsTest {
 protected:
  static constexpr const char* kFirst = R"(fake:{"max_window": 2, "delay": 0.3, "name": "1"})";
  static constexpr const char* kSecond = R"(fake:{"max_window": 2, "delay": 0.3, "name": "2"})";

  std::unique_ptr<OrderedWorker> worker(const std::string& name) const {
    return std::make_unique<OrderedWorker>(
        path(name), command({"worker", "--models", kFirst, "--commands"}), with_state());
  }
  static Words talk_by(const char* recognizer, const Words& more) {
    Words words = talk("out", more);
    *(std::ranges::find(words, "--recognizer") + 1) = recognizer;
    return words;
  }
  WorkStory story() const { return WorkStory(read_runs(path("state")).back()); }
  void wait_for(RunningProgram& program, const char* event, int count) const {
    while (!program.ends_within(milliseconds(100))) {
      const auto runs = read_runs(path("state"));
      if (!runs.empty() && WorkStory(runs.back()).count(event) >= count) return;
    }
    FAIL() << "it ended too soon: " << program.err();
  }
};

// F28
TEST_F(WorkerModelFaults, ARollingChangeOfTheModelFailsNoWindowAndBothVersionsAreNamed) {
  make_talk_of(40);
  RunningProgram program(
      command(talk_by(kFirst, {"--workers", "1", "--report", path("report.json").string()})),
      with_state());
  wait_for(program, "task.completed", 1);
  const auto a = worker("a");
  const auto b = worker("b");
  wait_for(program, "worker.ready", 3);
  wait_for(program, "task.completed", 8);
  EXPECT_THAT(a->tell(std::string("load ") + kSecond), HasSubstr("ok loaded fake:2 in "));
  EXPECT_THAT(a->tell("status"), HasSubstr("ok fake:2"));
  EXPECT_THAT(b->tell(std::string("load ") + kSecond), HasSubstr("ok loaded fake:2 in "));
  const auto result = program.wait(seconds(60));
  ASSERT_TRUE(result.succeeded()) << result.summary();

  const WorkStory told = story();
  EXPECT_EQ(told.count("task.failed"), 0);
  EXPECT_EQ(told.count("lease.expired"), 0);
  EXPECT_EQ(told.count("task.completed"), 40);
  const auto makers = told.values("task.completed", "model");
  const auto by_first = std::ranges::count(makers, "\"fake:1\"");
  const auto by_second = std::ranges::count(makers, "\"fake:2\"");
  EXPECT_EQ(by_first + by_second, 40);
  EXPECT_GT(by_second, 0);
  EXPECT_EQ(std::ranges::count(told.values("model.loaded", "spec"), "\"fake:2\""), 2);
  EXPECT_THAT(told.values("model.unloaded", "spec"),
              testing::ElementsAre("\"fake:1\"", "\"fake:1\""));
  EXPECT_THAT(told.values("model.unloaded", "reason"), Contains("\"replaced\""));

  const auto report = nlohmann::json::parse(read("report.json"));
  std::vector<std::string> named;
  for (const auto& model : report.at("jobs").at(0).at("models")) named.push_back(model.at("spec"));
  EXPECT_THAT(named, Contains("fake:1"));
  EXPECT_THAT(named, Contains("fake:2"));
  EXPECT_EQ(sidecar("out/talk.en.json").header.models.at("recognizer"), "fake:1, fake:2");
  const std::string plain = undisturbed();
  EXPECT_EQ(all_text(sidecar("out/talk.en.json").cues),
            all_text(sidecar("plain/talk.en.json").cues));
  EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());
  std::printf("models changed under load: %td windows by the first version, %td by the second\n",
              by_first, by_second);
}

TEST_F(WorkerModelFaults, AWorkerWithoutModelTakesNoWorkAndOneThatDrainsLeaves) {
  make_talk_of(30);
  RunningProgram program(command(talk_by(kFirst, {"--workers", "1"})), with_state());
  wait_for(program, "task.completed", 1);
  const auto mine = worker("a");
  wait_for(program, "worker.ready", 2);
  EXPECT_THAT(mine->tell("load whisper:nosuch"), HasSubstr("error not_found: "));
  EXPECT_THAT(mine->tell("unload fake:9"), HasSubstr("error not_found: 'fake:9' is not loaded"));
  EXPECT_THAT(mine->tell("sing"), HasSubstr("'sing' is no order: load SPEC, unload SPEC"));
  EXPECT_EQ(mine->tell("unload fake:1"), "ok unloading fake:1");
  wait_for(program, "model.unloaded", 1);
  EXPECT_THAT(mine->tell("status"), HasSubstr("ok no model; 0 under way"));
  EXPECT_EQ(mine->tell("drain"), "ok draining");
  EXPECT_EQ(mine->program().wait(seconds(20)).exit_code, 0);
  const auto result = program.wait(seconds(60));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const WorkStory told = story();
  EXPECT_THAT(told.values("model.failed", "code"), testing::ElementsAre("\"not_found\""));
  EXPECT_EQ(told.count("task.failed"), 0);
  EXPECT_EQ(told.count("task.completed"), 30);
}

TEST_F(WorkerModelFaults, AModelThatCannotBeLoadedEndsTheJobAtOnce) {
  const auto begun = now_ns();
  const auto result = run(talk_by("whisper:nosuch", {"--workers", "2"}), with_state());
  EXPECT_EQ(result.exit_code, 1) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("nosuch"));
  EXPECT_LT(static_cast<double>(now_ns() - begun) / 1e9, 30.0);
  EXPECT_GE(story().count("model.failed"), 1);
}

}  // namespace
}  // namespace subtide
