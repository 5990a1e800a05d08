// SPDX-License-Identifier: Apache-2.0
// Smart pointers for libarchive's objects, and the locale in which it does not change names.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <clocale>
#include <memory>

#include "winnow/base/text.h"

namespace winnow {

struct FreeArchive {
  void operator()(archive* handle) const { archive_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

struct FreeArchiveEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using ArchiveEntryHandle = std::unique_ptr<archive_entry, FreeArchiveEntry>;

inline std::string archive_error(archive* handle) {
  const char* text = archive_error_string(handle);
  return text != nullptr ? printable(text) : "unknown error";
}

// Sets the C locale for the calling thread until the object is destroyed. libarchive converts names of pax headers to
// the character set of the locale, and composes accents (NFC) in a UTF-8 locale. In the C locale this fails, and
// libarchive keeps the bytes, which is what winnow wants.
class ByteLocale {
 public:
  ByteLocale() : locale_(::newlocale(LC_ALL_MASK, "C", nullptr)), previous_(::uselocale(locale_)) {}
  ByteLocale(const ByteLocale&) = delete;
  ByteLocale& operator=(const ByteLocale&) = delete;
  ~ByteLocale() {
    ::uselocale(previous_);
    ::freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t previous_;
};

}  // namespace winnow
