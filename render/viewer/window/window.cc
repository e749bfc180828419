#include "render/viewer/window/window.h"

#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

#include "physics/numeric/error.h"
#include "render/viewer/window/display_guard.h"
#include "render/viewer/window/gl.h"

namespace flyball {
namespace {

int num_windows = 0;
std::string last_error;

[[noreturn]] void Fail(const char* what) {
  throw Error(last_error.empty() ? std::string(what) + " failed" : last_error);
}

Window& WindowOf(GLFWwindow* window) {
  return *static_cast<Window*>(glfwGetWindowUserPointer(window));
}

void SetStyle() {
  ImGui::StyleColorsLight();
  ImGuiStyle& style = ImGui::GetStyle();
  style.WindowRounding = style.FrameRounding = style.GrabRounding = 4.0f;
  style.WindowBorderSize = 0.0f;
  style.ItemSpacing = ImVec2(8.0f, 5.0f);
  style.Colors[ImGuiCol_WindowBg] = ImVec4(0.97f, 0.97f, 0.98f, 0.94f);
  style.Colors[ImGuiCol_PlotLines] = ImVec4(0.12f, 0.37f, 0.66f, 1.0f);
  style.Colors[ImGuiCol_FrameBg] = ImVec4(0.90f, 0.91f, 0.93f, 1.0f);
  // A smooth font where the system has one; ImGui's own pixels elsewhere.
  for (const char* file :
       {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"}) {
    if (!std::filesystem::exists(file)) continue;
    static constexpr ImWchar kRanges[] = {0x20, 0xFF, 0x370, 0x3FF, 0x2190, 0x2193, 0};
    if (ImGui::GetIO().Fonts->AddFontFromFileTTF(file, 14.0f, nullptr, kRanges)) return;
  }
}

}  // namespace

Window::Window(const std::string& title, int width, int height) {
  if (display_lost()) throw Error("this process has lost its display");
  last_error.clear();
  glfwSetErrorCallback([](int, const char* text) { last_error = text ? text : ""; });
  if (num_windows == 0) {
    if (!glfwInit()) Fail("glfwInit");
    GuardDisplay();
  }
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  outer_window_ = glfwGetCurrentContext();
  window_ = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
  if (!window_) {
    if (num_windows == 0 && !display_lost()) glfwTerminate();
    Fail("glfwCreateWindow");
  }
  ++num_windows;
  glfwSetWindowUserPointer(window_, this);
  glfwSetInputMode(window_, GLFW_STICKY_KEYS, GLFW_TRUE);  // a tap between two frames counts too
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(0);  // whoever runs the plant keeps the time
  MakeImGui();
  InstallCallbacks();
  glfwMakeContextCurrent(outer_window_);
}

void Window::MakeImGui() {
  outer_imgui_ = ImGui::GetCurrentContext();
  imgui_ = ImGui::CreateContext();
  ImGui::SetCurrentContext(imgui_);
  ImGui::GetIO().IniFilename = nullptr;  // leaves no file behind
  SetStyle();
  ImGui_ImplGlfw_InitForOpenGL(window_, false);
  ImGui_ImplOpenGL3_Init("#version 150");
  ImGui::SetCurrentContext(outer_imgui_);
}

// ImGui's own handlers write to the context that is current, which need not be this window's.
void Window::InstallCallbacks() {
  glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int scancode, int action, int mods) {
    ImGui::SetCurrentContext(WindowOf(w).imgui_);
    ImGui_ImplGlfw_KeyCallback(w, key, scancode, action, mods);
    if (action != GLFW_RELEASE) WindowOf(w).presses_.push_back(key);
  });
  glfwSetCharCallback(window_, [](GLFWwindow* w, unsigned c) {
    ImGui::SetCurrentContext(WindowOf(w).imgui_);
    ImGui_ImplGlfw_CharCallback(w, c);
  });
  glfwSetScrollCallback(window_, [](GLFWwindow* w, double dx, double dy) {
    ImGui::SetCurrentContext(WindowOf(w).imgui_);
    ImGui_ImplGlfw_ScrollCallback(w, dx, dy);
  });
  glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int button, int action, int mods) {
    ImGui::SetCurrentContext(WindowOf(w).imgui_);
    ImGui_ImplGlfw_MouseButtonCallback(w, button, action, mods);
  });
  glfwSetCursorEnterCallback(window_, [](GLFWwindow* w, int entered) {
    ImGui::SetCurrentContext(WindowOf(w).imgui_);
    ImGui_ImplGlfw_CursorEnterCallback(w, entered);
  });
}

