// SPDX-License-Identifier: Apache-2.0
// Homes of trials: made under a lock, cleared at the end, swept when their process is gone.
#include "winnow/trial/home.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include "trial/child.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/state.h"
#include "winnow/base/text.h"
#include "winnow/container/container.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t kMaxNotes = std::size_t{1} << 20;
constexpr auto kLateComers = 1s;  // for what a client asked the engine for just before it was ended
constexpr auto kLateImage = 10s;  // for an image that was sent: the engine goes on loading it without who sent it
constexpr auto kHomePoll = 50ms;

Result<Fd> lock(const std::string& file, bool wait) {
  auto fd = open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!fd) return fd;
  while (::flock(fd->get(), LOCK_EX | (wait ? 0 : LOCK_NB)) != 0)
    if (errno != EINTR) return std::unexpected(Error::from_errno("locking " + printable(file)));
  return fd;
}

// Makes the directory of all homes and takes the lock that making and sweeping share.
Result<std::pair<std::string, Fd>> enter() {
  TRY(auto base, state_directory());
  base += "/trials";
  std::error_code error;
  fs::create_directories(base, error);
  struct stat status{};
  if (!error && ::stat(base.c_str(), &status) == 0 && (status.st_uid != ::geteuid() || (status.st_mode & 022) != 0))
    return fail(printable(base) + " belongs to somebody else, or can be written by others",
                "what is noted there is ended and removed: name a directory of your own in WINNOW_STATE");
  auto held = error ? Result<Fd>(std::unexpected(Error::from_errno("making " + printable(base), error.value())))
                    : lock(base + "/lock", true);
  if (held) return std::pair(base, *std::move(held));
  Error told = held.error();
  told.hint = "name a directory that can be written in WINNOW_STATE";
  return std::unexpected(told);
}

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> lines;
  std::istringstream text(read_regular_file(file, kMaxNotes).value_or(""));
  for (std::string line; std::getline(text, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

Result<void> note(const std::string& file, const std::string& line) {
  const auto notes = open_file(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  return notes ? write_all(notes->get(), line + "\n") : std::unexpected(notes.error());
}

std::string image_prefix(const std::string& id) { return "winnow-trial:" + id + "-"; }

void await_image(const Engine& engine, const std::string& name, std::chrono::milliseconds patience) {
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < patience) {
    const auto found = engine.find_image(name);
    if (!found || *found) return;
    std::this_thread::sleep_for(kHomePoll);
  }
}

bool is_home(std::string_view name) {
  return name.size() == 12 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Home::Home(Home&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), id_(std::move(other.id_)), lock_(std::move(other.lock_)) {}

Home::~Home() {
  std::error_code ignored;
  if (directory_.empty() || fs::exists(at("engine"), ignored) || !remove_bundle(at("container"))) return;
  fs::remove_all(directory_, ignored);
}

Result<Home> Home::make() {
  TRY(auto entered, enter());
  const auto& [base, held] = entered;
  std::string directory;
  std::string id;
  do {
    std::uint8_t random[6];
    if (::getentropy(random, sizeof random) != 0) return std::unexpected(Error::from_errno("naming a trial"));
    id.clear();
    for (const std::uint8_t byte : random) id += fmt::format("{:02x}", byte);
    directory = base + "/" + id;
    if (::mkdir(directory.c_str(), 0700) == 0) break;
    if (errno != EEXIST) {
      Error error = Error::from_errno("making " + printable(directory));
      error.hint = "name a directory with room in WINNOW_STATE";
      return std::unexpected(error);
    }
  } while (true);
  TRY(auto own, lock(directory + "/lock", false));
  return Home(std::move(directory), std::move(id), std::move(own));
}

Result<void> Home::use(const Engine& engine) {
  return write_file_atomically(at("engine"), engine.info().endpoint + "\n");
}

Result<std::string> Home::new_image(int number) {
  std::string name = fmt::format("{}{}", image_prefix(id_), number);
  TRY_DO(note(at("images"), name));
  return name;
}

// The image that had the name is held by a temporary one, so that it is not without any. A line of the note: the name,
// a blank, the image that has it for a while.
Result<void> Home::lend(const Engine& engine, const std::string& name, const std::string& image) {
  const auto lent = lines_of(at("names"));
  const std::string held = fmt::format("{}held-{}", image_prefix(id_), lent.size());
  TRY_DO(note(at("images"), held));
  TRY_DO(engine.tag_image(name, held));
  TRY_DO(note(at("names"), fmt::format("{} {} {}", name, held, image)));
  return engine.tag_image(image, name);
}

Result<void> Home::give_back(const Engine& engine) {
  for (const std::string& line : lines_of(at("names"))) {
    std::istringstream words(line);
    std::string name, held, image;
    if (!(words >> name >> held >> image) || !held.starts_with(image_prefix(id_))) continue;  // not whole: not lent yet
    TRY(const auto now, engine.find_image(name));
    TRY(const auto borrower, engine.find_image(image));
    if (now && borrower && now->id != borrower->id) continue;
    if (auto tagged = engine.tag_image(held, name); !tagged)
      return std::unexpected(tagged.error().within("giving the name " + printable(name) + " back"));
  }
  if (::unlink(at("names").c_str()) != 0 && errno != ENOENT)
    return std::unexpected(Error::from_errno("forgetting a name"));
  return {};
}

Result<void> Home::clear(const Engine* engine) { return clear(engine, {}); }

Result<void> Home::clear(const Engine* engine, std::chrono::milliseconds late) {
  const bool orphan = end_noted_child(child());
  TRY_DO(remove_bundle(at("container")));
  const auto noted = lines_of(at("engine"));
  if (!noted.empty()) {
    if (engine == nullptr || engine->info().endpoint != noted.front())
      return fail("what the trial left is in " + printable(noted.front()), "name that engine in DOCKER_HOST");
    if (orphan) std::this_thread::sleep_for(kLateComers);
    for (const std::string& own : {label(), "com.docker.compose.project=" + project()})
      TRY_DO(engine->remove_labelled(own));
    TRY_DO(give_back(*engine));
    auto images = lines_of(at("images"));
    std::erase_if(images, [&](const auto& image) { return !image.starts_with(image_prefix(id_)); });  // another's
    if (!images.empty()) await_image(*engine, images.back(), late);
    for (const std::string& image : images) {
      TRY_DO(engine->remove_image(image));
    }
    if (::unlink(at("images").c_str()) != 0 && errno != ENOENT) return std::unexpected(Error::from_errno("forgetting"));
    if (::unlink(at("engine").c_str()) != 0) return std::unexpected(Error::from_errno("forgetting an engine"));
  }
  return {};
}

namespace {

// What it left is out of reach for good: a unix socket that is no more.
bool engine_is_gone(const std::string& directory) {
  const auto noted = lines_of(directory + "/engine");
  constexpr std::string_view kUnix = "unix://";
  std::error_code ignored;
  return !noted.empty() && noted.front().starts_with(kUnix) && !fs::exists(noted.front().substr(kUnix.size()), ignored);
}

}  // namespace

Result<std::vector<std::string>> sweep(const Engine* engine) {
  std::vector<Home> dead;
  {
    TRY(auto entered, enter());
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(entered.first, error)) {
      const std::string name = entry.path().filename();
      if (!is_home(name) || !entry.is_directory(error) || entry.is_symlink(error)) continue;
      auto own = lock(entry.path().string() + "/lock", false);
      if (own) dead.push_back(Home(entry.path(), name, *std::move(own)));
    }
  }
  std::vector<std::string> told;
  for (Home& home : dead) {
    if (engine == nullptr && !lines_of(home.at("engine")).empty() && !engine_is_gone(home.directory_)) continue;
    const auto cleared = home.clear(engine, kLateImage);
    if (!cleared && engine_is_gone(home.directory_)) (void)::unlink(home.at("engine").c_str());
    told.push_back(cleared ? "removed what trial " + home.id() + " left when it was killed"
                           : fmt::format("trial {} was killed and left things: {}{}{}", home.id(), cleared.error().what,
                                         cleared.error().hint.empty() ? "" : "; ", cleared.error().hint));
  }
  return told;
}

}  // namespace winnow
