// Window: GLFW's window with a Dear ImGui context and textures in it. It knows nothing of worlds.
#ifndef FLYBALL_RENDER_VIEWER_WINDOW_WINDOW_H_
#define FLYBALL_RENDER_VIEWER_WINDOW_WINDOW_H_

#include <GLFW/glfw3.h>
#include <imgui.h>

#include <string>
#include <thread>
#include <vector>

#include "render/picture.h"

namespace flyball {

class Window {
 public:
  // Throws Error with GLFW's reason.
  Window(const std::string& title, int width, int height);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // The connection to the display broke: nothing of GLFW or OpenGL may be called any more.
  static bool display_lost();

  // Makes this window's contexts current and takes events; Leave gives them back to whoever had
  // them. Throws Error on another thread than the one that opened it.
  void Enter();
  void Leave();
  bool WantsClose() const { return glfwWindowShouldClose(window_) != 0; }

  // Between Enter and Leave: the sides of what is drawn into (pixels, at least 1); a texture for an
  // image, kept in a numbered slot; what ImGui has prepared, on the screen, and read back.
  void FramebufferSize(int* width, int* height) const;
  ImTextureID Upload(size_t slot, const Image& image);
  void BeginFrame();
  void EndFrame();
  Image Read();

  // Keys pressed since the last call, and whether one is down now.
  std::vector<int> TakePresses();
  bool IsDown(int key) const { return glfwGetKey(window_, key) == GLFW_PRESS; }

 private:
  struct Texture {
    unsigned name = 0;
    int width = 0, height = 0;
  };
  void MakeImGui();
  void InstallCallbacks();
  void Draw();

  std::thread::id thread_ = std::this_thread::get_id();
  GLFWwindow* window_ = nullptr;
  GLFWwindow* outer_window_ = nullptr;  // whose OpenGL was current before Enter
  ImGuiContext* imgui_ = nullptr;
  ImGuiContext* outer_imgui_ = nullptr;
  std::vector<Texture> textures_;
  std::vector<int> presses_;
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_WINDOW_WINDOW_H_
