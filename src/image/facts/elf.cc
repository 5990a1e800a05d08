// SPDX-License-Identifier: Apache-2.0
// Reading ELF facts with libelf from program headers, as the loader does: sections may be stripped or lie.
#include "image/facts/elf.h"

#include <gelf.h>

#include <algorithm>
#include <memory>

#include "image/limits.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxHeaders = 512;                   // program headers looked at
constexpr std::size_t kMaxDynamic = 65'536;                // dynamic section entries looked at
constexpr std::size_t kMaxStrings = std::size_t{1} << 20;  // bytes of names and search paths
constexpr std::uint64_t kGoSearch = 65'536;                // how far Go's debug/buildinfo looks into the data segment

struct CloseElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};

// The string at OFFSET of BYTES, at most kMaxPath long; empty when it has no end.
std::string string_at(std::span<const char> bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return {};
  const std::string_view rest(bytes.data() + offset, std::min(bytes.size() - offset, kMaxPath + 1));
  const std::size_t end = rest.find('\0');
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

std::span<const char> stretch(std::span<const char> bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset >= bytes.size()) return {};
  return bytes.subspan(offset, std::min<std::uint64_t>(size, bytes.size() - offset));
}

// A string with its length before it, as a varint; both are taken off DATA.
std::string_view take_go_string(std::string_view& data) {
  std::uint64_t size = 0;
  std::size_t at = 0;
  for (unsigned shift = 0; at < data.size() && shift < 63; shift += 7) {
    const auto byte = static_cast<unsigned char>(data[at++]);
    size |= std::uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) break;
  }
  const std::string_view text = data.substr(at, std::min<std::uint64_t>(size, data.size() - at));
  data.remove_prefix(at + text.size());
  return text;
}

// Go 1.18 and later (debug/buildinfo): magic, pointer size, flags, at 32 the version and the module lines:
// "mod\tPATH\tVERSION\tSUM".
std::string go_module(std::span<const char> segment) {
  constexpr std::string_view kBuildinfoMagic = "\xff Go buildinf:";
  constexpr unsigned kInline = 2;  // flag: the strings follow
  const std::string_view data(segment.data(), segment.size());
  std::size_t at = data.find(kBuildinfoMagic);
  while (at != std::string_view::npos && at % 16 != 0) at = data.find(kBuildinfoMagic, at + 1);
  if (at == std::string_view::npos || data.size() - at < 32 ||
      (static_cast<unsigned char>(data[at + 15]) & kInline) == 0)
    return {};
  std::string_view rest = data.substr(at + 32);
  take_go_string(rest);  // of the tool chain
  const std::string_view lines = take_go_string(rest);
  const std::size_t line = lines.find("\nmod\t");
  if (line == std::string_view::npos) return {};
  std::string_view module = lines.substr(line + 5, kMaxPath);
  module = module.substr(0, module.find('\n'));
  const std::string path(take_until(module, '\t'));
  return path + "@" + std::string(take_until(module, '\t'));
}

class ElfReader {
 public:
  ElfReader(Elf* elf, std::span<const char> bytes) : elf_(elf), bytes_(bytes) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf_, &count) != 0) return;
    for (std::size_t i = 0; i < std::min(count, kMaxHeaders); ++i) {
      GElf_Phdr header;
      if (gelf_getphdr(elf_, static_cast<int>(i), &header) != nullptr) headers_.push_back(header);
    }
  }

  void read(ElfFacts& facts) const {
    bool dynamic = false;  // the loader looks at one
    for (const GElf_Phdr& header : headers_) {
      if (header.p_type == PT_INTERP)
        facts.interpreter = string_at(stretch(bytes_, header.p_offset, header.p_filesz), 0);
      if (header.p_type == PT_DYNAMIC && !std::exchange(dynamic, true)) read_dynamic(header, facts);
      if (header.p_type == PT_LOAD && (header.p_flags & PF_W) != 0 && facts.go_module.empty())
        facts.go_module = go_module(stretch(bytes_, header.p_offset, std::min(header.p_filesz, kGoSearch)));
    }
  }

 private:
  // The bytes of the file that PT_LOAD maps at ADDRESS.
  [[nodiscard]] std::span<const char> loaded(std::uint64_t address, std::uint64_t size) const {
    for (const GElf_Phdr& header : headers_) {
      if (header.p_type != PT_LOAD || address < header.p_vaddr || address - header.p_vaddr >= header.p_filesz) continue;
      const std::uint64_t into = address - header.p_vaddr;
      if (header.p_offset >= bytes_.size() || into >= bytes_.size() - header.p_offset) return {};
      return stretch(bytes_, header.p_offset + into, std::min(size, header.p_filesz - into));
    }
    return {};
  }

  void read_dynamic(const GElf_Phdr& header, ElfFacts& facts) const {
    if (header.p_offset >= bytes_.size()) return;
    const std::uint64_t size = std::min<std::uint64_t>(header.p_filesz, bytes_.size() - header.p_offset);
    Elf_Data* const data = elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(header.p_offset),
                                                static_cast<std::size_t>(size), ELF_T_DYN);
    if (data == nullptr) return;
    std::vector<GElf_Dyn> entries;
    GElf_Dyn entry;
    std::uint64_t strings_at = 0;
    std::uint64_t strings_size = 0;
    for (std::size_t i = 0; i < kMaxDynamic && gelf_getdyn(data, static_cast<int>(i), &entry) != nullptr; ++i) {
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_STRTAB) strings_at = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRSZ) strings_size = entry.d_un.d_val;
      if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) entries.push_back(entry);
    }
    const std::span<const char> strings = loaded(strings_at, strings_size);
    std::size_t left = kMaxStrings;
    for (const GElf_Dyn& wanted : entries) {
      const std::string text = string_at(strings, wanted.d_un.d_val);
      if (text.size() >= left) return;
      left -= text.size() + 1;
      take(wanted.d_tag, text, facts);
    }
  }

  static void take(GElf_Sxword tag, const std::string& text, ElfFacts& facts) {
    std::vector<std::string>& list = tag == DT_NEEDED ? facts.needed : tag == DT_RPATH ? facts.rpath : facts.runpath;
    std::string_view rest = text;
    while (!rest.empty() && list.size() < kMaxNeeded) {
      const std::string_view part = tag == DT_NEEDED ? rest : rest.substr(0, rest.find(':'));
      if (!part.empty()) list.emplace_back(part);
      rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
  }

  Elf* elf_;
  std::span<const char> bytes_;
  std::vector<GElf_Phdr> headers_;
};

}  // namespace

std::optional<ElfFacts> read_elf(std::span<char> bytes) {
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, CloseElf> elf(elf_memory(bytes.data(), bytes.size()));
  GElf_Ehdr header;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) return std::nullopt;
  ElfFacts facts;
  facts.machine = header.e_machine;
  facts.is_64 = gelf_getclass(elf.get()) == ELFCLASS64;
  ElfReader(elf.get(), bytes).read(facts);
  return facts;
}

}  // namespace winnow
