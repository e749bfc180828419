// RecycledRow: columns of row 0 as Python sees them after a step. Arrays and dictionaries that nobody
// has a reference to any more are filled again, which takes a fraction of the time that making them
// takes; as long as anybody has one, it stays as it is and another is made. All calls need the GIL.
#ifndef FLYBALL_BINDINGS_RECYCLED_ROW_H_
#define FLYBALL_BINDINGS_RECYCLED_ROW_H_

#include <array>
#include <vector>

#include "bindings/column_view.h"

namespace flyball {

class RecycledRow {
 public:
  enum class Form {
    kArray,    // of the only column
    kArrays,   // a dictionary of arrays
    kNumbers,  // a dictionary of arrays, and of numbers where a row has no dimensions
  };
  RecycledRow(std::vector<Column>& columns, Form form);
  ~RecycledRow();
  RecycledRow(const RecycledRow&) = delete;
  RecycledRow& operator=(const RecycledRow&) = delete;

  // A new reference; null with the Python error set.
  PyObject* Take();
  // For the garbage collector: a user may have put anything into a dictionary.
  int Traverse(visitproc visit, void* arg) const;

 private:
  // What was handed out, to be looked at again two steps later: a loop holds the last step's results
  // until it has the next one's.
  struct Array {
    PyObject* object = nullptr;  // null for a number
    void* data;
    PyArray_Descr* descr;
    int flags;
  };
  struct Slot {
    PyObject* result = nullptr;  // owned; an array, or a dictionary that owns the arrays
    std::vector<Array> arrays;   // one per column
  };

  bool IsNumber(const ColumnView& column) const {
    return form_ == Form::kNumbers && column.row_dimensions() == 0;
  }
  bool IsIdle(const Slot& slot) const;
  bool IsUntouched(const ColumnView& column, const Array& array) const;
  bool Refill(Slot& slot);
  bool Make(Slot& slot);

  std::vector<ColumnView> columns_;
  Form form_;
  std::array<Slot, 2> slots_;
  int next_ = 0;  // the one handed out longest ago
};

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_RECYCLED_ROW_H_
