// SPDX-License-Identifier: Apache-2.0
// What pick is told and what it says: the list of names, and messages.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "pick/pick.h"

namespace winnow::pick {
namespace {

void say(const char* text, std::size_t length) {
  while (length > 0) {
    const ssize_t written = ::write(STDERR_FILENO, text, length);
    if (written <= 0) return;
    text += written;
    length -= static_cast<std::size_t>(written);
  }
}

void say(const char* text) { say(text, ::strlen(text)); }

// Whatever a terminal could take for more than a letter is written as "\xHH".
void say_escaped(const char* name) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (; *name != '\0'; ++name) {
    const auto byte = static_cast<unsigned char>(*name);
    const char escaped[] = {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    if (byte >= ' ' && byte < 0x7f && byte != '\\')
      say(name, 1);
    else
      say(escaped, sizeof escaped);
  }
}

bool is_component(const char* begin, const char* end) {
  const auto length = end - begin;
  return length > 0 && !(begin[0] == '.' && (length == 1 || (length == 2 && begin[1] == '.')));
}

bool is_name(const char* name) {
  if (::strncmp(name, "./", 2) != 0) return false;
  for (const char* begin = name + 2;;) {
    const char* const end = ::strchrnul(begin, '/');
    if (!is_component(begin, end)) return false;
    if (*end == '\0') return true;
    begin = end + 1;
  }
}

// Moves NAME behind the mode that stands before it.
void take_mode(const char*& name, mode_t& mode) {
  mode_t value = 0;
  const char* at = name;
  for (; *at >= '0' && *at <= '7' && value <= 07777; ++at) value = value * 8 + static_cast<mode_t>(*at - '0');
  if (at == name || *at != ':' || value > 07777) return;
  name = at + 1;
  mode = value;
}

}  // namespace

bool complain(const char* what, const char* name, int error) {
  say("pick: ");
  say(what);
  say(" ");
  say_escaped(name);
  const char* const reason = error == 0 ? nullptr : ::strerrorname_np(error);
  if (reason != nullptr) {
    say(": ");
    say(reason);
  }
  say("\n");
  return false;
}

const char* leaf_of(const char* name) { return ::strrchr(name, '/') + 1; }

NameList::~NameList() {
  ::free(text_);
  ::free(names_);
}

bool NameList::load(const char* file) {
  if (!read(file)) return false;
  if (length_ > 0 && text_[length_ - 1] != '\0') return complain("the last name has no end:", file);
  if (!split()) return complain("no memory for the names of", file);
  for (std::size_t at = 0; at < count_; ++at)
    if (!is_name(names_[at].name)) return complain("not a name below the root:", names_[at].name);
  return true;
}

bool NameList::read(const char* file) {
  const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return complain("opening", file, errno);
  std::size_t capacity = 0;
  for (;;) {
    if (length_ == capacity) {
      capacity = capacity == 0 ? 65536 : capacity * 2;
      char* const larger = static_cast<char*>(::realloc(text_, capacity));
      if (larger == nullptr) break;
      text_ = larger;
    }
    const ssize_t n = ::read(fd, text_ + length_, capacity - length_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    length_ += static_cast<std::size_t>(n);
    if (n > 0) continue;
    ::close(fd);
    return true;
  }
  const int error = errno;
  ::close(fd);
  return complain("reading", file, error);
}

bool NameList::split() {
  for (std::size_t at = 0; at < length_; ++at) count_ += text_[at] == '\0';
  names_ = static_cast<Name*>(::calloc(count_ + 1, sizeof *names_));
  if (names_ == nullptr) return false;
  const char* next = text_;
  for (std::size_t at = 0; at < count_; ++at) {
    names_[at] = {next, kItsOwn};
    next += ::strlen(next) + 1;
    take_mode(names_[at].name, names_[at].mode);
  }
  return true;
}

}  // namespace winnow::pick
