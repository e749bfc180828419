#include "physics/world/model_copy.h"

#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>

#include <cstring>
#include <string_view>

namespace flyball {
namespace {

// Arrays that neither an override nor mj_setConst changes, and that are large where they are used.
constexpr bool IsAsset(std::string_view name) {
  for (std::string_view prefix : {"mesh_", "tex_", "skin_", "hfield_", "names", "paths", "text_"}) {
    if (name.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

constexpr size_t Aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Calls visit(pointer in `to`, pointer in `from`, bytes) for every array that is not an asset.
template <class Visit>
void ForEachNumberArray(mjModel* to, const mjModel* from, const Visit& visit) {
  MJMODEL_POINTERS_PREAMBLE(from)
#undef MJ_M
#define MJ_M(n) from->n
#define X(type, name, rows, columns)                                                      \
  if constexpr (!IsAsset(#name)) {                                                        \
    visit(to->name, from->name,                                                           \
          sizeof(type) * static_cast<size_t>(from->rows) * static_cast<size_t>(columns)); \
  }
  MJMODEL_POINTERS
#undef X
      // The macro's preamble names sizes that only some versions of the list use.
      (void) nuser_body,
      (void)nuser_jnt, (void)nuser_geom, (void)nuser_site, (void)nuser_cam;
  (void)nuser_tendon, (void)nuser_actuator, (void)nuser_sensor, (void)nq, (void)nv, (void)na;
  (void)nu, (void)nmocap, (void)nplastic;
}

}  // namespace

ModelCopy::ModelCopy(const mjModel& original, Depth depth)
    : original_(original), depth_(depth), model_(std::make_unique<mjModel>(original)) {
  if (depth_ == Depth::kOptions) return;
  ForEachNumberArray(model_.get(), &original_,
                     [&](auto*, const auto*, size_t bytes) { size_ += Aligned(bytes); });
  arrays_ = std::make_unique<std::byte[]>(size_ + 64);
  Restore();
}

ModelCopy::~ModelCopy() = default;

size_t ModelCopy::memory_bytes() const { return sizeof(mjModel) + size_; }

void ModelCopy::Restore() {
  *model_ = original_;
  if (depth_ == Depth::kOptions) return;
  size_t offset = Aligned(reinterpret_cast<uintptr_t>(arrays_.get())) -
                  reinterpret_cast<uintptr_t>(arrays_.get());
  ForEachNumberArray(model_.get(), &original_, [&](auto*& to, const auto* from, size_t bytes) {
    to = reinterpret_cast<std::remove_reference_t<decltype(to)>>(arrays_.get() + offset);
    if (bytes) std::memcpy(to, from, bytes);
    offset += Aligned(bytes);
  });
}

}  // namespace flyball
