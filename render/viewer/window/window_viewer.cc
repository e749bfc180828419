// The Viewer that libflyball_viewer gives: a Window with a Backdrop, panels over it, keys and mouse.
#include <imgui.h>

#include <map>

#include "render/viewer/keys.h"
#include "render/viewer/viewer.h"
#include "render/viewer/window/backdrop.h"
#include "render/viewer/window/history.h"
#include "render/viewer/window/panels.h"
#include "render/viewer/window/window.h"

namespace flyball {
namespace {

// The table of keys uses GLFW's numbers without its header.
static_assert(GLFW_KEY_ESCAPE == 256 && GLFW_KEY_TAB == 258 && GLFW_KEY_BACKSPACE == 259 &&
              GLFW_KEY_RIGHT == 262 && GLFW_KEY_UP == 265 && GLFW_KEY_PAGE_DOWN == 267 &&
              GLFW_KEY_HOME == 268 && GLFW_KEY_F1 == 290 && GLFW_KEY_F4 == 293);

class WindowViewer final : public Viewer {
 public:
  explicit WindowViewer(const ViewerSettings& settings)
      : window_(std::make_unique<Window>(settings.title, settings.width, settings.height)),
        panels_(view_, history_), backdrop_(view_, settings.camera) {
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
    if (frame.world) backdrop_.Aim(*frame.world, frame.markers);
    window_->BeginFrame();
    TakeKeys();
    TakeMouse(height);
    backdrop_.Draw(*window_, frame, width, height);
    const int contacts = frame.world ? static_cast<int>(frame.world->Contacts().size()) : 0;
    panels_.DrawAll(frame, backdrop_.bodies(), contacts, &commands_);
    window_->EndFrame();
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
      backdrop_.camera().Pan(dx, dy, height);
    } else if (left) {
      backdrop_.camera().Orbit(dx, dy, height);
    }
    if (io.MouseWheel != 0.0f) backdrop_.camera().Zoom(io.MouseWheel);
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
        backdrop_.camera().Pan(dx, dy, kHeight);
      } else {
        backdrop_.camera().Orbit(dx, dy, kHeight);
      }
    } else if (const auto found = switches.find(command); found != switches.end()) {
      *found->second = !*found->second;
    } else if (command == "zoom_in" || command == "zoom_out") {
      backdrop_.camera().Zoom(command == "zoom_in" ? 1.0 : -1.0);
    } else if (command == "home") {
      backdrop_.Forget();
      view_.tracked = -1;
    } else if (command == "track") {
      view_.tracked =
          view_.tracked + 1 < static_cast<int>(backdrop_.bodies().size()) ? view_.tracked + 1 : -1;
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

  std::unique_ptr<Window> window_;
  State state_ = State::kOpen;
  bool closing_ = false;
  ViewState view_;
  History history_;
  Panels panels_;
  Backdrop backdrop_;
  std::vector<ViewerCommand> commands_;
  std::vector<std::string> keys_down_;
};

}  // namespace
}  // namespace flyball

extern "C" __attribute__((visibility("default"))) flyball::Viewer* FlyballOpenViewer(
    const flyball::ViewerSettings& settings) {
  return new flyball::WindowViewer(settings);
}
