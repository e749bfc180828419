#include "render/gl_context.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// The few types and constants of EGL 1.5 and OSMesa that are needed, so that no header of theirs is.
using EglDisplay = void*;
using EglConfig = void*;
using EglContext = void*;
using EglSurface = void*;
using EglDevice = void*;
using EglInt = int32_t;
constexpr EglInt kEglNone = 0x3038, kEglSurfaceType = 0x3033, kEglPbufferBit = 0x0001;
constexpr EglInt kEglRenderableType = 0x3040, kEglOpenglBit = 0x0008, kEglExtensions = 0x3055;
constexpr EglInt kEglWidth = 0x3057, kEglHeight = 0x3056, kEglDepthSize = 0x3025;
constexpr EglInt kEglRed = 0x3024, kEglGreen = 0x3023, kEglBlue = 0x3022, kEglAlpha = 0x3021;
constexpr unsigned kEglOpenglApi = 0x30A2;
constexpr unsigned kEglPlatformDevice = 0x313F, kEglPlatformSurfaceless = 0x31DD;
constexpr unsigned kOsmesaRgba = 0x1908, kGlUnsignedByte = 0x1401, kGlRenderer = 0x1F01;

// Opens the first library that loads; `why` collects the loader's reasons.
void* OpenLibrary(const std::vector<std::string>& names, std::string* why) {
  for (const std::string& name : names) {
    if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_GLOBAL)) return library;
    const char* reason = dlerror();
    *why += (why->empty() ? "" : "; ") + std::string(reason ? reason : name + " does not load");
  }
  return nullptr;
}

template <class Function>
bool Find(void* library, const char* name, Function** function) {
  *function = reinterpret_cast<Function*>(dlsym(library, name));
  return *function != nullptr;
}

struct Egl {
  void* (*GetProcAddress)(const char*);
  EglDisplay (*GetDisplay)(void*);
  unsigned (*Initialize)(EglDisplay, EglInt*, EglInt*);
  unsigned (*Terminate)(EglDisplay);
  const char* (*QueryString)(EglDisplay, EglInt);
  unsigned (*BindAPI)(unsigned);
  unsigned (*ChooseConfig)(EglDisplay, const EglInt*, EglConfig*, EglInt, EglInt*);
  EglContext (*CreateContext)(EglDisplay, EglConfig, EglContext, const EglInt*);
  EglSurface (*CreatePbufferSurface)(EglDisplay, EglConfig, const EglInt*);
  unsigned (*MakeCurrent)(EglDisplay, EglSurface, EglSurface, EglContext);
  unsigned (*DestroyContext)(EglDisplay, EglContext);
  unsigned (*DestroySurface)(EglDisplay, EglSurface);
  EglInt (*GetError)();
  // Extensions; null where there are none.
  EglDisplay (*GetPlatformDisplay)(unsigned, void*, const EglInt*);
  unsigned (*QueryDevices)(EglInt, EglDevice*, EglInt*);

  bool Load(void* library) {
    const bool all =
        Find(library, "eglGetProcAddress", &GetProcAddress) &&
        Find(library, "eglGetDisplay", &GetDisplay) &&
        Find(library, "eglInitialize", &Initialize) && Find(library, "eglTerminate", &Terminate) &&
        Find(library, "eglQueryString", &QueryString) && Find(library, "eglBindAPI", &BindAPI) &&
        Find(library, "eglChooseConfig", &ChooseConfig) &&
        Find(library, "eglCreateContext", &CreateContext) &&
        Find(library, "eglCreatePbufferSurface", &CreatePbufferSurface) &&
        Find(library, "eglMakeCurrent", &MakeCurrent) &&
        Find(library, "eglDestroyContext", &DestroyContext) &&
        Find(library, "eglDestroySurface", &DestroySurface) &&
        Find(library, "eglGetError", &GetError);
    if (!all) return false;
    GetPlatformDisplay =
        reinterpret_cast<decltype(GetPlatformDisplay)>(GetProcAddress("eglGetPlatformDisplayEXT"));
    QueryDevices = reinterpret_cast<decltype(QueryDevices)>(GetProcAddress("eglQueryDevicesEXT"));
    return true;
  }
};

