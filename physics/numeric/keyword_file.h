// KeywordFile: the small text files that data of ours and of users stand in (airframes, robots, linear plants). The
// first line says what the file is; each line after it is a keyword and its values, separated by
// spaces. Blank lines and lines that begin with # are skipped.
#ifndef FLYBALL_PHYSICS_NUMERIC_KEYWORD_FILE_H_
#define FLYBALL_PHYSICS_NUMERIC_KEYWORD_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

class KeywordFile {
 public:
  enum class Range { kAny, kNotNegative, kPositive };

  // `kind` ("drone file") and `path` are for messages; all failures are DataErrors that name them and
  // the line. Fails unless the first line is `magic`.
  KeywordFile(std::string_view text, std::string kind, std::string path, std::string_view magic);

  // Goes to the next line that says something and reads its keyword; false at the end. A keyword that
  // came before fails, unless it is `repeated`.
  bool Next(std::string_view repeated = {});
  // The same for a line of values alone, such as a matrix's row; the keyword stays.
  bool NextRow() { return NextLine(); }
  const std::string& keyword() const { return keyword_; }
  bool Has(std::string_view keyword) const;

  // The values of this line, from left to right.
  double Number(Range range = Range::kAny);
  int64_t Integer(int64_t low, int64_t high);
  std::string_view Word();  // fails if there is none left
  std::string Rest();       // all that is left, as it stands
  bool AtEnd() const { return line_.empty(); }
  std::vector<double> Numbers(Range range = Range::kAny);  // all that are left; at least one
  std::vector<std::string> Words();                        // all that are left; at least one
  void End();                                              // fails if there is something left

  // For what only the whole file shows: messages no longer name a line.
  void ForgetLine() { line_number_ = 0; }
  [[noreturn]] void Fail(const std::string& what) const;

 private:
  bool NextLine();

  std::string_view rest_, line_;
  std::string kind_, path_, keyword_;
  int line_number_ = 0;
  std::vector<std::string> seen_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_KEYWORD_FILE_H_
