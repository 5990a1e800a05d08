// SPDX-License-Identifier: Apache-2.0
// Puts the merged tree on disk: directories first, files as their layers stream past, then links and nodes, and last
// what directories have besides their content.
#include "winnow/container/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ranges>
#include <unordered_map>

#include "container/unpack_tree.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kHole = 4096;  // pieces of zeros that are at least so long are not written
constexpr mode_t kUnfinished = 0700;

bool is_zeros(std::span<const std::byte> piece) {
  return piece.size() >= kHole && piece[0] == std::byte{0} &&
         std::memcmp(piece.data(), piece.data() + 1, piece.size() - 1) == 0;
}

Error about(const Entry& entry, Error error) {
  if (error.what.contains(std::strerror(ENOSPC)) && error.hint.empty())
    error.hint = "make room on that file system, or name another directory";
  return error.within("unpacking " + printable(entry.path));
}

class Unpacker {
 public:
  Unpacker(const Image& image, UnpackTree tree, std::string_view from, const std::atomic<bool>* interrupted)
      : image_(image),
        index_(image.index()),
        tree_(std::move(tree)),
        from_(from == "/" ? "" : from),
        interrupted_(interrupted) {}

  Result<Unpacked> run() {
    select();
    for (const auto part :
         {&Unpacker::make_directories, &Unpacker::write_files, &Unpacker::make_others, &Unpacker::finish_directories})
      TRY_DO((this->*part)());
    done_.entries = chosen_.size();
    done_.left_out = tree_.left_out();
    done_.left_out_count = tree_.left_out_count();
    return std::move(done_);
  }

 private:
  // A file that is being written.
  struct Open {
    EntryId id = 0;
    Fd fd;
    bool hole = false;  // it ends with one so far
  };

  void select();
  [[nodiscard]] std::string_view place(EntryId id) const {  // "" for the directory itself, else "/..."
    const std::string_view path = index_.entries[id].path;
    return path == "/" ? std::string_view() : path.substr(from_.size());
  }
  [[nodiscard]] bool leads(EntryId id) const {
    const std::uint32_t group = index_.entries[id].link_group;
    return group == 0 || leaders_.at(group) == id;
  }
  Result<void> make_directories();
  Result<void> write_files();
  Result<void> take(EntryId id, std::span<const std::byte> piece);
  Result<void> begin(EntryId id);
  Result<void> finish_file();
  Result<void> make_others();
  Result<void> make_other(EntryId id);
  Result<void> finish_directories();

  const Image& image_;
  const Index& index_;
  UnpackTree tree_;
  std::string from_;  // "" for the root
  const std::atomic<bool>* interrupted_;
  std::vector<EntryId> chosen_;
  std::unordered_map<std::uint32_t, EntryId> leaders_;  // the first name of each file that has several
  Open open_;
  Unpacked done_;
};

void Unpacker::select() {
  const std::string below = from_ + "/";
  for (EntryId id = 0; id < index_.entries.size(); ++id) {
    const Entry& entry = index_.entries[id];
    if (entry.path != from_ && !entry.path.starts_with(below)) continue;
    chosen_.push_back(id);
    if (entry.link_group != 0) leaders_.try_emplace(entry.link_group, id);
  }
}

Result<void> Unpacker::make_directories() {
  for (const EntryId id : chosen_) {
    const Entry& entry = index_.entries[id];
    if (entry.type != EntryType::kDirectory || place(id).empty()) continue;
    const auto parent = tree_.parent_of(place(id));
    if (!parent) return std::unexpected(about(entry, parent.error()));
    if (::mkdirat(*parent, std::string(base_name(entry.path)).c_str(), kUnfinished) != 0)
      return std::unexpected(about(entry, Error::from_errno("making the directory")));
  }
  return {};
}

Result<void> Unpacker::write_files() {
  std::vector<EntryId> files;
  for (const EntryId id : chosen_)
    if (index_.entries[id].type == EntryType::kFile && leads(id)) files.push_back(id);
  return image_.read_files(files, [&](EntryId id, std::span<const std::byte> piece) -> Result<void> {
    auto taken = take(id, piece);
    return taken ? std::move(taken) : std::unexpected(about(index_.entries[id], taken.error()));
  });
}

