// The functions of OpenGL that a window needs, asked of GLFW: nothing is linked to libGL.
#ifndef FLYBALL_RENDER_VIEWER_WINDOW_GL_H_
#define FLYBALL_RENDER_VIEWER_WINDOW_GL_H_

#include <GLFW/glfw3.h>

namespace flyball {

// clang-format off
#define FLYBALL_GL_FUNCTIONS(F)                                                     \
  F(GenTextures) F(DeleteTextures) F(BindTexture) F(TexParameteri) F(TexImage2D)    \
  F(TexSubImage2D) F(PixelStorei) F(Viewport) F(ClearColor) F(Clear) F(ReadPixels)
// clang-format on

struct Gl {
#define FLYBALL_GL_MEMBER(name) decltype(&::gl##name) name;
  FLYBALL_GL_FUNCTIONS(FLYBALL_GL_MEMBER)
#undef FLYBALL_GL_MEMBER
};

// Of the current context: call it with one.
inline Gl LoadGl() {
  Gl gl;
#define FLYBALL_GL_FIND(name) \
  gl.name = reinterpret_cast<decltype(gl.name)>(glfwGetProcAddress("gl" #name));
  FLYBALL_GL_FUNCTIONS(FLYBALL_GL_FIND)
#undef FLYBALL_GL_FIND
  return gl;
}

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_WINDOW_GL_H_
