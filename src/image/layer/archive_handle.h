// SPDX-License-Identifier: Apache-2.0
// Owners for libarchive's objects, and the locale under which it leaves names alone.
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

// libarchive converts names of pax headers to the locale's character set, and in UTF-8 locales it even composes accents
// (NFC). In the C locale it fails to convert and keeps the bytes, which is what is wanted. Holds for the calling
// thread.
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
