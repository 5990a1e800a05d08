// SPDX-License-Identifier: Apache-2.0
// Reads one JSON object a line: raw stretches of the tar, and files whose content is elsewhere.
#include "image/store/tar_split.h"

#include <fcntl.h>
#include <openssl/evp.h>

#include <algorithm>
#include <optional>

#include "image/layer/blob_stream.h"
#include "image/store/json.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// tar-split's storage.Type.
constexpr int kFile = 1;
constexpr int kSegment = 2;
constexpr std::size_t kMaxLine = std::size_t{64} << 20;

Result<std::string> decode_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0 || text.size() % 4 != 0) return fail("a piece that is not base64");
  const auto padding = static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0);
  bytes.resize(static_cast<std::size_t>(n) - padding);
  return bytes;
}

struct Piece {
  std::string bytes;       // of a segment
  std::string file;        // whose content comes here
  std::uint64_t size = 0;  // of that content
};

std::string bytes_of(const Json& object, const char* key) {
  auto bytes = decode_base64(string_of(object, key));
  if (!bytes) throw std::runtime_error(bytes.error().what);
  return std::move(*bytes);
}

Result<Piece> read_piece(std::string_view line) {
  return guarded("the layer's tar-split file", [&] {
    const Json json = parse_json(line);
    const Json* const type = member(json, "type");
    if (type == nullptr || (*type != kFile && *type != kSegment))
      throw std::runtime_error("a piece of an unknown type");
    Piece piece;
    if (*type == kSegment) {
      piece.bytes = bytes_of(json, "payload");
      return piece;
    }
    if (const Json* const size = member(json, "size")) piece.size = size->get<std::uint64_t>();
    // A name that is not UTF-8 stands as bytes.
    piece.file = member(json, "name_raw") != nullptr ? bytes_of(json, "name_raw") : string_of(json, "name");
    return piece;
  });
}

class TarSplitReader final : public ByteReader {
 public:
  TarSplitReader(std::unique_ptr<Budget> budget, BlobStream lines, Fd directory)
      : budget_(std::move(budget)), lines_(std::move(lines)), directory_(std::move(directory)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    for (;;) {
      if (!segment_.empty()) {
        const std::size_t n = std::min(segment_.size(), buffer.size());
        std::ranges::copy(std::as_bytes(std::span(segment_).first(n)), buffer.begin());
        segment_.erase(0, n);
        return n;
      }
      if (left_ > 0) return read_file(buffer);
      TRY(const auto more, next_piece());
      if (!more) return 0;
    }
  }

 private:
  Result<std::size_t> read_file(std::span<std::byte> buffer) {
    const auto n = content_->read(buffer.first(std::min<std::uint64_t>(buffer.size(), left_)));
    if (!n) return n;
    if (*n == 0) return fail(printable(name_) + " in the layer's directory is shorter than it was");
    left_ -= *n;
    return n;
  }

  Result<bool> next_piece() {
    const auto line = next_line();
    if (!line) return std::unexpected(line.error().within("the layer's tar-split file"));
    if (line->empty()) return false;
    TRY(auto piece, read_piece(*line));
    segment_ = std::move(piece.bytes);
    left_ = piece.size;
    if (left_ == 0) return true;
    name_ = normal_path(piece.file);
    // Links on the way are part of the layer; openat2(2) keeps them inside.
    auto range = open_in_root(directory_, name_.substr(1));
    if (!range) return std::unexpected(range.error().within(printable(name_) + " in the layer's directory"));
    content_.emplace(std::move(*range));
    return true;
  }

  Result<std::string> next_line() {
    for (;;) {
      if (const auto end = text_.find('\n', at_); end != std::string::npos) {
        std::string line = text_.substr(at_, end - at_);
        at_ = end + 1;
        if (!line.empty()) return line;
        continue;
      }
      text_.erase(0, std::exchange(at_, 0));
      if (text_.size() > kMaxLine) return fail("a line that is too long");
      TRY(const auto piece, lines_.read());
      if (piece.empty()) return std::exchange(text_, {});
      text_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
  }

  std::unique_ptr<Budget> budget_;  // lines_ looks at it
  BlobStream lines_;
  Fd directory_;
  std::string text_;     // lines that were read
  std::size_t at_ = 0;   // how far they were looked at
  std::string segment_;  // what is left of it
  std::string name_;
  std::optional<FileRange> content_;
  std::uint64_t left_ = 0;  // of the content
};

}  // namespace

Result<std::unique_ptr<ByteReader>> open_tar_split(std::unique_ptr<ByteReader> split, Fd directory) {
  auto budget = std::make_unique<Budget>(Limits{});
  auto lines = BlobStream::open(std::move(split), *budget, BlobStream::Hashing::kOff);
  if (!lines) return std::unexpected(lines.error().within("the layer's tar-split file"));
  return std::make_unique<TarSplitReader>(std::move(budget), std::move(*lines), std::move(directory));
}

Result<std::unique_ptr<ByteReader>> open_tar_split(const std::string& split, const std::string& directory) {
  TRY(auto file, open_file(split, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  TRY(const auto range, FileRange::of(file.get()));
  TRY(auto opened, open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  return open_tar_split(range.reader(), std::move(opened));
}

}  // namespace winnow
