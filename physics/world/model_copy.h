// A light copy of an mjModel: numbers are its own, assets (meshes, textures, height fields, names)
// are shared with the original, which must outlive it. A randomised row owns one.
#ifndef FLYBALL_PHYSICS_WORLD_MODEL_COPY_H_
#define FLYBALL_PHYSICS_WORLD_MODEL_COPY_H_

#include <cstddef>
#include <memory>

typedef struct mjModel_ mjModel;

namespace flyball {

class ModelCopy {
 public:
  enum class Depth {
    kOptions,  // only mjModel's own fields (option, statistic): every array is shared
    kNumbers,  // all arrays but assets are copied
  };
  ModelCopy(const mjModel& original, Depth depth);
  ~ModelCopy();
  ModelCopy(const ModelCopy&) = delete;
  ModelCopy& operator=(const ModelCopy&) = delete;

  mjModel& model() { return *model_; }
  const mjModel& model() const { return *model_; }
  size_t memory_bytes() const;

  // Copies the original's numbers again, so that no trace of earlier changes is left.
  void Restore();

 private:
  const mjModel& original_;
  Depth depth_;
  std::unique_ptr<mjModel> model_;
  std::unique_ptr<std::byte[]> arrays_;
  size_t size_ = 0;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_MODEL_COPY_H_
