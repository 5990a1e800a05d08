// SPDX-License-Identifier: Apache-2.0
// The journal is a file of records, each with its length in front; the pins are a directory in the bpffs.
#include "record/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/state.h"
#include "winnow/base/text.h"

namespace winnow::record {
namespace {

namespace fs = std::filesystem;

constexpr auto kBpffs = "/sys/fs/bpf";
constexpr std::size_t kMaxName = 100;
constexpr std::size_t kLong = std::size_t{64} << 20;  // bytes of a journal until it is rewritten
constexpr std::uint32_t kMaxRecord = 1U << 20;        // bytes of any record but a target, and more than any takes

struct Header {
  std::uint32_t size;
  std::uint32_t kind;
};

Result<void> check_name(const std::string& name) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.'; };
  if (!name.empty() && name.size() <= kMaxName && !name.starts_with('.') && std::ranges::all_of(name, allowed))
    return {};
  return std::unexpected(
      Error::usage("not a name for a session: " + printable(name), "use letters, digits, '.', '_' and '-'"));
}

Result<std::string> journal_of(const std::string& name) {
  TRY_DO(check_name(name));
  const auto state = state_directory();
  return state ? Result<std::string>(fmt::format("{}/{}.journal", *state, name)) : state;
}
std::string pins_of(const std::string& name) { return fmt::format("{}/winnow-{}", kBpffs, name); }

// Systems without systemd leave mounting it to the first that needs it, as bpftool does too.
Result<void> need_bpffs() {
  const auto is_there = [] {
    struct statfs file_system{};
    return ::statfs(kBpffs, &file_system) == 0 && file_system.f_type == BPF_FS_MAGIC;
  };
  if (is_there() || (::mount("bpf", kBpffs, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0 && is_there()))
    return {};
  Error error = Error::from_errno(fmt::format("mounting a bpffs at {}, which a session needs", kBpffs));
  error.hint = "run as root; in a container, mount the host's /sys/fs/bpf into it";
  return std::unexpected(error);
}

// A journal is a file of the state directory: never a link out of it, and never a FIFO, which would be waited for.
Result<Fd> open_journal(const std::string& path) {
  TRY(auto file, open_file(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return std::unexpected(Error::from_errno("opening " + printable(path)));
  if (!S_ISREG(status.st_mode)) return fail(printable(path) + " is not a regular file");
  return file;
}

// The content of a file, without a copy of it: journals are long.
class Mapped {
 public:
  static Result<Mapped> of(const Fd& file, const std::string& path) {
    struct stat status{};
    Mapped mapped;
    if (::fstat(file.get(), &status) != 0) return std::unexpected(Error::from_errno("reading " + path));
    mapped.size_ = static_cast<std::size_t>(status.st_size);
    if (mapped.size_ == 0) return mapped;
    mapped.start_ = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (mapped.start_ == MAP_FAILED) return std::unexpected(Error::from_errno("reading " + path));
    return mapped;
  }
  Mapped(Mapped&& other) noexcept
      : start_(std::exchange(other.start_, MAP_FAILED)), size_(std::exchange(other.size_, 0)) {}
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  Mapped& operator=(Mapped&&) = delete;
  ~Mapped() {
    if (start_ != MAP_FAILED) ::munmap(start_, size_);
  }
  [[nodiscard]] std::string_view text() const {
    return size_ == 0 ? std::string_view() : std::string_view(static_cast<const char*>(start_), size_);
  }

 private:
  Mapped() = default;
  void* start_ = MAP_FAILED;
  std::size_t size_ = 0;
};

Result<void> lock(const Fd& file, const std::string& path) {
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK)
    return fail("another winnow is recording into " + path, "stop it first, or choose another name");
  return std::unexpected(Error::from_errno("locking " + path));
}

// Recorders whose state directories differ meet at the pins. A directory that is not there is not locked.
Result<Fd> lock_pins(const std::string& pins) {
  Fd directory(::open(pins.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (directory.valid()) TRY_DO(lock(directory, pins));
  return directory;
}

}  // namespace

Session::Session(std::string journal, std::string pins, Fd file)
    : journal_(std::move(journal)), pins_(std::move(pins)), file_(std::move(file)) {}

Result<Session> Session::create(const std::string& name) {
  TRY(const std::string journal, journal_of(name));
  TRY_DO(need_bpffs());
  TRY_DO(make_directory(std::string(parent_of(journal))));
  auto file = open_file(journal, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
  if (!file && fs::exists(journal))
    return fail(fmt::format("there is a session {} already", name), Advice::kSessionExists, name);
  if (!file) return std::unexpected(file.error());
  Session session(journal, pins_of(name), *std::move(file));
  TRY_DO(lock(session.file_, journal));
  if (::mkdir(session.pins_.c_str(), 0700) != 0) {
    const Error error = Error::from_errno("making " + session.pins_);
    ::unlink(journal.c_str());
    return std::unexpected(error);
  }
  TRY(session.pins_lock_, lock_pins(session.pins_));
  return session;
}

Result<Session> Session::open(const std::string& name, const Visitor& visit) {
  TRY(const std::string journal, journal_of(name));
  auto file = open_journal(journal);
  if (!file) {
    std::error_code failed;
    if (!fs::exists(fs::symlink_status(journal, failed)))
      return fail("there is no session " + name, Advice::kNoSession, name);
    return std::unexpected(file.error());
  }
  Session session(journal, pins_of(name), *std::move(file));
  TRY_DO(lock(session.file_, journal));
  TRY(session.pins_lock_, lock_pins(session.pins_));
  TRY(const auto mapped, Mapped::of(session.file_, journal));
  const std::string_view text = mapped.text();
  std::string_view rest = text;
  for (Header header{}; rest.size() >= sizeof(header);) {
    std::memcpy(&header, rest.data(), sizeof(header));
    if (header.size > rest.size() - sizeof(header)) {
      // A crash cuts off the last record. What would be an event that long is none: what is behind it is not known.
      if (Kind{header.kind} != Kind::kTarget && header.size > kMaxRecord) return fail(journal + " is damaged");
      break;
    }
    if (auto taken = visit(Kind{header.kind}, rest.substr(sizeof(header), header.size)); !taken)
      return std::unexpected(taken.error().within("reading " + journal));
    rest.remove_prefix(sizeof(header) + header.size);
  }
  session.appended_ = session.size_ = text.size() - rest.size();
  if (!rest.empty() && ::ftruncate(session.file_.get(), static_cast<off_t>(session.size_)) != 0)
    return std::unexpected(Error::from_errno("cutting off the end of " + journal));
  return session;
}

Result<bool> Session::remove(const std::string& name) {
  TRY(const auto journal, journal_of(name));
  if (const auto file = open_journal(journal)) TRY_DO(lock(*file, journal));
  TRY_DO(lock_pins(pins_of(name)));
  std::error_code failed;
  const auto pins = fs::remove_all(pins_of(name), failed);
  if (failed) return fail(fmt::format("removing {}: {}", pins_of(name), failed.message()), "run as root");
  const bool removed = fs::remove(journal, failed);
  if (failed) return fail(fmt::format("removing {}: {}", journal, failed.message()), "run as root");
  return pins > 0 || removed;
}

Result<void> Session::append(Kind kind, std::string_view data) {
  const Header header{static_cast<std::uint32_t>(data.size()), static_cast<std::uint32_t>(kind)};
  std::string record(sizeof(header) + data.size(), '\0');  // one write: what a crash cuts off is the last record
  std::memcpy(record.data(), &header, sizeof(header));
  std::memcpy(record.data() + sizeof(header), data.data(), data.size());
  if (auto written = write_all(file_.get(), record); !written) {
    const bool whole = ::ftruncate(file_.get(), static_cast<off_t>(size_)) == 0;  // or a reader stops at a half record
    return std::unexpected(
        written.error().within(fmt::format("keeping the session in {}{}", journal_, whole ? "" : ", now cut off")));
  }
  appended_ += record.size();
  size_ += record.size();
  return {};
}

bool Session::is_long() const { return appended_ > kLong; }

Result<void> Session::rewrite(const std::function<Result<void>(Session&)>& write) {
  const std::string path = journal_ + ".new";
  ::unlink(path.c_str());  // of a recorder that was killed; a link is not followed
  TRY(auto file, open_file(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0600));
  Session fresh(path, pins_, std::move(file));
  auto written = lock(fresh.file_, path);
  if (written) written = write(fresh);
  if (written && (::fsync(fresh.file_.get()) != 0 || ::rename(path.c_str(), journal_.c_str()) != 0))
    written = std::unexpected(Error::from_errno("replacing " + journal_));
  if (!written) {
    ::unlink(path.c_str());
    return written;
  }
  file_ = std::move(fresh.file_);
  size_ = fresh.size_;
  appended_ = 0;
  return {};
}

}  // namespace winnow::record