// A display to try, in words.
struct Candidate {
  EglDisplay display;
  std::string description;
};

bool IsIndex(std::string_view text, EglInt count) {
  if (text.empty() || text.size() > 4) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  return std::atoi(std::string(text).c_str()) < count;
}

std::vector<Candidate> Candidates(const Egl& egl) {
  std::vector<Candidate> candidates;
  if (egl.GetPlatformDisplay) {
    if (egl.QueryDevices) {
      EglDevice devices[32];
      EglInt count = 0;
      if (!egl.QueryDevices(32, devices, &count)) count = 0;
      const char* chosen = std::getenv("MUJOCO_EGL_DEVICE_ID");
      if (chosen && !IsIndex(chosen, count)) {
        throw Error("MUJOCO_EGL_DEVICE_ID is '" + std::string(chosen) + "', but there are " +
                    std::to_string(count) + " EGL devices, counted from 0");
      }
      for (EglInt i = 0; i < count; ++i) {
        if (chosen && std::atoi(chosen) != i) continue;
        candidates.push_back({egl.GetPlatformDisplay(kEglPlatformDevice, devices[i], nullptr),
                              "EGL device " + std::to_string(i)});
      }
      if (chosen) return candidates;
    }
    candidates.push_back(
        {egl.GetPlatformDisplay(kEglPlatformSurfaceless, nullptr, nullptr), "EGL surfaceless"});
  }
  candidates.push_back({egl.GetDisplay(nullptr), "EGL default display"});
  return candidates;
}

// Whether the current context is one of Mesa's that draw by the processor, by its own name.
bool DrawsInSoftware(const Egl& egl) {
  const auto get_string =
      reinterpret_cast<const unsigned char* (*)(unsigned)>(egl.GetProcAddress("glGetString"));
  const unsigned char* renderer = get_string ? get_string(kGlRenderer) : nullptr;
  if (!renderer) return true;
  const std::string_view name = reinterpret_cast<const char*>(renderer);
  return name.find("llvmpipe") != std::string_view::npos ||
         name.find("softpipe") != std::string::npos ||
         name.find("Software Rasterizer") != std::string_view::npos;
}

class EglContextOwner final : public GlContext {
 public:
  // Returns null and the reason if this display gives no OpenGL context.
  static std::unique_ptr<GlContext> Try(const Egl& egl, const Candidate& candidate,
                                        std::string* why) {
    auto failed = [&](const char* call) {
      char code[16];
      std::snprintf(code, sizeof(code), "0x%x", static_cast<unsigned>(egl.GetError()));
      *why += "; " + candidate.description + ": " + call + " failed (" + code + ")";
      return nullptr;
    };
    if (!candidate.display) return failed("getting the display");
    if (!egl.Initialize(candidate.display, nullptr, nullptr)) return failed("eglInitialize");
    if (!egl.BindAPI(kEglOpenglApi)) return failed("eglBindAPI(OpenGL)");
    const EglInt wanted[] = {kEglSurfaceType,
                             kEglPbufferBit,
                             kEglRenderableType,
                             kEglOpenglBit,
                             kEglRed,
                             8,
                             kEglGreen,
                             8,
                             kEglBlue,
                             8,
                             kEglAlpha,
                             8,
                             kEglDepthSize,
                             24,
                             kEglNone};
    EglConfig config = nullptr;
    EglInt count = 0;
    if (!egl.ChooseConfig(candidate.display, wanted, &config, 1, &count) || count < 1) {
      return failed("eglChooseConfig");
    }
    EglContext context = egl.CreateContext(candidate.display, config, nullptr, nullptr);
    if (!context) return failed("eglCreateContext");

    // We draw into framebuffer objects: no surface is needed, though some drivers insist on one.
    EglSurface surface = nullptr;
    if (!egl.MakeCurrent(candidate.display, nullptr, nullptr, context)) {
      const EglInt small[] = {kEglWidth, 1, kEglHeight, 1, kEglNone};
      surface = egl.CreatePbufferSurface(candidate.display, config, small);
      if (!surface || !egl.MakeCurrent(candidate.display, surface, surface, context)) {
        egl.DestroyContext(candidate.display, context);
        return failed("eglMakeCurrent");
      }
    }
    auto owner = std::unique_ptr<EglContextOwner>(new EglContextOwner);
    owner->egl_ = egl;
    owner->display_ = candidate.display;
    owner->context_ = context;
    owner->surface_ = surface;
    owner->description_ = candidate.description;
    owner->software_ = DrawsInSoftware(egl);
    return owner;
  }

