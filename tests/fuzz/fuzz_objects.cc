// SPDX-License-Identifier: Apache-2.0
// Fuzz target: objects of a store as somebody else may write them, texts with "%%" lines between them: a head, and the
// object of every further part. What is read is a profile of the image that its head names. The first byte says whether
// a right digest and packed data are put in, else no input would come that far.
#include <map>

#include "store/json.h"
#include "store/payload.h"
#include "target.h"
#include "winnow/base/digest.h"
#include "winnow/store/fetch.h"
#include "winnow/store/profiles.h"

namespace {

using namespace winnow;

class TwoObjects final : public ObjectStore {
 public:
  TwoObjects(std::string head, std::string part) : head_(std::move(head)), part_(std::move(part)) {}
  Result<Applied> apply(const std::string&, const std::string&) override { return Applied::kDone; }
  Result<Applied> apply_status(const std::string&, const std::string&) override { return Applied::kDone; }
  Result<bool> remove(const std::string&, const std::string&) override { return true; }
  Result<std::optional<std::string>> get(const std::string& name) override {
    if (std::ranges::count(name, '-') == 1) return head_;
    return ++asked_ > 3 ? std::nullopt : std::optional(part_);
  }
  Result<void> each(const std::string&, const std::string&, const See& see) override {
    TRY_DO(see(head_));
    return see(part_);
  }
  [[nodiscard]] std::string str() const override { return "two objects"; }

 private:
  std::string head_, part_;
  int asked_ = 0;
};

// HEAD with its data taken for the text of a profile: packed, and with its digest.
std::string packed(const std::string& head) {
  auto object = parse_object(head);
  if (!object) return head;
  const std::string text = text_at(*object, {"spec", "data"});
  const auto data = pack(text);
  if (!data || member_at(*object, {"spec", "data"}) == nullptr) return head;
  (*object)["spec"]["data"] = *data;
  (*object)["spec"]["digest"] = Digest::of(text).str();
  return object->dump(-1, ' ', true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = test::text_of(data, size);
  if (text.empty()) return 0;
  const bool pack_it = text.front() == 'p';
  text.remove_prefix(1);
  constexpr std::string_view kBetween = "\n%%\n";
  const auto end = text.find(kBetween);
  std::string head(text.substr(0, end));
  const std::string part(end == std::string_view::npos ? std::string_view() : text.substr(end + kBetween.size()));
  TwoObjects objects(pack_it ? packed(head) : head, part);
  ProfileStore store(objects);
  std::vector<std::string> refused;
  const auto heads = store.list(std::nullopt, refused);
  test::require(heads.has_value());
  for (const StoredHead& one : *heads) {
    test::require(one.image.valid() && one.digest.valid() && one.parts >= 1 && one.references.size() <= 256);
    test::require(is_called(one, one.image.str()));
    for (const std::string& name : one.references) test::require(is_called(one, name));
    const auto profile = store.read(one);
    if (!profile) continue;
    test::require(profile->image.id == one.image && Digest::of(to_json(*profile)).valid());
  }
  (void)heads_table(*heads);
  (void)heads_json(*heads);
  (void)unpack(text);
  return 0;
}
