// SPDX-License-Identifier: Apache-2.0
// Objects through kubectl, which has the user's credentials and knows how to renew them.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "store/cluster.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

extern char** environ;  // environ(7)

namespace winnow {
namespace {

constexpr std::size_t kMaxOutput = std::size_t{64} << 20;
constexpr std::size_t kMaxErrors = std::size_t{64} << 10;

struct Ended {
  int status = 0;  // as wait(2) gives it
  std::string out, err;
};

// Reads both pipes to their ends; what is beyond the bounds of kubectl's stderr is not kept.
Result<void> read_both(const Fd& out, const Fd& err, Ended& ended) {
  std::array<pollfd, 2> pipes = {{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
  std::array<char, 65536> buffer{};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (::poll(pipes.data(), pipes.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(Error::from_errno("waiting for kubectl"));
    }
    for (std::size_t at = 0; at < pipes.size(); ++at) {
      if (pipes[at].fd < 0 || pipes[at].revents == 0) continue;
      const ssize_t got = ::read(pipes[at].fd, buffer.data(), buffer.size());
      if (got <= 0) {
        pipes[at].fd = -1;
        continue;
      }
      std::string& text = at == 0 ? ended.out : ended.err;
      text.append(buffer.data(), static_cast<std::size_t>(got));
      if (at == 0 && text.size() > kMaxOutput) return fail("kubectl wrote more than " + human_bytes(kMaxOutput));
      if (at == 1 && text.size() > kMaxErrors) text.resize(kMaxErrors);
    }
  }
  return {};
}

Result<Ended> run(const std::vector<std::string>& command) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return std::unexpected(Error::from_errno("making a pipe"));
  const Fd out_read(out[0]);
  Fd out_write(out[1]);
  if (::pipe2(err, O_CLOEXEC) != 0) return std::unexpected(Error::from_errno("making a pipe"));
  const Fd err_read(err[0]);
  Fd err_write(err[1]);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out_write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err_write.get(), STDERR_FILENO);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    Error error = Error::from_errno("starting kubectl", failed);
    error.hint = "outside of a cluster its API is read through kubectl: install it, or name a store (--store dir:PATH)";
    return std::unexpected(error);
  }
  out_write = Fd();
  err_write = Fd();
  Ended ended;
  const auto read = read_both(out_read, err_read, ended);
  if (!read) ::kill(child, SIGKILL);  // it may wait for somebody who reads
  while (::waitpid(child, &ended.status, 0) < 0 && errno == EINTR) {
  }
  if (!read) return std::unexpected(read.error());
  return ended;
}

class KubectlObjects final : public ApiObjects {
 public:
  KubectlObjects(std::vector<std::string> options, std::string name_space)
      : ApiObjects(std::move(name_space)), options_(std::move(options)) {}
  Result<Applied> apply(const std::string&, const std::string&) override { return only_read(); }
  Result<Applied> apply_status(const std::string&, const std::string&) override { return only_read(); }
  Result<bool> remove(const std::string&, const std::string&) override { return only_read(); }
  [[nodiscard]] std::string str() const override {
    return fmt::format("profiles of the namespace {}, through kubectl", printable(name_space()));
  }

 protected:
  Result<std::optional<std::string>> read(const std::string& target) override {
    std::vector<std::string> command = {"kubectl"};
    command.insert(command.end(), options_.begin(), options_.end());
    command.insert(command.end(), {"get", "--raw", target});
    TRY(auto ended, run(command));
    if (ended.status == 0) return std::move(ended.out);
    if (ended.err.contains("(NotFound)") && !ended.err.contains("could not find the requested resource"))
      return std::nullopt;
    if (ended.err.contains("(Expired)")) return std::nullopt;
    return fail("kubectl: " + printable(cut_between_characters(ended.err.substr(0, ended.err.find('\n')), 500)),
                ended.err.contains("could not find the requested resource")
                    ? "are the agents installed? apply deploy/base"
                    : "");
  }

 private:
  static std::unexpected<Error> only_read() { return fail("profiles are only read through kubectl, not written"); }
  std::vector<std::string> options_;
};

}  // namespace

std::unique_ptr<ObjectStore> kubectl_objects(std::vector<std::string> options, std::string name_space) {
  return std::make_unique<KubectlObjects>(std::move(options), std::move(name_space));
}

}  // namespace winnow
