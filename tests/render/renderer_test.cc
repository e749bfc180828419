#include "render/renderer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "physics/numeric/error.h"
#include "physics/world/camera.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// A red cube of 0.2 m at the origin on a blue floor 0.1 m below, a green ball beside it in group 3, and
// a camera 2 m above that looks down, with +x to the right.
const char* kScene = R"(<mujoco>
  <visual><headlight active="1" ambient="0.5 0.5 0.5" diffuse="0.5 0.5 0.5"/></visual>
  <asset><texture type="2d" name="grid" builtin="checker" width="8" height="8"/></asset>
  <worldbody>
    <geom name="floor" type="plane" pos="0 0 -0.1" size="5 5 .1" rgba="0.1 0.1 0.9 1"/>
    <camera name="top" pos="0 0 2" fovy="45"/>
    <body name="cube"><freejoint/>
      <geom name="cube" type="box" size=".1 .1 .1" mass="1" rgba="0.9 0.1 0.1 1"/></body>
    <geom name="hidden" type="sphere" size=".1" pos="-.5 0 0" rgba="0.1 0.9 0.1 1" group="3"/>
  </worldbody></mujoco>)";

using Rgb = std::array<int, 3>;

Rgb Pixel(const Image& image, int x, int y) {
  const uint8_t* at = image.rgb.data() + 3 * (y * image.width + x);
  return {at[0], at[1], at[2]};
}

// Which channel stands out, and by how much: pixels differ between drivers, this does not.
int Dominant(const Rgb& colour) {
  for (int i = 0; i < 3; ++i) {
    if (colour[i] > 2 * colour[(i + 1) % 3] + 20 && colour[i] > 2 * colour[(i + 2) % 3] + 20)
      return i;
  }
  return -1;
}

CameraView Top() {
  CameraView view;
  view.camera = "top";
  return view;
}

TEST_CASE("a picture shows what stands where", "[render]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(kScene), engine);
  const Image image = Render(*world, Top(), 160, 120);
  REQUIRE(image.rgb.size() == 160 * 120 * 3);
  CHECK(Dominant(Pixel(image, 80, 60)) == 0);  // the cube's top
  CHECK(Dominant(Pixel(image, 10, 10)) == 2);  // floor
  CHECK(Dominant(Pixel(image, 150, 110)) == 2);
  // The cube's top, 1.9 m below the eye, is 0.2 m wide: 120 / (2 * 1.9 * tan 22.5 deg) pixels a metre.
  int width = 0;
  for (int x = 0; x < 160; ++x) width += Dominant(Pixel(image, x, 60)) == 0;
  CHECK(width == Approx(0.2 * 120 / (2 * 1.9 * std::tan(22.5 * 3.14159265 / 180))).margin(2));

  // It follows the world: 0.3 m to +x is to the right, 0.3 m to +y is up.
  std::vector<double> qpos = Copy(world->qpos());
  qpos[0] = 0.3;
  qpos[1] = 0.3;
  world->SetState(qpos, world->qvel());
  const Image moved = Render(*world, Top(), 160, 120);
  CHECK(Dominant(Pixel(moved, 80, 60)) == 2);
  CHECK(Dominant(Pixel(moved, 80 + 23, 60 - 23)) == 0);
}

TEST_CASE("edges in small pictures are smooth", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  std::vector<double> qpos = Copy(world->qpos());
  const double yaw = 20 * 3.14159265 / 180;
  qpos[3] = std::cos(yaw / 2);
  qpos[6] = std::sin(yaw / 2);
  world->SetState(qpos, world->qvel());
  const Image image = Render(*world, Top(), 64, 48);
  // How much of each pixel is the cube's top; its sides are out of sight below it.
  // Light on the floor falls off outwards: only the cube's surroundings are looked at.
  const double cube = Pixel(image, 32, 24)[0], floor = Pixel(image, 25, 24)[0];
  double area = 0;
  int parts = 0;
  for (int y = 24 - 7; y < 24 + 7; ++y) {
    for (int x = 32 - 7; x < 32 + 7; ++x) {
      const double share = (Pixel(image, x, y)[0] - floor) / (cube - floor);
      area += share;
      parts += share > 0.2 && share < 0.8;
    }
  }
  CHECK(parts > 8);
  // Four samples a pixel: the edges' 24 pixels are off by an eighth at the most, at random.
  const double side = 0.2 * 48 / (2 * 1.9 * std::tan(22.5 * 3.14159265 / 180));
  CHECK(area == Approx(side * side).margin(1.5));
}

