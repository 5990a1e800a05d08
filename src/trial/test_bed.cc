// SPDX-License-Identifier: Apache-2.0
// One test with its container: start, wait until it is ready, test, end and remove, whatever happens.
#include "winnow/trial/test_bed.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <iterator>

#include "trial/child.h"
#include "trial/compose.h"
#include "trial/log_keeping.h"
#include "trial/probe.h"
#include "trial/ready.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

using Clock = std::chrono::steady_clock;

// A container of ours: stopped, so that what it does at its end is seen too, and removed at the end of its life here.
class OwnContainer {
 public:
  OwnContainer(const Engine& engine, std::string id) : engine_(engine), id_(std::move(id)) {}
  OwnContainer(const OwnContainer&) = delete;
  OwnContainer& operator=(const OwnContainer&) = delete;
  ~OwnContainer() {
    (void)engine_.stop_container(id_);  // it may have ended by itself
    (void)engine_.remove_container(id_);
  }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  const Engine& engine_;
  std::string id_;
};

// The user's options of `docker run`, but for --rm: who waits for a container's end removes it afterwards. If its
// output is compared, the engine keeps that byte by byte, whatever log they ask for.
std::vector<std::string> run_options(const Engine& engine, const TestBed& bed, bool keeps_output) {
  std::vector<std::string> options;
  for (std::size_t at = 0; at < bed.run_options.size(); ++at) {
    const std::string_view option = bed.run_options[at], name = option.substr(0, option.find('='));
    const bool of_log = keeps_output && (name == "--log-driver" || name == "--log-opt");
    if (of_log && name == option) ++at;  // its value is the next word
    if (!of_log && name != "--rm") options.emplace_back(option);
  }
  if (!keeps_output) return options;
  const LogKeeping keeping = log_keeping(engine.info());
  options.push_back("--log-driver=" + keeping.driver);
  for (const auto& [name, value] : keeping.options) options.push_back(fmt::format("--log-opt={}={}", name, value));
  return options;
}

// `docker run`. Never cut short: a client that is ended leaves a container that nobody waits for.
Result<std::string> start_container(const Engine& engine, const Home& home, const TestBed& bed,
                                    const std::string& image, bool keeps_output) {
  std::vector<std::string> words = {engine.info().name, "run", "-d", "--pull", "never", "--label", home.label()};
  std::ranges::move(run_options(engine, bed, keeps_output), std::back_inserter(words));
  // Again, so that no option of the user's takes its place: it is how the container is found and removed.
  words.insert(words.end(), {"--label", home.label(), image});
  words.insert(words.end(), bed.arguments.begin(), bed.arguments.end());
  std::string errors;
  TRY(const auto status, run_command(words, engine.client_environment(), {},
                                     {.output = Output::kDiscarded, .errors = &errors, .note = home.child()}));
  TRY(const auto ids, engine.containers_with({home.label()}));
  TRY(const auto wanted, engine.find_image(image));
  if (status == 0 && ids.size() == 1) {
    const auto made = engine.find_container(ids.front());
    if (made && *made && wanted && (*made)->image_id == wanted->id) return ids.front();
    errors = "it made a container of another image: a word after -- was taken for one";
  }
  for (const std::string& id : ids) (void)engine.remove_container(id);
  return fail(
      fmt::format("{} run ended with status {}:{}", engine.info().name, status, shown_lines(errors)),
      fmt::format("the words after -- are options of `{} run`, those after a second -- the container's arguments",
                  engine.info().name));
}

std::chrono::milliseconds elapsed(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
}

Result<int> run_shell(const Home& home, const TestBed& bed, const std::string& test,
                      const std::vector<std::string>& environment, const std::stop_token& stop, TestReport& report) {
  const auto begun = Clock::now();
  auto status = run_command({"sh", "-c", test}, environment, stop,
                            {.output = Output::kToStderr,
                             .printed = bed.keep_output ? &report.printed.emplace() : nullptr,
                             .limit = bed.test_timeout,
                             .timed_out = &report.timed_out,
                             .note = home.child()});
  report.took = elapsed(begun);
  return status;
}

