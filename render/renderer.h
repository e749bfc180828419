// Draws worlds of either engine, without a window. All OpenGL happens on one thread of its own, which
// starts at the first picture; a scene is uploaded once, whatever number of worlds show it.
#ifndef FLYBALL_RENDER_RENDERER_H_
#define FLYBALL_RENDER_RENDERER_H_

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "physics/world/world.h"
#include "render/gl_context.h"
#include "render/picture.h"

namespace flyball {

class Renderer {
 public:
  // The process's own. A child of fork() must not use its parent's: it is told so.
  static Renderer& Shared();

  // sheet: pixels, sides of a buffer that the small pictures of one turn (Together) share, to be read
  // at once; 0: by the driver. A graphics card then waits once a sheet and not once a picture; where
  // the processor draws there is none, since a larger buffer slows it (by a fifth, measured).
  explicit Renderer(GlLibraries libraries = GlLibraries::FromEnvironment(), int sheet = 0);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  // Draws into the caller's memory and returns when it is there. Callable from any thread; the world
  // must not be stepped meanwhile. Throws InputError on a wrong size, camera or marker and Error if
  // there is no OpenGL.
  void Draw(const World& world, const CameraView& view, const PictureTarget& target,
            const PictureOptions& options = {}, std::span<const Marker> markers = {});

  // Many pictures at one turn, without others in between: `work` is run by the GL thread, and what it
  // draws with the pen is in the caller's memory when Together returns. No call of the renderer may
  // be made from within. Throws what `work` throws.
  using Pen = std::function<void(const World&, const CameraView&, const PictureTarget&,
                                 const PictureOptions&, std::span<const Marker>)>;
  void Together(const std::function<void(const Pen& pen)>& work);

  // "EGL device 0", ...; starts OpenGL if need be.
  std::string Description();

 private:
  class Thread;
  Thread& GlThread();  // starts it at the first call

  GlLibraries libraries_;
  int sheet_;
  std::once_flag started_;
  std::unique_ptr<Thread> thread_;
};

// One picture by the shared renderer.
Image Render(const World& world, const CameraView& view, int width, int height,
             const PictureOptions& options = {}, std::span<const Marker> markers = {});

}  // namespace flyball

#endif  // FLYBALL_RENDER_RENDERER_H_
