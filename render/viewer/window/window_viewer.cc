// The Viewer that libflyball_viewer gives: a Window, the shared Renderer's pictures as its
// background, panels over them.
#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "physics/numeric/error.h"
#include "render/renderer.h"
#include "render/viewer/keys.h"
#include "render/viewer/orbit_camera.h"
#include "render/viewer/overlays.h"
#include "render/viewer/viewer.h"
#include "render/viewer/window/history.h"
#include "render/viewer/window/panels.h"
#include "render/viewer/window/window.h"

namespace flyball {
namespace {

// The table of keys uses GLFW's numbers without its header.
static_assert(GLFW_KEY_ESCAPE == 256 && GLFW_KEY_TAB == 258 && GLFW_KEY_BACKSPACE == 259 &&
              GLFW_KEY_RIGHT == 262 && GLFW_KEY_UP == 265 && GLFW_KEY_PAGE_DOWN == 267 &&
              GLFW_KEY_HOME == 268 && GLFW_KEY_F1 == 290 && GLFW_KEY_F4 == 293);

constexpr int kInsetWidth = 240;  // at most; 4 by 3

constexpr size_t kMostInsets = 4;
constexpr double kSlow = 0.1;  // s a picture

class WindowViewer final : public Viewer {
 public:
  explicit WindowViewer(const ViewerSettings& settings)
      : settings_(settings),
        window_(std::make_unique<Window>(settings.title, settings.width, settings.height)),
        panels_(view_, history_) {
    view_.panels = settings.panels;
    view_.shadows = settings.shadows;
  }

  void SetSignals(std::vector<ViewerSignal> signals) override {
    const bool same = signals.size() == history_.signals().size();
    history_.SetSignals(std::move(signals));
    if (!same) ChoosePlots();
  }
  void AddPoint(std::span<const double> values) override { history_.Add(values); }
  void ClearPoints() override {
    history_.Clear();
    view_.largest_force = 0.0;
  }

  State state() const override { return state_; }
  void Close() override {
    if (state_ == State::kOpen) End(State::kClosed);
  }
  std::vector<ViewerCommand> TakeCommands() override { return std::exchange(commands_, {}); }
  std::vector<std::string> KeysDown() const override { return keys_down_; }

  void Show(const ViewerFrame& frame) override {
    if (state_ != State::kOpen) return;
    window_->Enter();
    try {
      ShowEntered(frame);
    } catch (...) {
      window_->Leave();
      throw;
    }
    window_->Leave();
    if (Window::display_lost()) {
      End(State::kDisplayLost);
    } else if (window_->WantsClose() || closing_) {
      End(State::kClosed);
    }
  }

  Image Picture() override {
    if (state_ != State::kOpen) return {};
    window_->Enter();
    Image image = window_->Read();
    window_->Leave();
    return image;
  }

 private:
  void End(State state) {
    state_ = state;
    keys_down_.clear();
    window_.reset();
  }

  // Reward and the first cost, then the observation's first numbers.
  void ChoosePlots() {
    const std::vector<ViewerSignal>& signals = history_.signals();
    view_.plotted.clear();
    for (size_t i = 0; i < signals.size() && view_.plotted.size() < 4; ++i) {
      const bool second_cost = i > 2 && signals[i].name.starts_with("info/cost");
      const bool is_cost_of_agent = i > 2 && signals[i].name.starts_with("info/agent");
      if (signals[i].name == "return" || second_cost || is_cost_of_agent) continue;
      view_.plotted.push_back(i);
    }
  }

  void ShowEntered(const ViewerFrame& frame) {
    if (Window::display_lost()) return;
    int width, height;
    window_->FramebufferSize(&width, &height);
    if (frame.world && frame.world->scene().hash() != scene_) {
      scene_ = frame.world->scene().hash();
      camera_.Start(*frame.world, settings_.camera, frame.markers);
      bodies_ = MovingBodies(*frame.world);
      // A shadow map over open ground is coarse, and speckles it.
      if (!started_ && OnlyFreeBodiesMove(*frame.world)) view_.shadows = false;
      started_ = true;
    }
    window_->BeginFrame();
    TakeKeys();
    TakeMouse(height);
    if (frame.world) {
      // A card that is slow (or no card) draws half as fine while things move.
      const bool coarse = full_seconds_ > kSlow && !frame.controls.paused;
      const int share = coarse ? 2 : 1;
      const auto begin = std::chrono::steady_clock::now();
      const ImVec2 screen = ImGui::GetIO().DisplaySize;
      const float right = RightOfView(screen.x);
      const int visible = screen.x > 0.0f ? static_cast<int>(width * right / screen.x) : width;
      DrawWorld(frame, std::max(1, visible / share), std::max(1, height / share));
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      if (!coarse) full_seconds_ = took.count();
    } else if (frame.figure) {
      DrawChart(*frame.figure, width, height);
    }
    const int contacts = frame.world ? static_cast<int>(frame.world->Contacts().size()) : 0;
    panels_.DrawAll(frame, bodies_, contacts, &commands_);
    window_->EndFrame();
  }

