// SPDX-License-Identifier: Apache-2.0
// The verdict: which failed lookups matter, and what the exit status says.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "winnow/verify.h"

namespace winnow {
namespace {

// What the lookup needs and the slim image lacks: dropped links on the way, and the entry itself. Empty when all of it
// is there: then the workload removed it, or came before it was made.
std::vector<EntryId> lacking(const Resolution& found, const KeepSpec& spec, const Index& fat) {
  std::vector<EntryId> ids = found.hops;
  ids.push_back(*found.entry);
  std::erase_if(ids, [&](EntryId id) { return spec.find(fat.entries[id].path) != nullptr; });
  return ids;
}

// What execve(2) looks for beside a program that is there: the interpreter of a script or of an ELF file. It says
// ENOENT of the program when that is what it does not find.
std::string interpreter_of(const Entry& program) {
  if (!program.facts) return "";
  if (program.facts->elf) return program.facts->elf->interpreter;
  const std::string& line = program.facts->shebang;
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  return line.substr(begin, line.find_first_of(" \t", begin) - begin);
}

std::vector<MissingPath> missing_paths(const AccessProfile& run, const KeepSpec& spec, const Index& fat) {
  std::vector<MissingPath> missing;
  std::set<EntryId> told;
  for (const auto& [key, access] : run.accesses) {
    if (!access.kinds.has(Kind::kMiss)) continue;
    const Resolution found = fat.resolve(access.path);
    if (!found.entry) continue;
    auto ids = lacking(found, spec, fat);
    if (const std::string name = interpreter_of(fat.entries[*found.entry]); ids.empty() && !name.empty())
      if (const Resolution interpreter = fat.resolve(name); interpreter.entry) ids = lacking(interpreter, spec, fat);
    for (const EntryId id : ids)
      if (told.insert(id).second)
        missing.push_back({access.path, fat.entries[id].path, access.by, fat.entries[id].size});
  }
  return missing;
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "pass";
    case Outcome::kMissing:
      return "missing";
    case Outcome::kDiffers:
      return "differs";
    case Outcome::kInconclusive:
      return "inconclusive";
  }
  return "?";
}

Verdict judge(const AccessProfile& slim_run, const KeepSpec& spec, const Index& fat, std::optional<int> status) {
  Verdict verdict;
  verdict.status = status;
  // What the same command gave while the fat image was recorded; a command that was not recorded is expected to
  // succeed.
  verdict.expected_status = spec.test_status.empty() ? 0 : spec.test_status.front();
  verdict.missing = missing_paths(slim_run, spec, fat);
  verdict.notes = slim_run.partial_reasons();
  if (slim_run.runs.empty()) verdict.notes.emplace_back("no container of the slim image was started by the command");
  if (verdict.expected_status != 0)
    verdict.notes.push_back(fmt::format("the command failed on the source image too (status {}): it proves nothing",
                                        verdict.expected_status));
  if (!status) verdict.notes.emplace_back("the command did not end by itself");

  if (status && *status != verdict.expected_status) {
    verdict.outcome = Outcome::kDiffers;
  } else if (!verdict.missing.empty()) {
    verdict.outcome = Outcome::kMissing;
  } else if (!verdict.notes.empty()) {
    verdict.outcome = Outcome::kInconclusive;
  } else {
    verdict.outcome = Outcome::kPass;
  }
  return verdict;
}

}  // namespace winnow
