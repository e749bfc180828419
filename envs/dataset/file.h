// Files that are either whole or not there, and a folder that one run at a time writes. Every
// failure is a DataError with the path and the system's reason.
#ifndef FLYBALL_ENVS_DATASET_FILE_H_
#define FLYBALL_ENVS_DATASET_FILE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "envs/dataset/byte_vector.h"

namespace flyball::dataset {

// Writes the parts, one after the other, to `path`.tmp, syncs it, renames it to `path` and syncs the
// folder. After a failure there is no .tmp, and what stood under `path` still stands.
void WriteWhole(const std::filesystem::path& path,
                std::initializer_list<std::span<const std::byte>> parts);
// Appends and syncs; after a failure the file is as long as before.
void AppendWhole(const std::filesystem::path& path, std::string_view text);
ByteVector ReadWhole(const std::filesystem::path& path);
std::string ReadText(const std::filesystem::path& path);
// Cuts a file to its first `size` bytes, synced.
void CutFile(const std::filesystem::path& path, uint64_t size);

// Holds the folder's lock while it lives. Throws DataError if another process or thread has it.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_FILE_H_