  // Where the view ends: at the panels, or below them in a window that is too small for both.
  float RightOfView(float width) const {
    return view_.panels && width >= 720.0f ? width - 350.0f : width;
  }

  void DrawBackground(const Image& image, float left, float top, float right, float bottom) {
    ImGui::GetBackgroundDrawList()->AddImage(window_->Upload(0, image), ImVec2(left, top),
                                             ImVec2(right, bottom));
  }

  void DrawWorld(const ViewerFrame& frame, int width, int height) {
    const World& world = *frame.world;
    if (view_.tracked >= static_cast<int>(bodies_.size())) view_.tracked = -1;
    if (view_.tracked >= 0) {
      const Vec3 p_W = world.BodyPose(bodies_[static_cast<size_t>(view_.tracked)].id).p_W;
      if (view_.tracked != followed_) {
        camera_.Release();
        camera_.LookAt(p_W);
      }
      camera_.Follow(p_W);
    } else {
      camera_.Release();
    }
    followed_ = view_.tracked;

    view_.largest_force = std::max(view_.largest_force, LargestForce(world));
    const OverlayOptions overlays = {.contacts = view_.contacts,
                                     .forces = view_.forces,
                                     .frames = view_.frames,
                                     .size = 0.1 * camera_.view().distance,
                                     .force = view_.largest_force};
    std::vector<Marker> markers = Overlays(world, overlays);
    markers.insert(markers.end(), frame.markers.begin(), frame.markers.end());
    const PictureOptions options = {.shadows = view_.shadows};
    Resize(&picture_, width, height);
    Renderer::Shared().Draw(world, camera_.view(), {width, height, picture_.rgb}, options, markers);
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float right = RightOfView(screen.x);
    ImGui::GetBackgroundDrawList()->AddRectFilled(ImVec2(right, 0.0f), screen,
                                                  IM_COL32(214, 219, 226, 255));
    DrawBackground(picture_, 0.0f, 0.0f, right, screen.y);
    if (view_.cameras) DrawInsets(frame, options);
  }

  void DrawInsets(const ViewerFrame& frame, const PictureOptions& options) {
    const World& world = *frame.world;
    const std::vector<std::string> names = world.scene().Names(Element::kCamera);
    const size_t count = std::min(names.size(), kMostInsets);
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float room = RightOfView(screen.x) - 10.0f;
    const int width =
        std::min(kInsetWidth, static_cast<int>(room / static_cast<float>(count)) - 10);
    if (width < 40) return;
    Resize(&inset_, width, width * 3 / 4);
    const float w = static_cast<float>(inset_.width), h = static_cast<float>(inset_.height);
    const float bottom = screen.y - 10.0f;
    ImDrawList* list = ImGui::GetBackgroundDrawList();
    float left = 10.0f;
    for (size_t i = 0; i < count; ++i) {
      if (names[i].empty()) continue;
      Renderer::Shared().Draw(world, {.camera = names[i]},
                              {inset_.width, inset_.height, inset_.rgb}, options, frame.markers);
      const ImVec2 from(left, bottom - h), to(left + w, bottom);
      list->AddImage(window_->Upload(1 + i, inset_), from, to);
      list->AddRect(from, to, IM_COL32(255, 255, 255, 230), 0.0f, 0, 2.0f);
      const ImVec2 size = ImGui::CalcTextSize(names[i].c_str());
      list->AddRectFilled(from, ImVec2(from.x + size.x + 10.0f, from.y + size.y + 6.0f),
                          IM_COL32(255, 255, 255, 210));
      list->AddText(ImVec2(from.x + 5.0f, from.y + 3.0f), IM_COL32(40, 44, 52, 255),
                    names[i].c_str());
      left += w + 10.0f;
    }
  }

  // Beside the panels and below the status, so that nothing of it is hidden.
  void DrawChart(const Figure& figure, int width, int height) {
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float right = view_.panels ? screen.x - 350.0f : screen.x, top = 84.0f;
    const double pixels = screen.x > 0.0f ? width / screen.x : 1.0;  // a unit of the screen
    const auto side = [&](double length, int most) {
      return std::clamp(static_cast<int>(length * pixels), 1, most);
    };
    ImGui::GetBackgroundDrawList()->AddRectFilled(ImVec2(0.0f, 0.0f), screen,
                                                  IM_COL32(255, 255, 255, 255));
    if (right < 32.0f || screen.y < top + 32.0f) return;
    Resize(&picture_, side(right, width), side(screen.y - top, height));
    DrawFigure(figure, {picture_.width, picture_.height, picture_.rgb});
    DrawBackground(picture_, 0.0f, top, right, screen.y);
  }

