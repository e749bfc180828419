// A disk that loses its power, to be preloaded (LD_PRELOAD) into a process that writes a folder.
//
// What a power cut leaves is what was synced: a file's bytes as of its last fsync, a folder's names
// as of the folder's last fsync; or more, since the system may write early what nobody synced. This
// keeps that state beside the folder and, at the N-th call that changes anything, kills the process.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

namespace {

namespace fs = std::filesystem;

std::recursive_mutex mutex;
long calls_made = 0;
thread_local bool inside = false;  // of this library's own calls

enum Early { kNothing = 0, kNames = 1, kNamesAndBytes = 2 };  // is on the disk before it is synced

struct Disk {
  fs::path folder;  // watched: the files directly in it
  fs::path state;   // blobs/<inode>, and names: lines of "inode name"
  long calls = 0;   // after these the power goes
  int early = kNothing;
} disk;

template <class F>
F Next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

fs::path PathOf(int descriptor) {
  std::error_code error;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error);
}

bool Watched(const fs::path& path) {
  return !disk.folder.empty() && path.parent_path() == disk.folder;
}

// The bytes of a file are on the disk.
void KeepBytes(const fs::path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return;
  std::error_code error;
  fs::copy_file(path, disk.state / "blobs" / std::to_string(status.st_ino),
                fs::copy_options::overwrite_existing, error);
}

// The names in the folder are on the disk.
void KeepNames() {
  std::ofstream names(disk.state / "names.tmp");
  for (const fs::directory_entry& entry : fs::directory_iterator(disk.folder)) {
    struct stat status;
    if (::stat(entry.path().c_str(), &status) != 0) continue;
    names << status.st_ino << ' ' << entry.path().filename().string() << '\n';
  }
  names.close();
  fs::rename(disk.state / "names.tmp", disk.state / "names");
}

// Runs one call that changes something, or does not come to it.
template <class Call>
auto Changing(const Call& call, const fs::path& file) {
  const std::lock_guard guard(mutex);
  if (++calls_made > disk.calls) ::kill(::getpid(), SIGKILL);
  inside = true;
  const auto result = call();
  if (disk.early >= kNames) KeepNames();
  if (disk.early >= kNamesAndBytes) KeepBytes(file);
  inside = false;
  return result;
}

}  // namespace

extern "C" {

void flyball_watch_disk(const char* folder, const char* state, long calls, int early) {
  fs::create_directories(fs::path(state) / "blobs");
  calls_made = 0;
  disk = {folder, state, calls, early};
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t)>("write");
  if (inside) return next(descriptor, bytes, size);
  const fs::path path = PathOf(descriptor);
  if (!Watched(path)) return next(descriptor, bytes, size);
  // In two halves, so that the power can go between them.
  const size_t half = size / 2;
  const ssize_t first = Changing([&] { return next(descriptor, bytes, half); }, path);
  if (first < static_cast<ssize_t>(half)) return first;
  const auto* rest = static_cast<const char*>(bytes) + half;
  return first + Changing([&] { return next(descriptor, rest, size - half); }, path);
}

int fsync(int descriptor) {
  static const auto next = Next<int (*)(int)>("fsync");
  const fs::path path = PathOf(descriptor);
  if (inside || (!Watched(path) && path != disk.folder)) return next(descriptor);
  return Changing(
      [&] {
        path == disk.folder ? KeepNames() : KeepBytes(path);
        return 0;
      },
      path);
}

int rename(const char* from, const char* to) {
  static const auto next = Next<int (*)(const char*, const char*)>("rename");
  if (inside || !Watched(to)) return next(from, to);
  return Changing([&] { return next(from, to); }, to);
}

int ftruncate(int descriptor, off_t size) {
  static const auto next = Next<int (*)(int, off_t)>("ftruncate");
  const fs::path path = PathOf(descriptor);
  if (inside || !Watched(path)) return next(descriptor, size);
  return Changing([&] { return next(descriptor, size); }, path);
}

int unlink(const char* path) {
  static const auto next = Next<int (*)(const char*)>("unlink");
  if (inside || !Watched(path)) return next(path);
  return Changing([&] { return next(path); }, path);
}

}  // extern "C"
