// An OpenGL context without a window: EGL on a GPU or in software, else OSMesa. The libraries are
// loaded when one is made and not before, so that stepping needs none of them.
#ifndef FLYBALL_RENDER_GL_CONTEXT_H_
#define FLYBALL_RENDER_GL_CONTEXT_H_

#include <memory>
#include <string>
#include <vector>

namespace flyball {

// Names of the libraries to load. Each can be overridden by an environment variable.
struct GlLibraries {
  std::vector<std::string> egl = {"libEGL.so.1", "libEGL.so"};  // FLYBALL_EGL_LIBRARY
  std::vector<std::string> osmesa = {"libOSMesa.so.8", "libOSMesa.so.6",
                                     "libOSMesa.so"};  // FLYBALL_OSMESA_LIBRARY
  static GlLibraries FromEnvironment();
};

class GlContext {
 public:
  // Makes a context current on the calling thread, which then is the only one to use it. Of several
  // EGL devices the first that works is taken, or the one MUJOCO_EGL_DEVICE_ID says. Throws Error
  // that says what was tried, why each failed and what to install.
  static std::unique_ptr<GlContext> Make(const GlLibraries& libraries);
  virtual ~GlContext() = default;
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;

  // "EGL device 0", "EGL surfaceless", "OSMesa".
  const std::string& description() const { return description_; }
  // Whether the processor draws, and no graphics card.
  bool software() const { return software_; }

 protected:
  GlContext() = default;
  std::string description_;
  bool software_ = true;
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_GL_CONTEXT_H_