  // The display is left initialised: others in the process may share it.
  ~EglContextOwner() override {
    egl_.MakeCurrent(display_, nullptr, nullptr, nullptr);
    egl_.DestroyContext(display_, context_);
    if (surface_) egl_.DestroySurface(display_, surface_);
  }

 private:
  Egl egl_{};
  EglDisplay display_ = nullptr;
  EglContext context_ = nullptr;
  EglSurface surface_ = nullptr;
};

class OsmesaContext final : public GlContext {
 public:
  static std::unique_ptr<GlContext> Try(void* library, std::string* why) {
    void* (*create)(unsigned, EglInt, EglInt, EglInt, void*);
    unsigned char (*make_current)(void*, void*, unsigned, EglInt, EglInt);
    auto owner = std::unique_ptr<OsmesaContext>(new OsmesaContext);
    if (!Find(library, "OSMesaCreateContextExt", &create) ||
        !Find(library, "OSMesaMakeCurrent", &make_current) ||
        !Find(library, "OSMesaDestroyContext", &owner->destroy_)) {
      *why = "the library is not OSMesa";
      return nullptr;
    }
    owner->context_ = create(kOsmesaRgba, 24, 8, 0, nullptr);
    if (!owner->context_ ||
        !make_current(owner->context_, owner->pixels_, kGlUnsignedByte, kSide, kSide)) {
      *why = "OSMesa gave no context";
      return nullptr;
    }
    owner->description_ = "OSMesa";
    return owner;
  }
  ~OsmesaContext() override {
    if (context_) destroy_(context_);
  }

 private:
  static constexpr EglInt kSide = 16;  // its own buffer is never drawn into
  void (*destroy_)(void*) = nullptr;
  void* context_ = nullptr;
  unsigned char pixels_[4 * kSide * kSide] = {};
};

}  // namespace

GlLibraries GlLibraries::FromEnvironment() {
  GlLibraries libraries;
  if (const char* name = std::getenv("FLYBALL_EGL_LIBRARY")) libraries.egl = {name};
  if (const char* name = std::getenv("FLYBALL_OSMESA_LIBRARY")) libraries.osmesa = {name};
  return libraries;
}

std::unique_ptr<GlContext> GlContext::Make(const GlLibraries& libraries) {
  std::string egl_why;
  if (void* library = OpenLibrary(libraries.egl, &egl_why)) {
    Egl egl{};
    if (!egl.Load(library)) {
      egl_why = "the library is not EGL 1.5";
    } else {
      for (const Candidate& candidate : Candidates(egl)) {
        if (auto context = EglContextOwner::Try(egl, candidate, &egl_why)) return context;
      }
      egl_why = egl_why.substr(std::min<size_t>(2, egl_why.size()));
    }
    // MuJoCo looks for whichever GL platform is loaded; it must not find the one that failed.
    dlclose(library);
  }
  std::string osmesa_why;
  if (void* library = OpenLibrary(libraries.osmesa, &osmesa_why)) {
    if (auto context = OsmesaContext::Try(library, &osmesa_why)) return context;
    dlclose(library);
  }
  throw Error("no OpenGL to draw pictures with. EGL: " + egl_why + ". OSMesa: " + osmesa_why +
              ". Install one of them (Debian: apt-get install libegl1 libgl1-mesa-dri, or "
              "apt-get install libosmesa6). Stepping needs neither.");
}

}  // namespace flyball
