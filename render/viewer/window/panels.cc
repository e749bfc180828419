#include "render/viewer/window/panels.h"

#include <imgui.h>

#include <cmath>
#include <cstdio>
#include <cstring>

#include "render/viewer/keys.h"

namespace flyball {
namespace {

constexpr float kPanelWidth = 330.0f, kMargin = 10.0f;
constexpr ImGuiWindowFlags kFixed = ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize |
                                    ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings;
constexpr ImGuiWindowFlags kLabel = kFixed | ImGuiWindowFlags_NoTitleBar |
                                    ImGuiWindowFlags_AlwaysAutoResize |
                                    ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoInputs;
const ImVec4 kGrey(0.42f, 0.44f, 0.48f, 1.0f), kRed(0.80f, 0.10f, 0.12f, 1.0f);

void Ask(std::vector<ViewerCommand>* commands, const char* name, double number = 0.0,
         std::string text = {}) {
  commands->push_back({name, number, std::move(text)});
}

// A list to choose one of; what is chosen is asked for.
void Choice(const char* label, const std::vector<std::string>& names, int chosen,
            const char* command, std::vector<ViewerCommand>* commands) {
  if (names.empty()) return;
  const size_t shown =
      static_cast<size_t>(std::clamp(chosen, 0, static_cast<int>(names.size()) - 1));
  if (!ImGui::BeginCombo(label, names[shown].c_str())) return;
  for (size_t i = 0; i < names.size(); ++i) {
    if (ImGui::Selectable(names[i].c_str(), i == shown) && i != shown) {
      Ask(commands, command, static_cast<double>(i));
    }
  }
  ImGui::EndCombo();
}

}  // namespace

void Panels::DrawAll(const ViewerFrame& frame, const std::vector<MovingBody>& bodies,
                     int num_contacts, std::vector<ViewerCommand>* commands) {
  DrawStatus(frame);
  if (view_.help) DrawHelp(frame);
  if (!view_.panels) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(screen.x - kMargin, kMargin), ImGuiCond_Always,
                          ImVec2(1.0f, 0.0f));
  ImGui::SetNextWindowSizeConstraints(ImVec2(kPanelWidth, 0.0f),
                                      ImVec2(kPanelWidth, screen.y - 2.0f * kMargin));
  ImGui::Begin("flyball", nullptr,
               kFixed | ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_AlwaysAutoResize);
  ImGui::PushItemWidth(190.0f);
  DrawRun(frame, commands);
  if (frame.world) DrawView(frame, bodies, num_contacts);
  if (!frame.actions.empty()) DrawActions(frame);
  DrawPlots();
  ImGui::PopItemWidth();
  ImGui::End();
}

void Panels::DrawStatus(const ViewerFrame& frame) {
  ImGui::SetNextWindowPos(ImVec2(kMargin, kMargin));
  ImGui::Begin("status", nullptr, kLabel);
  ImGui::TextUnformatted(frame.title.c_str());
  ImGui::TextColored(kGrey, "t %.3f s   step %lld   reward %.4g   return %.4g", frame.time,
                     static_cast<long long>(frame.step), frame.reward, frame.episode_return);
  const ViewerControls& controls = frame.controls;
  if (controls.recording) {
    ImGui::TextColored(kRed, "recording");
    ImGui::SameLine();
  }
  ImGui::TextColored(kGrey, "%s%s", controls.paused ? "paused" : "running",
                     view_.help ? "" : "   F1: keys");
  if (!frame.message.empty()) ImGui::TextWrapped("%s", frame.message.c_str());
  ImGui::End();
}

void Panels::DrawRun(const ViewerFrame& frame, std::vector<ViewerCommand>* commands) {
  if (!ImGui::CollapsingHeader("Run", ImGuiTreeNodeFlags_DefaultOpen)) return;
  const ViewerControls& controls = frame.controls;
  if (ImGui::Button(controls.paused ? "Go on" : "Pause", ImVec2(70.0f, 0.0f)))
    Ask(commands, "pause");
  ImGui::SameLine();
  if (ImGui::Button("Step")) Ask(commands, "step");
  if (controls.can_record) {
    ImGui::SameLine();
    if (ImGui::Button(controls.recording ? "Save" : "Record")) Ask(commands, "record");
  }
  // Powers of two, as the keys have it.
  int notch = static_cast<int>(std::lround(std::log2(controls.speed)));
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g x", controls.speed);
  if (ImGui::SliderInt("speed", &notch, -12, 4, text)) Ask(commands, "speed", std::exp2(notch));
  if (!controls.seed.empty()) {
    ImGui::SetNextItemWidth(110.0f);
    const bool entered = ImGui::InputTextWithHint(
        "##seed", controls.seed.c_str(), view_.seed.data(), view_.seed.size(),
        ImGuiInputTextFlags_CharsDecimal | ImGuiInputTextFlags_EnterReturnsTrue);
    ImGui::SameLine();
    if (ImGui::Button("Reset", ImVec2(72.0f, 0.0f)) || entered) {
      Ask(commands, "reset", 0.0, view_.seed.data());
    }
    ImGui::SameLine();
    ImGui::TextUnformatted("seed");
  }
  Choice("engine", controls.engines, controls.engine, "engine", commands);
  Choice("pilot", controls.pilots, controls.pilot, "pilot", commands);
}

