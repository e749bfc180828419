// A display that goes away must not take the process with it, as Xlib by itself would have it.
#ifndef FLYBALL_RENDER_VIEWER_WINDOW_DISPLAY_GUARD_H_
#define FLYBALL_RENDER_VIEWER_WINDOW_DISPLAY_GUARD_H_

namespace flyball {

// Guards GLFW's connection to its X display. Call it after every glfwInit.
void GuardDisplay();

// Whether that connection has broken, at any time in this process.
bool DisplayIsLost();

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_WINDOW_DISPLAY_GUARD_H_
