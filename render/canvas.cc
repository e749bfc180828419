#include "render/canvas.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "physics/numeric/error.h"

namespace flyball {

Canvas::Canvas(int width, int height)
    : cairo_(Cairo()), width_(width), height_(height),
      surface_(cairo_.image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
      context_(cairo_.create(surface_)) {
  if (cairo_.status(context_) != CAIRO_STATUS_SUCCESS) {
    cairo_.destroy(context_);
    cairo_.surface_destroy(surface_);
    throw Error("Cairo gives no surface of " + std::to_string(width) + " x " +
                std::to_string(height) + " pixels");
  }
  cairo_.set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
  cairo_.set_line_cap(context_, CAIRO_LINE_CAP_ROUND);
  FillBox({0, 0, static_cast<double>(width), static_cast<double>(height)}, {1, 1, 1});
}

Canvas::~Canvas() {
  cairo_.destroy(context_);
  cairo_.surface_destroy(surface_);
}

void Canvas::Clip(const Box& box) {
  cairo_.save(context_);
  cairo_.rectangle(context_, box.left, box.top, box.width(), box.height());
  cairo_.clip(context_);
}

void Canvas::Unclip() { cairo_.restore(context_); }

void Canvas::FillBox(const Box& box, const Color& color, double opacity) {
  cairo_.set_source_rgba(context_, color[0], color[1], color[2], opacity);
  cairo_.rectangle(context_, box.left, box.top, box.width(), box.height());
  cairo_.fill(context_);
}

void Canvas::OutlineBox(const Box& box, const Color& color, double width) {
  cairo_.rectangle(context_, box.left, box.top, box.width(), box.height());
  Stroke(color, width);
}

void Canvas::FillTriangle(const std::array<double, 6>& corners_xy, const Color& color) {
  cairo_.set_source_rgba(context_, color[0], color[1], color[2], 1.0);
  cairo_.move_to(context_, corners_xy[0], corners_xy[1]);
  cairo_.line_to(context_, corners_xy[2], corners_xy[3]);
  cairo_.line_to(context_, corners_xy[4], corners_xy[5]);
  cairo_.close_path(context_);
  cairo_.fill(context_);
}

void Canvas::MoveTo(double x, double y) { cairo_.move_to(context_, x, y); }

void Canvas::LineTo(double x, double y) { cairo_.line_to(context_, x, y); }

void Canvas::Stroke(const Color& color, double width, bool dashed) {
  const double dashes[] = {3 * width, 2.5 * width};
  cairo_.set_dash(context_, dashes, dashed ? 2 : 0, 0);
  cairo_.set_source_rgba(context_, color[0], color[1], color[2], 1.0);
  cairo_.set_line_width(context_, width);
  cairo_.stroke(context_);
}

void Canvas::DrawPixels(std::span<const Color> pixels, int columns, int rows, const Box& box) {
  cairo_surface_t* picture = cairo_.image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
  if (cairo_.surface_status(picture) != CAIRO_STATUS_SUCCESS) {
    cairo_.surface_destroy(picture);
    throw Error("Cairo gives no surface of " + std::to_string(columns) + " x " +
                std::to_string(rows) + " pixels");
  }
  unsigned char* data = cairo_.image_surface_get_data(picture);
  const int stride = cairo_.image_surface_get_stride(picture);
  for (int row = 0; row < rows; ++row) {
    auto* out = reinterpret_cast<uint32_t*>(data + static_cast<ptrdiff_t>(row) * stride);
    for (int column = 0; column < columns; ++column) {
      uint32_t value = 0;
      for (const double part : pixels[static_cast<size_t>(row) * columns + column]) {
        value = value << 8 | static_cast<uint32_t>(std::lround(255 * std::clamp(part, 0.0, 1.0)));
      }
      out[column] = value;
    }
  }
  cairo_.surface_mark_dirty(picture);
  cairo_.save(context_);
  cairo_.translate(context_, box.left, box.top);
  cairo_.scale(context_, box.width() / columns, box.height() / rows);
  cairo_.set_source_surface(context_, picture, 0, 0);
  // Pixels that are larger than the canvas's stay sharp; of smaller ones the mean is shown.
  const bool smaller = box.width() < columns || box.height() < rows;
  cairo_.pattern_set_filter(cairo_.get_source(context_),
                            smaller ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  cairo_.rectangle(context_, 0, 0, columns, rows);
  cairo_.fill(context_);
  cairo_.restore(context_);
  cairo_.surface_destroy(picture);
}

void Canvas::Text(double x, double y, const std::string& text, double size, double align,
                  const Color& color, bool upwards) {
  const double width = TextWidth(text, size);
  cairo_.save(context_);
  cairo_.set_source_rgba(context_, color[0], color[1], color[2], 1.0);
  cairo_.translate(context_, x, y);
  if (upwards) cairo_.rotate(context_, -0.5 * std::numbers::pi);
  cairo_.move_to(context_, -align * width, 0);
  cairo_.show_text(context_, text.c_str());
  cairo_.restore(context_);
}

double Canvas::TextWidth(const std::string& text, double size) {
  cairo_.select_font_face(context_, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                          CAIRO_FONT_WEIGHT_NORMAL);
  cairo_.set_font_size(context_, size);
  cairo_text_extents_t extents;
  cairo_.text_extents(context_, text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::CopyTo(std::span<uint8_t> rgb) const {
  cairo_.surface_flush(surface_);
  const unsigned char* data = cairo_.image_surface_get_data(surface_);
  const int stride = cairo_.image_surface_get_stride(surface_);
  uint8_t* out = rgb.data();
  for (int y = 0; y < height_; ++y) {
    const auto* row = reinterpret_cast<const uint32_t*>(data + static_cast<ptrdiff_t>(y) * stride);
    for (int x = 0; x < width_; ++x) {
      for (const int shift : {16, 8, 0}) *out++ = static_cast<uint8_t>(row[x] >> shift);
    }
  }
}

}  // namespace flyball
