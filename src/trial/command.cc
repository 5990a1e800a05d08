// SPDX-License-Identifier: Apache-2.0
// Runs a program as a child and waits for it, or ends it when asked to.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "trial/child.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;

constexpr auto kCommandPoll = 20ms;
constexpr auto kTermPatience = 10s;        // between SIGTERM and SIGKILL
constexpr std::size_t kMaxErrors = 65536;  // bytes of stderr that are kept
constexpr off_t kMaxPrinted = 16 << 20;    // bytes of each stream

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto name = text.substr(0, text.find('=') + 1);
    const auto same_name = [&](const std::string& other) { return other.starts_with(name); };
    if (std::ranges::none_of(added, same_name)) all.emplace_back(text);
  }
  return all;
}

// What a child starts with: no blocked signals, and a group of its own so that a stop reaches the children of a shell.
// At a terminal it stays in ours: it may read from there, and Ctrl-C reaches both.
class SpawnSettings {
 public:
  // OUT and ERRORS: descriptors for the child's stdout and stderr; below 0: what OUTPUT says, the caller's.
  SpawnSettings(Output output, int out, int errors) : group_(::isatty(STDIN_FILENO) == 0) {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t usual;  // what we ignore, a child does not
    ::sigemptyset(&usual);
    ::sigaddset(&usual, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                                (group_ ? POSIX_SPAWN_SETPGROUP : 0)));
    if (errors >= 0) ::posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    if (out >= 0)
      ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    else if (output == Output::kDiscarded)
      ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    else if (output == Output::kToStderr)
      ::posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  // 0 or an errno value.
  int spawn(pid_t& child, const std::vector<std::string>& command, const std::vector<std::string>& environment) const {
    return ::posix_spawnp(&child, command[0].c_str(), &actions_, &attributes_, pointers_to(command).data(),
                          pointers_to(environment).data());
  }
  void signal(pid_t child, int number) const { ::kill(group_ ? -child : child, number); }

 private:
  bool group_;
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

// A stream of a command, kept in a file and shown on our stderr as it grows.
class KeptStream {
 public:
  static Result<KeptStream> make() {
    TRY(auto file, open_temporary());
    if (::fcntl(file.get(), F_SETFL, O_APPEND) != 0) return std::unexpected(Error::from_errno("keeping output"));
    return KeptStream(std::move(file));
  }
  [[nodiscard]] int fd() const { return file_.get(); }
  void show() {
    std::array<char, 65536> piece{};
    for (ssize_t got = 0; (got = ::pread(fd(), piece.data(), piece.size(), shown_)) > 0; shown_ += got)
      (void)write_all(STDERR_FILENO, {piece.data(), static_cast<std::size_t>(got)});
  }
  [[nodiscard]] std::string begin() const {
    std::string text(static_cast<std::size_t>(std::clamp<off_t>(::lseek(fd(), 0, SEEK_END), 0, kMaxPrinted)), '\0');
    std::size_t size = 0;
    for (ssize_t got = 0; (got = ::pread(fd(), text.data() + size, text.size() - size, static_cast<off_t>(size))) > 0;)
      size += static_cast<std::size_t>(got);
    text.resize(size);
    return text;
  }

 private:
  explicit KeptStream(Fd file) : file_(std::move(file)) {}
  Fd file_;
  off_t shown_ = 0;
};

struct KeptStreams {
  KeptStream out, err;
  void show() {
    out.show();
    err.show();
  }
};

// Waits for CHILD; a stop request or the limit ends it.
Result<int> wait_for(pid_t child, const std::string& name, const SpawnSettings& settings, const std::stop_token& stop,
                     const CommandOptions& options, KeptStreams* kept) {
  const auto begun = std::chrono::steady_clock::now();
  if (options.timed_out != nullptr) *options.timed_out = false;
  std::optional<std::chrono::steady_clock::time_point> asked;
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (kept != nullptr) kept->show();
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended < 0 && errno != EINTR) return std::unexpected(Error::from_errno("waiting for " + printable(name)));
    const auto now = std::chrono::steady_clock::now();
    const bool late = options.limit && now - begun > *options.limit;
    if ((stop.stop_requested() || late) && !asked) {
      asked = now;
      if (options.timed_out != nullptr) *options.timed_out = !stop.stop_requested();
      settings.signal(child, SIGTERM);
    } else if (asked && now - *asked > kTermPatience) {
      settings.signal(child, SIGKILL);
    }
    std::this_thread::sleep_for(kCommandPoll);
  }
}

// The last bytes that were written to FILE.
std::string end_of(int file) {
  std::string text(kMaxErrors, '\0');
  const off_t size = ::lseek(file, 0, SEEK_END);
  const ssize_t got =
      ::pread(file, text.data(), text.size(), std::max<off_t>(0, size - static_cast<off_t>(kMaxErrors)));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return text;
}

}  // namespace

Result<int> run_command(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                        const std::stop_token& stop, const CommandOptions& options) {
  if (command.empty()) return std::unexpected(Error::usage("no command to run"));
  Fd errors;
  if (options.errors != nullptr) {
    TRY(auto file, open_temporary());
    errors = std::move(file);
  }
  std::optional<KeptStreams> kept;
  if (options.printed != nullptr) {
    auto out = KeptStream::make(), err = KeptStream::make();
    if (!out || !err) return std::unexpected((!out ? out : err).error());
    kept.emplace(*std::move(out), *std::move(err));
  }
  const SpawnSettings settings(options.output, kept ? kept->out.fd() : -1, kept ? kept->err.fd() : errors.get());
  pid_t child = 0;
  if (const int failed = settings.spawn(child, command, environment_with(environment)); failed != 0)
    return std::unexpected(Error::from_errno("starting " + printable(command[0]), failed));
  if (!options.note.empty()) (void)note_child(options.note, child);
  auto status = wait_for(child, command[0], settings, stop, options, kept ? &*kept : nullptr);
  if (!options.note.empty()) ::unlink(options.note.c_str());
  if (options.errors != nullptr) *options.errors = end_of(errors.get());
  if (options.printed != nullptr && kept) *options.printed = {kept->out.begin(), kept->err.begin()};
  return status;
}

}  // namespace winnow
