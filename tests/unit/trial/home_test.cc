// SPDX-License-Identifier: Apache-2.0
// What a killed trial leaves is found and ended by the next one, and what is alive is left alone.
#include "winnow/trial/home.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "trial/child.h"
#include "winnow/base/file.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HomeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/winnow-home-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    state_ = name;
    ::setenv("WINNOW_STATE", state_.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("WINNOW_STATE");
    fs::remove_all(state_);
  }
  // The homes that are on disk.
  [[nodiscard]] std::size_t homes() const {
    const auto all = fs::directory_iterator(state_ + "/trials");
    return static_cast<std::size_t>(
        std::count_if(begin(all), end(all), [](const auto& one) { return one.is_directory(); }));
  }
  // A trial in a process of its own, which ends without clearing anything. Gives the pid of the child it noted.
  [[nodiscard]] pid_t killed_trial() const {
    int pipe[2];
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t trial = ::fork();
    if (trial == 0) {
      auto home = Home::make();
      const pid_t child = home ? ::fork() : -1;
      if (child == 0) {
        ::setpgid(0, 0);
        ::execlp("sleep", "sleep", "60", nullptr);
        ::_exit(127);
      }
      ::setpgid(child, child);
      const bool noted = home && note_child(home->child(), child).has_value();
      const pid_t told = noted ? child : -1;
      (void)!::write(pipe[1], &told, sizeof told);
      ::kill(::getpid(), SIGKILL);
    }
    ::close(pipe[1]);
    pid_t child = -1;
    EXPECT_EQ(::read(pipe[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    // Until it is another program it has the trial's lock, too.
    EXPECT_EQ(::read(pipe[0], &child, sizeof child), 0);
    ::close(pipe[0]);
    EXPECT_EQ(::waitpid(trial, nullptr, 0), trial);
    return child;
  }
  std::string state_;
};

// Not there, or only its remains, which its parent has to collect.
bool is_gone(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  return !std::getline(stat, text) || text.find(") Z ") != std::string::npos;
}

TEST_F(HomeTest, IsRemovedWithTheTrial) {
  std::string directory;
  {
    const auto home = Home::make();
    ASSERT_TRUE(home) << home.error().what;
    EXPECT_EQ(home->id().size(), 12U);
    EXPECT_EQ(home->label(), "dev.winnow.trial=" + home->id());
    directory = home->at("");
    EXPECT_TRUE(fs::exists(directory));
    EXPECT_EQ(homes(), 1U);
  }
  EXPECT_FALSE(fs::exists(directory));
}

// On a file system of its own that has room for the directory of all homes and its lock, and for nothing else.
TEST_F(HomeTest, WithoutRoomForOneTheErrorSaysSo) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs to mount";
  const std::string said = state_ + "-said";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", state_.c_str(), "tmpfs", 0, "nr_inodes=3") != 0)
      ::_exit(77);
    const auto home = Home::make();
    std::ofstream(said) << (home ? "made" : home.error().what + "; " + home.error().hint);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs to mount";
  const std::string text = read_file(said).value_or("");
  fs::remove(said);
  EXPECT_THAT(text, HasSubstr("No space left on device"));
  EXPECT_THAT(text, HasSubstr("WINNOW_STATE"));
}

TEST_F(HomeTest, OfALivingTrialIsLeftAlone) {
  const auto home = Home::make();
  ASSERT_TRUE(home);
  EXPECT_THAT(*sweep(nullptr), IsEmpty());
  EXPECT_EQ(homes(), 1U);
}

TEST_F(HomeTest, OfAKilledTrialIsRemovedWithTheChildThatItWaitedFor) {
  const pid_t child = killed_trial();
  ASSERT_GT(child, 1);
  ASSERT_FALSE(is_gone(child)) << "the control: it outlives its trial";
  ASSERT_EQ(homes(), 1U);
  const auto told = sweep(nullptr);
  ASSERT_TRUE(told) << told.error().what;
  EXPECT_THAT(*told, ElementsAre(HasSubstr("left when it was killed")));
  EXPECT_TRUE(is_gone(child));
  EXPECT_EQ(homes(), 0U);
  EXPECT_THAT(*sweep(nullptr), IsEmpty()) << "once is enough";
}

TEST_F(HomeTest, DoesNotEndAProcessThatOnlyHasTheChildsNumber) {
  const std::string note = state_ + "/child";
  std::ofstream(note) << ::getpid() << " 1\n";  // we did not start in the first moment of this machine
  EXPECT_FALSE(end_noted_child(note));
  EXPECT_FALSE(fs::exists(note));
  for (const char* nonsense : {"", "x", "-1 5", "1 0", "0 0", "99999999999999999999 1"}) {
    std::ofstream(note) << nonsense;
    EXPECT_FALSE(end_noted_child(note)) << nonsense;
  }
}

TEST_F(HomeTest, WhoseEngineIsOutOfReachStaysUntilTheSocketIsGone) {
  const std::string socket = state_ + "/engine.sock";
  std::ofstream(socket) << "";
  ASSERT_GT(killed_trial(), 1);
  for (const auto& one : fs::directory_iterator(state_ + "/trials"))
    if (one.is_directory()) std::ofstream(one.path() / "engine") << "unix://" << socket << "\n";
  EXPECT_THAT(*sweep(nullptr), IsEmpty()) << "who has no engine is not told of one";
  EXPECT_EQ(homes(), 1U);
  fs::remove(socket);
  EXPECT_EQ(sweep(nullptr)->size(), 1U);
  EXPECT_EQ(homes(), 0U);
}

TEST_F(HomeTest, IsNeverAnythingElseInTheDirectory) {
  ASSERT_TRUE(Home::make());
  fs::create_directories(state_ + "/trials/precious");
  fs::create_directories(state_ + "/elsewhere");
  fs::create_symlink(state_ + "/elsewhere", state_ + "/trials/0123456789ab");
  EXPECT_THAT(*sweep(nullptr), IsEmpty());
  EXPECT_TRUE(fs::exists(state_ + "/trials/precious"));
  EXPECT_TRUE(fs::exists(state_ + "/elsewhere"));
}

TEST_F(HomeTest, IsNotMadeWhereOthersCanWrite) {
  ASSERT_TRUE(Home::make());
  fs::permissions(state_ + "/trials", fs::perms::others_write, fs::perm_options::add);
  EXPECT_FALSE(Home::make());
  const auto told = sweep(nullptr);
  ASSERT_FALSE(told);
  EXPECT_THAT(told.error().what, HasSubstr("written by others"));
}

TEST_F(HomeTest, ThatCannotBeMadeSaysWhatToDo) {
  std::ofstream(state_ + "/file") << "";
  ::setenv("WINNOW_STATE", (state_ + "/file").c_str(), 1);
  const auto home = Home::make();
  ASSERT_FALSE(home);
  EXPECT_THAT(home.error().hint, HasSubstr("WINNOW_STATE"));
}

TEST(RunCommandNotes, TheChildWhileItRuns) {
  const std::string note = testing::TempDir() + "/winnow-note";
  const auto status = run_command({"sh", "-c",
                                   "for i in 1 2 3 4 5 6 7 8 9; do read pid start < " + note +
                                       " && test $pid = $$ && exit 0; sleep 0.1; done; exit 1"},
                                  {}, {}, {.note = note});
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(fs::exists(note));
}

TEST(RunCommandErrors, AreTakenAndOnlyTheirEndWhenTheyAreMany) {
  std::string errors;
  EXPECT_EQ(run_command({"sh", "-c", "echo out; echo broken >&2; exit 3"}, {}, {},
                        {.output = Output::kDiscarded, .errors = &errors}),
            3);
  EXPECT_EQ(errors, "broken\n");
  EXPECT_EQ(run_command({"sh", "-c", "head -c 200000 /dev/zero >&2; echo end >&2"}, {}, {}, {.errors = &errors}), 0);
  EXPECT_EQ(errors.size(), 65536U);
  EXPECT_TRUE(errors.ends_with("end\n"));
}

}  // namespace
}  // namespace winnow