  static void Resize(Image* image, int width, int height) {
    image->width = width;
    image->height = height;
    image->rgb.resize(3 * static_cast<size_t>(width) * static_cast<size_t>(height));
  }

  void TakeMouse(int height) {
    const ImGuiIO& io = ImGui::GetIO();
    if (io.WantCaptureMouse) return;
    const double scale = io.DisplaySize.y > 0.0f ? height / io.DisplaySize.y : 1.0;
    const double dx = io.MouseDelta.x * scale, dy = io.MouseDelta.y * scale;
    const bool left = ImGui::IsMouseDown(ImGuiMouseButton_Left);
    const bool pans = ImGui::IsMouseDown(ImGuiMouseButton_Right) ||
                      ImGui::IsMouseDown(ImGuiMouseButton_Middle) || (left && io.KeyShift);
    if (pans) {
      camera_.Pan(dx, dy, height);
    } else if (left) {
      camera_.Orbit(dx, dy, height);
    }
    if (io.MouseWheel != 0.0f) camera_.Zoom(io.MouseWheel);
  }

  void TakeKeys() {
    const std::vector<int> presses = window_->TakePresses();
    keys_down_.clear();
    if (ImGui::GetIO().WantTextInput) return;  // they are text
    for (const int code : presses) {
      for (const ViewerKey& key : ViewerKeys()) {
        if (key.code == code) Obey(key.command);
      }
    }
    for (int code = 'A'; code <= 'Z'; ++code) {
      if (window_->IsDown(code)) keys_down_.emplace_back(1, static_cast<char>(code));
    }
    for (int code = '0'; code <= '9'; ++code) {
      if (window_->IsDown(code)) keys_down_.emplace_back(1, static_cast<char>(code));
    }
  }

  // Looking is done here; the rest is somebody else's.
  void Obey(std::string_view command) {
    constexpr double kPixels = 30.0, kHeight = 720.0;  // a key's turn: 7.5 degrees
    const std::map<std::string_view, std::pair<double, double>> moves = {
        {"orbit_left", {kPixels, 0.0}},
        {"orbit_right", {-kPixels, 0.0}},
        {"orbit_up", {0.0, kPixels}},
        {"orbit_down", {0.0, -kPixels}}};
    const std::map<std::string_view, bool*> switches = {
        {"help", &view_.help},      {"panels", &view_.panels}, {"contacts", &view_.contacts},
        {"forces", &view_.forces},  {"frames", &view_.frames}, {"shadows", &view_.shadows},
        {"cameras", &view_.cameras}};
    if (const auto move = moves.find(command); move != moves.end()) {
      const auto [dx, dy] = move->second;
      if (ImGui::GetIO().KeyShift) {
        camera_.Pan(dx, dy, kHeight);
      } else {
        camera_.Orbit(dx, dy, kHeight);
      }
    } else if (const auto found = switches.find(command); found != switches.end()) {
      *found->second = !*found->second;
    } else if (command == "zoom_in" || command == "zoom_out") {
      camera_.Zoom(command == "zoom_in" ? 1.0 : -1.0);
    } else if (command == "home") {
      scene_ = 0;
      view_.tracked = -1;
    } else if (command == "track") {
      view_.tracked = view_.tracked + 1 < static_cast<int>(bodies_.size()) ? view_.tracked + 1 : -1;
    } else if (command == "close") {
      closing_ = true;
    } else if (command == "engine" || command == "pilot") {
      commands_.push_back({std::string(command), -1.0, {}});
    } else if (command == "group_up" || command == "group_down") {
      commands_.push_back({"action_group", command == "group_up" ? 1.0 : -1.0, {}});
    } else {
      commands_.push_back({std::string(command), 0.0, {}});
    }
  }

  const ViewerSettings settings_;
  std::unique_ptr<Window> window_;
  State state_ = State::kOpen;
  bool closing_ = false, started_ = false;
  ViewState view_;
  History history_;
  Panels panels_;
  OrbitCamera camera_;
  uint64_t scene_ = 0;  // whose camera and bodies these are
  std::vector<MovingBody> bodies_;
  int followed_ = -1;
  Image picture_, inset_;
  double full_seconds_ = 0.0;  // that the last picture in full size took
  std::vector<ViewerCommand> commands_;
  std::vector<std::string> keys_down_;
};

}  // namespace
}  // namespace flyball

extern "C" __attribute__((visibility("default"))) flyball::Viewer* FlyballOpenViewer(
    const flyball::ViewerSettings& settings) {
  return new flyball::WindowViewer(settings);
}
