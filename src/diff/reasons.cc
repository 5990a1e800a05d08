// SPDX-License-Identifier: Apache-2.0
// From why an entry is kept back to what began it: the program that touched something, the config, a glob.
#include <algorithm>

#include "diff/tree.h"

namespace winnow {
namespace {

// A program that touched the entry answers why.
bool begins(const Reason& reason) { return traits_of(reason.rule).by_program; }

// One that begins goes before the first: "accessed" tells more than "parent".
const Reason* best_of(const std::vector<Reason>& reasons) {
  const auto found = std::ranges::find_if(reasons, begins);
  return found != reasons.end() ? &*found : &reasons.front();
}

// The origin of every entry that was asked for, remembered: chains meet.
class Origins {
 public:
  explicit Origins(const Tree& tree) : tree_(tree), known_(tree.items.size()), visited_(tree.items.size()) {}

  const Reason* of(const Item& start) {
    std::vector<std::size_t> way;
    const Item* item = &start;
    const Reason* origin = nullptr;
    while (origin == nullptr) {
      const auto at = static_cast<std::size_t>(item - tree_.items.data());
      if (known_[at] != nullptr) {
        origin = known_[at];
        break;
      }
      const Reason* const best = best_of(*item->reasons);
      way.push_back(at);
      visited_[at] = true;
      const Item* const next = begins(*best) ? nullptr : tree_.find(best->from);
      const bool ends = next == nullptr || next->reasons == nullptr || next->reasons->empty() ||
                        (visited_[static_cast<std::size_t>(next - tree_.items.data())] &&
                         known_[static_cast<std::size_t>(next - tree_.items.data())] == nullptr);
      if (ends)
        origin = best;
      else
        item = next;
    }
    for (const std::size_t at : way) known_[at] = origin;
    return origin;
  }

 private:
  const Tree& tree_;
  std::vector<const Reason*> known_;
  std::vector<bool> visited_;  // on the way of this chain, or known
};

}  // namespace

void find_origins(const Tree& a, const Tree& b, TreeDiff& diff) {
  Origins before(a);
  Origins after(b);
  for (EntryChange& change : diff.entries) {
    if (change.reasons == nullptr || change.reasons->empty()) continue;
    const bool gone = change.after == nullptr;
    if (const Item* const item = (gone ? a : b).find(change.entry().path))
      change.origin = (gone ? before : after).of(*item);
  }
}

}  // namespace winnow
