#include "render/renderer.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "physics/numeric/error.h"
#include "render/scene_painter.h"

namespace flyball {
namespace {

// Scenes whose meshes and textures stay uploaded; beyond, the one drawn longest ago is dropped.
constexpr size_t kMostScenes = 16;
constexpr int kSheet = 1024;  // pixels

void CheckTarget(const PictureTarget& target) {
  for (const auto& [name, side] : {std::pair{"width", target.width}, {"height", target.height}}) {
    if (side < 1 || side > kMaxPictureSide) {
      throw InputError(std::string("picture ") + name + " is " + std::to_string(side) +
                       "; allowed is 1 to " + std::to_string(kMaxPictureSide) + " pixels");
    }
  }
  const size_t area = static_cast<size_t>(target.width) * static_cast<size_t>(target.height);
  const auto check = [](const char* name, size_t size, size_t wanted) {
    if (size == 0 || size == wanted) return;
    throw InputError(std::string("picture ") + name + " holds " + std::to_string(size) +
                     " values; this size has " + std::to_string(wanted));
  };
  check("rgb", target.rgb.size(), 3 * area);
  check("depth", target.depth.size(), area);
  check("segmentation", target.segmentation.size(), area);
}

void CheckMarkers(std::span<const Marker> markers) {
  const auto finite = [](const auto& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  };
  for (size_t i = 0; i < markers.size(); ++i) {
    const Marker& marker = markers[i];
    if (!finite(marker.p_W) || !finite(marker.q_W) || !finite(marker.size)) {
      throw InputError("markers[" + std::to_string(i) + "]: p_W, q_W and size must be finite");
    }
  }
}

void CheckView(const CameraView& view) {
  if (!view.camera.empty()) return;
  for (double value : {view.lookat_W[0], view.lookat_W[1], view.lookat_W[2], view.azimuth_deg,
                       view.elevation_deg}) {
    if (!std::isfinite(value)) throw InputError("CameraView: lookat and angles must be finite");
  }
  if (!(view.distance > 0) || !std::isfinite(view.distance)) {
    throw InputError("CameraView.distance is " + std::to_string(view.distance) +
                     "; allowed is a positive number of metres");
  }
  if (!(view.fovy_deg > 0 && view.fovy_deg < 180)) {
    throw InputError("CameraView.fovy_deg is " + std::to_string(view.fovy_deg) +
                     "; allowed is (0, 180)");
  }
}

}  // namespace

// The GL thread: one caller at a time hands it a function and waits for its end.
class Renderer::Thread {
 public:
  Thread(const GlLibraries& libraries, int sheet)
      : process_(getpid()), libraries_(libraries), sheet_(sheet), thread_([this] { Run(); }) {}

