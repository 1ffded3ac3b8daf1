#include "engine/app/worker_orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WorkerOrdersTest : public testing::Test {
 protected:
  WorkerOrdersTest() {
    WorkerLinkOptions options;
    options.endpoint = "ipc://" + (folder_ / "work").string();
    options.hello.worker = "w";
    options.hello.stage = "transcribe";
    link_ = WorkerLink::create(std::move(options), models_).value();
    orders_ = std::make_unique<WorkerOrders>(*models_, *link_);
  }

  static Result<StageModel> load(const std::string& spec) {
    if (spec == "bad") return make_error(ErrorCode::kNotFound, "no such file");
    StageModel model;
    model.traits.spec = spec;
    return model;
  }

  const TemporaryFolder folder_;
  const std::shared_ptr<WorkerModels> models_ = std::make_shared<WorkerModels>(load);
  std::unique_ptr<WorkerLink> link_;
  std::unique_ptr<WorkerOrders> orders_;
};

TEST_F(WorkerOrdersTest, EachIsAnsweredWithOneLine) {
  EXPECT_EQ(orders_->obey("status"), "ok no model; 0 under way");
  EXPECT_THAT(orders_->obey("load a model\r"), HasSubstr("ok loaded a model in "));
  EXPECT_EQ(orders_->obey("load bad"), "error not_found: no such file");
  EXPECT_EQ(orders_->obey("status"), "ok a model; 0 under way");
  EXPECT_THAT(orders_->obey("unload b"), HasSubstr("error not_found: "));
  EXPECT_EQ(orders_->obey("unload a model"), "ok unloading a model");
  EXPECT_EQ(orders_->obey("drain"), "ok draining");
  for (const char* wrong : {"", "load", "loads a", "status now"}) {
    EXPECT_THAT(orders_->obey(wrong),
                HasSubstr("is no order: load SPEC, unload SPEC, drain, status"));
  }
}

TEST_F(WorkerOrdersTest, AreReadLineByLineUntilTheInputEnds) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const std::string lines = "load a\nstatus\nstatus";
  ASSERT_EQ(::write(pipe[1], lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
  ::close(pipe[1]);
  std::vector<std::string> answers;
  orders_->serve(pipe[0], [&](const std::string& line) { answers.push_back(line); }, {});
  ::close(pipe[0]);
  EXPECT_THAT(answers,
              ElementsAre(HasSubstr("ok loaded a"), "ok a; 0 under way", "ok a; 0 under way"));
}

TEST_F(WorkerOrdersTest, AStopEndsTheWaitForMore) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  {
    std::jthread reader([&](const std::stop_token& stop) {
      orders_->serve(
          pipe[0], [](const std::string&) {}, stop);
    });
  }
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace subtide
