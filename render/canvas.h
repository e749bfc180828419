// Canvas: an anti-aliased drawing surface over Cairo, in pixels from the top left corner.
#ifndef FLYBALL_RENDER_CANVAS_H_
#define FLYBALL_RENDER_CANVAS_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "render/cairo_library.h"

namespace flyball {

using Color = std::array<double, 3>;  // red, green, blue, each 0 to 1

// Corners in pixels.
struct Box {
  double left, top, right, bottom;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

class Canvas {
 public:
  // White. Throws Error if there is no Cairo or no memory.
  Canvas(int width, int height);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  // Until Unclip nothing outside the box is drawn. Not nested.
  void Clip(const Box& box);
  void Unclip();

  void FillBox(const Box& box, const Color& color, double opacity = 1.0);
  void OutlineBox(const Box& box, const Color& color, double width);
  void FillTriangle(const std::array<double, 6>& corners_xy, const Color& color);
  // A line through points given one by one; Stroke draws it.
  void MoveTo(double x, double y);
  void LineTo(double x, double y);
  void Stroke(const Color& color, double width, bool dashed = false);
  // Scales a picture (columns x rows, RGB, from the top) to the box: enlarged, each of its pixels is a
  // sharp rectangle; made smaller, they are averaged.
  void DrawPixels(std::span<const Color> pixels, int columns, int rows, const Box& box);

  // `align`: 0 the text starts at x, 0.5 it is centred there, 1 it ends there. y is its base line.
  void Text(double x, double y, const std::string& text, double size, double align,
            const Color& color, bool upwards = false);
  double TextWidth(const std::string& text, double size);

  void CopyTo(std::span<uint8_t> rgb) const;  // (height, width, 3)

 private:
  const CairoLibrary& cairo_;
  int width_, height_;
  cairo_surface_t* surface_;
  cairo_t* context_;
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_CANVAS_H_
