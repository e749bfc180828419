// A folder that goes away with the test.
#ifndef FLYBALL_TESTS_ENVS_DATASET_TEMPORARY_FOLDER_H_
#define FLYBALL_TESTS_ENVS_DATASET_TEMPORARY_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <map>
#include <string>

#include "envs/dataset/file.h"

namespace flyball::dataset {

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "flyball_XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

// Names and contents of all files of a folder, the lock aside.
inline std::map<std::string, std::string> FilesOf(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename() == "lock") continue;
    files[entry.path().filename().string()] = ReadText(entry.path());
  }
  return files;
}

}  // namespace flyball::dataset

#endif  // FLYBALL_TESTS_ENVS_DATASET_TEMPORARY_FOLDER_H_
