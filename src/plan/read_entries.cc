// SPDX-License-Identifier: Apache-2.0
// Reads the entries and additions of keep.json with their reasons, which may be hostile text.
#include "plan/read_entries.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "plan/decisions.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/index/index_json.h"

namespace winnow {
namespace {

bool is_directory(const KeepSpec& spec, std::string_view path) {
  const KeptEntry* const kept = spec.find(path);
  return kept != nullptr && kept->entry.type == EntryType::kDirectory;
}

void require_order(JsonText& in, const std::string& before, const std::string& path) {
  if (!(before < path)) in.refuse("entries that are not sorted by path, or twice: " + printable(path));
}

// Keep specs of earlier winnows have neither kinds nor a moment: their details are "open, stat at 12 ms" if the entry
// was touched.
void read_earlier_touch(Reason& reason) {
  if (reason.rule != kAccessed && reason.rule != kWalked) return;
  constexpr std::string_view kAt = " at ";
  const std::string_view detail = reason.detail;
  const std::size_t at = std::min(detail.find(kAt), detail.size());
  for (std::string_view rest = detail.substr(0, at); !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(", "));
    if (const auto kind = Kinds::from_name(name)) reason.kinds |= *kind;
    rest.remove_prefix(std::min(rest.size(), name.size() + 2));
  }
  if (at == detail.size() || reason.kinds.empty()) return;
  constexpr std::string_view kMs = " ms";
  std::string_view digits = detail.substr(at + kAt.size());
  if (!digits.ends_with(kMs)) return;
  digits.remove_suffix(kMs.size());
  std::uint64_t moment = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), moment);
  if (error == std::errc() && end == digits.data() + digits.size()) reason.first_ms = moment;
}

// Reads the entries, whose groups and layers are known.
class EntryReader {
 public:
  EntryReader(KeepSpec& spec, Reasons groups, JsonText& in) : spec_(spec), groups_(std::move(groups)), in_(in) {}

  void read() {
    own_.clear();
    numbers_.clear();
    KeptEntry kept;
    kept.entry =
        entry_from_json(in_, spec_.layers.size(), [&](std::string_view name) { return read_field(name, kept); });
    kept.reasons = reasons_of(kept);
    const std::string& path = kept.entry.path;
    if (kept.reasons->empty()) in_.refuse("an entry without a reason: " + printable(path));
    if (!spec_.entries.empty()) require_order(in_, spec_.entries.back().entry.path, path);
    if (path != "/" && !is_directory(spec_, parent_of(path)))
      in_.refuse("an entry whose directory is not kept: " + printable(path));
    spec_.entries.push_back(std::move(kept));
  }

 private:
  // Whether NAME is a field that a kept entry has beside those of every entry.
  bool read_field(std::string_view name, KeptEntry& kept) {
    if (name == "package")
      kept.package = in_.path();
    else if (name == "first_ms")
      kept.first_ms = in_.number();
    else if (name == "reasons")
      in_.each([&] { take(own_, reason_from_json(in_)); });
    else if (name == "groups")
      in_.each([&] { take(numbers_, group_from(in_)); });
    else
      return false;
    return true;
  }

  template <typename List, typename One>
  void take(List& list, One one) {
    if (own_.size() + numbers_.size() == kMaxReasons) in_.refuse("an entry with too many reasons");
    list.push_back(std::move(one));
  }

  std::uint32_t group_from(JsonText& in) {
    const std::uint64_t number = in.number();
    if (number >= groups_.size()) in.refuse("\"groups\" names no group");
    return static_cast<std::uint32_t>(number);
  }

  std::shared_ptr<const Reasons> reasons_of(const KeptEntry& kept) {
    if (const auto known = shared_.find(numbers_); own_.empty() && known != shared_.end()) return known->second;
    Reasons reasons;
    for (ReadReason& own : own_) {
      if (!own.own_moment) own.reason.first_ms = kept.first_ms;
      reasons.push_back(std::move(own.reason));
    }
    for (const std::uint32_t number : numbers_) reasons.push_back(groups_[number]);
    auto list = std::make_shared<const Reasons>(std::move(reasons));
    if (own_.empty()) shared_.emplace(numbers_, list);
    return list;
  }

  KeepSpec& spec_;
  Reasons groups_;
  JsonText& in_;
  std::vector<ReadReason> own_;                                                  // of the entry that is being read
  std::vector<std::uint32_t> numbers_;                                           // of its groups
  std::map<std::vector<std::uint32_t>, std::shared_ptr<const Reasons>> shared_;  // of entries that have no others
};

}  // namespace

ReadReason reason_from_json(JsonText& in) {
  enum Name : std::uint8_t { kRule, kFrom, kDetail, kKinds, kFirst };
  constexpr std::string_view kNames[] = {"rule", "from", "detail", "kinds", "first_ms"};
  ReadReason read;
  Reason& reason = read.reason;
  JsonFields fields(in, "a reason", kNames, kDetail + 1);
  while (const auto field = fields.next()) {
    if (*field == kRule) reason.rule = in.string();
    if (*field == kFrom) reason.from = in.path();
    if (*field == kDetail) reason.detail = in.path();
    if (*field == kKinds)
      in.each([&] {
        const auto kind = Kinds::from_name(in.string());
        if (!kind) in.refuse("\"kinds\" names none that this winnow knows");
        reason.kinds |= *kind;
      });
    if (*field == kFirst) {
      read.own_moment = true;
      if (!in.take_null()) reason.first_ms = in.number();
    }
  }
  if (!reason.kinds.empty()) return read;
  reason.first_ms.reset();
  read.own_moment = true;
  read_earlier_touch(reason);
  return read;
}

void read_entries(JsonText in, KeepSpec& spec, Reasons groups) {
  constexpr std::string_view kNames[] = {"entries"};
  EntryReader entries(spec, std::move(groups), in);
  JsonFields fields(in, "a keep spec", kNames, std::size(kNames));
  while (fields.next()) in.each([&] { entries.read(); });
  if (spec.summary.kept_entries != spec.entries.size())
    in.refuse("\"summary\" does not count the entries that are there");
}

void read_additions(JsonText in, KeepSpec& spec) {
  const auto added_directory = [&](std::string_view path) {
    const auto at = std::ranges::lower_bound(spec.additions, path, {},
                                             [](const Addition& one) { return std::string_view(one.entry.path); });
    return at != spec.additions.end() && at->entry.path == path && at->entry.type == EntryType::kDirectory;
  };
  constexpr std::string_view kNames[] = {"additions"};
  JsonFields fields(in, "a keep spec", kNames, std::size(kNames));
  while (fields.next())
    in.each([&] {
      Addition addition = addition_from_json(in);
      const std::string& path = addition.entry.path;
      if (!spec.additions.empty()) require_order(in, spec.additions.back().entry.path, path);
      if (spec.find(path) != nullptr) in.refuse("an addition that is kept as well: " + printable(path));
      if (!is_directory(spec, parent_of(path)) && !added_directory(parent_of(path)))
        in.refuse("an addition without its directory: " + printable(path));
      spec.additions.push_back(std::move(addition));
    });
}

}  // namespace winnow