// Waits for the end of a container. Its status; nothing: the time for that is over.
Result<int> await_end(const Engine& engine, const TestBed& bed, const std::string& id, const std::stop_token& stop,
                      TestReport& report) {
  const auto begun = Clock::now();
  const auto status = wait_end(engine, id, bed.test_timeout, stop);
  if (!status) return std::unexpected(status.error());
  report.took = elapsed(begun);
  report.timed_out = !status->has_value();
  return status->value_or(128 + SIGTERM);
}

// What is done with a container for which there is no command: a probe, or its own end.
Result<int> run_untested(const Engine& engine, const Home& home, const TestBed& bed, const std::string& image,
                         const std::string& id, const std::stop_token& stop, TestReport& report) {
  auto environment = engine.client_environment();
  environment.push_back("WINNOW_IMAGE=" + image);
  auto status = bed.probe ? run_probe(engine, id, bed, environment, home.child(), stop, report)
                          : await_end(engine, bed, id, stop, report);
  if (!status && bed.probe) report.start_failure = status.error().what;
  if (!status || !bed.keep_output) return status;
  auto log = engine.container_log(id);
  if (!log) return std::unexpected(log.error().within("reading what the container printed"));
  report.printed = Printed{std::move(log->out), std::move(log->err)};
  return status;
}

// The test beside a container that was asked for at BEGUN.
Result<int> test_container(const Engine& engine, const Home& home, const TestBed& bed, const std::string& image,
                           const std::string& test, const std::string& id, Clock::time_point begun,
                           const std::stop_token& stop, TestReport& report) {
  auto environment = engine.client_environment();
  environment.push_back("WINNOW_IMAGE=" + image);
  const auto container = wait_ready(engine, id, bed, environment, home.child(), stop);
  if (!container) {
    report.start_failure = container.error().what;
    return std::unexpected(container.error());
  }
  report.ready_after = elapsed(begun);
  for (std::string& one : environment_of(*container)) environment.push_back(std::move(one));
  return run_shell(home, bed, test, environment, stop, report);
}

Result<int> in_container(const Engine& engine, const Home& home, const TestBed& bed, const std::string& image,
                         const std::string& test, const std::stop_token& stop, TestReport& report) {
  const auto begun = Clock::now();
  const auto started = start_container(engine, home, bed, image, bed.keep_output && test.empty());
  if (!started) {
    report.start_failure = started.error().what;
    return std::unexpected(started.error().within("starting a container of " + printable(image)));
  }
  const OwnContainer container(engine, *started);
  if (test.empty()) return run_untested(engine, home, bed, image, container.id(), stop, report);
  return test_container(engine, home, bed, image, test, container.id(), begun, stop, report);
}

Result<int> in_project(const Engine& engine, const Home& home, const TestBed& bed, const std::string& image,
                       const std::string& test, const std::stop_token& stop, TestReport& report) {
  const auto begun = Clock::now();
  TRY(auto project, ComposeProject::open(engine, home, bed, image));
  const auto id = project.up("-d");
  if (!id) {
    report.start_failure = id.error().what;
    return std::unexpected(id.error());
  }
  if (test.empty()) return run_untested(engine, home, bed, image, *id, stop, report);
  return test_container(engine, home, bed, image, test, *id, begun, stop, report);
}

}  // namespace

Result<int> run_test(const Engine& engine, const Home& home, const TestBed& bed, const std::string& image,
                     const std::string& test, const std::stop_token& stop, TestReport& report) {
  switch (bed.kind) {
    case TestBed::Kind::kContainer:
      return in_container(engine, home, bed, image, test, stop, report);
    case TestBed::Kind::kCompose:
      return in_project(engine, home, bed, image, test, stop, report);
    case TestBed::Kind::kSelfStarted:
      break;
  }
  auto environment = engine.client_environment();
  environment.push_back("WINNOW_IMAGE=" + image);
  return run_shell(home, bed, test, environment, stop, report);
}

}  // namespace winnow