void Panels::DrawView(const ViewerFrame& frame, const std::vector<MovingBody>& bodies,
                      int num_contacts) {
  if (!ImGui::CollapsingHeader("View", ImGuiTreeNodeFlags_DefaultOpen)) return;
  ImGui::Checkbox("contacts", &view_.contacts);
  ImGui::SameLine(110.0f);
  ImGui::Checkbox("forces", &view_.forces);
  ImGui::SameLine(210.0f);
  ImGui::Checkbox("frames", &view_.frames);
  ImGui::Checkbox("shadows", &view_.shadows);
  if (!frame.world->scene().Names(Element::kCamera).empty()) {
    ImGui::SameLine(110.0f);
    ImGui::Checkbox("cameras", &view_.cameras);
  }
  const bool tracks = view_.tracked >= 0 && view_.tracked < static_cast<int>(bodies.size());
  const char* name = tracks ? bodies[static_cast<size_t>(view_.tracked)].name.c_str() : "nothing";
  if (ImGui::BeginCombo("follow", name)) {
    if (ImGui::Selectable("nothing", !tracks)) view_.tracked = -1;
    for (size_t i = 0; i < bodies.size(); ++i) {
      const int index = static_cast<int>(i);
      if (ImGui::Selectable(bodies[i].name.c_str(), index == view_.tracked)) view_.tracked = index;
    }
    ImGui::EndCombo();
  }
  if (view_.contacts || view_.forces) {
    ImGui::TextColored(kGrey, "%d contacts; longest arrow %.3g N", num_contacts,
                       view_.largest_force);
  }
}

void Panels::DrawActions(const ViewerFrame& frame) {
  if (!ImGui::CollapsingHeader("Action", ImGuiTreeNodeFlags_DefaultOpen)) return;
  constexpr size_t kMost = 12;
  for (size_t i = 0; i < std::min(frame.actions.size(), kMost); ++i) {
    const ViewerAction& action = frame.actions[i];
    const bool bounded = std::isfinite(action.low) && std::isfinite(action.high);
    const double share = bounded ? (action.value - action.low) / (action.high - action.low)
                                 : 0.5 + std::atan(action.value) / 3.141592653589793;
    char text[32];
    std::snprintf(text, sizeof(text), "%.3g", action.value);
    ImGui::ProgressBar(static_cast<float>(share), ImVec2(130.0f, 0.0f), text);
    ImGui::SameLine();
    ImGui::TextUnformatted(action.name.c_str());
    if (action.keys.empty()) continue;
    ImGui::SameLine();
    ImGui::TextColored(kGrey, "%s", action.keys.c_str());
  }
  if (frame.actions.size() > kMost) {
    ImGui::TextColored(kGrey, "and %zu more", frame.actions.size() - kMost);
  }
}

void Panels::DrawPlots() {
  if (!ImGui::CollapsingHeader("Plots", ImGuiTreeNodeFlags_DefaultOpen)) return;
  const std::vector<ViewerSignal>& signals = history_.signals();
  if (ImGui::BeginCombo("##add", "add a plot", ImGuiComboFlags_HeightLarge)) {
    ImGui::InputTextWithHint("##filter", "part of a name", view_.filter.data(),
                             view_.filter.size());
    for (size_t i = 0; i < signals.size(); ++i) {
      if (signals[i].name.find(view_.filter.data()) == std::string::npos) continue;
      const auto shown = std::find(view_.plotted.begin(), view_.plotted.end(), i);
      if (!ImGui::Selectable(signals[i].name.c_str(), shown != view_.plotted.end())) continue;
      if (shown == view_.plotted.end()) {
        view_.plotted.push_back(i);
      } else {
        view_.plotted.erase(shown);
      }
    }
    ImGui::EndCombo();
  }
  size_t removed = signals.size();
  for (const size_t i : view_.plotted) {
    if (i >= signals.size()) continue;
    const std::span<const float> points = history_.Last(i);
    ImGui::PushID(static_cast<int>(i));
    if (ImGui::SmallButton("x")) removed = i;
    ImGui::SameLine();
    ImGui::TextUnformatted(signals[i].name.c_str());
    if (!points.empty()) {
      const auto [low, high] = std::minmax_element(points.begin(), points.end());
      const std::string unit = signals[i].unit == "1" ? "" : " " + signals[i].unit;
      char value[48];
      std::snprintf(value, sizeof(value), "%.4g%s", points.back(), unit.c_str());
      const float margin = std::max(0.05f * (*high - *low), 1e-6f * (1.0f + std::abs(*high)));
      ImGui::PlotLines("##plot", points.data(), static_cast<int>(points.size()), 0, value,
                       *low - margin, *high + margin, ImVec2(kPanelWidth - 102.0f, 46.0f));
      ImGui::SameLine(0.0f, 4.0f);
      ImGui::BeginGroup();
      ImGui::TextColored(kGrey, "%.3g", *high);
      ImGui::TextColored(kGrey, "%.3g", *low);
      ImGui::EndGroup();
    }
    ImGui::PopID();
  }
  std::erase(view_.plotted, removed);
}

void Panels::DrawHelp(const ViewerFrame& frame) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(kMargin, screen.y - kMargin), ImGuiCond_Always,
                          ImVec2(0.0f, 1.0f));
  ImGui::Begin("keys", nullptr, kLabel & ~ImGuiWindowFlags_NoTitleBar);
  if (ImGui::BeginTable("table", 2, ImGuiTableFlags_SizingFixedFit)) {
    for (const ViewerKey& key : ViewerKeys()) {
      if (key.group == KeyGroup::kRun && frame.controls.seed.empty() && key.command != "pause" &&
          key.command != "step" && key.command != "slower" && key.command != "faster") {
        continue;
      }
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(key.name.data());
      ImGui::TableNextColumn();
      ImGui::TextColored(kGrey, "%s", key.text.data());
    }
    ImGui::EndTable();
  }
  ImGui::End();
}

}  // namespace flyball
