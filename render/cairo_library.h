// Cairo, loaded at the first figure: nothing that only steps needs it.
#ifndef FLYBALL_RENDER_CAIRO_LIBRARY_H_
#define FLYBALL_RENDER_CAIRO_LIBRARY_H_

#include <cairo.h>

namespace flyball {

// The functions of Cairo that are used, each under its own name without "cairo_".
// clang-format off
#define FLYBALL_CAIRO_FUNCTIONS(F)                                                            \
  F(image_surface_create) F(image_surface_get_data) F(image_surface_get_stride)               \
  F(surface_flush) F(surface_mark_dirty) F(surface_status) F(surface_destroy) F(create)       \
  F(destroy) F(status) F(save) F(restore) F(set_source_rgba) F(set_line_width)                \
  F(set_line_join) F(set_line_cap) F(set_dash) F(move_to) F(line_to) F(close_path)            \
  F(rectangle) F(clip) F(stroke) F(fill) F(translate) F(scale) F(rotate) F(select_font_face)  \
  F(set_font_size) F(text_extents) F(show_text) F(set_source_surface) F(get_source)           \
  F(pattern_set_filter)
// clang-format on

struct CairoLibrary {
#define FLYBALL_CAIRO_MEMBER(name) decltype(&::cairo_##name) name;
  FLYBALL_CAIRO_FUNCTIONS(FLYBALL_CAIRO_MEMBER)
#undef FLYBALL_CAIRO_MEMBER
};

// Throws Error naming the library and what to install if it cannot be loaded.
const CairoLibrary& Cairo();

}  // namespace flyball

#endif  // FLYBALL_RENDER_CAIRO_LIBRARY_H_
