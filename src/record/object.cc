// SPDX-License-Identifier: Apache-2.0
// Unpacks the BPF object; opens, loads and attaches it. A whole skeleton would do that, but bpftool's part of one only
// names what is in there.
#include "record/object.h"

#include <cerrno>

#include "winnow/base/gzip.h"

// What the assembler copies in: WINNOW_BPF_OBJECT is the path of the compressed object.
__asm__(
    ".pushsection .rodata\n"
    ".global winnow_bpf_object_begin\n"
    ".global winnow_bpf_object_end\n"
    "winnow_bpf_object_begin:\n"
    ".incbin \"" WINNOW_BPF_OBJECT
    "\"\n"
    "winnow_bpf_object_end:\n"
    ".byte 0\n"
    ".popsection\n");
extern "C" {
extern const char winnow_bpf_object_begin[];  // NOLINT(modernize-avoid-c-arrays): labels of the assembler
extern const char winnow_bpf_object_end[];
}

namespace winnow::record {
namespace {

constexpr std::size_t kMaxObject = std::size_t{16} << 20;

}  // namespace

Result<Object> Object::open() {
  const auto size = static_cast<std::size_t>(winnow_bpf_object_end - winnow_bpf_object_begin);
  TRY(const auto bytes, gunzip({winnow_bpf_object_begin, size}, kMaxObject));
  bpf_object_open_opts options{};
  options.sz = sizeof(options);
  options.object_name = "touch";
  Object opened;
  opened.object_.reset(::bpf_object__open_mem(bytes.data(), bytes.size(), &options));
  if (!opened.object_) return std::unexpected(Error::from_errno("opening the BPF programs"));
  opened.names_.reset(touch__open(opened.object_.get()));
  if (!opened.names_) return std::unexpected(Error::from_errno("opening the BPF programs"));
  return opened;
}

int Object::load() { return ::bpf_object__load(object_.get()); }

std::expected<std::vector<Link>, int> Object::attach() {
  std::vector<Link> links;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object_.get()) {
    if (!::bpf_program__autoload(program)) continue;
    bpf_link* link = ::bpf_program__attach(program);
    if (link == nullptr) return std::unexpected(-errno);
    links.push_back({::bpf_program__name(program), std::unique_ptr<bpf_link, FreeLink>(link)});
  }
  return links;
}

}  // namespace winnow::record
