#ifndef FLYBALL_BINDINGS_FMI_FILE_URI_H_
#define FLYBALL_BINDINGS_FMI_FILE_URI_H_

#include <string>

namespace flyball::fmi {

// The folder that a file URI names: file:///a%20b/c and file:/a%20b/c are /a b/c. Throws InputError for
// another URI, and for none.
std::string FolderOf(const char* uri);

}  // namespace flyball::fmi

#endif  // FLYBALL_BINDINGS_FMI_FILE_URI_H_
