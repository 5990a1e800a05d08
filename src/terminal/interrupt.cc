// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and its like: a flag first, and the end at the third.
#include <signal.h>
#include <unistd.h>

#include "winnow/terminal/terminal.h"

namespace winnow::cli {
namespace {

constexpr int kPatience = 3;  // signals until the program ends at once, whatever it leaves behind
constexpr timespec kWait{0, 100'000'000};

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  struct sigaction hangup{};
  ::sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) ::sigaddset(&set, SIGHUP);  // under nohup(1) recording goes on
  return set;
}

}  // namespace

Interrupt::Interrupt(std::string said) {
  // Blocked in every thread made after this; the waiter takes them. Children get a clean mask from run_command.
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // Whoever reads our words may go away; what was started is ended and removed all the same.
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &pipe_);
  waiter_ = std::jthread([this, set, said = std::move(said)](const std::stop_token& stop) {
    int asked = 0;
    while (!stop.stop_requested()) {
      if (::sigtimedwait(&set, nullptr, &kWait) < 0) continue;
      flag_ = true;
      if (++asked == 1 && !said.empty()) say(said);
      if (asked >= kPatience) ::_exit(kFailure);
    }
  });
}

Interrupt::~Interrupt() {
  waiter_.request_stop();
  waiter_.join();
  ::sigaction(SIGPIPE, &pipe_, nullptr);
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace winnow::cli
