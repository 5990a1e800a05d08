// SPDX-License-Identifier: Apache-2.0
// Catches libbpf's log, which goes through one function for the whole process.
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "record/programs.h"
#include "winnow/base/text.h"

namespace winnow::record {
namespace {

constexpr std::size_t kMaxLog = 1u << 20;

// libbpf's callback has no context argument, so the receiver has to be found by the thread.
thread_local std::string* receiver = nullptr;

int receive(libbpf_print_level level, const char* format, va_list arguments) {
  if (receiver == nullptr || level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  if (length > 0 && receiver->size() < kMaxLog) {
    std::vector<char> line(static_cast<std::size_t>(length) + 1);
    std::vsnprintf(line.data(), line.size(), format, again);
    receiver->append(line.data(), static_cast<std::size_t>(length));
  }
  va_end(again);
  return length;
}

}  // namespace

LibbpfLog::LibbpfLog() {
  receiver = &text_;
  ::libbpf_set_print(receive);
}

LibbpfLog::~LibbpfLog() { receiver = nullptr; }

std::string LibbpfLog::tail(std::size_t most) const {
  std::vector<std::string_view> kept;
  for (const std::string_view line : lines(text_))
    if (line.starts_with("libbpf: ") && !line.contains("LOG --")) kept.push_back(line.substr(8));
  const std::size_t first = kept.size() > most ? kept.size() - most : 0;
  std::string text;
  for (std::size_t i = first; i < kept.size(); ++i) text.append(text.empty() ? "" : "; ").append(kept[i]);
  return text;
}

}  // namespace winnow::record
