// SPDX-License-Identifier: Apache-2.0
// Value types that every room shares: errors with context, file descriptors, digests, image paths, escapes.
#pragma once

#include <cerrno>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace winnow {

// What a person can do about an error; the command line turns it into an exit code: 2 if the words were wrong, 3 if it
// could not be done.
enum class Fault { kUsage, kFailure };

// A failure as a value: what was tried and what failed, outermost first, and what to do about it.
struct Error {
  std::string what;
  std::string hint = {};  // one sentence that says what to do; may be empty
  Fault fault = Fault::kFailure;

  // "WHAT: strerror(ERR)". Call it before anything else can change errno.
  static Error from_errno(std::string_view what, int err = errno);
  static Error usage(std::string what, std::string hint = {});
  // The same error as seen one level further out: "OUTER: what".
  [[nodiscard]] Error within(std::string_view outer) const;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string what, std::string hint = {}) {
  return std::unexpected(Error{std::move(what), std::move(hint)});
}

// Owns one file descriptor; closes it. Move-only.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC.
Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0);
// A file without a name in $TMPDIR or /var/tmp (O_TMPFILE): it vanishes with its descriptor, however the process ends.
Result<Fd> open_temporary();
// The whole file, at most LIMIT bytes; a longer one is an error. Works on /proc and pipes.
Result<std::string> read_file(const std::string& path, std::size_t limit = 256u << 20);
// The same of a regular file only: a FIFO in a directory of somebody else's must not hang us.
Result<std::string> read_regular_file(const std::string& path, std::size_t limit);
// All of DATA, through short writes and EINTR.
Result<void> write_all(int fd, std::span<const std::byte> data);
Result<void> write_all(int fd, std::string_view data);
// mkdir(2) of the last component; one that is there already is fine.
Result<void> make_directory(const std::string& path);
// Writes to a temporary name beside PATH, syncs and renames: a reader sees the old file or the whole new one.
Result<void> write_file_atomically(const std::string& path, std::string_view data);

// A SHA-256 digest as images write it: "sha256:" and 64 lower-case hex digits (OCI image-spec, descriptor.md).
class Digest {
 public:
  Digest() = default;  // the empty digest: !valid()
  static Result<Digest> parse(std::string_view text);
  static Digest of(std::string_view data);
  static Digest from_bytes(std::span<const std::uint8_t, 32> bytes);
  [[nodiscard]] std::string str() const;          // "sha256:<hex>", or "" when not valid
  [[nodiscard]] std::string hex() const;          // without the algorithm
  [[nodiscard]] std::string short_hex() const;    // the first 12 hex digits, as engines print ids
  [[nodiscard]] std::string_view bytes() const {  // 32 of them; zeros when not valid
    return {reinterpret_cast<const char*>(bytes_), sizeof bytes_};
  }
  [[nodiscard]] bool valid() const { return valid_; }
  auto operator<=>(const Digest&) const = default;

 private:
  std::uint8_t bytes_[32] = {};
  bool valid_ = false;
};

// Incremental SHA-256 (OpenSSL EVP).
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(std::span<const std::byte> data);
  [[nodiscard]] Digest finish();  // once

 private:
  void* context_;  // EVP_MD_CTX
};

// Image paths: absolute, "/" the root, no "." or "..", no empty components, any bytes but NUL.
// The lexical normal form of PATH read as absolute: ".." stays at the root, so the result never leaves the image.
std::string normal_path(std::string_view path);
std::string_view parent_of(std::string_view path);  // "/" for "/" and for "/a"
std::string_view name_of(std::string_view path);    // "" for "/"
std::vector<std::string_view> components_of(std::string_view path);
bool is_below(std::string_view path, std::string_view above);  // or is ABOVE itself
// Shell-style match of a whole path (fnmatch(3), "**" for any depth); a pattern also matches itself, letter by letter.
bool glob_matches(const std::string& pattern, std::string_view path);

// Lossless text for paths in JSON: valid UTF-8 stays as it is, a backslash becomes "\\", any other byte "\xHH".
std::string escape_path(std::string_view path);
Result<std::string> unescape_path(std::string_view text);
// For terminals and Markdown: escape_path, and control characters and DEL as "\xHH" too.
std::string printable(std::string_view path);
// "1.4 GB": decimal units, as image tools print sizes.
std::string human_bytes(std::uint64_t bytes);

}  // namespace winnow