TEST_CASE("many pictures on one sheet are those drawn one by one", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  Renderer renderer(GlLibraries::FromEnvironment(), 300);  // 64 x 48 twice as finely: 2 x 3 a sheet
  // Of two sizes, some with depth, which is not on the sheet: in the middle of a sheet, and at ends.
  constexpr int kCount = 20;
  std::vector<Image> alone, together;
  std::vector<std::vector<float>> depth(kCount);
  std::vector<double> qpos = Copy(world->qpos());
  const auto place = [&](int i) {
    qpos[0] = 0.05 * i - 0.4;
    world->SetState(qpos, world->qvel());
  };
  const auto width = [](int i) { return i % 9 == 7 ? 31 : 64; };
  for (int i = 0; i < kCount; ++i) {
    place(i);
    alone.push_back(Render(*world, Top(), width(i), 48));
    together.push_back({width(i), 48, std::vector<uint8_t>(alone.back().rgb.size())});
    if (i % 6 == 2) depth[i].resize(64 * 48);
  }
  renderer.Together([&](const Renderer::Pen& pen) {
    for (int i = 0; i < kCount; ++i) {
      place(i);
      pen(*world, Top(), {width(i), 48, together[i].rgb, depth[i]}, {}, {});
    }
  });
  for (int i = 0; i < kCount; ++i) {
    CAPTURE(i);
    CHECK(together[i].rgb == alone[i].rgb);
    if (!depth[i].empty()) CHECK(depth[i][24 * 64 + 2] == Approx(2.1).margin(0.01));  // the floor
  }
  // What fails in the middle writes nothing afterwards, and spoils nothing.
  std::fill(together[0].rgb.begin(), together[0].rgb.end(), uint8_t{7});
  const std::vector<uint8_t> before = together[0].rgb;
  CHECK_THROWS_WITH(renderer.Together([&](const Renderer::Pen& pen) {
    pen(*world, Top(), {64, 48, together[0].rgb}, {}, {});
    throw InputError("stop");
  }),
                    "stop");
  CHECK(together[0].rgb == before);
  place(3);
  renderer.Draw(*world, Top(), {64, 48, together[3].rgb});
  CHECK(together[3].rgb == alone[3].rgb);
}

TEST_CASE("a free camera is placed by its angles and field of view", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  CameraView view;
  view.distance = 2;
  view.elevation_deg = -20;
  for (double azimuth : {0.0, 90.0, 200.0}) {
    view.azimuth_deg = azimuth;
    CHECK(Dominant(Pixel(Render(*world, view, 100, 100), 50, 50)) == 0);
  }
  // A wider field of view shows the cube smaller.
  const auto red = [&](double fovy) {
    view.fovy_deg = fovy;
    const Image image = Render(*world, view, 100, 100);
    int count = 0;
    for (int i = 0; i < 100 * 100; ++i) count += Dominant(Pixel(image, i % 100, i / 100)) == 0;
    return count;
  };
  const double share = static_cast<double>(red(60)) / red(30);
  const double ratio = std::tan(15 * 3.14159265 / 180) / std::tan(30 * 3.14159265 / 180);
  CHECK(share == Approx(ratio * ratio).epsilon(0.1));
}

TEST_CASE("depth is in metres and segmentation in geom ids", "[render]") {
  const auto scene = Scene::FromString(kScene);
  const auto world = MakeWorld(scene, Engine::kMujoco);
  std::vector<float> depth(160 * 120);
  std::vector<int32_t> segmentation(160 * 120);
  Marker marker;
  marker.p_W = {0.4, 0, 0.2};
  marker.size = {0.1, 0, 0};
  const std::vector<Marker> markers = {marker};
  Renderer::Shared().Draw(
      *world, Top(), {.width = 160, .height = 120, .depth = depth, .segmentation = segmentation},
      {}, markers);
  const auto at = [](int x, int y) { return static_cast<size_t>(y * 160 + x); };
  // The eye is 2 m up: 1.9 m to the cube's top, 2.1 m to the floor. 24 bits of depth are far finer.
  CHECK(depth[at(80, 60)] == Approx(1.9).margin(2e-3));
  CHECK(depth[at(10, 10)] == Approx(2.1).margin(2e-3));
  CHECK(segmentation[at(80, 60)] == scene->Id(Element::kGeom, "cube"));
  CHECK(segmentation[at(10, 10)] == scene->Id(Element::kGeom, "floor"));
  // 0.4 m to the right at 1.8 m below the eye: 32 pixels.
  CHECK(segmentation[at(80 + 32, 60)] == -2);

  // Past the floor there is nothing.
  CameraView up;
  up.elevation_deg = 30;
  up.lookat_W = {0, 0, 3};
  Renderer::Shared().Draw(
      *world, up, {.width = 160, .height = 120, .depth = depth, .segmentation = segmentation});
  CHECK(std::isinf(depth[at(80, 10)]));
  CHECK(segmentation[at(80, 10)] == -1);
}