Result<void> Unpacker::take(EntryId id, std::span<const std::byte> piece) {
  if (interrupted_ != nullptr && *interrupted_) return fail("interrupted");
  if (!open_.fd.valid() || open_.id != id) TRY_DO(begin(id));
  if (piece.empty()) return finish_file();
  open_.hole = is_zeros(piece);
  if (!open_.hole) return write_all(open_.fd.get(), piece);
  return ::lseek(open_.fd.get(), static_cast<off_t>(piece.size()), SEEK_CUR) >= 0
             ? Result<void>{}
             : std::unexpected(Error::from_errno("leaving a hole"));
}

Result<void> Unpacker::begin(EntryId id) {
  TRY(const auto parent, tree_.parent_of(place(id)));
  const std::string name(base_name(index_.entries[id].path));
  open_ = {id, Fd(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)), false};
  return open_.fd.valid() ? Result<void>{} : std::unexpected(Error::from_errno("making the file"));
}

Result<void> Unpacker::finish_file() {
  const Entry& entry = index_.entries[open_.id];
  const Fd fd = std::move(open_.fd);
  if (open_.hole && ::ftruncate(fd.get(), static_cast<off_t>(entry.size)) != 0)
    return std::unexpected(Error::from_errno("ending with a hole"));
  done_.bytes += entry.size;
  return tree_.finish(fd.get(), entry);
}

// Later names of a file are linked when the first one is there: the first is the first in the index, too.
Result<void> Unpacker::make_others() {
  for (const EntryId id : chosen_) {
    const Entry& entry = index_.entries[id];
    if (entry.type == EntryType::kDirectory || (entry.type == EntryType::kFile && leads(id))) continue;
    if (auto made = make_other(id); !made) return std::unexpected(about(entry, made.error()));
  }
  return {};
}

Result<void> Unpacker::make_other(EntryId id) {
  const Entry& entry = index_.entries[id];
  if (!leads(id)) return tree_.link(place(leaders_.at(entry.link_group)), place(id));
  TRY(const auto parent, tree_.parent_of(place(id)));
  const std::string name(base_name(entry.path));
  if (entry.type == EntryType::kSymlink) {
    if (::symlinkat(entry.link_target.c_str(), parent, name.c_str()) != 0)
      return std::unexpected(Error::from_errno("making the symbolic link"));
    return tree_.finish(parent, name, entry);
  }
  const mode_t type = entry.type == EntryType::kFifo         ? S_IFIFO
                      : entry.type == EntryType::kCharDevice ? S_IFCHR
                                                             : S_IFBLK;
  if (::mknodat(parent, name.c_str(), type | 0600, makedev(entry.dev_major, entry.dev_minor)) == 0)
    return tree_.finish(parent, name, entry);
  if (errno != EPERM && errno != EACCES) return std::unexpected(Error::from_errno("making the node"));
  tree_.leave_out(entry, Error::from_errno("making the node"));
  return {};
}

// The deepest first: what is made in a directory changes its time, and its mode may let nobody in.
Result<void> Unpacker::finish_directories() {
  for (const EntryId id : std::views::reverse(chosen_)) {
    const Entry& entry = index_.entries[id];
    if (entry.type != EntryType::kDirectory) continue;
    const auto directory = tree_.open(place(id));
    if (!directory) return std::unexpected(about(entry, directory.error()));
    if (auto finished = tree_.finish(directory->get(), entry); !finished)
      return std::unexpected(about(entry, finished.error()));
  }
  return {};
}

}  // namespace

Result<Unpacked> unpack(const Image& image, const std::string& directory, std::string_view from,
                        const std::atomic<bool>* interrupted) {
  const auto found = image.index().find(from);
  if (!found || image.index().entries[*found].type != EntryType::kDirectory)
    return fail("the image has no directory " + printable(from));
  TRY(auto tree, UnpackTree::at(directory));
  auto done = Unpacker(image, std::move(tree), from, interrupted).run();
  return done ? std::move(done) : std::unexpected(done.error().within("unpacking into " + printable(directory)));
}

}  // namespace winnow
