// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the JSON documents of images. The first byte chooses which one the rest is taken for.
#include "image/limits.h"
#include "image/store/documents.h"
#include "target.h"
#include "winnow/base/digest.h"

namespace {

using namespace winnow;

void index_takes_another(const std::string& text) {
  const Descriptor mine{.media_type = "m", .digest = Digest::of("m"), .size = 1, .ref_name = "mine"};
  const auto written = write_oci_index(text, mine);
  if (!written) return;
  const auto again = read_oci_document(*written);
  test::require(again && !again->manifests.empty() && again->manifests.back().ref_name == "mine");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(test::text_of(data + 1, size - 1));
  switch (data[0] % 3) {
    case 0:
      if (const auto images = read_docker_manifest(text); images && images->size() == 1) {
        const auto again = read_docker_manifest(write_docker_manifest(images->front()).value());
        test::require(again && again->front().layers == images->front().layers);
      }
      break;
    case 1:
      if (const auto document = read_oci_document(text))
        test::require(document->config.has_value() || document->layers.empty());
      index_takes_another(text);
      break;
    default:
      if (const auto config = read_config(text))
        for (const Digest& diff_id : config->diff_ids) test::require(diff_id.valid());
  }
  return 0;
}