TEST_CASE("markers and groups are drawn as asked", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  Marker marker;
  marker.p_W = {0.5, 0, 0};
  marker.shape = Marker::Shape::kBox;
  marker.size = {0.1, 0.1, 0.1};
  marker.rgba = {0.1f, 0.9f, 0.1f, 1.0f};
  const int right = 80 + 37, left = 80 - 37;  // 0.5 m at 2 m: 36 to 38 pixels
  const Image plain = Render(*world, Top(), 160, 120);
  CHECK(Dominant(Pixel(plain, right, 60)) == 2);
  const std::vector<Marker> markers = {marker};
  CHECK(Dominant(Pixel(Render(*world, Top(), 160, 120, {}, markers), right, 60)) == 1);
  // A translucent ghost lets the floor through: between the two.
  std::vector<Marker> ghosts = {marker};
  ghosts[0].rgba[3] = 0.3f;
  const Rgb ghost = Pixel(Render(*world, Top(), 160, 120, {}, ghosts), right, 60);
  CHECK(ghost[1] > Pixel(plain, right, 60)[1] + 10);
  CHECK(ghost[2] > 60);
  // More markers than there was room for.
  const std::vector<Marker> many(3000, marker);
  CHECK(Dominant(Pixel(Render(*world, Top(), 160, 120, {}, many), right, 60)) == 1);

  CHECK(Dominant(Pixel(plain, left, 60)) == 2);
  PictureOptions all;
  all.groups[3] = true;
  CHECK(Dominant(Pixel(Render(*world, Top(), 160, 120, all), left, 60)) == 1);
}

TEST_CASE("shadows darken the floor where light is kept off", "[render]") {
  std::string xml = kScene;
  xml.replace(xml.find("<worldbody>"), 11,
              "<worldbody><light pos=\"-1 0 1.5\" dir=\"1 0 -1.5\" diffuse=\".6 .6 .6\"/>");
  const std::string bright = "ambient=\"0.5 0.5 0.5\" diffuse=\"0.5 0.5 0.5\"";
  xml.replace(xml.find(bright), bright.size(), "ambient=\"0.2 0.2 0.2\" diffuse=\"0 0 0\"");
  const auto world = MakeWorld(Scene::FromString(xml), Engine::kMujoco);
  // Light from the left and above throws the cube's shadow to its right.
  const Image lit = Render(*world, Top(), 160, 120);
  PictureOptions options;
  options.shadows = true;
  const Image shaded = Render(*world, Top(), 160, 120, options);
  CHECK(Pixel(shaded, 80 + 11, 60)[2] < Pixel(lit, 80 + 11, 60)[2] - 30);
  CHECK(std::abs(Pixel(shaded, 60, 20)[2] - Pixel(lit, 60, 20)[2]) < 20);
  // And the next picture without is without.
  CHECK(Pixel(Render(*world, Top(), 160, 120), 80 + 11, 60) == Pixel(lit, 80 + 11, 60));
}

TEST_CASE("an override of the camera or a light is seen", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  const int camera = world->scene().Id(Element::kCamera, "top");
  const auto red = [&] {
    const Image image = Render(*world, Top(), 100, 100);
    int count = 0;
    for (int i = 0; i < 100 * 100; ++i) count += Dominant(Pixel(image, i % 100, i / 100)) == 0;
    return count;
  };
  const int before = red();
  world->Override(Parameter::kCameraPosition, camera, std::vector{0.0, 0.0, 1.0});
  // 0.9 m instead of 1.9 m to the top of the cube.
  CHECK(red() == Approx(before * (1.9 / 0.9) * (1.9 / 0.9)).epsilon(0.1));
}

