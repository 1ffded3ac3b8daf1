// A worker that works for an engine over TCP.
#include <sys/stat.h>

#include <chrono>

#include "engine/app/curve_options.h"
#include "engine/work/link/mediator.h"
#include "engine/work/link/stage_work.h"
#include "tests/app/program_fixture.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class WorkerKeys : public ProgramTest {
 protected:
  Words worker(const std::string& endpoint, const Words& more) const {
    Words words = {
        "worker", "--models", "fake:", "--connect", endpoint, "--state", path("state").string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(WorkerKeys, AKeyFileIsMadeOnceAndForItsOwnerAlone) {
  const auto made = key_pair_in(path("worker.key"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->is_new);
  const auto again = key_pair_in(path("worker.key"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->keys.public_key, made->keys.public_key);
  EXPECT_EQ(again->keys.secret_key, made->keys.secret_key);
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(path("worker.key")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(path("worker.key"), fs::perms::group_read, fs::perm_options::add);
  const auto open = key_pair_in(path("worker.key"));
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message, HasSubstr("chmod 600"));
}

TEST_F(WorkerKeys, AFileThatHoldsNoKeysIsRefused) {
  write("worker.key", "nothing");
  std::filesystem::permissions(path("worker.key"), std::filesystem::perms::owner_read);
  EXPECT_THAT(key_pair_in(path("worker.key")).error().message, HasSubstr("no key file"));
  EXPECT_FALSE(key_pair_in(path("no/such/folder/worker.key")));
}

TEST_F(WorkerKeys, PlainTcpIsRefusedWithTheWayOut) {
  const auto plain = run(worker("tcp://192.0.2.7:7400", {}));
  EXPECT_EQ(plain.exit_code, 2) << plain.summary();
  EXPECT_THAT(plain.err, HasSubstr("give keys, or use ipc://"));
  const auto half = run(worker("tcp://192.0.2.7:7400", {"--key-file", "worker.key"}));
  EXPECT_EQ(half.exit_code, 2) << half.summary();
  EXPECT_THAT(half.err, HasSubstr("--key-file and --server-key are used together"));
}

TEST_F(WorkerKeys, AWorkerIsLetInByItsKey) {
  const CurveKeys server = make_curve_keys().value();
  const CurveKeys own = key_pair_in(path("worker.key"))->keys;
  MediatorOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.keys = CurveListener{server, {own.public_key}};
  const auto mediator = Mediator::start(std::move(options)).value();
  Words words = {built_program("subtide").string()};
  for (const auto& word : worker(mediator->endpoint(), {"--key-file", path("worker.key").string(),
                                                        "--server-key", server.public_key})) {
    words.push_back(word);
  }
  RunningProgram program(words, this->options());
  const std::string name = served_name(kTranscribeStage, "fake:", {});
  const auto traits = mediator->traits_of(kTranscribeStage, name, 60s, {});
  EXPECT_TRUE(traits) << traits.error().message << program.err();
  program.send_signal(SIGTERM);
  const auto ended = program.wait(20'000ms);
  EXPECT_THAT(ended.err, Not(HasSubstr(own.secret_key)));
}

}  // namespace
}  // namespace subtide