Window::~Window() {
  --num_windows;
  // Without its display every call would wait for, or write to, a dead connection: what is left of
  // the window goes with the process.
  if (display_lost()) return;
  GLFWwindow* before = glfwGetCurrentContext();
  ImGuiContext* imgui_before = ImGui::GetCurrentContext();
  glfwMakeContextCurrent(window_);
  ImGui::SetCurrentContext(imgui_);
  const Gl gl = LoadGl();
  for (const Texture& texture : textures_) gl.DeleteTextures(1, &texture.name);
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext(imgui_);
  ImGui::SetCurrentContext(imgui_before == imgui_ ? nullptr : imgui_before);
  glfwMakeContextCurrent(before == window_ ? nullptr : before);
  glfwDestroyWindow(window_);
  if (num_windows == 0) glfwTerminate();
}

bool Window::display_lost() { return DisplayIsLost(); }

void Window::Enter() {
  if (std::this_thread::get_id() != thread_) {
    throw Error("a window is used by the thread that opened it, and no other");
  }
  outer_window_ = glfwGetCurrentContext();
  outer_imgui_ = ImGui::GetCurrentContext();
  glfwPollEvents();
  glfwMakeContextCurrent(window_);
  ImGui::SetCurrentContext(imgui_);
}

void Window::Leave() {
  ImGui::SetCurrentContext(outer_imgui_);
  if (!display_lost()) glfwMakeContextCurrent(outer_window_);
}

void Window::FramebufferSize(int* width, int* height) const {
  glfwGetFramebufferSize(window_, width, height);
  *width = std::clamp(*width, 1, kMaxPictureSide);
  *height = std::clamp(*height, 1, kMaxPictureSide);
}

ImTextureID Window::Upload(size_t slot, const Image& image) {
  const Gl gl = LoadGl();
  if (slot >= textures_.size()) textures_.resize(slot + 1);
  Texture& texture = textures_[slot];
  if (texture.name == 0) {
    gl.GenTextures(1, &texture.name);
    gl.BindTexture(GL_TEXTURE_2D, texture.name);
    for (GLenum filter : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER}) {
      gl.TexParameteri(GL_TEXTURE_2D, filter, GL_LINEAR);
    }
  }
  gl.BindTexture(GL_TEXTURE_2D, texture.name);
  gl.PixelStorei(GL_UNPACK_ALIGNMENT, 1);
  if (texture.width != image.width || texture.height != image.height) {
    gl.TexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, image.width, image.height, 0, GL_RGB, GL_UNSIGNED_BYTE,
                  image.rgb.data());
    texture.width = image.width;
    texture.height = image.height;
  } else {
    gl.TexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, image.width, image.height, GL_RGB, GL_UNSIGNED_BYTE,
                     image.rgb.data());
  }
  return reinterpret_cast<ImTextureID>(static_cast<uintptr_t>(texture.name));
}

void Window::BeginFrame() {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
}

void Window::Draw() {
  const Gl gl = LoadGl();
  int width, height;
  FramebufferSize(&width, &height);
  gl.Viewport(0, 0, width, height);
  gl.ClearColor(0.2f, 0.2f, 0.2f, 1.0f);
  gl.Clear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void Window::EndFrame() {
  ImGui::Render();
  Draw();
  if (!display_lost()) glfwSwapBuffers(window_);
}

Image Window::Read() {
  if (!ImGui::GetDrawData()) return {};
  Draw();
  Image image;
  FramebufferSize(&image.width, &image.height);
  const size_t row = 3 * static_cast<size_t>(image.width);
  const size_t rows = static_cast<size_t>(image.height);
  std::vector<uint8_t> upside_down(row * rows);
  const Gl gl = LoadGl();
  gl.PixelStorei(GL_PACK_ALIGNMENT, 1);
  gl.ReadPixels(0, 0, image.width, image.height, GL_RGB, GL_UNSIGNED_BYTE, upside_down.data());
  image.rgb.resize(upside_down.size());
  for (size_t y = 0; y < rows; ++y) {
    std::memcpy(image.rgb.data() + y * row, upside_down.data() + (rows - 1 - y) * row, row);
  }
  return image;
}

std::vector<int> Window::TakePresses() { return std::exchange(presses_, {}); }

}  // namespace flyball
