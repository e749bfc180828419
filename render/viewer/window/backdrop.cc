#include "render/viewer/window/backdrop.h"

#include <imgui.h>

#include <algorithm>
#include <chrono>

#include "render/renderer.h"

namespace flyball {
namespace {

constexpr int kInsetWidth = 240;  // at most; 4 by 3
constexpr size_t kMostInsets = 5;
constexpr double kSlow = 0.1;  // s a picture

void Resize(Image* image, int width, int height) {
  image->width = width;
  image->height = height;
  image->rgb.resize(3 * static_cast<size_t>(width) * static_cast<size_t>(height));
}

void DrawBackground(Window& window, const Image& image, float left, float top, float right,
                    float bottom) {
  ImGui::GetBackgroundDrawList()->AddImage(window.Upload(0, image), ImVec2(left, top),
                                           ImVec2(right, bottom));
}

}  // namespace

void Backdrop::Aim(const World& world, std::span<const Marker> markers) {
  if (world.scene().hash() == scene_) return;
  scene_ = world.scene().hash();
  camera_.Start(world, start_, markers);
  bodies_ = MovingBodies(world);
  // A shadow map over open ground is coarse, and speckles it.
  if (!started_ && OnlyFreeBodiesMove(world)) view_.shadows = false;
  started_ = true;
}

void Backdrop::Draw(Window& window, const ViewerFrame& frame, int width, int height) {
  if (frame.world) {
    // A card that is slow (or no card) draws half as fine while things move.
    const bool coarse = full_seconds_ > kSlow && !frame.controls.paused;
    const int share = coarse ? 2 : 1;
    const auto begin = std::chrono::steady_clock::now();
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float right = RightOfView(screen.x);
    const int visible = screen.x > 0.0f ? static_cast<int>(width * right / screen.x) : width;
    DrawWorld(window, frame, std::max(1, visible / share), std::max(1, height / share));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!coarse) full_seconds_ = took.count();
  } else if (frame.figure) {
    DrawChart(window, *frame.figure, width, height);
  }
}

void Backdrop::FollowTracked(const World& world) {
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
}

void Backdrop::DrawWorld(Window& window, const ViewerFrame& frame, int width, int height) {
  const World& world = *frame.world;
  FollowTracked(world);
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
  DrawBackground(window, picture_, 0.0f, 0.0f, right, screen.y);
  if (view_.cameras) DrawInsets(window, frame, options);
}

void Backdrop::DrawInsets(Window& window, const ViewerFrame& frame, const PictureOptions& options) {
  const World& world = *frame.world;
  const std::vector<std::string> names = world.scene().Names(Element::kCamera);
  const size_t count = std::min(names.size(), kMostInsets);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float room = RightOfView(screen.x) - 10.0f;
  const int width = std::min(kInsetWidth, static_cast<int>(room / static_cast<float>(count)) - 10);
  if (width < 40) return;
  Resize(&inset_, width, width * 3 / 4);
  const float w = static_cast<float>(inset_.width), h = static_cast<float>(inset_.height);
  const float bottom = screen.y - 10.0f;
  ImDrawList* list = ImGui::GetBackgroundDrawList();
  float left = 10.0f;
  for (size_t i = 0; i < count; ++i) {
    if (names[i].empty()) continue;
    Renderer::Shared().Draw(world, {.camera = names[i]}, {inset_.width, inset_.height, inset_.rgb},
                            options, frame.markers);
    const ImVec2 from(left, bottom - h), to(left + w, bottom);
    list->AddImage(window.Upload(1 + i, inset_), from, to);
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
void Backdrop::DrawChart(Window& window, const Figure& figure, int width, int height) {
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
  DrawBackground(window, picture_, 0.0f, top, right, screen.y);
}

}  // namespace flyball