TEST_CASE("a turned camera sees what it looks at move across the picture", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  const int camera = world->scene().Id(Element::kCamera, "top");
  constexpr int kSize = 200;
  const auto centre = [&] {  // of what is red: column, row
    const Image image = Render(*world, Top(), kSize, kSize);
    double x = 0, y = 0, count = 0;
    for (int i = 0; i < kSize * kSize; ++i) {
      if (Dominant(Pixel(image, i % kSize, i / kSize)) != 0) continue;
      x += i % kSize, y += i / kSize, ++count;
    }
    REQUIRE(count > 0);
    return std::array<double, 2>{x / count, y / count};
  };
  // A pinhole: what was at the angle a from the axis is at a + turn, (size / 2) tan / tan(fovy / 2) away.
  const double fovy = CameraFovy(world->scene(), camera) * std::numbers::pi / 180;
  const double scale = kSize / 2.0 / std::tan(fovy / 2);
  const auto before = centre();
  const double turn = 0.1;
  const auto moved = [&](double from) {
    return kSize / 2.0 + scale * std::tan(std::atan((from - kSize / 2.0) / scale) + turn);
  };
  world->Override(Parameter::kCameraTurn, camera, std::vector{turn, 0.0, 0.0});  // it looks up
  CHECK(centre()[1] == Approx(moved(before[1])).margin(1.5));
  CHECK(centre()[0] == Approx(before[0]).margin(1.5));
  world->Override(Parameter::kCameraTurn, camera, std::vector{0.0, turn, 0.0});  // to the left
  CHECK(centre()[0] == Approx(moved(before[0])).margin(1.5));
  world->Override(Parameter::kCameraTurn, camera, std::vector{0.0, 0.0, 0.0});
  CHECK(centre() == before);
}

TEST_CASE("sizes of pictures are checked before anything is drawn", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  CHECK_THROWS_WITH(Render(*world, Top(), 0, 10), Catch::Contains("width is 0"));
  CHECK_THROWS_WITH(Render(*world, Top(), 10, 100000), Catch::Contains("4096"));
  CHECK_THROWS_AS(Render(*world, Top(), -1, 10), InputError);
  std::vector<uint8_t> small(10);
  CHECK_THROWS_AS(Renderer::Shared().Draw(*world, Top(), {10, 10, small}), InputError);
  CameraView view;
  view.camera = "tpo";
  CHECK_THROWS_WITH(Render(*world, view, 10, 10), Catch::Contains("'top'"));
  const std::vector<Marker> nowhere = {{.p_W = {0, std::nan(""), 0}}};
  CHECK_THROWS_WITH(Render(*world, Top(), 10, 10, {}, nowhere), Catch::Contains("markers[0]"));
  view.camera = "";
  view.distance = 0;
  CHECK_THROWS_AS(Render(*world, view, 10, 10), InputError);
  // Larger than the model's own off-screen buffer (640 x 480), and back.
  CHECK(Dominant(Pixel(Render(*world, Top(), 1000, 800), 500, 400)) == 0);
  CHECK(Dominant(Pixel(Render(*world, Top(), 100, 80), 50, 40)) == 0);
}

TEST_CASE("without EGL and OSMesa the error names both and what to install", "[render]") {
  setenv("FLYBALL_EGL_LIBRARY", "libNoEGL.so.1", 1);
  setenv("FLYBALL_OSMESA_LIBRARY", "libNoOSMesa.so.8", 1);
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  {
    Renderer renderer;
    std::vector<uint8_t> rgb(3 * 16);
    const PictureTarget target = {4, 4, rgb};
    CHECK_THROWS_WITH(renderer.Draw(*world, Top(), target),
                      Catch::Contains("libNoEGL.so.1") && Catch::Contains("libNoOSMesa.so.8") &&
                          Catch::Contains("libegl1") && Catch::Contains("libosmesa6"));
    CHECK_THROWS_AS(renderer.Draw(*world, Top(), target), Error);
  }
  unsetenv("FLYBALL_EGL_LIBRARY");
  unsetenv("FLYBALL_OSMESA_LIBRARY");
}

TEST_CASE("a child of fork() is told that its parent's OpenGL is not its own", "[render]") {
  const auto world = MakeWorld(Scene::FromString(kScene), Engine::kMujoco);
  (void)Render(*world, Top(), 8, 8);
  const pid_t child = fork();
  if (child == 0) {
    int code = 1;
    try {
      (void)Render(*world, Top(), 8, 8);
    } catch (const Error& error) {
      code = std::string(error.what()).find("fork") != std::string::npos ? 0 : 2;
    }
    _exit(code);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace flyball::test
