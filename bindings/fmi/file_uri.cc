#include "bindings/fmi/file_uri.h"

#include <cstdlib>

#include "physics/numeric/error.h"

namespace flyball::fmi {

std::string FolderOf(const char* uri) {
  std::string text = uri ? uri : "";
  if (!text.starts_with("file:/")) {
    throw InputError("the resources are at '" + text + "'; a file: URI is wanted");
  }
  text.erase(0, text.starts_with("file://") ? 7 : 5);
  if (const size_t slash = text.find('/'); slash != 0 && slash != std::string::npos) {
    text.erase(0, slash);  // file://localhost/...
  }
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      path += static_cast<char>(std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      path += text[i];
    }
  }
  return path;
}

}  // namespace flyball::fmi