  ~Thread() {
    if (getpid() != process_) {
      thread_.detach();  // it stayed behind in the parent
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // Runs `work` on the GL thread with a context current; what it throws is thrown here.
  void Do(const std::function<void()>& work) {
    if (getpid() != process_) {
      throw Error(
          "pictures were drawn in this process's parent before fork(); OpenGL does not "
          "survive that. Start workers by spawn, or draw the first picture in the worker");
    }
    const std::lock_guard turn(callers_);
    std::unique_lock lock(mutex_);
    work_ = &work;
    error_ = nullptr;
    changed_.notify_all();
    changed_.wait(lock, [this] { return work_ == nullptr; });
    if (error_) std::rethrow_exception(error_);
  }

  // On the GL thread.
  ScenePainter& PainterOf(const Scene& scene, const PictureQuality& quality) {
    for (auto one = painters_.begin(); one != painters_.end(); ++one) {
      if (one->hash != scene.hash() || one->quality != quality) continue;
      painters_.splice(painters_.begin(), painters_, one);
      return *painters_.front().painter;
    }
    if (painters_.size() >= kMostScenes) {
      painters_.back().painter->Finish();
      painters_.pop_back();
    }
    painters_.push_front(
        {scene.hash(), quality, std::make_unique<ScenePainter>(scene.model(), quality, sheet_)});
    return *painters_.front().painter;
  }
  // Writes the pictures that were drawn and not read yet, or forgets them.
  void Finish(bool wanted) {
    for (Uploaded& one : painters_) {
      if (!one.painter->pending()) continue;
      if (wanted) {
        one.painter->Finish();
      } else {
        one.painter->Abandon();
      }
    }
  }
  void Drop(const Scene& scene) {
    painters_.remove_if([&](const Uploaded& one) { return one.hash == scene.hash(); });
  }
  const std::string& description() const { return context_->description(); }

 private:
  struct Uploaded {
    uint64_t hash;
    PictureQuality quality;
    std::unique_ptr<ScenePainter> painter;
  };

  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return work_ != nullptr || stopping_; });
      if (stopping_) break;
      try {
        // A failure to get a context is told to each caller anew: a library may be installed since.
        if (!context_) {
          context_ = GlContext::Make(libraries_);
          if (sheet_ == 0) sheet_ = context_->software() ? 1 : kSheet;
        }
        (*work_)();
      } catch (...) {
        error_ = std::current_exception();
      }
      work_ = nullptr;
      changed_.notify_all();
    }
    painters_.clear();
    context_.reset();
  }

  const pid_t process_;
  const GlLibraries libraries_;
  int sheet_;
  std::mutex callers_;  // one at a time
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  std::exception_ptr error_;
  bool stopping_ = false;
  std::unique_ptr<GlContext> context_;
  std::list<Uploaded> painters_;  // most recently used first
  std::thread thread_;            // last: it uses all of the above
};

Renderer& Renderer::Shared() {
  // Never destroyed: drivers' own exit handlers may have run before ours could.
  static Renderer* shared = new Renderer;
  return *shared;
}

Renderer::Renderer(GlLibraries libraries, int sheet)
    : libraries_(std::move(libraries)), sheet_(sheet) {}
Renderer::~Renderer() = default;

Renderer::Thread& Renderer::GlThread() {
  std::call_once(started_, [this] { thread_ = std::make_unique<Thread>(libraries_, sheet_); });
  return *thread_;
}

void Renderer::Draw(const World& world, const CameraView& view, const PictureTarget& target,
                    const PictureOptions& options, std::span<const Marker> markers) {
  // What cannot be drawn is refused before OpenGL is started.
  CheckTarget(target);
  CheckView(view);
  CheckMarkers(markers);
  Together([&](const Pen& pen) { pen(world, view, target, options, markers); });
}

void Renderer::Together(const std::function<void(const Pen& pen)>& work) {
  Thread& thread = GlThread();
  const Pen pen = [&thread](const World& world, const CameraView& view, const PictureTarget& target,
                            const PictureOptions& options, std::span<const Marker> markers) {
    CheckTarget(target);
    CheckView(view);
    CheckMarkers(markers);
    const int camera = view.camera.empty() ? -1 : world.scene().Id(Element::kCamera, view.camera);
    try {
      thread.PainterOf(world.scene(), QualityOf(target, options))
          .Draw(world.model(), world.data(), camera, view, options, markers, target);
    } catch (const InputError&) {
      throw;
    } catch (...) {
      thread.Drop(world.scene());  // its resources may be half made
      throw;
    }
  };
  thread.Do([&] {
    try {
      work(pen);
      thread.Finish(true);
    } catch (...) {
      thread.Finish(false);  // the caller's memory may be gone
      throw;
    }
  });
}

std::string Renderer::Description() {
  std::string text;
  Thread& thread = GlThread();
  thread.Do([&] { text = thread.description(); });
  return text;
}

Image Render(const World& world, const CameraView& view, int width, int height,
             const PictureOptions& options, std::span<const Marker> markers) {
  Image image{width, height, {}};
  // A wrong size is refused before memory is asked for it.
  CheckTarget({width, height});
  image.rgb.resize(3 * static_cast<size_t>(width) * static_cast<size_t>(height));
  Renderer::Shared().Draw(world, view, {width, height, image.rgb}, options, markers);
  return image;
}

}  // namespace flyball
