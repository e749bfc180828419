#include "envs/dataset/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const char* what, const fs::path& path) {
  const int reason = errno;
  throw DataError("cannot " + std::string(what) + " '" + path.string() +
                  "': " + std::strerror(reason));
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, const char* what) : path_(path) {
    do {
      value_ = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    } while (value_ < 0 && errno == EINTR);
    if (value_ < 0) Fail(what, path);
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

  void Write(std::span<const std::byte> bytes) {
    // Some systems write no more than 2 GiB at once.
    constexpr size_t kMost = size_t{1} << 30;
    while (!bytes.empty()) {
      const size_t size = std::min(bytes.size(), kMost);
      const ssize_t written = ::write(value_, bytes.data(), size);
      if (written < 0 && errno == EINTR) continue;
      // What is not aligned any more, or not where the file is, goes through the system's cache.
      const bool whole = written == static_cast<ssize_t>(size);
      if (direct_ && !whole && SetDirect(false) && (written >= 0 || errno == EINVAL)) {
        bytes = bytes.subspan(std::max<ssize_t>(written, 0));
        continue;
      }
      if (written < 0) Fail("write", path_);
      bytes = bytes.subspan(written);
    }
  }
  // Whether writes go past the system's cache; false if it could not be had.
  bool SetDirect(bool direct) {
    const int reason = errno, flags = ::fcntl(value_, F_GETFL);
    const int wanted = direct ? flags | O_DIRECT : flags & ~O_DIRECT;
    const bool set = flags >= 0 && ::fcntl(value_, F_SETFL, wanted) == 0;
    if (set) direct_ = direct;
    errno = reason;
    return set;
  }
  void Sync() {
    if (::fsync(value_) != 0) Fail("sync", path_);
  }

 private:
  fs::path path_;
  int value_;
  bool direct_ = false;
};

// Large files go past the system's cache: filling that takes longer than making what is written,
// and nobody is about to read it. Pieces are gathered in aligned memory, as the disk takes them.
void WriteParts(Descriptor& file, std::initializer_list<std::span<const std::byte>> parts) {
  constexpr size_t kPiece = size_t{4} << 20, kAligned = 4096;
  size_t size = 0;
  for (const std::span<const std::byte> part : parts) size += part.size();
  if (size < kPiece || !file.SetDirect(true)) {
    for (const std::span<const std::byte> part : parts) file.Write(part);
    return;
  }
  const std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(kAligned, kPiece),
                                                           &std::free);
  if (!memory) throw std::bad_alloc();
  const std::span piece(static_cast<std::byte*>(memory.get()), kPiece);
  size_t filled = 0;
  for (std::span<const std::byte> part : parts) {
    while (!part.empty()) {
      const size_t taken = std::min(part.size(), kPiece - filled);
      std::memcpy(piece.data() + filled, part.data(), taken);
      part = part.subspan(taken);
      filled += taken;
      if (filled < kPiece) continue;
      file.Write(piece);
      filled = 0;
    }
  }
  const size_t aligned = filled / kAligned * kAligned;
  file.Write(piece.first(aligned));
  file.SetDirect(false);
  file.Write(piece.subspan(aligned, filled - aligned));
}

void SyncFolder(const fs::path& folder) {
  Descriptor(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY, "open").Sync();
}

}  // namespace

void WriteWhole(const fs::path& path, std::initializer_list<std::span<const std::byte>> parts) {
  fs::path temporary = path;
  temporary += ".tmp";
  try {
    Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, "create");
    WriteParts(file, parts);
    file.Sync();
    if (::rename(temporary.c_str(), path.c_str()) != 0) Fail("rename", temporary);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  SyncFolder(path.parent_path());
}

void AppendWhole(const fs::path& path, std::string_view text) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND, "open");
  struct stat before;
  if (::fstat(file.get(), &before) != 0) Fail("read", path);
  try {
    file.Write(std::as_bytes(std::span(text)));
    file.Sync();
  } catch (...) {
    if (::ftruncate(file.get(), before.st_size) != 0) {
    }  // a torn last line is dropped on reading
    throw;
  }
  if (before.st_size == 0) SyncFolder(path.parent_path());
}

ByteVector ReadWhole(const fs::path& path) {
  Descriptor file(path, O_RDONLY, "open");
  struct stat status;
  if (::fstat(file.get(), &status) != 0) Fail("read", path);
  if (!S_ISREG(status.st_mode)) throw DataError("'" + path.string() + "' is not a file");
  ByteVector bytes(status.st_size);
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) Fail("read", path);
    if (got == 0) throw DataError("'" + path.string() + "' became shorter while it was read");
    at += got;
  }
  return bytes;
}

std::string ReadText(const fs::path& path) {
  const ByteVector bytes = ReadWhole(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void CutFile(const fs::path& path, uint64_t size) {
  Descriptor file(path, O_WRONLY, "open");
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) Fail("cut", path);
  file.Sync();
}

FolderLock::FolderLock(const fs::path& folder) {
  const fs::path path = folder / "lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) Fail("open", path);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = errno == EWOULDBLOCK;
    if (!taken) {
      ::close(descriptor_);
      Fail("lock", path);
    }
    ::close(descriptor_);
    throw DataError("'" + folder.string() + "' is being written by another run");
  }
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace flyball::dataset
