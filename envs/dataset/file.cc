#include "envs/dataset/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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
      const ssize_t written = ::write(value_, bytes.data(), std::min(bytes.size(), kMost));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) Fail("write", path_);
      bytes = bytes.subspan(written);
    }
  }
  void Sync() {
    if (::fsync(value_) != 0) Fail("sync", path_);
  }

 private:
  fs::path path_;
  int value_;
};

void SyncFolder(const fs::path& folder) {
  Descriptor(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY, "open").Sync();
}

}  // namespace

void WriteWhole(const fs::path& path, std::initializer_list<std::span<const std::byte>> parts) {
  fs::path temporary = path;
  temporary += ".tmp";
  try {
    Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, "create");
    for (const std::span<const std::byte> part : parts) file.Write(part);
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

std::vector<std::byte> ReadWhole(const fs::path& path) {
  Descriptor file(path, O_RDONLY, "open");
  struct stat status;
  if (::fstat(file.get(), &status) != 0) Fail("read", path);
  if (!S_ISREG(status.st_mode)) throw DataError("'" + path.string() + "' is not a file");
  std::vector<std::byte> bytes(status.st_size);
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
  const std::vector<std::byte> bytes = ReadWhole(path);
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
